/* ledger_root: the roots' half of the ledger; see ledger.h. */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/boss/ledger.h"

static uint32_t hash_of(const struct ledger *ledger, const struct address *address)
{
    return index_hash(~ledger->seed, address->mailbox, (uint64_t)address->worker << 32 | address->slot);
}

uint32_t ledger_find_root(const struct ledger *ledger, const struct address *address)
{
    struct index_cursor cursor = index_find(&ledger->by_root, hash_of(ledger, address));
    for (uint32_t number; (number = index_next(&ledger->by_root, &cursor)) != NO_RECORD;) {
        if (address_equal(&ledger_root(ledger, number)->address, address))
            return number;
    }
    return NO_RECORD;
}

uint32_t ledger_begin_root(struct ledger *ledger, const struct address *address)
{
    uint32_t number = ledger_find_root(ledger, address);
    if (number != NO_RECORD)
        return number;
    number = slab_take(&ledger->roots);
    struct root *root = ledger_root(ledger, number);
    root->address = *address;
    root->tasks = root->cancelled = NO_RECORD;
    index_add(&ledger->by_root, hash_of(ledger, address), number);
    return number;
}

void ledger_join_root(struct ledger *ledger, uint32_t number, uint32_t root_number)
{
    struct task *task = ledger_task(ledger, number);
    struct root *root = ledger_root(ledger, root_number);
    assert(task->root == NO_RECORD);
    task->root = root_number;
    task->root_next = root->tasks;
    if (root->tasks != NO_RECORD)
        ledger_task(ledger, root->tasks)->root_previous = number;
    root->tasks = number;
    root->task_count++;
}

static uint32_t hash_of_cancelled(const struct ledger *ledger, const struct address *address)
{
    return index_hash(ledger->seed + 1, address->mailbox, (uint64_t)address->worker << 32 | address->slot);
}

static struct cancelled *cancelled_at(const struct ledger *ledger, uint32_t number)
{
    return slab_at(&ledger->cancelled, number);
}

void ledger_end_root(struct ledger *ledger, uint32_t number)
{
    struct root *root = ledger_root(ledger, number);
    assert(root->task_count == 0);
    index_remove(&ledger->by_root, hash_of(ledger, &root->address), number);
    for (uint32_t at = root->cancelled, next; at != NO_RECORD; at = next) {
        const struct cancelled *cancelled = cancelled_at(ledger, at);
        next = cancelled->next;
        index_remove(&ledger->by_cancelled, hash_of_cancelled(ledger, &cancelled->address), at);
        slab_give(&ledger->cancelled, at);
    }
    mem_free(root->touched_more);
    slab_give(&ledger->roots, number);
}

void ledger_end_all_roots(struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->roots.fresh && ledger->roots.used > 0; i++) {
        const struct root *root = ledger_root(ledger, i);
        if (ledger_find_root(ledger, &root->address) == i)
            ledger_end_root(ledger, i);
    }
}

void ledger_touch(struct root *root, uint32_t employee)
{
    if (employee < 64) {
        root->touched |= 1ull << employee;
        return;
    }
    uint32_t word = employee / 64 - 1;
    if (word >= root->touched_words) {
        root->touched_more = mem_resize(root->touched_more, word + 1, sizeof(*root->touched_more));
        memset(root->touched_more + root->touched_words, 0,
               (word + 1 - root->touched_words) * sizeof(*root->touched_more));
        root->touched_words = word + 1;
    }
    root->touched_more[word] |= 1ull << (employee % 64);
}

void ledger_untouch(struct root *root, uint32_t employee)
{
    if (employee < 64) {
        root->touched &= ~(1ull << employee);
    } else if (employee / 64 - 1 < root->touched_words) {
        root->touched_more[employee / 64 - 1] &= ~(1ull << (employee % 64));
    }
}

void ledger_untouch_all(struct ledger *ledger, uint32_t employee)
{
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&ledger->by_root, &place)) != NO_RECORD;)
        ledger_untouch(ledger_root(ledger, number), employee);
}

bool ledger_has_touched(const struct root *root, uint32_t employee)
{
    uint32_t next = employee;
    return ledger_next_touched(root, &next) && next == employee;
}

bool ledger_next_touched(const struct root *root, uint32_t *employee)
{
    for (uint32_t word = *employee / 64; word <= root->touched_words; word++) {
        uint64_t bits = word == 0 ? root->touched : root->touched_more[word - 1];
        if (word == *employee / 64)
            bits &= ~0ull << (*employee % 64);
        if (bits == 0)
            continue;
        *employee = word * 64 + (uint32_t)__builtin_ctzll(bits);
        return true;
    }
    return false;
}

/* Whether an address is noted for a root, or, with NO_RECORD, for any. */
static bool is_noted(const struct ledger *ledger, uint32_t root, const struct address *address)
{
    struct index_cursor cursor = index_find(&ledger->by_cancelled, hash_of_cancelled(ledger, address));
    for (uint32_t number; (number = index_next(&ledger->by_cancelled, &cursor)) != NO_RECORD;) {
        const struct cancelled *cancelled = cancelled_at(ledger, number);
        if ((root == NO_RECORD || cancelled->root == root) && address_equal(&cancelled->address, address))
            return true;
    }
    return false;
}

void ledger_note_cancelled(struct ledger *ledger, uint32_t root_number, const struct address *address)
{
    if (is_noted(ledger, root_number, address))
        return;
    struct root *root = ledger_root(ledger, root_number);
    uint32_t number = slab_take(&ledger->cancelled);
    *cancelled_at(ledger, number) = (struct cancelled){*address, root_number, root->cancelled};
    root->cancelled = number;
    index_add(&ledger->by_cancelled, hash_of_cancelled(ledger, address), number);
}

static bool is_any_noted(const struct ledger *ledger, uint32_t root, const struct address *address,
                         struct list breadcrumbs)
{
    if (ledger_root(ledger, root)->cancelled == NO_RECORD)
        return false;
    if (is_noted(ledger, root, address))
        return true;
    for (struct address crumb; list_next_address(&breadcrumbs, &crumb);) {
        if (is_noted(ledger, root, &crumb))
            return true;
    }
    return false;
}

bool ledger_is_cancelled(const struct ledger *ledger, uint32_t root, const struct task_header *header)
{
    return is_any_noted(ledger, root, &header->return_address, header->breadcrumbs);
}

bool ledger_is_task_cancelled(const struct ledger *ledger, const struct task *task)
{
    return task->root != NO_RECORD &&
           is_any_noted(ledger, task->root, &task->address, ledger_breadcrumbs(task));
}

bool ledger_knows_cancelled(const struct ledger *ledger, const struct address *address)
{
    return is_noted(ledger, NO_RECORD, address);
}
