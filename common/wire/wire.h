/* wire: MessagePack by hand: the few types that mailroom's headers are made of (PROTOCOL.md section 1). It
 * knows types and sizes, no fields.
 *
 * Reading: each function takes one value off the cursor, in any legal width, and returns true; or returns
 * false when there is another type, or not enough bytes (then the cursor's place is of no use). It never
 * looks beyond `end`, and takes no count and no length that exceeds what is left. Writing: each function
 * writes at `at`, which has room for it (see the WIRE_ sizes), in the shortest form unless it says otherwise,
 * and returns the place behind it. */
#ifndef MAILROOM_WIRE_H
#define MAILROOM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/bytes.h"

struct wire {
    const uint8_t *at, *end;
};

enum {
    WIRE_NIL = 0xc0,
    WIRE_UINT64 = 0xcf,
    WIRE_NUMBER = 9,  /* bytes: the most that a number takes */
    WIRE_PREFIX = 5,  /* the most that stands before the content of a text, bytes or an array */
    WIRE_NESTING = 4, /* how deep the arrays of a field may nest */
};

/* A big-endian number of `width` bytes: 1, 2, 4 or 8. */
static inline uint64_t wire_load(const uint8_t *at, size_t width)
{
    uint64_t eight;
    uint32_t four;
    switch (width) {
    case 8: memcpy(&eight, at, 8); return __builtin_bswap64(eight);
    case 4: memcpy(&four, at, 4); return __builtin_bswap32(four);
    case 2: return (uint64_t)at[0] << 8 | at[1];
    default: return at[0];
    }
}

/* The number of `width` bytes behind the tag, and the cursor behind it. */
static inline bool wire_take_wide(struct wire *wire, size_t width, uint64_t *number)
{
    if ((size_t)(wire->end - wire->at) <= width)
        return false;
    *number = wire_load(wire->at + 1, width);
    wire->at += 1 + width;
    return true;
}

/* An unsigned integer. A signed type that holds no negative number is one as well: some packers write those.
 */
static inline bool wire_take_number(struct wire *wire, uint64_t *number)
{
    if (wire->at == wire->end)
        return false;
    uint8_t tag = *wire->at;
    if (tag < 0x80) {
        *number = tag;
        wire->at++;
        return true;
    }
    if (tag < 0xcc || tag > 0xd3)
        return false;
    if (tag >= 0xd0 && wire->end - wire->at > 1 && wire->at[1] & 0x80)
        return false; /* negative */
    return wire_take_wide(wire, (size_t)1 << (tag & 3), number);
}

/* nil: true and taken, or false with the cursor where it was. */
static inline bool wire_take_nil(struct wire *wire)
{
    if (wire->at == wire->end || *wire->at != WIRE_NIL)
        return false;
    wire->at++;
    return true;
}

/* The head of an array; its elements follow, at least one byte each. */
static inline bool wire_take_array(struct wire *wire, uint32_t *count)
{
    if (wire->at == wire->end)
        return false;
    uint8_t tag = *wire->at;
    uint64_t number;
    if (tag >> 4 == 9) {
        number = tag & 15;
        wire->at++;
    } else if ((tag != 0xdc && tag != 0xdd) || !wire_take_wide(wire, tag == 0xdc ? 2 : 4, &number)) {
        return false;
    }
    *count = (uint32_t)number;
    return number <= (size_t)(wire->end - wire->at);
}

/* The content of a text or bytes whose tag and length were read: `*data` points into the input, also when
 * size is 0. */
static inline bool wire_take_content(struct wire *wire, uint64_t length, const uint8_t **data, size_t *size)
{
    if (length > (size_t)(wire->end - wire->at))
        return false;
    *data = wire->at;
    *size = length;
    wire->at += length;
    return true;
}

/* Bytes (bin). */
static inline bool wire_take_bytes(struct wire *wire, const uint8_t **data, size_t *size)
{
    uint64_t length;
    if (wire->at == wire->end || *wire->at < 0xc4 || *wire->at > 0xc6)
        return false;
    return wire_take_wide(wire, (size_t)1 << (*wire->at - 0xc4), &length) &&
           wire_take_content(wire, length, data, size);
}

/* The place of the first byte that is not part of valid UTF-8, `size` when there is none. */
size_t wire_utf8(const uint8_t *data, size_t size);

/* A text (str) that was seen to be valid UTF-8 before. */
static inline bool wire_take_text_seen(struct wire *wire, const uint8_t **data, size_t *size)
{
    uint64_t length;
    if (wire->at == wire->end)
        return false;
    uint8_t tag = *wire->at;
    if (tag >> 5 == 5) {
        length = tag & 31;
        wire->at++;
    } else if (tag < 0xd9 || tag > 0xdb || !wire_take_wide(wire, (size_t)1 << (tag - 0xd9), &length)) {
        return false;
    }
    return wire_take_content(wire, length, data, size);
}

/* A text (str) of valid UTF-8. Most are short and ASCII. */
static inline bool wire_take_text(struct wire *wire, const uint8_t **data, size_t *size)
{
    return wire_take_text_seen(wire, data, size) &&
           (bytes_are_ascii(*data, *size) || wire_utf8(*data, *size) == *size);
}

/* One value of any of the types, whose arrays nest at most `nesting` deep. */
bool wire_skip(struct wire *wire, unsigned nesting);

static inline uint8_t *wire_store(uint8_t *at, uint8_t tag, size_t width, uint64_t number)
{
    *at++ = tag;
    number = __builtin_bswap64(number);
    memcpy(at, (const uint8_t *)&number + 8 - width, width);
    return at + width;
}

static inline uint8_t *wire_put_nil(uint8_t *at)
{
    *at = WIRE_NIL;
    return at + 1;
}

static inline uint8_t *wire_put_number(uint8_t *at, uint64_t number)
{
    if (number < 0x80) {
        *at = (uint8_t)number;
        return at + 1;
    }
    if (number <= UINT8_MAX)
        return wire_store(at, 0xcc, 1, number);
    if (number <= UINT16_MAX)
        return wire_store(at, 0xcd, 2, number);
    if (number <= UINT32_MAX)
        return wire_store(at, 0xce, 4, number);
    return wire_store(at, WIRE_UINT64, 8, number);
}

/* Always 9 bytes, so that it can be written over. */
static inline uint8_t *wire_put_fixed(uint8_t *at, uint64_t number)
{
    return wire_store(at, WIRE_UINT64, 8, number);
}

/* The head of an array: `count` values are to follow. */
static inline uint8_t *wire_put_array(uint8_t *at, uint32_t count)
{
    if (count < 16) {
        *at = (uint8_t)(0x90 | count);
        return at + 1;
    }
    return count <= UINT16_MAX ? wire_store(at, 0xdc, 2, count) : wire_store(at, 0xdd, 4, count);
}

/* Bytes as they are, without a head: the encoded elements of an array, say. */
static inline uint8_t *wire_put_raw(uint8_t *at, const uint8_t *data, size_t size)
{
    bytes_copy(at, data, size);
    return at + size;
}

static inline uint8_t *wire_put_bytes(uint8_t *at, const uint8_t *data, size_t size)
{
    if (size <= UINT8_MAX)
        at = wire_store(at, 0xc4, 1, size);
    else
        at = size <= UINT16_MAX ? wire_store(at, 0xc5, 2, size) : wire_store(at, 0xc6, 4, size);
    return wire_put_raw(at, data, size);
}

/* A text that was seen to be valid UTF-8. */
static inline uint8_t *wire_put_text_seen(uint8_t *at, const uint8_t *data, size_t size)
{
    if (size < 32)
        *at++ = (uint8_t)(0xa0 | size);
    else if (size <= UINT8_MAX)
        at = wire_store(at, 0xd9, 1, size);
    else
        at = size <= UINT16_MAX ? wire_store(at, 0xda, 2, size) : wire_store(at, 0xdb, 4, size);
    return wire_put_raw(at, data, size);
}

/* A text. What is not UTF-8 in it goes out as question marks, for a peer must refuse it otherwise. */
uint8_t *wire_put_text(uint8_t *at, const uint8_t *data, size_t size);

#endif
