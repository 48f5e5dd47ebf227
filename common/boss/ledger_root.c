/* ledger_root: the roots' half of the ledger; see ledger.h. */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/boss/ledger.h"

static uint32_t hash_of(const struct ledger *ledger, const struct address *address)
{
    return address_hash(~ledger->seed, address);
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
    root->tasks = root->cancelled = root->raised = root->sweep = root->look = NO_RECORD;
    root->live = true;
    index_add(&ledger->by_root, hash_of(ledger, address), number);
    return number;
}

void ledger_join_root(struct ledger *ledger, uint32_t number, uint32_t root_number)
{
    struct task *task = ledger_task(ledger, number);
    struct root *root = ledger_root(ledger, root_number);
    assert(!task->joined);
    task->joined = true;
    task->kin = slab_take(&ledger->kins);
    *ledger_kin(ledger, task) = (struct kin){root_number, root->tasks, NO_RECORD};
    if (root->tasks != NO_RECORD)
        ledger_kin(ledger, ledger_task(ledger, root->tasks))->previous = number;
    root->tasks = number;
    root->task_count++;
}

void ledger_leave_root(struct ledger *ledger, uint32_t number)
{
    struct task *task = ledger_task(ledger, number);
    const struct kin *kin = ledger_kin(ledger, task);
    struct root *root = ledger_root(ledger, kin->root);
    if (root->sweep == number)
        root->sweep = kin->next;
    if (root->look == number)
        root->look = kin->next;
    if (kin->previous == NO_RECORD)
        root->tasks = kin->next;
    else
        ledger_kin(ledger, ledger_task(ledger, kin->previous))->next = kin->next;
    if (kin->next != NO_RECORD)
        ledger_kin(ledger, ledger_task(ledger, kin->next))->previous = kin->previous;
    root->task_count--;
    slab_give(&ledger->kins, task->kin);
    task->joined = false;
}

static uint32_t hash_of_cancelled(const struct ledger *ledger, const struct address *address)
{
    return address_hash(ledger->seed + 1, address);
}

static struct cancelled *cancelled_at(const struct ledger *ledger, uint32_t number)
{
    return slab_at(&ledger->cancelled, number);
}

void ledger_hide_root(struct ledger *ledger, uint32_t number)
{
    struct root *root = ledger_root(ledger, number);
    if (!root->over)
        index_remove(&ledger->by_root, hash_of(ledger, &root->address), number);
    root->over = true;
}

bool ledger_drop_cancelled(struct ledger *ledger, struct root *root)
{
    uint32_t number = root->cancelled;
    if (number == NO_RECORD)
        return false;
    const struct cancelled *cancelled = cancelled_at(ledger, number);
    root->cancelled = cancelled->next;
    index_remove(&ledger->by_cancelled, hash_of_cancelled(ledger, &cancelled->address), number);
    slab_give(&ledger->cancelled, number);
    account_take(root->account, CANCELLED_COST);
    return true;
}

void ledger_end_root(struct ledger *ledger, uint32_t number)
{
    struct root *root = ledger_root(ledger, number);
    assert(root->task_count == 0);
    ledger_hide_root(ledger, number);
    while (ledger_drop_cancelled(ledger, root) || ledger_drop_raised(ledger, root))
        continue;
    account_take(root->account, ledger_touched_cost(root));
    mem_free(root->touched_more);
    root->live = false;
    slab_give(&ledger->roots, number);
}

void ledger_end_all_roots(struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->roots.fresh && ledger->roots.used > 0; i++) {
        if (ledger_has_root(ledger, i))
            ledger_end_root(ledger, i);
    }
}

/* Has touched_more reach to a word that is beyond it. Most roots are with one employee or two, and of those
 * there may be thousands: what is in between is kept and looked through, and no more. */
static void stretch(struct root *root, uint32_t word)
{
    struct touched *old = root->touched_more;
    uint32_t first = old && old->from < word ? old->from : word;
    uint32_t end = old && old->from + old->words > word ? old->from + old->words : word + 1;
    struct touched *new = mem_zalloc(1, sizeof *new + (end - first) * sizeof *new->bits);
    new->from = first;
    new->words = end - first;
    if (old)
        memcpy(new->bits + (old->from - first), old->bits, old->words * sizeof *old->bits);
    account_take(root->account, ledger_touched_cost(root));
    mem_free(old);
    root->touched_more = new;
    account_add(root->account, ledger_touched_cost(root));
}

/* Where the bit of an employee is that is not among the first 64, NULL: beyond what there is. */
static uint64_t *word_of(const struct root *root, uint32_t employee)
{
    struct touched *more = root->touched_more;
    uint32_t word = employee / 64;
    return more && word >= more->from && word - more->from < more->words ? &more->bits[word - more->from]
                                                                         : NULL;
}

void ledger_touch(struct root *root, uint32_t employee)
{
    if (employee < 64) {
        root->touched |= 1ull << employee;
        return;
    }
    if (word_of(root, employee) == NULL)
        stretch(root, employee / 64);
    *word_of(root, employee) |= 1ull << (employee % 64);
}

void ledger_untouch(struct root *root, uint32_t employee)
{
    uint64_t *word = employee < 64 ? &root->touched : word_of(root, employee);
    if (word)
        *word &= ~(1ull << (employee % 64));
}

bool ledger_look_at_touched(struct root *root, const uint64_t *had, const uint64_t *gone, uint32_t words)
{
    struct touched *more = root->touched_more;
    uint32_t first = more ? more->from : words,
             end = more && more->from + more->words < words ? more->from + more->words : words;
    bool any = words > 0 && (root->touched & had[0]) != 0;
    root->touched &= words > 0 ? ~gone[0] : ~0ull;
    for (uint32_t word = first; word < end; word++) {
        any |= (more->bits[word - first] & had[word]) != 0;
        more->bits[word - first] &= ~gone[word];
    }
    return any;
}

bool ledger_has_touched(const struct root *root, uint32_t employee)
{
    uint32_t next = employee;
    return ledger_next_touched(root, &next) && next == employee;
}

bool ledger_next_touched(const struct root *root, uint32_t *employee)
{
    const struct touched *more = root->touched_more;
    uint32_t first = *employee / 64, end = more ? more->from + more->words : 1;
    for (uint32_t word = first; word < end; word++) {
        if (word > 0 && word < more->from)
            word = more->from;
        uint64_t bits = word == 0 ? root->touched : more->bits[word - more->from];
        if (word == first)
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
    account_add(root->account, CANCELLED_COST);
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
    return task->joined &&
           is_any_noted(ledger, ledger_kin(ledger, task)->root, &task->address, ledger_breadcrumbs(task));
}

bool ledger_knows_cancelled(const struct ledger *ledger, const struct address *address)
{
    return is_noted(ledger, NO_RECORD, address);
}
