/* uuid: see uuid.h. */
#include "common/wire/uuid.h"

static char *put_byte(char *text, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    *text++ = digits[byte >> 4];
    *text++ = digits[byte & 15];
    return text;
}

/* Whether a hyphen stands before byte `i`. */
static bool hyphen_before(size_t i)
{
    return i == 4 || i == 6 || i == 8 || i == 10;
}

void uuid_text(const uint8_t uuid[UUID_SIZE], char text[UUID_TEXT])
{
    for (size_t i = 0; i < UUID_SIZE; i++) {
        if (hyphen_before(i))
            *text++ = '-';
        text = put_byte(text, uuid[i]);
    }
    *text = '\0';
}

void hex_text(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++)
        text = put_byte(text, bytes[i]);
    *text = '\0';
}

/* The value of a hexadecimal digit, -1: it is none. */
static int digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    char lower = (char)(byte | 32);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool uuid_parse(const char *text, uint8_t uuid[UUID_SIZE])
{
    for (size_t i = 0; i < UUID_SIZE; i++) {
        if (hyphen_before(i) && *text == '-')
            text++;
        int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
        if (low < 0)
            return false;
        uuid[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return *text == '\0';
}
