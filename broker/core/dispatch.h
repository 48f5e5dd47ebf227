/* dispatch: who may send what to the broker, and the handler of each: the one table (BQSKit's
 * handle_message). A kind that is not in it is MISBEHAVED. */
#ifndef MAILROOM_BROKER_DISPATCH_H
#define MAILROOM_BROKER_DISPATCH_H

#include "broker/core/broker_inner.h"

/* X(kind, handler). The handlers are in recv_client*.c; they return a verdict. */
#define FROM_CLIENTS(X)                       \
    X(CONNECT, recv_client_connect)           \
    X(DISCONNECT, recv_client_disconnect)     \
    X(SUBMIT, recv_client_submit)             \
    X(SUBMIT_BATCH, recv_client_submit_batch) \
    X(REQUEST, recv_client_request)           \
    X(RELEASE, recv_client_release)           \
    X(STATUS, recv_client_status)             \
    X(LIST, recv_client_list)                 \
    X(CANCEL, recv_client_cancel)             \
    X(MANAGERS, recv_client_managers)         \
    X(DRAIN, recv_client_drain)               \
    X(SHUTDOWN, recv_client_shutdown)         \
    X(COUNTS, recv_client_counts)             \
    X(CLIENTS, recv_client_clients) X(SHARE, recv_client_share) X(UNSHARE, recv_client_unshare)

/* The same for managers, in recv_employee.c. */
#define FROM_EMPLOYEES(X)                        \
    X(STARTED, recv_employee_started)            \
    X(IDS, recv_employee_ids)                    \
    X(WAITING, recv_employee_waiting)            \
    X(SUBMIT, recv_employee_submit)              \
    X(SUBMIT_BATCH, recv_employee_submit)        \
    X(RESULT, recv_employee_result)              \
    X(RESULT_BATCH, recv_employee_result)        \
    X(UPDATE, recv_employee_update)              \
    X(ERROR, recv_employee_error)                \
    X(LOG, recv_employee_log)                    \
    X(CANCEL, recv_employee_cancel)              \
    X(COMMUNICATE, recv_employee_communicate)    \
    X(DISCONNECT, recv_employee_leave)           \
    X(RETURN, recv_employee_return)              \
    X(EMPLOYEE_LOST, recv_employee_workers_lost) \
    X(SHARE, recv_employee_share)                \
    X(UNSHARE, recv_employee_unshare)            \
    X(TRACE, recv_employee_trace)                \
    X(HOLDS, recv_employee_holds)

#define CLIENT_HANDLER(name)                                                                         \
    enum verdict name(struct broker *broker, struct session *session, const struct message *message, \
                      const struct slice *body)
#define EMPLOYEE_HANDLER(name)                                                                         \
    enum verdict name(struct broker *broker, struct employee *employee, const struct message *message, \
                      const struct slice *body)
#define DECLARE_CLIENT_HANDLER(kind, name) CLIENT_HANDLER(name);
#define DECLARE_EMPLOYEE_HANDLER(kind, name) EMPLOYEE_HANDLER(name);
FROM_CLIENTS(DECLARE_CLIENT_HANDLER)
FROM_EMPLOYEES(DECLARE_EMPLOYEE_HANDLER)

/* Acts on a message by the table. */
enum verdict dispatch_client(struct broker *broker, struct session *session, const struct delivery *delivery);
enum verdict dispatch_employee(struct broker *broker, struct employee *employee,
                               const struct delivery *delivery);

#endif
