/* Tests of a broker that goes on with what another process has begun, at its size: what the journal has is
 * seen to a part in each turn, and what managers say that they have is bounded and counted. What becomes of
 * it is shown by stories. */
#include <criterion/criterion.h>
#include <string.h>

#include "broker/core/broker.h"
#include "common/base/mem.h"
#include "common/wire/letter.h"
#include "common/wire/message.h"

enum {
    TASKS = 1000,
    WORK_OF_TURN = 1600,
    IDS = 64,
    SAID = 2000,
    MESSAGES = 10,
    MAILBOX = 1000,
    MOST = 16384
};

struct world {
    struct broker *broker;
    struct outbox outbox;
    uint64_t seq, got, now, records, cancels;
};

static const uint8_t boot[UUID_SIZE] = {7}, session[UUID_SIZE] = {8};

static void step(struct world *world, struct event event)
{
    event.now = world->now;
    broker_step(world->broker, &event, &world->outbox);
    for (size_t i = 0; i < world->outbox.count; i++) {
        struct order *order = &world->outbox.orders[i];
        bool letter = order->kind == ORDER_LETTER;
        world->cancels += letter && order->letter->kind == KIND_CANCEL;
        world->got += letter && order->letter->kind != KIND_WELCOME && order->letter->kind != KIND_ACK;
        if (order->kind != ORDER_RECORD)
            continue;
        record_free(order->record);
        order->record = NULL;
        world->records++;
    }
    outbox_clear(&world->outbox);
}

static void turn(struct world *world)
{
    step(world, (struct event){.kind = EVENT_TURN});
}

static void settle(struct world *world)
{
    do
        turn(world);
    while (broker_deadline(world->broker) <= world->now);
}

static void mail(struct world *world, struct message *message)
{
    uint8_t header[1 << 17];
    if (message->kind != KIND_HELLO && message->kind != KIND_ACK)
        message->seq = ++world->seq;
    message->ack = world->got;
    cr_assert(message_bound(message) <= sizeof header);
    size_t size = message_encode(message, header, sizeof header);
    step(world,
         (struct event){.kind = EVENT_MAIL, .header = header, .header_size = size, .frames = 1, .peer = 1});
}

/* All that was said is on the disk, and what may be told since then is read. */
static void commit(struct world *world)
{
    uint64_t before;
    step(world, (struct event){.kind = EVENT_COMMITTED, .sequence = world->records});
    do {
        before = world->got;
        settle(world);
        mail(world, &(struct message){.kind = KIND_ACK});
    } while (world->got > before);
}

static void load(struct world *world, struct record record)
{
    step(world, (struct event){.kind = EVENT_LOAD, .record = &record});
}

static void load_tasks(struct world *world)
{
    struct record record = {.kind = RECORD_SESSION, .session.name = span_text("client")};
    record.session.serial = 1;
    memcpy(record.session.token, session, UUID_SIZE);
    load(world, record);
    record = (struct record){.kind = RECORD_JOB};
    record.job.mailbox = MAILBOX;
    record.job.session = 1;
    memcpy(record.job.uuid, session, UUID_SIZE);
    record.job.total = TASKS;
    load(world, record);
    for (uint32_t i = 0; i < TASKS; i++) {
        record = (struct record){.kind = RECORD_TASK};
        record.task.address = (struct address){WORKER_NIL, i, MAILBOX};
        record.task.job = MAILBOX;
        record.task.session = 1;
        record.task.runtime = span_text("python");
        load(world, record);
    }
}

/* A broker whose journal has been heard but for its end; `manager`: it names one, which has not come back. */
static struct world world_new(bool manager)
{
    struct world world = {.now = 1000};
    struct broker_config config;
    broker_config_default(&config);
    config.work = WORK_OF_TURN;
    config.employee_link.heartbeat = 0;
    config.employee_link.max_unread = 0;
    config.cluster[0] = 1;
    config.epoch = 2;
    world.broker = broker_new(&config, NULL, 0, world.now);
    struct record record = {.kind = RECORD_NUMBER};
    record.number.which = NUMBER_ID;
    record.number.below = IDS;
    load(&world, record);
    record.number.which = NUMBER_MAILBOX;
    record.number.below = MAILBOX + 1;
    load(&world, record);
    record = (struct record){.kind = RECORD_MANAGER};
    memcpy(record.manager.boot, boot, UUID_SIZE);
    if (manager)
        load(&world, record);
    return world;
}

static void world_free(struct world *world)
{
    broker_free(world->broker);
    outbox_free(&world->outbox);
}

static uint64_t queued(const struct world *world)
{
    struct broker_counts counts;
    broker_counts(world->broker, &counts);
    return counts.queued;
}

Test(restart, tasks_of_the_journal_are_queued_a_part_in_each_turn)
{
    struct world world = world_new(false);
    load_tasks(&world);
    step(&world, (struct event){.kind = EVENT_LOADED});
    uint64_t before = queued(&world), turns = 0;
    while (before < TASKS) {
        turn(&world);
        cr_assert(queued(&world) - before < TASKS / 5, "%u of them in one turn",
                  (unsigned)(queued(&world) - before));
        before = queued(&world);
        cr_assert(++turns < TASKS);
    }
    cr_expect(turns > 5);
    world_free(&world);
}

Test(restart, tasks_of_a_manager_that_does_not_come_back_are_taken_back_a_part_in_each_turn)
{
    struct world world = world_new(true);
    load_tasks(&world);
    for (uint32_t i = 0; i < TASKS; i++) {
        struct record record = {.kind = RECORD_FATE};
        record.fate.address = (struct address){WORKER_NIL, i, MAILBOX};
        memcpy(record.fate.boot, boot, UUID_SIZE);
        load(&world, record);
    }
    step(&world, (struct event){.kind = EVENT_LOADED});
    settle(&world);
    cr_assert_eq(queued(&world), 0);
    world.now += 60000;
    turn(&world);
    cr_expect(queued(&world) < TASKS / 5);
    settle(&world);
    cr_expect_eq(queued(&world), TASKS);
    world_free(&world);
}

static void join(struct world *world)
{
    struct message hello = {.kind = KIND_HELLO};
    hello.hello = (struct hello){.role = ROLE_MANAGER,
                                 .boot = boot,
                                 .link = boot,
                                 .expiry = 1000000,
                                 .window = 1ull << 30,
                                 .max_body = 1 << 30,
                                 .software = span_text("test"),
                                 .name = span_text("test"),
                                 .ids = IDS,
                                 .features = FEATURE_SAFE | FEATURE_HOLDS};
    mail(world, &hello);
    settle(world);
}

/* It says that it has tasks which nobody knows. */
static void say(struct world *world, uint32_t from, bool ids)
{
    struct builder ranges = {0}, tasks = {0}, roots = {0};
    if (ids)
        builder_range(&ranges, 0, IDS);
    for (uint32_t i = from; i < from + SAID; i++) {
        struct address task = {0, i, 1}, root = {WORKER_NIL, i, 1};
        builder_address(&tasks, &task);
        builder_address(&roots, &root);
    }
    struct message message = {.kind = KIND_HOLDS};
    message.holds.ranges = builder_list(&ranges);
    message.holds.tasks = builder_list(&tasks);
    message.holds.roots = builder_list(&roots);
    message.holds.more = true;
    mail(world, &message);
    settle(world);
    builder_free(&ranges);
    builder_free(&tasks);
    builder_free(&roots);
}

Test(restart, what_a_manager_says_that_it_has_is_counted_and_bounded)
{
    struct world world = world_new(true);
    step(&world, (struct event){.kind = EVENT_LOADED});
    settle(&world);
    join(&world);
    uint64_t before = broker_kept(world.broker);
    for (uint32_t i = 0; i < MESSAGES; i++)
        say(&world, i * SAID, i == 0);
    cr_expect(broker_kept(world.broker) > before + MOST * 160 + (MESSAGES * SAID - MOST) * 100);
    /* what is beyond the bound it gives up at once: it is told so when the journal has that, in turns */
    step(&world, (struct event){.kind = EVENT_COMMITTED, .sequence = world.records});
    turn(&world);
    cr_expect(world.cancels < 100, "%u CANCELs in a turn", (unsigned)world.cancels);
    commit(&world);
    cr_expect_eq(world.cancels, MESSAGES * SAID - MOST);
    /* and all the rest when nobody has spoken of it for a while, a part in each turn */
    world.now += 5000;
    turn(&world);
    cr_expect(broker_deadline(world.broker) <= world.now);
    commit(&world);
    cr_expect_eq(world.cancels, MESSAGES * SAID);
    world_free(&world);
}
