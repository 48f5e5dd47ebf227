/* text: the words, values and variables that stories and messages-as-text are made of. It knows nothing of
 * messages. */
#ifndef STORY_TEXT_H
#define STORY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line cut at its blanks, except those in quotes and brackets. */
struct words {
    char **items; /* owned */
    size_t count;
};

struct words words_split(const char *line);
void words_free(struct words *words);

/* What stands behind "key=" in one of the words from `first` on; NULL: no such word. Borrowed. */
const char *words_value(const struct words *words, size_t first, const char *key);

/* Whether `words` begins with these space-separated words; "*" stands for any word. */
bool words_begin(const struct words *words, const char *pattern);

/* Names that a story gives to values: letters and then digits (M1, u1, w12), at most VARIABLE_SIZE - 1 of
 * them. */
enum { VARIABLE_SIZE = 16 };

struct variable {
    char name[VARIABLE_SIZE];
    char *value; /* owned */
};

struct variables {
    struct variable *items;
    size_t count;
};

void variables_free(struct variables *variables);
const char *variables_get(const struct variables *variables, const char *name); /* NULL: not bound */
void variables_set(struct variables *variables, const char *name, const char *value);

/* `value` with all of its variables replaced ("w1+1" adds to a number). An unbound one is bound to 16 bytes
 * that spell its name, as hexadecimal digits, where `fresh` says so; otherwise `*unbound` tells of it. The
 * caller frees the text. */
char *text_resolve(struct variables *variables, const char *value, bool fresh, bool *unbound);

/* Whether `value` is what `pattern` says. A variable that is not bound yet matches anything, and is bound to
 * it. */
bool text_match(struct variables *variables, const char *pattern, const char *value);

/* Bytes as a quoted text, with \xHH where they are not printable; 64 equal bytes and more are written "x"*64.
 * The caller frees it. */
char *text_of_bytes(const uint8_t *data, size_t size);

/* The inverse. NULL: `text` is not a quoted text. The caller frees the bytes. */
uint8_t *text_to_bytes(const char *text, size_t *size);

/* Bytes that are written as hexadecimal digits. NULL: not an even number of them. The caller frees the bytes.
 */
uint8_t *text_from_hex(const char *text, size_t *size);

/* A text of `size` bytes as 2 * size hexadecimal digits. The caller frees it. */
char *text_hex(const uint8_t *data, size_t size);

/* printf into memory that the caller frees. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
