/* dispatch: the one table that says who may send what to the broker (BQSKit's handle_message). A kind that is
 * not in it is MISBEHAVED. */
#include "broker/core/broker_inner.h"

static CLIENT_HANDLER((*const from_client[KIND_LIMIT])) = {
    [KIND_CONNECT] = recv_client_connect, [KIND_DISCONNECT] = recv_client_disconnect,
    [KIND_SUBMIT] = recv_client_submit,   [KIND_SUBMIT_BATCH] = recv_client_submit,
    [KIND_REQUEST] = recv_client_request, [KIND_RELEASE] = recv_client_release,
    [KIND_STATUS] = recv_client_status,   [KIND_LIST] = recv_client_list,
    [KIND_CANCEL] = recv_client_cancel,   [KIND_MANAGERS] = recv_client_managers,
    [KIND_DRAIN] = recv_client_drain,     [KIND_SHUTDOWN] = recv_client_shutdown,
    [KIND_COUNTS] = recv_client_counts,   [KIND_CLIENTS] = recv_client_clients,
};

static EMPLOYEE_HANDLER((*const from_below[KIND_LIMIT])) = {
    [KIND_STARTED] = recv_employee_started,
    [KIND_IDS] = recv_employee_ids,
    [KIND_WAITING] = recv_employee_waiting,
    [KIND_SUBMIT] = recv_employee_submit,
    [KIND_SUBMIT_BATCH] = recv_employee_submit,
    [KIND_RESULT] = recv_employee_result,
    [KIND_RESULT_BATCH] = recv_employee_result,
    [KIND_UPDATE] = recv_employee_update,
    [KIND_ERROR] = recv_employee_error,
    [KIND_LOG] = recv_employee_log,
    [KIND_CANCEL] = recv_employee_cancel,
    [KIND_COMMUNICATE] = recv_employee_communicate,
    [KIND_DISCONNECT] = recv_employee_leave,
    [KIND_RETURN] = recv_employee_return,
    [KIND_EMPLOYEE_LOST] = recv_employee_workers_lost,
};

enum verdict dispatch_client(struct broker *broker, struct session *session, const struct delivery *delivery)
{
    unsigned kind = delivery->message.kind;
    if (kind >= KIND_LIMIT || from_client[kind] == NULL)
        return boss_complain_kind(&broker->boss, kind, "a client");
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
