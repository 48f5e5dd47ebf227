/* dispatch: the one table that says who may send what to a shim (BQSKit's Manager.handle_message). A kind
 * that is not in it is MISBEHAVED. */
#include "worker-shim/core/shim_inner.h"

static ABOVE_HANDLER((*const from_above[KIND_LIMIT])) = {
    [KIND_CONNECT] = recv_above_connect,
    [KIND_IMPORTPATH] = recv_above_importpath,
    [KIND_SUBMIT] = recv_above_submit,
    [KIND_SUBMIT_BATCH] = recv_above_submit,
    [KIND_RESULT] = recv_above_result,
    [KIND_RESULT_BATCH] = recv_above_result,
    [KIND_CANCEL] = recv_above_cancel,
    [KIND_COMMUNICATE] = recv_above_communicate,
    [KIND_ERROR] = recv_above_error,
    [KIND_SHUTDOWN] = recv_above_shutdown,
    [KIND_DISCONNECT] = recv_above_leave,
    [KIND_RECALL] = recv_above_recall,
    [KIND_EMPLOYEE_LOST] = recv_above_workers_lost,
    [KIND_DRAIN] = recv_above_drain,
};

static BELOW_HANDLER((*const from_below[KIND_LIMIT])) = {
    [KIND_STARTED] = recv_below_started,
    [KIND_IDS] = recv_below_ids,
    [KIND_WAITING] = recv_below_waiting,
    [KIND_SUBMIT] = recv_below_submit,
    [KIND_SUBMIT_BATCH] = recv_below_submit,
    [KIND_RESULT] = recv_below_result,
    [KIND_RESULT_BATCH] = recv_below_result,
    [KIND_UPDATE] = recv_below_update,
    [KIND_ERROR] = recv_below_error,
    [KIND_LOG] = recv_below_log,
    [KIND_CANCEL] = recv_below_cancel,
    [KIND_COMMUNICATE] = recv_below_communicate,
    [KIND_DISCONNECT] = recv_below_leave,
    [KIND_RETURN] = recv_below_return,
    [KIND_EMPLOYEE_LOST] = recv_below_workers_lost,
};

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
