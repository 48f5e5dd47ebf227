/* Tests of common/boss/ledger_raised and boss_sweep: children that were sent up go with their root, in parts.
 */
#include <criterion/criterion.h>

#include "common/boss/boss.h"
#include "tasks.h"

enum {
    CHILDREN = 3000,
    SHARE = 400, /* units of work that a sweep has */
    FEW = 4,     /* that go at once */
    WORKER = 3   /* whose they are */
};

/* A manager's boss without employees. */
struct house {
    struct boss boss;
    struct outbox outbox;
    struct account account;
    uint32_t root;
};

static const uint8_t boot[UUID_SIZE] = {1};

static void open_house(struct house *house, uint32_t children)
{
    struct post_config config = {.boot = boot, .work = 4 * SHARE};
    struct address root = tasks_root(1, 0);
    *house = (struct house){0};
    boss_init(&house->boss, &config, NULL, 0, 0);
    house->boss.outbox = &house->outbox;
    struct ledger *ledger = &house->boss.ledger;
    ledger->raised_account = &house->account;
    house->root = ledger_begin_root(ledger, &root);
    for (uint32_t i = 0; i < children; i++) {
        struct address address = tasks_child(WORKER, i, 0);
        ledger_raise(ledger, house->root, &address);
    }
}

static void close_house(struct house *house)
{
    boss_free(&house->boss);
    outbox_free(&house->outbox);
}

Test(boss_raised, those_of_a_root_that_has_ended_go_in_parts)
{
    struct house house;
    open_house(&house, CHILDREN);
    struct ledger *ledger = &house.boss.ledger;
    boss_end_root(&house.boss, house.root, NULL);
    for (uint32_t before = ledger->raised.used; before > 0; before = ledger->raised.used) {
        struct address first = tasks_child(WORKER, 0, 0);
        cr_assert(!ledger_is_raised(ledger, &first), "it counts for nothing");
        cr_assert(boss_is_sweeping(&house.boss));
        cr_assert_eq(house.account.bytes, (uint64_t)before * RAISED_COST);
        boss_sweep(&house.boss);
        cr_assert_leq(before - ledger->raised.used, SHARE / WORK_END + 1, "in one part");
    }
    boss_sweep(&house.boss);
    cr_assert(!boss_is_sweeping(&house.boss));
    cr_assert_eq(ledger->roots.used, 0);
    cr_assert_eq(house.account.bytes, 0);
    close_house(&house);
}

Test(boss_raised, a_root_with_few_ends_at_once)
{
    struct house house;
    open_house(&house, FEW);
    boss_end_root(&house.boss, house.root, NULL);
    cr_assert(!boss_is_sweeping(&house.boss));
    cr_assert_eq(house.boss.ledger.raised.used, 0);
    cr_assert_eq(house.account.bytes, 0);
    close_house(&house);
}

Test(boss_raised, a_child_is_sent_up_by_the_root_that_is_there)
{
    struct house house;
    open_house(&house, CHILDREN);
    struct ledger *ledger = &house.boss.ledger;
    struct address address = tasks_root(1, 0), first = tasks_child(WORKER, 0, 0),
                   second = tasks_child(WORKER, 1, 0);
    boss_end_root(&house.boss, house.root, NULL);
    ledger_raise(ledger, ledger_begin_root(ledger, &address), &first);
    cr_assert(ledger_is_raised(ledger, &first));
    cr_assert(!ledger_is_raised(ledger, &second));
    while (boss_is_sweeping(&house.boss))
        boss_sweep(&house.boss);
    cr_assert_eq(ledger->raised.used, 1);
    cr_assert(ledger_lower(ledger, &first));
    cr_assert(!ledger_lower(ledger, &first), "once");
    cr_assert_eq(house.account.bytes, 0);
    close_house(&house);
}
