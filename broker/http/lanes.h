/* lanes: bars of a timeline in rows, so that two bars of one row lie beside each other or one within the
 * other: what trace viewers can draw. */
#ifndef MAILROOM_BROKER_HTTP_LANES_H
#define MAILROOM_BROKER_HTTP_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/core/trace.h"

enum { NO_BAR = UINT32_MAX, MOST_LANES = 256 /* of a group: beyond that bars may lie across each other */ };

struct bar {
    const struct trace_end *end;
    uint64_t begun, ended; /* us */
    uint32_t parent;       /* the bar of the task that submitted it, NO_BAR: it is not there */
    uint32_t group, lane;  /* lanes are counted from 0 in each group */
    uint32_t under;        /* scratch */
};

/* Finds the bars' parents among them, of `count` bars that have their ends, and puts each within its
 * parent's: what is told late was not before. */
void lanes_find_parents(struct bar *bars, uint32_t count);

/* Gives each bar a lane in its group, and puts `order`, numbers of bars, into the order of groups, begins and
 * ends. A bar lies within another one only where that is its parent, or with `any`, where there is room. */
void lanes_lay(struct bar *bars, uint32_t *order, uint32_t count, bool any);

#endif
