/* drive: who turns a loop, where several threads might: a thread that waits, the library's own, or an event
 * loop of the caller's. At any moment at most one thread is the leader, and only the leader touches the loop
 * and its core; the others hand in under the lock what the core takes at its next turn, and take what it has
 * put out. mailroom.h, THREADS, says what callers see of it. */
#ifndef MAILROOM_C_DRIVE_H
#define MAILROOM_C_DRIVE_H

#include "clients/c/edge/loop.h"

struct drive;

struct drive_config {
    struct loop_config loop;
    /* Whether what `what` names (bits of the owner's) is so. Called under the lock, with loop.core.state. */
    bool (*ready)(const void *state, unsigned what);
};

/* NULL: errno says why. The own thread is not started. */
struct drive *drive_new(const struct drive_config *config);

/* Ends the own thread, then the loop: see loop_free. */
void drive_free(struct drive *drive, bool forked, int linger);

struct loop *drive_loop(const struct drive *drive);

/* Around what callers hand in or take, and what the core takes or puts out: short, and never nested. */
void drive_lock(struct drive *drive);
void drive_unlock(struct drive *drive);

/* In place of drive_unlock by who has handed something in: the leader is woken where he sleeps. */
void drive_hand_in(struct drive *drive);

/* Under the lock, by the core: all that was handed in is taken. */
void drive_taken(struct drive *drive);

enum drive_end { DRIVE_READY, DRIVE_TIMED_OUT, DRIVE_INTERRUPTED, DRIVE_BY_LOOP /* not so, or not here */ };

/* Waits until `what` is so, at most `timeout` ms (-1: for ever; 0: after one turn, where this thread may
 * lead). `spare`: only while nobody else waits for a part of `what`; and this thread never leads. */
enum drive_end drive_wait(struct drive *drive, unsigned what, bool spare, int timeout);

/* See mailroom_client_interrupt. */
void drive_interrupt(struct drive *drive);

/* Starts the own thread. False: errno; EBUSY: the caller's event loop drives it. */
bool drive_start(struct drive *drive);

/* From now on the caller's event loop drives it. The descriptor; -1: errno, EBUSY: there is an own thread. */
int drive_file(struct drive *drive);

/* One turn without waiting. False: there is an own thread, or somebody waits. */
bool drive_step(struct drive *drive);

#endif
