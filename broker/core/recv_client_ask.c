/* recv_client_ask: what clients want to know (BQSKit's handle_status): STATUS and LIST. Of managers
 * see recv_client_managers.c. */
#include "broker/core/broker_inner.h"

enum {
    LIST_TASKS = 4096,   /* in one answer to LIST, */
    LIST_SLOTS = 1 << 18 /* and so many slots are looked at for it, but for the last of the tasks */
};

CLIENT_HANDLER(recv_client_status)
{
    (void)body;
    bool foreign;
    struct message answer = {.kind = KIND_STATUS};
    uint32_t job = job_find(broker, session, message->status.uuid, &foreign);
    if (job == NO_RECORD && foreign) {
        session_refuse(broker, session, CODE_NOT_OWNER, "this task belongs to another client",
                       message->status.corr, message->status.uuid, NO_NUMBER);
        return HANDLED;
    }
    answer.status.uuid = message->status.uuid;
    if (job != NO_RECORD)
        job_status(broker, job, &answer);
    answer.status.corr = message->status.corr;
    post_send(&broker->boss.post, session->peer, &answer, SLICE_NONE);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_list)
{
    (void)body;
    struct builder *list = &broker->boss.list;
    uint32_t next = session->jobs;
    if (message->list.after) {
        uint32_t after = session_job(broker, session, message->list.after, message->list.corr);
        if (after == NO_RECORD)
            return HANDLED;
        next = job_at(broker, after)->older;
    }
    builder_reset(list);
    for (uint64_t slots = 0; next != NO_RECORD && list->count < LIST_TASKS && slots < LIST_SLOTS;) {
        const struct job *job = job_at(broker, next);
        struct listed_task listed;
        job_list(broker, next, &listed);
        builder_listed_task(list, &listed);
        slots += job->total;
        next = job->older;
    }
    struct message answer = {.kind = KIND_LIST};
    answer.list.corr = message->list.corr;
    answer.list.after = message->list.after;
    answer.list.more = next != NO_RECORD;
    answer.list.tasks = builder_list(list);
    post_send(&broker->boss.post, session->peer, &answer, SLICE_NONE);
    return HANDLED;
}
