/* log_rate: how many lines of a kind may be written, so that no peer fills a disk with them. In charge of the
 * counting; what is written is log.c's.
 *
 * A kind is the text that a line was made from. Within a kind, lines that differ in their numbers only are of
 * one matter: each matter has a small rate of its own, and each kind one for all of its matters, since a peer
 * can call itself by ever new names. */
#ifndef MAILROOM_EDGE_LOG_RATE_H
#define MAILROOM_EDGE_LOG_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum { LOG_MATTER = 120 /* bytes of a line that are kept to say what was left out, with the closing zero */ };

/* Lines that were left out. */
struct log_left_out {
    uint64_t count;
    unsigned level;        /* of the last of them, */
    char text[LOG_MATTER]; /* and how it began */
};

/* Whether a line may be written now (ms); if not, it is counted. `kind` is an address that lines of its kind
 * share. */
bool log_rate_take(const void *kind, unsigned level, const char *text, uint64_t now);

/* Gives what was left out and not told of for a while, one matter a call; `all`: however short that is. */
bool log_rate_next(uint64_t now, bool all, struct log_left_out *left_out);

#endif
