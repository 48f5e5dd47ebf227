/* above: the shim as an employee: its boss comes and goes, and what it is told (BQSKit's
 * Manager.update_upstream_idle_workers). */
#include <string.h>

#include "worker-shim/core/shim_inner.h"

enum { SIGN_OF_LIFE_MS = 500 /* how long a boss has to answer when another one wants its place */ };

/* Whether the present boss is alive, as far as can be known; asks it for a sign of life. */
static bool boss_is_alive(struct shim *shim)
{
    const struct peer *above = shim->above;
    if (above->conn == NO_CONN)
        return false;
    uint64_t now = shim->boss.now;
    if (shim->probed_at != 0 && above->link.heard_at < shim->probed_at &&
        now - shim->probed_at >= SIGN_OF_LIFE_MS)
        return false;
    if (shim->probed_at == 0 || above->link.heard_at >= shim->probed_at) {
        struct message ping = {.kind = KIND_PING};
        struct letter *letter = letter_new(&ping, SLICE_NONE);
        letter_stamp(letter, 0, above->link.received);
        outbox_letter(shim->boss.outbox, above->conn, letter);
        shim->probed_at = now;
    }
    return true;
}

void above_join(struct shim *shim, struct peer *peer)
{
    struct boss *boss = &shim->boss;
    if (shim->above) {
        bool same = memcmp(shim->above->boot, peer->boot, UUID_SIZE) == 0;
        if (!same && boss_is_alive(shim)) {
            post_refuse(&boss->post, peer, "this manager has another boss, which is alive", boss->outbox);
            return;
        }
        above_lost(shim);
    }
    post_welcome(&boss->post, peer, NULL, boss->outbox);
    peer->owner = shim;
    shim->above = peer;
    shim->probed_at = 0;
    outbox_log(boss->outbox, LOG_INFO, "serving the boss %s (%s)", peer->name, peer->software);
}

/* An employee that has ids of the old boss can't go on with the new one. */
static void renew_employee(struct shim *shim, struct employee *employee)
{
    struct boss *boss = &shim->boss;
    while (employee->held != NO_RECORD)
        boss_forget(boss, employee->held);
    if (!employee->has_ids)
        return;
    struct message goodbye = {.kind = KIND_DISCONNECT};
    goodbye.disconnect.corr = NO_NUMBER;
    goodbye.disconnect.text = span_text("the boss of this manager is gone");
    post_send(&boss->post, employee->peer, &goodbye, SLICE_NONE);
    if (employee->slot != NO_RECORD)
        slots_replace(shim, &shim->slots[employee->slot], true);
    boss_dismiss(boss, employee, true);
}

void above_lost(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    for (uint32_t i = boss->roster.count; i > 0; i--)
        renew_employee(shim, roster_at(&boss->roster, boss->roster.present[i - 1]));
    for (uint32_t number; (number = queue_pop(&boss->queue, ~0u)) != NO_RECORD;)
        boss_forget(boss, number);
    boss_forget_old(boss);
    shim->has_ids = shim->ids_asked = false;
    shim->told.started = false;
    builder_reset(&shim->updates);
    struct peer *above = shim->above;
    shim->above = NULL;
    above->owner = NULL;
    post_end(&boss->post, above, false, boss->now, boss->outbox);
}

void above_send_error(struct shim *shim, enum error_code code, struct span text, const struct address *task,
                      const struct address *root, struct slice body)
{
    shim->failed++;
    if (shim->above == NULL) {
        slice_drop(&body);
        return;
    }
    struct message message = {.kind = KIND_ERROR};
    message.error.code = code;
    message.error.text = text;
    message.error.corr = message.error.slot = NO_NUMBER;
    message.error.has_task = message.error.has_root = true;
    message.error.task = *task;
    message.error.root = *root;
    post_send(&shim->boss.post, shim->above, &message, body);
}

static void report_started(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    uint32_t runtimes = roster_runtimes(&boss->roster);
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
    if (!shim->told.started)
        shim->told.idle = shim->told.room = shim->told.read = 0;
    shim->told.started = true;
    shim->told.workers = boss->roster.total_workers;
    shim->told.runtimes = runtimes;
}

static void report_updates(struct shim *shim)
{
    for (struct list left = builder_list(&shim->updates); left.count > 0;) {
        struct message message = {.kind = KIND_UPDATE};
        struct list *part = &message.addresses.addresses;
        struct address address;
        part->at = left.at;
        while (part->count < MAX_ADDRESSES && list_next_address(&left, &address))
            part->count++;
        part->end = left.at;
        post_send(&shim->boss.post, shim->above, &message, SLICE_NONE);
    }
    builder_reset(&shim->updates);
}

static uint32_t less(uint64_t from, uint64_t what)
{
    uint64_t rest = from > what ? from - what : 0;
    return rest < UINT32_MAX ? (uint32_t)rest : UINT32_MAX;
}

/* WAITING goes up when what the boss derives from the last one is not true any more.
 * Differs from BQSKit, whose manager reports only changes of its idle count and so leaks credit. */
static void report_waiting(struct shim *shim)
{
    const struct boss *boss = &shim->boss;
    uint32_t idle = less(roster_idle_sum(&boss->roster), boss->queue.count);
    uint32_t room = less(boss->roster.credit + (boss->roster.total_workers > 0 ? shim->config.prefetch : 0),
                         boss->queue.count);
    if (idle == less(shim->told.idle, shim->told.read) && room == less(shim->told.room, shim->told.read))
        return;
    struct message message = {.kind = KIND_WAITING};
    message.waiting.idle = idle;
    message.waiting.room = room;
    message.waiting.receipt = shim->receipt;
    post_send(&shim->boss.post, shim->above, &message, SLICE_NONE);
    shim->told.idle = idle;
    shim->told.room = room;
    shim->told.read = 0;
}

/* Somebody below waits for ids that are not there. */
static void report_ids(struct shim *shim)
{
    uint64_t wanted = 0; /* each asks for less than 2^30: boss_ids and below_join see to it */
    for (uint32_t i = 0; i < shim->boss.roster.count; i++)
        wanted += roster_at(&shim->boss.roster, shim->boss.roster.present[i])->ids_wanted;
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
    report_started(shim);
    report_updates(shim);
    report_waiting(shim);
    report_ids(shim);
}
