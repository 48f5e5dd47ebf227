/* boss_sweep: tasks that are to go with others go a part at a time, however many there are: those of a root
 * that has ended, those that descend from a cancelled one, and orphans, which descend from what ran on lost
 * workers; see boss.h. Until it is their turn they are in the tables, and count for nothing: nobody holds
 * them (boss_holds), they are not given out, and nothing that comes for them is taken (boss_wants).
 *
 * Which roots may have orphans is found in rounds: one goes through all roots, for the losses that were there
 * when it began. The numbers of employees that are gone are given to others when no root has them noted any
 * more. */
#include "common/base/mem.h"
#include "common/boss/boss.h"

enum {
    PART = 4,    /* of a turn's work */
    AT_ONCE = 4, /* tasks, and children sent up: a root with no more of them ends at once, as most do */
};

bool boss_is_sweeping(const struct boss *boss)
{
    return boss->swept.first != NO_RECORD || boss->rounds[0].begun;
}

bool boss_is_settled(const struct boss *boss)
{
    return boss->swept.live == 0 && !boss->rounds[0].begun;
}

/* Whether a task of this root is to go. */
static bool is_to_go(const struct boss *boss, const struct root *root, const struct task *task)
{
    return root->over || ledger_is_task_cancelled(&boss->ledger, task) ||
           (roster_has_lost(&boss->roster) &&
            boss_names_lost(boss, &task->address, ledger_breadcrumbs(task)));
}

bool boss_is_doomed(const struct boss *boss, const struct task *task)
{
    return task->joined && boss_is_sweeping(boss) &&
           is_to_go(boss, ledger_root_of(&boss->ledger, task), task);
}

static void put_last(struct boss *boss, uint32_t number)
{
    struct root *root = ledger_root(&boss->ledger, number);
    root->swept = true;
    boss->swept.live += !root->over;
    root->next_swept = NO_RECORD;
    if (boss->swept.last == NO_RECORD)
        boss->swept.first = number;
    else
        ledger_root(&boss->ledger, boss->swept.last)->next_swept = number;
    boss->swept.last = number;
}

static uint32_t take_first(struct boss *boss)
{
    uint32_t number = boss->swept.first;
    struct root *root = ledger_root(&boss->ledger, number);
    boss->swept.first = root->next_swept;
    root->swept = false;
    boss->swept.live -= !root->over;
    if (boss->swept.first == NO_RECORD)
        boss->swept.last = NO_RECORD;
    return number;
}

void boss_sweep_root(struct boss *boss, uint32_t number)
{
    struct root *root = ledger_root(&boss->ledger, number);
    root->sweep = root->tasks;
    if (!root->swept)
        put_last(boss, number);
}

/* A CANCEL in the making: tasks of one root that one employee holds, each by its own address: what they
 * descend from may run again under the same one. */
struct cancel_list {
    struct builder addresses;
    struct address root;
    uint32_t holder;
};

static void send_cancels(struct boss *boss, struct cancel_list *list)
{
    if (list->addresses.count > 0)
        boss_send_cancel(boss, roster_at(&boss->roster, list->holder), &list->root,
                         builder_list(&list->addresses));
    builder_reset(&list->addresses);
}

/* Forgets a task, and sees to it that its holder is told. */
static void drop(struct boss *boss, struct root *root, uint32_t number, struct cancel_list *list)
{
    const struct task *task = ledger_task(&boss->ledger, number);
    uint32_t holder = ledger_holder(task);
    if (holder != NO_RECORD && root->over) { /* it is told of all of it together */
        ledger_touch(root, holder);
    } else if (holder != NO_RECORD) {
        if (holder != list->holder || list->addresses.count == MAX_ADDRESSES)
            send_cancels(boss, list);
        list->holder = holder;
        root->revoked = true;
        builder_address(&list->addresses, &task->address);
    }
    boss_forget(boss, number);
}

/* Each of these does some more of a root; false: there is more of it. */
static bool sweep_tasks(struct boss *boss, struct root *root)
{
    struct cancel_list list = {.root = root->address, .holder = NO_RECORD};
    bool more = true;
    while (root->sweep != NO_RECORD && more) {
        uint32_t number = root->sweep;
        const struct task *task = ledger_task(&boss->ledger, number);
        uint64_t units = WORK_LOOK + task->depth;
        root->sweep = ledger_next_of_root(&boss->ledger, number);
        if (is_to_go(boss, root, task)) {
            drop(boss, root, number, &list);
            units += WORK_END;
        }
        more = boss_spend(boss, units);
    }
    send_cancels(boss, &list);
    builder_free(&list.addresses);
    return root->sweep == NO_RECORD;
}

static bool tell_touched(struct boss *boss, struct root *root)
{
    struct builder list = {0};
    bool more = true;
    builder_address(&list, &root->address);
    for (uint32_t i = 0; more && ledger_next_touched(root, &i); i++) {
        const struct employee *employee = roster_at(&boss->roster, i);
        if (employee->number == i)
            boss_send_cancel(boss, employee, &root->address, builder_list(&list));
        ledger_untouch(root, i);
        more = boss_spend(boss, WORK_SAY);
    }
    builder_free(&list);
    uint32_t first = 0;
    return more || !ledger_next_touched(root, &first);
}

/* What is noted of a root beside its tasks: what was cancelled, and what was sent up. */
static bool sweep_notes(struct boss *boss, struct root *root)
{
    while (ledger_drop_cancelled(&boss->ledger, root) || ledger_drop_raised(&boss->ledger, root)) {
        if (!boss_spend(boss, WORK_END) && (root->cancelled != NO_RECORD || root->raised != NO_RECORD))
            return false;
    }
    return true;
}

static bool sweep_some(struct boss *boss, uint32_t number)
{
    struct root *root = ledger_root(&boss->ledger, number);
    if (!sweep_tasks(boss, root))
        return false;
    if (!root->over)
        return true;
    if (!sweep_notes(boss, root) || !tell_touched(boss, root))
        return false;
    if (root->account)
        root->account->ending--;
    ledger_end_root(&boss->ledger, number);
    return true;
}

void boss_end_root(struct boss *boss, uint32_t number, const struct employee *but)
{
    struct root *root = ledger_root(&boss->ledger, number);
    if (root->revoked) /* a task may have come to `but` after it had ended the root, and begun it there anew
                        */
        but = NULL;
    for (uint32_t i = 0; ledger_next_touched(root, &i);
         i++) { /* a worker that holds nothing has nothing to forget */
        const struct employee *employee = roster_at(&boss->roster, i);
        if (employee == but || employee->number != i || employee->gone || employee->peer->role == ROLE_WORKER)
            ledger_untouch(root, i);
    }
    boss->swept.live -= root->swept && !root->over;
    ledger_hide_root(&boss->ledger, number);
    if (root->account)
        root->account->ending++;
    for (int i = 0; i < AT_ONCE && ledger_drop_raised(&boss->ledger, root); i++)
        continue;
    if (root->swept || root->task_count > AT_ONCE || root->cancelled != NO_RECORD ||
        root->raised != NO_RECORD || (root->touched_more && root->touched_more->words > 1)) {
        boss_sweep_root(boss, number);
        return;
    }
    root->sweep = root->tasks;
    while (!sweep_some(boss, number))
        continue;
}

static void grow(struct loss_round *round, uint32_t number)
{
    uint32_t words = number / 64 + 1;
    if (words <= round->words)
        return;
    round->lost = mem_grow(round->lost, round->words, words, sizeof *round->lost);
    round->gone = mem_grow(round->gone, round->words, words, sizeof *round->gone);
    round->words = words;
}

/* The round that what is found now belongs to: the next one, where one is under way. */
static struct loss_round *begin_round(struct boss *boss)
{
    struct loss_round *round = &boss->rounds[boss->rounds[0].begun];
    round->begun = true;
    return round;
}

void boss_look_for_orphans(struct boss *boss, const struct employee *through)
{
    if (boss->ledger.roots.used == 0)
        return;
    struct loss_round *round = begin_round(boss);
    round->all |= through == NULL;
    if (through) {
        grow(round, through->number);
        round->lost[through->number / 64] |= 1ull << (through->number % 64);
    }
}

void boss_retire(struct boss *boss, struct employee *employee)
{
    uint32_t number = employee->number;
    if (boss->ledger.roots.used == 0) {
        roster_give_number(&boss->roster, number);
        return;
    }
    employee->number = NO_RECORD;
    struct loss_round *round = begin_round(boss);
    grow(round, number);
    round->gone[number / 64] |= 1ull << (number % 64);
}

/* No root has the numbers noted any more of those that are gone. */
static void end_round(struct boss *boss)
{
    struct loss_round *round = &boss->rounds[0];
    for (uint32_t word = 0; word < round->words; word++) {
        for (uint64_t bits = round->gone[word]; bits; bits &= bits - 1)
            roster_give_number(&boss->roster, word * 64 + (uint32_t)__builtin_ctzll(bits));
    }
    mem_free(round->lost);
    mem_free(round->gone);
    boss->rounds[0] = boss->rounds[1];
    boss->rounds[1] = (struct loss_round){0};
    boss->round_at = 0;
}

/* Some more of the round that is under way; false: there is more of it. */
static bool look_some(struct boss *boss)
{
    const struct loss_round *round = &boss->rounds[0];
    while (boss->round_at < boss->ledger.roots.fresh) {
        uint32_t number = boss->round_at++;
        if (ledger_has_root(&boss->ledger, number)) {
            struct root *root = ledger_root(&boss->ledger, number);
            bool had = ledger_look_at_touched(root, round->lost, round->gone, round->words);
            if ((had || round->all) && root->tasks != NO_RECORD)
                boss_sweep_root(boss, number);
        }
        if (!boss_spend(boss, WORK_LOOK))
            return boss->round_at == boss->ledger.roots.fresh;
    }
    return true;
}

void boss_sweep(struct boss *boss)
{
    if (!boss_is_sweeping(boss))
        return; /* as in nearly every turn */
    post_begin_own(&boss->post, boss->post.config.work / PART);
    while (boss->rounds[0].begun && boss_spend(boss, 0) && look_some(boss))
        end_round(boss);
    while (boss->swept.first != NO_RECORD && boss_spend(boss, 0)) {
        uint32_t number = take_first(boss);
        if (!sweep_some(boss, number))
            put_last(boss, number);
    }
}

void boss_sweep_nothing(struct boss *boss)
{
    while (boss->swept.first != NO_RECORD) {
        struct root *root = ledger_root(&boss->ledger, take_first(boss));
        if (root->over && root->account)
            root->account->ending--;
    }
    while (boss->rounds[0].begun)
        end_round(boss);
}
