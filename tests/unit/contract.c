/* contract: see contract.h. */
#include "tests/unit/contract.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/cabinet.h"

static void take(void *self, const struct record *record)
{
    struct loaded *loaded = self;
    struct record own = *record;
    own.body = slice_ref(&record->body);
    cr_assert(loaded->count < 64);
    loaded->records[loaded->count++] = record_copy(&own);
}

struct loaded contract_load(struct store *store)
{
    struct loaded loaded = {.count = 0};
    cr_assert(store_load(store, take, &loaded, why), "%s", why);
    return loaded;
}

void contract_drop(struct loaded *loaded)
{
    for (unsigned i = 0; i < loaded->count; i++)
        record_free(loaded->records[i]);
}

static bool same_span(struct span one, struct span other)
{
    return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

bool contract_same_body(const struct record *one, const struct record *other)
{
    return one->body.size == other->body.size &&
           (one->body.size == 0 ||
            memcmp(slice_data(&one->body), slice_data(&other->body), one->body.size) == 0);
}

static void fill(uint8_t *bytes, size_t size, unsigned from)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(from + i);
}

void contract_rows_come_back_as_they_were_said(void)
{
    struct builder crumbs = {0};
    builder_address(&crumbs, &(struct address){WORKER_NIL, 1, 77});
    builder_address(&crumbs, &(struct address){12, 2, 3});
    struct record task = make_task(WORKER_LIMIT - 1, UINT64_MAX - 5, 9, "a body");
    task.task.session = 5;
    task.task.share = 6;
    task.task.name = span_text("n\303\244me");
    task.task.meta = (struct span){(const uint8_t *)"\0\1\2", 3};
    task.task.breadcrumbs = builder_list(&crumbs);
    task.task.priority = 255;
    task.task.flags = 3;
    task.task.comp_task_id = 78;
    struct record session = {.kind = RECORD_SESSION, .verb = RECORD_NEW};
    session.session.serial = 5;
    fill(session.session.token, UUID_SIZE, 1);
    fill(session.session.boot, UUID_SIZE, 50);
    session.session.name = span_text("client");
    session.session.key.role = KEY_CLIENT;
    fill(session.session.key.bytes, KEY_SIZE, 9);
    strcpy(session.session.key.name, "anna");
    session.session.host = 1234567890123;
    session.session.fleeting = true;
    session.session.submitted = 42;

    struct store *store = open_store();
    cr_assert(commit(store, &task), "%s", why);
    cr_assert(commit(store, &session), "%s", why);
    store_close(store);
    store = open_store();
    struct loaded loaded = contract_load(store);
    cr_assert_eq(loaded.count, 2);
    const struct record *first = loaded.records[0], *second = loaded.records[1];
    cr_assert(first->kind == RECORD_SESSION && second->kind == RECORD_TASK);
    cr_expect(first->verb == RECORD_NEW && first->age < 600000);
    cr_expect_eq(first->session.serial, 5);
    cr_expect(memcmp(first->session.token, session.session.token, UUID_SIZE) == 0);
    cr_expect(memcmp(first->session.boot, session.session.boot, UUID_SIZE) == 0);
    cr_expect(memcmp(&first->session.key, &session.session.key, sizeof(struct key)) == 0);
    cr_expect(same_span(first->session.name, session.session.name));
    cr_expect(first->session.host == 1234567890123 && first->session.fleeting &&
              first->session.submitted == 42);
    cr_expect(address_equal(&second->task.address, &task.task.address));
    cr_expect(second->task.job == task.task.job && second->task.session == 5 && second->task.share == 6);
    cr_expect(same_span(second->task.runtime, task.task.runtime) &&
              same_span(second->task.name, task.task.name));
    cr_expect(same_span(second->task.meta, task.task.meta));
    cr_expect(second->task.priority == 255 && second->task.flags == 3 && second->task.comp_task_id == 78);
    cr_expect_eq(second->task.breadcrumbs.count, 2);
    cr_expect(memcmp(second->task.breadcrumbs.at, crumbs.data, crumbs.size) == 0);
    cr_expect(contract_same_body(second, &task));
    contract_drop(&loaded);
    store_close(store);
    builder_free(&crumbs);
    slice_drop(&task.body);
}

/* One record of each kind, with its key and a body where it has one. */
struct record contract_record(unsigned kind)
{
    struct record record = {.kind = (uint8_t)kind, .verb = RECORD_NEW};
    struct address root = {WORKER_NIL, 0, 500};
    switch (kind) {
    case RECORD_NUMBER: record.number.which = NUMBER_ID, record.number.below = 4096; break;
    case RECORD_MANAGER: fill(record.manager.boot, UUID_SIZE, 3), record.manager.grace = NO_NUMBER; break;
    case RECORD_IDS: record.ids.lower = 0, record.ids.upper = 8, record.ids.state = IDS_GIVEN; break;
    case RECORD_SESSION: record.session.serial = 7; break;
    case RECORD_PATHS: record.paths.session = 7; break;
    case RECORD_SHARE: record.share.number = 3, record.body = body_of("shared"); break;
    case RECORD_JOB: record.job.mailbox = 500, record.job.total = 2; break;
    case RECORD_SLOT: record.slot.mailbox = 500, record.slot.slot = 1, record.body = body_of("result"); break;
    case RECORD_TASK: record.task.address = root, record.task.job = 500; break;
    case RECORD_FATE: record.fate.address = root, record.fate.losses = span_text("worker 1 died"); break;
    case RECORD_MESSAGE: record.message.address = root, record.body = body_of("message"); break;
    case RECORD_CANCELLED: record.cancelled.address.worker = 9, record.cancelled.root = root; break;
    default: record.answer.address.worker = 9, record.body = body_of("answer"); break;
    }
    return record;
}

static void commit_one_of_each(struct store *store)
{
    for (unsigned kind = RECORD_KINDS - 1; kind > 0; kind--) { /* in any order */
        struct record record = contract_record(kind);
        cr_assert(commit(store, &record), "%s", why);
        slice_drop(&record.body);
    }
}

void contract_owners_are_loaded_before_what_they_own(void)
{
    struct store *store = open_store();
    commit_one_of_each(store);
    struct loaded loaded = contract_load(store);
    cr_assert_eq(loaded.count, RECORD_KINDS - 1);
    for (unsigned i = 0; i < loaded.count; i++) {
        struct record record = contract_record(i + 1);
        struct record_key one = record_key(&record), other = record_key(loaded.records[i]);
        cr_expect(memcmp(&one, &other, sizeof one) == 0, "kind %u", i + 1);
        cr_expect(contract_same_body(loaded.records[i], &record));
        slice_drop(&record.body);
    }
    contract_drop(&loaded);
    store_close(store);
}

static unsigned count_after_drop(struct store *store, unsigned kind)
{
    struct record record = contract_record(kind);
    slice_drop(&record.body);
    record.verb = RECORD_DROP;
    cr_assert(commit(store, &record), "%s", why);
    struct loaded loaded = contract_load(store);
    unsigned count = loaded.count;
    contract_drop(&loaded);
    return count;
}

void contract_what_a_row_owns_goes_with_it(void)
{
    struct store *store = open_store();
    commit_one_of_each(store);
    store_close(store);
    store = open_store();
    cr_expect_eq(count_after_drop(store, RECORD_TASK), 9); /* with fate, message and cancelled sub-task */
    cr_expect_eq(count_after_drop(store, RECORD_JOB), 7);
    cr_expect_eq(count_after_drop(store, RECORD_SESSION), 5);
    cr_expect_eq(count_after_drop(store, RECORD_SESSION), 5); /* there is none any more */
    cr_expect_eq(count_after_drop(store, RECORD_ANSWER), 4);
    store_close(store);
}

void contract_a_row_that_is_put_again_keeps_its_age_and_its_place(void)
{
    struct store *store = open_store();
    struct record one = make_task(WORKER_NIL, 2, 0, "first"), two = make_task(WORKER_NIL, 1, 0, "second");
    commit(store, &one);
    commit(store, &two);
    slice_drop(&one.body);
    one.verb = RECORD_PUT;
    one.body = body_of("changed");
    commit(store, &one);
    struct loaded loaded = contract_load(store);
    cr_assert_eq(loaded.count, 2);
    cr_expect_eq(loaded.records[0]->task.address.mailbox, 2);
    cr_expect(contract_same_body(loaded.records[0], &one) && contract_same_body(loaded.records[1], &two));
    contract_drop(&loaded);
    store_close(store);
    slice_drop(&one.body);
    slice_drop(&two.body);
}

void contract_a_cluster_goes_on_with_the_next_epoch(void)
{
    store_close(open_store());
    struct store_identity first = identity;
    store_close(open_store());
    cr_expect(memcmp(first.cluster, identity.cluster, UUID_SIZE) == 0 && uuid_is_set(first.cluster));
    cr_expect(first.epoch == 1 && identity.epoch == 2);
}

void contract_expect_refusal(const struct store_plan *plan, const char *part)
{
    struct store *store = store_open(plan, &identity, why);
    cr_expect_eq(store, NULL);
    cr_expect(strstr(why, part) && strstr(why, folder), "\"%s\" does not say \"%s\"", why, part);
    store_close(store);
}

void contract_the_journal_of_another_cluster_is_refused(void)
{
    store_close(open_plan(&(struct store_plan){.place = place, .cluster = "east"}));
    uint64_t epoch = identity.epoch;
    contract_expect_refusal(&(struct store_plan){.place = place, .cluster = "west"}, "'east'");
    store_close(open_store()); /* any name will do */
    cr_expect_eq(identity.epoch, epoch + 1, "who was refused counts for nothing");
}

void contract_an_older_schema_gets_what_it_lacks(const char *older)
{
    struct store *store = open_store();
    struct record record = make_task(WORKER_NIL, 3, 0, "kept");
    commit(store, &record);
    store_close(store);
    run_sql(older);
    store = open_store();
    struct loaded loaded = contract_load(store);
    cr_assert_eq(loaded.count, 1);
    cr_expect(contract_same_body(loaded.records[0], &record));
    contract_drop(&loaded);
    struct record answer = contract_record(RECORD_ANSWER);
    cr_expect(commit(store, &answer));
    slice_drop(&answer.body);
    slice_drop(&record.body);
    store_close(store);
}
