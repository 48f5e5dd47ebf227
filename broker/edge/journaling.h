/* journaling: a journal between the loop and the core: its rows into the core at the start, the core's
 * records into it, and what is safe back to the core. */
#ifndef MAILROOM_BROKER_EDGE_JOURNALING_H
#define MAILROOM_BROKER_EDGE_JOURNALING_H

#include "broker/edge/settings.h"

struct waiting;

struct journaling {
    struct journal *journal; /* NULL: there is none, or another broker has it */
    struct waiting *waiting; /* then: who waits for it; else NULL */
    struct edge *edge;
    bool anew; /* its database was lost while it was read: it is opened anew, or waited for */
    uint64_t committed;
    uint64_t failures;
    enum journal_refusal refusal;
    char why[STORE_WHY]; /* the same in words, as the log has it */
};

/* Opens the journal that the settings name, if any, and says in `config` what the broker is by it. Where
 * another broker has it, or its database is not there, it is waited for in a thread: this one is a standby,
 * and `config->standby` says why. False: the reason was written. */
bool journaling_open(struct journaling *journaling, struct broker_settings *settings);

/* A standby's: ends the loop of `edge` with code 0 as soon as the waiting is over. */
void journaling_watch(struct journaling *journaling, struct edge *edge);

/* Behind that loop: the journal is this broker's now, as by journaling_open. False: it is not; the waiting is
 * over all the same, and unless it was ended for that the reason was written and `*code` is 1. */
bool journaling_take_over(struct journaling *journaling, struct broker_settings *settings, int *code);

/* Tells `core` all that is in it, and goes on writing; before the loop runs. False: the reason was written,
 * and `anew` says whether a new core may have it. */
bool journaling_begin(struct journaling *journaling, struct edge *edge, const struct edge_core *core,
                      const char *program);

/* Writes what is left, and closes. */
void journaling_end(struct journaling *journaling, const char *program);

#endif
