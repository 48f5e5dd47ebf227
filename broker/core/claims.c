/* claims: what managers say that they have from another process of this broker (HOLDS), as far as it is not
 * in this one's books: strangers, which nobody here knows, and copies, which another manager has as well. See
 * restart.c for what becomes of them.
 *
 * They are found by their addresses, and by who has them, since managers say what they like. */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

enum {
    MOST_CLAIMS = 16384, /* of one manager: beyond, it gives up what it says at once */
    AGAIN = 1000,        /* ms at least until what could not be done is tried again */
    PART = 4,            /* of a turn's work, for looking at strangers again */
    WORK_CLAIM = 8       /* one is noted, or looked at */
};

struct claim {
    uint32_t number;         /* a freed record's is never its own number: see slab.c */
    uint32_t employee;       /* who says so */
    uint32_t next, previous; /* of what it says */
    struct address address, root;
    bool copy;  /* another one holds the task, too. Who has seen a root end runs nothing of it any more, so
                   that its end here is the end; else nobody here knows it */
    bool ended; /* there: it is only to hear of the root's end */
};

/* What one manager says. */
struct claimant {
    uint32_t first, count;
};

static struct claims *claims_of(struct broker *broker)
{
    return &broker->journal.claims;
}

static struct claim *claim_at(struct broker *broker, uint32_t number)
{
    return slab_at(&claims_of(broker)->all, number);
}

static struct employee *employee_of(struct broker *broker, const struct claim *claim)
{
    return roster_at(&broker->boss.roster, claim->employee); /* claims_leave: it is here */
}

static uint32_t hash_of(const struct broker *broker, const struct address *address)
{
    return address_hash(broker->config.seed + 2, address);
}

void claims_init(struct broker *broker)
{
    struct claims *claims = claims_of(broker);
    claims->due = NEVER;
    slab_init(&claims->all, sizeof(struct claim));
    index_init(&claims->by_address);
}

void claims_free(struct broker *broker)
{
    struct claims *claims = claims_of(broker);
    slab_clear(&claims->all);
    index_free(&claims->by_address);
    mem_free(claims->by_employee);
}

static struct claimant *claimant_of(struct broker *broker, uint32_t employee)
{
    struct claims *claims = claims_of(broker);
    if (employee >= claims->employees) {
        uint32_t employees = 2 * employee + 8;
        claims->by_employee =
            mem_grow(claims->by_employee, claims->employees, employees, sizeof *claims->by_employee);
        claims->employees = employees;
    }
    return &claims->by_employee[employee];
}

/* The first one of this task from this employee (NULL: of a stranger, from any); NO_RECORD: there is none. */
static uint32_t find(struct broker *broker, const struct employee *employee, const struct address *address)
{
    struct claims *claims = claims_of(broker);
    struct index_cursor cursor = index_find(&claims->by_address, hash_of(broker, address));
    for (uint32_t number; (number = index_next(&claims->by_address, &cursor)) != NO_RECORD;) {
        const struct claim *claim = claim_at(broker, number);
        bool wanted = employee ? claim->employee == employee->number : !claim->copy && !claim->ended;
        if (wanted && address_equal(&claim->address, address))
            return number;
    }
    return NO_RECORD;
}

static void drop(struct broker *broker, uint32_t number)
{
    struct claims *claims = claims_of(broker);
    struct claim *claim = claim_at(broker, number);
    struct claimant *claimant = claimant_of(broker, claim->employee);
    account_take(&employee_of(broker, claim)->account, CLAIM_COST);
    if (claim->previous == NO_RECORD)
        claimant->first = claim->next;
    else
        claim_at(broker, claim->previous)->next = claim->next;
    if (claim->next != NO_RECORD)
        claim_at(broker, claim->next)->previous = claim->previous;
    claimant->count--;
    index_remove(&claims->by_address, hash_of(broker, &claim->address), number);
    slab_give(&claims->all, number);
}

/* Notes what an employee says; false: it says too much. What it has said before is said once. */
static bool add(struct broker *broker, struct employee *employee, const struct address *address,
                const struct address *root, bool copy)
{
    struct claims *claims = claims_of(broker);
    struct claimant *claimant = claimant_of(broker, employee->number);
    if (find(broker, employee, address) != NO_RECORD)
        return true;
    if (claimant->count == MOST_CLAIMS)
        return false;
    uint32_t number = slab_take(&claims->all);
    *claim_at(broker, number) = (struct claim){.number = number,
                                               .employee = employee->number,
                                               .next = claimant->count ? claimant->first : NO_RECORD,
                                               .previous = NO_RECORD,
                                               .address = *address,
                                               .root = *root,
                                               .copy = copy};
    if (claimant->count++ > 0)
        claim_at(broker, claimant->first)->previous = number;
    claimant->first = number;
    account_add(&employee->account, CLAIM_COST);
    index_add(&claims->by_address, hash_of(broker, address), number);
    claims->due = broker->boss.now + broker->config.settle;
    return true;
}

void claims_leave(struct broker *broker, const struct employee *employee)
{
    if (employee->number >= claims_of(broker)->employees)
        return;
    const struct claimant *claimant = claimant_of(broker, employee->number);
    while (claimant->count > 0)
        drop(broker, claimant->first);
}

void claims_wait(struct broker *broker)
{
    if (claims_of(broker)->all.used > 0)
        claims_of(broker)->due = broker->boss.now + broker->config.settle;
}

static void cancel(struct broker *broker, const struct employee *employee, const struct address *address,
                   const struct address *root)
{
    struct builder list = {0};
    builder_address(&list, address);
    boss_send_cancel(&broker->boss, employee, root, builder_list(&list));
    builder_free(&list);
}

/* Whether a root lives; then the employee has part of it, and `more` than this process knows: it is told of
 * the root's end, whoever ends it. */
static bool touch(struct broker *broker, const struct employee *employee, const struct address *root,
                  bool more)
{
    uint32_t number = boss_find_root(&broker->boss, root);
    if (number == NO_RECORD)
        return false;
    struct root *one = ledger_root(&broker->boss.ledger, number);
    ledger_touch(one, employee->number);
    one->revoked |= more;
    return true;
}

/* What nobody knows is given up by who has it, with its root where that is over. */
static void give_up(struct broker *broker, const struct employee *employee, const struct address *address,
                    const struct address *root)
{
    bool root_lives = ledger_find(&broker->boss.ledger, root) != NO_RECORD;
    cancel(broker, employee, root_lives ? address : root, root);
    boss_spend(&broker->boss, WORK_SAY);
}

void claims_part(struct broker *broker, struct employee *employee, const struct address *root)
{
    boss_spend(&broker->boss, WORK_CLAIM);
    if (!touch(broker, employee, root, true) && !add(broker, employee, root, root, false))
        give_up(broker, employee, root, root);
}

/* It has a task that another one holds. */
static void add_copy(struct broker *broker, struct employee *employee, const struct task *task)
{
    struct address root = ledger_root_address(task);
    if (!add(broker, employee, &task->address, &root, true))
        give_up(broker, employee, &task->address, &root);
}

void claims_say(struct broker *broker, struct employee *employee, const struct address *address,
                const struct address *root)
{
    struct boss *boss = &broker->boss;
    uint32_t number = ledger_find(&boss->ledger, address);
    boss_spend(boss, WORK_CLAIM);
    if (number != NO_RECORD && boss_is_doomed(boss, ledger_task(&boss->ledger, number)))
        number = NO_RECORD; /* it is about to go, here too */
    if (root)
        touch(broker, employee, root, number == NO_RECORD);
    const struct task *task = number == NO_RECORD ? NULL : ledger_task(&boss->ledger, number);
    if (task == NULL && root && !add(broker, employee, address, root, false))
        give_up(broker, employee, address, root);
    else if (task && ledger_holder(task) == NO_RECORD)
        boss_assume(boss, employee, number);
    else if (task && ledger_holder(task) != employee->number)
        add_copy(broker, employee, task);
}

bool claims_drop_copy(struct broker *broker, const struct employee *employee, const struct address *address)
{
    uint32_t number = claims_of(broker)->all.used ? find(broker, employee, address) : NO_RECORD;
    bool copy = number != NO_RECORD && claim_at(broker, number)->copy;
    if (copy)
        drop(broker, number);
    return copy;
}

void claims_end_copy(struct broker *broker, struct employee *employee, const struct address *address)
{
    struct boss *boss = &broker->boss;
    if (!claims_drop_copy(broker, employee, address))
        return;
    uint32_t number = ledger_find(&boss->ledger, address);
    const struct task *task = number == NO_RECORD ? NULL : ledger_task(&boss->ledger, number);
    if (task == NULL || ledger_holder(task) == employee->number || boss_is_doomed(boss, task))
        return;
    struct address root = ledger_root_address(task);
    if (ledger_holder(task) != NO_RECORD) {
        struct employee *other = roster_at(&boss->roster, ledger_holder(task));
        roster_release(&boss->ledger, other, number);
        roster_reorder_later(&boss->roster, other);
        if (!other->gone)
            touch(broker, other, &root, true);
        if (!other->gone && task->depth > 0) /* of a root all hear that it has ended */
            cancel(broker, other, address, &root);
    }
    boss_assume(boss, employee, number);
}

bool claims_end_stranger(struct broker *broker, const struct employee *employee,
                         const struct address *address, const struct address *root)
{
    uint32_t number = claims_of(broker)->all.used ? find(broker, employee, address) : NO_RECORD;
    struct claim *claim = number == NO_RECORD ? NULL : claim_at(broker, number);
    if (claim == NULL || claim->copy || claim->ended || (root && !address_equal(&claim->root, root)))
        return false;
    claim->ended = true;
    return true;
}

void claims_seek(struct broker *broker, uint32_t number)
{
    const struct task *task = ledger_task(&broker->boss.ledger, number);
    bool found = false;
    if (claims_of(broker)->all.used == 0)
        return; /* as nearly always */
    for (uint32_t at; (at = find(broker, NULL, &task->address)) != NO_RECORD; found = true) {
        struct claim *claim = claim_at(broker, at);
        if (found) {
            claim->copy = true;
            continue;
        }
        boss_assume(&broker->boss, employee_of(broker, claim), number);
        drop(broker, at);
    }
}

/* Whether the manager of a child's parent is here and has not said yet that it has started, which it does
 * behind all that it says again. */
static bool is_saying_again(const struct broker *broker, uint32_t worker)
{
    const struct employee *employee =
        worker == WORKER_NIL ? NULL : roster_responsible_for(&broker->boss.roster, worker);
    return employee && !employee->started;
}

/* Who has what nobody knows gives it up. Those stay whose parents may come back, or be said again with what
 * they wait for: who has seen a child cancelled runs it no more, and it would be given out to it anew. */
static void dismiss(struct broker *broker, uint32_t number)
{
    const struct claim *claim = claim_at(broker, number);
    const struct employee *employee = employee_of(broker, claim);
    const struct ledger *ledger = &broker->boss.ledger;
    if (claim->copy) {
        if (ledger_find(ledger, &claim->address) == NO_RECORD) /* it is over, and was cancelled there */
            drop(broker, number);
        else
            claims_of(broker)->waits = true;
        return;
    }
    bool root_lives = ledger_find(ledger, &claim->root) != NO_RECORD;
    bool part = root_lives && (claim->ended || address_equal(&claim->address, &claim->root));
    bool waits = (root_lives && is_saying_again(broker, claim->address.worker)) ||
                 (part && !touch(broker, employee, &claim->root, true)); /* it is queued */
    claims_of(broker)->waits |= waits;
    if (waits || restart_is_away(broker, claim->address.worker))
        return;
    if (!part)
        give_up(broker, employee, &claim->address, &claim->root);
    drop(broker, number);
}

static void begin(struct claims *claims)
{
    claims->due = NEVER;
    claims->looks = true;
    claims->waits = false;
    claims->at = 0;
}

void claims_turn(struct broker *broker)
{
    struct claims *claims = claims_of(broker);
    if (claims->due <= broker->boss.now)
        begin(claims);
    if (!claims->looks)
        return; /* as nearly always */
    post_begin_own(&broker->boss.post, broker->config.work / PART);
    for (bool more = true; more && claims->at < claims->all.fresh;
         more = boss_spend(&broker->boss, WORK_CLAIM)) {
        uint32_t number = claims->at++;
        if (slab_has(&claims->all, number) && claim_at(broker, number)->number == number)
            dismiss(broker, number);
    }
    claims->looks = claims->at < claims->all.fresh;
    if (!claims->looks && claims->waits && claims->due == NEVER)
        claims->due = broker->boss.now + broker->config.settle + AGAIN;
}

uint64_t claims_deadline(const struct broker *broker)
{
    const struct claims *claims = &broker->journal.claims;
    return claims->looks ? broker->boss.now : claims->due;
}
