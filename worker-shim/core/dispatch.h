/* dispatch: who may send what to a shim, and the handler of each: the one table (BQSKit's
 * Manager.handle_message). A kind that is not in it is MISBEHAVED. */
#ifndef MAILROOM_SHIM_DISPATCH_H
#define MAILROOM_SHIM_DISPATCH_H

#include "worker-shim/core/shim_inner.h"

/* X(kind, handler): what the boss sends. The handlers are in recv_above.c; they return a verdict. */
#define FROM_ABOVE(X)                         \
    X(CONNECT, recv_above_connect)            \
    X(IMPORTPATH, recv_above_importpath)      \
    X(SUBMIT, recv_above_submit)              \
    X(SUBMIT_BATCH, recv_above_submit)        \
    X(RESULT, recv_above_result)              \
    X(RESULT_BATCH, recv_above_result)        \
    X(CANCEL, recv_above_cancel)              \
    X(COMMUNICATE, recv_above_communicate)    \
    X(ERROR, recv_above_error)                \
    X(SHUTDOWN, recv_above_shutdown)          \
    X(DISCONNECT, recv_above_leave)           \
    X(RECALL, recv_above_recall)              \
    X(EMPLOYEE_LOST, recv_above_workers_lost) \
    X(DRAIN, recv_above_drain)                \
    X(SHARE, recv_above_share)                \
    X(UNSHARE, recv_above_unshare)            \
    X(TRACE, recv_above_trace)

/* The same of what workers and managers below send, in recv_below.c. */
#define FROM_BELOW(X)                         \
    X(STARTED, recv_below_started)            \
    X(IDS, recv_below_ids)                    \
    X(WAITING, recv_below_waiting)            \
    X(SUBMIT, recv_below_submit)              \
    X(SUBMIT_BATCH, recv_below_submit)        \
    X(RESULT, recv_below_result)              \
    X(RESULT_BATCH, recv_below_result)        \
    X(UPDATE, recv_below_update)              \
    X(ERROR, recv_below_error)                \
    X(LOG, recv_below_log)                    \
    X(CANCEL, recv_below_cancel)              \
    X(COMMUNICATE, recv_below_communicate)    \
    X(DISCONNECT, recv_below_leave)           \
    X(RETURN, recv_below_return)              \
    X(EMPLOYEE_LOST, recv_below_workers_lost) \
    X(SHARE, recv_below_share)                \
    X(UNSHARE, recv_below_unshare)            \
    X(TRACE, recv_below_trace)                \
    X(HOLDS, recv_below_holds)

#define ABOVE_HANDLER(name) \
    enum verdict name(struct shim *shim, const struct message *message, const struct slice *body)
#define BELOW_HANDLER(name)                                                                        \
    enum verdict name(struct shim *shim, struct employee *employee, const struct message *message, \
                      const struct slice *body)
#define DECLARE_ABOVE_HANDLER(kind, name) ABOVE_HANDLER(name);
#define DECLARE_BELOW_HANDLER(kind, name) BELOW_HANDLER(name);
FROM_ABOVE(DECLARE_ABOVE_HANDLER)
FROM_BELOW(DECLARE_BELOW_HANDLER)

/* Acts on a message by the table. */
enum verdict dispatch_above(struct shim *shim, const struct delivery *delivery);
enum verdict dispatch_below(struct shim *shim, struct employee *employee, const struct delivery *delivery);

#endif
