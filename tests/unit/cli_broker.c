/* cli_broker: see cli_broker.h. */
#include "cli_broker.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

static const uint8_t boots[2][UUID_SIZE] = {{0xb0}, {0xb1}};

struct slice cli_body(const char *text)
{
    size_t size = strlen(text);
    return size ? (struct slice){blob_copy(text, size), 0, size} : SLICE_NONE;
}

static const struct client_config config = {
    .boot = {0xc1},
    .session = {0x5e, 0x55},
    .seed = 7,
    .software = "mailroom test",
    .name = "host:1",
    .broker = "host:7472",
    .patience = CLI_PATIENCE,
    .patience_again = 2 * CLI_PATIENCE,
    .limits = {.expiry = 60000, .window = 1 << 20, .max_body = 1 << 20, .max_queue = 1 << 30}};

static struct cli_broker *make(void)
{
    struct cli_broker *broker = mem_zalloc(1, sizeof *broker);
    broker->now = CLI_START;
    broker->max_body = 1 << 20;
    return broker;
}

struct cli_broker *cli_broker_new(void)
{
    struct cli_broker *broker = make();
    client_init(&broker->client, &config, broker->now);
    cli_broker_turn(broker, 0);
    return broker;
}

struct cli_broker *cli_broker_new_mail(uint64_t patience)
{
    struct cli_broker *broker = make();
    struct builder paths = {0};
    struct client_config steadfast = config;
    steadfast.steadfast = true;
    steadfast.patience = steadfast.patience_again = NEVER;
    builder_text(&paths, "/path", 5);
    broker->mail = mem_alloc(sizeof *broker->mail);
    correspondence_init(broker->mail, &steadfast, patience, paths, broker->now);
    cli_broker_turn(broker, 0);
    return broker;
}

void cli_broker_free(struct cli_broker *broker)
{
    if (broker->mail)
        correspondence_free(broker->mail);
    else
        client_free(&broker->client);
    mem_free(broker->mail);
    outbox_free(&broker->outbox);
    mem_free(broker);
}

static void note_submit(struct cli_sent *sent, const struct message *message)
{
    struct list tasks = message->batch.tasks;
    struct task_header task = message->submit;
    sent->count = 1;
    if (message->kind == KIND_SUBMIT_BATCH) {
        sent->count = tasks.count;
        list_next_task(&tasks, &task);
    }
    memcpy(sent->uuid, task.uuid, UUID_SIZE);
    sent->shared = task.shared;
}

static void note_release(struct cli_sent *sent, struct list slots)
{
    const uint8_t *uuid;
    sent->count = slots.count;
    list_next_slot(&slots, &uuid, &sent->slot);
    memcpy(sent->uuid, uuid, UUID_SIZE);
}

static void note(struct cli_sent *sent, const struct message *message, const struct slice *body)
{
    const uint8_t *uuid = NULL;
    *sent = (struct cli_sent){.kind = message->kind, .corr = NO_NUMBER, .slot = NO_NUMBER};
    size_t size = body->size < sizeof sent->body - 1 ? body->size : sizeof sent->body - 1;
    if (size > 0)
        memcpy(sent->body, slice_data(body), size);
    switch (message->kind) {
    case KIND_STATUS:
        sent->corr = message->status.corr;
        uuid = message->status.uuid;
        break;
    case KIND_REQUEST:
        sent->slot = message->request.slot;
        uuid = message->request.uuid;
        break;
    case KIND_SUBMIT:
    case KIND_SUBMIT_BATCH: note_submit(sent, message); break;
    case KIND_DISCONNECT: sent->detach = message->disconnect.detach; break;
    case KIND_RELEASE: note_release(sent, message->release.slots); break;
    case KIND_CANCEL:
        sent->corr = message->cancel.corr;
        uuid = message->cancel.uuid;
        break;
    case KIND_LIST: sent->corr = message->list.corr; break;
    case KIND_COUNTS: sent->corr = message->counts.corr; break;
    case KIND_SHARE:
    case KIND_UNSHARE: sent->shared = message->share.number; break;
    default: break;
    }
    if (uuid)
        memcpy(sent->uuid, uuid, UUID_SIZE);
}

/* Reads the outbox. */
static void read_out(struct cli_broker *broker)
{
    for (size_t i = 0; i < broker->outbox.count; i++) {
        const struct order *order = &broker->outbox.orders[i];
        struct message message;
        const char *why;
        broker->dials += order->kind == ORDER_DIAL;
        if (order->kind != ORDER_LETTER)
            continue;
        cr_assert_eq(message_decode(order->letter->header, order->letter->header_size, &message, &why),
                     CODE_NONE);
        if (message.kind == KIND_HELLO) {
            memcpy(broker->link, message.hello.link, UUID_SIZE);
            memcpy(broker->session, message.hello.session, UUID_SIZE);
        }
        if (message.kind == KIND_ACK || message.kind == KIND_HELLO)
            continue;
        if (broker->forgetful && broker->count == CLI_MOST)
            cli_broker_look_away(broker);
        cr_assert_lt(broker->count, CLI_MOST);
        note(&broker->sent[broker->count++], &message, &order->letter->body);
    }
    outbox_clear(&broker->outbox);
}

/* The work gets what has come. */
static void give_work(struct cli_broker *broker)
{
    struct news *news = correspondence_take(broker->mail);
    if (news)
        work_take(broker->work, news);
    news_free(news);
}

static void step(struct cli_broker *broker, struct event *event)
{
    event->now = broker->now;
    if (broker->mail) {
        correspondence_step(broker->mail, event, &broker->outbox);
        read_out(broker);
        if (broker->work)
            give_work(broker);
        return;
    }
    broker->news = client_step(&broker->client, event, &broker->outbox, &broker->report);
    if (broker->news == CLIENT_READY && broker->fetch)
        fetch_begin(broker->fetch, &broker->client);
    if (broker->news == CLIENT_MAIL && broker->fetch)
        fetch_take(broker->fetch, &broker->client, &broker->report.message, &broker->report.body,
                   broker->now);
    slice_drop(&broker->report.body);
    read_out(broker);
}

void cli_broker_turn(struct cli_broker *broker, uint64_t time)
{
    struct event event = {.kind = EVENT_TURN};
    enum client_news news = broker->news;
    broker->now += time;
    step(broker, &event);
    broker->news = news;
    if (broker->work) {
        work_send(broker->work, broker->mail, broker->now);
        client_flush(&broker->mail->client, broker->now, &broker->outbox);
        read_out(broker);
    }
    if (broker->fetch)
        fetch_send(broker->fetch, &broker->client, broker->now);
    if (broker->mail)
        return;
    client_flush(&broker->client, broker->now, &broker->outbox);
    read_out(broker);
}

static void give(struct cli_broker *broker, const struct message *message, const char *body)
{
    uint8_t header[4096];
    struct event event = {
        .kind = EVENT_MAIL, .door = DOOR_LINE, .conn = CLI_CONN, .frames = 1, .header = header};
    event.header_size = message_encode(message, header, sizeof header);
    cr_assert_leq(event.header_size, sizeof header);
    struct slice slice = cli_body(body);
    event.body = slice.blob;
    event.frames += slice.size > 0;
    step(broker, &event);
    slice_drop(&slice);
    cli_broker_turn(broker, 0);
}

static void join(struct cli_broker *broker, const uint8_t *boot, bool known)
{
    struct event opened = {.kind = EVENT_OPENED, .door = DOOR_LINE, .conn = CLI_CONN};
    struct message welcome = {.kind = KIND_WELCOME};
    step(broker, &opened);
    welcome.hello = (struct hello){.role = ROLE_BOSS,
                                   .boot = boot,
                                   .link = broker->link,
                                   .session = known ? broker->session : NULL,
                                   .expiry = 60000,
                                   .window = 1 << 20,
                                   .max_body = broker->max_body,
                                   .software = span_text("mailroomd test"),
                                   .name = span_text("host"),
                                   .features = broker->features};
    broker->seq = 0;
    give(broker, &welcome, "");
}

void cli_broker_joins(struct cli_broker *broker, bool known)
{
    join(broker, boots[0], known);
}

void cli_broker_restarts(struct cli_broker *broker, bool known)
{
    struct event closed = {.kind = EVENT_CLOSED, .door = DOOR_LINE, .conn = CLI_CONN, .text = "reset"};
    step(broker, &closed);
    cli_broker_turn(broker, 1000);
    cli_broker_look_away(broker);
    join(broker, boots[1], known);
}

void cli_broker_says(struct cli_broker *broker, struct message *message, const char *body)
{
    message->seq = ++broker->seq;
    give(broker, message, body);
}

void cli_broker_result(struct cli_broker *broker, const uint8_t *uuid, uint32_t slot, const char *body)
{
    struct message message = {.kind = KIND_RESULT};
    message.result.return_address = (struct address){WORKER_NIL, slot, 9};
    message.result.uuid = uuid;
    cli_broker_says(broker, &message, body);
}

void cli_broker_error(struct cli_broker *broker, enum error_code code, const uint8_t *uuid, uint64_t slot)
{
    struct message message = {.kind = KIND_ERROR};
    message.error.code = code;
    message.error.text = span_text("it says why");
    message.error.corr = NO_NUMBER;
    message.error.uuid = uuid;
    message.error.slot = slot;
    cli_broker_says(broker, &message, "");
}

void cli_broker_status(struct cli_broker *broker, const struct cli_sent *asked, enum task_state state,
                       uint64_t total, uint64_t done)
{
    struct message message = {.kind = KIND_STATUS};
    message.status.corr = asked->corr;
    message.status.uuid = asked->uuid;
    message.status.state = state;
    message.status.total = total;
    message.status.done = done;
    cli_broker_says(broker, &message, "");
}

void cli_broker_lists(struct cli_broker *broker, const struct cli_sent *asked, const uint8_t *uuids,
                      unsigned count, bool more)
{
    struct message message = {.kind = KIND_LIST};
    struct builder tasks = {0};
    for (unsigned i = 0; i < count; i++) {
        struct listed_task task = {
            .uuid = uuids + (size_t)i * UUID_SIZE, .name = span_text(""), .client = span_text("")};
        builder_listed_task(&tasks, &task);
    }
    message.list.corr = asked->corr;
    message.list.more = more;
    message.list.tasks = builder_list(&tasks);
    cli_broker_says(broker, &message, "");
    builder_free(&tasks);
}

void cli_broker_look_away(struct cli_broker *broker)
{
    broker->count = 0;
}

unsigned cli_broker_count(const struct cli_broker *broker, unsigned kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < broker->count; i++)
        count += broker->sent[i].kind == kind;
    return count;
}

const struct cli_sent *cli_broker_sent(const struct cli_broker *broker, unsigned kind)
{
    cr_assert_eq(cli_broker_count(broker, kind), 1, "%u of %s", cli_broker_count(broker, kind),
                 kind_name(kind));
    unsigned i = 0;
    while (broker->sent[i].kind != kind)
        i++;
    return &broker->sent[i];
}
