/* runtimes: see runtimes.h. */
#include "common/runtimes.h"

#include <assert.h>
#include <string.h>

unsigned runtimes_use(struct runtimes *runtimes, struct span name, bool needed)
{
    unsigned free = NO_RUNTIME, spare = 0;
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        if (runtimes->table[i].uses == 0) {
            if (spare++ == 0)
                free = i;
        } else if (strlen(runtimes->table[i].name) == name.size &&
                   memcmp(runtimes->table[i].name, name.data, name.size) == 0) {
            runtimes->table[i].uses++;
            return i;
        }
    }
    if (free == NO_RUNTIME || (needed && spare <= SPARE_RUNTIMES) || name.size > MAX_RUNTIME ||
        memchr(name.data, 0, name.size))
        return NO_RUNTIME;
    memcpy(runtimes->table[free].name, name.data, name.size);
    runtimes->table[free].name[name.size] = 0;
    runtimes->table[free].version[0] = 0;
    runtimes->table[free].uses = 1;
    return free;
}

unsigned runtimes_find(const struct runtimes *runtimes, struct span name)
{
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        if (runtimes->table[i].uses > 0 && strlen(runtimes->table[i].name) == name.size &&
            memcmp(runtimes->table[i].name, name.data, name.size) == 0)
            return i;
    }
    return NO_RUNTIME;
}

void runtimes_drop(struct runtimes *runtimes, unsigned number)
{
    assert(runtimes->table[number].uses > 0);
    runtimes->table[number].uses--;
}

void runtimes_set_version(struct runtimes *runtimes, unsigned number, struct span version)
{
    size_t size = version.size < sizeof(runtimes->table[0].version) ? version.size
                                                                    : sizeof(runtimes->table[0].version) - 1;
    memcpy(runtimes->table[number].version, version.data, size);
    runtimes->table[number].version[size] = 0;
}
