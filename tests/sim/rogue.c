/* rogue: see rogue.h. */
#include "tests/sim/rogue.h"

#include <string.h>

#include "common/base/mem.h"

enum {
    BETWEEN = 400 /* ms, at most, between two of its messages */,
    LONGEST = 200 /* bytes that are no message */
};

struct rogue {
    struct process *process;
    struct rng *rng;
    bool dials, open, shaken;
    uint32_t conn;
    uint64_t next_at;
    uint64_t seq, received; /* on its link */
};

struct rogue *rogue_new(struct process *process)
{
    struct rogue *rogue = mem_zalloc(1, sizeof *rogue);
    rogue->process = process;
    rogue->rng = &process->rng;
    rogue->next_at = process_now(process) + rng_below(rogue->rng, 5000);
    return rogue;
}

void rogue_free(struct rogue *rogue)
{
    mem_free(rogue);
}

static void say(const struct rogue *rogue, const struct message *message, uint64_t seq, struct outbox *outbox)
{
    struct letter *letter = letter_new(message, SLICE_NONE);
    if (message->kind != KIND_HELLO && message->kind != KIND_WELCOME)
        letter_stamp(letter, seq, rogue->received);
    outbox_letter(outbox, rogue->conn, letter);
}

/* What it says that it is: as a rule something with which it gets in. */
static unsigned a_role(const struct rogue *rogue)
{
    const struct process *process = rogue->process;
    bool client = process->world->settings.keys && process->key.role == KEY_CLIENT;
    if (rng_chance(rogue->rng, 1, 3))
        return rng_below(rogue->rng, 5);
    return client ? ROLE_CLIENT : ROLE_MANAGER;
}

static void say_hello(struct rogue *rogue, struct outbox *outbox)
{
    uint8_t bytes[3][UUID_SIZE];
    struct message message = {.kind = rng_chance(rogue->rng, 1, 10) ? KIND_WELCOME : KIND_HELLO};
    for (unsigned i = 0; i < 3; i++)
        rng_bytes(rogue->rng, bytes[i], UUID_SIZE);
    message.hello = (struct hello){.role = a_role(rogue),
                                   .boot = bytes[0],
                                   .link = bytes[1],
                                   .session = rng_chance(rogue->rng, 1, 2) ? bytes[2] : NULL,
                                   .heartbeat = rng_below(rogue->rng, 3000),
                                   .expiry = rng_below(rogue->rng, 20000),
                                   .window = rng_below(rogue->rng, 1 << 20),
                                   .max_body = 1 << 20,
                                   .software = span_text("rogue 1"),
                                   .name = span_text("rogue"),
                                   .features = FEATURE_SAFE};
    if (rng_chance(rogue->rng, 1, 6))
        message.hello.peer_boot = bytes[2];
    if (message.hello.role == ROLE_MANAGER)
        message.hello.ids = 1 + rng_below(rogue->rng, 50);
    rogue->shaken = message.kind == KIND_HELLO;
    say(rogue, &message, 0, outbox);
}

/* Bytes that look like the beginning of a message, and go on as they like. */
static void say_nothing(struct rogue *rogue, struct outbox *outbox)
{
    uint32_t size = 1 + rng_below(rogue->rng, LONGEST);
    struct letter *letter = mem_zalloc(1, sizeof *letter + size);
    letter->refs = 1;
    letter->header_size = size;
    rng_bytes(rogue->rng, letter->header, size);
    if (size > 3 && rng_chance(rogue->rng, 1, 2)) {
        letter->header[0] = (uint8_t)(0x94 + rng_below(rogue->rng, 11));
        letter->header[1] = PROTOCOL_VERSION;
        letter->header[2] = (uint8_t)rng_below(rogue->rng, 48);
    }
    outbox_letter(outbox, rogue->conn, letter);
}

/* Somebody's task. */
static struct address any_address(struct rogue *rogue)
{
    const struct world *world = rogue->process->world;
    uint32_t known = world->overheard_count < OVERHEARD ? world->overheard_count : OVERHEARD;
    if (known == 0 || rng_chance(rogue->rng, 1, 4))
        return (struct address){.worker = rng_below(rogue->rng, 200),
                                .mailbox = rng_below(rogue->rng, 20),
                                .slot = rng_below(rogue->rng, 4)};
    return world->overheard[rng_below(rogue->rng, known)];
}

/* A whole message of any kind, about what is not its own. */
static void say_something(struct rogue *rogue, struct outbox *outbox)
{
    static const unsigned kinds[] = {
        KIND_RESULT,  KIND_UPDATE,        KIND_CANCEL, KIND_COMMUNICATE, KIND_WAITING, KIND_ERROR,
        KIND_STARTED, KIND_REQUEST,       KIND_IDS,    KIND_STATUS,      KIND_RETURN,  KIND_CONNECT,
        KIND_LOG,     KIND_EMPLOYEE_LOST, KIND_SHARE,  KIND_UNSHARE,     KIND_TRACE};
    uint8_t uuid[UUID_SIZE];
    struct builder list = {0};
    struct message message = {.kind = kinds[rng_below(rogue->rng, sizeof kinds / sizeof kinds[0])]};
    struct address address = any_address(rogue), root = any_address(rogue);
    rng_bytes(rogue->rng, uuid, UUID_SIZE);
    switch (message.kind) {
    case KIND_RESULT: message.result.return_address = address; break;
    case KIND_UPDATE:
    case KIND_COMMUNICATE:
        builder_address(&list, &address);
        message.addresses.addresses = builder_list(&list);
        break;
    case KIND_RETURN:
        builder_address(&list, &address);
        message.returned.reason = rng_below(rogue->rng, 4);
        message.returned.addresses = builder_list(&list);
        break;
    case KIND_CANCEL:
        builder_address(&list, &address);
        message.cancel.addresses = builder_list(&list);
        message.cancel.uuid = uuid;
        message.cancel.has_root = true;
        message.cancel.root = root;
        break;
    case KIND_ERROR:
        message.error.code = rng_below(rogue->rng, 20);
        message.error.has_task = message.error.has_root = true;
        message.error.task = address;
        message.error.root = root;
        break;
    case KIND_LOG:
        message.log.task = address;
        message.log.root = root;
        break;
    case KIND_TRACE:
        message.trace.count = rng_below(rogue->rng, 3);
        message.trace.has_task = message.trace.has_parent = message.trace.has_root = true;
        message.trace.task = message.trace.parent = address;
        message.trace.root = root;
        message.trace.worker = address.worker;
        message.trace.depth = 1;
        break;
    case KIND_REQUEST: message.request.uuid = uuid; break;
    case KIND_STATUS: message.status.uuid = uuid; break;
    case KIND_IDS: message.ids.count = rng_below(rogue->rng, 100); break;
    case KIND_STARTED: message.started.total_workers = rng_below(rogue->rng, 3); break;
    case KIND_SHARE:
    case KIND_UNSHARE: message.share.number = rng_below(rogue->rng, 3); break;
    case KIND_EMPLOYEE_LOST:
        builder_range(&list, 0, 1 + rng_below(rogue->rng, 300));
        message.lost.ranges = builder_list(&list);
        break;
    default: break; /* CONNECT, and a WAITING that wants nothing: it must not get a task, for it runs none */
    }
    bool gap = rng_chance(rogue->rng, 1, 10);
    say(rogue, &message, gap ? rng_below(rogue->rng, 100) : ++rogue->seq, outbox);
    builder_free(&list);
}

static void act(struct rogue *rogue, struct outbox *outbox)
{
    uint32_t at = rng_below(rogue->rng, 100);
    if (at < 8) {
        outbox_order(outbox, ORDER_CLOSE, rogue->conn);
        rogue->open = false;
    } else if (at < 20) {
        say_nothing(rogue, outbox);
    } else if (!rogue->shaken && at < 80) {
        say_hello(rogue, outbox);
    } else {
        say_something(rogue, outbox);
    }
}

static void read_mail(struct rogue *rogue, const struct event *event)
{
    struct message message;
    const char *why;
    if (message_decode(event->header, event->header_size, &message, &why) == CODE_NONE && message.seq > 0)
        rogue->received = message.seq;
}

void rogue_step(struct rogue *rogue, const struct event *event, struct outbox *outbox)
{
    struct process *process = rogue->process;
    switch (event->kind) {
    case EVENT_OPENED:
        rogue->open = true;
        rogue->dials = rogue->shaken = false;
        rogue->conn = event->conn;
        rogue->seq = rogue->received = 0;
        break;
    case EVENT_REFUSED: rogue->dials = false; break;
    case EVENT_CLOSED: rogue->open = false; break;
    case EVENT_MAIL: read_mail(rogue, event); break;
    case EVENT_TURN:
        if (event->now < rogue->next_at || process->world->quiet)
            break;
        rogue->next_at = event->now + 1 + rng_below(rogue->rng, BETWEEN);
        if (rogue->open) {
            act(rogue, outbox);
        } else if (!rogue->dials) {
            rogue->dials = true;
            process->dials = rng_chance(rogue->rng, 1, 3) ? DOOR_WORKERS : DOOR_FRONT;
            outbox_order(outbox, ORDER_DIAL, rng_below(rogue->rng, process->line_count));
        }
        break;
    default: break;
    }
}

uint64_t rogue_deadline(const struct rogue *rogue)
{
    return rogue->process->world->quiet ? UINT64_MAX : rogue->next_at;
}
