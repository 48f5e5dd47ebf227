/* The journal's thread: what it says is safe is there when the folder is opened anew, it refuses new work
 * when it cannot keep up, says why, and goes on when it can. */
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "broker/journal/journal.h"
#include "broker/journal/look.h"
#include "common/base/mem.h"
#include "tests/unit/mounts.h"

enum { LONG = 60000 /* ms */ };

static char folder[64], why[STORE_WHY];
static struct store_identity identity;

static void make_folder(void)
{
    strcpy(folder, "/tmp/mailroom-journal-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(journal, .init = make_folder, .fini = remove_folder);

static struct journal_plan plan_of(uint64_t group_ms)
{
    struct journal_plan plan;
    journal_plan_default(&plan);
    plan.store.place = folder;
    plan.group_ms = group_ms;
    return plan;
}

static struct journal *start(const struct journal_plan *plan)
{
    struct journal *journal = journal_open(plan, &identity, why);
    cr_assert(journal, "%s", why);
    cr_assert(journal_start(journal, why), "%s", why);
    return journal;
}

/* A share's row, whose body has `size` bytes. */
static void say(struct journal *journal, enum record_verb verb, uint64_t number, size_t size)
{
    struct record record = {.kind = RECORD_SHARE, .verb = (uint8_t)verb};
    uint8_t *bytes;
    record.share.number = number;
    if (size > 0) {
        record.body = (struct slice){blob_new(size, &bytes), 0, size};
        memset(bytes, (int)number, size);
    }
    journal_append(journal, record_copy(&record));
    journal_flush(journal);
}

/* Waits for news until `committed` records are safe and it refuses new work for this reason, or takes it. */
static struct journal_news wait_for(struct journal *journal, uint64_t committed, enum journal_refusal refusal)
{
    struct journal_news news;
    struct pollfd file = {journal_file(journal), POLLIN, 0};
    for (;;) {
        journal_news(journal, &news);
        if (news.committed >= committed && news.refusal == refusal)
            return news;
        cr_assert_eq(poll(&file, 1, LONG), 1, "no news: %s", news.why);
    }
}

static void count_row(void *self, const struct record *record)
{
    ++*(unsigned *)self;
}

static unsigned rows_there(void)
{
    unsigned rows = 0;
    bool later;
    struct journal_plan plan = plan_of(0);
    struct journal *journal = journal_open(&plan, &identity, why);
    cr_assert(journal, "%s", why);
    cr_assert(journal_load(journal, count_row, &rows, &later, why), "%s", why);
    cr_assert_eq(journal_close(journal), 0);
    return rows;
}

Test(journal, what_is_safe_is_there)
{
    struct journal_plan plan = plan_of(1);
    struct journal *journal = start(&plan);
    for (unsigned i = 0; i < 1000; i++)
        say(journal, RECORD_NEW, i, 100);
    struct journal_news news = wait_for(journal, 1000, JOURNAL_TAKES);
    cr_expect(news.committed == 1000 && news.numbers.behind == 0 && news.numbers.records == 1000);
    cr_expect(news.numbers.rows == 1000 && news.numbers.groups >= 1 && news.numbers.written > 100000);
    cr_expect_eq(journal_close(journal), 0);
    cr_expect_eq(rows_there(), 1000);
}

Test(journal, what_comes_and_goes_in_a_group_is_never_written)
{
    struct journal_plan plan = plan_of(LONG);
    struct journal *journal = start(&plan);
    for (unsigned i = 0; i < 100; i++) {
        say(journal, RECORD_NEW, i, 100);
        say(journal, RECORD_DROP, i, 0);
    }
    say(journal, RECORD_NEW, 100, plan.group_bytes); /* which closes it */
    struct journal_news news = wait_for(journal, 201, JOURNAL_TAKES);
    cr_expect(news.numbers.rows == 1 && news.numbers.records == 201);
    cr_expect_eq(journal_close(journal), 0);
    cr_expect_eq(rows_there(), 1);
}

Test(journal, a_group_ends_where_nothing_of_it_is_alive)
{
    struct journal_plan plan = plan_of(LONG);
    plan.group_bytes = 100000;
    struct journal *journal = start(&plan);
    say(journal, RECORD_NEW, 1, 99000);
    say(journal, RECORD_DROP, 1, 0);
    say(journal, RECORD_NEW, 2, 1100); /* with which it has enough, */
    wait_for(journal, 2, JOURNAL_TAKES);
    say(journal, RECORD_DROP, 2, 0); /* but this one has waited, and is never written */
    say(journal, RECORD_NEW, 3, 99000);
    struct journal_news news = wait_for(journal, 4, JOURNAL_TAKES);
    cr_expect(news.numbers.rows == 0 && news.numbers.groups == 0);
    cr_expect_eq(journal_close(journal), 0);
    cr_expect_eq(rows_there(), 1);
}

Test(journal, a_group_waits_longer_where_the_last_one_took_much_of_a_processor)
{
    cr_expect_eq(journal_due(100, 5, 0), 105);
    cr_expect_eq(journal_due(100, 5, 103), 105);
    cr_expect_eq(journal_due(100, 5, 120), 120);
    cr_expect_eq(journal_due(100, 5, 1000), 150, "but not for ever");
    cr_expect_eq(journal_due(100, 0, 1000), 100, "who wants it at once has it at once");
}

Test(journal, what_is_there_is_written_when_it_is_closed)
{
    struct journal_plan plan = plan_of(LONG);
    struct journal *journal = start(&plan);
    say(journal, RECORD_NEW, 1, 1);
    cr_expect_eq(journal_close(journal), 0);
    cr_expect_eq(rows_there(), 1);
}

Test(journal, it_refuses_new_work_while_it_is_behind)
{
    struct journal_plan plan = plan_of(LONG);
    plan.queue = 10000;
    struct journal *journal = start(&plan);
    struct journal_news news;
    uint64_t number = 0;
    do { /* it may be written before anybody looks */
        say(journal, RECORD_NEW, ++number, 11000);
        journal_news(journal, &news);
    } while (news.refusal != JOURNAL_BEHIND);
    cr_expect(strstr(news.why, "bytes behind") && strstr(news.why, "(setting journal/queue)"), "%s",
              news.why);
    say(journal, RECORD_NEW, ++number, 11000); /* it is taken all the same */
    wait_for(journal, number, JOURNAL_TAKES);
    cr_expect_eq(journal_close(journal), 0);
    cr_expect_eq(rows_there(), number);
}

Test(journal, a_group_does_not_wait_for_more_than_there_may_be)
{
    struct journal_plan plan = plan_of(2 * LONG);
    plan.queue = 100000;
    struct journal *journal = start(&plan);
    say(journal, RECORD_NEW, 1, 26000);
    wait_for(journal, 1, JOURNAL_TAKES);
    cr_expect_eq(journal_close(journal), 0);
}

Test(journal, it_refuses_new_work_while_it_is_too_large)
{
    struct journal_plan plan = plan_of(0);
    plan.store.most = 4 << 20;
    struct journal *journal = start(&plan);
    uint64_t number = 0, committed = 0;
    struct journal_news news = {.refusal = JOURNAL_TAKES};
    while (!news.refusal && number < 300) {
        say(journal, RECORD_NEW, ++number, 1 << 20);
        committed++;
        do
            journal_news(journal, &news);
        while (news.committed < committed && !news.refusal);
    }
    cr_assert_eq(news.refusal, JOURNAL_FULL);
    cr_expect(strstr(news.why, "has its 4194304 bytes (setting journal/size)"), "%s", news.why);
    for (uint64_t i = 1; i <= number; i++)
        say(journal, RECORD_DROP, i, 0);
    wait_for(journal, committed + number, JOURNAL_TAKES);
    cr_expect_eq(journal_close(journal), 0);
    cr_expect_eq(rows_there(), 0);
}

Test(journal, a_full_disk_refuses_new_work_until_there_is_room)
{
    if (!mount_small(folder, 1024))
        cr_skip_test("only root can mount a file system");
    struct journal_plan plan = plan_of(0);
    struct journal *journal = start(&plan);
    say(journal, RECORD_NEW, 1, 2 << 20);
    struct journal_news news = wait_for(journal, 0, JOURNAL_FAILS);
    cr_expect(strstr(news.why, "is full"), "%s", news.why);
    cr_expect_eq(news.committed, 0);
    say(journal, RECORD_NEW, 2, 1);
    cr_assert_eq(mount(NULL, folder, NULL, MS_REMOUNT, "size=16m"), 0);
    news = wait_for(journal, 2, JOURNAL_TAKES);
    cr_expect_geq(news.numbers.failures, 1);
    cr_expect_eq(journal_close(journal), 0);
    cr_expect_eq(rows_there(), 2);
    cr_assert_eq(umount(folder), 0);
}

Test(journal, it_says_at_its_end_what_could_not_be_written)
{
    if (!mount_small(folder, 1024))
        cr_skip_test("only root can mount a file system");
    struct journal_plan plan = plan_of(0);
    struct journal *journal = start(&plan);
    say(journal, RECORD_NEW, 1, 2 << 20);
    wait_for(journal, 0, JOURNAL_FAILS);
    say(journal, RECORD_NEW, 2, 1);
    cr_expect_eq(journal_close(journal), 2);
    cr_assert_eq(umount(folder), 0);
}

Test(journal, where_nothing_can_be_written_it_is_not_called_damaged)
{
    if (!mount_small(folder, 16384))
        cr_skip_test("only root can mount a file system");
    struct journal_plan plan = plan_of(0);
    cr_assert_eq(journal_close(start(&plan)), 0);
    cr_assert_eq(mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    cr_expect_null(look_open(folder, why));
    cr_expect(strstr(why, "cannot be read where nothing can be written") && !strstr(why, "damaged"), "%s",
              why);
    cr_assert_eq(umount(folder), 0);
}

Test(journal, a_disk_that_is_full_from_the_beginning_is_said)
{
    if (!mount_small(folder, 20))
        cr_skip_test("only root can mount a file system");
    struct journal_plan plan = plan_of(0);
    cr_expect_null(journal_open(&plan, &identity, why));
    cr_expect(strstr(why, "is full") && !strstr(why, "I/O"), "%s", why);
    cr_assert_eq(umount(folder), 0);
}
