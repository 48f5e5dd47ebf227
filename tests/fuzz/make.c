/* make: the fields of a message of each kind, as a member may say it. Which kinds there are is said by the
 * list of kinds alone: the compiler misses a kind that `make` does not name. */
#include "tests/fuzz/speech.h"

/* The header of a client's task, of a root from the boss, or of a child of a task that the member knows. */
static void make_task(struct speech *speech, struct task_header *task)
{
    struct member *member = speech->member;
    struct held held = {.runtime = draw(speech->record)}, parent;
    unsigned place = draw(speech->record), flags = draw(speech->record);
    *task = (struct task_header){.priority = 128, .flags = (uint8_t)(flags % 4), .attempt = flags >= 250};
    if (flags / 4 % 8 == 1)
        task->priority = (uint8_t)flags;
    task->runtime = held.runtime < 250 ? span_text(speech_runtimes[held.runtime % 3]) : draw_text(speech);
    held.runtime %= 3;
    bool child = member->role == ROLE_BOSS ? place >= 128 : member->role != ROLE_CLIENT;
    if (member->role == ROLE_CLIENT) {
        held.address = (struct address){WORKER_NIL, place < 250 ? 0 : place, 0};
        task->uuid = draw_uuid(speech);
    } else if (!child) {
        held.address = (struct address){WORKER_NIL, 0, 2000 + place};
    } else {
        parent = draw_task(speech);
        uint32_t worker = member->role == ROLE_BOSS ? CONNECTED_IDS * 9999 + place % 4 : draw_worker(speech);
        held.address = (struct address){worker, place / 8 % 4, place % 8};
        for (unsigned i = 0; i < parent.crumb_count && i + 1 < CRUMBS; i++)
            held.crumbs[held.crumb_count++] = parent.crumbs[i];
        held.crumbs[held.crumb_count++] = parent.address;
        if (parent.runtime < 3)
            task->runtime = span_text(speech_runtimes[parent.runtime]);
    }
    for (unsigned i = 0; i < held.crumb_count; i++)
        builder_address(&speech->lists[2], &held.crumbs[i]);
    struct address root = speech_root(&held);
    task->return_address = held.address;
    task->comp_task_id = member->role == ROLE_CLIENT ? 0 : root.mailbox;
    task->breadcrumbs = builder_list(&speech->lists[2]);
    task->name = flags >= 128 ? draw_text(speech) : span_text("");
    task->session = flags % 8 == 5 ? flags / 8 : 0;
    task->shared = flags % 2 || flags / 32 % 4 == 3 ? draw_part(speech, flags / 4) : 0;
    if (member->role != ROLE_CLIENT)
        speech_remember(member, &held);
}

/* What a result says of its times, if it does. */
static void make_timing(struct speech *speech, struct result_header *result)
{
    unsigned number = draw(speech->record);
    if (number < 128)
        return;
    result->timed = (uint8_t)(number % (TIMING_ALL + 1));
    if (result->timed > 0)
        result->timing.ran = draw_number(speech);
    if (result->timed > 2)
        result->timing.memory = draw_number(speech);
    if (result->timed == TIMING_ALL)
        result->timing.manager = draw_text(speech);
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
            struct held held = draw_task(speech);
            result =
                (struct result_header){.return_address = held.address, .completed_by = speech->member->lower};
            make_timing(speech, &result);
            builder_result(&speech->lists[0], &result);
            speech_forget(speech->member, &held.address);
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
        message->cancel.root = draw_task(speech).address;
}

static void make_error(struct speech *speech)
{
    struct message *message = &speech->message;
    struct held held = draw_task(speech);
    unsigned how = draw(speech->record);
    message->error.code = draw_below(speech->record, CODE_LIMIT + 2);
    message->error.text = draw_text(speech);
    message->error.corr = message->error.slot = NO_NUMBER;
    message->error.has_task = how % 8 != 7;
    message->error.has_root = how % 16 != 6;
    message->error.task = held.address;
    message->error.root = speech_root(&held);
    if (how / 16 % 4 == 1) { /* a child of it, that never went further up */
        message->error.has_within = true;
        message->error.within = held.address;
        message->error.task = (struct address){speech->member->lower, 0, 77};
    }
    if (how / 16 % 4 == 2)
        message->error.root = draw_task(speech).address;
    if (how / 16 % 4 == 3) { /* of the same draw: the corpus counts on how many there are */
        message->error.timed = how % 2 ? FAILED_WORKER : FAILED_ALL;
        message->error.worker = how % 4 ? speech->member->lower : NO_NUMBER;
        message->error.timing = (struct timing){.ran = how, .manager = span_text("m")};
    }
    speech->body = draw_body(speech);
    speech_forget(speech->member, &held.address);
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
    message->waiting.begun = receipt % 5; /* of the same draw: the corpus counts on how many there are */
    message->waiting.has_running = receipt % 3 == 1;
    message->waiting.running = (struct address){speech->member->lower, receipt % 2, 77};
}

static void make_started(struct speech *speech)
{
    unsigned without = draw(speech->record);
    speech->message.started.total_workers = draw_count(speech);
    for (unsigned i = 0; i < 3; i++)
        if (!(without >> i & 1))
            builder_runtime(&speech->lists[0], span_text(speech_runtimes[i]), span_text("1"));
    if (without >= 128)
        builder_runtime(&speech->lists[0], draw_text(speech), span_text(""));
    speech->message.started.runtimes = builder_list(&speech->lists[0]);
}

static void make_result(struct speech *speech)
{
    struct held held = draw_task(speech);
    speech->message.result =
        (struct result_header){.return_address = held.address, .completed_by = draw_worker(speech)};
    make_timing(speech, &speech->message.result);
    speech->body = draw_body(speech);
    speech_forget(speech->member, &held.address);
}

static void make_slots(struct speech *speech)
{
    for (unsigned count = 1 + draw_below(speech->record, MOST_LIST); count > 0; count--)
        builder_slot(&speech->lists[0], draw_uuid(speech), draw_number(speech));
    speech->message.release.slots = builder_list(&speech->lists[0]);
}

static void make_log(struct speech *speech)
{
    struct held held = draw_task(speech);
    speech->message.log.task = held.address;
    speech->message.log.root = speech_root(&held);
    speech->message.log.level = draw_number(speech);
    speech->message.log.logger = span_text("a.logger");
    speech->message.log.text = draw_text(speech);
    speech->body = draw_body(speech);
}

static void make_request(struct speech *speech)
{
    struct message *message = &speech->message;
    message->request.corr = draw_number(speech);
    message->request.uuid = draw_uuid(speech);
    message->request.slot = draw_number(speech);
}

static void make_status(struct speech *speech)
{
    speech->message.status.corr = draw_number(speech);
    speech->message.status.uuid = draw_uuid(speech);
}

static void make_list(struct speech *speech)
{
    struct message *message = &speech->message;
    message->list.corr = draw_number(speech);
    if (draw_below(speech->record, 2))
        message->list.after = draw_uuid(speech);
    message->list.more = draw_number(speech);
    message->list.all = draw_below(speech->record, 2);
}

static void make_drain(struct speech *speech)
{
    struct message *message = &speech->message;
    message->drain.corr = draw_number(speech);
    message->drain.manager = draw_below(speech->record, 2) ? span_text("host3") : draw_text(speech);
    message->drain.grace = draw_number(speech);
}

static void make_connect(struct speech *speech)
{
    struct message *message = &speech->message;
    message->connect.corr = draw_number(speech);
    if (speech->member->role != ROLE_CLIENT)
        message->connect.ranges = draw_ranges(speech);
    message->connect.paths = draw_texts(speech);
}

static void make_disconnect(struct speech *speech)
{
    speech->message.disconnect.corr = NO_NUMBER;
    speech->message.disconnect.detach = draw_below(speech->record, 2);
}

/* UPDATE or COMMUNICATE. */
static void make_addresses(struct speech *speech)
{
    struct address root;
    speech->finishes = speech->message.kind == KIND_UPDATE;
    if (speech->message.kind == KIND_COMMUNICATE)
        speech->body = draw_body(speech);
    speech->message.addresses.addresses = draw_addresses(speech, &root);
    if (speech->finishes && speech->message.addresses.addresses.count == 1) {
        speech->message.addresses.timed = TIMING_WORKER;
        speech->message.addresses.timing.ran = 5;
    }
}

static void make_return(struct speech *speech)
{
    struct message *message = &speech->message;
    struct address root;
    speech->finishes = true;
    message->returned.reason = draw_below(speech->record, 4);
    message->returned.addresses = draw_addresses(speech, &root);
    message->returned.text = draw_text(speech);
}

/* What it holds, as it says; seldom what it does not. */
static void make_holds(struct speech *speech)
{
    struct message *message = &speech->message;
    struct address root;
    message->holds.ranges = draw_ranges(speech);
    message->holds.tasks = message->holds.roots = draw_addresses(speech, &root);
    message->holds.more = draw_below(speech->record, 2);
}

static void make_recall(struct speech *speech)
{
    speech->message.recall.count = draw_count(speech);
    speech->message.recall.runtimes = draw_texts(speech);
}

/* The next part; seldom one that is not new. */
static void make_share(struct speech *speech)
{
    struct member *member = speech->member;
    unsigned number = draw(speech->record);
    if (number >= 250) {
        speech->message.share.number = number - 250;
    } else {
        speech->message.share.number = ++member->parts_gave;
        member->parts_open |= member->parts_gave < 64 ? UINT64_C(1) << member->parts_gave : 0;
    }
    speech->body = draw_body(speech);
}

/* One that is open, the newest for 0; seldom one that is not. */
static void make_unshare(struct speech *speech)
{
    struct member *member = speech->member;
    unsigned number = draw(speech->record);
    speech->message.share.number = number >= 250 ? number - 250 : draw_part(speech, number);
    if (speech->message.share.number < 64)
        member->parts_open &= ~(UINT64_C(1) << speech->message.share.number);
}

/* Of a child of a task that the member has; or how many it is to tell of. */
static void make_trace(struct speech *speech)
{
    struct message *message = &speech->message;
    struct held parent = draw_task(speech);
    unsigned how = draw(speech->record);
    message->trace.count = draw_count(speech);
    message->trace.worker = draw_number(speech);
    message->trace.has_task = speech->member->role != ROLE_BOSS && how % 8 != 7;
    message->trace.has_parent = how % 16 != 6;
    message->trace.has_root = how % 16 != 5;
    message->trace.task =
        how >= 128 ? draw_task(speech).address : (struct address){speech->member->lower, 0, how % 4};
    message->trace.parent = parent.address;
    message->trace.root = speech_root(&parent);
    message->trace.name = draw_text(speech);
    message->trace.state = how / 4 % 8;
    message->trace.depth = how % 32;
    message->trace.timing =
        (struct timing){.ran = draw_number(speech), .held = draw_number(speech), .age = draw_number(speech)};
}

void make(struct speech *speech)
{
    struct message *message = &speech->message;
    switch ((enum kind)message->kind) {
    case KIND_CONNECT: make_connect(speech); break;
    case KIND_DISCONNECT: make_disconnect(speech); break;
    case KIND_STARTED: make_started(speech); break;
    case KIND_ERROR: make_error(speech); break;
    case KIND_REQUEST: make_request(speech); break;
    case KIND_RESULT: make_result(speech); break;
    case KIND_SUBMIT:
        make_task(speech, &message->submit);
        speech->body = draw_body(speech);
        break;
    case KIND_SUBMIT_BATCH:
    case KIND_RESULT_BATCH: make_batch(speech); break;
    case KIND_STATUS: make_status(speech); break;
    case KIND_LOG: make_log(speech); break;
    case KIND_CANCEL: make_cancel(speech); break;
    case KIND_WAITING: make_waiting(speech); break;
    case KIND_UPDATE:
    case KIND_COMMUNICATE: make_addresses(speech); break;
    case KIND_IMPORTPATH:
        message->importpath.paths = draw_texts(speech);
        message->importpath.session = draw(speech->record) % 8;
        break;
    case KIND_READY: message->ready.corr = draw_number(speech); break;
    case KIND_EMPLOYEE_LOST: message->lost.ranges = draw_ranges(speech); break;
    case KIND_RETURN: make_return(speech); break;
    case KIND_HOLDS: make_holds(speech); break;
    case KIND_RECALL: make_recall(speech); break;
    case KIND_DRAIN: make_drain(speech); break;
    case KIND_LIST: make_list(speech); break;
    case KIND_MANAGERS: message->managers.corr = draw_number(speech); break;
    case KIND_IDS: message->ids.count = draw_count(speech); break;
    case KIND_RELEASE: make_slots(speech); break;
    case KIND_COUNTS: message->counts.corr = draw_number(speech); break;
    case KIND_CLIENTS: message->clients.corr = draw_number(speech); break;
    case KIND_SHARE: make_share(speech); break;
    case KIND_UNSHARE: make_unshare(speech); break;
    case KIND_TRACE: make_trace(speech); break;
    case KIND_CHUNK: message->chunk.length = draw_count(speech) * LINK_CHUNK; break;
    case KIND_HELLO:
    case KIND_WELCOME: message->hello.boot = message->hello.link = draw_uuid(speech); break;
    case KIND_SHUTDOWN: /* without fields, or all of them 0 */
    case KIND_PING:
    case KIND_PONG:
    case KIND_ACK:
    case KIND_LIMIT: break;
    }
}
