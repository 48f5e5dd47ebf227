/* key: which roles a key stands for; see key.h. */
#include "common/link/key.h"

#include <string.h>

#include "common/wire/kinds.h"

static const struct {
    const char *name;
    unsigned may; /* a bit for each role in HELLO */
} roles[KEY_SELF + 1] = {
    [KEY_NONE] = {"none", ~0u},
    [KEY_BROKER] = {"broker", 1u << ROLE_BOSS},
    [KEY_MANAGER] = {"manager", 1u << ROLE_MANAGER | 1u << ROLE_BOSS}, /* a boss to those below it */
    [KEY_WORKER] = {"worker", 1u << ROLE_WORKER},
    [KEY_CLIENT] = {"client", 1u << ROLE_CLIENT},
    [KEY_ADMIN] = {"admin", 1u << ROLE_CLIENT},
    [KEY_SELF] = {"of this program itself", 0},
};

const char *key_role_name(enum key_role role)
{
    return roles[role].name;
}

enum key_role key_role_find(const char *name)
{
    unsigned role = KEY_ROLE_LIMIT - 1;
    while (role > KEY_NONE && strcmp(roles[role].name, name) != 0)
        role--;
    return (enum key_role)role;
}

bool key_may(const struct key *key, unsigned role)
{
    return (roles[key->role].may >> role & 1) != 0;
}

bool key_same(const struct key *one, const struct key *other)
{
    if (one->role == KEY_NONE || other->role == KEY_NONE)
        return one->role == other->role;
    return memcmp(one->bytes, other->bytes, KEY_SIZE) == 0;
}
