/* Tests of common/boss/boss where stories would be too long: what hostile amounts do. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/boss/boss.h"
#include "common/link/post_inner.h"
#include "tasks.h"

static const uint8_t boot[UUID_SIZE] = {1};

static void open_boss(struct boss *boss, struct outbox *outbox)
{
    struct post_config config = {.boot = boot};
    *outbox = (struct outbox){0};
    boss_init(boss, &config, NULL, 0, 0);
    boss->outbox = outbox;
}

static void close_boss(struct boss *boss, struct outbox *outbox)
{
    boss_free(boss);
    outbox_free(outbox);
}

/* A path of `size` bytes that differs from those of other numbers. */
static void add_path(struct builder *paths, unsigned number, size_t size)
{
    static char text[MAX_PATH + 2];
    memset(text, 'x', sizeof(text));
    int length = snprintf(text, sizeof(text), "/%u", number);
    text[length] = '/';
    builder_text(paths, text, size);
}

/* How many import paths are kept for a session. */
static unsigned paths_kept(const struct boss *boss, uint64_t session)
{
    const struct path_list *list = paths_of(boss, session);
    return list ? list->texts.count : 0;
}

Test(boss, import_paths_are_bounded_for_each_session)
{
    struct boss boss;
    struct outbox outbox;
    struct builder paths = {0};
    open_boss(&boss, &outbox);
    add_path(&paths, 0, MAX_PATH + 1);
    builder_text(&paths, "/with\0zero", 10);
    cr_assert_eq(paths_put(&boss, 1, builder_list(&paths), NULL), 2);
    cr_assert_eq(paths_kept(&boss, 1), 0);
    cr_assert_eq(outbox.count, 1); /* it is said */
    for (unsigned i = 0; i < 1000; i++)
        add_path(&paths, i, MAX_PATH);
    paths_put(&boss, 1, builder_list(&paths), NULL);
    cr_assert_eq(paths_kept(&boss, 1), MAX_PATHS_BYTES / MAX_PATH);
    builder_reset(&paths);
    for (unsigned i = 0; i < 2 * MAX_PATHS; i++)
        add_path(&paths, i, 20);
    cr_assert_eq(paths_put(&boss, 2, builder_list(&paths), NULL), MAX_PATHS);
    cr_assert_eq(paths_kept(&boss, 2), MAX_PATHS);
    cr_assert_eq(paths_put(&boss, 3, (struct list){0}, NULL), 0);
    builder_reset(&paths);
    add_path(&paths, 1, 20);
    cr_assert_eq(paths_put(&boss, 3, builder_list(&paths), NULL), 0); /* others have filled theirs */
    cr_assert_eq(paths_kept(&boss, 3), 1);
    paths_end(&boss, 2);
    cr_assert_eq(paths_kept(&boss, 2), 0);
    boss_forget_old(&boss);
    cr_assert_eq(paths_kept(&boss, 3), 0);
    builder_free(&paths);
    close_boss(&boss, &outbox);
}

Test(boss, the_newest_import_paths_stand_first)
{
    struct boss boss;
    struct outbox outbox;
    struct builder paths = {0};
    struct span path;
    open_boss(&boss, &outbox);
    builder_text(&paths, "/old", 4);
    builder_text(&paths, "/both", 5);
    paths_put(&boss, 1, builder_list(&paths), NULL);
    builder_reset(&paths);
    builder_text(&paths, "/new", 4);
    builder_text(&paths, "/both", 5);
    paths_put(&boss, 1, builder_list(&paths), NULL);
    struct list list = builder_list(&paths_of(&boss, 1)->texts);
    static const char *const expected[] = {"/new", "/both", "/old"};
    for (unsigned i = 0; i < 3; i++) {
        cr_assert(list_next_text(&list, &path));
        cr_assert_eq(strlen(expected[i]), path.size);
        cr_assert_arr_eq(path.data, expected[i], path.size);
    }
    cr_assert_not(list_next_text(&list, &path));
    builder_free(&paths);
    close_boss(&boss, &outbox);
}

/* So many messages were sent to an employee so far, and nobody reads them. */
static uint64_t sent_to(const struct employee *employee)
{
    return employee->peer->link.next_seq - 1;
}

Test(boss, import_paths_that_change_again_and_again_go_with_the_next_task)
{
    enum { SIZE = 4000, CHANGES = 1000 };
    struct boss boss;
    struct outbox outbox;
    struct builder paths = {0};
    const uint8_t link_id[UUID_SIZE] = {1};
    open_boss(&boss, &outbox);
    struct peer *peer = post_peer_new(&boss.post, ROLE_MANAGER, link_id, 0);
    peer->features = FEATURE_SESSIONS;
    struct employee *employee = boss_hire(&boss, peer);
    for (unsigned i = 0; i < MAX_PATHS_BYTES / SIZE; i++)
        add_path(&paths, i, SIZE);
    paths_put(&boss, 1, builder_list(&paths), NULL);
    paths_tell(&boss, employee, 1);
    cr_assert_eq(sent_to(employee), 1);
    for (unsigned i = 0; i < CHANGES; i++) {
        builder_reset(&paths);
        add_path(&paths, i % 2, SIZE);
        paths_put(&boss, 1, builder_list(&paths), NULL);
    }
    uint64_t before = sent_to(employee);
    cr_assert_gt(before, 1);
    cr_assert_lt(before, 20); /* of 1 MiB each */
    cr_assert_eq(peer->link.control, 0);
    paths_tell(&boss, employee, 1);
    cr_assert_eq(sent_to(employee), before + 1);
    paths_tell(&boss, employee, 1);
    cr_assert_eq(sent_to(employee), before + 1);
    paths_end(&boss, 1);
    cr_assert_eq(sent_to(employee), before + 2);
    builder_free(&paths);
    close_boss(&boss, &outbox);
}

Test(boss, runtimes_are_counted_and_bounded)
{
    struct runtimes runtimes = {0};
    char name[8];
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        snprintf(name, sizeof(name), "r%u", i);
        cr_assert_eq(runtimes_use(&runtimes, span_text(name), NULL), i);
        cr_assert_eq(runtimes_use(&runtimes, span_text(name), NULL), i);
    }
    cr_assert_eq(runtimes_use(&runtimes, span_text("one more"), NULL), NO_RUNTIME);
    runtimes_drop(&runtimes, 7);
    cr_assert_eq(runtimes_use(&runtimes, span_text("one more"), NULL), NO_RUNTIME); /* it has another use */
    runtimes_drop(&runtimes, 7);
    struct span zero = {(const uint8_t *)"r\0x", 3};
    cr_assert_eq(runtimes_use(&runtimes, zero, NULL), NO_RUNTIME); /* it would never be found again */
    cr_assert_eq(runtimes_use(&runtimes, span_text("one more"), NULL), 7);
    cr_assert_str_eq(runtimes.table[7].name, "one more");
}

/* How many runtimes somebody can make up. */
static unsigned make_up(struct runtimes *runtimes, const char *who)
{
    char name[16];
    for (unsigned i = 0;; i++) {
        snprintf(name, sizeof(name), "%s%u", who, i);
        if (runtimes_use(runtimes, span_text(name), who) == NO_RUNTIME)
            return i;
    }
}

Test(boss, runtimes_that_only_tasks_need_leave_places_for_employees_and_for_others)
{
    struct runtimes runtimes = {0};
    const char *a = "a", *b = "b", *c = "c";
    cr_assert_eq(make_up(&runtimes, a), 12);                      /* four times the four that are left */
    cr_assert_eq(runtimes_use(&runtimes, span_text("a3"), a), 3); /* a known one */
    cr_assert_eq(make_up(&runtimes, b), 3);
    cr_assert_eq(make_up(&runtimes, c), 1);
    for (unsigned i = 0; i < SPARE_RUNTIMES; i++) {
        char name[16];
        snprintf(name, sizeof(name), "e%u", i);
        cr_assert_neq(runtimes_use(&runtimes, span_text(name), NULL), NO_RUNTIME);
    }
}

Test(boss, a_runtime_that_an_employee_brings_is_nobodys)
{
    struct runtimes runtimes = {0};
    const char *a = "a";
    runtimes_use(&runtimes, span_text("a0"), a);
    cr_assert_eq(runtimes.table[0].needed_by, a);
    runtimes_use(&runtimes, span_text("a0"), NULL);
    cr_assert_null(runtimes.table[0].needed_by);
}

static enum runtime_fit fit(const struct runtimes *runtimes, uint32_t mask, const char *name)
{
    struct span plain;
    return runtimes_fit(runtimes, mask, span_text(name), &plain);
}

Test(boss, a_version_of_a_runtime_is_held_to_those_that_are_offered)
{
    struct runtimes runtimes = {0};
    const char *names[] = {"python", "python/3495", "python/3531", "pythons", "bqskit", "plain/"};
    for (unsigned i = 0; i < 6; i++)
        runtimes_use(&runtimes, span_text(names[i]), NULL);
    cr_assert_eq(fit(&runtimes, 0x03, "python"), RUNTIME_FITS);
    cr_assert_eq(fit(&runtimes, 0x03, "python/3495"), RUNTIME_FITS);
    cr_assert_eq(fit(&runtimes, 0x03, "python/3531"),
                 RUNTIME_OTHER); /* it is in the table, as a task's need */
    cr_assert_eq(fit(&runtimes, 0x03, "python/1"), RUNTIME_OTHER);
    cr_assert_eq(fit(&runtimes, 0x02, "python/1"), RUNTIME_OTHER);
    cr_assert_eq(fit(&runtimes, 0x09, "python/3531"), RUNTIME_PLAIN);
    cr_assert_eq(fit(&runtimes, 0x38, "python/3531"), RUNTIME_FITS); /* nobody has any of it yet */
    cr_assert_eq(fit(&runtimes, 0x3f, "bqskit/3531"), RUNTIME_PLAIN);
    cr_assert_eq(fit(&runtimes, 0x3f, "/"), RUNTIME_FITS);
    cr_assert_eq(fit(&runtimes, 0x3f, "plain/1"), RUNTIME_OTHER);
    cr_assert_eq(fit(&runtimes, 0, "python/3531"), RUNTIME_FITS);
}

Test(boss, versions_are_named_as_far_as_there_is_room)
{
    struct runtimes runtimes = {0};
    char text[40], small[12];
    runtimes_use(&runtimes, span_text("python"), NULL);
    runtimes_set_version(&runtimes, runtimes_use(&runtimes, span_text("python/3495"), NULL),
                         span_text("3.11.7"));
    runtimes_use(&runtimes, span_text("python/3531"), NULL);
    runtimes_versions(&runtimes, 7, span_text("python/1"), text, sizeof text);
    cr_assert_str_eq(text, "python/3495 (3.11.7), python/3531");
    runtimes_versions(&runtimes, 7, span_text("python/1"), small, sizeof small);
    cr_assert_str_eq(small, "python/3495");
    runtimes_versions(&runtimes, 1, span_text("python/1"), text, sizeof text);
    cr_assert_str_eq(text, "");
}

Test(boss, started_names_no_more_runtimes_than_there_may_be)
{
    struct boss boss;
    struct outbox outbox;
    struct builder names = {0};
    struct peer peer = {0};
    open_boss(&boss, &outbox);
    struct employee *employee = boss_hire(&boss, &peer), *crowd;
    employee->has_ids = true;
    struct message message = {.kind = KIND_STARTED, .started.total_workers = 1};
    for (unsigned i = 0; i <= MAX_RUNTIMES; i++) {
        builder_runtime(&names, span_text("python"), span_text("3.11"));
        message.started.runtimes = builder_list(&names);
        cr_assert_eq(boss_started(&boss, employee, &message, &crowd),
                     i < MAX_RUNTIMES ? HANDLED : MISBEHAVED);
        cr_assert_eq(boss.runtimes.table[0].uses, 1); /* however often it is named */
    }
    builder_free(&names);
    close_boss(&boss, &outbox);
}

Test(boss, a_path_that_is_known_is_found_at_once)
{
    struct boss boss;
    struct outbox outbox;
    struct builder paths = {0};
    open_boss(&boss, &outbox);
    for (unsigned i = 0; i < MAX_PATHS - 1; i++)
        add_path(&paths, i, 20);
    paths_put(&boss, 1, builder_list(&paths), NULL);
    builder_reset(&paths);
    for (unsigned i = 0; i < 1000000; i++) /* by a search through all of them: minutes */
        add_path(&paths, MAX_PATHS - 2, 7);
    paths_put(&boss, 1, builder_list(&paths), NULL);
    cr_assert_eq(paths_kept(&boss, 1), MAX_PATHS);
    cr_assert_eq(outbox.count, 0);
    builder_free(&paths);
    close_boss(&boss, &outbox);
}

Test(boss, managers_that_ask_for_one_id_again_and_again_get_more_at_a_time)
{
    enum { ASKED = 100000, RANGES = 1000 /* of each, for as many ids as one may have with lots of 4,096 */ };
    struct boss boss;
    struct outbox outbox;
    struct employee *employees[2];
    open_boss(&boss, &outbox);
    boss.max_ids = 1 << 18;
    roster_fill_pool(&boss.roster, 0, WORKER_LIMIT);
    for (uint8_t i = 0; i < 2; i++) {
        const uint8_t link_id[UUID_SIZE] = {(uint8_t)(i + 1)};
        employees[i] = boss_hire(&boss, post_peer_new(&boss.post, ROLE_MANAGER, link_id, 0));
    }
    const struct message message = {.kind = KIND_IDS, .ids.count = 1};
    for (unsigned i = 0; i < ASKED; i++) { /* in turns, so that no two ranges of one are neighbours */
        cr_assert_eq(boss_ids(&boss, employees[i % 2], &message), HANDLED);
        cr_assert(boss_give_ids(&boss, employees[i % 2]));
        cr_assert_leq(employees[i % 2]->ids_given, boss.max_ids);
    }
    cr_assert_eq(employees[0]->ids_given, boss.max_ids, "more of them are REFUSED");
    cr_assert_lt(boss.roster.given.count, 2 * RANGES);
    close_boss(&boss, &outbox);
}
