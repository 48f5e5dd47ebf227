/* worker_boss: see worker_boss.h. */
#include "worker_boss.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/batch.h"

static const uint8_t boot[UUID_SIZE] = {0xb0};

static void note(struct boss_heard *heard, const struct message *message, const struct slice *body)
{
    struct batch batch;
    struct result_header result;
    struct task_header task;
    struct slice piece;
    struct list addresses = {0};
    *heard = (struct boss_heard){.kind = message->kind, .message = *message};
    size_t size = body->size < sizeof heard->body - 1 ? body->size : sizeof heard->body - 1;
    if (size > 0)
        memcpy(heard->body, slice_data(body), size);
    switch (message->kind) {
    case KIND_RESULT:
    case KIND_RESULT_BATCH:
        cr_assert(batch_open(&batch, message, body));
        for (; batch_next_result(&batch, &result, &piece); heard->count++)
            heard->first = heard->count ? heard->first : result.return_address;
        return;
    case KIND_SUBMIT:
    case KIND_SUBMIT_BATCH:
        cr_assert(batch_open(&batch, message, body));
        for (; batch_next_task(&batch, &task, &piece); heard->count++)
            heard->first = heard->count ? heard->first : task.return_address;
        return;
    case KIND_RETURN: addresses = message->returned.addresses; break;
    case KIND_CANCEL: addresses = message->cancel.addresses; break;
    case KIND_UPDATE:
    case KIND_COMMUNICATE: addresses = message->addresses.addresses; break;
    default: return;
    }
    for (struct address address; list_next_address(&addresses, &address); heard->count++)
        heard->first = heard->count ? heard->first : address;
}

static void read_out(struct worker_boss *boss)
{
    for (size_t i = 0; i < boss->outbox.count; i++) {
        const struct order *order = &boss->outbox.orders[i];
        struct message message;
        const char *why;
        boss->dials += order->kind == ORDER_DIAL;
        boss->closes += order->kind == ORDER_CLOSE;
        if (order->kind != ORDER_LETTER)
            continue;
        cr_assert_eq(message_decode(order->letter->header, order->letter->header_size, &message, &why),
                     CODE_NONE);
        if (message.kind == KIND_HELLO)
            memcpy(boss->link, message.hello.link, UUID_SIZE);
        if (message.kind == KIND_ACK)
            continue;
        boss->come = message.seq > boss->come ? message.seq : boss->come;
        boss->read = boss->late ? boss->read : boss->come;
        cr_assert_lt(boss->count, BOSS_MOST);
        note(&boss->heard[boss->count++], &message, &order->letter->body);
    }
    outbox_clear(&boss->outbox);
}

static void step(struct worker_boss *boss, struct event *event)
{
    event->now = boss->now / 1000;
    event->door = DOOR_LINE;
    event->conn = BOSS_CONN;
    worker_step(boss->worker, event, &boss->outbox);
    read_out(boss);
}

void worker_boss_turn(struct worker_boss *boss, uint64_t time)
{
    struct event event = {.kind = EVENT_TURN};
    boss->now += time;
    step(boss, &event);
}

static struct worker_boss *make(bool paged)
{
    static const struct mailroom_runtime runtimes[] = {{"python", "3"}, {"bqskit", "1"}};
    struct worker_config config = {.boot = {0xc1},
                                   .seed = 7,
                                   .address = "ipc:///shim",
                                   .name = "w0.1",
                                   .software = "test",
                                   .runtimes = runtimes,
                                   .runtime_count = 2,
                                   .max_body = 1 << 20};
    struct worker_boss *boss = mem_zalloc(1, sizeof *boss);
    boss->now = 1000000;
    page_init(&boss->page);
    config.page = paged ? &boss->page : NULL;
    boss->worker = worker_new(&config, boss->now * 1000);
    worker_boss_turn(boss, 0);
    return boss;
}

static void give(struct worker_boss *boss, const struct message *message, const char *body)
{
    uint8_t header[8192];
    struct event event = {.kind = EVENT_MAIL, .frames = 1, .header = header};
    event.header_size = message_encode(message, header, sizeof header);
    cr_assert_leq(event.header_size, sizeof header);
    event.body = *body ? blob_copy(body, strlen(body)) : NULL;
    event.frames += event.body != NULL;
    step(boss, &event);
    blob_unref(event.body);
    worker_boss_turn(boss, 0);
}

void worker_boss_joins(struct worker_boss *boss)
{
    struct event opened = {.kind = EVENT_OPENED};
    struct message welcome = {.kind = KIND_WELCOME}, connect = {.kind = KIND_CONNECT};
    struct builder ranges = {0};
    step(boss, &opened);
    welcome.hello = (struct hello){.role = ROLE_BOSS,
                                   .boot = boot,
                                   .link = boss->link,
                                   .expiry = 10000,
                                   .window = 1 << 20,
                                   .max_body = 1000,
                                   .features = FEATURE_SHARE,
                                   .software = span_text("mailroom-shim test"),
                                   .name = span_text("node")};
    give(boss, &welcome, "");
    builder_range(&ranges, BOSS_ID, BOSS_ID + 1);
    connect.connect.corr = NO_NUMBER;
    connect.connect.ranges = builder_list(&ranges);
    worker_boss_says(boss, &connect, "");
    builder_free(&ranges);
}

struct worker_boss *worker_boss_alone(void)
{
    return make(false);
}

struct worker_boss *worker_boss_new(bool paged)
{
    struct worker_boss *boss = make(paged);
    worker_boss_joins(boss);
    return boss;
}

void worker_boss_free(struct worker_boss *boss)
{
    worker_free(boss->worker);
    outbox_free(&boss->outbox);
    mem_free(boss);
}

void worker_boss_says(struct worker_boss *boss, struct message *message, const char *body)
{
    message->seq = ++boss->seq;
    message->ack = boss->read;
    give(boss, message, body);
}

void worker_boss_gives(struct worker_boss *boss, unsigned count, uint32_t attempt)
{
    struct builder tasks = {0}, lengths = {0};
    struct message message = {.kind = KIND_SUBMIT_BATCH};
    char body[64] = "";
    for (unsigned i = 0; i < count; i++) {
        struct task_header task = {.return_address = {WORKER_NIL, 0, ++boss->mailbox},
                                   .runtime = span_text("python"),
                                   .attempt = attempt,
                                   .priority = 128,
                                   .name = span_text("f"),
                                   .meta = {(const uint8_t *)"", 0}};
        builder_task(&tasks, &task);
        builder_number(&lengths, 1);
        body[i] = (char)('a' + i);
    }
    message.batch.tasks = builder_list(&tasks);
    message.batch.lengths = builder_list(&lengths);
    worker_boss_says(boss, &message, body);
    builder_free(&tasks);
    builder_free(&lengths);
}

void worker_boss_recalls(struct worker_boss *boss, uint64_t count, const char *runtime)
{
    struct builder names = {0};
    struct message message = {.kind = KIND_RECALL, .recall.count = count};
    builder_text(&names, runtime, strlen(runtime));
    message.recall.runtimes = builder_list(&names);
    worker_boss_says(boss, &message, "");
    builder_free(&names);
}

void worker_boss_cancels(struct worker_boss *boss, uint64_t mailbox)
{
    struct builder list = {0};
    struct address address = {WORKER_NIL, 0, mailbox};
    struct message message = {.kind = KIND_CANCEL};
    builder_address(&list, &address);
    message.cancel.corr = message.cancel.state = NO_NUMBER;
    message.cancel.addresses = builder_list(&list);
    message.cancel.has_root = true;
    message.cancel.root = address;
    worker_boss_says(boss, &message, "");
    builder_free(&list);
}

struct mailroom_item *worker_boss_begins(struct worker_boss *boss, const char *body)
{
    worker_waiting(boss->worker, boss->now * 1000);
    struct mailroom_item *item = worker_next(boss->worker, boss->now * 1000);
    cr_assert_not_null(item);
    cr_assert_eq(item->kind, MAILROOM_ITEM_TASK);
    cr_assert_eq(item->body_size, strlen(body));
    cr_assert_arr_eq(item->body, body, item->body_size);
    return item;
}

void worker_boss_done(struct worker_boss *boss, struct mailroom_item *item, uint64_t time)
{
    struct address address = {item->task.address.worker, item->task.address.slot, item->task.address.mailbox};
    boss->now += time;
    cr_assert_eq(worker_result(boss->worker, &address, SLICE_NONE, NULL, boss->now * 1000), MAILROOM_OK);
    mailroom_item_free(item);
}

void worker_boss_look_away(struct worker_boss *boss)
{
    boss->count = 0;
}

unsigned worker_boss_count(const struct worker_boss *boss, unsigned kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < boss->count; i++)
        count += boss->heard[i].kind == kind;
    return count;
}

const struct boss_heard *worker_boss_last(const struct worker_boss *boss, unsigned kind)
{
    for (unsigned i = boss->count; i > 0; i--) {
        if (boss->heard[i - 1].kind == kind)
            return &boss->heard[i - 1];
    }
    cr_assert(false, "no %s", kind_name(kind));
    return NULL;
}
