/* boss_staff: hiring, ids and credit of employees; the other half of the boss, see boss.h. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/boss/boss_crowd.h"
#include "common/boss/boss_own.h"

enum verdict boss_complain(struct boss *boss, enum error_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(boss->complaint_text, sizeof boss->complaint_text, format, arguments);
    va_end(arguments);
    boss->complaint = code;
    return MISBEHAVED;
}

enum verdict boss_complain_kind(struct boss *boss, unsigned kind, const char *who)
{
    const char *name = kind_name(kind);
    if (name[0] == '?')
        return boss_complain(boss, CODE_UNEXPECTED, "a message of kind %u, which is not known here", kind);
    return boss_complain(boss, CODE_UNEXPECTED, "%s: %s may not send it", name, who);
}

bool boss_open_batch(struct boss *boss, struct batch *batch, const struct message *message,
                     const struct slice *body)
{
    if (batch_open(batch, message, body))
        return true;
    if (boss->left_out > 0)
        boss_complain(boss, CODE_BUSY,
                      "%s: there was no room for a body of %llu bytes (setting limits/memory)",
                      kind_name(message->kind), (unsigned long long)boss->left_out);
    else
        boss_complain(boss, CODE_MALFORMED, "%s: the lengths do not add up to the body",
                      kind_name(message->kind));
    return false;
}

bool boss_resume_batch(struct boss *boss, const struct message *message, const struct slice *body)
{
    struct headway *headway = boss->post.headway;
    if (headway->stage == 0 && !boss_open_batch(boss, &headway->batch, message, body))
        return false;
    headway->stage = 1;
    return true;
}

struct list boss_next_addresses(struct boss *boss, struct list addresses, uint64_t units)
{
    struct headway *headway = boss->post.headway;
    struct address address;
    if (headway->stage == 0)
        headway->list = addresses;
    headway->stage = 1;
    struct list part = {.at = headway->list.at};
    while (list_next_address(&headway->list, &address)) {
        part.count++;
        if (!boss_spend(boss, units))
            break;
    }
    part.end = headway->list.at;
    return part;
}

enum verdict boss_is_through(const struct boss *boss)
{
    return boss->post.headway->list.count > 0 ? UNFINISHED : HANDLED;
}

/* Of one host, or one key, may be as many employees as there like: they are one account together. Whoever was
 * dialled without a key is by himself: his host is not told, and a line has one process. */
static uint32_t take_origin(struct boss *boss, const struct peer *peer)
{
    return origins_add(&boss->origins, &peer->key,
                       peer->line == NO_LINE ? peer->host : UINT64_MAX - peer->line);
}

struct employee *boss_hire(struct boss *boss, struct peer *peer)
{
    struct employee *employee = roster_add(&boss->roster, peer);
    peer->owner = employee;
    employee->losses_told = boss_losses_end(boss);
    employee->apart = boss->apart && peer->role == ROLE_WORKER;
    employee->origin = take_origin(boss, peer);
    employee->account =
        (struct account){.share = ACCOUNT_SHARE, .above = origins_account(&boss->origins, employee->origin)};
    link_charge(&peer->link, &employee->account);
    return employee;
}

/* The manager that is the same process as `peer`, on another link. */
static struct employee *find_process(const struct boss *boss, const struct peer *peer)
{
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (employee->peer->role == ROLE_MANAGER &&
            memcmp(employee->peer->boot, peer->boot, UUID_SIZE) == 0 &&
            key_same(&employee->peer->key, &peer->key))
            return employee;
    }
    return NULL;
}

bool boss_meet_manager(struct boss *boss, struct peer *peer, struct employee **old)
{
    *old = NULL;
    if (peer->line != NO_LINE)
        return true; /* it knows best which link it wants: it answered */
    struct employee *same = find_process(boss, peer);
    if (same && same->peer->line != NO_LINE && same->peer->conn != NO_CONN) {
        post_refuse(&boss->post, peer, "this boss has dialled this manager already", boss->outbox);
        return false;
    }
    if (same)
        outbox_log(boss->outbox, LOG_WARNING, "manager %s is gone: its process began a new link",
                   same->peer->name);
    *old = same;
    return true;
}

struct employee *boss_hire_manager(struct boss *boss, struct peer *peer)
{
    if (peer->line == NO_LINE)
        post_welcome(&boss->post, peer, NULL, boss->outbox);
    struct employee *employee = boss_hire(boss, peer);
    roster_want_ids(&boss->roster, employee, peer->ids);
    outbox_log(boss->outbox, LOG_INFO, "manager %s (%s, %s%s%s) is connected",
               post_line_name(&boss->post, peer->line), peer->name, peer->software,
               peer->key.role ? ", key " : "", peer->key.name);
    return employee;
}

/* How many ids it gets at once, of those that it asks for. Each range that is its own has a place in a table,
 * and two that ask for one id each, in turns, would fill that: so who has many gets several times as many. */
static uint64_t lot_for(const struct boss *boss, const struct employee *employee, uint64_t asked)
{
    uint64_t given = employee->ids_given, most = given < boss->max_ids ? boss->max_ids - given : 0;
    uint64_t lot = given / ID_LOTS < ID_LOT ? given / ID_LOTS : ID_LOT;
    lot = lot < most ? lot : most;
    return lot > asked ? lot - lot % asked : asked;
}

bool boss_give_ids(struct boss *boss, struct employee *employee)
{
    uint32_t lower, upper;
    if (employee->ids_wanted == 0)
        return true;
    uint64_t asked = employee->ids_wanted < ID_LOT ? employee->ids_wanted : ID_LOT; /* it asks again */
    uint64_t count = lot_for(boss, employee, asked);
    if (employee->ids_given > ACCOUNT_SHARE * roster_spare_ids(&boss->roster))
        return false;
    if (!roster_give_ids(&boss->roster, employee, count, &lower, &upper)) {
        count = asked; /* there may be no range as large as that */
        if (!roster_give_ids(&boss->roster, employee, count, &lower, &upper))
            return false;
    }
    employee->ids_given += count;
    roster_want_ids(&boss->roster, employee, 0);
    struct builder ranges = {0};
    builder_range(&ranges, lower, upper);
    struct message message = {.kind = KIND_CONNECT};
    message.connect.corr = NO_NUMBER;
    message.connect.ranges = builder_list(&ranges);
    post_send(&boss->post, employee->peer, &message, SLICE_NONE);
    builder_free(&ranges);
    return true;
}

/* The mask of the runtimes that a STARTED names, each with one more use; false: too many. */
static bool read_runtimes(struct boss *boss, struct list list, uint32_t *mask)
{
    struct span name, version;
    *mask = 0;
    while (list_next_runtime(&list, &name, &version)) {
        unsigned number = runtimes_use(&boss->runtimes, name, NULL);
        if (number == NO_RUNTIME)
            return false;
        if (*mask >> number & 1)
            runtimes_drop(&boss->runtimes, number); /* named twice */
        *mask |= 1u << number;
        if (version.size > 0)
            runtimes_set_version(&boss->runtimes, number, version);
    }
    return true;
}

static void drop_runtimes(struct boss *boss, uint32_t mask)
{
    for (; mask; mask &= mask - 1)
        runtimes_drop(&boss->runtimes, (unsigned)__builtin_ctz(mask));
}

enum verdict boss_started(struct boss *boss, struct employee *employee, const struct message *message,
                          struct employee **crowd)
{
    uint32_t mask = 0;
    *crowd = NULL;
    if (!employee->has_ids)
        return boss_complain(boss, CODE_UNEXPECTED, "STARTED: before CONNECT gave it ids");
    if (message->started.total_workers > WORKER_LIMIT)
        return boss_complain(boss, CODE_TOO_LARGE, "STARTED: total_workers is above 2^30");
    if (message->started.runtimes.count > MAX_RUNTIMES ||
        !read_runtimes(boss, message->started.runtimes, &mask)) {
        drop_runtimes(boss, mask);
        if (message->started.runtimes.count <= MAX_RUNTIMES)
            *crowd = boss_find_crowd(boss, employee, message->started.runtimes);
        if (*crowd)
            return UNFINISHED;
        return boss_complain(boss, CODE_TOO_LARGE, "STARTED: more than 32 different runtimes are in use");
    }
    /* it may say so again and again */
    boss_spend(boss, (boss->queue.flows.fresh + (uint64_t)boss->roster.count) / WORK_LOOKS);
    drop_runtimes(boss, employee->runtimes);
    roster_started(&boss->roster, employee, (uint32_t)message->started.total_workers, mask);
    queue_serve(&boss->queue, boss->roster.runtimes);
    boss_ask_traces(boss);
    return HANDLED;
}

enum verdict boss_waiting(struct boss *boss, struct employee *employee, const struct message *message)
{
    if (!employee->started)
        return boss_complain(boss, CODE_UNEXPECTED, "WAITING: before STARTED");
    roster_full(&boss->roster, employee, runtimes_mask(&boss->runtimes, message->waiting.full));
    roster_own_room(employee, message->waiting.own_room);
    employee->own_queued |= employee->apart;
    roster_begun(employee, message->waiting.begun,
                 message->waiting.has_running ? &message->waiting.running : NULL);
    roster_waiting(&boss->roster, employee, message->waiting.idle, message->waiting.room,
                   message->waiting.queued, message->waiting.receipt);
    return HANDLED;
}

/* Whether so many ids more are more than one employee may have; then it is told so. */
static bool has_too_many(struct boss *boss, struct employee *employee, uint64_t count)
{
    char text[160];
    if (count <= boss->max_ids && employee->ids_given <= boss->max_ids - count)
        return false;
    snprintf(
        text, sizeof text,
        "%llu worker ids more, after %llu, are more than the %llu that one manager may have (setting limits/ids)",
        (unsigned long long)count, (unsigned long long)employee->ids_given,
        (unsigned long long)boss->max_ids);
    outbox_log(boss->outbox, LOG_ERROR, "manager %s asks for %s", employee->peer->name, text);
    post_send_error(&boss->post, employee->peer, CODE_REFUSED, text, NO_NUMBER);
    return true;
}

enum verdict boss_ids(struct boss *boss, struct employee *employee, const struct message *message)
{
    if (message->ids.count == 0 || message->ids.count >= WORKER_LIMIT)
        return boss_complain(boss, CODE_TOO_LARGE, "IDS: count is not between 1 and 2^30");
    if (has_too_many(boss, employee, message->ids.count))
        return HANDLED;
    roster_want_ids(&boss->roster, employee, message->ids.count);
    return HANDLED;
}

bool boss_refuse_ids(struct boss *boss, struct employee *employee)
{
    if (!has_too_many(boss, employee, employee->ids_wanted))
        return false;
    boss_dismiss(boss, employee, false);
    return true;
}

void boss_withhold(struct boss *boss, bool withhold)
{
    for (uint32_t i = 0; i < boss->roster.count; i++)
        post_withhold(&boss->post, roster_at(&boss->roster, boss->roster.present[i])->peer, withhold,
                      boss->now);
}

void boss_end(struct boss *boss, bool below, const char *why)
{
    struct message shutdown = {.kind = KIND_SHUTDOWN};
    shutdown.shutdown.text = span_text(why);
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct peer *peer = roster_at(&boss->roster, boss->roster.present[i])->peer;
        if (below || peer->role == ROLE_WORKER)
            post_send(&boss->post, peer, &shutdown, SLICE_NONE);
        else
            post_send_goodbye(&boss->post, peer, why);
        if (below && peer->role == ROLE_MANAGER && !peer->link.connected)
            outbox_log(boss->outbox, LOG_WARNING, "manager %s is not connected: it is not told to end",
                       peer->name);
    }
}

void boss_forget_old(struct boss *boss)
{
    boss_forget_left(boss);
    boss_sweep_nothing(boss);
    ledger_end_all_roots(&boss->ledger);
    roster_forget_ids(&boss->roster);
    paths_forget(boss);
}

void boss_dismiss(struct boss *boss, struct employee *employee, bool redial)
{
    struct peer *peer = employee->peer;
    drop_runtimes(boss, employee->runtimes);
    link_charge(&peer->link, &boss->account);
    post_share_charge(&boss->post, peer, &employee->account, &boss->account);
    account_settle(&employee->account);
    employee->account.above = NULL;
    origins_leave(&boss->origins, employee->origin);
    paths_leave(boss, employee->number);
    roster_leave(&boss->roster, employee);
    employee->peer = NULL;
    boss_stop_search(boss, employee);
    boss_part_with(boss, employee);
    queue_serve(&boss->queue, boss->roster.runtimes);
    peer->owner = NULL;
    post_end(&boss->post, peer, redial, boss->now, boss->outbox);
}
