/* log_rate: how many lines of a kind may be written; see log_rate.h. */
#include "edge/log_rate.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    MATTERS = 256,      /* that are told apart; those of one place share it one after the other */
    KINDS = 128,        /* more than there are in a program */
    MATTER_COST = 5000, /* ms for which a line of a matter counts, */
    MATTER_BURST = 20,  /* and how many there may be at once */
    KIND_COST = 200,    /* the same of all lines of a kind */
    KIND_BURST = 2000,
    UNTOLD = 5000 /* ms that go by until it is told how many were left out */
};

/* A leaking bucket of lines, and those for which it had no room. */
struct rate {
    uint64_t key;                /* 0: not in use */
    uint64_t spent_until, since; /* ms */
    struct log_left_out left_out;
};

static struct rate matters[MATTERS], kinds[KINDS];
static uint64_t untold; /* lines in all */

static uint64_t hash(uint64_t value, const char *text)
{
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            value = (value ^ (unsigned char)*text) * 0x100000001b3u;
    }
    return value ? value : 1;
}

static bool take(struct rate *rate, uint64_t cost, uint64_t burst, uint64_t now)
{
    if (rate->spent_until < now)
        rate->spent_until = now;
    if (rate->spent_until + cost > now + burst * cost)
        return false;
    rate->spent_until += cost;
    return true;
}

static void leave_out(struct rate *rate, unsigned level, const char *text, uint64_t now)
{
    if (rate->left_out.count++ == 0)
        rate->since = now;
    rate->left_out.level = level;
    snprintf(rate->left_out.text, sizeof rate->left_out.text, "%s", text);
    untold++;
}

/* The place of a matter. What was left out of the one that had it is told as of its kind. */
static struct rate *matter_of(uint64_t key, struct rate *kind, uint64_t now)
{
    struct rate *rate = &matters[key % MATTERS];
    if (rate->key == key)
        return rate;
    if (rate->left_out.count > 0) {
        uint64_t count = rate->left_out.count;
        leave_out(kind, rate->left_out.level, rate->left_out.text, now);
        kind->left_out.count += count - 1;
        untold--; /* they were counted before */
    }
    *rate = (struct rate){.key = key};
    return rate;
}

bool log_rate_take(const void *kind, unsigned level, const char *text, uint64_t now)
{
    uint64_t key = (uint64_t)(uintptr_t)kind;
    struct rate *of_kind = &kinds[(key >> 4) % KINDS]; /* two that share a place share its rate */
    struct rate *matter = matter_of(hash(key, text), of_kind, now);
    bool fine = take(matter, MATTER_COST, MATTER_BURST, now);
    if (!fine)
        leave_out(matter, level, text, now);
    if (fine && !take(of_kind, KIND_COST, KIND_BURST, now)) {
        leave_out(of_kind, level, text, now);
        fine = false;
    }
    return fine;
}

static bool next_of(struct rate *rates, size_t count, uint64_t now, bool all, struct log_left_out *left_out)
{
    for (size_t i = 0; i < count; i++) {
        struct rate *rate = &rates[i];
        if (rate->left_out.count == 0 || (!all && now - rate->since < UNTOLD))
            continue;
        *left_out = rate->left_out;
        untold -= rate->left_out.count;
        rate->left_out.count = 0;
        return true;
    }
    return false;
}

bool log_rate_next(uint64_t now, bool all, struct log_left_out *left_out)
{
    return untold > 0 &&
           (next_of(matters, MATTERS, now, all, left_out) || next_of(kinds, KINDS, now, all, left_out));
}
