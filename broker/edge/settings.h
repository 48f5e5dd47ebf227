/* settings: mailroomd's command line and configuration file. */
#ifndef MAILROOM_BROKER_EDGE_SETTINGS_H
#define MAILROOM_BROKER_EDGE_SETTINGS_H

#include "broker/core/broker.h"
#include "broker/journal/journal.h"
#include "edge/options.h"

enum { BROKER_SETTINGS = 64 }; /* rows of the table, at most */

struct broker_settings {
    struct options options;
    struct broker_config config;
    struct journal_plan journal;  /* store.place NULL: there is none */
    char *sync;                   /* what its setting says, NULL: nothing */
    char *http;                   /* where it is served, NULL: nowhere; */
    struct host_port serve;       /* and what that says */
    uint64_t default_connections; /* config.max_connections before the settings were read */
    struct setting rows[BROKER_SETTINGS];
};

/* Reads both; ends the program with code 2 on a bad argument. False: the reason was written to standard
 * error. */
bool broker_settings_read(struct broker_settings *settings, int argc, char **argv);

void broker_settings_free(struct broker_settings *settings);

#endif
