/* text: a text that grows, for answers in HTTP; what others have a say in is escaped here. */
#ifndef MAILROOM_EDGE_HTTP_TEXT_H
#define MAILROOM_EDGE_HTTP_TEXT_H

#include <stddef.h>

#include "common/base/blob.h"

struct text {
    char *data;
    size_t size, capacity; /* bytes */
};

/* Makes it empty again, and keeps its memory; frees it. */
void text_clear(struct text *text);
void text_free(struct text *text);

void text_bytes(struct text *text, const void *data, size_t size);
void text_put(struct text *text, const char *more);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes of others' as a string in JSON, with its quotes, and as the value of a label in Prometheus' format,
 * without. What is no UTF-8 or may not be shown (common/base/shown) is '?', but line feeds and tabs stay in
 * JSON. */
void text_json(struct text *text, const void *data, size_t size);
void text_label(struct text *text, const char *value);

/* The text as a blob of its own. */
struct blob *text_blob(const struct text *text);

#endif
