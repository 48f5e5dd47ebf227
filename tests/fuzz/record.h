/* record: inputs that are lists of records: of what a fuzzer's bytes are made where they stand for a story of
 * many steps. A record has one size, so that whatever is inserted, removed, or copied from another input
 * leaves the rest of the story as it was. */
#ifndef MAILROOM_FUZZ_RECORD_H
#define MAILROOM_FUZZ_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/tell.h"

enum { RECORD_SIZE = 12 };

/* One step: what, by whom, and what its fields are drawn from, one byte after the other; 0 when all are
 * drawn, so that 0 is to be the ordinary choice everywhere. */
struct fuzz_record {
    unsigned what, who;
    const uint8_t *at, *end; /* borrowed */
};

struct records {
    const uint8_t *at, *end;
};

/* The next record; false: there are no more (what is left is shorter than one). */
bool records_next(struct records *records, struct fuzz_record *record);

/* The next byte, or 0. */
unsigned draw(struct fuzz_record *record);

/* A number below `limit`, which is at least 1; 0 for byte 0. */
unsigned draw_below(struct fuzz_record *record, unsigned limit);

/* One of three, the usual one for byte 0. */
uint64_t draw_of(struct fuzz_record *record, uint64_t usual, uint64_t one, uint64_t other);

/* True for a few bytes only. */
bool draw_rarely(struct fuzz_record *record);

#endif
