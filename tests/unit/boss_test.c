/* Tests of common/boss/boss where stories would be too long: what hostile amounts do. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/boss/boss.h"
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

Test(boss, import_paths_are_bounded)
{
    struct boss boss;
    struct outbox outbox;
    struct builder paths = {0};
    open_boss(&boss, &outbox);
    add_path(&paths, 0, MAX_PATH + 1);
    builder_text(&paths, "/with\0zero", 10);
    boss_import_paths(&boss, builder_list(&paths));
    cr_assert_eq(boss.path_count, 0);
    cr_assert_eq(outbox.count, 1); /* it is said */
    for (unsigned i = 0; i < 1000; i++)
        add_path(&paths, i, MAX_PATH);
    boss_import_paths(&boss, builder_list(&paths));
    cr_assert_eq(boss.path_count, MAX_PATHS_BYTES / MAX_PATH);
    boss_forget_old(&boss);
    builder_reset(&paths);
    for (unsigned i = 0; i < 2 * MAX_PATHS; i++)
        add_path(&paths, i, 20);
    boss_import_paths(&boss, builder_list(&paths));
    cr_assert_eq(boss.path_count, MAX_PATHS);
    builder_free(&paths);
    close_boss(&boss, &outbox);
}

Test(boss, runtimes_are_counted_and_bounded)
{
    struct runtimes runtimes = {0};
    char name[8];
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        snprintf(name, sizeof(name), "r%u", i);
        cr_assert_eq(runtimes_use(&runtimes, span_text(name), false), i);
        cr_assert_eq(runtimes_use(&runtimes, span_text(name), false), i);
    }
    cr_assert_eq(runtimes_use(&runtimes, span_text("one more"), false), NO_RUNTIME);
    runtimes_drop(&runtimes, 7);
    cr_assert_eq(runtimes_use(&runtimes, span_text("one more"), false), NO_RUNTIME); /* it has another use */
    runtimes_drop(&runtimes, 7);
    struct span zero = {(const uint8_t *)"r\0x", 3};
    cr_assert_eq(runtimes_use(&runtimes, zero, false), NO_RUNTIME); /* it would never be found again */
    cr_assert_eq(runtimes_use(&runtimes, span_text("one more"), false), 7);
    cr_assert_str_eq(runtimes.table[7].name, "one more");
}

Test(boss, runtimes_that_only_tasks_need_leave_places_for_employees)
{
    struct runtimes runtimes = {0};
    char name[8];
    for (unsigned i = 0; i < MAX_RUNTIMES - SPARE_RUNTIMES; i++) {
        snprintf(name, sizeof(name), "r%u", i);
        cr_assert_eq(runtimes_use(&runtimes, span_text(name), true), i);
    }
    cr_assert_eq(runtimes_use(&runtimes, span_text("made up"), true), NO_RUNTIME);
    cr_assert_eq(runtimes_use(&runtimes, span_text("r3"), true), 3); /* a known one */
    cr_assert_neq(runtimes_use(&runtimes, span_text("python"), false), NO_RUNTIME);
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
        runtimes_use(&runtimes, span_text(names[i]), false);
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
    runtimes_use(&runtimes, span_text("python"), false);
    runtimes_set_version(&runtimes, runtimes_use(&runtimes, span_text("python/3495"), false),
                         span_text("3.11.7"));
    runtimes_use(&runtimes, span_text("python/3531"), false);
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
    struct employee *employee = boss_hire(&boss, &peer);
    employee->has_ids = true;
    struct message message = {.kind = KIND_STARTED, .started.total_workers = 1};
    for (unsigned i = 0; i <= MAX_RUNTIMES; i++) {
        builder_runtime(&names, span_text("python"), span_text("3.11"));
        message.started.runtimes = builder_list(&names);
        cr_assert_eq(boss_started(&boss, employee, &message), i < MAX_RUNTIMES ? HANDLED : MISBEHAVED);
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
    boss_import_paths(&boss, builder_list(&paths));
    builder_reset(&paths);
    for (unsigned i = 0; i < 1000000; i++) /* by a search through all of them: minutes */
        add_path(&paths, MAX_PATHS - 2, 7);
    boss_import_paths(&boss, builder_list(&paths));
    cr_assert_eq(boss.path_count, MAX_PATHS);
    cr_assert_eq(outbox.count, 0);
    builder_free(&paths);
    close_boss(&boss, &outbox);
}
