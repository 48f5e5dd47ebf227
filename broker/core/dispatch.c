/* dispatch: see dispatch.h. That a row stands in the table for each kind that PROTOCOL.md lets a client or an
 * employee say, and no other, is checked here while it is compiled. */
#include "broker/core/dispatch.h"

#define ROW(kind, handler) [KIND_##kind] = (handler),
#define ROW_BIT(kind, handler) | KIND_BIT(KIND_##kind)

static CLIENT_HANDLER((*const from_client[KIND_LIMIT])) = {FROM_CLIENTS(ROW)};
_Static_assert((UINT64_C(0) FROM_CLIENTS(ROW_BIT)) == KINDS_FROM_CLIENT, "a kind from clients without a row");

static EMPLOYEE_HANDLER((*const from_below[KIND_LIMIT])) = {FROM_EMPLOYEES(ROW)};
_Static_assert((UINT64_C(0) FROM_EMPLOYEES(ROW_BIT)) == KINDS_UP, "a kind from below without a row");

enum verdict dispatch_client(struct broker *broker, struct session *session, const struct delivery *delivery)
{
    unsigned kind = delivery->message.kind;
    if (kind >= KIND_LIMIT || from_client[kind] == NULL)
        return boss_complain_kind(&broker->boss, kind, "a client");
    session->heard = true;
    return from_client[kind](broker, session, &delivery->message, &delivery->body);
}

enum verdict dispatch_employee(struct broker *broker, struct employee *employee,
                               const struct delivery *delivery)
{
    unsigned kind = delivery->message.kind;
    if (kind >= KIND_LIMIT || from_below[kind] == NULL)
        return boss_complain_kind(&broker->boss, kind, "a manager");
    return from_below[kind](broker, employee, &delivery->message, &delivery->body);
}
