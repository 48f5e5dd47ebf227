/* task_options: the options of the commands that submit tasks or wait for them. */
#ifndef MAILROOM_CLI_TASK_OPTIONS_H
#define MAILROOM_CLI_TASK_OPTIONS_H

#include "clients/cli/command.h"

struct task_options {
    const char *runtime, *name, *output;
    uint64_t priority;
    uint64_t ahead;  /* unfinished tasks at a time */
    bool wait;       /* for what becomes of the tasks */
    uint64_t within; /* ms that they may take; NEVER: as long as they like */
    bool detach;     /* the tasks are in the user's session, and outlive this process */
    bool keep;       /* results stay at the broker when they were fetched */
};

enum {
    OPTION_RUNTIME = COMMAND_OWN,
    OPTION_NAME,
    OPTION_PRIORITY,
    OPTION_AHEAD,
    OPTION_DETACH,
    OPTION_KEEP,
    TASK_OPTIONS_OWN, /* a command's own without a letter begin here */
};

/* Rows for a command's table. */
#define TASK_SUBMIT_ROWS                                                                                  \
    {{"runtime", OPTION_RUNTIME, "NAME", 0, "The kind of worker that the task needs (plain)", 1},         \
     COMPLETE_CHOICE,                                                                                     \
     "plain python bqskit",                                                                               \
     0},                                                                                                  \
        {{"name", OPTION_NAME, "TEXT", 0, "A name for people, which `list` shows", 1},                    \
         COMPLETE_NOTHING,                                                                                \
         NULL,                                                                                            \
         0},                                                                                              \
        {{"priority", OPTION_PRIORITY, "NUMBER", 0,                                                       \
          "0 to 255; among your tasks the higher goes first (128)", 1},                                   \
         COMPLETE_NOTHING,                                                                                \
         NULL,                                                                                            \
         0},                                                                                              \
    {                                                                                                     \
        {"detach",                                                                                        \
         OPTION_DETACH,                                                                                   \
         NULL,                                                                                            \
         0,                                                                                               \
         "Submit into the session file, so that Ctrl-C leaves the tasks running, and prints their uuids", \
         1},                                                                                              \
            COMPLETE_NOTHING, NULL, 0                                                                     \
    }

#define TASK_WAIT_ROW(doc)                                                               \
    {                                                                                    \
        {"wait", 'w', "SECONDS", OPTION_ARG_OPTIONAL, doc, 1}, COMPLETE_NOTHING, NULL, 0 \
    }

#define TASK_KEEP_ROW                                                                                        \
    {                                                                                                        \
        {"keep", OPTION_KEEP, NULL, 0, "Leave the results at the broker, so that they can be fetched again", \
         1},                                                                                                 \
            COMPLETE_NOTHING, NULL, 0                                                                        \
    }

void task_options_init(struct task_options *options);

/* As argp's parsers. */
error_t task_options_parse(struct task_options *options, int key, char *text, struct argp_state *state);

/* Reads a number of at most `most`; ends the program with a text that names the option where it is none. */
uint64_t task_options_number(const char *option, const char *text, uint64_t most, struct argp_state *state);

#endif
