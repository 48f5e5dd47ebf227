/* Tests of LIST at its size: pages of a long session, through the broker's core. What a page says is shown by
 * stories. */
#include <criterion/criterion.h>
#include <string.h>

#include "broker/core/broker.h"
#include "common/base/mem.h"
#include "common/wire/letter.h"
#include "common/wire/message.h"

enum { TASKS = 10000, PAGE = 4096, LARGE_MAPS = 6, MAP = 65536 };

struct client {
    struct broker *broker;
    struct outbox outbox;
    uint64_t seq, now;
};

static void step(struct client *client, struct event event)
{
    event.now = client->now;
    broker_step(client->broker, &event, &client->outbox);
}

static void mail(struct client *client, struct message *message)
{
    if (message->kind != KIND_HELLO)
        message->seq = ++client->seq;
    size_t size = message_bound(message);
    uint8_t *header = mem_alloc(size);
    size = message_encode(message, header, size);
    step(client,
         (struct event){.kind = EVENT_MAIL, .header = header, .header_size = size, .frames = 1, .peer = 1});
    mem_free(header);
}

static struct client client_new(void)
{
    struct client client = {.now = 1000};
    struct broker_config config;
    broker_config_default(&config);
    config.client_link.heartbeat = 0;
    client.broker = broker_new(&config, NULL, 0, client.now);
    static const uint8_t some[UUID_SIZE] = {1};
    struct message hello = {.kind = KIND_HELLO};
    hello.hello = (struct hello){.role = ROLE_CLIENT,
                                 .boot = some,
                                 .link = some,
                                 .session = some,
                                 .expiry = 1000,
                                 .window = 1ull << 30,
                                 .max_body = 1ull << 30,
                                 .software = span_text("test"),
                                 .name = span_text("test")};
    mail(&client, &hello);
    step(&client, (struct event){.kind = EVENT_TURN});
    outbox_clear(&client.outbox);
    return client;
}

static void client_free(struct client *client)
{
    broker_free(client->broker);
    outbox_free(&client->outbox);
}

static void uuid_of(uint32_t number, uint8_t uuid[UUID_SIZE])
{
    memset(uuid, 7, UUID_SIZE);
    memcpy(uuid, &number, sizeof number);
}

static void submit(struct client *client, uint32_t number)
{
    uint8_t uuid[UUID_SIZE];
    uuid_of(number, uuid);
    struct message message = {.kind = KIND_SUBMIT};
    message.submit.return_address.worker = WORKER_NIL;
    message.submit.uuid = uuid;
    message.submit.runtime = span_text("python");
    message.submit.name = span_text("f");
    mail(client, &message);
}

static void submit_map(struct client *client, uint32_t number, uint32_t count)
{
    uint8_t uuid[UUID_SIZE];
    struct builder tasks = {0}, lengths = {0};
    uuid_of(number, uuid);
    for (uint32_t i = 0; i < count; i++) {
        struct task_header task = {.return_address = {WORKER_NIL, i, 0},
                                   .uuid = i == 0 ? uuid : NULL,
                                   .runtime = span_text("python")};
        builder_task(&tasks, &task);
        builder_number(&lengths, 0);
    }
    struct message message = {.kind = KIND_SUBMIT_BATCH};
    message.batch.tasks = builder_list(&tasks);
    message.batch.lengths = builder_list(&lengths);
    mail(client, &message);
    builder_free(&tasks);
    builder_free(&lengths);
}

/* The answer to LIST that came; its header is in the outbox. */
static struct message answer_of(const struct client *client)
{
    struct message answer = {0};
    const char *why;
    for (size_t i = 0; i < client->outbox.count; i++) {
        const struct letter *letter = client->outbox.orders[i].letter;
        if (letter && letter->kind == KIND_LIST)
            cr_assert_eq(message_decode(letter->header, letter->header_size, &answer, &why), CODE_NONE);
    }
    cr_assert_eq(answer.kind, KIND_LIST);
    return answer;
}

/* Asks for the page behind task number `after` (NULL: the first), checks that it holds the tasks from number
 * `newest` downwards, and returns how many; `*more` as the answer says. */
static uint32_t page(struct client *client, const uint32_t *after, uint32_t newest, bool *more)
{
    uint8_t uuid[UUID_SIZE];
    struct message list = {.kind = KIND_LIST};
    list.list.corr = 5;
    if (after) {
        uuid_of(*after, uuid);
        list.list.after = uuid;
    }
    outbox_clear(&client->outbox);
    mail(client, &list);
    do {
        step(client, (struct event){.kind = EVENT_TURN});
    } while (broker_deadline(client->broker) <= client->now);
    struct message answer = answer_of(client);
    uint32_t count = answer.list.tasks.count;
    for (struct listed_task task; list_next_listed_task(&answer.list.tasks, &task); newest--) {
        uuid_of(newest, uuid);
        cr_assert_arr_eq(task.uuid, uuid, UUID_SIZE);
    }
    *more = answer.list.more;
    return count;
}

Test(list, comes_in_pages)
{
    struct client client = client_new();
    bool more = false;
    for (uint32_t i = 0; i < TASKS; i++)
        submit(&client, i);
    cr_expect_eq(page(&client, NULL, TASKS - 1, &more), PAGE);
    cr_expect(more);
    uint32_t last = TASKS - PAGE;
    cr_expect_eq(page(&client, &last, last - 1, &more), PAGE);
    cr_expect(more);
    last -= PAGE;
    cr_expect_eq(page(&client, &last, last - 1, &more), TASKS - 2 * PAGE);
    cr_expect_not(more);
    last = 0;
    cr_expect_eq(page(&client, &last, 0, &more), 0);
    cr_expect_not(more);
    client_free(&client);
}

Test(list, of_large_maps_has_few_in_a_page)
{
    struct client client = client_new();
    bool more = false;
    for (uint32_t i = 0; i < LARGE_MAPS; i++)
        submit_map(&client, i, MAP);
    uint32_t count = page(&client, NULL, LARGE_MAPS - 1, &more), last = LARGE_MAPS - count;
    cr_expect(more);
    cr_expect(count > 0 && count < LARGE_MAPS);
    cr_expect_eq(page(&client, &last, last - 1, &more), last);
    cr_expect_not(more);
    client_free(&client);
}
