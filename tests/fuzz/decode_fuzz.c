/* decode_fuzz: any bytes as a header. The readers of common/ accept what a reader made of libmpack accepts,
 * and take it to mean the same; what they accept is written, read and written again without a change. */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/batch.h"
#include "common/wire/message_fields.h"
#include "tests/fuzz/tell.h"
#include "tests/support/message_text.h"
#include "tests/unit/oracle.h"

enum { TEXT = 1 << 17, MOST_BODY = 1 << 16 };

static char text[TEXT], other[TEXT];

/* Where UTF-8 ends by the table of RFC 3629, byte by byte: a second opinion on wire_utf8. */
static size_t utf8_length(const uint8_t *at, size_t size)
{
    static const struct {
        uint8_t least, most, second_least, second_most;
        unsigned length;
    } rows[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (at[0] < rows[i].least || at[0] > rows[i].most)
            continue;
        bool good = rows[i].length <= size &&
                    (rows[i].length < 2 || (at[1] >= rows[i].second_least && at[1] <= rows[i].second_most));
        for (unsigned j = 2; good && j < rows[i].length; j++)
            good = at[j] >= 0x80 && at[j] <= 0xbf;
        return good ? rows[i].length : 0;
    }
    return 0;
}

static void check_utf8(const uint8_t *data, size_t size)
{
    size_t place = 0, length;
    while (place < size && (length = utf8_length(data + place, size - place)) > 0)
        place += length;
    if (wire_utf8(data, size) != place)
        fuzz_fail("wire_utf8 says %zu, not %zu", wire_utf8(data, size), place);
}

/* wire_skip takes a value of the types that there are and leaves the cursor within the input. */
static void check_skip(const uint8_t *data, size_t size)
{
    struct wire wire = {data, data + size};
    while (wire.at < wire.end) {
        const uint8_t *before = wire.at;
        if (!wire_skip(&wire, WIRE_NESTING))
            return;
        if (wire.at <= before || wire.at > wire.end)
            fuzz_fail("wire_skip leaves the cursor %td bytes behind the start of %zu", wire.at - data, size);
    }
}

/* More than MOST_BODY where it is more, if not that sum. */
static uint64_t sum_of_lengths(const struct message *message)
{
    struct list lengths = message->batch.lengths;
    uint64_t sum = 0, length;
    while (list_next_number(&lengths, &length))
        sum = length > MOST_BODY || sum > MOST_BODY ? MOST_BODY + 1 : sum + length;
    return sum;
}

/* A batch opens with the body that its lengths ask for, and with no other; its entries share that body out.
 */
static void check_batch(const struct message *message)
{
    struct batch batch;
    struct slice piece;
    struct task_header task;
    struct result_header result;
    uint64_t sum = sum_of_lengths(message);
    struct blob *blob = blob_copy(text, MOST_BODY + 1);
    struct slice body = {blob, 0, sum}, wrong = {blob, 0, sum <= MOST_BODY ? sum + 1 : MOST_BODY};
    bool submits = message->kind == KIND_SUBMIT_BATCH;
    if (sum > MOST_BODY ? batch_open(&batch, message, &wrong) : !batch_open(&batch, message, &body))
        fuzz_fail("a batch whose lengths add up to %zu", (size_t)sum);
    uint32_t entries = 0;
    size_t left = sum;
    while (sum <= MOST_BODY &&
           (submits ? batch_next_task(&batch, &task, &piece) : batch_next_result(&batch, &result, &piece))) {
        entries++;
        left -= piece.size;
    }
    if (sum <= MOST_BODY && (left != 0 || entries != message->batch.tasks.count))
        fuzz_fail("%u entries of %u, %zu bytes left", entries, message->batch.tasks.count, left);
    if (sum <= MOST_BODY && batch_open(&batch, message, &wrong))
        fuzz_fail("a batch opens with another body");
    blob_unref(blob);
}

/* Writes `message` into memory of its own, exactly as large as the header. */
static uint8_t *encode(const struct message *message, size_t *size)
{
    size_t bound = message_bound(message);
    uint8_t *header = mem_alloc(bound);
    *size = message_encode(message, header, bound);
    if (*size > bound)
        fuzz_fail("a header of %zu bytes was to take %zu at most", *size, bound);
    return mem_resize(header, *size, 1);
}

static void check_round_trip(const struct message *message)
{
    struct message again;
    const char *why = "";
    size_t size, other_size;
    uint8_t *header = encode(message, &size);
    enum error_code code = message_decode(header, size, &again, &why);
    if (code)
        fuzz_fail("what was written is %s: %s", code_name(code), why);
    message_text(&again, other, sizeof other);
    if (strcmp(text, other) != 0)
        fuzz_fail("read  %s\nwrote %s", text, other);
    uint8_t *second = encode(&again, &other_size);
    if (size != other_size || memcmp(header, second, size) != 0)
        fuzz_fail("written twice, and not the same: %s", text);
    message_stamp(header, 77, 78);
    if (message_decode(header, size, &again, &why) || again.seq != 77 || again.ack != 78)
        fuzz_fail("a stamp is not where it belongs: %s", text);
    mem_free(header);
    mem_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message message;
    const char *why = NULL;
    check_utf8(data, size);
    check_skip(data, size);
    enum error_code code = message_decode(data, size, &message, &why);
    bool accepts = oracle_text(data, size, other, sizeof other);
    if (accepts != (code == CODE_NONE))
        fuzz_fail("libmpack's reader %s it: %s", accepts ? "accepts" : "refuses", why ? why : "accepted");
    if (code != CODE_NONE) {
        if (why == NULL || *why == '\0')
            fuzz_fail("refused as %s without a word", code_name(code));
        return 0;
    }
    message_text(&message, text, sizeof text);
    if (strcmp(text, other) != 0)
        fuzz_fail("hand     %s\nlibmpack %s", text, other);
    if (message_shape(message.kind)) {
        if (message.kind == KIND_SUBMIT_BATCH || message.kind == KIND_RESULT_BATCH)
            check_batch(&message);
        check_round_trip(&message);
    }
    return 0;
}
