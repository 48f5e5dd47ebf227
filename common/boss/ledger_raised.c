/* ledger_raised: the children that a shim has sent up. Another process of a boss with a journal, here or
 * further up, may say a result again that has come; a worker must get it once. See ledger.h.
 *
 * Those whose roots have ended count for nothing, and go when there are as many again as there were. */
#include "common/base/mem.h"
#include "common/boss/ledger.h"

enum { LEAST_PURGED = 64 };

static uint32_t hash_of(const struct ledger *ledger, const struct address *address)
{
    return index_hash(ledger->seed + 3, address->mailbox, (uint64_t)address->worker << 32 | address->slot);
}

static struct raised *at(const struct ledger *ledger, uint32_t number)
{
    return slab_at(&ledger->raised, number);
}

static bool lives(const struct ledger *ledger, uint32_t number)
{
    return ledger_find_root(ledger, &at(ledger, number)->root) != NO_RECORD;
}

static uint32_t find(const struct ledger *ledger, const struct address *address)
{
    struct index_cursor cursor = index_find(&ledger->by_raised, hash_of(ledger, address));
    for (uint32_t number; (number = index_next(&ledger->by_raised, &cursor)) != NO_RECORD;) {
        if (address_equal(&at(ledger, number)->address, address))
            return number;
    }
    return NO_RECORD;
}

static void forget(struct ledger *ledger, uint32_t number)
{
    account_take(ledger->raised_account, RAISED_COST);
    index_remove(&ledger->by_raised, hash_of(ledger, &at(ledger, number)->address), number);
    slab_give(&ledger->raised, number);
}

void ledger_purge_raised(struct ledger *ledger)
{
    size_t place = 0;
    uint32_t count = 0;
    if (ledger->raised.used == 0)
        return;
    uint32_t *over = mem_alloc(ledger->raised.used * sizeof *over);
    for (uint32_t number; (number = index_walk(&ledger->by_raised, &place)) != NO_RECORD;) {
        if (!lives(ledger, number))
            over[count++] = number;
    }
    while (count > 0)
        forget(ledger, over[--count]);
    mem_free(over);
}

void ledger_raise(struct ledger *ledger, uint32_t root, const struct address *address)
{
    if (find(ledger, address) != NO_RECORD)
        return;
    if (ledger->raised.used >= ledger->raised_most) {
        ledger_purge_raised(ledger);
        ledger->raised_most = 2 * ledger->raised.used + LEAST_PURGED;
    }
    uint32_t number = slab_take(&ledger->raised);
    *at(ledger, number) = (struct raised){*address, ledger_root(ledger, root)->address};
    index_add(&ledger->by_raised, hash_of(ledger, address), number);
    account_add(ledger->raised_account, RAISED_COST);
}

bool ledger_is_raised(const struct ledger *ledger, const struct address *address)
{
    uint32_t number = find(ledger, address);
    return number != NO_RECORD && lives(ledger, number);
}

bool ledger_lower(struct ledger *ledger, const struct address *address)
{
    uint32_t number = find(ledger, address);
    if (number == NO_RECORD)
        return false;
    bool was = lives(ledger, number);
    forget(ledger, number);
    return was;
}
