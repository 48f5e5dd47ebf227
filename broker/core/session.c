/* session: clients' sessions: joining, resuming, leaving, leases and ending (BQSKit's clients,
 * handle_disconnect).
 *
 * Differs from BQSKit: a session is named by its client's token and outlives the client's connection. */
#include <stdio.h>
#include <string.h>

#include "broker/core/broker_inner.h"

enum { WEIGH_EVERY = 1000 /* ms */ };

static const char taken[] = "another process shook hands with this session's token";

/* ms since 1970. */
static uint64_t wall_now(const struct broker *broker)
{
    return broker->config.wall + broker->boss.now;
}

static uint32_t hash_of(const struct broker *broker, const uint8_t *token)
{
    return index_hash16(broker->config.seed, token);
}

/* The session that a token names, or NULL. */
static struct session *find(const struct broker *broker, const uint8_t *token)
{
    struct index_cursor cursor = index_find(&broker->by_token, hash_of(broker, token));
    for (uint32_t number; (number = index_next(&broker->by_token, &cursor)) != NO_RECORD;) {
        struct session *session = session_at(broker, number);
        if (memcmp(session->token, token, UUID_SIZE) == 0)
            return session;
    }
    return NULL;
}

/* Absent sessions stand in the order in which their leases end: all leases are equally long, so it is the
 * last one, but for those of the journal. */
static void begin_lease(struct broker *broker, struct session *session, uint64_t lease)
{
    uint64_t now = broker->boss.now;
    session->bare = session->tasks == 0 && session->kept == 0;
    struct absent *absent = &broker->absent[session->bare];
    session->lease_end = lease < NEVER - now ? now + lease : NEVER;
    uint32_t before = absent->last, after = NO_RECORD;
    while (before != NO_RECORD && session_at(broker, before)->lease_end > session->lease_end) {
        after = before;
        before = session_at(broker, before)->absent_previous;
    }
    session->absent_next = after;
    session->absent_previous = before;
    if (before == NO_RECORD)
        absent->first = session->number;
    else
        session_at(broker, before)->absent_next = session->number;
    if (after == NO_RECORD)
        absent->last = session->number;
    else
        session_at(broker, after)->absent_previous = session->number;
    broker->absent_count++;
}

static void end_lease(struct broker *broker, struct session *session)
{
    struct absent *absent = &broker->absent[session->bare];
    if (session->absent_previous == NO_RECORD)
        absent->first = session->absent_next;
    else
        session_at(broker, session->absent_previous)->absent_next = session->absent_next;
    if (session->absent_next == NO_RECORD)
        absent->last = session->absent_previous;
    else
        session_at(broker, session->absent_next)->absent_previous = session->absent_previous;
    broker->absent_count--;
}

/* A submit that is not all taken goes with the link that it came on: its client has no acknowledgement of it,
 * and says it again. */
static void abandon_submit(struct broker *broker, const struct peer *peer)
{
    const struct inbox_item *item = peer->inbox.first;
    if (item && item->headway.stage == SUBMIT_TAKEN && item->message.kind == KIND_SUBMIT_BATCH)
        job_doom(broker, item->headway.number);
}

/* Ends the session's link. What the client did not acknowledge is for its next one. */
static void part(struct broker *broker, struct session *session)
{
    struct peer *peer = session->peer;
    abandon_submit(broker, peer);
    deliver_acknowledged(broker, session);
    deliver_no_more(broker, session);
    parcels_send_again(&session->parcels);
    session->peer = NULL;
    peer->owner = NULL;
    post_end(&broker->boss.post, peer, false, broker->boss.now, broker->boss.outbox);
}

static struct session *begin(struct broker *broker, const uint8_t *token, const struct key *key,
                             uint64_t host, uint64_t serial)
{
    uint32_t number = slab_take(&broker->sessions);
    struct session *session = session_at(broker, number);
    session->number = number;
    session->user = user_take(broker, key, host);
    session->key = *key;
    session->account = (struct account){.most = broker->config.max_session_bytes,
                                        .above = &user_at(broker, session->user)->account};
    session->parcels.account = &session->account;
    session->flow = queue_open_flow(&broker->boss.queue, user_at(broker, session->user)->party);
    queue_set_account(&broker->boss.queue, session->flow, &session->account);
    session->jobs = NO_RECORD;
    memcpy(session->token, token, UUID_SIZE);
    session->serial = serial;
    queue_set_session(&broker->boss.queue, session->flow, session->serial);
    session->newer = NO_RECORD;
    session->older = broker->newest;
    if (session->older != NO_RECORD)
        session_at(broker, session->older)->newer = number;
    broker->newest = number;
    if (uuid_is_set(token))
        index_add(&broker->by_token, hash_of(broker, token), number);
    return session;
}

static void refuse_one_more(struct broker *broker, struct peer *peer)
{
    char text[320];
    uint32_t number = user_find(broker, peer);
    snprintf(
        text, sizeof text,
        "there are %u clients, of at most %llu (setting limits/clients), %u of them of this %s; %llu are absent, with "
        "tasks or results that stay for their lease (setting session/lease)",
        broker->sessions.used, (unsigned long long)broker->config.max_clients,
        number == NO_RECORD ? 0 : user_at(broker, number)->sessions,
        peer->key.role == KEY_NONE ? "host" : "key", (unsigned long long)broker->absent_count);
    post_refuse_with(&broker->boss.post, peer, CODE_BUSY, text, broker->boss.outbox);
}

/* Another key's session is not to be had by its token alone. */
static bool refuse_other_key(struct broker *broker, const struct session *session, struct peer *peer)
{
    if (peer->admin || key_same(&session->key, &peer->key))
        return false;
    post_refuse_with(&broker->boss.post, peer, CODE_NOT_OWNER,
                     "HELLO: this session was begun with another key; only an admin may have it as well",
                     broker->boss.outbox);
    return true;
}

static bool same_process(const struct session *session, const struct peer *peer)
{
    return memcmp(peer->boot, session->boot, UUID_SIZE) == 0;
}

/* The session's client is back, or another process took its place. */
static void resume(struct broker *broker, struct session *session, const struct peer *peer)
{
    struct boss *boss = &broker->boss;
    if (session->peer == NULL) {
        end_lease(broker, session);
        return;
    }
    if (!same_process(session, peer)) { /* else it has given the older connection up itself */
        outbox_log(boss->outbox, LOG_INFO, "client %s: its session is taken over", session->name);
        post_send_error(&boss->post, session->peer, CODE_TAKEN, taken, NO_NUMBER);
    }
    part(broker, session);
}

/* A HELLO that names a link which is over: of a process that was away while another one took its session
 * over, which is not to take it back unawares; or one that was under way for so long that its process has a
 * newer connection meanwhile. False: neither. */
static bool refuse_late(struct broker *broker, const struct session *session, struct peer *peer)
{
    struct boss *boss = &broker->boss;
    if (!peer->returned)
        return false;
    if (!same_process(session, peer)) {
        post_refuse_with(&boss->post, peer, CODE_TAKEN, taken, boss->outbox);
        return true;
    }
    if (session->peer == NULL || session->peer->conn == NO_CONN)
        return false;
    post_refuse_with(&boss->post, peer, CODE_NO_HANDSHAKE, "HELLO: its sender has a newer connection",
                     boss->outbox);
    return true;
}

/* Ends the session that has been absent for longest and has nothing to come back for: one of the peer's own
 * user, where it is he who has too many; false: there is none, or no room yet. */
static bool make_room(struct broker *broker, const struct peer *peer)
{
    bool full = broker->sessions.used >= broker->config.max_clients;
    uint32_t user = user_find(broker, peer), number = broker->absent[1].first;
    while (!full && number != NO_RECORD && session_at(broker, number)->user != user)
        number = session_at(broker, number)->absent_next;
    if (number == NO_RECORD)
        return false;
    uint32_t sessions = broker->sessions.used;
    session_end(broker, session_at(broker, number));
    return broker->sessions.used < sessions; /* else it goes in a later turn, and he comes again */
}

void session_join(struct broker *broker, struct peer *peer)
{
    struct boss *boss = &broker->boss;
    struct session *session = uuid_is_set(peer->session) ? find(broker, peer->session) : NULL;
    if (session && session->parting == PARTING_ENDS) {
        session_end(broker, session);
        session = NULL;
    }
    bool known = session != NULL;
    if (known && (refuse_other_key(broker, session, peer) || refuse_late(broker, session, peer)))
        return;
    if (known) {
        resume(broker, session, peer);
    } else if (!user_may_begin(broker, peer) && !make_room(broker, peer)) {
        refuse_one_more(broker, peer);
        return;
    } else {
        session = begin(broker, peer->session, &peer->key, peer->host, ++broker->serials);
    }
    session->peer = peer;
    session->left = 0;
    session->parting = PARTING_NOT;
    link_charge(&peer->link, &session->account);
    peer->link.may_leave_out = true;
    session->fleeting = (peer->features & FEATURE_FLEETING) != 0;
    session_note_connection(broker, session);
    peer->owner = session;
    memcpy(session->name, peer->name, sizeof session->name);
    memcpy(session->boot, peer->boot, UUID_SIZE);
    records_session(broker, session);
    post_welcome(&boss->post, peer, session->heard ? session->token : NULL, boss->outbox);
    outbox_log(boss->outbox, LOG_INFO, "client %s %s (%s%s%s)", peer->name, known ? "is back" : "joined",
               peer->software, peer->key.role ? ", key " : "", peer->key.name);
    deliver_later(broker, session);
}

void session_note_connection(struct broker *broker, const struct session *session)
{
    bool here = session->peer && session->peer->link.connected;
    queue_put_behind(&broker->boss.queue, session->flow, session->fleeting && !here);
}

void session_weigh(struct broker *broker, struct session *session)
{
    bool full =
        session->account.unread > session->account.bytes / 2 && !account_has_room(&session->account, 0, NULL);
    bool slow = session->peer && post_is_slow(session->peer, session->held);
    bool held = full || session->over || slow || deliver_is_slow(broker, session);
    broker->recalls |= full && !session->full;
    session->full = full;
    if (held == session->held)
        return;
    session->held = held;
    broker->held += held ? session->tasks : -session->tasks;
    queue_hold(&broker->boss.queue, session->flow, held);
    if (held && broker->held_due == NEVER)
        broker->held_due = broker->boss.now + WEIGH_EVERY;
}

void session_weigh_noted(struct broker *broker)
{
    while (broker->unweighed != NO_RECORD) {
        struct session *session = session_at(broker, broker->unweighed);
        broker->unweighed = session->next_unweighed;
        session->unweighed = false;
        session_weigh(broker, session);
    }
}

void session_weigh_held(struct broker *broker)
{
    if (broker->boss.now < broker->held_due)
        return;
    broker->held_due = NEVER;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        struct session *session = session_at(broker, i);
        if (session->number != i || session->over || !session->held)
            continue;
        session_weigh(broker, session);
        if (session->held)
            broker->held_due = broker->boss.now + WEIGH_EVERY;
    }
}

void session_leave(struct broker *broker, struct session *session)
{
    if (!uuid_is_set(session->token) || session->parting == PARTING_ENDS) { /* nobody will come back for it */
        session_end(broker, session);
        return;
    }
    part(broker, session);
    session->left = wall_now(broker);
    records_session(broker, session);
    begin_lease(broker, session, broker->config.lease);
    session_note_connection(broker, session);
    outbox_log(broker->boss.outbox, LOG_INFO, "client %s is absent: its session stays for its lease",
               session->name);
}

/* Takes it out of the order in which sessions were begun. */
static void unchain(struct broker *broker, const struct session *session)
{
    if (session->newer == NO_RECORD)
        broker->newest = session->older;
    else
        session_at(broker, session->newer)->older = session->older;
    if (session->older != NO_RECORD)
        session_at(broker, session->older)->newer = session->newer;
}

void session_forget(struct broker *broker, struct session *session)
{
    struct boss *boss = &broker->boss;
    session_weigh_noted(broker); /* it may be among them */
    queue_close_flow(&boss->queue, session->flow);
    paths_end(boss, session->serial);
    account_take(&session->account, (uint64_t)session->answers * ANSWER_COST);
    account_settle(&session->account);
    user_drop(broker, session->user);
    slab_give(&broker->sessions, session->number);
}

struct session *session_restore(struct broker *broker, const struct record *record)
{
    struct session *session = begin(broker, record->session.token, &record->session.key, record->session.host,
                                    record->session.serial);
    size_t size = record->session.name.size;
    memcpy(session->name, record->session.name.data, size < sizeof session->name ? size : 0);
    memcpy(session->boot, record->session.boot, UUID_SIZE);
    session->fleeting = record->session.fleeting;
    session->submitted = record->session.submitted;
    session->left = record->session.left;
    session->written = true;
    return session;
}

void session_note_leaving(struct broker *broker, struct session *session)
{
    session->left = wall_now(broker);
    records_session(broker, session);
}

/* A client that had left before the other process of this broker died has the rest of its lease, and as long
 * as a manager has to come back: that process may have been away. One that was there has all of it. */
void session_restored(struct broker *broker, struct session *session)
{
    uint64_t now = wall_now(broker), lease = broker->config.lease, grace = broker->config.grace;
    uint64_t away = session->left && session->left < now ? now - session->left : 0;
    uint64_t rest = away < lease ? lease - away : 0, least = grace < lease ? grace : lease;
    session->heard = session->jobs != NO_RECORD || session->submitted > 0 || session->left != 0 ||
                     paths_of(&broker->boss, session->serial);
    if (session->left == 0) {
        session->left = now;
        records_session(broker, session);
    }
    begin_lease(broker, session, rest > least ? rest : least);
    session_note_connection(broker, session);
}

void session_end(struct broker *broker, struct session *session)
{
    struct boss *boss = &broker->boss;
    if (session->peer)
        part(broker, session);
    else
        end_lease(broker, session);
    records_end_session(broker, session);
    parcels_free(&session->parcels);
    outbox_log(boss->outbox, LOG_INFO, "client %s left", session->name);
    unchain(broker, session);
    if (uuid_is_set(session->token))
        index_remove(&broker->by_token, hash_of(broker, session->token), session->number);
    session->over = true;
    session_weigh(broker, session);
    sweep_session(broker, session);
}

void session_end_all_of(struct broker *broker, const struct key *key)
{
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        struct session *session = session_at(broker, i);
        if (session->number == i && !session->over && key_same(&session->key, key))
            session_end(broker, session);
    }
}

/* The absent session whose lease ends first, NO_RECORD: there is none. */
static uint32_t next_to_expire(const struct broker *broker)
{
    uint32_t some = broker->absent[0].first, bare = broker->absent[1].first;
    if (some == NO_RECORD || bare == NO_RECORD)
        return some == NO_RECORD ? bare : some;
    return session_at(broker, some)->lease_end <= session_at(broker, bare)->lease_end ? some : bare;
}

void session_expire(struct broker *broker)
{
    while (session_deadline(broker) <= broker->boss.now) {
        struct session *session = session_at(broker, next_to_expire(broker));
        outbox_log(broker->boss.outbox, LOG_WARNING,
                   "client %s did not come back: its lease is over, its %llu unfinished tasks are cancelled",
                   session->name, (unsigned long long)session->tasks);
        session_end(broker, session);
    }
}

uint64_t session_deadline(const struct broker *broker)
{
    uint32_t first = next_to_expire(broker);
    return first == NO_RECORD ? NEVER : session_at(broker, first)->lease_end;
}

void session_say(struct broker *broker, const struct session *session, const struct message *message)
{
    boss_spend(&broker->boss, WORK_SAY);
    post_send(&broker->boss.post, session->peer, message, SLICE_NONE);
}

static void refuse(struct broker *broker, struct session *session, enum error_code code, const char *text,
                   uint64_t corr, const uint8_t *uuid, uint64_t slot, enum error_about about)
{
    struct message message = {.kind = KIND_ERROR};
    message.error.about = about;
    message.error.code = code;
    message.error.text = span_text(text);
    message.error.corr = corr;
    message.error.uuid = uuid;
    message.error.slot = slot;
    session_say(broker, session, &message);
}

void session_refuse(struct broker *broker, struct session *session, enum error_code code, const char *text,
                    uint64_t corr, const uint8_t *uuid, uint64_t slot)
{
    refuse(broker, session, code, text, corr, uuid, slot, ABOUT_QUESTION);
}

void session_refuse_task(struct broker *broker, struct session *session, enum error_code code,
                         const char *text, uint64_t corr, const uint8_t *uuid, uint64_t slot)
{
    refuse(broker, session, code, text, corr, uuid, slot, ABOUT_TASK);
}

uint32_t session_job(struct broker *broker, struct session *session, const uint8_t *uuid, uint64_t corr,
                     enum error_about about)
{
    bool foreign;
    uint32_t job = job_find(broker, session, uuid, &foreign);
    if (job == NO_RECORD && foreign) {
        refuse(broker, session, CODE_NOT_OWNER, "this task belongs to another client", corr, uuid, NO_NUMBER,
               about);
    } else if (job == NO_RECORD) {
        struct message denial = {.kind = KIND_ERROR};
        denial.error.corr = corr;
        denial.error.uuid = uuid;
        denial.error.about = about;
        answers_deny(broker, session, &denial);
    }
    return job;
}
