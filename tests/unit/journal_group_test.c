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

/* Settles it; what is to be done, in order: a letter for each record that is left. */
static const char *deeds(struct group *group)
{
    static char text[64];
    group_settle(group);
    cr_assert(group->count < sizeof text);
    for (uint32_t i = 0; i < group->count; i++)
        text[i] = group->records[i]->verb == RECORD_DROP ? 'd' : 'w';
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
    cr_expect(group.seen == 6 && group.bytes == 0 && group.said > 0);
    cr_expect(group.nodes.used == 0 && index_count(&group.by_key) == 0, "nor does it take any memory");
    cr_expect_str_eq(deeds(&group), "");
}

Test(journal_group, what_stays_is_written_once_as_it_was_said_last)
{
    struct group group = {0};
    add_task(&group, RECORD_NEW, 1);
    add_fate(&group, RECORD_PUT, 1, 0);
    add_fate(&group, RECORD_PUT, 1, 1);
    add_fate(&group, RECORD_PUT, 2, 0);
    cr_expect_str_eq(deeds(&group), "www");
}

Test(journal_group, what_was_there_before_is_deleted_and_what_it_owns_is_not_written_any_more)
{
    struct group group = {0};
    add_fate(&group, RECORD_PUT, 1, 0);
    add_task(&group, RECORD_DROP, 1);
    add_slot(&group, 2, 0);
    add_slot(&group, 2, 1);
    add_job(&group, RECORD_DROP, 2);
    cr_expect_str_eq(deeds(&group), "dd");
    add_job(&group, RECORD_PUT, 3);
    add_job(&group, RECORD_DROP, 3);
    cr_expect_str_eq(deeds(&group), "d");
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
    cr_expect_str_eq(deeds(&group), "d");
    add_task(&group, RECORD_NEW, 1);
    add_fate(&group, RECORD_PUT, 1, 3);
    add_task(&group, RECORD_DROP, 1);
    add_task(&group, RECORD_NEW, 1);
    cr_expect_str_eq(deeds(&group), "w");
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

/* Cuts it where it is quiet: so many records before it, so many behind. */
static void expect_cut(struct group *group, struct group *rest, uint64_t before, uint64_t behind)
{
    cr_assert_eq(group_cut(group, rest), before > 0 && behind > 0);
    cr_expect(group->seen == before + (before > 0 ? 0 : behind), "%llu", (unsigned long long)group->seen);
    cr_expect(rest->seen == (before > 0 ? behind : 0), "%llu", (unsigned long long)rest->seen);
}

Test(journal_group, it_is_quiet_where_none_of_its_tasks_is_there)
{
    struct group group = {0}, rest = {0};
    expect_cut(&group, &rest, 0, 0);
    add_all_of_a_task(&group, 1);
    add_all_of_a_task(&group, 2);
    expect_cut(&group, &rest, 12, 0);
    add_job(&group, RECORD_NEW, 3);
    add_task(&group, RECORD_NEW, 3);
    add_fate(&group, RECORD_PUT, 3, 0);
    expect_cut(&group, &rest, 12, 3);
    cr_expect_str_eq(deeds(&group), "");
    add_slot(&rest, 3, 0);
    add_task(&rest, RECORD_DROP, 3);
    add_job(&rest, RECORD_DROP, 3);
    expect_cut(&rest, &group, 6, 0);
    cr_expect_str_eq(deeds(&rest), "");
    add_job(&group, RECORD_NEW, 2);
    add_all_of_a_task(&group, 1);
    expect_cut(&group, &rest, 0, 7);
    cr_expect_str_eq(deeds(&group), "w");
    group_free(&rest);
}

Test(journal_group, what_was_there_before_it_makes_no_noise)
{
    struct group group = {0}, rest = {0};
    add_slot(&group, 9, 0);
    add_task(&group, RECORD_DROP, 9);
    add_fate(&group, RECORD_PUT, 8, 1);
    add_all_of_a_task(&group, 1);
    add_job(&group, RECORD_DROP, 9);
    add_job(&group, RECORD_NEW, 2);
    expect_cut(&group, &rest, 10, 1);
    cr_expect_str_eq(deeds(&group), "dwd");
    cr_expect_str_eq(deeds(&rest), "w");
}

Test(journal_group, it_is_not_quiet_where_what_was_said_until_then_is_said_anew_behind)
{
    struct group group = {0}, rest = {0};
    add_slot(&group, 9, 0);
    add_job(&group, RECORD_NEW, 1);
    add_slot(&group, 9, 0); /* were the first of them cut off, nothing of this slot would be safe */
    expect_cut(&group, &rest, 0, 3);
    add_job(&group, RECORD_DROP, 1);
    add_job(&group, RECORD_NEW, 2);
    expect_cut(&group, &rest, 4, 1);
    cr_expect_str_eq(deeds(&group), "w");
    cr_expect_str_eq(deeds(&rest), "w");
}

Test(journal_group, where_it_is_cut_says_when_the_rest_came)
{
    struct group group = {0}, rest = {0};
    add_all_of_a_task(&group, 1);
    for (uint64_t age = 7; age < 9; age++) {
        struct record record = {.kind = RECORD_JOB, .verb = RECORD_NEW, .age = age};
        record.job.mailbox = age;
        struct record *copy = record_copy(&record);
        copy->age = age;
        group_add(&group, copy);
    }
    expect_cut(&group, &rest, 6, 2);
    cr_expect_eq(group.since, 7);
    group_free(&group);
    group_free(&rest);
}

Test(journal_group, more_is_added_to_what_could_not_be_written)
{
    struct group group = {0}, more = {0}, nothing = {0};
    add_job(&group, RECORD_NEW, 1);
    add_task(&group, RECORD_NEW, 1);
    add_slot(&group, 9, 0);
    group_merge(&group, &nothing);
    cr_expect_eq(group.seen, 3);
    group_settle(&group);
    group_doubt(&group); /* it may have been written */
    add_task(&more, RECORD_DROP, 1);
    add_slot(&more, 1, 0);
    add_slot(&more, 9, 0);
    add_slot(&more, 9, 1);
    add_job(&more, RECORD_NEW, 2);
    add_job(&more, RECORD_DROP, 2);
    group_merge(&group, &more);
    cr_expect(group.seen == 9 && more.seen == 0 && more.bytes == 0 && more.nodes.used == 0);
    cr_expect_str_eq(deeds(&group), "wdwww");
    add_job(&more, RECORD_DROP, 9);
    group_merge(&group, &more);
    cr_expect(group.seen == 1 && more.seen == 0, "where nothing was left it is all of it");
    cr_expect_str_eq(deeds(&group), "d");
    group_free(&more);
    group_free(&nothing);
}

/* What a table of rows comes to, by kind and number: with each record by itself, or by what groups leave. */
enum { NUMBERS = 4 };

struct rows {
    uint8_t job[NUMBERS], task[NUMBERS], fate[NUMBERS], slot[NUMBERS][NUMBERS]; /* 0: there is none */
};

static void do_record(struct rows *rows, const struct record *record)
{
    bool drop = record->verb == RECORD_DROP;
    uint64_t at;
    switch (record->kind) {
    case RECORD_JOB:
        at = record->job.mailbox;
        rows->job[at] = drop ? 0 : (uint8_t)record->job.total;
        if (drop)
            memset(rows->slot[at], 0, NUMBERS);
        break;
    case RECORD_TASK:
        at = record->task.address.mailbox;
        rows->task[at] = drop ? 0 : record->task.priority;
        rows->fate[at] = drop ? 0 : rows->fate[at];
        break;
    case RECORD_FATE: rows->fate[record->fate.address.mailbox] = record->fate.attempt; break;
    default: rows->slot[record->slot.mailbox][record->slot.slot] = record->slot.attempts;
    }
}

/* A record as a core might say it next: only what is there owns anything. */
static struct record draw(const struct rows *rows, uint64_t number, uint8_t value)
{
    uint64_t at = number % NUMBERS;
    bool more = number / NUMBERS % 3 != 0;
    struct record record = {.verb = RECORD_NEW};
    if (number / 64 % 2 == 0) {
        bool owns = rows->job[at] && more;
        record.kind = owns ? RECORD_SLOT : RECORD_JOB;
        if (owns) {
            record.verb = RECORD_PUT;
            record.slot.mailbox = at;
            record.slot.slot = (uint32_t)(number / 256 % NUMBERS);
            record.slot.attempts = value;
        } else {
            record.verb = rows->job[at] ? RECORD_DROP : RECORD_NEW;
            record.job.mailbox = at;
            record.job.total = value;
        }
    } else {
        bool owns = rows->task[at] && more;
        record.kind = owns ? RECORD_FATE : RECORD_TASK;
        if (owns) {
            record.verb = RECORD_PUT;
            record.fate.address = (struct address){WORKER_NIL, 0, at};
            record.fate.attempt = value;
        } else {
            record.verb = rows->task[at] ? RECORD_DROP : RECORD_NEW;
            record.task.address = (struct address){WORKER_NIL, 0, at};
            record.task.priority = value;
        }
    }
    return record;
}

/* What a store would make of it. */
static void do_group(struct rows *rows, struct group *group)
{
    group_settle(group);
    for (uint32_t i = 0; i < group->count; i++)
        do_record(rows, group->records[i]);
    group_clear(group);
    cr_assert(group->nodes.used == 0 && group->bytes == 0 && group->alive == 0);
}

Test(journal_group, what_is_written_is_what_was_said_wherever_groups_end)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct rows said[400] = {{.job = {0}}}, written = {.job = {0}};
        struct group group = {0}, rest = {0}, kept = {0};
        uint64_t safe = 0;
        for (uint32_t i = 1; i < 400; i++) {
            uint64_t number = index_hash(seed, i, 0);
            struct record record = draw(&said[i - 1], number >> 4, (uint8_t)(1 + i % 250));
            said[i] = said[i - 1];
            do_record(&said[i], &record);
            add(&group, &record);
            if (number % 16 == 0) { /* a group that is not written, though some of it may have been */
                group_merge(&kept, &group);
                group_settle(&kept);
                for (uint32_t j = 0; number & 1 << 20 && j < kept.count; j++)
                    do_record(&written, kept.records[j]);
                group_doubt(&kept);
            } else if (number % 16 < 4) {
                if (kept.seen == 0)
                    group_cut(&group, &rest);
                group_merge(&kept, &group);
                safe += kept.seen;
                do_group(&written, &kept);
                cr_assert_arr_eq(&written, &said[safe], sizeof written, "seed %d, record %u", (int)seed, i);
                group_merge(&group, &rest);
            }
        }
        group_free(&group);
        group_free(&rest);
        group_free(&kept);
    }
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
    cr_expect(group.seen == 0 && group.nodes.used == 0);
    add_task(&group, RECORD_DROP, 4 << 20); /* the places are used again, and empty */
    group_settle(&group);
    cr_expect_eq(group.deletes, 1);
    group_free(&group);
}
