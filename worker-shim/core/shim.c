/* shim: its making, its step and its end; see shim.h. */
#include "worker-shim/core/dispatch.h"

#include "common/base/mem.h"

enum { CONNECTED_WORKER_MS = 2000 /* between two PINGs to a worker that was not spawned */ };

void shim_config_default(struct shim_config *config)
{
    struct link_limits link = {.heartbeat = 5000,
                               .expiry = 60000,
                               .window = 8 << 20,
                               .max_body = 1 << 30,
                               .max_queue = 256 << 20,
                               .max_unread = 64 << 20,
                               .refused = 2000,
                               .section = "manager-links"};
    *config = (struct shim_config){
        .workers = 1,
        .ids = 1 << 12,
        .redial = 2000,
        .renew_rate = 20,
        .respawn_first = 100,
        .respawn_most = 30000,
        .worker_young = 10000,
        .worker_silent = 60000,
        .max_attempts = 3,
        .max_losses = 10,
        .max_breadcrumbs = 64,
        .max_ids = 1 << 24,
        .max_header = MAX_HEADER,
        .work = WORK,
        .max_logs = 1000,
        .drain_grace = 8000,
        .boss_link = link,
        .manager_link = link,
        .worker_link = link,
        .max_connections = 4096,
        .software = "mailroom-shim",
    };
    config->boss_link.section = "boss-links";
    config->worker_link.section = "worker-links";
    /* The death of a worker that was spawned is seen by its process. */
    config->worker_link.heartbeat = 0;
    config->worker_link.expiry = 10000;
}

struct shim *shim_new(const struct shim_config *config, const char *const *lines, size_t line_count,
                      uint64_t now)
{
    struct shim *shim = mem_zalloc(1, sizeof(*shim));
    shim->config = *config;
    shim->started = now;
    if (config->max_memory && shim->config.boss_link.max_body > config->max_memory / 2)
        shim->config.boss_link.max_body = config->max_memory / 2; /* larger ones go to others */
    struct post_config post = {
        .features =
            FEATURE_SHARE | FEATURE_SESSIONS | FEATURE_SAFE | FEATURE_TIMES | FEATURE_TRACE | FEATURE_HOLDS,
        .boot = shim->config.boot,
        .seed = config->seed,
        .software = shim->config.software,
        .name = shim->config.name,
        .ids = config->ids,
        .redial = config->redial,
        .max_connections = config->max_connections,
        .max_header = config->max_header,
        .work = config->work,
        .roles = {[DOOR_FRONT] = 1u << ROLE_BOSS | (config->managers ? 1u << ROLE_MANAGER : 0),
                  [DOOR_WORKERS] = 1u << ROLE_WORKER},
        .limits = {[ROLE_BOSS] = shim->config.boss_link,
                   [ROLE_MANAGER] = config->manager_link,
                   [ROLE_WORKER] = config->worker_link},
    };
    /* A worker may hold its interpreter for an hour and be well. One that connected by itself is asked all
     * the same: when it is gone, what is sent to it comes back. */
    post.limits[ROLE_WORKER].patient = true;
    if (config->only_connect && config->worker_link.heartbeat == 0)
        post.limits[ROLE_WORKER].heartbeat = CONNECTED_WORKER_MS;
    boss_init(&shim->boss, &post, lines, line_count, now);
    shim->boss.max_attempts = (uint32_t)config->max_attempts;
    shim->boss.max_losses = (uint32_t)config->max_losses;
    shim->boss.max_breadcrumbs = config->max_breadcrumbs;
    shim->boss.max_ids = config->max_ids;
    shim->boss.max_logs = config->max_logs;
    shim->boss.apart = config->per_session;
    shim->logs_due = NEVER;
    shim->walltime_at = config->walltime ? now + config->walltime : NEVER;
    shim->boss_line = NO_LINE;
    if (config->boss_line) {
        shim->boss_line = (uint32_t)line_count;
        post_line_add(&shim->boss.post, shim->boss_line, config->boss_line, ROLE_BOSS, now);
        shim->config.boss_line = NULL; /* it was the caller's */
    }
    shim->flow = queue_open_flow(&shim->boss.queue, queue_open_party(&shim->boss.queue));
    room_init(shim);
    shim->boss.ledger.raised_account = &shim->kept;
    slots_init(shim, now);
    return shim;
}

void shim_free(struct shim *shim)
{
    boss_free(&shim->boss);
    builder_free(&shim->ids);
    builder_free(&shim->updates);
    builder_free(&shim->returns);
    mem_free(shim->slots);
    mem_free(shim);
}

/* The peer's link is over, one way or another. */
static void lost(struct shim *shim, struct peer *peer, const char *why)
{
    if (peer == shim->above) {
        outbox_log(shim->boss.outbox, LOG_WARNING, "the boss %s is gone: %s", peer->name, why);
        above_lost(shim);
    } else if (peer->owner != NULL) {
        outbox_log(shim->boss.outbox, LOG_WARNING, "%s %s is gone: %s", role_name(peer->role), peer->name,
                   why);
        below_lost(shim, peer->owner, why);
    } else {
        post_end(&shim->boss.post, peer, true, shim->boss.now, shim->boss.outbox);
    }
}

static void deliver(struct shim *shim, struct delivery *delivery)
{
    struct boss *boss = &shim->boss;
    struct peer *peer = delivery->peer;
    enum verdict verdict =
        peer == shim->above ? dispatch_above(shim, delivery) : dispatch_below(shim, peer->owner, delivery);
    if (verdict == UNFINISHED) {
        post_keep(&boss->post, delivery, boss->now);
    } else if (verdict == DISCARDED) {
        boss->discarded++;
    } else if (verdict == MISBEHAVED) {
        boss->misbehaved++;
        post_send_error(&boss->post, peer, boss->complaint, boss->complaint_text, NO_NUMBER);
        lost(shim, peer, boss->complaint_text);
    }
    post_handled(&boss->post, delivery);
}

/* Acts on mail that waited, as post_next gave it; false: there was none. */
static bool act(struct shim *shim, enum post_verdict verdict, struct delivery *delivery)
{
    if (verdict == POST_DELIVER) {
        deliver(shim, delivery);
    } else if (verdict == POST_LOST) {
        shim->boss.misbehaved++;
        lost(shim, delivery->peer, delivery->why);
    }
    return verdict != POST_NOTHING && !shim->ending;
}

/* Mail that waits has its turn, as far as this turn's work goes. */
static void work(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    struct delivery delivery;
    if (post_gives_way(&boss->post))
        return;
    post_fill_pool(&boss->post);
    while (act(shim, post_next(&boss->post, boss->now, &delivery), &delivery))
        continue;
}

void shim_hear_out(struct shim *shim, struct peer *peer)
{
    struct boss *boss = &shim->boss;
    struct delivery delivery;
    uint32_t number = peer->number; /* of a record that may be free after any of it */
    while (peer->number == number &&
           act(shim, post_next_of(&boss->post, peer, boss->now, &delivery), &delivery))
        continue;
}

static void on_revoked(struct shim *shim, const struct event *event)
{
    struct boss *boss = &shim->boss;
    uint32_t at = 0;
    for (struct peer *peer;
         (peer = post_revoked(&boss->post, event->key, &at, boss->now, boss->outbox)) != NULL;)
        lost(shim, peer, "its key is not let in any more");
}

/* Somebody asks how the shim is, without being anybody to it. */
static void tell(struct shim *shim, const struct delivery *delivery)
{
    struct builder *list = &shim->boss.list;
    builder_reset(list);
    builder_count(list, span_text("uptime"), shim->boss.now - shim->started);
    builder_count(list, span_text("boss"), shim->above && shim->above->link.connected);
    builder_count(list, span_text("wanted"), shim->config.workers);
    builder_count(list, span_text("draining"), shim->draining);
    builder_count(list, span_text("respawned"), shim->respawned);
    builder_count(list, span_text("submitted"), shim->submitted);
    builder_count(list, span_text("finished"), shim->finished);
    builder_count(list, span_text("failed"), shim->failed);
    builder_count(list, span_text("cancelled"), shim->cancelled);
    builder_count(list, span_text("kept"), shim->boss.account.bytes);
    boss_counts(&shim->boss, list);
    struct message answer = {.kind = KIND_COUNTS};
    answer.counts.corr = delivery->message.counts.corr;
    answer.counts.counts = builder_list(list);
    post_tell(&answer, delivery->conn, shim->boss.outbox);
}

static void on_post(struct shim *shim, const struct event *event)
{
    struct delivery delivery;
    enum post_verdict verdict = post_event(&shim->boss.post, event, shim->boss.outbox, &delivery);
    bool joins = verdict == POST_JOINED || verdict == POST_ANSWERED;
    bool goes_on = joins && delivery.lost && delivery.lost == shim->above &&
                   delivery.peer->role == ROLE_BOSS &&
                   keep_may(shim, delivery.peer); /* above_join sees to it */
    if (delivery.lost && !goes_on)
        lost(shim, delivery.lost, delivery.why);
    switch (verdict) {
    case POST_NOTHING:
    case POST_REFUSED: break;
    case POST_DELIVER: deliver(shim, &delivery); break;
    case POST_ASKED: tell(shim, &delivery); break;
    case POST_JOINED:
    case POST_ANSWERED:
        if (delivery.peer->role == ROLE_BOSS) {
            above_join(shim, delivery.peer);
        } else {
            below_join(shim, delivery.peer);
        }
        break;
    case POST_LOST:
        if (delivery.code != CODE_NONE)
            shim->boss.misbehaved++;
        lost(shim, delivery.peer, delivery.why);
        break;
    }
}

/* Workers must not run ahead of a boss that takes their results more slowly than they come: they are given
 * none, and keep what they have as large results. */
static void hold_back(struct shim *shim)
{
    bool held = shim->above && post_is_slow(shim->above, shim->held);
    if (held == shim->held)
        return;
    shim->held = held;
    queue_hold(&shim->boss.queue, shim->flow, held);
    boss_withhold(&shim->boss, held);
}

/* Whether there are tasks that no worker here will take before it has ended those that it has: what their own
 * parents wait for may be among them, and these may be where there is room. */
static bool is_stuck(const struct shim *shim)
{
    const struct boss *boss = &shim->boss;
    if (boss->unscheduled) /* not all were looked at yet */
        return false;
    for (uint32_t left = boss->queue.mask; left && boss->coming == 0; left &= left - 1) {
        if (roster_credit_for(&boss->roster, left & -left) == 0)
            return true;
    }
    return boss->stuck;
}

/* What can be given to nobody fails. */
/* A task that nobody here takes: a child may be for somebody elsewhere, as what the boss gave was for nobody
 * but this one. */
static void give_up(struct shim *shim, uint32_t number, const char *why)
{
    const struct task *task = ledger_task(&shim->boss.ledger, number);
    bool lacks_messages = ledger_past(task) && ledger_past(task)->too_many;
    if (shim->above && !task->from_above && !lacks_messages && above_hand_up(shim, number))
        return;
    above_fail(shim, number, CODE_TOO_LARGE, span_text(why));
}

static void give_out(struct shim *shim)
{
    const char *why;
    hold_back(shim);
    shim->misplaced = 0;
    shim->boss.coming = shim->config.per_session ? slots_coming(shim) : 0;
    shim->boss.renewing = shim->config.per_session && slots_renewing(shim);
    for (uint32_t number; (number = boss_schedule(&shim->boss, &why)) != NO_RECORD;)
        give_up(shim, number, why);
    for (struct employee *spent; (spent = boss_next_spent(&shim->boss)) != NULL;)
        below_renew(shim, spent, "its place is for another client's task");
    if (shim->config.per_session && shim->above && is_stuck(shim))
        drain_hand_up(shim);
}

/* At the end of a turn: see to time, hand back what need not stay, give out tasks, report, put out letters.
 */
static void on_turn(struct shim *shim, uint64_t memory)
{
    struct boss *boss = &shim->boss;
    const char *why;
    boss->memory = memory ? memory : boss->memory;
    for (struct peer *peer; (peer = post_expired(&boss->post, boss->now, boss->outbox, &why)) != NULL;)
        lost(shim, peer, why);
    work(shim);
    if (shim->ending)
        return;
    slots_turn(shim);
    drain_turn(shim);
    if (shim->ending)
        return;
    boss_sweep(boss);
    below_take_back_more(shim);
    above_tell_losses(shim);
    boss_tell_losses(boss);
    give_out(shim);
    above_tell_logs(shim);
    boss_recall(boss, 0, 0);
    above_report(shim);
    post_flush(&boss->post, boss->now, boss->outbox);
    post_fill_pool(&boss->post); /* for what comes until the next turn */
}

void shim_end(struct shim *shim, bool below, const char *why)
{
    struct boss *boss = &shim->boss;
    boss_end(boss, below, why);
    above_report_gone(shim);
    drain_return_all(shim);
    if (shim->above)
        post_send_goodbye(&boss->post, shim->above, why);
    post_flush(&boss->post, boss->now, boss->outbox);
    outbox_log(boss->outbox, LOG_INFO, "ending: %s", why);
    outbox_exit(boss->outbox, 0);
    shim->ending = true;
}

/* The first time it drains, the second time it goes at once. */
static void leave(struct shim *shim)
{
    if (shim->leaving) {
        shim_end(shim, false, "the manager ends, told so twice");
        return;
    }
    shim->leaving = true;
    drain_begin(shim, shim->boss.now + shim->config.drain_grace, "the manager is told to end");
}

void shim_step(struct shim *shim, const struct event *event, struct outbox *outbox)
{
    shim->boss.outbox = outbox;
    shim->boss.now = event->now;
    if (shim->ending)
        return;
    switch (event->kind) {
    case EVENT_TURN: on_turn(shim, event->memory); break;
    case EVENT_SPAWNED: slots_spawned(shim, event); break;
    case EVENT_EXITED: slots_exited(shim, event); break;
    case EVENT_REVOKED: on_revoked(shim, event); break;
    case EVENT_SHUTDOWN: shim_end(shim, true, "the manager and everything below it is shut down"); break;
    case EVENT_LEAVE: leave(shim); break;
    default: on_post(shim, event); break;
    }
}

uint64_t shim_deadline(const struct shim *shim)
{
    uint64_t post = post_deadline(&shim->boss.post), slots = slots_deadline(shim);
    uint64_t drain = drain_deadline(shim);
    if (shim->ending)
        return NEVER;
    if (post_is_busy(&shim->boss.post) || boss_is_due(&shim->boss, true))
        return shim->boss.now;
    post = post < slots ? post : slots;
    post = post < shim->logs_due ? post : shim->logs_due;
    return post < drain ? post : drain;
}

uint64_t shim_kept(const struct shim *shim)
{
    return shim->boss.account.bytes;
}

void shim_counts(const struct shim *shim, struct shim_counts *counts)
{
    const struct boss *boss = &shim->boss;
    *counts = (struct shim_counts){
        .employees = boss->roster.count,
        .workers = boss->roster.total_workers,
        .idle_workers = roster_idle_sum(&boss->roster),
        .tasks = boss->ledger.tasks.used,
        .queued = boss->queue.count,
        .submitted = shim->submitted,
        .finished = shim->finished,
        .failed = shim->failed,
        .cancelled = shim->cancelled,
        .discarded = boss->discarded,
        .misbehaved = boss->misbehaved,
        .respawned = shim->respawned,
    };
}
