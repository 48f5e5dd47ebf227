/* session: the file in which a user's session at a broker is kept between commands: the token and where it is
 * valid, as the Python package's session_file has it, so that both can go on with each other's. */
#ifndef MAILROOM_CLI_SESSION_H
#define MAILROOM_CLI_SESSION_H

#include "clients/cli/invocation.h"
#include "common/wire/message.h"

struct session {
    char *file;
    int lock; /* the open file, locked; -1: not open */
    uint8_t token[UUID_SIZE];
};

/* Opens the session file of --session, or the user's own for the broker, which is made where there is none,
 * and locks it: one command is connected for a session at a time. Waits for the lock. Where --session names
 * the file and no broker was named, the broker is the file's. Returns CLI_FINE or an exit code, with the
 * reason written. */
int session_open(struct session *session, struct invocation *invocation);

/* Unlocks and closes it. */
void session_close(struct session *session);

/* A token for a session that no other process is to know. */
void session_private(uint8_t token[UUID_SIZE]);

#endif
