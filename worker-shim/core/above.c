/* above: the shim as an employee: its boss comes and goes, and what it is told (BQSKit's
 * Manager.update_upstream_idle_workers). */
#include <string.h>

#include "worker-shim/core/shim_inner.h"

enum {
    SIGN_OF_LIFE_MS = 500, /* how long a boss has to answer when another one wants its place, */
    MOST_PROBES = 2        /* and how often it is asked */
};

/* Takes as many addresses off the list as one message may have. */
static struct list take_part(struct list *left)
{
    struct list part = {.at = left->at};
    struct address address;
    while (part.count < MAX_ADDRESSES && list_next_address(left, &address))
        part.count++;
    part.end = left->at;
    return part;
}

static void ask_for_life(struct shim *shim)
{
    const struct peer *above = shim->above;
    struct message ping = {.kind = KIND_PING};
    struct letter *letter = letter_new(&ping, SLICE_NONE);
    letter_stamp(letter, 0, link_ackable(&above->link));
    outbox_letter(shim->boss.outbox, above->conn, letter);
    shim->probed_at = shim->boss.now;
    shim->probes++;
}

/* Whether the present boss is alive, as far as can be known; asks it for a sign of life. It is asked twice:
 * should this process have slept, the first answer may be there and not be read yet. */
static bool boss_is_alive(struct shim *shim)
{
    const struct peer *above = shim->above;
    if (above->conn == NO_CONN)
        return false;
    if (shim->probes > 0 && above->link.heard_at >= shim->probed_at)
        shim->probes = 0;
    if (shim->probes > 0 && shim->boss.now - shim->probed_at < SIGN_OF_LIFE_MS)
        return true;
    if (shim->probes == MOST_PROBES)
        return false;
    ask_for_life(shim);
    return true;
}

/* Whether `next` may have the place of the present boss before the link of that is over, should that not be
 * alive (PROTOCOL.md section 3, "One boss"): who just knocks while a broker stands still may not. */
static bool may_follow(const struct peer *above, const struct peer *next)
{
    if (uuid_is_set(above->cluster) && uuid_is_set(next->cluster))
        return keep_same_cluster(above, next);
    if (above->key.role != KEY_NONE || next->key.role != KEY_NONE)
        return key_same(&above->key, &next->key);
    bool left = above->conn == NO_CONN && !above->silent; /* its process has ended, as far as can be known */
    return above->host == next->host && (left || memcmp(above->boot, next->boot, UUID_SIZE) == 0);
}

/* Whether another broker has become the leader of the present boss's cluster. It had to have the cluster's
 * journal for that, so the present one must not go on, however alive it is: it was cut off from its database,
 * or stood still, and does not know yet. */
static bool is_succeeded(const struct peer *above, const struct peer *next)
{
    return keep_same_cluster(above, next) && next->epoch > above->epoch && key_same(&above->key, &next->key);
}

/* The present boss stays: one more is sent away, and so is the same one by a second address of this manager.
 */
static const char *why_not(const struct shim *shim, const struct peer *peer)
{
    bool same = memcmp(shim->above->boot, peer->boot, UUID_SIZE) == 0;
    return same                            ? "this manager serves this boss already"
           : may_follow(shim->above, peer) ? "this manager has another boss, which is alive"
                                           : "this manager has another boss, whose link is not over: "
                                             "only one of its cluster or with its key may follow it now";
}

static void turn_away(struct shim *shim, struct peer *peer, const char *why)
{
    struct boss *boss = &shim->boss;
    if (peer->line == NO_LINE) {
        post_refuse(&boss->post, peer, why, boss->outbox);
        return;
    }
    post_send_goodbye(&boss->post, peer, why);
    post_end(&boss->post, peer, false, boss->now, boss->outbox);
}

/* Whether what runs here is the new boss's as well. What the old one had said, and waits, is acted on first.
 */
static bool follows(struct shim *shim, const struct peer *peer)
{
    if (!keep_may(shim, peer))
        return false;
    shim_hear_out(shim, shim->above);
    return shim->above != NULL;
}

void above_join(struct shim *shim, struct peer *peer)
{
    struct boss *boss = &shim->boss;
    if (shim->above && !is_succeeded(shim->above, peer) &&
        (!may_follow(shim->above, peer) || boss_is_alive(shim))) {
        turn_away(shim, peer, why_not(shim, peer));
        return;
    }
    if (shim->config.per_session && !(peer->features & FEATURE_SESSIONS)) {
        const char *why =
            "this manager's workers run tasks of one session each (worker-per-session), and its boss lacks "
            "features bit 4, SESSIONS, by which it would say whose tasks are: update it";
        outbox_log(boss->outbox, LOG_WARNING, "the boss %s is turned away: %s", peer->name, why);
        turn_away(shim, peer, why);
        return;
    }
    struct kept_letters kept = {0};
    if (follows(shim, peer))
        keep_take(shim, &kept);
    else if (shim->above)
        above_lost(shim);
    if (peer->line == NO_LINE) {
        post_welcome(&boss->post, peer, NULL, boss->outbox);
        if (shim->boss_line != NO_LINE)
            post_line_rest(&boss->post, shim->boss_line, boss->outbox); /* until this one is lost */
    }
    peer->owner = shim;
    shim->above = peer;
    shim->losses_told = boss_losses_end(boss);
    link_charge(&peer->link, &shim->kept);
    peer->link.spared = true;
    shim->probes = 0;
    outbox_log(boss->outbox, LOG_INFO, "serving the boss %s (%s)", peer->name, peer->software);
    if (peer->link.peer_journals)
        keep_tell(shim, &kept);
}

/* An employee that has ids of the old boss can't go on with the new one. */
static void renew_employee(struct shim *shim, struct employee *employee)
{
    struct boss *boss = &shim->boss;
    while (employee->held != NO_RECORD)
        boss_forget(boss, employee->held);
    if (!employee->has_ids)
        return;
    post_send_goodbye(&boss->post, employee->peer, "the boss of this manager is gone");
    if (employee->slot != NO_RECORD)
        slots_replace(shim, &shim->slots[employee->slot], true);
    boss_dismiss(boss, employee, true);
}

void above_detach(struct shim *shim)
{
    shim->held = false;
    boss_withhold(&shim->boss, false);
    queue_hold(&shim->boss.queue, shim->flow, false); /* what waits for this boss to read goes with it */
    shim->ids_asked = shim->told.started = false;
    shim->told.waiting = (struct waiting){0};
    shim->told.read = 0;
    shim->receipt = 0;
    shim->recalled.count = 0;
    shim->trace.wanted = shim->trace.left_out = shim->boss.traced = 0; /* the next one says so itself */
    boss_ask_traces(&shim->boss);
    shim->above->owner = NULL;
    shim->above = NULL;
}

void above_lost(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    struct peer *above = shim->above;
    for (uint32_t i = boss->roster.count; i > 0; i--)
        renew_employee(shim, roster_at(&boss->roster, boss->roster.present[i - 1]));
    queue_take_in(&boss->queue);
    above_detach(shim);
    for (uint32_t number; (number = queue_pop(&boss->queue, ~0u)) != NO_RECORD;)
        boss_forget(boss, number);
    boss_forget_old(boss);
    shim->has_ids = false;
    builder_reset(&shim->ids);
    builder_reset(&shim->updates);
    builder_reset(&shim->returns);
    shim->short_of = 0;
    post_end(&boss->post, above, true, boss->now, boss->outbox);
    if (shim->boss_line != NO_LINE)
        post_line_wake(&boss->post, shim->boss_line, boss->now);
}

void above_send_error(struct shim *shim, const struct complaint *complaint)
{
    shim->failed++;
    if (shim->above == NULL)
        return;
    struct message message = {.kind = KIND_ERROR};
    message.error.code = complaint->code;
    message.error.text = complaint->text;
    message.error.corr = message.error.slot = NO_NUMBER;
    message.error.has_task = message.error.has_root = true;
    message.error.task = *complaint->task;
    message.error.root = *complaint->root;
    message.error.has_within = complaint->within != NULL;
    if (complaint->within)
        message.error.within = *complaint->within;
    if (complaint->times && shim->above->features & FEATURE_TIMES) {
        message.error.timed = FAILED_WORKER;
        message.error.worker = complaint->times->error.worker;
        message.error.timing = complaint->times->error.timing;
    }
    post_send(&shim->boss.post, shim->above, &message, slice_ref(&complaint->body));
}

bool above_within_list(const struct shim *shim, struct list breadcrumbs, struct address *within)
{
    bool found = false;
    for (struct address crumb; list_next_address(&breadcrumbs, &crumb);) { /* the deepest is the last */
        uint32_t number = ledger_find(&shim->boss.ledger, &crumb);
        if (number == NO_RECORD || !ledger_task(&shim->boss.ledger, number)->from_above)
            continue;
        *within = crumb;
        found = true;
    }
    return found;
}

bool above_within(const struct shim *shim, const struct task *task, struct address *within)
{
    if (!task->from_above)
        return above_within_list(shim, ledger_breadcrumbs(task), within);
    *within = task->address;
    return true;
}

void above_fail(struct shim *shim, uint32_t number, enum error_code code, struct span text)
{
    struct boss *boss = &shim->boss;
    const struct task *task = ledger_task(&boss->ledger, number);
    struct address root = ledger_root_address(task), within;
    bool known = above_within(shim, task, &within);
    struct complaint complaint = {
        .code = code, .text = text, .task = &task->address, .root = &root, .within = known ? &within : NULL};
    above_send_error(shim, &complaint);
    boss_forget(boss, number);
}

void above_return(struct shim *shim, enum return_reason reason, struct span text, struct list addresses)
{
    if (shim->above == NULL)
        return;
    above_tell_losses(shim); /* first: what comes back may be given out at once */
    for (struct list left = addresses; left.count > 0;) {
        struct message message = {.kind = KIND_RETURN};
        message.returned.reason = reason;
        message.returned.text = text;
        message.returned.addresses = take_part(&left);
        post_send(&shim->boss.post, shim->above, &message, SLICE_NONE);
    }
}

void above_tell_losses(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    if (shim->above == NULL)
        shim->losses_told = boss_losses_end(boss);
    while (shim->losses_told < boss_losses_end(boss)) {
        struct message message = {.kind = KIND_EMPLOYEE_LOST};
        message.lost.ranges =
            boss_next_losses(boss, &shim->losses_told, NO_RECORD); /* those are the boss's */
        if (message.lost.ranges.count > 0)
            post_send(&boss->post, shim->above, &message, SLICE_NONE);
    }
}

static void tell_logs_later(struct shim *shim)
{
    if (shim->logs_due == NEVER)
        shim->logs_due = shim->boss.now + TELL_LOGS;
}

void above_log(struct shim *shim, struct employee *employee, const struct message *log, struct slice body)
{
    if (employee->peer->role != ROLE_WORKER) { /* its own shim has seen to it */
        post_send(&shim->boss.post, shim->above, log, body);
        return;
    }
    if (boss_send_log(&shim->boss, &employee->logs, shim->above, log, body))
        return;
    employee->log_task = log->log.task;
    employee->log_root = log->log.root;
    tell_logs_later(shim);
}

void above_tell_logs(struct shim *shim)
{
    struct roster *roster = &shim->boss.roster;
    if (shim->boss.now < shim->logs_due)
        return;
    shim->logs_due = NEVER;
    for (uint32_t i = 0; i < roster->count; i++) {
        struct employee *employee = roster_at(roster, roster->present[i]);
        if (shim->above && !boss_tell_logs(&shim->boss, &employee->logs, shim->above, &employee->log_task,
                                           &employee->log_root))
            tell_logs_later(shim);
    }
}

void above_note_raised(struct shim *shim, uint32_t root, const struct address *child)
{
    struct ledger *ledger = &shim->boss.ledger;
    ledger_root(ledger, root)->surplus = true;
    ledger_raise(ledger, root, child);
}

bool above_has_come(struct shim *shim, const struct address *child)
{
    return !ledger_lower(&shim->boss.ledger, child);
}

/* The boss has the task in its ledger, and its body: a word is enough. Any other goes up as it is. */
bool above_hand_up(struct shim *shim, uint32_t number)
{
    struct boss *boss = &shim->boss;
    const struct task *task = ledger_task(&boss->ledger, number);
    if (boss_is_doomed(boss, task)) {
        boss_forget(boss, number);
        return true;
    }
    if (task->from_above) {
        builder_address(&shim->returns, &task->address);
        boss_forget(boss, number);
        return true;
    }
    if (!link_accepts(&shim->above->link, boss_body_size(boss, ledger_share(task), ledger_body(task).size)))
        return false;
    boss_send_task(boss, shim->above, task);
    above_note_raised(shim, ledger_root_number(&shim->boss.ledger, task), &task->address);
    boss_forget(boss, number);
    return true;
}

static void report_started(struct shim *shim, uint32_t runtimes)
{
    struct boss *boss = &shim->boss;
    if (shim->told.started && shim->told.workers == boss->roster.total_workers &&
        shim->told.runtimes == runtimes)
        return;
    struct message message = {.kind = KIND_STARTED};
    builder_reset(&boss->list);
    for (uint32_t left = runtimes; left; left &= left - 1) {
        unsigned number = (unsigned)__builtin_ctz(left);
        builder_runtime(&boss->list, span_text(boss->runtimes.table[number].name),
                        span_text(boss->runtimes.table[number].version));
    }
    message.started.total_workers =
        boss->roster.total_workers < WORKER_LIMIT ? boss->roster.total_workers : WORKER_LIMIT;
    message.started.runtimes = builder_list(&boss->list);
    post_send(&boss->post, shim->above, &message, SLICE_NONE);
    if (!shim->told.started) {
        shim->told.waiting = (struct waiting){0};
        shim->told.read = 0;
    }
    shim->told.started = true;
    shim->told.workers = boss->roster.total_workers;
    shim->told.runtimes = runtimes;
}

static void report_updates(struct shim *shim)
{
    for (struct list left = builder_list(&shim->updates); left.count > 0;) {
        struct message message = {.kind = KIND_UPDATE};
        message.addresses.addresses = take_part(&left);
        post_send(&shim->boss.post, shim->above, &message, SLICE_NONE);
    }
    builder_reset(&shim->updates);
}

static void report_returns(struct shim *shim)
{
    above_return(shim, RETURN_UNBEGUN, span_text(""), builder_list(&shim->returns));
    builder_reset(&shim->returns);
}

void above_report_gone(struct shim *shim)
{
    if (shim->above == NULL)
        return;
    report_updates(shim);
    report_returns(shim);
}

static uint32_t less(uint64_t from, uint64_t what)
{
    uint64_t rest = from > what ? from - what : 0;
    return rest < UINT32_MAX ? (uint32_t)rest : UINT32_MAX;
}

/* What the boss is to know of those below: how many are idle, the room for tasks, and what waits here. Where
 * the employees differ in their runtimes, and some of them are idle, the room is for what these can do: not
 * even the prefetch is for others then, which would wait here while somebody elsewhere may be idle for them.
 * Who is to leave wants only what descends from what runs here, and so for whoever below is: while more waits
 * here than there is room for, only what those can do that are idle all the same.
 *
 * What waits here comes before what is their own above. What is misplaced does not: it waits for a worker
 * that may itself wait for its own. */
static void measure(struct shim *shim, uint32_t runtimes, struct waiting *now)
{
    const struct boss *boss = &shim->boss;
    uint64_t waits = boss->queue.count - shim->misplaced;
    uint32_t prefetch = less(boss->roster.total_workers > 0 ? shim->config.prefetch : 0, boss->queue.count);
    *now = (struct waiting){0};
    now->queued = less(boss->queue.count + boss->roster.queued, 0);
    if (shim->draining) {
        now->own_room = less(boss->roster.credit + boss->roster.own_credit, waits);
        uint32_t open = now->own_room == 0 ? roster_open(&boss->roster) : 0;
        if (open) {
            now->own_room = less(boss->roster.idle, 0);
            now->full = runtimes & ~open;
        }
        return;
    }
    now->idle = less(boss->roster.idle, 0);
    now->room = less(boss->roster.credit + prefetch, 0);
    now->own_room = less(boss->roster.own_credit, waits);
    if (room_is_short(shim))
        now->room = now->own_room = 0;
    if (now->idle > 0)
        now->full = runtimes & ~roster_open(&boss->roster);
}

/* Whether the boss derives the same from the last WAITING and what it has sent since. */
static bool is_known(const struct shim *shim, const struct waiting *now)
{
    const struct waiting *told = &shim->told.waiting;
    uint32_t read = shim->told.read;
    uint32_t room = less((uint64_t)told->room + told->own_room, read);
    return now->idle == less(told->idle, read) && now->room == less(told->room, read) &&
           now->own_room == (room < told->own_room ? room : told->own_room) &&
           now->queued == told->queued + less(read, (uint64_t)told->idle + told->own_room) &&
           now->full == told->full;
}

/* WAITING goes up when what the boss derives from the last one is not true any more.
 * Differs from BQSKit, whose manager reports only changes of its idle count and so leaks credit. */
static void report_waiting(struct shim *shim, uint32_t runtimes)
{
    struct boss *boss = &shim->boss;
    struct waiting now;
    roster_settle(&boss->roster);
    measure(shim, runtimes, &now);
    if (is_known(shim, &now))
        return;
    builder_reset(&boss->list);
    runtimes_names(&boss->runtimes, now.full, &boss->list);
    struct message message = {.kind = KIND_WAITING};
    message.waiting.idle = now.idle;
    message.waiting.room = now.room;
    message.waiting.queued = now.queued;
    message.waiting.full = builder_list(&boss->list);
    message.waiting.own_room = now.own_room;
    message.waiting.receipt = shim->receipt;
    post_send(&boss->post, shim->above, &message, SLICE_NONE);
    shim->told.waiting = now;
    shim->told.read = 0;
}

/* Somebody below waits for ids that are not there. */
static void report_ids(struct shim *shim)
{
    uint64_t wanted =
        shim->boss.roster.ids_wanted; /* each asks for less than 2^30: boss_ids and below_join see to it */
    if (wanted == 0 || shim->ids_asked)
        return;
    struct message message = {.kind = KIND_IDS};
    message.ids.count = wanted > shim->config.ids ? wanted : shim->config.ids;
    if (message.ids.count >= WORKER_LIMIT)
        message.ids.count = WORKER_LIMIT - 1; /* more would be a fault of this shim's */
    post_send(&shim->boss.post, shim->above, &message, SLICE_NONE);
    shim->ids_asked = true;
}

void above_report(struct shim *shim)
{
    if (shim->above == NULL || !shim->has_ids)
        return;
    uint32_t runtimes = shim->boss.roster.runtimes;
    report_started(shim, runtimes);
    above_report_gone(shim);
    report_waiting(shim, runtimes);
    report_ids(shim);
}
