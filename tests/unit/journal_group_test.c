/* What a group of records comes to: what comes and goes in it is never written. */
#include <criterion/criterion.h>
#include <string.h>

#include "broker/journal/group.h"

static void add(struct group *group, const struct record *record)
{
    group_add(group, record_copy(record));
}

static void add_job(struct group *group, enum record_verb verb, uint64_t mailbox)
{
    struct record record = {.kind = RECORD_JOB, .verb = (uint8_t)verb};
    record.job.mailbox = mailbox;
    add(group, &record);
}

static void add_task(struct group *group, enum record_verb verb, uint64_t mailbox)
{
    struct record record = {.kind = RECORD_TASK, .verb = (uint8_t)verb};
    record.task.address = (struct address){WORKER_NIL, 0, mailbox};
    add(group, &record);
}

static void add_fate(struct group *group, enum record_verb verb, uint64_t mailbox, uint8_t attempt)
{
    struct record record = {.kind = RECORD_FATE, .verb = (uint8_t)verb};
    record.fate.address = (struct address){WORKER_NIL, 0, mailbox};
    record.fate.attempt = attempt;
    add(group, &record);
}

static void add_slot(struct group *group, uint64_t mailbox, uint32_t slot)
{
    struct record record = {.kind = RECORD_SLOT, .verb = RECORD_NEW};
    record.slot.mailbox = mailbox;
    record.slot.slot = slot;
    add(group, &record);
}

/* Settles it; its deeds as a text: a letter for each record. */
static const char *deeds(struct group *group)
{
    static char text[64];
    group_settle(group);
    cr_assert(group->count < sizeof text);
    for (uint32_t i = 0; i < group->count; i++)
        text[i] = "-wd"[group->deeds[i]];
    text[group->count] = '\0';
    group_free(group);
    return text;
}

Test(journal_group, a_task_that_comes_and_goes_is_never_written)
{
    struct group group = {0};
    add_job(&group, RECORD_NEW, 1);
    add_task(&group, RECORD_NEW, 1);
    add_fate(&group, RECORD_PUT, 1, 0);
    add_slot(&group, 1, 0);
    add_task(&group, RECORD_DROP, 1);
    add_job(&group, RECORD_DROP, 1);
    cr_expect_str_eq(deeds(&group), "------");
}

Test(journal_group, what_stays_is_written_once_as_it_was_said_last)
{
    struct group group = {0};
    add_task(&group, RECORD_NEW, 1);
    add_fate(&group, RECORD_PUT, 1, 0);
    add_fate(&group, RECORD_PUT, 1, 1);
    add_fate(&group, RECORD_PUT, 2, 0);
    cr_expect_str_eq(deeds(&group), "w-ww");
}

Test(journal_group, what_was_there_before_is_deleted_and_what_it_owns_is_not_written_any_more)
{
    struct group group = {0};
    add_fate(&group, RECORD_PUT, 1, 0);
    add_task(&group, RECORD_DROP, 1);
    add_slot(&group, 2, 0);
    add_slot(&group, 2, 1);
    add_job(&group, RECORD_DROP, 2);
    cr_expect_str_eq(deeds(&group), "-d--d");
}

Test(journal_group, a_row_that_comes_again_is_deleted_and_written)
{
    struct group group = {0};
    add_task(&group, RECORD_DROP, 1);
    add_task(&group, RECORD_NEW, 1);
    add_fate(&group, RECORD_PUT, 1, 3);
    cr_expect_str_eq(deeds(&group), "dww");
    add_task(&group, RECORD_DROP, 1);
    add_task(&group, RECORD_NEW, 1);
    add_task(&group, RECORD_DROP, 1);
    cr_expect_str_eq(deeds(&group), "d-d");
    add_task(&group, RECORD_NEW, 1);
    add_fate(&group, RECORD_PUT, 1, 3);
    add_task(&group, RECORD_DROP, 1);
    add_task(&group, RECORD_NEW, 1);
    cr_expect_str_eq(deeds(&group), "---w");
}

/* How many records are at its beginning behind which nothing is there any more, and the deeds of these. */
static const char *deeds_until_quiet(struct group *group)
{
    group_settle(group);
    for (uint32_t i = group->quiet; i < group->count; i++)
        record_free(group->records[i]);
    group_cut(group);
    return deeds(group);
}

/* A task from its beginning to where its client has its result. */
static void add_all_of_a_task(struct group *group, uint64_t mailbox)
{
    add_job(group, RECORD_NEW, mailbox);
    add_task(group, RECORD_NEW, mailbox);
    add_fate(group, RECORD_PUT, mailbox, 0);
    add_slot(group, mailbox, 0);
    add_task(group, RECORD_DROP, mailbox);
    add_job(group, RECORD_DROP, mailbox);
}

Test(journal_group, it_is_quiet_where_none_of_its_tasks_is_there)
{
    struct group group = {0};
    cr_expect_str_eq(deeds_until_quiet(&group), "");
    add_all_of_a_task(&group, 1);
    add_all_of_a_task(&group, 2);
    cr_expect_str_eq(deeds_until_quiet(&group), "------------");
    add_all_of_a_task(&group, 1);
    add_job(&group, RECORD_NEW, 2);
    add_task(&group, RECORD_NEW, 2);
    add_fate(&group, RECORD_PUT, 2, 0);
    cr_expect_str_eq(deeds_until_quiet(&group), "------");
    add_job(&group, RECORD_NEW, 2);
    add_all_of_a_task(&group, 1);
    cr_expect_str_eq(deeds_until_quiet(&group), "");
}

Test(journal_group, what_was_there_before_it_makes_no_noise)
{
    struct group group = {0};
    add_slot(&group, 9, 0);
    add_task(&group, RECORD_DROP, 9);
    add_fate(&group, RECORD_PUT, 8, 1);
    add_all_of_a_task(&group, 1);
    add_job(&group, RECORD_DROP, 9);
    add_job(&group, RECORD_NEW, 2);
    cr_expect_str_eq(deeds_until_quiet(&group), "-dw------d");
}

Test(journal_group, thousands_of_keys_are_told_apart)
{
    struct group group = {0};
    for (uint64_t i = 0; i < 5000; i++)
        add_task(&group, RECORD_NEW, i << 20);
    for (uint64_t i = 0; i < 5000; i += 2)
        add_task(&group, RECORD_DROP, i << 20);
    group_settle(&group);
    cr_expect(group.writes == 2500 && group.deletes == 0);
    group_clear(&group);
    cr_expect_eq(group.count, 0);
    add_task(&group, RECORD_DROP, 4 << 20); /* the places are used again, and empty */
    group_settle(&group);
    cr_expect_eq(group.deletes, 1);
    group_free(&group);
}
