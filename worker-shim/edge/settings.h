/* settings: mailroom-shim's command line and configuration file. */
#ifndef MAILROOM_SHIM_EDGE_SETTINGS_H
#define MAILROOM_SHIM_EDGE_SETTINGS_H

#include <wordexp.h>

#include "edge/options.h"
#include "worker-shim/core/shim.h"

enum { SHIM_SETTINGS = 64 }; /* rows of the table, at most */

struct shim_settings {
    struct options options;
    struct shim_config config;
    uint64_t default_connections; /* config.max_connections before the settings were read */
    uint64_t worker_port;
    uint64_t workers, prefetch; /* for the config; workers 0: one for each processor */
    uint64_t grace;             /* ms that workers have to end by themselves */
    struct host_port broker;    /* to be dialled; no host: bosses dial this shim */
    char broker_text[2 * ADDRESS_SIZE];
    bool plain, forks;
    const char *name;         /* NULL: the host's */
    bool port_given, accepts; /* --port, --accept-managers */
    bool managers_open;       /* -m was read: bare words are managers */
    char *command_text;       /* of the configuration file */
    wordexp_t words;          /* of it */
    char **command;           /* argv of a worker, ends with NULL */
    char **owned_command;     /* the same, where it was put together here */
    struct setting rows[SHIM_SETTINGS];
};

/* Reads both; ends the program with code 2 on a bad argument. False: the reason was written to standard
 * error. */
bool shim_settings_read(struct shim_settings *settings, int argc, char **argv);

/* Whether bosses, or managers, may dial this shim. */
bool shim_settings_listens(const struct shim_settings *settings);

/* Whether this shim starts its workers. */
bool shim_settings_spawns(const struct shim_settings *settings);

void shim_settings_free(struct shim_settings *settings);

#endif
