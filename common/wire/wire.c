/* wire: what is too long to be inline: texts, and skipping. */
#include "common/wire/wire.h"

/* How many bytes the UTF-8 character at `at` takes; 0 when it is none: cut short, overlong, a surrogate, or
 * beyond U+10FFFF. */
static size_t character(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size > left)
        return 0;
    uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < lowest || at[1] > highest)
        return 0;
    for (size_t i = 2; i < size; i++)
        if (at[i] >> 6 != 2)
            return 0;
    return size;
}

/* Whether these up to 8 bytes are ASCII, as nearly all texts are: two loads that may overlap. */
static bool is_ascii(const uint8_t *data, size_t size)
{
    uint64_t eight;
    uint32_t first, last;
    if (size == sizeof eight) {
        memcpy(&eight, data, sizeof eight);
        return !(eight & 0x8080808080808080);
    }
    if (size < sizeof first)
        return !((data[0] | data[size / 2] | data[size - 1]) & 0x80);
    memcpy(&first, data, sizeof first);
    memcpy(&last, data + size - sizeof last, sizeof last);
    return !((first | last) & 0x80808080);
}

size_t wire_utf8(const uint8_t *data, size_t size)
{
    size_t i = 0;
    while (i < size) {
        size_t piece = size - i < 8 ? size - i : 8;
        if (is_ascii(data + i, piece)) {
            i += piece;
            continue;
        }
        size_t length = character(data + i, size - i);
        if (!length)
            return i;
        i += length;
    }
    return size;
}

uint8_t *wire_put_text(uint8_t *at, const uint8_t *data, size_t size)
{
    uint8_t *end = wire_put_text_seen(at, data, size);
    at = end - size;
    for (size_t good = wire_utf8(at, size); good < size; good += wire_utf8(at + good, size - good))
        at[good] = '?';
    return end;
}

bool wire_skip(struct wire *wire, unsigned nesting)
{
    const uint8_t *data;
    size_t size;
    uint64_t number;
    if (wire->at == wire->end)
        return false;
    uint8_t tag = *wire->at;
    if (tag == WIRE_NIL)
        return wire_take_nil(wire);
    if (tag >> 5 == 5 || (tag >= 0xd9 && tag <= 0xdb))
        return wire_take_text(wire, &data, &size);
    if (tag >= 0xc4 && tag <= 0xc6)
        return wire_take_bytes(wire, &data, &size);
    if (tag >> 4 != 9 && tag != 0xdc && tag != 0xdd)
        return wire_take_number(wire, &number);

    uint32_t count;
    if (!nesting || !wire_take_array(wire, &count))
        return false;
    for (; count; count--)
        if (!wire_skip(wire, nesting - 1))
            return false;
    return true;
}
