/* kills: whose tasks end the workers that run them. A session that does so too often gets its tasks given out
 * at the rate at which it may, so that others find workers. In charge of the account and the ration, which
 * the queue keeps (common/boss/queue).
 *
 * The account is a bucket that leaks: it holds a minute's worth of kills, and each is forgotten after its
 * share of that minute. */
#include "broker/core/broker_inner.h"

enum { MINUTE = 60000 /* ms */ };

/* ms for which one kill counts. */
static uint64_t share(const struct broker *broker)
{
    return MINUTE / broker->config.max_kills > 0 ? MINUTE / broker->config.max_kills : 1;
}

/* What is on a session's account now, in ms of shares. */
static uint64_t level(const struct broker *broker, const struct session *session)
{
    return session->kills.until > broker->boss.now ? session->kills.until - broker->boss.now : 0;
}

void kills_note(struct broker *broker, uint32_t number, uint64_t count)
{
    struct session *session = session_at(broker, number);
    uint64_t now = broker->boss.now;
    if (session->kills.until < now)
        session->kills.until = now;
    session->kills.until += count * share(broker);
    if (session->kills.until > now + 2 * MINUTE) /* many at once are not held against it for longer */
        session->kills.until = now + 2 * MINUTE;
    session->kills.count = level(broker, session) / share(broker);
    if (session->kills.rationed || level(broker, session) <= MINUTE)
        return;
    session->kills.rationed = true;
    session->kills.next = now + share(broker);
    queue_ration(&broker->boss.queue, session->flow, 0);
    if (session->kills.next < broker->kills_due)
        broker->kills_due = session->kills.next;
    outbox_log(
        broker->boss.outbox, LOG_WARNING,
        "client %s: its tasks ended more than %llu workers in a minute (setting limits/kills): they are given "
        "out at that rate",
        session->name, (unsigned long long)broker->config.max_kills);
}

/* One more task, or no ration any more. */
static void serve(struct broker *broker, struct session *session)
{
    if (level(broker, session) <= MINUTE - MINUTE / 5) { /* less than where it begins, so that it ends once */
        session->kills.rationed = false;
        queue_ration_no_more(&broker->boss.queue, session->flow);
        outbox_log(broker->boss.outbox, LOG_INFO, "client %s: its tasks are given out as others' again",
                   session->name);
        return;
    }
    session->kills.next = broker->boss.now + share(broker);
    queue_ration(&broker->boss.queue, session->flow, 1);
}

void kills_turn(struct broker *broker)
{
    uint64_t now = broker->boss.now;
    if (now < broker->kills_due)
        return;
    broker->kills_due = NEVER;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        struct session *session = session_at(broker, i);
        if (session->number != i || session->over || !session->kills.rationed)
            continue;
        if (session->kills.next <= now)
            serve(broker, session);
        if (session->kills.rationed && session->kills.next < broker->kills_due)
            broker->kills_due = session->kills.next;
    }
}
