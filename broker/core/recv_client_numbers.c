/* recv_client_numbers: what operators want to know of the broker: COUNTS and CLIENTS, by which sessions are
 * ended, too. Its tasks are
 * recv_client_ask.c's, its managers recv_client_managers.c's. */
#include <stdio.h>
#include <string.h>

#include "broker/core/dispatch.h"

enum {
    MOST_CLIENTS = 16384, /* in one answer: the header has its limit */
    WORK_COUNTS = 60,     /* for the numbers of COUNTS, */
    ROUNDS = 2            /* and so many times each manager is looked at, and once for each runtime */
};

/* How the journal does, where there is one. */
static void count_journal(const struct journal *journal, struct builder *list)
{
    const struct journal_numbers *numbers = &journal->numbers;
    if (!journal->kept)
        return;
    builder_count(list, span_text("journal refuses"), journal->stuck[0] != '\0');
    builder_count(list, span_text("journal size"), numbers->size);
    builder_count(list, span_text("journal behind"), numbers->behind);
    builder_count(list, span_text("journal records"), numbers->records);
    builder_count(list, span_text("journal rows"), numbers->rows);
    builder_count(list, span_text("journal groups"), numbers->groups);
    builder_count(list, span_text("journal written"), numbers->written);
    builder_count(list, span_text("journal commit"), numbers->commit_us);
    builder_count(list, span_text("journal failures"), numbers->failures);
}

void numbers_answer(struct broker *broker, uint64_t corr, struct message *answer)
{
    struct builder *list = &broker->boss.list;
    builder_reset(list);
    builder_count(list, span_text("uptime"), broker->boss.now - broker->started);
    builder_count(list, span_text("clients"), broker->sessions.used - broker->over_count);
    builder_count(list, span_text("absent"), broker->absent_count);
    builder_count(list, span_text("submitted"), broker->submitted);
    builder_count(list, span_text("finished"), broker->finished);
    builder_count(list, span_text("failed"), broker->failed);
    builder_count(list, span_text("cancelled"), broker->cancelled);
    builder_count(list, span_text("kept"), broker->boss.account.bytes);
    boss_counts(&broker->boss, list);
    count_journal(&broker->journal, list);
    *answer = (struct message){.kind = KIND_COUNTS};
    answer->counts.corr = corr;
    answer->counts.counts = builder_list(list);
    if (broker->journal.stuck[0])
        answer->counts.refuses = span_text(broker->journal.stuck);
}

CLIENT_HANDLER(recv_client_counts)
{
    (void)body;
    struct message answer;
    const struct roster *roster = &broker->boss.roster;
    uint64_t rounds = ROUNDS;
    for (uint32_t mask = roster->runtimes; mask; mask &= mask - 1)
        rounds++;
    boss_spend(&broker->boss, WORK_COUNTS + rounds * roster->count / WORK_LOOKS);
    numbers_answer(broker, message->counts.corr, &answer);
    if (session->peer->admin && broker->config.page[0])
        answer.counts.page = span_text(broker->config.page);
    session_say(broker, session, &answer);
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
        .bytes = session->account.bytes,
        .away = here ? 0 : now - (session->lease_end - lease),
    };
    builder_listed_client(list, &listed);
}

/* Whether an admin means this session by the name of its client, or of its key. */
static bool is_meant(const struct session *session, struct span name)
{
    const char *key = session->key.role == KEY_NONE ? "" : session->key.name;
    return (name.size == strlen(session->name) && memcmp(name.data, session->name, name.size) == 0) ||
           (name.size > 0 && name.size == strlen(key) && memcmp(name.data, key, name.size) == 0);
}

/* Ends a session that another one's client, an admin, has done with. */
static void end_for(struct broker *broker, struct session *session, const struct session *admin)
{
    char text[160];
    outbox_log(broker->boss.outbox, LOG_WARNING, "client %s: its session is ended, as client %s asks",
               session->name, admin->name);
    snprintf(text, sizeof text, "this session was ended by the admin %s", admin->name);
    if (session->peer)
        post_send_error(&broker->boss.post, session->peer, CODE_TAKEN, text, NO_NUMBER);
    session_end(broker, session);
}

CLIENT_HANDLER(recv_client_clients)
{
    (void)body;
    if (!session->peer->admin) {
        session_refuse(broker, session, CODE_REFUSED, "CLIENTS: " ONLY_ADMINS, message->clients.corr, NULL,
                       NO_NUMBER);
        return HANDLED;
    }
    struct span end = message->clients.end;
    struct builder clients = {0}; /* boss.list is used where a session ends */
    for (uint32_t i = broker->newest; i != NO_RECORD && clients.count < MOST_CLIENTS;) {
        struct session *listed = session_at(broker, i);
        i = listed->older;
        if (end.data && (listed == session || !is_meant(listed, end)))
            continue;
        list_client(broker, listed, &clients);
        if (end.data)
            end_for(broker, listed, session);
    }
    boss_spend(&broker->boss, clients.count * (uint64_t)WORK_SAY); /* it cannot be said in parts */
    struct message answer = {.kind = KIND_CLIENTS};
    answer.clients.end = end;
    answer.clients.corr = message->clients.corr;
    answer.clients.clients = builder_list(&clients);
    if (end.data)
        answers_give(broker, session, &answer);
    else
        session_say(broker, session, &answer);
    builder_free(&clients);
    return HANDLED;
}
