/* References to bytes: who frees, and when; what is kept by reference and what is copied. And the letters
 * made of them. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/letter.h"

/* A blob of somebody's own memory that counts its releases. */
struct own {
    struct blob_elsewhere head; /* first: released casts back */
    unsigned released;
    uint8_t bytes[4 * BLOB_COPY_BELOW];
};

static void released(struct blob *blob)
{
    ((struct own *)blob)->released++;
}

static struct own *own_new(void)
{
    struct own *own = mem_zalloc(1, sizeof *own);
    for (size_t i = 0; i < sizeof own->bytes; i++)
        own->bytes[i] = (uint8_t)(i * 7);
    blob_init(&own->head, own->bytes, sizeof own->bytes, released);
    return own;
}

Test(blob, the_last_reference_releases)
{
    struct own *own = own_new();
    struct slice slice = slice_of(blob_ref(&own->head.blob), 1, 2), other = slice_ref(&slice);
    blob_unref(&own->head.blob); /* the maker's */
    blob_unref(&own->head.blob); /* of blob_ref */
    slice_drop(&slice);
    cr_expect_eq(own->released, 0);
    cr_expect(!slice.blob && !slice.size);
    cr_expect_eq(slice_data(&other), own->bytes + 1);
    slice_drop(&other);
    cr_expect_eq(own->released, 1);
    mem_free(own);
}

Test(blob, an_empty_slice_holds_nothing)
{
    struct own *own = own_new();
    struct slice none = slice_of(&own->head.blob, 5, 0), kept = slice_keep(&own->head.blob, 5, 0),
                 again = slice_ref(&none);
    cr_expect(!none.blob && !kept.blob && !again.blob && !slice_data(&none));
    slice_drop(&none);
    blob_unref(NULL);
    blob_unref(&own->head.blob);
    cr_expect_eq(own->released, 1);
    mem_free(own);
}

/* Whether `size` bytes at `offset` are kept by reference; that they are the right ones is checked. */
static bool keeps(struct own *own, size_t offset, size_t size)
{
    struct slice slice = slice_keep(&own->head.blob, offset, size);
    bool by_reference = slice.blob == &own->head.blob;
    cr_expect_eq(slice.size, size);
    cr_expect(!memcmp(slice_data(&slice), own->bytes + offset, size));
    slice_drop(&slice);
    return by_reference;
}

Test(blob, what_is_large_and_most_of_its_blob_is_kept_by_reference_the_rest_is_copied)
{
    struct own *own = own_new();
    size_t whole = sizeof own->bytes;
    cr_expect(keeps(own, 0, whole));
    cr_expect(keeps(own, whole / 2 - 1, whole / 2 + 1));
    cr_expect(!keeps(own, whole / 2, whole / 2)); /* two of them would count it twice */
    cr_expect(!keeps(own, 3, BLOB_COPY_BELOW));
    own->head.size = BLOB_COPY_BELOW;
    cr_expect(keeps(own, 0, BLOB_COPY_BELOW));
    cr_expect(!keeps(own, 0, BLOB_COPY_BELOW - 1));
    blob_unref(&own->head.blob);
    cr_expect_eq(own->released, 1);
    mem_free(own);
}

Test(blob, a_part_costs_what_it_pins)
{
    struct own *own = own_new();
    size_t whole = sizeof own->bytes, most = whole / 2 + 1;
    struct blob *part = blob_of_slice(slice_of(&own->head.blob, 1, most));
    cr_expect_eq(blob_cost(NULL), 0);
    cr_expect_eq(blob_cost(&own->head.blob), whole + BLOB_COST);
    cr_expect_eq(blob_cost(part), whole + BLOB_COST);
    cr_expect_eq(blob_cost_kept(&own->head.blob, most), whole + BLOB_COST);
    cr_expect_eq(blob_cost_kept(&own->head.blob, most - 1), most - 1 + BLOB_COST);
    cr_expect_eq(blob_cost_kept(NULL, 0), 0);
    blob_unref(part);
    blob_unref(&own->head.blob);
    mem_free(own);
}

Test(blob, a_blob_may_have_more_bytes_than_its_head_can_say)
{
    for (size_t size = (size_t)BLOB_ELSEWHERE - 1; size <= (size_t)BLOB_ELSEWHERE + 1; size++) {
        uint8_t *bytes;
        struct blob *blob = blob_new(size, &bytes);
        bytes[size - 1] = 7; /* no other page of it is touched */
        cr_expect_eq(blob_size(blob), size);
        cr_expect_eq(blob_data(blob), bytes);
        cr_expect_eq(blob_data(blob)[size - 1], 7);
        cr_expect_eq(blob_cost(blob), size + BLOB_COST);
        blob_unref(blob);
    }
}

Test(blob, a_copy_does_not_follow_its_source)
{
    char bytes[] = "abc";
    struct blob *copy = blob_copy(bytes, 3), *none = blob_copy(NULL, 0);
    bytes[0] = 'x';
    cr_expect(blob_size(copy) == 3 && !memcmp(blob_data(copy), "abc", 3));
    cr_expect_eq(blob_size(none), 0);
    blob_unref(copy);
    blob_unref(none);
}

static void *refer(void *blob)
{
    for (int i = 0; i < 20000; i++)
        blob_unref(blob_ref(blob));
    return NULL;
}

Test(blob, references_are_counted_across_threads)
{
    struct own *own = own_new();
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, refer, &own->head.blob), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(atomic_load(&own->head.blob.refs), 1);
    blob_unref(&own->head.blob);
    cr_expect_eq(own->released, 1);
    mem_free(own);
}

Test(letter, costs_its_header_its_body_and_64_bytes)
{
    struct message message = {.kind = KIND_CHUNK, .chunk = {.length = 300}};
    struct blob *blob = blob_copy("0123456789", 10);
    struct letter *letter = letter_new(&message, slice_of(blob, 2, 5));
    cr_expect_eq(letter->header_size, 24);
    cr_expect_eq(letter_cost(letter), 24 + 5 + 64);
    letter_unref(letter_ref(letter));
    letter_unref(letter);
    letter_unref(NULL);
    cr_expect_eq(atomic_load(&blob->refs), 1);
    blob_unref(blob);
}

Test(letter, is_stamped_in_place)
{
    struct message message = {.kind = KIND_STATUS,
                              .status = {.corr = 5, .uuid = (const uint8_t *)"0123456789abcdef"}};
    struct letter *letter = letter_new(&message, SLICE_NONE);
    const char *why;
    letter_stamp(letter, 70000, 12);
    cr_assert_eq(message_decode(letter->header, letter->header_size, &message, &why), CODE_NONE);
    cr_expect(message.seq == 70000 && message.ack == 12 && message.status.corr == 5);
    letter_unref(letter);
}
