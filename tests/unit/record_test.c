/* Records: copied with all that they carry, freed with their bodies, named by keys that tell rows apart. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/link/outbox.h"

static struct record task_record(struct blob *body, const struct builder *crumbs)
{
    struct record record = {.kind = RECORD_TASK, .verb = RECORD_NEW};
    record.body = slice_of(body, 2, 3);
    record.task.address = (struct address){WORKER_NIL, 7, 1u << 20};
    record.task.job = 1u << 20;
    record.task.runtime = span_text("python");
    record.task.meta = span_text("meta");
    record.task.breadcrumbs = builder_list(crumbs);
    record.task.priority = 9;
    return record;
}

static bool is_text(struct span span, const char *text)
{
    return span.size == strlen(text) && memcmp(span.data, text, span.size) == 0;
}

Test(record, a_copy_has_texts_and_lists_of_its_own)
{
    struct builder crumbs = {0};
    builder_address(&crumbs, &(struct address){4, 5, 6});
    struct blob *body = blob_copy("abcdefg", 7);
    struct record record = task_record(body, &crumbs);
    struct record *copy = record_copy(&record);
    builder_free(&crumbs);
    blob_unref(body);

    struct address crumb;
    cr_assert(list_next_address(&copy->task.breadcrumbs, &crumb));
    cr_expect(crumb.worker == 4 && crumb.slot == 5 && crumb.mailbox == 6);
    cr_expect_not(list_next_address(&copy->task.breadcrumbs, &crumb));
    cr_expect(is_text(copy->task.runtime, "python") && is_text(copy->task.meta, "meta"));
    cr_expect_eq(copy->task.name.size, 0);
    cr_expect_eq(copy->task.priority, 9);
    cr_expect(memcmp(slice_data(&copy->body), "cde", 3) == 0);
    record_free(copy);
    record_free(NULL);
}

/* Of a job, whose name has `size` bytes. */
static struct record *pack_job(struct record_packer *packer, uint64_t mailbox, size_t size)
{
    static uint8_t name[1 << 17];
    memset(name, (int)mailbox, size);
    struct record record = {.kind = RECORD_JOB, .verb = RECORD_NEW};
    record.job.mailbox = mailbox;
    record.job.name = (struct span){name, size};
    return record_pack(packer, &record);
}

static bool is_job(const struct record *record, uint64_t mailbox, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (record->job.name.data[i] != (uint8_t)mailbox)
            return false;
    }
    return record->job.mailbox == mailbox && record->job.name.size == size;
}

Test(record, packed_ones_outlive_their_packer_and_each_other)
{
    enum { COUNT = 2000 };
    static struct record *records[COUNT];
    struct record_packer packer = {0};
    for (uint64_t i = 0; i < COUNT; i++)
        records[i] = pack_job(&packer, i, i % 300);
    struct record *large = pack_job(&packer, 7, 1 << 17); /* more than a block has */
    record_packer_free(&packer);
    for (uint64_t i = 0; i < COUNT; i += 2)
        record_free(records[i]);
    for (uint64_t i = 1; i < COUNT; i += 2) {
        cr_expect(is_job(records[i], i, i % 300));
        record_free(records[i]);
    }
    cr_expect(is_job(large, 7, 1 << 17));
    record_free(large);
}

Test(record, a_copy_of_a_packed_one_is_its_own)
{
    struct record_packer packer = {0};
    struct record *packed = pack_job(&packer, 3, 5), *copy = record_copy(packed);
    record_free(packed);
    record_packer_free(&packer);
    cr_expect(is_job(copy, 3, 5));
    record_free(copy);
}

Test(record, costs_what_its_texts_and_its_body_take)
{
    struct record plain = {.kind = RECORD_JOB, .verb = RECORD_NEW}, named = plain;
    named.job.name = span_text("a name");
    cr_expect_eq(record_cost(&named), record_cost(&plain) + 6);
    named.verb = RECORD_DROP; /* whose fields mean nothing */
    cr_expect_eq(record_cost(&named), record_cost(&plain));
}

static struct record_key key_of_slot(uint64_t mailbox, uint32_t slot)
{
    struct record record = {.kind = RECORD_SLOT, .verb = RECORD_PUT};
    record.slot.mailbox = mailbox;
    record.slot.slot = slot;
    return record_key(&record);
}

static bool same(struct record_key one, struct record_key other)
{
    return memcmp(&one, &other, sizeof one) == 0;
}

Test(record, keys_tell_rows_apart)
{
    cr_expect(same(key_of_slot(3, 1), key_of_slot(3, 1)));
    cr_expect_not(same(key_of_slot(3, 1), key_of_slot(3, 2)));
    cr_expect_not(same(key_of_slot(3, 1), key_of_slot(4, 1)));
    struct record task = {.kind = RECORD_TASK}, fate = {.kind = RECORD_FATE}, job = {.kind = RECORD_JOB};
    task.task.address = fate.fate.address = (struct address){1, 2, 3};
    job.job.mailbox = 3;
    cr_expect_not(same(record_key(&task), record_key(&fate)));
    cr_expect(same(record_owner(&fate), record_key(&task)));
    struct record slot = {.kind = RECORD_SLOT};
    slot.slot.mailbox = 3;
    cr_expect(same(record_owner(&slot), record_key(&job)));
    cr_expect_eq(record_owner(&job).kind, 0);
    task.task.address.worker = WORKER_NIL;
    cr_expect_not(same(record_owner(&fate), record_key(&task)));
}

Test(record, an_outbox_owns_what_it_was_given)
{
    struct outbox outbox = {0};
    struct blob *body = blob_copy("abcdefg", 7);
    struct record record = {.kind = RECORD_SHARE, .verb = RECORD_NEW, .body = slice_of(body, 0, 7)};
    record.share.number = 12;
    outbox_record(&outbox, &record);
    outbox_record(&outbox, &(struct record){.kind = RECORD_SHARE, .verb = RECORD_DROP});
    cr_expect_eq(atomic_load(&body->refs), 2);
    cr_expect(outbox.orders[0].kind == ORDER_RECORD && outbox.orders[0].record->share.number == 12);
    struct record *taken = outbox.orders[0].record;
    outbox.orders[0].record = NULL;
    outbox_clear(&outbox);
    cr_expect_eq(atomic_load(&body->refs), 2);
    record_free(taken);
    cr_expect_eq(atomic_load(&body->refs), 1);
    blob_unref(body);
    outbox_free(&outbox);
}
