/* uuid: tasks' uuids as people write them: 8-4-4-4-12 hexadecimal digits. */
#ifndef MAILROOM_C_UUID_H
#define MAILROOM_C_UUID_H

#include <stdbool.h>

#include "common/wire/message.h"

enum { UUID_TEXT = 37 }; /* bytes, with the closing zero */

void uuid_text(const uint8_t uuid[UUID_SIZE], char text[UUID_TEXT]);

/* Reads one, with or without its hyphens. */
bool uuid_parse(const char *text, uint8_t uuid[UUID_SIZE]);

#endif
