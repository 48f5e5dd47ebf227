/* place: the folder of a journal, and the lock by which one broker has it. */
#ifndef MAILROOM_JOURNAL_PLACE_H
#define MAILROOM_JOURNAL_PLACE_H

#include <stdbool.h>

#define PLACE_FILE "journal.db"

/* Makes the folder where there is none, for this user alone, and locks it for this process, whose number it
 * notes. The lock's file, or -1: `why` (STORE_WHY bytes). The lock lasts until the file is closed. */
int place_lock(const char *place, char *why);

/* The same for who only looks: there must be a journal, and nobody may have it. */
int place_lock_to_look(const char *place, char *why);

/* The path of the database in there; to be freed with mem_free. */
char *place_file(const char *place, const char *name);

#endif
