/* uuid: tasks' uuids as people write them, 8-4-4-4-12 hexadecimal digits, and tokens, which are digits alone.
 */
#ifndef MAILROOM_UUID_H
#define MAILROOM_UUID_H

#include <stdbool.h>

#include "common/wire/message.h"

enum { UUID_TEXT = 37 }; /* bytes, with the closing zero */

void uuid_text(const uint8_t uuid[UUID_SIZE], char text[UUID_TEXT]);

/* Writes 2 `size` digits and a closing zero. */
void hex_text(const uint8_t *bytes, size_t size, char *text);

/* Reads one, with or without its hyphens. */
bool uuid_parse(const char *text, uint8_t uuid[UUID_SIZE]);

#endif
