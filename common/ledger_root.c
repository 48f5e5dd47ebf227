/* ledger_root: the roots' half of the ledger; see ledger.h. */
#include <assert.h>
#include <string.h>

#include "common/ledger.h"
#include "common/mem.h"

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
    root->tasks = NO_RECORD;
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

void ledger_end_root(struct ledger *ledger, uint32_t number)
{
    struct root *root = ledger_root(ledger, number);
    assert(root->task_count == 0);
    index_remove(&ledger->by_root, hash_of(ledger, &root->address), number);
    mem_free(root->touched_more);
    mem_free(root->cancelled);
    root->cancelled_count = 0; /* ledger_knows_cancelled looks at free records too */
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

static int compare(const struct address *a, const struct address *b)
{
    if (a->mailbox != b->mailbox)
        return a->mailbox < b->mailbox ? -1 : 1;
    if (a->worker != b->worker)
        return a->worker < b->worker ? -1 : 1;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

/* Where `address` is among the cancelled ones, or would be. */
static uint32_t place_of(const struct root *root, const struct address *address)
{
    uint32_t low = 0, high = root->cancelled_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare(&root->cancelled[middle], address) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_noted(const struct root *root, const struct address *address)
{
    uint32_t place = place_of(root, address);
    return place < root->cancelled_count && address_equal(&root->cancelled[place], address);
}

void ledger_note_cancelled(struct root *root, const struct address *address)
{
    uint32_t place = place_of(root, address);
    if (place < root->cancelled_count && address_equal(&root->cancelled[place], address))
        return;
    if (root->cancelled_count == root->cancelled_capacity) {
        root->cancelled_capacity = root->cancelled_capacity ? 2 * root->cancelled_capacity : 8;
        root->cancelled = mem_resize(root->cancelled, root->cancelled_capacity, sizeof(*root->cancelled));
    }
    memmove(root->cancelled + place + 1, root->cancelled + place,
            (root->cancelled_count - place) * sizeof(*root->cancelled));
    root->cancelled[place] = *address;
    root->cancelled_count++;
}

bool ledger_is_cancelled(const struct root *root, const struct task_header *header)
{
    if (root->cancelled_count == 0)
        return false;
    if (is_noted(root, &header->return_address))
        return true;
    struct list breadcrumbs = header->breadcrumbs;
    for (struct address crumb; list_next_address(&breadcrumbs, &crumb);) {
        if (is_noted(root, &crumb))
            return true;
    }
    return false;
}

bool ledger_knows_cancelled(const struct ledger *ledger, const struct address *address)
{
    for (uint32_t i = 0; i < ledger->roots.fresh; i++) {
        const struct root *root = ledger_root(ledger, i);
        if (root->cancelled_count > 0 && is_noted(root, address))
            return true;
    }
    return false;
}
