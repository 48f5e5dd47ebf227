/* boss_notes: what a boss with a journal notes for its owner to write down, and what it tells its employees
 * only when that is on the disk; see boss.h, boss->journals. */
#include "common/boss/boss.h"

#include "common/base/mem.h"

enum { PART = 4 /* of a turn's work, for telling of what is cancelled */ };

static struct held_cancel *cancel_at(const struct boss *boss, uint32_t place)
{
    return fifo_at(&boss->cancels, place);
}

static void note(struct address **list, uint32_t *count, uint32_t *capacity, const struct address *address)
{
    if (*count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 64;
        *list = mem_resize(*list, *capacity, sizeof **list);
    }
    (*list)[(*count)++] = *address;
}

void boss_note_moved(struct boss *boss, const struct address *address)
{
    note(&boss->moved, &boss->moved_count, &boss->moved_capacity, address);
}

void boss_note_gone(struct boss *boss, const struct address *address)
{
    note(&boss->gone, &boss->gone_count, &boss->gone_capacity, address);
}

void boss_free_notes(struct boss *boss)
{
    mem_free(boss->moved);
    mem_free(boss->gone);
    for (uint32_t i = 0; i < boss->cancels.count; i++)
        builder_free(&cancel_at(boss, i)->addresses);
    fifo_free(&boss->cancels);
}

void boss_say_cancel(struct boss *boss, const struct employee *employee, const struct address *root,
                     struct list addresses)
{
    struct message message = {.kind = KIND_CANCEL};
    message.cancel.corr = message.cancel.state = NO_NUMBER;
    message.cancel.addresses = addresses;
    message.cancel.has_root = true;
    message.cancel.root = *root;
    post_send(&boss->post, employee->peer, &message, SLICE_NONE);
}

void boss_hold_cancel(struct boss *boss, const struct employee *employee, const struct address *root,
                      struct list addresses)
{
    struct held_cancel *held = fifo_put(&boss->cancels);
    *held = (struct held_cancel){.employee = employee->number, .root = *root};
    for (struct address address; list_next_address(&addresses, &address);)
        builder_address(&held->addresses, &address);
    account_add(&boss->account, held_cancel_cost(held));
}

void boss_stamp_cancels(struct boss *boss, uint64_t records)
{
    for (uint32_t i = boss->cancels.count; i > 0; i--) {
        struct held_cancel *held = cancel_at(boss, i - 1);
        if (held->record != 0)
            break;
        held->record = records;
    }
}

/* The first one is told, where its employee is still here. */
static void tell_first(struct boss *boss)
{
    struct held_cancel *held = cancel_at(boss, 0);
    struct employee *employee = roster_at(&boss->roster, held->employee);
    if (employee->number == held->employee && !employee->gone)
        boss_say_cancel(boss, employee, &held->root, builder_list(&held->addresses));
    account_take(&boss->account, held_cancel_cost(held));
    builder_free(&held->addresses);
    fifo_drop(&boss->cancels);
    boss_spend(boss, WORK_SAY);
}

bool boss_cancels_are_due(const struct boss *boss)
{
    uint64_t record = boss->cancels.count > 0 ? cancel_at(boss, 0)->record : 0;
    return record != 0 && record <= boss->post.committed;
}

void boss_tell_cancels(struct boss *boss)
{
    if (!boss_cancels_are_due(boss))
        return; /* as in many turns */
    post_begin_own(&boss->post, boss->post.config.work / PART);
    while (boss_cancels_are_due(boss) && boss_spend(boss, 0))
        tell_first(boss);
}
