/* session: clients' sessions: joining and ending (BQSKit's clients, handle_disconnect). */
#include "broker/core/broker_inner.h"

void session_join(struct broker *broker, struct peer *peer)
{
    struct boss *boss = &broker->boss;
    if (broker->session_count >= broker->config.max_clients) {
        post_refuse(&boss->post, peer, "too many clients are connected (setting limits/clients)",
                    boss->outbox);
        return;
    }
    uint32_t number = slab_take(&broker->sessions);
    struct session *session = session_at(broker, number);
    session->number = number;
    session->peer = peer;
    session->flow = queue_open_flow(&boss->queue);
    session->jobs = NO_RECORD;
    broker->session_count++;
    post_welcome(&boss->post, peer, NULL, boss->outbox);
    peer->owner = session;
    outbox_log(boss->outbox, LOG_INFO, "client %s joined (%s)", peer->name, peer->software);
}

void session_end(struct broker *broker, struct session *session)
{
    struct boss *boss = &broker->boss;
    while (session->jobs != NO_RECORD) {
        uint32_t job = session->jobs;
        job_cancel(broker, job);
        job_forget(broker, job);
    }
    queue_close_flow(&boss->queue, session->flow);
    outbox_log(boss->outbox, LOG_INFO, "client %s left", session->peer->name);
    session->peer->owner = NULL;
    post_end(&boss->post, session->peer, false, boss->now, boss->outbox);
    broker->session_count--;
    session->peer = NULL;
    slab_give(&broker->sessions, session->number);
}
