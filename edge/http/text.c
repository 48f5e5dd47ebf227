/* text: see text.h. */
#include "edge/http/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/shown.h"

enum { USUAL = 128 /* bytes that a format makes, or less */ };

void text_clear(struct text *text)
{
    text->size = 0;
}

void text_free(struct text *text)
{
    mem_free(text->data);
    *text = (struct text){0};
}

static void reserve(struct text *text, size_t more)
{
    if (text->size + more <= text->capacity)
        return;
    text->capacity = 2 * (text->size + more);
    text->data = mem_resize(text->data, text->capacity, 1);
}

void text_bytes(struct text *text, const void *data, size_t size)
{
    if (size == 0)
        return;
    reserve(text, size);
    memcpy(text->data + text->size, data, size);
    text->size += size;
}

void text_put(struct text *text, const char *more)
{
    text_bytes(text, more, strlen(more));
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    reserve(text, USUAL);
    size_t room = text->capacity - text->size, size;
    size = (size_t)vsnprintf(text->data + text->size, room, format, arguments);
    if (size >= room) {
        reserve(text, size + 1);
        vsnprintf(text->data + text->size, size + 1, format, again);
    }
    text->size += size;
    va_end(again);
    va_end(arguments);
}

void text_json(struct text *text, const void *data, size_t size)
{
    const uint8_t *at = data;
    text_put(text, "\"");
    for (size_t i = 0, length; i < size; i += length) {
        bool shown;
        length = shown_next(at + i, size - i, &shown);
        if (at[i] == '\n' || at[i] == '\t')
            text_put(text, at[i] == '\n' ? "\\n" : "\\t");
        else if (!shown)
            text_put(text, "?");
        else if (at[i] == '"' || at[i] == '\\')
            text_format(text, "\\%c", at[i]);
        else
            text_bytes(text, at + i, length);
    }
    text_put(text, "\"");
}

void text_label(struct text *text, const char *value)
{
    const uint8_t *at = (const uint8_t *)value;
    size_t size = strlen(value);
    for (size_t i = 0, length; i < size; i += length) {
        bool shown;
        length = shown_next(at + i, size - i, &shown);
        if (shown && (at[i] == '"' || at[i] == '\\'))
            text_put(text, "\\");
        if (shown)
            text_bytes(text, at + i, length);
        else
            text_put(text, "?");
    }
}

struct blob *text_blob(const struct text *text)
{
    return blob_copy(text->data, text->size);
}
