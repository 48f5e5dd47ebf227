/* Tests of common/boss/boss_schedule: whatever waits, a turn has its share of the work and no more. */
#include <criterion/criterion.h>

#include "common/link/post_inner.h"

#include "common/boss/boss.h"
#include "tasks.h"

/* A boss, with managers whose links are connected to nobody. */
struct house {
    struct boss boss;
    struct outbox outbox;
    uint32_t flow;
    uint16_t peers; /* so far: makes link ids */
};

static const uint8_t boot[UUID_SIZE] = {1};

static void open_house(struct house *house)
{
    struct link_limits limits = {
        .expiry = 1000, .window = 1 << 20, .max_body = 1 << 20, .max_queue = 1 << 20};
    struct post_config config = {.boot = boot, .work = WORK, .limits = {[ROLE_MANAGER] = limits}};
    *house = (struct house){0};
    boss_init(&house->boss, &config, NULL, 0, 0);
    house->boss.outbox = &house->outbox;
    house->boss.max_attempts = house->boss.max_losses = 3;
    house->flow = queue_open_flow(&house->boss.queue, queue_open_party(&house->boss.queue));
}

static void close_house(struct house *house)
{
    boss_free(&house->boss);
    outbox_free(&house->outbox);
}

/* A manager that accepts bodies of this size, and has room for so many tasks. */
static struct employee *hire(struct house *house, uint64_t max_body, uint32_t room)
{
    house->peers++;
    uint8_t link_id[UUID_SIZE] = {(uint8_t)house->peers, (uint8_t)(house->peers >> 8)};
    struct peer *peer = post_peer_new(&house->boss.post, ROLE_MANAGER, link_id, 0);
    link_connected(&peer->link, 1 << 20, max_body, 0, 0);
    struct employee *employee = boss_hire(&house->boss, peer), *crowd;
    struct builder names = {0};
    builder_runtime(&names, span_text("plain"), span_text("1"));
    struct message started = {.kind = KIND_STARTED, .started.total_workers = 4};
    started.started.runtimes = builder_list(&names);
    employee->has_ids = true;
    cr_assert_eq(boss_started(&house->boss, employee, &started, &crowd), HANDLED);
    builder_free(&names);
    struct message waiting = {.kind = KIND_WAITING, .waiting = {.idle = 1, .room = room}};
    cr_assert_eq(boss_waiting(&house->boss, employee, &waiting), HANDLED);
    return employee;
}

static uint32_t add(struct house *house, uint32_t slot, size_t body)
{
    struct task_header header = tasks_header(tasks_root(1, slot));
    return boss_accept_own(&house->boss, &header, NO_SHARE, body > 0 ? tasks_body(body, 0) : SLICE_NONE,
                           house->flow, NO_RECORD);
}

/* As the cores do: how many fail in a turn. */
static uint32_t turn(struct house *house)
{
    const char *why;
    uint32_t count = 0;
    for (uint32_t task; (task = boss_schedule(&house->boss, &why)) != NO_RECORD; count++)
        boss_forget(&house->boss, task);
    return count;
}

Test(boss_schedule, tasks_that_fail_have_one_turns_work_together)
{
    enum { TASKS = 2000, IN_A_TURN = WORK / WORK_SAY };
    struct house house;
    open_house(&house);
    hire(&house, 1, TASKS);
    for (uint32_t i = 0; i < TASKS; i++)
        add(&house, i, 2);
    uint32_t failed = turn(&house);
    cr_assert_gt(failed, IN_A_TURN / 4);
    cr_assert_leq(failed, IN_A_TURN);
    cr_assert(boss_is_due(&house.boss, false));
    while (house.boss.queue.count > 0) {
        uint32_t more = turn(&house);
        cr_assert_gt(more, 0);
        failed += more;
    }
    cr_assert_eq(failed, TASKS);
    turn(&house);
    cr_assert_not(boss_is_due(&house.boss, false));
    close_house(&house);
}

Test(boss_schedule, messages_that_go_with_a_task_are_work_too)
{
    enum { TASKS = 10, MESSAGES = 300 };
    struct house house;
    open_house(&house);
    const struct employee *employee = hire(&house, 1 << 20, TASKS);
    for (uint32_t i = 0; i < TASKS; i++) {
        struct task *task = ledger_task(&house.boss.ledger, add(&house, i, 0));
        for (unsigned j = 0; j < MESSAGES; j++)
            ledger_keep_message(&house.boss.ledger, task, tasks_body(4, 0));
    }
    for (uint32_t given = 0; given < TASKS;) {
        uint32_t before = given;
        turn(&house);
        given = employee->num_tasks;
        cr_assert_gt(given, before);
        cr_assert_leq(given - before, WORK / (MESSAGES * WORK_SAY) + 1);
        cr_assert(given == TASKS || boss_is_due(&house.boss, false));
    }
    close_house(&house);
}

/* So much work was done in a turn. */
static uint64_t work_of_turn(struct house *house)
{
    cr_assert_eq(turn(house), 0);
    return house->boss.post.spent;
}

Test(boss_schedule, who_takes_no_body_costs_a_look_at_all_for_each)
{
    enum { TASKS = 200, MANAGERS = 200 };
    struct house house;
    open_house(&house);
    struct employee *able = hire(&house, 1 << 20, 0);
    for (unsigned i = 1; i < MANAGERS; i++)
        hire(&house, 1, TASKS);
    for (uint32_t i = 0; i < TASKS; i++)
        add(&house, i, 2);
    const struct queue *queue = &house.boss.queue;
    while (queue->aside_count < TASKS) {
        uint64_t before = queue->aside_count;
        uint64_t work = work_of_turn(&house), aside = queue->aside_count - before;
        cr_assert_lt(work, WORK + 4 * MANAGERS);
        cr_assert_gt(aside, 0);
        cr_assert_gt(work, aside * MANAGERS);
    }
    cr_assert_lt(work_of_turn(&house), 2 * MANAGERS); /* no more than one look at all, for all of these */
    cr_assert_not(boss_is_due(&house.boss, false));
    struct message waiting = {.kind = KIND_WAITING, .waiting = {.idle = 1, .room = TASKS}};
    cr_assert_eq(boss_waiting(&house.boss, able, &waiting), HANDLED);
    for (unsigned i = 0; i < TASKS && queue->aside_count > 0; i++)
        cr_assert_lt(work_of_turn(&house), WORK);
    cr_assert_eq(able->num_tasks, TASKS);
    close_house(&house);
}

Test(boss_schedule, a_message_to_tasks_of_many_is_work_for_each_who_gets_it)
{
    enum { TASKS = 900, MANAGERS = 300 };
    struct house house;
    struct employee *managers[MANAGERS];
    struct builder addresses = {0};
    open_house(&house);
    for (unsigned i = 0; i < MANAGERS; i++)
        managers[i] = hire(&house, 1 << 20, TASKS / MANAGERS);
    for (uint32_t i = 0; i < TASKS; i++) {
        struct address address = tasks_root(1, i);
        add(&house, i, 0);
        builder_address(&addresses, &address);
    }
    while (house.boss.queue.count > 0)
        turn(&house);
    struct slice body = tasks_body(4, 0);
    post_flush(&house.boss.post, 0, &house.outbox);
    post_begin_own(&house.boss.post, WORK);
    uint64_t before[MANAGERS];
    for (unsigned i = 0; i < MANAGERS; i++)
        before[i] = managers[i]->peer->link.next_seq;
    boss_communicate(&house.boss, builder_list(&addresses), &body, NULL);
    cr_assert_eq(house.boss.post.spent, MANAGERS * WORK_SAY);
    for (unsigned i = 0; i < MANAGERS; i++)
        cr_assert_eq(managers[i]->peer->link.next_seq, before[i] + 1, "one for all that it has");
    slice_drop(&body);
    builder_free(&addresses);
    close_house(&house);
}

Test(boss_schedule, to_begin_to_serve_is_work_for_each_flow_and_manager)
{
    enum { FLOWS = 3000 };
    struct house house;
    open_house(&house);
    const struct employee *employee = hire(&house, 1 << 20, 0);
    for (unsigned i = 0; i < FLOWS; i++)
        queue_open_flow(&house.boss.queue, 0);
    post_begin_own(&house.boss.post, WORK);
    hire(&house, 1 << 20, 0);
    cr_assert_geq(house.boss.post.spent, FLOWS / WORK_LOOKS);
    cr_assert(employee->started);
    close_house(&house);
}

Test(boss_schedule, tasks_of_thousands_of_ranks_are_more_work)
{
    enum { DEPTHS = 40, PRIORITIES = 256 };
    struct house house;
    struct builder crumbs = {0};
    struct address root = tasks_root(1, 0);
    open_house(&house);
    hire(&house, 1 << 20, 0);
    post_begin_own(&house.boss.post, WORK);
    for (unsigned depth = DEPTHS; depth-- > 0;) { /* each goes before all others of its priority */
        builder_reset(&crumbs);
        for (unsigned i = 0; i < depth; i++)
            builder_address(&crumbs, &root);
        for (unsigned priority = PRIORITIES; priority-- > 0;) {
            struct task_header header = tasks_header_below(tasks_child(1, depth, priority), &crumbs);
            header.priority = (uint8_t)priority;
            boss_accept_own(&house.boss, &header, NO_SHARE, SLICE_NONE, house.flow, NO_RECORD);
        }
    }
    uint64_t lanes = DEPTHS * PRIORITIES;
    cr_assert_gt(house.boss.post.spent, lanes * lanes / 128); /* half of them are moved, 16 in a unit */
    while (house.boss.queue.count > 0)
        boss_forget(&house.boss, queue_any(&house.boss.queue, 0));
    queue_work(&house.boss.queue);
    builder_free(&crumbs);
    close_house(&house);
}

/* 100 tasks that a busy manager alone takes, and behind them one for another that has room. */
Test(boss_schedule, what_cannot_go_out_stands_in_the_way_of_nothing_that_can)
{
    struct house house;
    open_house(&house);
    hire(&house, 100, 1000);
    hire(&house, 1 << 20, 0);
    struct employee *other = hire(&house, 5000, 0);
    for (uint32_t slot = 0; slot < 100; slot++)
        add(&house, slot, 10000);
    add(&house, 100, 3000);
    while (house.boss.queue.aside_count < 101)
        turn(&house);
    struct message waiting = {.kind = KIND_WAITING, .waiting = {.idle = 1, .room = 1}};
    cr_assert_eq(boss_waiting(&house.boss, other, &waiting), HANDLED);
    for (unsigned turns = 0; turns < 8; turns++)
        turn(&house);
    cr_assert_eq(house.boss.queue.aside_count, 100);
    cr_assert_eq(other->num_tasks, 1);
    close_house(&house);
}
