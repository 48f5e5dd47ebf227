/* Tests of common/wire/batch: what went into a bundle comes out of the message; lengths that lie are refused.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "common/wire/batch.h"
#include "common/wire/bundle.h"
#include "tasks.h"

enum { MOST = 256 };

/* The message of a letter, as its receiver reads it. */
static void decode(const struct letter *letter, struct message *message)
{
    const char *why = "";
    enum error_code code = message_decode(letter->header, letter->header_size, message, &why);
    cr_assert_eq(code, CODE_NONE, "%s", why);
}

/* The size of entry `i`: empty ones, small ones, and a few large. */
static size_t size_of(unsigned i)
{
    return i % 5 == 1 ? 0 : i % 7 == 3 ? 3000 : i * 13 % 97;
}

static struct letter *bundle_of_tasks(unsigned entries)
{
    struct bundle bundle = {0};
    for (unsigned i = 0; i < entries; i++) {
        struct builder crumbs = {0};
        struct address parent = tasks_root(1, i);
        builder_address(&crumbs, &parent);
        struct task_header header = tasks_header_below(tasks_child(i, 1ull << 40, i), &crumbs);
        bundle_add_task(&bundle, &header, tasks_body(size_of(i), (uint8_t)i));
        builder_free(&crumbs);
    }
    uint32_t count;
    struct letter *letter = bundle_take(&bundle, &count);
    cr_assert_eq(count, entries);
    bundle_free(&bundle);
    return letter;
}

static void check_tasks(const struct letter *letter, unsigned entries)
{
    struct message message;
    struct batch batch;
    struct task_header header;
    struct slice body;
    decode(letter, &message);
    cr_assert(batch_open(&batch, &message, &letter->body));
    cr_assert_eq(batch.count, entries);
    for (unsigned i = 0; i < entries; i++) {
        struct address address = tasks_child(i, 1ull << 40, i), parent = tasks_root(1, i);
        cr_assert(batch_next_task(&batch, &header, &body));
        struct address root = ledger_root_of_header(&header);
        cr_assert(address_equal(&header.return_address, &address));
        cr_assert(address_equal(&root, &parent));
        cr_assert(tasks_is_body(&body, size_of(i), (uint8_t)i), "body %u of %u", i, entries);
    }
    cr_assert(!batch_next_task(&batch, &header, &body));
    cr_assert(!batch_next_task(&batch, &header, &body));
}

Test(batch, tasks_come_out_as_they_went_in)
{
    static const unsigned counts[] = {1, 2, 3, 15, 16, 17, 255, MOST};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct letter *letter = bundle_of_tasks(counts[i]);
        check_tasks(letter, counts[i]);
        letter_unref(letter);
    }
}

Test(batch, results_come_out_as_they_went_in)
{
    uint8_t uuid[UUID_SIZE] = {9};
    for (unsigned entries = 1; entries <= MOST; entries += entries < 4 ? 1 : 84) {
        struct bundle bundle = {0};
        for (unsigned i = 0; i < entries; i++) {
            struct result_header result = {.return_address = tasks_root(i, 2),
                                           .completed_by = UINT32_MAX - i,
                                           .uuid = i % 2 ? uuid : NULL};
            bundle_add_result(&bundle, &result, tasks_body(size_of(i), (uint8_t)i));
        }
        uint32_t count;
        struct letter *letter = bundle_take(&bundle, &count);
        struct message message;
        struct batch batch;
        struct result_header result;
        struct slice body;
        decode(letter, &message);
        cr_assert(batch_open(&batch, &message, &letter->body));
        for (unsigned i = 0; i < entries; i++) {
            struct address address = tasks_root(i, 2);
            cr_assert(batch_next_result(&batch, &result, &body));
            cr_assert(address_equal(&result.return_address, &address));
            cr_assert_eq(result.completed_by, UINT32_MAX - i);
            cr_assert(i % 2 ? memcmp(result.uuid, uuid, sizeof(uuid)) == 0 : result.uuid == NULL);
            cr_assert(tasks_is_body(&body, size_of(i), (uint8_t)i));
        }
        cr_assert(!batch_next_result(&batch, &result, &body));
        letter_unref(letter);
        bundle_free(&bundle);
    }
}

Test(batch, pieces_are_of_a_slice_that_begins_anywhere)
{
    struct letter *letter = bundle_of_tasks(3);
    uint8_t *bytes;
    struct blob *blob = blob_new(letter->body.size + 100, &bytes);
    memset(bytes, 0xee, letter->body.size + 100);
    memcpy(bytes + 60, slice_data(&letter->body), letter->body.size);
    struct slice body = {blob, 60, letter->body.size};
    slice_drop(&letter->body);
    letter->body = body;
    check_tasks(letter, 3);
    letter_unref(letter);
}

Test(batch, a_batch_of_empty_bodies_has_none)
{
    struct bundle bundle = {0};
    struct task_header header = tasks_header(tasks_root(1, 1));
    for (unsigned i = 0; i < 3; i++)
        bundle_add_task(&bundle, &header, SLICE_NONE);
    uint32_t count;
    struct letter *letter = bundle_take(&bundle, &count);
    cr_assert_eq(letter->body.size, 0);
    cr_assert_eq(letter->body.blob, NULL);
    struct message message;
    struct batch batch;
    struct slice body;
    decode(letter, &message);
    cr_assert(batch_open(&batch, &message, &letter->body));
    for (count = 0; batch_next_task(&batch, &header, &body); count++)
        cr_assert(body.size == 0 && body.blob == NULL);
    cr_assert_eq(count, 3);
    letter_unref(letter);
    bundle_free(&bundle);
}

/* Whether a RESULT_BATCH with a body of `size` bytes and these lengths is read. */
static bool opens(size_t size, const uint64_t *lengths, unsigned count)
{
    struct builder headers = {0}, numbers = {0};
    struct result_header result = {.return_address = tasks_root(1, 1)};
    for (unsigned i = 0; i < count; i++) {
        builder_result(&headers, &result);
        builder_number(&numbers, lengths[i]);
    }
    struct message message = {.kind = KIND_RESULT_BATCH}, read;
    message.batch.tasks = builder_list(&headers);
    message.batch.lengths = builder_list(&numbers);
    struct letter *letter = letter_new(&message, tasks_body(size, 0));
    struct batch batch;
    decode(letter, &read);
    bool opened = batch_open(&batch, &read, &letter->body);
    letter_unref(letter);
    builder_free(&headers);
    builder_free(&numbers);
    return opened;
}

Test(batch, lengths_that_do_not_add_up_are_refused)
{
    cr_assert(opens(10, (uint64_t[]){4, 6}, 2));
    cr_assert(opens(10, (uint64_t[]){0, 10, 0}, 3));
    cr_assert(opens(0, (uint64_t[]){0, 0}, 2));
    cr_assert(!opens(10, (uint64_t[]){4, 5}, 2));
    cr_assert(!opens(10, (uint64_t[]){4, 7}, 2));
    cr_assert(!opens(10, (uint64_t[]){10, 10}, 2));
    cr_assert(!opens(0, (uint64_t[]){1}, 1));
    cr_assert(!opens(10, (uint64_t[]){9}, 1));
}

Test(batch, lengths_whose_sum_wraps_round_are_refused)
{
    cr_assert(!opens(10, (uint64_t[]){UINT64_MAX, 11}, 2));
    cr_assert(!opens(10, (uint64_t[]){1ull << 63, 1ull << 63, 10}, 3));
    cr_assert(!opens(0, (uint64_t[]){UINT64_MAX, 1}, 2));
    cr_assert(!opens(10, (uint64_t[]){UINT64_MAX - 9, 20}, 2));
}

enum { MAP = 7 };

/* The header of a map, as its client encodes it: the first task names the uuid, and the one at `odd` has
 * another name, or with `gap` another slot. */
static size_t encode_map(unsigned odd, bool gap, uint8_t *header, size_t capacity)
{
    static const uint8_t uuid[UUID_SIZE] = {7};
    struct message message = {.kind = KIND_SUBMIT_BATCH};
    struct builder tasks = {0}, lengths = {0};
    for (unsigned i = 0; i < MAP; i++) {
        struct task_header task = {.return_address = {WORKER_NIL, gap && i == odd ? i + 1 : i, 0},
                                   .uuid = i == 0 ? uuid : NULL,
                                   .runtime = span_text("python"),
                                   .name = span_text(!gap && i == odd ? "odd" : "even"),
                                   .meta = span_text("a meta of more than 16 bytes")};
        builder_task(&tasks, &task);
        builder_number(&lengths, i < MAP / 2 ? i : 0);
    }
    message.batch.tasks = builder_list(&tasks);
    message.batch.lengths = builder_list(&lengths);
    size_t size = message_encode(&message, header, capacity);
    builder_free(&tasks);
    builder_free(&lengths);
    return size;
}

/* Reads it, and each task by itself beside it; before the task at `cut` it is as if a part began there, whose
 * bytes are elsewhere. */
static void check_map(const uint8_t *header, size_t size, unsigned cut)
{
    struct message message;
    const char *why = "";
    struct batch batch;
    struct task_header alone;
    struct slice body = tasks_body(0 + 1 + 2, 1), piece;
    cr_assert_eq(message_decode(header, size, &message, &why), CODE_NONE, "%s", why);
    struct list tasks = message.batch.tasks;
    cr_assert(batch_open(&batch, &message, &body));
    for (unsigned i = 0; i < MAP; i++) {
        if (i == cut)
            batch.run = (struct task_run){.rest = NULL};
        const struct task_header *task = batch_read_task(&batch, &piece);
        cr_assert(task && list_next_task(&tasks, &alone));
        cr_assert(address_equal(&task->return_address, &alone.return_address), "task %u", i);
        cr_assert(task->name.size == alone.name.size &&
                  memcmp(task->name.data, alone.name.data, alone.name.size) == 0);
        cr_assert(task->meta.size == alone.meta.size && task->runtime.size == alone.runtime.size);
        cr_assert_eq(task->uuid == NULL, alone.uuid == NULL);
        cr_assert_eq(piece.size, i < MAP / 2 ? i : 0);
    }
    cr_assert_null(batch_read_task(&batch, &piece));
    slice_drop(&body);
}

Test(batch, a_map_whose_tasks_are_the_same_is_read_as_they_stand_there)
{
    uint8_t header[1024];
    for (unsigned odd = 0; odd <= MAP; odd++) {
        for (unsigned cut = 0; cut <= MAP; cut++) {
            check_map(header, encode_map(odd, false, header, sizeof header), cut);
            check_map(header, encode_map(odd, true, header, sizeof header), cut);
        }
    }
}
