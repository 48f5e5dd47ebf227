/* reload: the table of keys is read again while connections are open that were made with its keys. */
#include "common/base/mem.h"
#include "edge/internal.h"
#include "edge/log.h"

/* Nothing more is sent to who has this key. What it sends is dropped by the listener, which does not find its
 * key any more, once the core has closed its connections. */
static void mute(struct edge *edge, const struct key *key)
{
    for (uint32_t number = 0; number < edge->conns.made; number++) {
        struct conn *conn = conns_get(&edge->conns, number);
        if (conn && conn->key.role != KEY_NONE && key_same(&conn->key, key))
            conn->failed = true;
    }
}

static void refuse_key(struct edge *edge, const struct key *key)
{
    struct event event = {.kind = EVENT_REVOKED, .key = key};
    log_line(LOG_WARNING, "the key of the %s %s is not let in any more", key_role_name(key->role), key->name);
    mute(edge, key);
    edge_event(edge, &event);
}

void edge_check_key(struct edge *edge, const struct edge_core *core, const struct key *key)
{
    edge->core = core;
    if (edge->keys && key->role != KEY_NONE && !keys_still_has(edge->keys, key))
        refuse_key(edge, key);
}

void edge_reload(struct edge *edge)
{
    char why[CERTIFICATE_WHY];
    struct key *gone;
    size_t count;
    if (!edge->keys || !edge->keys->directory) {
        log_line(LOG_WARNING, "SIGHUP: there is no table of keys to read again");
        return;
    }
    if (!keys_reload(edge->keys, &gone, &count, why)) {
        log_line(LOG_ERROR, "SIGHUP: the table of keys stays as it was: %s", why);
        return;
    }
    log_line(LOG_INFO, "SIGHUP: %u keys are let in, as %s says", keys_count(edge->keys),
             edge->keys->directory);
    zap_forget(edge->zap);
    for (size_t i = 0; i < count; i++)
        refuse_key(edge, &gone[i]);
    mem_free(gone);
}
