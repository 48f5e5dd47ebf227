/* ledger_raised: the children that a shim has sent up. Another process of a boss with a journal, here or
 * further up, may say a result again that has come; a worker must get it once. See ledger.h.
 *
 * They are chained by their roots, and go with these, a part at a time: see boss_sweep.c. Those whose roots
 * have ended count for nothing until then. */
#include "common/boss/ledger.h"

static uint32_t hash_of(const struct ledger *ledger, const struct address *address)
{
    return address_hash(ledger->seed + 3, address);
}

static struct raised *at(const struct ledger *ledger, uint32_t number)
{
    return slab_at(&ledger->raised, number);
}

static bool lives(const struct ledger *ledger, uint32_t number)
{
    return !ledger_root(ledger, at(ledger, number)->root)->over;
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
    const struct raised *raised = at(ledger, number);
    if (raised->previous == NO_RECORD)
        ledger_root(ledger, raised->root)->raised = raised->next;
    else
        at(ledger, raised->previous)->next = raised->next;
    if (raised->next != NO_RECORD)
        at(ledger, raised->next)->previous = raised->previous;
    account_take(ledger->raised_account, RAISED_COST);
    index_remove(&ledger->by_raised, hash_of(ledger, &raised->address), number);
    slab_give(&ledger->raised, number);
}

bool ledger_drop_raised(struct ledger *ledger, struct root *root)
{
    if (root->raised == NO_RECORD)
        return false;
    forget(ledger, root->raised);
    return true;
}

void ledger_raise(struct ledger *ledger, uint32_t root, const struct address *address)
{
    uint32_t number = find(ledger, address);
    if (number != NO_RECORD && lives(ledger, number))
        return;
    if (number != NO_RECORD)
        forget(ledger, number);
    number = slab_take(&ledger->raised);
    struct root *of = ledger_root(ledger, root);
    *at(ledger, number) = (struct raised){*address, root, of->raised, NO_RECORD};
    if (of->raised != NO_RECORD)
        at(ledger, of->raised)->previous = number;
    of->raised = number;
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
