/* runtimes: see runtimes.h. */
#include "common/boss/runtimes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/base/account.h"
#include "common/base/bytes.h"

static bool is_named(const struct runtimes *runtimes, unsigned number, struct span name)
{
    return runtimes->table[number].size == name.size &&
           bytes_same((const uint8_t *)runtimes->table[number].name, name.data, name.size);
}

/* Whether he whose task needs a new one may take a place of so many that are free. */
static bool has_place(const struct runtimes *runtimes, const void *needed_by, unsigned spare)
{
    unsigned own = 0;
    if (needed_by == NULL)
        return true;
    for (unsigned i = 0; i < MAX_RUNTIMES; i++)
        own += runtimes->table[i].uses > 0 && runtimes->table[i].needed_by == needed_by;
    unsigned free = spare > SPARE_RUNTIMES ? spare - SPARE_RUNTIMES : 0;
    return free > 0 && (own == 0 || own < ACCOUNT_SHARE * (free - 1));
}

unsigned runtimes_use(struct runtimes *runtimes, struct span name, const void *needed_by)
{
    unsigned free = NO_RUNTIME, spare = 0;
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        if (runtimes->table[i].uses == 0) {
            if (spare++ == 0)
                free = i;
        } else if (is_named(runtimes, i, name)) {
            runtimes->table[i].uses++;
            if (needed_by == NULL)
                runtimes->table[i].needed_by = NULL;
            return i;
        }
    }
    if (free == NO_RUNTIME || !has_place(runtimes, needed_by, spare) || name.size > MAX_RUNTIME ||
        memchr(name.data, 0, name.size))
        return NO_RUNTIME;
    memcpy(runtimes->table[free].name, name.data, name.size);
    runtimes->table[free].name[name.size] = 0;
    runtimes->table[free].size = (uint8_t)name.size;
    runtimes->table[free].version[0] = 0;
    runtimes->table[free].uses = 1;
    runtimes->table[free].born++;
    runtimes->table[free].needed_by = needed_by;
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

/* Whether it is a version of the runtime `plain`. */
static bool is_version_of(const struct runtimes *runtimes, unsigned number, struct span plain)
{
    const char *text = runtimes->table[number].name;
    return strlen(text) > plain.size && memcmp(text, plain.data, plain.size) == 0 && text[plain.size] == '/';
}

/* Without its version; false: it has none. */
static bool plain_of(struct span name, struct span *plain)
{
    const uint8_t *slash = name.size ? memchr(name.data, '/', name.size) : NULL;
    *plain = (struct span){name.data, slash ? (size_t)(slash - name.data) : name.size};
    return slash != NULL;
}

enum runtime_fit runtimes_fit(const struct runtimes *runtimes, uint32_t mask, struct span name,
                              struct span *plain)
{
    if (!plain_of(name, plain))
        return RUNTIME_FITS;
    bool versions = false, plainly = false;
    for (uint32_t left = mask; left; left &= left - 1) {
        unsigned number = (unsigned)__builtin_ctz(left);
        if (is_named(runtimes, number, name))
            return RUNTIME_FITS;
        versions = versions || is_version_of(runtimes, number, *plain);
        plainly = plainly || is_named(runtimes, number, *plain);
    }
    return versions ? RUNTIME_OTHER : plainly ? RUNTIME_PLAIN : RUNTIME_FITS;
}

void runtimes_versions(const struct runtimes *runtimes, uint32_t mask, struct span name, char *text,
                       size_t size)
{
    struct span plain;
    size_t length = 0;
    plain_of(name, &plain);
    text[0] = 0;
    for (uint32_t left = mask; left && length < size; left &= left - 1) {
        unsigned number = (unsigned)__builtin_ctz(left);
        if (!is_version_of(runtimes, number, plain))
            continue;
        const char *version = runtimes->table[number].version;
        length += (size_t)snprintf(text + length, size - length, "%s%s%s%s%s", length ? ", " : "",
                                   runtimes->table[number].name, *version ? " (" : "", version,
                                   *version ? ")" : "");
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
