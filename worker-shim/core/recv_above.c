/* recv_above: what the boss sends (BQSKit's Manager.handle_message from ABOVE). */
#include "common/boss/boss_own.h"
#include "worker-shim/core/dispatch.h"

/* An id is one worker's, for as long as its boss lives: mail finds its way by it. */
static enum verdict take_ids(struct boss *boss, struct list ranges)
{
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);) {
        if (roster_knows_ids(&boss->roster, lower, upper))
            return boss_complain(boss, CODE_MALFORMED,
                                 "CONNECT: the ids %u to %u overlap ids that were given before", lower,
                                 upper - 1);
        if (!roster_fill_pool(&boss->roster, lower, upper))
            return boss_complain(boss, CODE_TOO_LARGE,
                                 "CONNECT: more than %d ranges of ids that nobody has asked for", MAX_POOL);
    }
    return HANDLED;
}

ABOVE_HANDLER(recv_above_connect)
{
    (void)body;
    if (message->connect.paths.count > 0) /* a boss of before sessions */
        paths_put(&shim->boss, 0, message->connect.paths, NULL);
    if (take_ids(&shim->boss, message->connect.ranges) == MISBEHAVED)
        return MISBEHAVED;
    struct list ranges = message->connect.ranges;
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);)
        builder_range(&shim->ids, lower, upper);
    shim->has_ids = true;
    shim->ids_asked = false;
    below_give_ids(shim);
    return HANDLED;
}

ABOVE_HANDLER(recv_above_importpath)
{
    (void)body;
    uint64_t session = message->importpath.session;
    if (session && message->importpath.paths.count == 0)
        paths_end(&shim->boss, session);
    else if (room_has(shim, (uint64_t)(message->importpath.paths.end - message->importpath.paths.at)))
        paths_put(&shim->boss, session, message->importpath.paths, &shim->kept);
    else
        outbox_log(shim->boss.outbox, LOG_WARNING,
                   "no room for the import paths of session %llu (setting limits/memory)",
                   (unsigned long long)session);
    return HANDLED;
}

/* Whether a child of a worker here has its result: an earlier process of the boss saw to it, and had no time
 * to write that down. */
static bool has_ended(const struct shim *shim, const struct task_header *header)
{
    const struct boss *boss = &shim->boss;
    return header->return_address.worker != WORKER_NIL &&
           roster_responsible_for(&boss->roster, header->return_address.worker) != NULL &&
           !ledger_is_raised(&boss->ledger, &header->return_address);
}

static enum verdict take_task(struct shim *shim, const struct task_header *header, const struct slice *body)
{
    struct boss *boss = &shim->boss;
    uint32_t share;
    if (!boss_find_share(boss, shim->above, header, &share))
        return MISBEHAVED;
    struct address root_address = ledger_root_of_header(header);
    uint32_t root = ledger_begin_root(&boss->ledger, &root_address);
    uint64_t cost = ledger_cost_of(header, blob_cost_kept(body->blob, body->size));
    ledger_root(&boss->ledger, root)->account = &shim->kept;
    /* What is cancelled here is cancelled above as well, or will be: the boss passes on what it was told. */
    if (!boss_wants(boss, root, header))
        return DISCARDED;
    if (has_ended(shim, header)) {
        builder_address(&shim->updates, &header->return_address);
        return DISCARDED;
    }
    if (!room_has(shim, cost)) {
        room_refuse(shim, header, cost);
        return HANDLED;
    }
    uint32_t task = boss_accept(boss, header, share, slice_keep(body->blob, body->offset, body->size),
                                shim->flow, NO_RECORD);
    if (task == NO_RECORD) {
        struct complaint complaint = {.code = CODE_TOO_LARGE,
                                      .text = span_text("SUBMIT: too many different runtimes are in use"),
                                      .task = &header->return_address,
                                      .root = &root_address,
                                      .within = &header->return_address};
        above_send_error(shim, &complaint);
        return HANDLED;
    }
    ledger_task(&boss->ledger, task)->from_above = true;
    ledger_root(&boss->ledger, root)->session = header->session;
    boss_join_root(boss, task, root);
    shim->submitted++;
    return HANDLED;
}

ABOVE_HANDLER(recv_above_submit)
{
    struct batch *batch = &shim->boss.post.headway->batch;
    struct task_header header;
    struct slice piece;
    if (!boss_resume_batch(&shim->boss, message, body))
        return MISBEHAVED;
    shim->recalled.count = 0; /* the boss has work for this shim again */
    while (batch_next_task(batch, &header, &piece)) {
        enum verdict verdict = take_task(shim, &header, &piece);
        if (verdict == MISBEHAVED)
            return verdict;
        shim->boss.discarded += verdict == DISCARDED;
        if (!boss_spend(&shim->boss, WORK_TASK) && batch->headers.count > 0)
            return UNFINISHED;
    }
    shim->receipt =
        message->seq; /* until then the boss is not told that it was read: its tasks are on the way */
    shim->told.read += batch->count;
    return HANDLED;
}

ABOVE_HANDLER(recv_above_share)
{
    return boss_share(&shim->boss, shim->above, message, body, &shim->kept, false);
}

ABOVE_HANDLER(recv_above_unshare)
{
    (void)body;
    return boss_unshare(&shim->boss, shim->above, message);
}

ABOVE_HANDLER(recv_above_result)
{
    struct batch *batch = &shim->boss.post.headway->batch;
    struct result_header result;
    struct slice piece;
    if (!boss_resume_batch(&shim->boss, message, body))
        return MISBEHAVED;
    while (batch_next_result(batch, &result, &piece)) {
        if (!boss_accepts_result(&shim->boss, &result, piece.size)) /* its parent would wait for ever */
            below_lost(shim, roster_responsible_for(&shim->boss.roster, result.return_address.worker),
                       "a result for one of its tasks is larger than it accepts (its max_body)");
        /* its parent gave it up: a worker must not hear of it (the boss had sent it before it read the
         * CANCEL) */
        if (ledger_knows_cancelled(&shim->boss.ledger, &result.return_address) ||
            above_has_come(shim, &result.return_address) ||
            !boss_send_result_down(&shim->boss, &result, slice_ref(&piece)))
            shim->boss.discarded++;
        if (!boss_spend(&shim->boss, WORK_RESULT) && batch->headers.count > 0)
            return UNFINISHED;
    }
    return HANDLED;
}

ABOVE_HANDLER(recv_above_cancel)
{
    (void)body;
    struct boss *boss = &shim->boss;
    if (!message->cancel.has_root)
        return boss_complain(boss, CODE_MALFORMED, "CANCEL: a boss names the root");
    uint32_t root = ledger_find_root(&boss->ledger, &message->cancel.root);
    if (root == NO_RECORD)
        return DISCARDED;
    shim->cancelled += boss->post.headway->stage == 0;
    struct list part = boss_next_addresses(boss, message->cancel.addresses, WORK_END), each = part;
    for (struct address address; list_next_address(&each, &address);) {
        if (!address_equal(&address, &message->cancel.root))
            continue;
        boss_end_root(boss, root, NULL);
        return HANDLED;
    }
    boss_cancel(boss, root, part);
    return boss_is_through(boss);
}

ABOVE_HANDLER(recv_above_communicate)
{
    boss_communicate(&shim->boss, boss_next_addresses(&shim->boss, message->addresses.addresses, WORK_NOTE),
                     body, NULL);
    return boss_is_through(&shim->boss);
}

ABOVE_HANDLER(recv_above_error)
{
    (void)body;
    struct span text = message->error.text;
    outbox_log(shim->boss.outbox, LOG_WARNING, "the boss says: %.*s",
               (int)(text.size < 500 ? text.size : 500), (const char *)text.data);
    return HANDLED;
}

ABOVE_HANDLER(recv_above_recall)
{
    (void)body;
    if (shim->recalled.count == 0)
        shim->recalled.mask = 0;
    if (shim->recalled.count < message->recall.count)
        shim->recalled.count = message->recall.count;
    shim->recalled.mask |= runtimes_mask(&shim->boss.runtimes, message->recall.runtimes);
    return HANDLED;
}

/* Workers elsewhere, as a rule. Those of this shim that the boss believes lost cannot go on. */
ABOVE_HANDLER(recv_above_workers_lost)
{
    (void)body;
    struct boss *boss = &shim->boss;
    bool begins = boss->post.headway->stage == 0;
    if (begins && boss->roster.lost.count + message->lost.ranges.count > MAX_LOST_ABOVE)
        return boss_complain(boss, CODE_TOO_LARGE, "EMPLOYEE_LOST: too many ranges of lost ids");
    struct list ranges = message->lost.ranges;
    for (uint32_t lower, upper; begins && list_next_range(&ranges, &lower, &upper);) {
        for (struct employee *employee; (employee = roster_next_of(&boss->roster, &lower, upper)) != NULL;) {
            if (employee->peer->role == ROLE_WORKER)
                below_lost(shim, employee, "the boss has given it up");
        }
        boss_spend(boss, WORK_LOOK);
    }
    return boss_workers_lost(boss, NULL, message->lost.ranges) ? HANDLED : UNFINISHED;
}

ABOVE_HANDLER(recv_above_drain)
{
    (void)body;
    uint64_t grace = message->drain.grace == NO_NUMBER ? shim->config.drain_grace : message->drain.grace;
    drain_begin(shim, grace < NEVER - shim->boss.now ? shim->boss.now + grace : NEVER,
                "the boss asks for it");
    return HANDLED;
}

ABOVE_HANDLER(recv_above_trace)
{
    (void)body;
    shim->trace.wanted = shim->boss.traced =
        message->trace.count < UINT32_MAX ? message->trace.count : UINT32_MAX;
    boss_ask_traces(&shim->boss);
    return HANDLED;
}

ABOVE_HANDLER(recv_above_shutdown)
{
    (void)body, (void)message;
    shim_end(shim, true, "the boss asked for the shutdown");
    return HANDLED;
}

ABOVE_HANDLER(recv_above_leave)
{
    (void)body, (void)message;
    outbox_log(shim->boss.outbox, LOG_INFO, "the boss %s leaves; waiting for the next one",
               shim->above->name);
    above_lost(shim);
    return HANDLED;
}
