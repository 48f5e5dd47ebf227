/* boss_crowd: see boss_crowd.h. */
#include "common/boss/boss_crowd.h"

/* So many runtimes one host, or key, may have that nobody else has, whoever else needs a place: a host with
 * two Pythons has some eight names. */
enum { FAIR_RUNTIMES = 8 };

/* Who has each runtime that no other host or key has. */
struct owners {
    uint32_t mask;
    const struct peer *of[MAX_RUNTIMES];
};

static bool is_same_user(const struct peer *one, const struct peer *other)
{
    return one->host == other->host && key_same(&one->key, &other->key);
}

static unsigned count_of(uint32_t mask)
{
    unsigned count = 0;
    for (; mask; mask &= mask - 1)
        count++;
    return count;
}

static void find_owners(const struct boss *boss, struct owners *owners)
{
    uint32_t seen = 0, shared = 0;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        for (uint32_t left = employee->runtimes & ~shared; left; left &= left - 1) {
            unsigned runtime = (unsigned)__builtin_ctz(left);
            if (!(seen >> runtime & 1))
                owners->of[runtime] = employee->peer;
            else if (!is_same_user(owners->of[runtime], employee->peer))
                shared |= 1u << runtime;
            seen |= 1u << runtime;
        }
    }
    owners->mask = seen & ~shared;
}

/* The runtimes that are this user's alone. */
static uint32_t owned_by(const struct owners *owners, const struct peer *user)
{
    uint32_t mask = 0;
    for (uint32_t left = owners->mask; left; left &= left - 1) {
        unsigned runtime = (unsigned)__builtin_ctz(left);
        if (is_same_user(owners->of[runtime], user))
            mask |= 1u << runtime;
    }
    return mask;
}

/* Of whoever has most of them alone. */
static uint32_t most_owned(const struct owners *owners)
{
    uint32_t most = 0;
    for (uint32_t left = owners->mask; left; left &= left - 1) {
        uint32_t mask = owned_by(owners, owners->of[__builtin_ctz(left)]);
        if (count_of(mask) > count_of(most))
            most = mask;
    }
    return most;
}

/* How many names of a list no employee has brought. */
static unsigned count_new(const struct boss *boss, struct list names)
{
    unsigned count = 0;
    for (struct span name, version; list_next_runtime(&names, &name, &version);) {
        unsigned runtime = runtimes_find(&boss->runtimes, name);
        count += runtime == NO_RUNTIME || boss->roster.having[runtime] == 0;
    }
    return count;
}

struct employee *boss_find_crowd(const struct boss *boss, const struct employee *employee, struct list names)
{
    struct owners owners;
    find_owners(boss, &owners);
    uint32_t most = most_owned(&owners);
    uint32_t own = owned_by(&owners, employee->peer);
    bool same = own != 0 && own == most;
    /* of its user's, or, where these are the most, of its own */
    unsigned asked = count_of(same ? employee->runtimes & most : own) + count_new(boss, names);
    struct employee *crowd = NULL;
    if (count_of(most) <= FAIR_RUNTIMES || (!same && count_of(most) <= asked))
        return NULL;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct employee *one = roster_at(&boss->roster, boss->roster.present[i]);
        unsigned has = count_of(one->runtimes & most);
        if (one != employee && has > (crowd ? count_of(crowd->runtimes & most) : same ? asked : 0))
            crowd = one;
    }
    return crowd;
}
