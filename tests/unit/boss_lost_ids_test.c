/* Tests of common/boss/boss_loss: ids in many pieces are noted as lost in parts. */
#include <criterion/criterion.h>

#include "common/link/post_inner.h"

#include "common/boss/boss.h"
#include "tasks.h"

enum {
    PIECES = 3000, /* of ids, none beside another one's */
    SHARE = 400    /* units of work */
};

/* A boss whose turns have little work, with managers whose links are connected to nobody. */
struct house {
    struct boss boss;
    struct outbox outbox;
    struct employee *employee, *other;
    uint32_t task; /* the first one holds it */
};

static const uint8_t boot[UUID_SIZE] = {1};

/* A manager with room for a task. */
static struct employee *hire(struct house *house, uint8_t number)
{
    uint8_t link_id[UUID_SIZE] = {number};
    struct peer *peer = post_peer_new(&house->boss.post, ROLE_MANAGER, link_id, 0);
    link_connected(&peer->link, 1 << 20, 1 << 20, 0, 0);
    struct employee *employee = boss_hire(&house->boss, peer), *crowd;
    struct builder names = {0};
    builder_runtime(&names, span_text("plain"), span_text("1"));
    struct message started = {.kind = KIND_STARTED, .started.total_workers = 4};
    started.started.runtimes = builder_list(&names);
    employee->has_ids = true;
    cr_assert_eq(boss_started(&house->boss, employee, &started, &crowd), HANDLED);
    builder_free(&names);
    struct message waiting = {.kind = KIND_WAITING,
                              .waiting = {.idle = 1, .room = 1, .receipt = peer->link.next_seq - 1}};
    cr_assert_eq(boss_waiting(&house->boss, employee, &waiting), HANDLED);
    return employee;
}

/* Two managers ask for ids in turns; the first one has a task. */
static void open_house(struct house *house)
{
    struct link_limits limits = {
        .expiry = 1000, .window = 1 << 20, .max_body = 1 << 20, .max_queue = 1 << 20};
    struct post_config config = {.boot = boot, .work = 4 * SHARE, .limits = {[ROLE_MANAGER] = limits}};
    struct task_header header = tasks_header(tasks_root(1, 0));
    const char *why = NULL;
    uint32_t lower, upper;
    *house = (struct house){0};
    boss_init(&house->boss, &config, NULL, 0, 0);
    house->boss.outbox = &house->outbox;
    house->boss.max_attempts = house->boss.max_losses = 3;
    house->employee = hire(house, 1);
    house->task =
        boss_accept(&house->boss, &header, NO_SHARE, SLICE_NONE,
                    queue_open_flow(&house->boss.queue, queue_open_party(&house->boss.queue)), NO_RECORD);
    cr_assert_eq(boss_schedule(&house->boss, &why), NO_RECORD);
    cr_assert_eq(house->employee->held, house->task);
    house->other = hire(house, 2);
    roster_fill_pool(&house->boss.roster, 0, WORKER_LIMIT);
    for (uint32_t i = 0; i < 2 * PIECES; i++) {
        struct employee *whose = i % 2 ? house->other : house->employee;
        cr_assert(roster_give_ids(&house->boss.roster, whose, 1, &lower, &upper));
    }
}

static void close_house(struct house *house)
{
    boss_free(&house->boss);
    outbox_free(&house->outbox);
}

/* The ids of the one that is gone count as lost, and those of the other one do not. */
static void check_lost(const struct house *house)
{
    const struct roster *roster = &house->boss.roster;
    for (uint32_t id = 0; id < 2 * PIECES; id++) {
        cr_assert_eq(roster_is_lost(roster, id), id % 2 == 0);
        cr_assert_eq(roster_responsible_for(roster, id), id % 2 ? house->other : NULL);
    }
}

/* The first part of it. */
static void lose(struct house *house)
{
    enum return_reason reason;
    post_begin_own(&house->boss.post, SHARE);
    boss_lose(&house->boss, house->employee, "gone", false);
    uint32_t task = boss_next_lost(&house->boss, house->employee, &reason);
    cr_assert_eq(task, NO_RECORD, "ids come first: who hears of a task is to know what descends from it");
    boss_dismiss(&house->boss, house->employee, false);
}

Test(boss_lost_ids, are_noted_a_part_at_a_time)
{
    struct house house;
    open_house(&house);
    uint32_t number = house.employee->number;
    const struct post *post = &house.boss.post;
    uint64_t noted = 0;
    lose(&house);
    while (house.boss.losses.noted < PIECES) {
        cr_assert_lt(house.boss.losses.noted - noted, SHARE / WORK_LOST + 2, "in one part");
        cr_assert_lt(post->spent, SHARE + 4 * WORK_LOST);
        noted = house.boss.losses.noted;
        check_lost(&house);
        cr_assert(boss_is_due(&house.boss, false));
        post_begin_own(&house.boss.post, SHARE);
        boss_first_left(&house.boss);
    }
    check_lost(&house);
    post_begin_own(&house.boss.post, PIECES);
    cr_assert_eq(boss_first_left(&house.boss), house.employee, "now the task is taken from it");
    cr_assert_eq(house.employee->number, number, "nobody else has its number as yet");
    boss_forget(&house.boss, house.task);
    cr_assert_null(boss_first_left(&house.boss));
    check_lost(&house);
    cr_assert_eq(house.boss.roster.lost.count, PIECES);
    cr_assert_eq(house.boss.roster.given.count, PIECES);
    close_house(&house);
}

Test(boss_lost_ids, are_forgotten_with_their_boss)
{
    struct house house;
    open_house(&house);
    lose(&house);
    boss_dismiss(&house.boss, house.other, false);
    boss_forget_old(&house.boss);
    for (uint32_t id = 0; id < 2 * PIECES; id++)
        cr_assert_not(roster_is_lost(&house.boss.roster, id));
    cr_assert_not(boss_is_due(&house.boss, false));
    cr_assert_eq(house.boss.roster.employees.used, 0);
    close_house(&house);
}
