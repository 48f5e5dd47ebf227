/* account: how many bytes this process keeps for somebody. Accounts stand above each other: what is counted
 * to a session is counted to its user, and to the process, as well, in lumps: there are many small steps for
 * each task. Who keeps something adds what it costs, and takes the same away when it is gone; costs are
 * estimates from above, of whole records with their place in the tables. */
#ifndef MAILROOM_ACCOUNT_H
#define MAILROOM_ACCOUNT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account {
    uint64_t bytes;
    uint64_t unread;       /* of them, those that go when he reads for whom they are kept */
    int64_t owed;          /* what the one above has not been told of: from -ACCOUNT_LUMP to ACCOUNT_LUMP */
    uint64_t most;         /* that there may be, 0: any number */
    unsigned share;        /* not 0: no more than so many times what is free of the one above's bound */
    struct account *above; /* or NULL */
    uint32_t ending; /* roots that have ended, of which tasks are still counted here, see boss_sweep.c */
};

enum {
    ACCOUNT_SHARE = 4,   /* of `share`: one alone gets four fifths, and n get 4 of 4 n + 1 parts each */
    ACCOUNT_LUMP = 4096, /* bytes */
    ACCOUNT_PART_FOR_ADMINS = 16, /* one of so many places is kept for admins, */
    ACCOUNT_MOST_FOR_ADMINS = 64  /* so many at the most */
};

/* How many of `most` places, of sessions or connections, are kept for admins. */
static inline uint64_t account_for_admins(uint64_t most)
{
    return most / ACCOUNT_PART_FOR_ADMINS < ACCOUNT_MOST_FOR_ADMINS ? most / ACCOUNT_PART_FOR_ADMINS
                                                                    : ACCOUNT_MOST_FOR_ADMINS;
}

/* Tells the ones above what they have not been told of. To be called before it is gone, too. */
void account_settle(struct account *account);

/* `account` may be NULL: what nobody counts. */
static inline void account_add(struct account *account, uint64_t bytes)
{
    if (account == NULL)
        return;
    account->bytes += bytes;
    account->owed += (int64_t)bytes;
    if (account->owed > ACCOUNT_LUMP)
        account_settle(account);
}

static inline void account_take(struct account *account, uint64_t bytes)
{
    if (account == NULL)
        return;
    assert(account->bytes >= bytes);
    account->bytes -= bytes;
    account->owed -= (int64_t)bytes;
    if (account->owed < -ACCOUNT_LUMP)
        account_settle(account);
}

/* The same of what goes when he reads. */
static inline void account_add_unread(struct account *account, uint64_t bytes)
{
    if (account)
        account->unread += bytes;
    account_add(account, bytes);
}

static inline void account_take_unread(struct account *account, uint64_t bytes)
{
    assert(account == NULL || account->unread >= bytes);
    if (account)
        account->unread -= bytes;
    account_take(account, bytes);
}

/* Whether so many bytes more leave each of them within its bound; else `*full` (may be NULL) is the first
 * that they do not. What takes most meets the bound of a share first (Choudhury and Hahne, Dynamic queue
 * length thresholds, 1998): it is small where little is free. */
bool account_has_room(const struct account *account, uint64_t bytes, const struct account **full);

#endif
