/* Headers: the recorded vectors, limits, texts, and what a reader made of libmpack says of the hot kinds. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/message.h"
#include "tests/support/message_parse.h"
#include "tests/support/message_text.h"
#include "tests/support/vectors.h"
#include "tests/unit/oracle.h"

enum { TEXT = 8192 };

static FILE *open_vectors(const char *path)
{
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s cannot be read", path);
    return file;
}

Test(message, good_vectors_mean_what_they_say)
{
    FILE *file = open_vectors(MAILROOM_SOURCE_DIR "/tests/vectors/messages.txt");
    struct vector vector = {0};
    unsigned count = 0;
    for (; vector_next(file, &vector); count++) {
        struct message message;
        const char *why = "";
        char text[TEXT];
        enum error_code code = message_decode(vector.bytes, vector.size, &message, &why);
        cr_assert(!code, "%s: %s: %s", vector.name, code_name(code), why);
        message_text(&message, text, sizeof text);
        cr_expect_str_eq(text, vector.text, "%s: %s", vector.name, text);
    }
    fclose(file);
    cr_assert_gt(count, 80);
}

Test(message, encoding_gives_the_bytes_of_canonical_vectors)
{
    FILE *file = open_vectors(MAILROOM_SOURCE_DIR "/tests/vectors/messages.txt");
    struct vector vector = {0};
    struct message_scratch scratch = {0};
    bool seen[KIND_LIMIT] = {false};
    while (vector_next(file, &vector)) {
        struct message message;
        uint8_t bytes[TEXT];
        if (!vector.canonical)
            continue;
        cr_assert(message_parse_text(vector.text, &message, &scratch), "%s: wrong at: %s", vector.name,
                  scratch.fault);
        size_t size = message_encode(&message, bytes, sizeof bytes);
        cr_expect(size == vector.size && !memcmp(bytes, vector.bytes, size), "%s", vector.name);
        cr_expect_leq(size, message_bound(&message), "%s", vector.name);
        seen[message.kind] = true;
    }
    fclose(file);
    message_scratch_free(&scratch);
    for (unsigned kind = 0; kind < KIND_LIMIT; kind++)
        cr_expect(seen[kind] || *kind_name(kind) == '?', "no vector of %s", kind_name(kind));
}

Test(message, malformed_vectors_are_refused_with_their_code)
{
    FILE *file = open_vectors(MAILROOM_SOURCE_DIR "/tests/vectors/malformed.txt");
    struct vector vector = {0};
    unsigned count = 0;
    for (; vector_next(file, &vector); count++) {
        struct message message;
        const char *why = NULL;
        enum error_code code = message_decode(vector.bytes, vector.size, &message, &why);
        cr_expect_str_eq(code ? code_name(code) : "NONE", vector.code, "%s", vector.name);
        cr_expect(why && strstr(why, vector.why), "%s: %s", vector.name, why);
    }
    fclose(file);
    cr_assert_gt(count, 200);
}

Test(message, a_header_cut_anywhere_is_refused)
{
    FILE *file = open_vectors(MAILROOM_SOURCE_DIR "/tests/vectors/messages.txt");
    struct vector vector = {0};
    while (vector_next(file, &vector)) {
        struct message message;
        const char *why;
        if (!vector.canonical)
            continue;
        for (size_t size = 0; size < vector.size; size++) {
            uint8_t *cut = mem_copy(vector.bytes, size);
            cr_expect_eq(message_decode(cut, size, &message, &why), CODE_MALFORMED, "%s, %zu bytes",
                         vector.name, size);
            mem_free(cut);
        }
    }
    fclose(file);
}

Test(message, a_refusal_keeps_what_was_read_of_kind_and_numbers)
{
    static const uint8_t short_submit[] = {0x94, 1, 7, 9, 4}, other_version[] = {0x95, 3, 7, 9, 4, 0xc3};
    struct message message;
    const char *why;
    cr_assert_eq(message_decode(short_submit, sizeof short_submit, &message, &why), CODE_MALFORMED);
    cr_expect(message.kind == KIND_SUBMIT && message.seq == 9 && message.ack == 4);
    cr_assert_eq(message_decode(other_version, sizeof other_version, &message, &why), CODE_BAD_VERSION);
    cr_expect(message.kind == KIND_SUBMIT && message.seq == 9 && message.ack == 4);
    cr_assert_eq(message_decode(other_version, 1, &message, &why), CODE_MALFORMED);
    cr_expect(message.kind == KIND_LIMIT && message.seq == 0 && message.ack == 0);
}

Test(message, what_is_missing_is_named_with_how_many_came_and_how_many_there_must_be)
{
    static const uint8_t submit[] = {0x94, 1, KIND_SUBMIT, 9, 4}, status[] = {0x95, 1, KIND_STATUS, 9, 4, 7};
    struct message message;
    const char *why;
    cr_assert_eq(message_decode(submit, sizeof submit, &message, &why), CODE_MALFORMED);
    cr_expect_str_eq(
        why, "SUBMIT: has fewer fields than its kind: 4 came, of at least 5: field 4, task, is missing");
    cr_assert_eq(message_decode_head(status, sizeof status, &message, &why), CODE_MALFORMED);
    cr_expect_str_eq(
        why, "STATUS: has fewer fields than its kind: 5 came, of at least 6: field 5, uuid, is missing");
}

Test(message, a_header_of_more_than_8_mib_is_too_large)
{
    uint8_t *bytes = mem_zalloc(MAX_HEADER + 1, 1);
    struct message message;
    const char *why;
    cr_expect_eq(message_decode(bytes, MAX_HEADER + 1, &message, &why), CODE_TOO_LARGE);
    mem_free(bytes);
}

/* A SUBMIT_BATCH of `count` tasks, decoded; whatever the refusal says is checked by the caller. */
static enum error_code decode_batch(unsigned count, unsigned *taken)
{
    struct task_header task = {.runtime = span_text("plain"), .breadcrumbs = {0}};
    struct builder tasks = {0}, lengths = {0};
    for (unsigned i = 0; i < count; i++) {
        task.return_address.slot = i;
        builder_task(&tasks, &task);
        builder_number(&lengths, i);
    }
    struct message message = {.kind = KIND_SUBMIT_BATCH,
                              .batch = {builder_list(&tasks), builder_list(&lengths)}};
    size_t bound = message_bound(&message);
    uint8_t *bytes = mem_alloc(bound);
    size_t size = message_encode(&message, bytes, bound);
    const char *why;
    enum error_code code = message_decode(bytes, size, &message, &why);
    uint64_t length;
    for (*taken = 0; !code && list_next_task(&message.batch.tasks, &task); ++*taken) {
        cr_assert(list_next_number(&message.batch.lengths, &length));
        cr_assert(task.return_address.slot == *taken && length == *taken);
    }
    mem_free(bytes);
    builder_free(&tasks);
    builder_free(&lengths);
    return code;
}

Test(message, a_batch_has_65536_entries_and_no_more)
{
    unsigned taken;
    cr_expect_eq(decode_batch(MAX_BATCH, &taken), CODE_NONE);
    cr_expect_eq(taken, MAX_BATCH);
    cr_expect_eq(decode_batch(MAX_BATCH + 1, &taken), CODE_TOO_LARGE);
}

/* What comes with a header just below its limit must not be above it when it is written again, with numbers
 * of fixed width: its next reader would end the link. */
Test(message, what_is_passed_on_is_bounded)
{
    uint8_t *meta = mem_zalloc(1, MAX_META + 1);
    const char *why = "";
    for (size_t size = MAX_META; size <= MAX_META + 1; size++) {
        struct message message = {.kind = KIND_SUBMIT}, read;
        message.submit.runtime = span_text("plain");
        message.submit.meta = (struct span){meta, size};
        size_t bound = message_bound(&message);
        uint8_t *header = mem_alloc(bound);
        enum error_code code = message_decode(header, message_encode(&message, header, bound), &read, &why);
        cr_assert_eq(code, size > MAX_META ? CODE_TOO_LARGE : CODE_NONE, "%s", why);
        mem_free(header);
    }
    mem_free(meta);
    struct builder builder = {0};
    struct address address = {0};
    while (builder.count < MAX_ADDRESSES_READ + 1) {
        builder_address(&builder, &address);
        if (builder.count < MAX_ADDRESSES_READ)
            continue;
        struct message message = {.kind = KIND_UPDATE}, read;
        message.addresses.addresses = builder_list(&builder);
        size_t bound = message_bound(&message);
        uint8_t *header = mem_alloc(bound);
        enum error_code code = message_decode(header, message_encode(&message, header, bound), &read, &why);
        cr_assert_eq(code, builder.count > MAX_ADDRESSES_READ ? CODE_MALFORMED : CODE_NONE, "%s", why);
        mem_free(header);
    }
    builder_free(&builder);
}

Test(message, a_buffer_that_is_too_small_is_told_the_size)
{
    struct message message = {.kind = KIND_SHUTDOWN, .shutdown = {span_text("the end")}};
    uint8_t bytes[64];
    size_t size = message_encode(&message, bytes, sizeof bytes);
    cr_expect_eq(message_encode(&message, NULL, 0), size);
    cr_expect_eq(message_encode(&message, bytes, size), size); /* less than the bound, and enough */
    cr_expect_eq(bytes[size - 1], 'd');
    cr_expect_gt(message_bound(&message), size);
}

Test(message, a_text_that_is_not_utf8_goes_out_as_question_marks)
{
    struct message message = {.kind = KIND_SHUTDOWN, .shutdown = {span_text("a\xff \xc3\xa9 \xe2\x82")}}, got;
    uint8_t bytes[64];
    const char *why;
    size_t size = message_encode(&message, bytes, sizeof bytes);
    cr_assert_eq(message_decode(bytes, size, &got, &why), CODE_NONE);
    cr_expect(!memcmp(got.shutdown.text.data, "a? \xc3\xa9 ??", got.shutdown.text.size));
}

Test(message, stamping_writes_over_seq_and_ack_of_every_kind)
{
    struct message_scratch scratch = {0};
    for (unsigned kind = 0; kind < KIND_LIMIT; kind++) {
        struct message message, got;
        uint8_t bytes[256];
        const char *why;
        if (*kind_name(kind) == '?' || kind == KIND_SUBMIT_BATCH || kind == KIND_RESULT_BATCH)
            continue;
        cr_assert(message_parse_text(kind_name(kind), &message, &scratch));
        size_t size = message_encode(&message, bytes, sizeof bytes);
        message_stamp(bytes, UINT64_MAX, 1);
        cr_assert_eq(message_decode(bytes, size, &got, &why), CODE_NONE, "%s", kind_name(kind));
        cr_expect(got.seq == UINT64_MAX && got.ack == 1, "%s", kind_name(kind));
    }
    message_scratch_free(&scratch);
}

Test(message, a_line_that_is_no_message_is_refused_where_it_is_wrong)
{
    struct message_scratch scratch = {0};
    struct message message;
    static const char *const wrong[] = {"NOTHING|",
                                        "SUBMIT |who=1",
                                        "SUBMIT uuid=|[]",
                                        "PING |text=x",
                                        "WAITING idle=|x",
                                        "CANCEL addresses=[(1,2|)]",
                                        "ERROR code=|OOPS",
                                        "ERROR text=\"no end|",
                                        "WAITING idle=|4294967296",
                                        "CONNECT paths=[] paths=|[]"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[128];
        size_t mark = strcspn(wrong[i], "|");
        snprintf(line, sizeof line, "%.*s%s", (int)mark, wrong[i], wrong[i] + mark + 1);
        cr_expect(!message_parse_text(line, &message, &scratch), "%s", line);
    }
    message_scratch_free(&scratch);
}

/* The same numbers for the same seed, on every machine. */
static uint32_t draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

/* Changes, inserts or cuts a byte or two. Returns the new size, at most one more. */
static size_t mutate(uint8_t *bytes, size_t size, uint32_t *state)
{
    static const uint8_t tags[] = {0x00, 0x7f, 0x80, 0x90, 0x93, 0x9a, 0xa0, 0xbf, 0xc0, 0xc2, 0xc4,
                                   0xc5, 0xc6, 0xca, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3,
                                   0xd4, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xe0, 0xff};
    for (uint32_t changes = 1 + draw(state) % 2; changes && size; changes--) {
        size_t at = draw(state) % size;
        uint8_t value = draw(state) % 2 ? tags[draw(state) % sizeof tags] : (uint8_t)draw(state);
        switch (draw(state) % 8) {
        case 0: memmove(bytes + at, bytes + at + 1, --size - at); break;
        case 1: size = at; break;
        case 2:
            memmove(bytes + at + 1, bytes + at, size++ - at);
            bytes[at] = value;
            break;
        case 3: bytes[at] = (uint8_t)(bytes[at] + 1); break;
        case 4: bytes[at] ^= (uint8_t)(1u << draw(state) % 8); break;
        default: bytes[at] = value; break;
        }
    }
    return size;
}

static bool compare(const struct vector *vector, const uint8_t *bytes, size_t size)
{
    char text[TEXT], expected[TEXT];
    struct message message;
    const char *why = NULL;
    enum error_code code = message_decode(bytes, size, &message, &why);
    bool accepts = oracle_text(bytes, size, expected, sizeof expected);
    cr_assert_eq(accepts, code == CODE_NONE, "a mutation of %s: %s", vector->name, why);
    if (!accepts)
        return false;
    message_text(&message, text, sizeof text);
    cr_assert_str_eq(text, expected, "a mutation of %s", vector->name);
    return true;
}

Test(message, hand_and_libmpack_read_the_same)
{
    enum { ROUNDS = 400 };
    FILE *file = open_vectors(MAILROOM_SOURCE_DIR "/tests/vectors/messages.txt");
    struct vector vector = {0};
    unsigned accepted = 0, refused = 0;
    uint32_t state = 20261123;
    while (vector_next(file, &vector)) {
        for (unsigned i = 0; i < ROUNDS; i++) {
            uint8_t *bytes = malloc(vector.size + 2);
            memcpy(bytes, vector.bytes, vector.size);
            size_t size = i ? mutate(bytes, vector.size, &state) : vector.size;
            bytes = realloc(bytes, size ? size : 1); /* so that a sanitizer sees who reads further */
            *(compare(&vector, bytes, size) ? &accepted : &refused) += 1;
            free(bytes);
        }
    }
    fclose(file);
    cr_expect(accepted > 5000 && refused > 5000, "accepted %u, refused %u", accepted, refused);
}
