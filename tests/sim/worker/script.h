/* script: the programs of a scenario, in place of the simulator's random ones (program.h, which script.c
 * implements): a task's body is the place of its program in the scenario. */
#ifndef SIM_WORKER_SCRIPT_H
#define SIM_WORKER_SCRIPT_H

#include "tests/sim/program.h"

enum { SCRIPTS = 8, SCRIPT_NAME = 32, SCRIPT_HEAR = 1000 /* and above: a compute that is a `hear N` */ };

/* Forgets all programs. */
void script_clear(void);

/* "NAME: STEP; STEP"; false where it makes no sense. A step names programs of earlier lines only. */
bool script_add(const char *line);

/* The place of a program of that name; SCRIPTS when there is none. */
unsigned script_find(const char *name, size_t size);

/* The name of the program that a body is of, "?" for no body. */
const char *script_name(const struct slice *body);

#endif
