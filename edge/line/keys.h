/* keys: what a process with keys holds: its own key pair, the public keys of those that it dials, and the
 * table of the keys that it lets in. PROTOCOL.md section 8. */
#ifndef MAILROOM_EDGE_KEYS_H
#define MAILROOM_EDGE_KEYS_H

#include "common/base/index.h"
#include "common/link/event.h"
#include "edge/line/certificates.h"

/* A key of the table. */
struct allowed_key {
    struct key key;
    char text[KEY_TEXT_SIZE];
    char *file; /* that it stands in */
};

struct key_table {
    struct allowed_key *at;
    uint32_t count, capacity;
    struct index index; /* by text */
};

/* Which files they are, and for what. */
struct keys_plan {
    const char *own, *broker, *manager, *allowed; /* borrowed; NULL: not needed */
    unsigned roles;                               /* a bit for each that its own certificate may have */
    unsigned doors[DOOR_LINE]; /* for each listening door: a bit for each role that its key lets in there */
};

struct keys {
    struct certificate own, broker, manager; /* of role KEY_NONE: not loaded */
    struct key self;                         /* the own one, of KEY_SELF */
    char *own_file, *broker_file, *manager_file;
    char *directory; /* of the table, NULL: nobody is let in */
    struct key_table table;
    unsigned doors[DOOR_LINE];
};

/* Whether this machine's libzmq has CURVE. */
bool keys_supported(void);

/* Loads all that the plan names. NULL: `why` (CERTIFICATE_WHY bytes) names the file and says what to do. */
struct keys *keys_new(const struct keys_plan *plan, char *why);
void keys_free(struct keys *keys);

/* How many keys the table has. */
unsigned keys_count(const struct keys *keys);

/* The key of the table with this text (Z85), NULL: it is not let in. */
const struct key *keys_find(const struct keys *keys, const char *text);

/* Whose key it is that comes to the door with this text, NULL: it is not let in there. The process's own key
 * is let in everywhere, as KEY_SELF where the table does not say more: a health check beside it has no other.
 */
const struct key *keys_let_in(const struct keys *keys, enum door door, const char *text);

/* Whether a key that was let in before is still: it stands in the table, in the same role, or is the
 * process's own, or there is no table. */
bool keys_still_has(const struct keys *keys, const struct key *key);

/* The certificate of those who are dialled as managers (KEY_MANAGER) or as the boss (KEY_BROKER), and its
 * file. */
const struct certificate *keys_server(const struct keys *keys, enum key_role role);
const char *keys_server_file(const struct keys *keys, enum key_role role);

/* Whether who has this certificate may be dialled: where there is a table, it has the key. */
bool keys_may_dial(const struct keys *keys, const struct certificate *server);

/* Reads the table again. Those keys that are not in it any more, or have another role now, are put into
 * `*gone`, an array to be freed with mem_free. False: something in it is bad, as `why` says, and the table
 * stays as it was. */
bool keys_reload(struct keys *keys, struct key **gone, size_t *count, char *why);

#endif
