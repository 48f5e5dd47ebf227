/* recv_above: what the boss sends (BQSKit's Manager.handle_message from ABOVE). */
#include "worker-shim/core/shim_inner.h"

ABOVE_HANDLER(recv_above_connect)
{
    (void)body;
    boss_import_paths(&shim->boss, message->connect.paths);
    struct list ranges = message->connect.ranges;
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);)
        roster_fill_pool(&shim->boss.roster, lower, upper);
    shim->has_ids = true;
    shim->ids_asked = false;
    below_give_ids(shim);
    return HANDLED;
}

ABOVE_HANDLER(recv_above_importpath)
{
    (void)body;
    boss_import_paths(&shim->boss, message->importpath.paths);
    return HANDLED;
}

static enum verdict take_task(struct shim *shim, const struct task_header *header, const struct slice *body)
{
    struct boss *boss = &shim->boss;
    struct address root_address = ledger_root_of_header(header);
    uint32_t root = ledger_begin_root(&boss->ledger, &root_address);
    /* What is cancelled here is cancelled above as well, or will be: the boss passes on what it was told. */
    if (ledger_is_cancelled(&boss->ledger, root, header))
        return DISCARDED;
    if (ledger_find(&boss->ledger, &header->return_address) != NO_RECORD)
        return DISCARDED;
    uint32_t task =
        boss_accept(boss, header, slice_keep(body->blob, body->offset, body->size), shim->flow, FROM_ABOVE);
    if (task == NO_RECORD) {
        above_send_error(shim, CODE_TOO_LARGE, span_text("SUBMIT: too many different runtimes are in use"),
                         &header->return_address, &root_address, SLICE_NONE);
        return HANDLED;
    }
    ledger_join_root(&boss->ledger, task, root);
    shim->submitted++;
    return HANDLED;
}

ABOVE_HANDLER(recv_above_submit)
{
    struct batch batch;
    struct task_header header;
    struct slice piece;
    if (!boss_open_batch(&shim->boss, &batch, message, body))
        return MISBEHAVED;
    shim->receipt = message->seq;
    while (batch_next_task(&batch, &header, &piece)) {
        shim->told.read++;
        shim->boss.discarded += take_task(shim, &header, &piece) == DISCARDED;
    }
    return HANDLED;
}

ABOVE_HANDLER(recv_above_result)
{
    struct batch batch;
    struct result_header result;
    struct slice piece;
    if (!boss_open_batch(&shim->boss, &batch, message, body))
        return MISBEHAVED;
    while (batch_next_result(&batch, &result, &piece)) {
        if (!boss_accepts_result(&shim->boss, &result, piece.size)) /* its parent would wait for ever */
            below_lost(shim, roster_responsible_for(&shim->boss.roster, result.return_address.worker),
                       "a result for one of its tasks is larger than it accepts (its max_body)");
        /* its parent gave it up: a worker must not hear of it (the boss had sent it before it read the
         * CANCEL) */
        if (ledger_knows_cancelled(&shim->boss.ledger, &result.return_address) ||
            !boss_send_result_down(&shim->boss, &result, slice_ref(&piece)))
            shim->boss.discarded++;
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
    shim->cancelled++;
    struct list addresses = message->cancel.addresses;
    for (struct address address; list_next_address(&addresses, &address);) {
        if (!address_equal(&address, &message->cancel.root))
            continue;
        boss_end_root(boss, root, NULL);
        return HANDLED;
    }
    boss_cancel(boss, &message->cancel.root, message->cancel.addresses);
    return HANDLED;
}

ABOVE_HANDLER(recv_above_communicate)
{
    boss_communicate(&shim->boss, message->addresses.addresses, body, NULL);
    return HANDLED;
}

ABOVE_HANDLER(recv_above_error)
{
    (void)body;
    struct span text = message->error.text;
    outbox_log(shim->boss.outbox, LOG_WARNING, "the boss says: %.*s",
               (int)(text.size < 500 ? text.size : 500), (const char *)text.data);
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
