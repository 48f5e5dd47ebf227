/* say: what a member says: a message of a kind, whose fields are drawn from what that member may know. See
 * crowd.h. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/fuzz/crowd.h"
#include "tests/support/message_text.h"

enum { UUIDS = 6, CONNECTED_IDS = 100, MOST_LIST = 4 };

struct speech {
    struct crowd *crowd;
    struct member *member;
    struct record *record;
    struct message message;
    struct builder lists[3];
    uint8_t uuid[UUID_SIZE];
    char text[400];
    size_t body;   /* bytes */
    bool finishes; /* the member has no more to do with the tasks that it names */
};

#define KIND_BIT(kind) (UINT64_C(1) << (kind))
static const uint64_t may_say[ROLE_LIMIT] = {
    [ROLE_CLIENT] = KIND_BIT(KIND_CONNECT) | KIND_BIT(KIND_DISCONNECT) | KIND_BIT(KIND_SUBMIT) |
                    KIND_BIT(KIND_SUBMIT_BATCH) | KIND_BIT(KIND_REQUEST) | KIND_BIT(KIND_STATUS) |
                    KIND_BIT(KIND_CANCEL) | KIND_BIT(KIND_RELEASE) | KIND_BIT(KIND_LIST) |
                    KIND_BIT(KIND_MANAGERS) | KIND_BIT(KIND_DRAIN) | KIND_BIT(KIND_COUNTS) |
                    KIND_BIT(KIND_CLIENTS),
    [ROLE_BOSS] = KIND_BIT(KIND_CONNECT) | KIND_BIT(KIND_DISCONNECT) | KIND_BIT(KIND_IMPORTPATH) |
                  KIND_BIT(KIND_SUBMIT) | KIND_BIT(KIND_SUBMIT_BATCH) | KIND_BIT(KIND_RESULT) |
                  KIND_BIT(KIND_RESULT_BATCH) | KIND_BIT(KIND_CANCEL) | KIND_BIT(KIND_COMMUNICATE) |
                  KIND_BIT(KIND_ERROR) | KIND_BIT(KIND_RECALL) | KIND_BIT(KIND_EMPLOYEE_LOST) |
                  KIND_BIT(KIND_DRAIN),
    [ROLE_MANAGER] = KIND_BIT(KIND_STARTED) | KIND_BIT(KIND_IDS) | KIND_BIT(KIND_WAITING) |
                     KIND_BIT(KIND_SUBMIT) | KIND_BIT(KIND_SUBMIT_BATCH) | KIND_BIT(KIND_RESULT) |
                     KIND_BIT(KIND_RESULT_BATCH) | KIND_BIT(KIND_UPDATE) | KIND_BIT(KIND_ERROR) |
                     KIND_BIT(KIND_LOG) | KIND_BIT(KIND_CANCEL) | KIND_BIT(KIND_COMMUNICATE) |
                     KIND_BIT(KIND_DISCONNECT) | KIND_BIT(KIND_RETURN) | KIND_BIT(KIND_EMPLOYEE_LOST),
};

static struct span draw_text(struct speech *speech)
{
    static const char *const texts[] = {
        "python", "plain", "bqskit", "", "a text", "\xff\xc3", "0123456789012345678901234567890"};
    unsigned number = draw(speech->record);
    if (number < 128)
        return span_text(texts[number % (sizeof texts / sizeof texts[0])]);
    if (number < 250) /* one of many, to fill tables */
        return span_text((snprintf(speech->text, sizeof speech->text, "r%u", number), speech->text));
    memset(speech->text, 'x', sizeof speech->text - 1);
    return span_text(speech->text);
}

static const uint8_t *draw_uuid(struct speech *speech)
{
    unsigned number = draw(speech->record);
    memset(speech->uuid, 0, UUID_SIZE);
    speech->uuid[0] = (uint8_t)(1 + number % UUIDS);
    return speech->uuid;
}

/* Mostly nil, or 0, or small. */
static uint64_t draw_number(struct speech *speech)
{
    unsigned number = draw(speech->record);
    return number < 250 ? number % 8 : number < 254 ? NO_NUMBER - 1 : NO_NUMBER;
}

static uint64_t draw_count(struct speech *speech)
{
    static const uint64_t counts[] = {1, 0, 2, 3, 8, 100, UINT32_MAX};
    return counts[draw_below(speech->record, 7)];
}

/* A task that the member knows, the newest for 0; or of another member, or made up. */
static struct held pick(struct speech *speech)
{
    unsigned number = draw(speech->record), back = number % 8;
    const struct member *of = speech->member;
    if (number >= 224) { /* made up */
        uint32_t worker = number < 240 ? WORKER_NIL : of->lower + back % 4;
        return (struct held){.address = {worker, back / 4, 1000 + back}};
    }
    if (number >= 128)
        of = &speech->crowd->members[number / 8 % MEMBERS];
    if (back >= HELD || back >= of->held_count)
        return (struct held){.address = {WORKER_NIL, 0, 1000 + back}};
    return of->held[(of->held_count - 1 - back) % HELD];
}

/* The member has done its part of a task: it is the oldest of all from now on. */
static void forget(struct member *member, const struct address *address)
{
    unsigned count = member->held_count < HELD ? member->held_count : HELD;
    for (unsigned i = 0; i < count; i++) {
        unsigned place = (member->held_count - 1 - i) % HELD;
        if (!address_equal(&member->held[place].address, address))
            continue;
        for (; i + 1 < count; i++) {
            unsigned next = (member->held_count - 2 - i) % HELD;
            member->held[place] = member->held[next];
            place = next;
        }
        member->held[place] = (struct held){.address = {WORKER_NIL, 0, 1}};
        return;
    }
}

static struct address root_of(const struct held *held)
{
    return held->crumb_count ? held->crumbs[0] : held->address;
}

/* A list of tasks, the root of the first in `root`. */
static struct list draw_addresses(struct speech *speech, struct address *root)
{
    unsigned count = 1 + draw_below(speech->record, MOST_LIST);
    for (unsigned i = 0; i < count; i++) {
        struct held held = pick(speech);
        builder_address(&speech->lists[0], &held.address);
        if (i == 0)
            *root = root_of(&held);
        if (speech->finishes)
            forget(speech->member, &held.address);
    }
    return builder_list(&speech->lists[0]);
}

static struct list draw_texts(struct speech *speech)
{
    for (unsigned count = draw_below(speech->record, MOST_LIST); count > 0; count--) {
        struct span text = draw_text(speech);
        builder_text(&speech->lists[0], (const char *)text.data, text.size);
    }
    return builder_list(&speech->lists[0]);
}

/* Ids: for a boss new ones that it gives, else some of those that the member has. */
static struct list draw_ranges(struct speech *speech)
{
    struct member *member = speech->member;
    unsigned number = draw(speech->record);
    uint32_t lower = member->lower, upper = member->upper;
    if (speech->message.kind == KIND_CONNECT && number < 240) {
        lower = CONNECTED_IDS * ++speech->crowd->draws;
        upper = lower + 1 + number;
        member->lower = lower;
        member->upper = upper;
    } else if (number % 4) { /* one of them; or of another one's */
        const struct member *of = number < 128 ? member : &speech->crowd->members[number % MEMBERS];
        lower = of->lower + number / 4 % 4;
        upper = lower + 1;
    }
    if (lower >= upper || upper > WORKER_LIMIT)
        upper = (lower = 0) + 1;
    builder_range(&speech->lists[1], lower, upper);
    return builder_list(&speech->lists[1]);
}

/* A worker that is the member, or is below it. */
static uint32_t draw_worker(struct speech *speech)
{
    unsigned number = draw(speech->record);
    return number < 250 ? speech->member->lower + number % 4 : WORKER_LIMIT - 1;
}

static void remember(struct member *member, const struct held *held)
{
    member->held[member->held_count++ % HELD] = *held;
}

/* The header of a client's task, of a root from the boss, or of a child of a task that the member knows. */
static void make_task(struct speech *speech, struct task_header *task)
{
    static const char *const runtimes[] = {"python", "plain", "bqskit"};
    struct member *member = speech->member;
    struct held held = {.runtime = draw(speech->record)}, parent;
    unsigned place = draw(speech->record), flags = draw(speech->record);
    *task = (struct task_header){.priority = 128, .flags = (uint8_t)(flags % 4), .attempt = flags >= 250};
    if (flags / 4 % 8 == 1)
        task->priority = (uint8_t)flags;
    task->runtime = held.runtime < 250 ? span_text(runtimes[held.runtime % 3]) : draw_text(speech);
    held.runtime %= 3;
    bool child = member->role == ROLE_BOSS ? place >= 128 : member->role != ROLE_CLIENT;
    if (member->role == ROLE_CLIENT) {
        held.address = (struct address){WORKER_NIL, place < 250 ? 0 : place, 0};
        task->uuid = draw_uuid(speech);
    } else if (!child) {
        held.address = (struct address){WORKER_NIL, 0, 2000 + place};
    } else {
        parent = pick(speech);
        uint32_t worker = member->role == ROLE_BOSS ? CONNECTED_IDS * 9999 + place % 4 : draw_worker(speech);
        held.address = (struct address){worker, place / 8 % 4, place % 8};
        for (unsigned i = 0; i < parent.crumb_count && i + 1 < CRUMBS; i++)
            held.crumbs[held.crumb_count++] = parent.crumbs[i];
        held.crumbs[held.crumb_count++] = parent.address;
        if (parent.runtime < 3)
            task->runtime = span_text(runtimes[parent.runtime]);
    }
    for (unsigned i = 0; i < held.crumb_count; i++)
        builder_address(&speech->lists[2], &held.crumbs[i]);
    struct address root = root_of(&held);
    task->return_address = held.address;
    task->comp_task_id = member->role == ROLE_CLIENT ? 0 : root.mailbox;
    task->breadcrumbs = builder_list(&speech->lists[2]);
    task->name = flags >= 128 ? draw_text(speech) : span_text("");
    if (member->role != ROLE_CLIENT)
        remember(member, &held);
}

static const uint16_t body_sizes[] = {0, 3, 20, 300, 9000, 20000};

static size_t draw_body(struct speech *speech)
{
    unsigned number = draw(speech->record);
    return number == 255 ? LINK_CHUNK + 10 : body_sizes[number % 6];
}

static void make_batch(struct speech *speech)
{
    struct message *message = &speech->message;
    struct task_header task = {0};
    struct result_header result;
    unsigned number = draw(speech->record);
    unsigned count = number < 250 ? 1 + number % MOST_LIST : 70;
    size_t size = draw_body(speech);
    bool submits = message->kind == KIND_SUBMIT_BATCH;
    if (submits)
        make_task(speech, &task);
    for (unsigned i = 0; i < count; i++) {
        if (submits) {
            builder_task(&speech->lists[0], &task);
            task.uuid = speech->member->role == ROLE_CLIENT && draw_rarely(speech->record) ? task.uuid : NULL;
            task.return_address.slot++;
        } else {
            struct held held = pick(speech);
            result =
                (struct result_header){.return_address = held.address, .completed_by = speech->member->lower};
            builder_result(&speech->lists[0], &result);
            forget(speech->member, &held.address);
        }
        builder_number(&speech->lists[1], i == 0 && number % 2 ? 0 : size);
        speech->body += i == 0 && number % 2 ? 0 : size;
    }
    message->batch.tasks = builder_list(&speech->lists[0]);
    message->batch.lengths = builder_list(&speech->lists[1]);
}

static void make_cancel(struct speech *speech)
{
    struct message *message = &speech->message;
    message->cancel.corr = draw_number(speech);
    message->cancel.state = NO_NUMBER;
    if (speech->member->role == ROLE_CLIENT) {
        message->cancel.uuid = draw_uuid(speech);
        return;
    }
    message->cancel.addresses = draw_addresses(speech, &message->cancel.root);
    message->cancel.has_root = !draw_rarely(speech->record);
    if (draw_below(speech->record, 4) == 1)
        message->cancel.root = pick(speech).address;
}

static void make_error(struct speech *speech)
{
    struct message *message = &speech->message;
    struct held held = pick(speech);
    unsigned how = draw(speech->record);
    message->error.code = draw_below(speech->record, CODE_LIMIT + 2);
    message->error.text = draw_text(speech);
    message->error.corr = message->error.slot = NO_NUMBER;
    message->error.has_task = how % 8 != 7;
    message->error.has_root = how % 16 != 6;
    message->error.task = held.address;
    message->error.root = root_of(&held);
    if (how / 16 % 4 == 1) { /* a child of it, that never went further up */
        message->error.has_within = true;
        message->error.within = held.address;
        message->error.task = (struct address){speech->member->lower, 0, 77};
    }
    if (how / 16 % 4 == 2)
        message->error.root = pick(speech).address;
    speech->body = draw_body(speech);
    forget(speech->member, &held.address);
}

static void make_waiting(struct speech *speech)
{
    struct message *message = &speech->message;
    message->waiting.idle = (uint32_t)draw_count(speech);
    message->waiting.room = (uint32_t)draw_count(speech);
    unsigned receipt = draw(speech->record);
    message->waiting.receipt = receipt < 200 ? speech->member->last_submit : receipt - 200;
    message->waiting.queued = draw_below(speech->record, 8);
    message->waiting.full = draw_texts(speech);
    message->waiting.own_room = draw_below(speech->record, 8);
}

static void make_started(struct speech *speech)
{
    static const char *const runtimes[] = {"python", "plain", "bqskit"};
    unsigned without = draw(speech->record);
    speech->message.started.total_workers = draw_count(speech);
    for (unsigned i = 0; i < 3; i++)
        if (!(without >> i & 1))
            builder_runtime(&speech->lists[0], span_text(runtimes[i]), span_text("1"));
    if (without >= 128)
        builder_runtime(&speech->lists[0], draw_text(speech), span_text(""));
    speech->message.started.runtimes = builder_list(&speech->lists[0]);
}

static void make_result(struct speech *speech)
{
    struct held held = pick(speech);
    speech->message.result = (struct result_header){held.address, draw_worker(speech), NULL};
    speech->body = draw_body(speech);
    forget(speech->member, &held.address);
}

static void make_slots(struct speech *speech)
{
    for (unsigned count = 1 + draw_below(speech->record, MOST_LIST); count > 0; count--)
        builder_slot(&speech->lists[0], draw_uuid(speech), draw_number(speech));
    speech->message.release.slots = builder_list(&speech->lists[0]);
}

static void make_log(struct speech *speech)
{
    struct held held = pick(speech);
    speech->message.log.task = held.address;
    speech->message.log.root = root_of(&held);
    speech->message.log.level = draw_number(speech);
    speech->message.log.logger = span_text("a.logger");
    speech->message.log.text = draw_text(speech);
    speech->body = draw_body(speech);
}

/* What clients ask for. */
static void make_question(struct speech *speech)
{
    struct message *message = &speech->message;
    switch (message->kind) {
    case KIND_REQUEST:
        message->request.corr = draw_number(speech);
        message->request.uuid = draw_uuid(speech);
        message->request.slot = draw_number(speech);
        break;
    case KIND_STATUS:
        message->status.corr = draw_number(speech);
        message->status.uuid = draw_uuid(speech);
        break;
    case KIND_LIST:
        message->list.corr = draw_number(speech);
        if (draw_below(speech->record, 2))
            message->list.after = draw_uuid(speech);
        message->list.more = draw_number(speech);
        message->list.all = draw_below(speech->record, 2);
        break;
    case KIND_MANAGERS: message->managers.corr = draw_number(speech); break;
    case KIND_COUNTS: message->counts.corr = draw_number(speech); break;
    case KIND_CLIENTS: message->clients.corr = draw_number(speech); break;
    case KIND_DRAIN:
        message->drain.corr = draw_number(speech);
        message->drain.manager = draw_below(speech->record, 2) ? span_text("host3") : draw_text(speech);
        message->drain.grace = draw_number(speech);
        break;
    default: message->ready.corr = draw_number(speech); break;
    }
}

/* The rest: short ones. */
static void make_short(struct speech *speech)
{
    struct message *message = &speech->message;
    struct address root;
    switch (message->kind) {
    case KIND_CONNECT:
        message->connect.corr = draw_number(speech);
        if (speech->member->role != ROLE_CLIENT)
            message->connect.ranges = draw_ranges(speech);
        message->connect.paths = draw_texts(speech);
        break;
    case KIND_DISCONNECT:
        message->disconnect.corr = NO_NUMBER;
        message->disconnect.detach = draw_below(speech->record, 2);
        break;
    case KIND_COMMUNICATE:
        speech->body = draw_body(speech); /* fallthrough */
        __attribute__((fallthrough));
    case KIND_UPDATE:
        speech->finishes = message->kind == KIND_UPDATE;
        message->addresses.addresses = draw_addresses(speech, &root);
        break;
    case KIND_RETURN:
        speech->finishes = true;
        message->returned.reason = draw_below(speech->record, 4);
        message->returned.addresses = draw_addresses(speech, &root);
        message->returned.text = draw_text(speech);
        break;
    case KIND_IMPORTPATH: message->importpath.paths = draw_texts(speech); break;
    case KIND_EMPLOYEE_LOST: message->lost.ranges = draw_ranges(speech); break;
    case KIND_RECALL:
        message->recall.count = draw_count(speech);
        message->recall.runtimes = draw_texts(speech);
        break;
    case KIND_IDS: message->ids.count = draw_count(speech); break;
    default: break;
    }
}

static void make(struct speech *speech)
{
    switch (speech->message.kind) {
    case KIND_SUBMIT:
        make_task(speech, &speech->message.submit);
        speech->body = draw_body(speech);
        break;
    case KIND_SUBMIT_BATCH:
    case KIND_RESULT_BATCH: make_batch(speech); break;
    case KIND_RESULT: make_result(speech); break;
    case KIND_CANCEL: make_cancel(speech); break;
    case KIND_ERROR: make_error(speech); break;
    case KIND_WAITING: make_waiting(speech); break;
    case KIND_STARTED: make_started(speech); break;
    case KIND_RELEASE: make_slots(speech); break;
    case KIND_LOG: make_log(speech); break;
    case KIND_REQUEST:
    case KIND_STATUS:
    case KIND_LIST:
    case KIND_MANAGERS:
    case KIND_COUNTS:
    case KIND_CLIENTS:
    case KIND_DRAIN:
    case KIND_READY: make_question(speech); break;
    default: make_short(speech); break;
    }
}

static struct slice body_of(size_t size)
{
    uint8_t *bytes;
    if (size == 0)
        return SLICE_NONE;
    struct slice body = {blob_new(size, &bytes), 0, size};
    memset(bytes, 'b', size);
    return body;
}

static void speech_free(struct speech *speech)
{
    for (unsigned i = 0; i < 3; i++)
        builder_free(&speech->lists[i]);
}

void say(struct crowd *crowd, struct member *member, unsigned kind, struct record *record)
{
    struct speech speech = {.crowd = crowd, .member = member, .record = record, .message.kind = kind};
    uint64_t may = may_say[member->role == ROLE_WORKER ? ROLE_MANAGER : member->role];
    if ((may >> kind & 1) == 0 && record->end[-1] < 250)
        return; /* it would be dropped for it, which is seldom worth the rest of the input */
    make(&speech);
    crowd_send(crowd, member, &speech.message, body_of(speech.body));
    speech_free(&speech);
}

void say_wrong(struct crowd *crowd, struct member *member, struct record *record)
{
    static const unsigned kinds[] = {KIND_PING, KIND_PONG,  KIND_ACK,    KIND_CHUNK,        KIND_HELLO,
                                     KIND_LOG,  KIND_ERROR, KIND_SUBMIT, KIND_RESULT_BATCH, KIND_DISCONNECT};
    struct speech speech = {.crowd = crowd, .member = member, .record = record};
    struct message *message = &speech.message;
    unsigned how = draw(record);
    message->kind = kinds[draw_below(record, 10)];
    message->seq = how % 4 ? member->link.next_seq : draw(record);
    message->ack = member->link.received + draw_below(record, 3);
    if (message->kind == KIND_CHUNK)
        message->chunk.length = draw_count(&speech) * LINK_CHUNK;
    else if (message->kind == KIND_HELLO)
        message->hello.boot = message->hello.link = draw_uuid(&speech);
    else
        make(&speech);
    size_t bound = message_bound(message);
    uint8_t *header = mem_alloc(bound);
    size_t size = message_encode(message, header, bound), place = draw(record);
    if (place % 4 == 1)
        size -= place % size;
    else if (place % 4 == 2)
        header[place % size] ^= (uint8_t)(1u << place % 8);
    struct slice body = body_of(speech.body > 20000 ? 20000 : speech.body);
    member->lied = true;
    crowd_mail(crowd, member, header, size, body.blob, how >= 250 ? how - 250 : body.size ? 2 : 1);
    slice_drop(&body);
    mem_free(header);
    speech_free(&speech);
}
