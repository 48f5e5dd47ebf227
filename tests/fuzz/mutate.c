/* mutate: how libFuzzer changes an input of records (record.h): records are removed, copied, changed, and
 * spliced with another input's, and stay whole. */
#include <string.h>

#include "tests/fuzz/record.h"

/* NOLINTBEGIN(readability-identifier-naming): the names are libFuzzer's */
/* What libFuzzer calls, and what it has for that itself. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
/* NOLINTEND(readability-identifier-naming) */

/* The same numbers for the same seed. */
static unsigned next(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 8;
}

/* Copies `count` records from `from` into `data` before record `at`, as far as they fit; the new size. */
static size_t insert(uint8_t *data, size_t size, size_t max_size, size_t at, const uint8_t *from,
                     size_t count)
{
    size_t bytes = count * RECORD_SIZE, place = at * RECORD_SIZE;
    if (bytes > max_size - size)
        return size;
    memmove(data + place + bytes, data + place, size - place);
    memcpy(data + place, from, bytes);
    return size + bytes;
}

/* One change of whole records, or of one byte of one of them. */
static size_t change(uint8_t *data, size_t size, size_t max_size, unsigned *state)
{
    size_t count = size / RECORD_SIZE, at = next(state) % count, span = 1 + next(state) % 4;
    uint8_t copy[4 * RECORD_SIZE], *record = data + at * RECORD_SIZE;
    if (span > count - at)
        span = count - at;
    memcpy(copy, record, span * RECORD_SIZE);
    switch (next(state) % 8) {
    case 0: /* removed */
        if (span == count)
            return size;
        memmove(record, record + span * RECORD_SIZE, size - (at + span) * RECORD_SIZE);
        return size - span * RECORD_SIZE;
    case 1: /* repeated elsewhere */
        return insert(data, size, max_size, next(state) % (count + 1), copy, span);
    case 2: /* a new one, plain but for what and who */
        memset(copy, 0, RECORD_SIZE);
        copy[0] = (uint8_t)next(state);
        copy[1] = (uint8_t)next(state);
        copy[2 + next(state) % (RECORD_SIZE - 2)] = (uint8_t)next(state);
        return insert(data, size, max_size, next(state) % (count + 1), copy, 1);
    case 3: record[next(state) % 2] = (uint8_t)next(state); return size;
    case 4: record[2 + next(state) % (RECORD_SIZE - 2)] = 0; return size;
    case 5: record[2 + next(state) % (RECORD_SIZE - 2)] = (uint8_t)(next(state) % 8); return size;
    case 6: record[next(state) % RECORD_SIZE] ^= (uint8_t)(1u << next(state) % 8); return size;
    default:
        LLVMFuzzerMutate(record, RECORD_SIZE, RECORD_SIZE);
        return size; /* its size may shrink: never mind */
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    unsigned state = seed;
    size -= size % RECORD_SIZE;
    if (size == 0 && max_size >= RECORD_SIZE) {
        memset(data, 0, RECORD_SIZE);
        size = RECORD_SIZE;
    }
    for (unsigned changes = 1 + next(&state) % 4; changes && size; changes--)
        size = change(data, size, max_size, &state);
    return size;
}

/* The beginning of one and the end of the other, or a few records of the other amid the one. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed)
{
    unsigned state = seed;
    size_t a_count = a_size / RECORD_SIZE, b_count = b_size / RECORD_SIZE, most = max_size / RECORD_SIZE;
    if (a_count > most)
        a_count = most;
    if (!a_count || !b_count)
        return 0;
    size_t cut = next(&state) % (a_count + 1), from = next(&state) % b_count;
    size_t span = next(&state) % 2 ? b_count - from : 1 + next(&state) % (b_count - from);
    size_t kept = span == b_count - from ? cut : a_count;
    if (span > most - kept)
        span = most - kept;
    memcpy(out, a, kept * RECORD_SIZE);
    return insert(out, kept * RECORD_SIZE, max_size, cut, b + from * RECORD_SIZE, span);
}
