/* hoarder: see hoarder.h. */
#include "tests/sim/hoarder.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum {
    MOST_CONNS = 40,
    BETWEEN = 150,    /* ms, at most, between two of its acts, */
    QUICK = 20,       /* and where many peers are needed to fill a bound */
    BEGINS = 3000,    /* ms after the world's start, at most */
    ENDS = 12000,     /* the same of its end, before the last clients may have left */
    ASKS = 20,        /* questions in a row */
    NAMED = 8,        /* runtimes that one manager names, at most */
    NAMES = 4096,     /* tasks that a message may name, docs/limits.md */
    ID_LOT = 4096,    /* ids that are given at a time, docs/limits.md */
    MOST_ERRORS = 8,  /* to a connection without a link, docs/limits.md: */
    GIVEN_UP = 10000, /* ms after which as many more may come */
};

struct hoard_conn {
    bool open, greeted, welcome;
    uint32_t conn;
    uint64_t seq, received, opened_at;
    uint64_t ids;     /* that it was given */
    uint64_t refused; /* number of a message that may not be taken; 0: there was none */
    uint64_t errors;  /* that came without a link */
};

struct hoarder {
    struct process *process;
    struct rng *rng;
    bool dials;
    struct hoard_conn conns[MOST_CONNS];
    uint64_t next_at, until;
    unsigned runtimes; /* named so far */
};

struct hoarder *hoarder_new(struct process *process)
{
    struct hoarder *hoarder = mem_zalloc(1, sizeof *hoarder);
    uint64_t now = process_now(process);
    hoarder->process = process;
    hoarder->rng = &process->rng;
    hoarder->next_at = now + rng_below(hoarder->rng, rng_chance(hoarder->rng, 1, 2) ? BEGINS : QUICK);
    hoarder->until = now + BEGINS + rng_below(hoarder->rng, ENDS - BEGINS);
    return hoarder;
}

void hoarder_free(struct hoarder *hoarder)
{
    mem_free(hoarder);
}

bool hoarder_crowds(const struct process *process)
{
    return process->hoarder && process->hoarder->until != NEVER &&
           process->world->settings.hoard == HOARD_CONNECTIONS;
}

static enum hoard kind_of(const struct hoarder *hoarder)
{
    return (enum hoard)hoarder->process->world->settings.hoard;
}

static void say(const struct hoarder *hoarder, struct hoard_conn *at, const struct message *message,
                struct slice body, struct outbox *outbox)
{
    struct letter *letter = letter_new(message, body);
    bool control = message->kind == KIND_HELLO || message->kind == KIND_PING;
    if (message->kind != KIND_HELLO)
        letter_stamp(letter, control ? 0 : ++at->seq, kind_of(hoarder) == HOARD_ANSWERS ? 0 : at->received);
    outbox_letter(outbox, at->conn, letter);
}

static void say_hello(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    uint8_t bytes[3][UUID_SIZE];
    struct message message = {.kind = KIND_HELLO};
    bool client = kind_of(hoarder) == HOARD_ANSWERS;
    for (unsigned i = 0; i < 3; i++)
        rng_bytes(hoarder->rng, bytes[i], UUID_SIZE);
    message.hello = (struct hello){.role = client ? ROLE_CLIENT : ROLE_MANAGER,
                                   .boot = bytes[0],
                                   .link = bytes[1],
                                   .session = client ? bytes[2] : NULL,
                                   .heartbeat = 500,
                                   .expiry = 5000,
                                   .window = 1 << 20,
                                   .max_body = 1 << 20,
                                   .software = span_text("hoarder 1"),
                                   .name = span_text("hoarder"),
                                   .ids = client ? 0 : 1,
                                   .features = FEATURE_SAFE};
    at->greeted = true;
    say(hoarder, at, &message, SLICE_NONE, outbox);
}

static void ask_ids(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    struct message message = {.kind = KIND_IDS};
    message.ids.count = 1 + rng_below(hoarder->rng, (uint32_t)hoarder->process->world->settings.max_ids / 2);
    say(hoarder, at, &message, SLICE_NONE, outbox);
}

/* Results of nobody's tasks, more than there may be in one message, or not. */
static void say_header(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    struct builder results = {0}, lengths = {0};
    struct message message = {.kind = KIND_RESULT_BATCH};
    const struct settings *settings = &hoarder->process->world->settings;
    struct result_header result = {.return_address = {.worker = WORKER_NIL, .mailbox = UINT64_MAX}};
    size_t size = settings->max_header / 2 + rng_below(hoarder->rng, (uint32_t)settings->max_header);
    while (results.size + lengths.size < size) {
        builder_result(&results, &result);
        builder_number(&lengths, 0);
    }
    message.batch.tasks = builder_list(&results);
    message.batch.lengths = builder_list(&lengths);
    struct letter *letter = letter_new(&message, SLICE_NONE);
    letter_stamp(letter, ++at->seq, at->received);
    if (letter->header_size > settings->max_header)
        at->refused = at->seq;
    outbox_letter(outbox, at->conn, letter);
    builder_free(&results);
    builder_free(&lengths);
}

/* Tasks of nobody's that have ended, more than one message may name. */
static void say_addresses(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    struct builder list = {0};
    struct message message = {.kind = KIND_UPDATE};
    for (uint32_t left = NAMES + 1 + rng_below(hoarder->rng, NAMES / 2); left > 0; left--)
        builder_address(&list, &(struct address){.worker = WORKER_NIL, .mailbox = UINT64_MAX});
    message.addresses.addresses = builder_list(&list);
    say(hoarder, at, &message, SLICE_NONE, outbox);
    at->refused = at->seq;
    builder_free(&list);
}

/* The first piece of a body. */
static void say_piece(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    uint8_t *bytes;
    struct message message = {.kind = KIND_CHUNK};
    message.chunk.length = HOARDED_BODY + 1 + rng_below(hoarder->rng, HOARDED_BODY);
    struct blob *blob = blob_new(1, &bytes);
    *bytes = 0;
    say(hoarder, at, &message, (struct slice){blob, 0, 1}, outbox);
    at->refused = at->seq;
}

static void ask(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    uint8_t uuid[UUID_SIZE];
    struct message message = {.kind = KIND_STATUS};
    message.status.uuid = uuid;
    for (unsigned i = 0; i < ASKS; i++) {
        rng_bytes(hoarder->rng, uuid, UUID_SIZE);
        message.status.corr = at->seq + 1;
        say(hoarder, at, &message, SLICE_NONE, outbox);
    }
}

static void name_runtimes(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    char name[24];
    struct builder list = {0};
    struct message message = {.kind = KIND_STARTED};
    for (unsigned left = rng_between(hoarder->rng, NAMED / 2, NAMED); left > 0; left--) {
        snprintf(name, sizeof name, "made-up-%u", hoarder->runtimes++);
        builder_runtime(&list, span_text(name), span_text("1"));
    }
    message.started.total_workers = 1;
    message.started.runtimes = builder_list(&list);
    say(hoarder, at, &message, SLICE_NONE, outbox);
    builder_free(&list);
}

/* What no stranger may say. */
static void say_early(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    struct message message = {.kind = KIND_STATUS};
    message.status.uuid = hoarder->process->key.bytes;
    say(hoarder, at, &message, SLICE_NONE, outbox);
}

static void fill(struct hoarder *hoarder, struct hoard_conn *at, struct outbox *outbox)
{
    const struct message ping = {.kind = KIND_PING};
    switch (kind_of(hoarder)) {
    case HOARD_IDS: ask_ids(hoarder, at, outbox); break;
    case HOARD_HEADERS:
        if (rng_chance(hoarder->rng, 1, 4))
            say_addresses(hoarder, at, outbox);
        else
            say_header(hoarder, at, outbox);
        break;
    case HOARD_BODIES: say_piece(hoarder, at, outbox); break;
    case HOARD_ANSWERS: ask(hoarder, at, outbox); break;
    case HOARD_RUNTIMES: name_runtimes(hoarder, at, outbox); break;
    default: say(hoarder, at, &ping, SLICE_NONE, outbox);
    }
}

/* How many connections it would have. */
static unsigned wants(const struct hoarder *hoarder)
{
    switch (kind_of(hoarder)) {
    case HOARD_CONNECTIONS:
    case HOARD_RUNTIMES: return MOST_CONNS;
    default: return 2;
    }
}

static void act(struct hoarder *hoarder, struct outbox *outbox)
{
    struct process *process = hoarder->process;
    struct hoard_conn *at = NULL;
    uint32_t open = 0;
    for (unsigned i = 0; i < MOST_CONNS; i++)
        if (hoarder->conns[i].open && rng_below(hoarder->rng, ++open) == 0)
            at = &hoarder->conns[i];
    if (!hoarder->dials && open < wants(hoarder) && (open == 0 || rng_chance(hoarder->rng, 2, 3))) {
        hoarder->dials = true;
        outbox_order(outbox, ORDER_DIAL, rng_below(hoarder->rng, process->line_count));
        return;
    }
    if (at == NULL)
        return;
    if (kind_of(hoarder) == HOARD_ERRORS)
        say_early(hoarder, at, outbox);
    else if (!at->greeted)
        say_hello(hoarder, at, outbox);
    else if (at->welcome && at->refused == 0 && (at->ids > 0 || kind_of(hoarder) == HOARD_ANSWERS))
        fill(hoarder, at, outbox);
}

static void leave(struct hoarder *hoarder, struct outbox *outbox)
{
    hoarder->until = NEVER;
    for (unsigned i = 0; i < MOST_CONNS; i++) {
        if (hoarder->conns[i].open)
            outbox_order(outbox, ORDER_CLOSE, hoarder->conns[i].conn);
        hoarder->conns[i].open = false;
    }
}

static struct hoard_conn *conn_at(struct hoarder *hoarder, uint32_t conn)
{
    for (unsigned i = 0; i < MOST_CONNS; i++)
        if (hoarder->conns[i].open && hoarder->conns[i].conn == conn)
            return &hoarder->conns[i];
    return NULL;
}

static void take_ids(const struct hoarder *hoarder, struct hoard_conn *at, struct list ranges)
{
    uint64_t most = hoarder->process->world->settings.max_ids, before = at->ids;
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);)
        at->ids += upper - lower;
    if (at->ids - before > ID_LOT)
        world_fail(hoarder->process->world, "a manager is given %u ids at a time",
                   (unsigned)(at->ids - before));
    if (most > 0 && at->ids > most)
        world_fail(hoarder->process->world, "a manager is given %u ids, of %u", (unsigned)at->ids,
                   (unsigned)most);
}

static void read_mail(struct hoarder *hoarder, struct hoard_conn *at, const struct event *event)
{
    struct message message;
    const char *why;
    struct world *world = hoarder->process->world;
    if (message_decode(event->header, event->header_size, &message, &why) != CODE_NONE)
        return;
    if (message.seq > 0)
        at->received = message.seq;
    if (message.kind == KIND_WELCOME)
        at->welcome = true;
    if (message.kind == KIND_CONNECT)
        take_ids(hoarder, at, message.connect.ranges);
    if (at->refused > 0 && message.ack >= at->refused)
        world_fail(world, "what is larger than may be is acknowledged");
    if (message.kind == KIND_ERROR && message.error.code == CODE_TOO_LARGE && at->refused == 0 &&
        kind_of(hoarder) == HOARD_HEADERS)
        world_fail(world, "a header that is not too large is refused");
    bool late = event->now - at->opened_at > GIVEN_UP - 1;
    if (message.kind == KIND_ERROR && message.seq == 0 && !at->greeted &&
        ++at->errors > MOST_ERRORS + (late ? MOST_ERRORS : 0))
        world_fail(world, "a connection without a link is told %u errors", (unsigned)at->errors);
}

static void opened(struct hoarder *hoarder, const struct event *event, struct outbox *outbox)
{
    hoarder->dials = false;
    for (unsigned i = 0; i < MOST_CONNS && hoarder->until != NEVER; i++) {
        if (hoarder->conns[i].open)
            continue;
        hoarder->conns[i] = (struct hoard_conn){.open = true, .conn = event->conn, .opened_at = event->now};
        return;
    }
    outbox_order(outbox, ORDER_CLOSE, event->conn);
}

void hoarder_step(struct hoarder *hoarder, const struct event *event, struct outbox *outbox)
{
    struct hoard_conn *at = conn_at(hoarder, event->conn);
    switch (event->kind) {
    case EVENT_OPENED: opened(hoarder, event, outbox); break;
    case EVENT_REFUSED: hoarder->dials = false; break;
    case EVENT_CLOSED:
        if (at)
            at->open = false;
        break;
    case EVENT_MAIL:
        if (at)
            read_mail(hoarder, at, event);
        break;
    case EVENT_TURN:
        if (hoarder->until != NEVER && event->now >= hoarder->until) {
            leave(hoarder, outbox);
        } else if (hoarder->until != NEVER && event->now >= hoarder->next_at) {
            hoarder->next_at =
                event->now + 1 + rng_below(hoarder->rng, wants(hoarder) == MOST_CONNS ? QUICK : BETWEEN);
            act(hoarder, outbox);
        }
        break;
    default: break;
    }
}

uint64_t hoarder_deadline(const struct hoarder *hoarder)
{
    if (hoarder->until == NEVER)
        return NEVER;
    return hoarder->next_at < hoarder->until ? hoarder->next_at : hoarder->until;
}
