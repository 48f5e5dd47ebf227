/* out: see out.h. JSON is jansson's: it refuses what is no UTF-8. */
#include "clients/cli/out.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "common/base/shown.h"
#include "common/wire/uuid.h"

/* jansson leaves all above U+001F as it is: what a terminal would act on goes out by its number. All of these
 * are below U+10000, and stand in texts only. */
static void put_json(const char *text, size_t size)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + size, *from = at;
    size_t length;
    bool shown;
    for (; at < end; at += length) {
        length = shown_next(at, (size_t)(end - at), &shown);
        if (shown)
            continue;
        unsigned character = length == 1   ? at[0]
                             : length == 2 ? (at[0] & 31u) << 6 | (at[1] & 63u)
                                           : (at[0] & 15u) << 12 | (at[1] & 63u) << 6 | (at[2] & 63u);
        fwrite(from, 1, (size_t)(at - from), stdout);
        printf("\\u%04x", character);
        from = at + length;
    }
    fwrite(from, 1, (size_t)(at - from), stdout);
}

void out_json(json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    if (text)
        put_json(text, strlen(text));
    putchar('\n');
    free(text);
    json_decref(value);
}

json_t *out_text(struct span text)
{
    json_t *value = json_stringn(text.data ? (const char *)text.data : "", text.size);
    if (value)
        return value;
    char *copy = mem_copy(text.data, text.size);
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)copy[i] > 126)
            copy[i] = '?';
    }
    value = json_stringn(copy, text.size);
    mem_free(copy);
    return value;
}

json_t *out_uuid(const uint8_t *uuid)
{
    char text[UUID_TEXT];
    uuid_text(uuid, text);
    return json_string(text);
}

/* The bytes in base64 (RFC 4648). The caller frees it with mem_free. */
static char *base64(const uint8_t *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = mem_alloc((size + 2) / 3 * 4 + 1), *at = text;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t left = (uint32_t)(size - i);
        uint32_t bits = (uint32_t)data[i] << 16 | (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                        (left > 2 ? data[i + 2] : 0);
        *at++ = digits[bits >> 18];
        *at++ = digits[bits >> 12 & 63];
        *at++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *at++ = left > 2 ? digits[bits & 63] : '=';
    }
    *at = '\0';
    return text;
}

void out_body(json_t *object, const char *name, const struct slice *body)
{
    const uint8_t *data = body->size ? slice_data(body) : (const uint8_t *)"";
    json_t *value = json_stringn((const char *)data, body->size);
    if (value) {
        json_object_set_new(object, name, value);
        return;
    }
    char key[64], *text = base64(data, body->size);
    snprintf(key, sizeof key, "%s_base64", name);
    json_object_set_new(object, key, json_string(text));
    mem_free(text);
}

void out_peer_text(FILE *file, struct span text, bool lines)
{
    bool shown;
    for (size_t i = 0, size; i < text.size; i += size) {
        size = shown_next(text.data + i, text.size - i, &shown);
        if (shown || (lines && (text.data[i] == '\n' || text.data[i] == '\t')))
            fwrite(text.data + i, 1, size, file);
        else
            putc('?', file);
    }
}

const char *out_age(uint64_t time, char text[32])
{
    static const struct {
        uint64_t from, unit; /* ms */
        const char *name;
    } steps[] = {{172800000, 86400000, "d"},
                 {7200000, 3600000, "h"},
                 {120000, 60000, "min"},
                 {1000, 1000, "s"},
                 {0, 1, "ms"}};
    size_t i = 0;
    while (time < steps[i].from)
        i++;
    snprintf(text, 32, "%" PRIu64 " %s", time / steps[i].unit, steps[i].name);
    return text;
}

bool out_flush(void)
{
    return fflush(stdout) == 0 && !ferror(stdout);
}
