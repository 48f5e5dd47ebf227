/* broker: its making, its step and its end; see broker.h. Which handler acts on a message is dispatch.c's to
 * say. */
#include "broker/core/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

void broker_config_default(struct broker_config *config)
{
    struct link_limits link = {.heartbeat = 5000,
                               .expiry = 60000,
                               .window = 8 << 20,
                               .max_body = 1 << 30,
                               .max_queue = 256 << 20,
                               .max_unread = 64 << 20,
                               .refused = 2000,
                               .section = "manager-links"};
    *config = (struct broker_config){
        .redial = 2000,
        .client_link = link,
        .employee_link = link,
        .lease = 3600000,
        .settle = 5000,
        .grace = 60000,
        .max_clients = 10000,
        .max_connections = 20000,
        .max_tasks = 10000000,
        .max_session_bytes = 2ull << 30,
        .max_attempts = 3,
        .max_losses = 10,
        .max_breadcrumbs = 64,
        .max_ids = 1 << 24,
        .max_header = MAX_HEADER,
        .work = WORK,
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
    broker->mailbox_counter = config->first_mailbox & NO_MAILBOX >> 1;
    broker->started = now;
    broker->newest = broker->unweighed = NO_RECORD;
    broker->doomed.first = broker->doomed.last = NO_RECORD;
    broker->over.first = broker->over.last = NO_RECORD;
    broker->line.first = broker->line.last = NO_RECORD;
    broker->serials = LIST_ALL;
    broker->logs_due = broker->kills_due = broker->held_due = NEVER;
    for (int bare = 0; bare < 2; bare++)
        broker->absent[bare].first = broker->absent[bare].last = NO_RECORD;
    struct post_config post = {
        .features = FEATURE_SHARE | FEATURE_VERSIONS | FEATURE_SESSIONS | FEATURE_TIMES | FEATURE_TRACE |
                    (uuid_is_set(config->cluster) ? FEATURE_JOURNAL : 0),
        .boot = broker->config.boot,
        .cluster = uuid_is_set(broker->config.cluster) ? broker->config.cluster : NULL,
        .epoch = broker->config.epoch,
        .seed = config->seed,
        .software = broker->config.software,
        .name = broker->config.name,
        .redial = config->redial,
        .max_connections = config->max_connections,
        .max_header = config->max_header,
        .work = config->work,
        .roles = {[DOOR_FRONT] = 1u << ROLE_CLIENT | 1u << ROLE_MANAGER},
        .limits = {[ROLE_CLIENT] = config->client_link, [ROLE_MANAGER] = config->employee_link},
    };
    broker->journal.kept = broker->journal.loading = (post.features & FEATURE_JOURNAL) != 0;
    broker->journal.safe_mailboxes = broker->journal.kept ? 0 : UINT64_MAX;
    boss_init(&broker->boss, &post, lines, line_count, now);
    down_init(broker);
    broker->boss.journals = broker->journal.kept;
    fifo_init(&broker->journal.answers, sizeof(struct held_answer), ANSWERS_STAY);
    restart_init(broker);
    claims_init(broker);
    if (!broker->journal.kept)
        roster_fill_pool(&broker->boss.roster, 0, WORKER_LIMIT);
    broker->boss.account.most = config->max_memory;
    broker->boss.max_attempts = (uint32_t)config->max_attempts;
    broker->boss.max_losses = (uint32_t)config->max_losses;
    broker->boss.max_breadcrumbs = config->max_breadcrumbs;
    broker->boss.max_ids = config->max_ids;
    broker->boss.max_logs = config->max_logs;
    slab_init(&broker->sessions, sizeof(struct session));
    slab_init_giving(&broker->jobs, sizeof(struct job));
    slab_init(&broker->timings, sizeof(struct timings *));
    slab_init(&broker->users, sizeof(struct user));
    trace_init(broker, config->history);
    index_init(&broker->by_user);
    index_init(&broker->by_uuid);
    index_init(&broker->by_token);
    return broker;
}

void broker_free(struct broker *broker)
{
    struct outbox outbox = {0};
    broker->boss.outbox = &outbox;
    broker->journal.loading = true; /* nothing of what follows is written down */
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        struct session *session = session_at(broker, i);
        if (session->number == i && !session->over)
            session_end(broker, session);
    }
    while (broker->over.first != NO_RECORD) {
        boss_sweep(&broker->boss);
        sweep_sessions(broker);
    }
    outbox_free(&outbox);
    trace_free(&broker->trace);
    load_free(broker);
    answers_free(broker);
    mem_free(broker->journal.managers);
    down_free(broker);
    restart_free(broker);
    claims_free(broker);
    boss_free(&broker->boss);
    index_free(&broker->by_uuid);
    index_free(&broker->by_token);
    slab_clear(&broker->sessions);
    slab_clear(&broker->jobs);
    slab_clear(&broker->timings);
    index_free(&broker->by_user);
    slab_clear(&broker->users);
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
    broker->boss.left_out = delivery->left_out;
    if (peer->role == ROLE_CLIENT)
        deliver_acknowledged(broker, peer->owner);
    if (peer->role == ROLE_CLIENT && ((struct session *)peer->owner)->parting != PARTING_NOT) {
        broker->boss.discarded++; /* it has said DISCONNECT */
        post_handled(&broker->boss.post, delivery);
        return;
    }
    enum verdict verdict = peer->role == ROLE_CLIENT ? dispatch_client(broker, peer->owner, delivery)
                                                     : dispatch_employee(broker, peer->owner, delivery);
    if (verdict == UNFINISHED) {
        post_keep(&broker->boss.post, delivery, broker->boss.now);
    } else if (verdict == DISCARDED) {
        broker->boss.discarded++;
    } else if (verdict == MISBEHAVED) {
        broker->boss.misbehaved++;
        post_send_error(&broker->boss.post, peer, broker->boss.complaint, broker->boss.complaint_text,
                        NO_NUMBER);
        lost(broker, peer, broker->boss.complaint_text);
    }
    post_handled(&broker->boss.post, delivery);
}

/* Mail that waits has its turn, as far as this turn's work goes. */
static void work(struct broker *broker)
{
    struct boss *boss = &broker->boss;
    struct delivery delivery;
    if (post_gives_way(&boss->post))
        return;
    post_fill_pool(&boss->post);
    for (;;) {
        switch (post_next(&boss->post, boss->now, &delivery)) {
        case POST_DELIVER: deliver(broker, &delivery); break;
        case POST_LOST:
            boss->misbehaved++;
            lost(broker, delivery.peer, delivery.why);
            break;
        default: return;
        }
        if (broker->ending)
            return;
    }
}

static void on_revoked(struct broker *broker, const struct event *event)
{
    struct boss *boss = &broker->boss;
    uint32_t at = 0;
    for (struct peer *peer;
         (peer = post_revoked(&boss->post, event->key, &at, boss->now, boss->outbox)) != NULL;)
        lost(broker, peer, "its key is not let in any more");
    session_end_all_of(broker, event->key);
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
        if (broker->config.standby) {
            post_refuse_with(&broker->boss.post, delivery.peer, CODE_BUSY, broker->config.standby,
                             broker->boss.outbox);
        } else if (delivery.peer->role == ROLE_CLIENT) {
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

/* Where nobody has tasks but clients that do not read what they have, managers keep results, too: of large
 * ones they are let send no more than a window ahead. Somebody else's news must not wait behind these. */
static void hold_managers_back(struct broker *broker)
{
    bool withholds = broker->unended > 0 && broker->held == broker->unended;
    if (withholds != broker->withholds)
        boss_withhold(&broker->boss, withholds);
    broker->withholds = withholds;
}

/* Idle workers are for what waits elsewhere. And what managers have not begun of a session that has too much
 * would bring more of it; what comes back of others goes out again. */
static void recall(struct broker *broker)
{
    struct boss *boss = &broker->boss;
    boss_recall(boss, broker->recalls ? UINT32_MAX : 0, broker->recalls ? boss->roster.runtimes : 0);
    broker->recalls = false;
}

/* What clients acknowledged makes room for more. */
static void see_to_clients(struct broker *broker)
{
    for (const struct peer *peer = broker->boss.post.touched; peer; peer = peer->next_touched) {
        if (peer->role == ROLE_MANAGER && peer->owner != NULL)
            down_acknowledged(broker, peer->owner);
        if (peer->role != ROLE_CLIENT || peer->owner == NULL)
            continue;
        session_note_connection(broker, peer->owner);
        deliver_later(broker, peer->owner);
    }
    deliver_turn(broker);
    session_weigh_noted(broker);
}

/* Whether it is on the disk which managers are gone: else another process would take them back, of whom
 * others have heard that they are. */
static bool may_tell_losses(const struct broker *broker)
{
    return !broker->journal.kept || (broker->boss.losses.noted == broker->journal.losses_noted &&
                                     broker->journal.losses_at <= broker->boss.post.committed);
}

/* What was done with tasks so far. */
static void write_down(struct broker *broker)
{
    if (broker->journal.kept && !broker->journal.loading)
        records_step(broker);
}

/* All records have been said that come of what managers said of lost workers and cancelled children: it is
 * safe when these are on the disk. */
static void settle(struct broker *broker)
{
    struct boss *boss = &broker->boss;
    if (!broker->journal.unsettled || !boss_is_settled(boss))
        return;
    broker->journal.unsettled = false;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct peer *peer = roster_at(&boss->roster, boss->roster.present[i])->peer;
        if (peer->unsettled)
            post_settle(&boss->post, peer);
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
    claims_turn(broker);
    restart_turn(broker);
    kills_turn(broker);
    session_weigh_held(broker);
    logs_tell(broker);
    work(broker);
    if (broker->ending)
        return;
    answers_turn(broker);
    boss_tell_cancels(boss);
    sweep_jobs(broker);
    boss_sweep(boss);
    employee_take_back_more(broker);
    sweep_sessions(broker);
    if (may_tell_losses(broker))
        boss_tell_losses(boss);
    see_to_clients(broker);
    hold_managers_back(broker);
    for (uint32_t task; (task = boss_schedule(boss, &why)) != NO_RECORD;) {
        const struct task *unfit = ledger_task(&boss->ledger, task);
        struct fault fault = {.code = CODE_TOO_LARGE, .text = span_text(why), .task = unfit->address};
        struct address root = ledger_root_address(unfit);
        job_root_failed(broker, &root, &fault);
    }
    recall(broker);
    write_down(broker); /* before peers are told what is safe */
    settle(broker);
    post_flush(&boss->post, boss->now, boss->outbox);
    post_fill_pool(&boss->post); /* for what comes until the next turn */
}

void broker_end(struct broker *broker, bool below, const char *why)
{
    struct boss *boss = &broker->boss;
    if (below || !broker->journal.kept) /* else the next process goes on with what runs */
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

static void on_committed(struct broker *broker, uint64_t records)
{
    struct journal *journal = &broker->journal;
    post_committed(&broker->boss.post, records, broker->boss.now);
    if (journal->reserved_at <= records)
        journal->safe_mailboxes = journal->mailboxes;
    if (journal->probe > 0 && journal->probe <= records) {
        lapses_add(&journal->trips, (uint32_t)(broker->boss.now - journal->probed_at));
        journal->probe = 0;
    }
    managers_committed(broker, records);
}

/* What this step has said goes to the journal: one record at a time is watched until it is safe. */
static void watch_journal(struct broker *broker, uint64_t before)
{
    struct journal *journal = &broker->journal;
    if (journal->probe > 0 || broker->boss.post.records == before)
        return;
    journal->probe = broker->boss.post.records;
    journal->probed_at = broker->boss.now;
}

void broker_step(struct broker *broker, const struct event *event, struct outbox *outbox)
{
    broker->boss.outbox = outbox;
    broker->boss.now = event->now;
    uint64_t before = broker->boss.post.records;
    if (broker->ending)
        return;
    if (event->journal)
        broker->journal.numbers = *event->journal;
    switch (event->kind) {
    case EVENT_TURN: on_turn(broker, event->memory); break;
    case EVENT_REVOKED: on_revoked(broker, event); break;
    case EVENT_LOAD: load_record(broker, event->record); break;
    case EVENT_LOADED: load_done(broker); break;
    case EVENT_COMMITTED: on_committed(broker, event->sequence); break;
    case EVENT_JOURNAL:
        snprintf(broker->journal.stuck, sizeof broker->journal.stuck, "%s", event->text ? event->text : "");
        break;
    case EVENT_SHUTDOWN: broker_end(broker, true, "the broker and everything below it is shut down"); break;
    case EVENT_LEAVE: broker_end(broker, false, "the broker ends"); break;
    default: on_post(broker, event); break;
    }
    write_down(broker);
    if (broker->journal.kept && !broker->journal.loading)
        watch_journal(broker, before);
}

uint64_t broker_deadline(const struct broker *broker)
{
    uint64_t post = post_deadline(&broker->boss.post), session = session_deadline(broker);
    uint64_t due = post < session ? post : session;
    due = due < broker->logs_due ? due : broker->logs_due;
    due = due < broker->kills_due ? due : broker->kills_due;
    due = due < broker->held_due ? due : broker->held_due;
    due = due < restart_deadline(broker) ? due : restart_deadline(broker);
    due = due < claims_deadline(broker) ? due : claims_deadline(broker);
    if (post_is_busy(&broker->boss.post) || boss_is_due(&broker->boss, may_tell_losses(broker)) ||
        broker->doomed.first != NO_RECORD || broker->over.first != NO_RECORD ||
        broker->line.first != NO_RECORD || answers_are_due(broker) || boss_cancels_are_due(&broker->boss))
        due = broker->boss.now;
    return broker->ending ? NEVER : due;
}

uint64_t broker_kept(const struct broker *broker)
{
    return broker->boss.account.bytes;
}

static uint64_t sum_kept(const struct broker *broker)
{
    uint64_t kept = 0;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        const struct session *session = session_at(broker, i);
        if (session->number == i)
            kept += session->account.bytes - (session->peer ? session->peer->link.charged : 0);
    }
    return kept;
}

void broker_counts(const struct broker *broker, struct broker_counts *counts)
{
    const struct boss *boss = &broker->boss;
    *counts = (struct broker_counts){
        .clients = broker->sessions.used - broker->over_count,
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
