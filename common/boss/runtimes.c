/* runtimes: see runtimes.h. */
#include "common/boss/runtimes.h"

#include <assert.h>
#include <string.h>

static bool is_named(const struct runtimes *runtimes, unsigned number, struct span name)
{
    const char *text = runtimes->table[number].name;
    return strlen(text) == name.size && memcmp(text, name.data, name.size) == 0;
}

unsigned runtimes_use(struct runtimes *runtimes, struct span name, bool needed)
{
    unsigned free = NO_RUNTIME, spare = 0;
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        if (runtimes->table[i].uses == 0) {
            if (spare++ == 0)
                free = i;
        } else if (is_named(runtimes, i, name)) {
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
        if (runtimes->table[i].uses > 0 && is_named(runtimes, i, name))
            return i;
    }
    return NO_RUNTIME;
}

uint32_t runtimes_mask(const struct runtimes *runtimes, struct list names)
{
    uint32_t mask = 0;
    for (struct span name; list_next_text(&names, &name);) {
        unsigned number = runtimes_find(runtimes, name);
        mask |= number == NO_RUNTIME ? 0 : 1u << number;
    }
    return mask;
}

void runtimes_names(const struct runtimes *runtimes, uint32_t mask, struct builder *names)
{
    for (; mask; mask &= mask - 1) {
        const char *name = runtimes->table[__builtin_ctz(mask)].name;
        builder_text(names, name, strlen(name));
    }
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
