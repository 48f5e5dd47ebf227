/* broker: its making, its step and its end; see broker.h. Which handler acts on a message is dispatch.c's to
 * say. */
#include "broker/core/dispatch.h"

#include <string.h>

#include "common/base/mem.h"

enum { KEPT_PERIOD = 100 /* ms: sessions are not added up more often, whoever asks */ };

void broker_config_default(struct broker_config *config)
{
    struct link_limits link = {.heartbeat = 5000,
                               .expiry = 60000,
                               .window = 8 << 20,
                               .max_body = 1 << 30,
                               .max_queue = 256 << 20,
                               .max_unread = 64 << 20,
                               .section = "manager-links"};
    *config = (struct broker_config){
        .redial = 2000,
        .client_link = link,
        .employee_link = link,
        .lease = 3600000,
        .max_clients = 10000,
        .max_connections = 20000,
        .max_tasks = 10000000,
        .max_session_bytes = 2ull << 30,
        .max_attempts = 3,
        .max_losses = 10,
        .max_breadcrumbs = 64,
        .max_ids = 1 << 24,
        .max_header = MAX_HEADER,
        .max_logs = 1000,
        .max_kills = 10,
        .software = "mailroomd",
    };
    config->client_link.section = "client-links";
}

struct broker *broker_new(const struct broker_config *config, const char *const *lines, size_t line_count,
                          uint64_t now)
{
    struct broker *broker = mem_zalloc(1, sizeof(*broker));
    broker->config = *config;
    broker->mailbox_counter = config->first_mailbox;
    broker->started = now;
    broker->newest = NO_RECORD;
    broker->serials = LIST_ALL;
    broker->logs_due = broker->kills_due = NEVER;
    for (int bare = 0; bare < 2; bare++)
        broker->absent[bare].first = broker->absent[bare].last = NO_RECORD;
    struct post_config post = {
        .features = FEATURE_SHARE | FEATURE_VERSIONS,
        .boot = broker->config.boot,
        .seed = config->seed,
        .software = broker->config.software,
        .name = broker->config.name,
        .redial = config->redial,
        .max_connections = config->max_connections,
        .max_header = config->max_header,
        .roles = {[DOOR_FRONT] = 1u << ROLE_CLIENT | 1u << ROLE_MANAGER},
        .limits = {[ROLE_CLIENT] = config->client_link, [ROLE_MANAGER] = config->employee_link},
    };
    boss_init(&broker->boss, &post, lines, line_count, now);
    roster_fill_pool(&broker->boss.roster, 0, WORKER_LIMIT);
    broker->boss.max_attempts = (uint32_t)config->max_attempts;
    broker->boss.max_losses = (uint32_t)config->max_losses;
    broker->boss.max_breadcrumbs = config->max_breadcrumbs;
    broker->boss.max_ids = config->max_ids;
    broker->boss.max_logs = config->max_logs;
    slab_init(&broker->sessions, sizeof(struct session));
    slab_init(&broker->jobs, sizeof(struct job));
    index_init(&broker->by_uuid);
    index_init(&broker->by_token);
    return broker;
}

void broker_free(struct broker *broker)
{
    struct outbox outbox = {0};
    broker->boss.outbox = &outbox;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        struct session *session = session_at(broker, i);
        if (session->number == i)
            session_end(broker, session);
    }
    outbox_free(&outbox);
    boss_free(&broker->boss);
    index_free(&broker->by_uuid);
    index_free(&broker->by_token);
    slab_clear(&broker->sessions);
    slab_clear(&broker->jobs);
    mem_free(broker);
}

/* The peer's link is over, one way or another. */
static void lost(struct broker *broker, struct peer *peer, const char *why)
{
    outbox_log(broker->boss.outbox, LOG_WARNING, "%s %s is gone: %s", role_name(peer->role), peer->name, why);
    if (peer->owner == NULL) {
        post_end(&broker->boss.post, peer, true, broker->boss.now, broker->boss.outbox);
    } else if (peer->role == ROLE_CLIENT) {
        session_leave(broker, peer->owner);
    } else {
        employee_lost(broker, peer->owner, why, true);
    }
}

static void deliver(struct broker *broker, struct delivery *delivery)
{
    struct peer *peer = delivery->peer;
    if (peer->role == ROLE_CLIENT)
        deliver_acknowledged(broker, peer->owner);
    enum verdict verdict = peer->role == ROLE_CLIENT ? dispatch_client(broker, peer->owner, delivery)
                                                     : dispatch_employee(broker, peer->owner, delivery);
    slice_drop(&delivery->body);
    if (verdict == DISCARDED) {
        broker->boss.discarded++;
    } else if (verdict == MISBEHAVED) {
        broker->boss.misbehaved++;
        post_send_error(&broker->boss.post, peer, broker->boss.complaint, broker->boss.complaint_text,
                        NO_NUMBER);
        lost(broker, peer, broker->boss.complaint_text);
    }
}

static void on_revoked(struct broker *broker, const struct event *event)
{
    struct boss *boss = &broker->boss;
    uint32_t at = 0;
    for (struct peer *peer;
         (peer = post_revoked(&boss->post, event->key, &at, boss->now, boss->outbox)) != NULL;)
        lost(broker, peer, "its key is not let in any more");
}

/* Somebody asks how the broker is, without being anybody to it. */
static void tell(struct broker *broker, const struct delivery *delivery)
{
    struct message answer;
    numbers_answer(broker, delivery->message.counts.corr, &answer);
    post_tell(&answer, delivery->conn, broker->boss.outbox);
}

static void on_post(struct broker *broker, const struct event *event)
{
    struct delivery delivery;
    enum post_verdict verdict = post_event(&broker->boss.post, event, broker->boss.outbox, &delivery);
    if (delivery.lost)
        lost(broker, delivery.lost, delivery.why);
    switch (verdict) {
    case POST_NOTHING:
    case POST_REFUSED: break;
    case POST_DELIVER: deliver(broker, &delivery); break;
    case POST_JOINED:
        if (delivery.peer->role == ROLE_CLIENT) {
            session_join(broker, delivery.peer);
        } else {
            employee_join(broker, delivery.peer);
        }
        break;
    case POST_ASKED: tell(broker, &delivery); break;
    case POST_ANSWERED: employee_join(broker, delivery.peer); break;
    case POST_LOST:
        if (delivery.code != CODE_NONE)
            broker->boss.misbehaved++;
        lost(broker, delivery.peer, delivery.why);
        break;
    }
}

/* What clients acknowledged makes room for more. */
static void see_to_clients(struct broker *broker)
{
    for (const struct peer *peer = broker->boss.post.touched; peer; peer = peer->next_touched) {
        if (peer->role != ROLE_CLIENT || peer->owner == NULL)
            continue;
        session_note_connection(broker, peer->owner);
        deliver_acknowledged(broker, peer->owner);
        deliver_more(broker, peer->owner);
    }
}

/* At the end of a turn: see to time, give out tasks, put out letters. */
static void on_turn(struct broker *broker, uint64_t memory)
{
    struct boss *boss = &broker->boss;
    const char *why;
    boss->memory = memory ? memory : boss->memory;
    for (struct peer *peer; (peer = post_expired(&boss->post, boss->now, boss->outbox, &why)) != NULL;)
        lost(broker, peer, why);
    session_expire(broker);
    kills_turn(broker);
    logs_tell(broker);
    see_to_clients(broker);
    for (uint32_t task; (task = boss_schedule(boss, &why)) != NO_RECORD;) {
        const struct task *unfit = ledger_task(&boss->ledger, task);
        struct fault fault = {.code = CODE_TOO_LARGE, .text = span_text(why), .task = unfit->address};
        struct address root = ledger_root_address(unfit);
        job_root_failed(broker, &root, &fault);
    }
    boss_recall(boss, 0, 0);
    post_flush(&boss->post, boss->now, boss->outbox);
}

void broker_end(struct broker *broker, bool below, const char *why)
{
    struct boss *boss = &broker->boss;
    boss_end(boss, below, why);
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        struct session *session = session_at(broker, i);
        if (session->number == i && session->peer)
            post_send_goodbye(&boss->post, session->peer, why);
    }
    post_flush(&boss->post, boss->now, boss->outbox);
    outbox_log(boss->outbox, LOG_INFO, "ending: %s", why);
    outbox_exit(boss->outbox, 0);
    broker->ending = true;
}

void broker_step(struct broker *broker, const struct event *event, struct outbox *outbox)
{
    broker->boss.outbox = outbox;
    broker->boss.now = event->now;
    if (broker->ending)
        return;
    switch (event->kind) {
    case EVENT_TURN: on_turn(broker, event->memory); break;
    case EVENT_REVOKED: on_revoked(broker, event); break;
    case EVENT_SHUTDOWN: broker_end(broker, true, "the broker and everything below it is shut down"); break;
    case EVENT_LEAVE: broker_end(broker, false, "the broker ends"); break;
    default: on_post(broker, event); break;
    }
}

uint64_t broker_deadline(const struct broker *broker)
{
    uint64_t post = post_deadline(&broker->boss.post), session = session_deadline(broker);
    uint64_t due = post < session ? post : session;
    due = due < broker->logs_due ? due : broker->logs_due;
    due = due < broker->kills_due ? due : broker->kills_due;
    return broker->ending ? NEVER : due;
}

static uint64_t sum_kept(const struct broker *broker)
{
    uint64_t kept = 0;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        const struct session *session = session_at(broker, i);
        kept += session->number == i ? session->bytes : 0;
    }
    return kept;
}

uint64_t broker_kept(struct broker *broker)
{
    if (broker->boss.now >= broker->kept_due) {
        broker->kept = sum_kept(broker);
        broker->kept_due = broker->boss.now + KEPT_PERIOD;
    }
    return broker->kept;
}

void broker_counts(const struct broker *broker, struct broker_counts *counts)
{
    const struct boss *boss = &broker->boss;
    *counts = (struct broker_counts){
        .clients = broker->sessions.used,
        .absent = broker->absent_count,
        .jobs = broker->jobs.used,
        .names = index_count(&boss->ledger.names.by_text),
        .employees = boss->roster.count,
        .workers = boss->roster.total_workers,
        .idle_workers = roster_idle_sum(&boss->roster),
        .tasks = boss->ledger.tasks.used,
        .queued = boss->queue.count,
        .submitted = broker->submitted,
        .finished = broker->finished,
        .failed = broker->failed,
        .cancelled = broker->cancelled,
        .discarded = boss->discarded,
        .misbehaved = boss->misbehaved,
        .kept = sum_kept(broker),
    };
}
