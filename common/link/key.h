/* key: whose key a connection was made with, as a core sees it: a name and a role; PROTOCOL.md section 8.
 * What proves it is the edge's affair. */
#ifndef MAILROOM_KEY_H
#define MAILROOM_KEY_H

#include <stdbool.h>
#include <stdint.h>

enum { KEY_SIZE = 32 /* bytes of a public key */, KEY_NAME_SIZE = 64 /* with the closing zero */ };

enum key_role {
    KEY_NONE = 0, /* there is no key: ipc, or all of this process goes without */
    KEY_BROKER,
    KEY_MANAGER,
    KEY_WORKER,
    KEY_CLIENT,
    KEY_ADMIN,
    KEY_ROLE_LIMIT,
    KEY_SELF = KEY_ROLE_LIMIT /* this process's own key, where the table does not let it in: who has it may
                                 ask how this process is, and not shake hands */
};

struct key {
    enum key_role role;
    uint8_t bytes[KEY_SIZE];  /* the public key */
    char name[KEY_NAME_SIZE]; /* for people */
};

/* "broker", "manager" ... */
const char *key_role_name(enum key_role role);

/* The role of that name; KEY_NONE: there is none. */
enum key_role key_role_find(const char *name);

/* Whether who has this key may shake hands in `role` (common/wire/kinds.h). Without a key anybody may. */
bool key_may(const struct key *key, unsigned role);

/* Whether it is the same key, or none both times. */
bool key_same(const struct key *one, const struct key *other);

#endif
