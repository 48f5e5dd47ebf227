/* Journals that were damaged: whatever is not as it was written is noticed, at the start and by store_verify.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cabinet.h"

TestSuite(journal_damage, .init = make_folder, .fini = remove_folder);

/* Writes over a part of the file. */
static void damage(size_t from, size_t size)
{
    char path[128], zeros[8192] = {0};
    snprintf(path, sizeof path, "%s/journal.db", folder);
    int file = open(path, O_WRONLY);
    cr_assert(file >= 0 && pwrite(file, zeros, size, (off_t)from) == (ssize_t)size);
    close(file);
}

static void fill_with_tasks(void)
{
    struct store *store = open_store();
    struct group group = {0};
    for (unsigned i = 0; i < 200; i++) {
        struct record record = make_task(WORKER_NIL, i, 0, "a body of some length, as they are");
        group_add(&group, record_copy(&record));
    }
    group_settle(&group);
    cr_assert(store_commit(store, &group, why), "%s", why);
    group_free(&group);
    store_close(store);
}

Test(journal_damage, a_damaged_page_is_noticed)
{
    fill_with_tasks();
    for (size_t page = 1; page < 8; page++) {
        char copy[160];
        snprintf(copy, sizeof copy, "cp -r %s %s-copy", folder, folder);
        cr_assert_eq(system(copy), 0);
        damage(page * 4096, 4096);
        struct store *store = store_open(&(struct store_plan){.place = folder}, &identity, why);
        cr_expect(store == NULL, "page %zu", page);
        cr_expect(strstr(why, "is damaged") && strstr(why, "mailroom journal --verify"), "%s", why);
        store_close(store);
        snprintf(copy, sizeof copy, "rm -rf %s && mv %s-copy %s", folder, folder, folder);
        cr_assert_eq(system(copy), 0);
    }
}

static void count(void *self, const struct record *record)
{
    ++*(unsigned *)self;
}

Test(journal_damage, a_body_that_is_not_as_it_was_written_is_noticed)
{
    fill_with_tasks();
    run_sql("UPDATE task SET body = CAST('a body of some length, as they aRe' AS BLOB) WHERE mailbox = 100");
    struct store *store = open_store();
    unsigned rows = 0;
    cr_expect_not(store_load(store, count, &rows, why));
    cr_expect(strstr(why, "a row of its table task is not as it was written"), "%s", why);
    store_close(store);
}

static void note_finding(void *self, const char *what)
{
    snprintf(self, STORE_WHY, "%s", what);
}

Test(journal_damage, verify_says_what_is_wrong)
{
    char found[STORE_WHY] = "";
    fill_with_tasks();
    cr_expect(store_verify(folder, note_finding, found, why), "%s", why);
    cr_expect(strstr(found, "table task: 200 rows of jobs that are not there"), "%s", found);
    run_sql("INSERT INTO job (mailbox) SELECT DISTINCT job FROM task");
    run_sql("UPDATE task SET flags = 9 WHERE mailbox = 100");
    cr_expect(store_verify(folder, note_finding, found, why));
    cr_expect(strstr(found, "table"), "%s", found);
    struct store *store = open_store();
    cr_expect_not(store_verify(folder, note_finding, found, why));
    cr_expect(strstr(why, "in use"), "%s", why);
    store_close(store);
    remove_folder();
    cr_expect_not(store_verify(folder, note_finding, found, why));
    cr_expect(strstr(why, "there is no journal"), "%s", why);
    cr_assert_eq(mkdir(folder, 0700), 0);
}

/* A journal whose log has several groups, as a killed broker leaves it: in a folder beside, for a store that
 * is closed puts its log where it stays. */
static void leave_a_log(char copy[80])
{
    char command[256];
    struct store *store = open_store();
    for (unsigned i = 0; i < 20; i++) {
        struct record record = make_task(WORKER_NIL, i, 0, "a body");
        cr_assert(commit(store, &record), "%s", why);
        slice_drop(&record.body);
    }
    snprintf(copy, 80, "%s/copy", folder);
    snprintf(command, sizeof command, "mkdir %s && cp %s/journal.db* %s", copy, folder, copy);
    cr_assert_eq(system(command), 0);
    store_close(store);
}

Test(journal_damage, a_log_that_was_damaged_in_the_middle_is_not_its_end)
{
    char copy[80], path[128];
    leave_a_log(copy);
    snprintf(path, sizeof path, "%s/journal.db-wal", copy);
    struct stat file;
    cr_assert_eq(stat(path, &file), 0);
    int log = open(path, O_WRONLY);
    cr_assert_eq(pwrite(log, "damage", 6, file.st_size / 2), 6);
    close(log);
    struct store *store = store_open(&(struct store_plan){.place = copy, .careful = true}, &identity, why);
    cr_expect_eq(store, NULL);
    cr_expect(strstr(why, "journal.db-wal is not as it was written"), "%s", why);
    store_close(store);
    store = open_plan(&(struct store_plan){.place = copy, .careful = false});
    unsigned rows = 0;
    cr_expect(store_load(store, count, &rows, why), "%s", why);
    cr_expect(rows > 0 && rows < 20);
    store_close(store);
}

Test(journal_damage, a_log_whose_last_group_is_torn_ends_there)
{
    char copy[80], path[128];
    leave_a_log(copy);
    snprintf(path, sizeof path, "%s/journal.db-wal", copy);
    struct stat file;
    cr_assert_eq(stat(path, &file), 0);
    cr_assert_eq(truncate(path, file.st_size - 5000), 0);
    struct store *store = open_plan(&(struct store_plan){.place = copy, .careful = true});
    unsigned rows = 0;
    cr_expect(store_load(store, count, &rows, why), "%s", why);
    cr_expect_eq(rows, 19);
    store_close(store);
}
