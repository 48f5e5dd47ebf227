/* call_keys: the keys that a command talks to the broker with. */
#ifndef MAILROOM_CLI_CALL_KEYS_H
#define MAILROOM_CLI_CALL_KEYS_H

#include "clients/cli/invocation.h"
#include "edge/line/keys.h"

/* Loads them, where the invocation says that there are some. False: `why` (CERTIFICATE_WHY bytes) names the
 * file. Without keys *keys is NULL; else keys_free frees them. */
bool call_keys(const struct invocation *invocation, struct keys **keys, char *why);

#endif
