/* bytes: short pieces of memory, as names and meta are: copied, compared and searched in a few instructions,
 * where calling the C library costs more than the work. What is longer is left to that. */
#ifndef MAILROOM_BYTES_H
#define MAILROOM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t bytes_eight(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint32_t bytes_four(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Copies `size` bytes to where they do not overlap with themselves; few by two moves that do. */
static inline void bytes_copy(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size > 16) {
        memcpy(to, from, size);
    } else if (size >= 8) {
        uint64_t first = bytes_eight(from), last = bytes_eight(from + size - 8);
        memcpy(to, &first, 8);
        memcpy(to + size - 8, &last, 8);
    } else if (size >= 4) {
        uint32_t first = bytes_four(from), last = bytes_four(from + size - 4);
        memcpy(to, &first, 4);
        memcpy(to + size - 4, &last, 4);
    } else if (size > 0) {
        to[0] = from[0];
        to[size / 2] = from[size / 2];
        to[size - 1] = from[size - 1];
    }
}

/* Whether `size` bytes are the same; of none nothing is looked at. */
static inline bool bytes_same(const uint8_t *one, const uint8_t *other, size_t size)
{
    if (size > 16)
        return memcmp(one, other, size) == 0;
    if (size >= 8)
        return bytes_eight(one) == bytes_eight(other) &&
               bytes_eight(one + size - 8) == bytes_eight(other + size - 8);
    if (size >= 4)
        return bytes_four(one) == bytes_four(other) &&
               bytes_four(one + size - 4) == bytes_four(other + size - 4);
    return size == 0 ||
           (one[0] == other[0] && one[size / 2] == other[size / 2] && one[size - 1] == other[size - 1]);
}

/* Whether up to 16 bytes are ASCII; false where there are more. */
static inline bool bytes_are_ascii(const uint8_t *at, size_t size)
{
    if (size > 16)
        return false;
    if (size >= 8)
        return !((bytes_eight(at) | bytes_eight(at + size - 8)) & 0x8080808080808080);
    if (size >= 4)
        return !((bytes_four(at) | bytes_four(at + size - 4)) & 0x80808080);
    return size == 0 || !((at[0] | at[size / 2] | at[size - 1]) & 0x80);
}

/* Whether a byte of a word is zero (Mycroft). */
static inline bool bytes_has_zero(uint64_t word)
{
    return ((word - 0x0101010101010101) & ~word & 0x8080808080808080) != 0;
}

/* Whether one of `size` bytes is `byte`. */
static inline bool bytes_has(const uint8_t *at, size_t size, uint8_t byte)
{
    const uint64_t all = 0x0101010101010101 * byte;
    if (size > 16)
        return memchr(at, byte, size) != NULL;
    if (size >= 8)
        return bytes_has_zero(bytes_eight(at) ^ all) || bytes_has_zero(bytes_eight(at + size - 8) ^ all);
    if (size >= 4)
        return bytes_has_zero((bytes_four(at) | (uint64_t)bytes_four(at + size - 4) << 32) ^ all);
    return size > 0 && (at[0] == byte || at[size / 2] == byte || at[size - 1] == byte);
}

#endif
