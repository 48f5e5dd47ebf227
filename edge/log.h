/* log: lines on standard error, `2026-11-23 10:00:00.123 mailroomd WARNING text`. The only place that writes
 * there once a program runs. */
#ifndef MAILROOM_EDGE_LOG_H
#define MAILROOM_EDGE_LOG_H

#include "common/link/outbox.h"

/* Names the program in each line and says how much to write: as BQSKit's -v, 0 is warnings and errors, 1 adds
 * information, 2 and more all. `program` is kept, not copied. */
void log_open(const char *program, uint64_t verbosity);

/* From here on no line waits for who reads it: those for which there is no room are left out, and counted.
 * For programs that must go on, whoever reads them. */
void log_never_wait(void);

/* Only errors are to be written, whatever log_open said: for programs that tell people themselves. */
void log_only_errors(void);

/* Writes one line when the level is wanted. What may not reach a terminal (common/base/shown; peers have a
 * say in the text) is shown as '?'. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same of a text that is made already; lines of the same `kind` (an address) have one rate. */
void log_text(enum log_level level, const void *kind, const char *text);

/* Tells, when it is time, how many lines were left out since peers made too many of them (log_rate.h); to be
 * called now and then, and when the program ends. */
void log_turn(uint64_t now);
void log_end(void);

/* A line without time and level, for what a program says at its start. */
void log_plain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
