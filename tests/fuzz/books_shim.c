/* books_shim: what a shim counts of its bytes and its workers, counted anew. See books.h. */
#include <inttypes.h>

#include "tests/fuzz/books.h"
#include "tests/fuzz/tell.h"
#include "worker-shim/core/shim_inner.h"

/* What is kept is counted, but for what the process was not told of yet. */
static void check_kept(const struct shim *shim)
{
    const struct boss *boss = &shim->boss;
    uint64_t kept = books_cost(boss, &shim->kept) + books_unread(boss, &shim->kept);
    if (kept != shim->kept.bytes)
        fuzz_fail("%" PRIu64 " bytes are kept for the boss, and %" PRIu64 " are counted", kept,
                  shim->kept.bytes);
    uint64_t told = boss->account.bytes + (uint64_t)shim->kept.owed;
    kept += books_cost(boss, &boss->account) + books_unread(boss, &boss->account);
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        kept += books_unread(boss, &employee->account) + books_cost(boss, &employee->account);
        told += (uint64_t)employee->account.owed;
    }
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&boss->origins.by_name, &place)) != NO_RECORD;)
        told += (uint64_t)origins_account(&boss->origins, number)->owed;
    if (kept != told)
        fuzz_fail("%" PRIu64 " bytes are kept, and the books say %" PRIu64, kept, told);
}

void books_check_shim(const struct shim *shim)
{
    books_check(&shim->boss);
    check_kept(shim);
    for (uint32_t i = 0; i < shim->slot_count; i++) {
        const struct worker_slot *slot = &shim->slots[i];
        if (slot->employee && (slot->employee->slot != i || slot->state != SLOT_SPAWNED))
            fuzz_fail("slot %u and its employee do not know each other", i);
    }
}
