/* bytes: byte strings as text and back, the part of text.h that stories use for bodies and raw mail. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/story/text.h"

enum { REPEATED = 64 }; /* equal bytes, from which on they are written as one and a factor */

static int digit_value(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = digit == '\0' ? NULL : strchr(digits, tolower((unsigned char)digit));
    return found == NULL ? -1 : (int)(found - digits);
}

/* One byte as it stands between quotes; returns how many characters that took (1 to 4). */
static size_t write_byte(char *out, uint8_t byte)
{
    if (byte == '"' || byte == '\\') {
        out[0] = '\\';
        out[1] = (char)byte;
        return 2;
    }
    if (byte >= ' ' && byte < 0x7f) {
        out[0] = (char)byte;
        return 1;
    }
    static const char digits[] = "0123456789abcdef";
    memcpy(out, (char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, 4);
    return 4;
}

char *text_of_bytes(const uint8_t *data, size_t size)
{
    if (size >= REPEATED && memcmp(data, data + 1, size - 1) == 0) {
        char one[5] = {0};
        write_byte(one, data[0]);
        return text_format("\"%s\"*%zu", one, size);
    }
    char *text = mem_alloc(4 * size + 3), *at = text;
    *at++ = '"';
    for (size_t i = 0; i < size; i++) {
        at += write_byte(at, data[i]);
    }
    *at++ = '"';
    *at = '\0';
    return text;
}

uint8_t *text_to_bytes(const char *text, size_t *size)
{
    if (*text++ != '"') {
        return NULL;
    }
    uint8_t *data = mem_alloc(strlen(text));
    *size = 0;
    while (*text != '"' && *text != '\0') {
        if (*text == '\\' && text[1] == 'x' && digit_value(text[2]) >= 0 && digit_value(text[3]) >= 0) {
            data[(*size)++] = (uint8_t)(digit_value(text[2]) * 16 + digit_value(text[3]));
            text += 4;
            continue;
        }
        text += *text == '\\' && text[1] != '\0';
        data[(*size)++] = (uint8_t)*text++;
    }
    if (text[0] == '"' && text[1] == '*' && *size == 1) {
        uint8_t byte = data[0];
        *size = strtoull(text + 2, NULL, 10);
        data = mem_resize(data, *size + 1, 1);
        memset(data, byte, *size);
    }
    return data;
}

uint8_t *text_from_hex(const char *text, size_t *size)
{
    size_t digits = strlen(text);
    uint8_t *data = mem_alloc(digits / 2 + 1);
    for (size_t i = 0; i < digits; i += 2) {
        int high = digit_value(text[i]), low = digit_value(text[i + 1]);
        if (high < 0 || low < 0) {
            mem_free(data);
            return NULL;
        }
        data[i / 2] = (uint8_t)(high * 16 + low);
    }
    *size = digits / 2;
    return data;
}

char *text_hex(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(2 * size + 1);
    text[0] = '\0';
    for (size_t i = 0; i < size; i++) {
        snprintf(text + 2 * i, 3, "%02x", data[i]);
    }
    return text;
}
