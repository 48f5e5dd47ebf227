/* keys_find: see keys_find.h. */
#include "clients/c/edge/keys_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

/* As given, or else as the environment says; NULL: neither. */
static const char *choose(const char *given, bool environment, const char *variable)
{
    const char *there = given || !environment ? given : getenv(variable);
    return there && there[0] ? there : NULL;
}

/* An operator's folder has an admin's key in place of a client's. */
static const char *own_in(const char *folder, const char *const *names, char *path)
{
    for (const char *const *name = names; *name; name++) {
        snprintf(path, PATH_BYTES, "%s/%s.cert_secret", folder, *name);
        if (access(path, F_OK) == 0)
            return path;
    }
    snprintf(path, PATH_BYTES, "%s/%s.cert_secret", folder, names[0]);
    return path;
}

static bool is_one_alone(const char *key, const char *server, enum key_role role, char *why)
{
    const char *missing = role == KEY_BROKER ? "MAILROOM_BROKER_KEY" : "MAILROOM_MANAGER_KEY";
    snprintf(
        why, CERTIFICATE_WHY,
        "%s alone is not enough: a connection with keys needs an own secret key and the public key of the %s (or "
        "the folder with both); %s is not set",
        key ? key : server, key_role_name(role), key ? missing : "MAILROOM_KEY");
    return false;
}

bool keys_find_files(const struct keys_wish *wish, struct keys **keys, char *why)
{
    char own[PATH_BYTES], server[PATH_BYTES];
    bool manager = wish->server == KEY_MANAGER;
    bool none = wish->keys && !wish->keys[0] && !wish->key && !wish->server_key;
    const char *folder = choose(wish->keys, wish->environment, "MAILROOM_KEYS");
    const char *key = choose(wish->key, wish->environment, "MAILROOM_KEY");
    const char *other =
        choose(wish->server_key, wish->environment, manager ? "MAILROOM_MANAGER_KEY" : "MAILROOM_BROKER_KEY");
    *keys = NULL;
    if (none || strncmp(wish->address, "ipc://", 6) == 0 || (!folder && !key && !other))
        return true;
    if (!folder && (!key || !other))
        return is_one_alone(key, other, wish->server, why);
    if (!keys_supported()) {
        snprintf(why, CERTIFICATE_WHY, "there are keys, and this machine's libzmq was built without CURVE");
        return false;
    }
    if (!other) {
        snprintf(server, sizeof server, "%s/%s.cert", folder, key_role_name(wish->server));
        other = server;
    }
    struct keys_plan plan = {.own = key ? key : own_in(folder, wish->names, own),
                             .broker = manager ? NULL : other,
                             .manager = manager ? other : NULL,
                             .roles = wish->roles};
    *keys = keys_new(&plan, why);
    return *keys != NULL;
}
