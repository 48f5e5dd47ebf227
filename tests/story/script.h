/* script: the lines of a story that make peers come and go, which script_joins.c plays. Inside
 * tests/story/script*.c only. */
#ifndef MAILROOM_STORY_SCRIPT_H
#define MAILROOM_STORY_SCRIPT_H

#include "tests/story/world.h"

void do_revoked(struct world *world, const struct words *words);
void do_joins_client(struct world *world, const struct words *words);
void do_joins_boss(struct world *world, const struct words *words);
void do_joins_manager(struct world *world, const struct words *words);
void do_joins_worker(struct world *world, const struct words *words);
void do_opens(struct world *world, const struct words *words);
void do_comes_back(struct world *world, const struct words *words);

#endif
