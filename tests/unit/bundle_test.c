/* Tests of common/wire/bundle: what goes into one batch, its limits, and whose the bodies are. That a reader
 * gets out what went in is tests/unit/batch_test.c's. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/wire/bundle.h"
#include "tasks.h"

static void add_task(struct bundle *bundle, size_t size)
{
    struct task_header header = tasks_header(tasks_root(1, bundle->count));
    bundle_add_task(bundle, &header, tasks_body(size, 0));
}

static uint8_t kind_of(struct bundle *bundle, uint32_t *count)
{
    struct letter *letter = bundle_take(bundle, count);
    uint8_t kind = letter->kind;
    letter_unref(letter);
    return kind;
}

Test(bundle, nothing_makes_no_letter)
{
    struct bundle bundle = {0};
    uint32_t count = 5;
    cr_assert_eq(bundle_take(&bundle, &count), NULL);
    cr_assert_eq(count, 0);
    cr_assert(!bundle_is_full_for(&bundle, KIND_SUBMIT, SIZE_MAX)); /* one may always go in */
    bundle_free(&bundle);
}

Test(bundle, one_goes_alone_and_more_in_a_batch)
{
    struct bundle bundle = {0};
    struct result_header result = {.return_address = tasks_root(1, 1)};
    uint32_t count;
    add_task(&bundle, 10);
    cr_assert_eq(kind_of(&bundle, &count), KIND_SUBMIT);
    cr_assert_eq(count, 1);
    add_task(&bundle, 10);
    add_task(&bundle, 0);
    cr_assert_eq(kind_of(&bundle, &count), KIND_SUBMIT_BATCH);
    cr_assert_eq(count, 2);
    bundle_add_result(&bundle, &result, SLICE_NONE);
    cr_assert_eq(kind_of(&bundle, &count), KIND_RESULT);
    for (unsigned i = 0; i < 3; i++)
        bundle_add_result(&bundle, &result, SLICE_NONE);
    cr_assert_eq(kind_of(&bundle, &count), KIND_RESULT_BATCH);
    cr_assert_eq(count, 3);
    bundle_free(&bundle);
}

Test(bundle, tasks_and_results_do_not_mix)
{
    struct bundle bundle = {0};
    add_task(&bundle, 1);
    cr_assert(bundle_is_full_for(&bundle, KIND_RESULT, 0));
    cr_assert(!bundle_is_full_for(&bundle, KIND_SUBMIT, 0));
    bundle_free(&bundle);
}

Test(bundle, holds_so_many_entries)
{
    struct bundle bundle = {0};
    uint32_t count;
    while (!bundle_is_full_for(&bundle, KIND_SUBMIT, 0))
        add_task(&bundle, 0);
    cr_assert_eq(bundle.count, BUNDLE_MOST);
    cr_assert_eq(kind_of(&bundle, &count), KIND_SUBMIT_BATCH);
    cr_assert_eq(count, BUNDLE_MOST);
    cr_assert(!bundle_is_full_for(&bundle, KIND_SUBMIT, 0));
    bundle_free(&bundle);
}

Test(bundle, holds_so_many_bytes)
{
    struct bundle bundle = {0};
    add_task(&bundle, BUNDLE_BYTES - 100);
    cr_assert(!bundle_is_full_for(&bundle, KIND_SUBMIT, 100));
    cr_assert(bundle_is_full_for(&bundle, KIND_SUBMIT, 101));
    uint32_t count;
    kind_of(&bundle, &count);
    add_task(&bundle, 10 * BUNDLE_BYTES); /* a body that is larger goes alone */
    cr_assert(bundle_is_full_for(&bundle, KIND_SUBMIT, 1));
    cr_assert_eq(kind_of(&bundle, &count), KIND_SUBMIT);
    bundle_free(&bundle);
}

Test(bundle, holds_so_much_of_headers)
{
    struct bundle bundle = {0};
    static char meta[10000];
    struct task_header header = tasks_header(tasks_root(1, 1));
    header.meta = (struct span){(const uint8_t *)meta, sizeof(meta)};
    while (!bundle_is_full_for(&bundle, KIND_SUBMIT, 0))
        bundle_add_task(&bundle, &header, SLICE_NONE);
    cr_assert_eq(bundle.count, BUNDLE_HEADER_BYTES / sizeof(meta) + 1);
    bundle_free(&bundle);
}

/* A task of a map, with all that a header may have but ancestors. */
static struct task_header of_map(uint32_t slot)
{
    struct task_header header = tasks_header(tasks_root(1ull << 40, slot));
    header.comp_task_id = 1ull << 40;
    header.runtime = span_text("python/3495");
    header.name = span_text("square");
    header.meta = span_text("meta");
    header.flags = TASK_TIMED;
    header.shared = 300;
    header.session = 5;
    return header;
}

Test(bundle, what_is_alike_is_written_as_by_itself)
{
    static const uint32_t slots[] = {0, 1, 127, 128, 255, 256, 65535, 65536, UINT32_MAX, 3};
    struct bundle plain = {0}, bundle = {0};
    uint32_t count;
    for (unsigned i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        struct task_header header = of_map(slots[i]);
        bundle_add_task(&plain, &header, tasks_body(i, 0));
        if (i == 0)
            bundle_add_task(&bundle, &header, tasks_body(i, 0));
        else
            bundle_add_task_alike(&bundle, slots[i], tasks_body(i, 0));
    }
    struct letter *one = bundle_take(&plain, &count), *other = bundle_take(&bundle, &count);
    cr_assert_eq(count, sizeof slots / sizeof slots[0]);
    cr_assert_eq(one->header_size, other->header_size);
    cr_assert_eq(memcmp(one->header, other->header, one->header_size), 0);
    cr_assert_eq(one->body.size, other->body.size);
    letter_unref(one);
    letter_unref(other);
    bundle_free(&plain);
    bundle_free(&bundle);
}

Test(bundle, one_body_alone_is_not_copied)
{
    struct bundle bundle = {0};
    struct task_header header = tasks_header(tasks_root(1, 1));
    struct slice body = tasks_body(100000, 0);
    uint32_t count;
    bundle_add_task(&bundle, &header, slice_ref(&body));
    struct letter *letter = bundle_take(&bundle, &count);
    cr_assert_eq(letter->body.blob, body.blob);
    cr_assert_eq(body.blob->refs, 2);
    letter_unref(letter);
    cr_assert_eq(body.blob->refs, 1);
    bundle_free(&bundle);
    slice_drop(&body);
}

Test(bundle, gives_back_the_bodies_whatever_becomes_of_it)
{
    struct bundle bundle = {0};
    struct task_header header = tasks_header(tasks_root(1, 1));
    struct slice body = tasks_body(100, 0);
    uint32_t count;
    for (unsigned i = 0; i < 10; i++)
        bundle_add_task(&bundle, &header, slice_ref(&body));
    letter_unref(bundle_take(&bundle, &count));
    cr_assert_eq(body.blob->refs, 1);
    for (unsigned i = 0; i < 10; i++)
        bundle_add_task(&bundle, &header, slice_ref(&body));
    bundle_free(&bundle); /* a peer that is lost */
    cr_assert_eq(body.blob->refs, 1);
    slice_drop(&body);
}
