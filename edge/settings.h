/* settings: one table of a program's settings, whether they come from the command line or from a
 * configuration file. Checks types and ranges, and says in words what is wrong and where. */
#ifndef MAILROOM_EDGE_SETTINGS_H
#define MAILROOM_EDGE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/line/address.h"

enum setting_type {
    SETTING_NUMBER,   /* target: uint64_t */
    SETTING_FLAG,     /* target: bool; in a file 0 or 1 */
    SETTING_TEXT,     /* target: const char *, owned by the settings */
    SETTING_TIME,     /* target: uint64_t, ms; as Slurm writes it: MINUTES, MM:SS, HH:MM:SS, D-HH:MM:SS */
    SETTING_ADDRESS,  /* target: struct host_port; a host, and a port that is `least` where none is said */
    SETTING_BROKERS,  /* the same, or several, separated by commas: host_port.others, owned by the settings */
    SETTING_MANAGERS, /* target: struct managers; hosts and ports, separated by commas or blanks */
};

/* A later one goes before an earlier one. */
enum setting_source { SETTING_DEFAULT, SETTING_ENVIRONMENT, SETTING_FILE, SETTING_COMMAND_LINE };

struct managers {
    struct host_port *at;
    size_t count;
    unsigned default_port;
};

struct setting {
    const char *path;        /* in a configuration file: "limits/tasks" */
    const char *environment; /* a variable that sets it too, NULL: none */
    int key;                 /* argp's key of its option, 0: it has none */
    enum setting_type type;
    void *target;
    uint64_t least, most;       /* of a number, or of a time in ms */
    enum setting_source source; /* that has set it */
};

struct settings {
    struct setting *rows;
    size_t count;
    char *again; /* lines about what stands in the file more than once, to be told; NULL: nothing does */
};

enum { SETTINGS_WHY = 512 }; /* bytes of a text that says what is wrong */

/* The setting of argp's `key`, or NULL. */
struct setting *settings_find(struct settings *settings, int key);

/* Sets one from its text. A list of managers grows, all others are replaced. False: `why` (SETTINGS_WHY
 * bytes) says what is wrong with the text; an empty one is wrong. */
bool settings_set(struct setting *setting, const char *text, char *why);

/* Sets all that the configuration file (zconfig, ZPL) names and the command line has not given. False: `why`
 * names the file, the path of the setting, and what is wrong. */
bool settings_load(struct settings *settings, const char *file, char *why);

/* Sets all that the environment has and nothing else has set. A variable that is empty counts as not set.
 * False: `why` names the variable. */
bool settings_environment(struct settings *settings, char *why);

/* What has set the setting of that target. */
enum setting_source settings_source(const struct settings *settings, const void *target);

/* Frees texts and lists. */
void settings_free(struct settings *settings);

#endif
