/* quote: see quote.h. */
#include "clients/c/core/quote.h"

#include <stdbool.h>
#include <string.h>

/* Bytes that mean nothing to a shell, wherever they stand. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:,@%^";

/* Writes one piece, or only counts where `at` is NULL. */
static size_t put(uint8_t *at, size_t size, const char *piece, size_t piece_size)
{
    if (at)
        memcpy(at + size, piece, piece_size);
    return size + piece_size;
}

/* Writes a word and what follows it. Inside quotes a ' is '\'' : the quotes end, an escaped one, and they
 * begin again. */
static size_t write_word(const char *word, const char *after, uint8_t *at)
{
    bool quoted = *word == '\0' || word[strspn(word, plain)] != '\0';
    size_t size = quoted ? put(at, 0, "'", 1) : 0;
    for (; *word; word++)
        size = *word == '\'' ? put(at, size, "'\\''", 4) : put(at, size, word, 1);
    if (quoted)
        size = put(at, size, "'", 1);
    return put(at, size, after, 1);
}

static size_t write_all(char *const *command, uint8_t *at)
{
    size_t size = 0;
    for (; *command; command++)
        size += write_word(*command, command[1] ? " " : "\n", at ? at + size : NULL);
    return size;
}

struct slice quote_command(char *const *command)
{
    uint8_t *bytes;
    size_t size = write_all(command, NULL);
    struct blob *blob = blob_new(size, &bytes);
    write_all(command, bytes);
    return (struct slice){blob, 0, size};
}
