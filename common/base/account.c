/* account: lumps and bounds; see account.h. */
#include "common/base/account.h"

void account_settle(struct account *account)
{
    int64_t owed = account->owed;
    account->owed = 0;
    if (account->above == NULL || owed == 0)
        return;
    if (owed > 0)
        account_add(account->above, (uint64_t)owed);
    else
        account_take(account->above, (uint64_t)-owed);
}

static uint64_t bound_of(const struct account *account)
{
    uint64_t most = account->most ? account->most : UINT64_MAX;
    const struct account *above = account->above;
    uint64_t most_above = account->share == 0 || above == NULL ? UINT64_MAX : bound_of(above);
    if (most_above == UINT64_MAX)
        return most;
    uint64_t free = above->bytes < most_above ? most_above - above->bytes : 0;
    uint64_t share = free < UINT64_MAX / account->share ? free * account->share : UINT64_MAX;
    return share < most ? share : most;
}

bool account_has_room(const struct account *account, uint64_t bytes, const struct account **full)
{
    for (; account; account = account->above) {
        uint64_t most = bound_of(account);
        if (account->bytes <= most && bytes <= most - account->bytes)
            continue;
        if (full)
            *full = account;
        return false;
    }
    return true;
}
