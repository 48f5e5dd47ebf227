/* shown: which characters of texts that peers have a say in may reach a terminal. */
#include "common/base/shown.h"

#include <string.h>

/* The bytes of the UTF-8 character at `at`, and which it is; 0: it is none. */
static size_t decode(const uint8_t *at, size_t left, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
    if (size == 0 || size > left)
        return 0;
    *character = size == 1 ? at[0] : at[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if (at[i] >> 6 != 2)
            return 0;
        *character = *character << 6 | (at[i] & 0x3f);
    }
    bool surrogate = *character >= 0xd800 && *character < 0xe000;
    return *character < least[size] || *character > 0x10ffff || surrogate ? 0 : size;
}

size_t shown_next(const uint8_t *at, size_t left, bool *shown)
{
    uint32_t c = 0;
    size_t size = decode(at, left, &c);
    bool control = c < ' ' || (c >= 0x7f && c < 0xa0);
    bool line = c == 0x2028 || c == 0x2029;
    bool direction = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                     (c >= 0x2066 && c <= 0x2069);
    *shown = size > 0 && !control && !line && !direction;
    return size > 0 ? size : 1;
}

void shown_clean(char *text, size_t size)
{
    bool shown;
    for (size_t i = 0, length; i < size; i += length) {
        length = shown_next((const uint8_t *)text + i, size - i, &shown);
        if (!shown)
            memset(text + i, '?', length);
    }
}
