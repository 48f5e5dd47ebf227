/* signals: the signals that end a program, read from a signalfd in the loop. */
#ifndef MAILROOM_EDGE_SIGNALS_H
#define MAILROOM_EDGE_SIGNALS_H

#include <stdbool.h>

enum signal_wish {
    SIGNALS_NOTHING,
    SIGNALS_SHUTDOWN, /* SIGINT: end everything below too */
    SIGNALS_LEAVE,    /* SIGTERM, or the terminal is gone (SIGHUP): end this process only */
    SIGNALS_RELOAD,   /* SIGHUP: read the table of keys again, where there can be one */
};

/* Blocks all signals that do not mean a crash or a stop, in this thread and those that it starts. Call it
 * before any thread exists. */
void signals_block(void);

/* Whether a signal asks a program to end, and may have been sent to many at once. */
bool signals_ask(int number);

/* Undoes that in a process that was forked off, before it becomes another program. */
void signals_unblock(void);

/* A signalfd for them. */
int signals_open(void);

/* Reads one. */
enum signal_wish signals_read(int file);

#endif
