/* A store in a folder: what was committed is read again as it was said, and whatever cannot be opened says
 * why. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "tests/unit/cabinet.h"
#include "tests/unit/contract.h"
#include "tests/unit/mounts.h"

TestSuite(journal_store, .init = make_folder, .fini = remove_folder);

Test(journal_store, rows_come_back_as_they_were_said)
{
    contract_rows_come_back_as_they_were_said();
}

Test(journal_store, owners_are_loaded_before_what_they_own)
{
    contract_owners_are_loaded_before_what_they_own();
}

Test(journal_store, what_a_row_owns_goes_with_it)
{
    contract_what_a_row_owns_goes_with_it();
}

Test(journal_store, a_row_that_is_put_again_keeps_its_age_and_its_place)
{
    contract_a_row_that_is_put_again_keeps_its_age_and_its_place();
}

Test(journal_store, a_cluster_goes_on_with_the_next_epoch)
{
    contract_a_cluster_goes_on_with_the_next_epoch();
}

Test(journal_store, the_journal_of_another_cluster_is_refused)
{
    contract_the_journal_of_another_cluster_is_refused();
}

Test(journal_store, one_broker_has_it)
{
    struct store *store = open_store();
    char text[64];
    snprintf(text, sizeof text, "is in use by the process %ld", (long)getpid());
    contract_expect_refusal(&(struct store_plan){.place = folder}, text);
    store_close(store);
    store_close(open_store());
}

Test(journal_store, a_newer_schema_is_refused)
{
    store_close(open_store());
    run_sql("PRAGMA user_version = 1000");
    contract_expect_refusal(&(struct store_plan){.place = folder}, "its schema is 1000");
}

Test(journal_store, another_program_s_database_is_refused)
{
    run_sql("CREATE TABLE theirs (a)");
    contract_expect_refusal(&(struct store_plan){.place = folder}, "is another program's");
}

Test(journal_store, an_older_schema_gets_what_it_lacks)
{
    contract_an_older_schema_gets_what_it_lacks(
        "ALTER TABLE task DROP COLUMN comp_task_id; DROP TABLE answer; PRAGMA user_version = 0");
}

Test(journal_store, a_folder_that_cannot_be_written_says_so)
{
    if (!mount_small(folder, 64))
        cr_skip_test("only root can mount a file system");
    cr_assert_eq(mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    contract_expect_refusal(&(struct store_plan){.place = folder}, "Read-only file system");
    cr_assert_eq(umount(folder), 0);
}

Test(journal_store, a_full_disk_is_said_and_goes_on_when_there_is_room)
{
    if (!mount_small(folder, 1024))
        cr_skip_test("only root can mount a file system");
    struct store *store = open_store();
    char *large = mem_zalloc(1, 300001), path[128];
    memset(large, 'x', 300000);
    struct record record = make_task(WORKER_NIL, 0, 0, large);
    bool good = true;
    for (; good && record.task.address.mailbox < 10; record.task.address.mailbox++)
        good = commit(store, &record);
    cr_expect_not(good);
    cr_expect(strstr(why, "the disk with the journal in") && strstr(why, "is full"), "%s", why);
    struct record small = contract_record(RECORD_NUMBER);
    cr_expect(commit(store, &small), "%s", why);
    cr_assert_eq(mount(NULL, folder, NULL, MS_REMOUNT, "size=8m"), 0);
    cr_expect(commit(store, &record), "%s", why);
    store_close(store);
    snprintf(path, sizeof path, "%s/journal.db", folder);
    store = open_store();
    struct loaded loaded = contract_load(store);
    cr_expect_geq(loaded.count, 3);
    contract_drop(&loaded);
    store_close(store);
    slice_drop(&record.body);
    mem_free(large);
    cr_assert_eq(umount(folder), 0);
}

Test(journal_store, other_users_cannot_read_it)
{
    char path[128];
    struct stat file;
    store_close(open_store());
    snprintf(path, sizeof path, "%s/journal.db", folder);
    cr_assert_eq(stat(path, &file), 0);
    cr_expect_eq(file.st_mode & 077, 0);
}
