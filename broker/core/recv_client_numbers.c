/* recv_client_numbers: what operators want to know of the broker: COUNTS and CLIENTS. Its tasks are
 * recv_client_ask.c's, its managers recv_client_managers.c's. */
#include "broker/core/dispatch.h"

enum { MOST_CLIENTS = 16384 /* in one answer: the header has its limit */ };

void numbers_answer(struct broker *broker, uint64_t corr, struct message *answer)
{
    struct builder *list = &broker->boss.list;
    builder_reset(list);
    builder_count(list, span_text("uptime"), broker->boss.now - broker->started);
    builder_count(list, span_text("clients"), broker->sessions.used);
    builder_count(list, span_text("absent"), broker->absent_count);
    builder_count(list, span_text("submitted"), broker->submitted);
    builder_count(list, span_text("finished"), broker->finished);
    builder_count(list, span_text("failed"), broker->failed);
    builder_count(list, span_text("cancelled"), broker->cancelled);
    builder_count(list, span_text("kept"), broker_kept(broker));
    boss_counts(&broker->boss, list);
    *answer = (struct message){.kind = KIND_COUNTS};
    answer->counts.corr = corr;
    answer->counts.counts = builder_list(list);
}

CLIENT_HANDLER(recv_client_counts)
{
    (void)body;
    struct message answer;
    numbers_answer(broker, message->counts.corr, &answer);
    post_send(&broker->boss.post, session->peer, &answer, SLICE_NONE);
    return HANDLED;
}

static void list_client(const struct broker *broker, const struct session *session, struct builder *list)
{
    uint64_t now = broker->boss.now, lease = broker->config.lease;
    bool here = session->peer != NULL;
    struct listed_client listed = {
        .name = span_text(session->name),
        .key = span_text(session->key.role == KEY_NONE ? "" : session->key.name),
        .state = here ? SESSION_HERE : SESSION_ABSENT,
        .tasks = session->tasks,
        .submitted = session->submitted,
        .ended = session->submitted - session->tasks,
        .bytes = session->bytes,
        .away = here ? 0 : now - (session->lease_end - lease),
    };
    builder_listed_client(list, &listed);
}

CLIENT_HANDLER(recv_client_clients)
{
    (void)body;
    struct builder *list = &broker->boss.list;
    if (!session->peer->admin) {
        session_refuse(broker, session, CODE_REFUSED, "CLIENTS: " ONLY_ADMINS, message->clients.corr, NULL,
                       NO_NUMBER);
        return HANDLED;
    }
    builder_reset(list);
    for (uint32_t i = broker->newest; i != NO_RECORD && list->count < MOST_CLIENTS;) {
        const struct session *listed = session_at(broker, i);
        list_client(broker, listed, list);
        i = listed->older;
    }
    struct message answer = {.kind = KIND_CLIENTS};
    answer.clients.corr = message->clients.corr;
    answer.clients.clients = builder_list(list);
    post_send(&broker->boss.post, session->peer, &answer, SLICE_NONE);
    return HANDLED;
}
