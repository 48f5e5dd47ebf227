/* shown: which characters of texts that peers have a say in may reach a terminal. Others could move its
 * cursor, hide what stands there, or have it read backwards. */
#ifndef MAILROOM_SHOWN_H
#define MAILROOM_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many of the `left` bytes at `at` (at least 1) are the next character, and in `*shown` whether it may be
 * shown: it is UTF-8, no control character (C0, DEL, C1), no separator of lines or paragraphs, and none that
 * overrides or isolates the direction of writing. */
size_t shown_next(const uint8_t *at, size_t left, bool *shown);

/* Puts '?' in place of each byte of what may not be shown, line feeds and tabs too. */
void shown_clean(char *text, size_t size);

#endif
