/* ledger: how a task is found by its address; see ledger.h. Slots of a map are given out one after another,
 * and mostly end so. Tasks that were listed one after another, and whose slots are neighbours, stand in one
 * block, which has one entry in the index. The block that was changed last is looked at first. Another task
 * has an entry of its own. */
#include "common/boss/ledger_find.h"

#include <assert.h>

/* In an entry of the index, beside a number: it is a block's, not a task's. */
#define IS_BLOCK (1u << 31)

#define APART __attribute__((noinline))

struct block {
    struct address address; /* of one of its tasks that are here, or were */
    uint32_t used;
    uint32_t tasks[ADDRESS_BLOCK]; /* by slot; NO_RECORD: there is none */
};

void ledger_find_init(struct ledger *ledger)
{
    index_init(&ledger->by_address);
    slab_init_giving(&ledger->blocks, sizeof(struct block));
    ledger->last_block = NULL;
    ledger->last_alone = NO_RECORD;
}

void ledger_find_free(struct ledger *ledger)
{
    index_free(&ledger->by_address);
    slab_clear(&ledger->blocks);
}

static inline bool are_neighbours(const struct address *one, const struct address *other)
{
    return one->mailbox == other->mailbox && one->worker == other->worker &&
           one->slot / ADDRESS_BLOCK == other->slot / ADDRESS_BLOCK;
}

static struct block *block_at(const struct ledger *ledger, uint32_t entry)
{
    return slab_at(&ledger->blocks, entry & ~IS_BLOCK);
}

static inline uint32_t *place_in(struct block *block, const struct address *address)
{
    return &block->tasks[address->slot % ADDRESS_BLOCK];
}

static uint32_t hash_of(const struct ledger *ledger, const struct address *address)
{
    return index_hash(ledger->seed, address->mailbox,
                      (uint64_t)address->worker << 32 | address->slot / ADDRESS_BLOCK);
}

/* The entry of the task with this address, which has this hash: its own, or that of the block in which it
 * stands; NO_RECORD: there is none. */
static inline uint32_t look_up(const struct ledger *ledger, const struct address *address, uint32_t hash)
{
    struct index_cursor cursor = index_find(&ledger->by_address, hash);
    for (uint32_t entry; (entry = index_next(&ledger->by_address, &cursor)) != NO_RECORD;) {
        if ((entry & IS_BLOCK) == 0) {
            if (address_equal(&ledger_task(ledger, entry)->address, address))
                return entry;
        } else if (are_neighbours(&block_at(ledger, entry)->address, address) &&
                   *place_in(block_at(ledger, entry), address) != NO_RECORD) {
            return entry;
        }
    }
    return NO_RECORD;
}

/* The block that was changed last, if this address belongs there, or NULL. */
static inline struct block *last_block(const struct ledger *ledger, const struct address *address)
{
    struct block *last = ledger->last_block;
    return last && are_neighbours(&last->address, address) ? last : NULL;
}

static inline void put(struct ledger *ledger, struct block *block, const struct address *address,
                       uint32_t number)
{
    *place_in(block, address) = number;
    block->used++;
    ledger->last_block = block;
}

/* A block for a task that has an entry of its own, in place of that. */
static struct block *begin_block(struct ledger *ledger, uint32_t alone)
{
    const struct address *address = &ledger_task(ledger, alone)->address;
    uint32_t hash = hash_of(ledger, address), entry = slab_take(&ledger->blocks) | IS_BLOCK;
    struct block *block = block_at(ledger, entry);
    block->address = *address;
    for (unsigned i = 0; i < ADDRESS_BLOCK; i++)
        block->tasks[i] = NO_RECORD;
    index_remove(&ledger->by_address, hash, alone);
    index_add(&ledger->by_address, hash, entry);
    put(ledger, block, address, alone);
    return block;
}

/* The ways by the index, which few tasks of a map take; inside the others they would cost all of them saved
 * registers. */
static APART void list_by_index(struct ledger *ledger, const struct address *address, uint32_t number)
{
    uint32_t before = ledger->last_alone;
    assert((number & IS_BLOCK) == 0);
    if (before != NO_RECORD && are_neighbours(&ledger_task(ledger, before)->address, address)) {
        ledger->last_alone = NO_RECORD;
        put(ledger, begin_block(ledger, before), address, number);
    } else {
        ledger->last_alone = number;
        index_add(&ledger->by_address, hash_of(ledger, address), number);
    }
}

static APART void unlist_by_index(struct ledger *ledger, const struct address *address, uint32_t number)
{
    uint32_t hash = hash_of(ledger, address);
    if (ledger->last_alone == number)
        ledger->last_alone = NO_RECORD;
    if (index_remove(&ledger->by_address, hash, number))
        return;
    uint32_t entry = look_up(ledger, address, hash);
    assert(entry != NO_RECORD);
    struct block *block = block_at(ledger, entry);
    *place_in(block, address) = NO_RECORD;
    ledger->last_block = --block->used ? block : NULL;
    if (block->used)
        return;
    index_remove(&ledger->by_address, hash, entry);
    slab_give(&ledger->blocks, entry & ~IS_BLOCK);
}

static APART uint32_t find_by_index(const struct ledger *ledger, const struct address *address)
{
    uint32_t entry = look_up(ledger, address, hash_of(ledger, address));
    bool in_block = entry != NO_RECORD && entry & IS_BLOCK;
    return in_block ? *place_in(block_at(ledger, entry), address) : entry;
}

void ledger_list(struct ledger *ledger, uint32_t number)
{
    struct task *task = ledger_task(ledger, number);
    if (task->listed)
        return;
    struct block *block = last_block(ledger, &task->address);
    task->listed = true;
    ledger->listed++;
    if (block) {
        assert(*place_in(block, &task->address) == NO_RECORD);
        put(ledger, block, &task->address, number);
    } else {
        list_by_index(ledger, &task->address, number);
    }
}

void ledger_unlist(struct ledger *ledger, uint32_t number)
{
    const struct task *task = ledger_task(ledger, number);
    struct block *block = last_block(ledger, &task->address);
    ledger->listed--;
    if (block && block->used > 1 && *place_in(block, &task->address) == number) {
        *place_in(block, &task->address) = NO_RECORD;
        block->used--;
    } else {
        unlist_by_index(ledger, &task->address, number);
    }
}

uint32_t ledger_find(const struct ledger *ledger, const struct address *address)
{
    struct block *block = last_block(ledger, address);
    uint32_t number = block ? *place_in(block, address) : NO_RECORD;
    return number != NO_RECORD ? number : find_by_index(ledger, address);
}
