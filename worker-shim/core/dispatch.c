/* dispatch: see dispatch.h. That a row stands in the table for each kind that PROTOCOL.md lets a boss or an
 * employee say, and no other, is checked here while it is compiled. */
#include "worker-shim/core/dispatch.h"

#define ROW(kind, handler) [KIND_##kind] = (handler),
#define ROW_BIT(kind, handler) | KIND_BIT(KIND_##kind)

static ABOVE_HANDLER((*const from_above[KIND_LIMIT])) = {FROM_ABOVE(ROW)};
_Static_assert((UINT64_C(0) FROM_ABOVE(ROW_BIT)) == KINDS_DOWN, "a kind from a boss without a row");

static BELOW_HANDLER((*const from_below[KIND_LIMIT])) = {FROM_BELOW(ROW)};
_Static_assert((UINT64_C(0) FROM_BELOW(ROW_BIT)) == KINDS_UP, "a kind from below without a row");

enum verdict dispatch_above(struct shim *shim, const struct delivery *delivery)
{
    unsigned kind = delivery->message.kind;
    if (kind >= KIND_LIMIT || from_above[kind] == NULL)
        return boss_complain_kind(&shim->boss, kind, "a boss");
    return from_above[kind](shim, &delivery->message, &delivery->body);
}

enum verdict dispatch_below(struct shim *shim, struct employee *employee, const struct delivery *delivery)
{
    unsigned kind = delivery->message.kind;
    if (kind >= KIND_LIMIT || from_below[kind] == NULL)
        return boss_complain_kind(&shim->boss, kind, "an employee");
    return from_below[kind](shim, employee, &delivery->message, &delivery->body);
}
