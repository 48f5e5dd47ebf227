/* books: the tables of a boss, counted anew and held against their sums. See books.h. */
#include "tests/fuzz/books.h"
#include "common/boss/boss_own.h"

#include <inttypes.h>

#include "common/boss/queue_inner.h"
#include "tests/fuzz/tell.h"

static void same(uint64_t counted, uint64_t kept, const char *what)
{
    if (counted != kept)
        fuzz_fail("%s: there are %" PRIu64 ", the books say %" PRIu64, what, counted, kept);
}

/* Nothing stays of what was cancelled, or of what workers had that are lost, but until it is swept. */
static void check_wanted(const struct boss *boss, const struct task *task)
{
    struct task_header header;
    if (boss_is_sweeping(boss))
        return;
    ledger_header(&boss->ledger, task, span_text(""), &header);
    if (boss_is_orphan(boss, &header))
        fuzz_fail("a task is left whose parents are lost");
    if (ledger_is_task_cancelled(&boss->ledger, task))
        fuzz_fail("a task is left that is cancelled");
}

/* Each task is found by its address, belongs to its root, and is queued, or in the hands of somebody who is
 * here. */
static void check_tasks(const struct boss *boss)
{
    uint64_t tasks = 0, queued = 0, listed = 0, by_runtime[MAX_RUNTIMES] = {0}, to_be_had[MAX_RUNTIMES] = {0};
    uint32_t place = 0;
    for (uint32_t number; (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD; tasks++) {
        const struct task *task = ledger_task(&boss->ledger, number);
        if (ledger_find(&boss->ledger, &task->address) != (task->listed ? number : NO_RECORD))
            fuzz_fail("task %u is not found by its address", number);
        if (!task->listed && (!task->queued || task->depth > 0 || task->from_above))
            fuzz_fail("task %u is not to be found, and others may speak of it", number);
        listed += task->listed;
        if (task->joined) {
            struct address root = ledger_root_address(task);
            if (!address_equal(&root, &ledger_root_of(&boss->ledger, task)->address))
                fuzz_fail("task %u belongs to another root", number);
        }
        check_wanted(boss, task);
        queued += task->queued;
        by_runtime[task->runtime] += task->queued;
        to_be_had[task->runtime] +=
            task->queued && !task->aside && !queue_holds_back(&boss->queue, task->flow);
        uint32_t holder = ledger_holder(task);
        if (holder != NO_RECORD && roster_at(&boss->roster, holder)->number != holder)
            fuzz_fail("task %u is in the hands of an employee that is gone", number);
        bool waits = boss->journals; /* for a manager of before the boss was started anew, maybe */
        if (!task->queued && holder == NO_RECORD && !waits && !boss_is_doomed(boss, task))
            fuzz_fail("task %u is neither queued nor in anybody's hands", number);
    }
    same(tasks, boss->ledger.tasks.used, "tasks");
    same(listed, boss->ledger.listed, "tasks that are found by their addresses");
    same(queued, boss->queue.count, "queued tasks");
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        same(by_runtime[i], boss->queue.counts[i], "queued tasks of a runtime");
        same(to_be_had[i] > 0, boss->queue.mask >> i & 1, "runtimes with queued tasks");
    }
}

/* Each root has the tasks that it counts. */
static void check_roots(const struct boss *boss)
{
    uint64_t roots = 0, swept = 0;
    for (uint32_t number = 0; number < boss->ledger.roots.fresh; number++) {
        if (!ledger_has_root(&boss->ledger, number))
            continue;
        const struct root *root = ledger_root(&boss->ledger, number);
        uint64_t tasks = 0;
        roots++;
        swept += root->swept && !root->over;
        if (root->over ? !root->swept : ledger_find_root(&boss->ledger, &root->address) != number)
            fuzz_fail("root %u is not found by its address, or is over and not to be swept", number);
        for (uint32_t task = root->tasks; task != NO_RECORD; tasks++) {
            if (ledger_root_number(&boss->ledger, ledger_task(&boss->ledger, task)) != number)
                fuzz_fail("root %u has a task of another one", number);
            task = ledger_next_of_root(&boss->ledger, task);
        }
        same(tasks, root->task_count, "tasks of a root");
    }
    same(roots, boss->ledger.roots.used, "roots");
    same(swept, boss->swept.live, "roots that are swept and go on");
    same(index_count(&boss->ledger.by_cancelled), boss->ledger.cancelled.used, "cancelled sub-tasks");
}

/* Whether a task waits that an employee may have because of what it has. */
/* Whether the employee does not take the body of a task, which waits for another one then. */
static bool is_too_large_for(const struct boss *boss, const struct employee *employee,
                             const struct task *task)
{
    size_t size = boss_body_size(boss, ledger_share(task), ledger_body(task).size);
    return !link_accepts(&employee->peer->link, size);
}

static bool waits_for_its_own(const struct boss *boss, const struct employee *employee)
{
    uint32_t place = 0;
    for (uint32_t number; (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        if (!task->queued || !(roster_takes_own(employee) >> task->runtime & 1) ||
            !boss_is_own(boss, employee, task) || is_too_large_for(boss, employee, task))
            continue;
        for (uint32_t held = employee->held; held != NO_RECORD; held = ledger_task(&boss->ledger, held)->next)
            if (ledger_root_of(&boss->ledger, ledger_task(&boss->ledger, held)) ==
                ledger_root_of(&boss->ledger, task))
                return true;
    }
    return false;
}

/* Whether a task waits that it may have. What it does not take waits aside, or in the queue again where it
 * was looked at to be handed up; so do other sessions' tasks than a worker's that has those of one. */
static bool waits_for(const struct boss *boss, const struct employee *employee)
{
    uint32_t place = 0;
    if ((roster_takes(employee) & boss->queue.mask) == 0)
        return false;
    bool any = !boss->apart || employee->peer->role != ROLE_WORKER || !employee->worked;
    for (uint32_t number; (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        uint64_t session = task->joined ? ledger_root_of(&boss->ledger, task)->session : 0;
        if (task->queued && roster_takes(employee) >> task->runtime & 1 &&
            (any || session == employee->session) && !is_too_large_for(boss, employee, task))
            return true;
    }
    return false;
}

/* Whether what is next was handed back, and would wait at an employee that is busy behind a newer task. */
static bool would_come_late(const struct boss *boss, const struct employee *employee)
{
    uint32_t number = queue_next(&boss->queue, roster_takes(employee)), held = employee->held;
    const struct task *next = number == NO_RECORD ? NULL : ledger_task(&boss->ledger, number), *other;
    if (next == NULL || !next->again || roster_idle(employee) > 0)
        return false;
    for (; held != NO_RECORD; held = other->next) {
        other = ledger_task(&boss->ledger, held);
        if (other->priority == next->priority && other->depth == next->depth && queue_is_older(next, other))
            return true;
    }
    return false;
}

/* Nobody has overtaken the next task of a rank that a client submitted together with it: those of a map go
 * out in their order, whatever came back meanwhile. One that may have killed what ran it comes behind. */
static void check_turn(const struct boss *boss, uint32_t next, uint32_t number)
{
    const struct task *first = ledger_task(&boss->ledger, next), *task = ledger_task(&boss->ledger, number);
    const struct task_past *past = ledger_past(task);
    if (task->from_above || task->depth > 0 || task->address.mailbox != first->address.mailbox ||
        (past && past->blamed > 0))
        return;
    if (task->address.slot < first->address.slot)
        fuzz_fail("task %u of a map waits behind task %u", task->address.slot, first->address.slot);
}

static void check_lanes(const struct boss *boss, const struct stream *stream, uint64_t *again)
{
    for (uint32_t i = 0; i < stream->lane_count; i++) {
        const struct lane *lane = &stream->lanes[i];
        for (uint32_t at = 0; at < lane->again_count; at++)
            check_turn(boss, lane_next(lane), lane->again[at]);
        for (uint32_t at = lane->first; at != NO_RECORD; at = ledger_task(&boss->ledger, at)->next)
            check_turn(boss, lane_next(lane), at);
        *again += lane->again_count;
    }
}

/* What waits in the order of each flow. */
static void check_order(const struct boss *boss)
{
    uint64_t again = 0;
    for (uint32_t i = 0; i < boss->queue.flows.fresh; i++) /* streams of closed ones are NULL */
        for (unsigned runtime = 0; runtime < MAX_RUNTIMES; runtime++)
            if (flow_at(&boss->queue, i)->streams[runtime])
                check_lanes(boss, flow_at(&boss->queue, i)->streams[runtime], &again);
    same(again, boss->queue.again_count, "tasks that were handed back");
}

/* What an employee has is in its hands. */
static void check_held(const struct boss *boss, const struct employee *employee)
{
    uint64_t held = 0;
    for (uint32_t task = employee->held; task != NO_RECORD; held++) {
        if (ledger_holder(ledger_task(&boss->ledger, task)) != employee->number)
            fuzz_fail("employee %u has a task that is not in its hands", employee->number);
        task = ledger_task(&boss->ledger, task)->next;
    }
    same(held, employee->num_tasks, "tasks of an employee");
}

/* Those that are gone, and have ids that are to be noted as lost, or tasks that are to be taken back. */
static void check_left(const struct boss *boss)
{
    uint32_t last = NO_RECORD;
    uint64_t losing = 0;
    for (uint32_t number = boss->left.first; number != NO_RECORD;) {
        const struct employee *employee = roster_at(&boss->roster, number);
        if (employee->number != number || !employee->gone || employee->peer)
            fuzz_fail("employee %u is not gone, and its tasks are to be taken back", number);
        check_held(boss, employee);
        losing += employee->losing;
        last = number;
        number = employee->taking.next;
    }
    same(last, boss->left.last, "the last of those that are gone");
    same(losing, boss->roster.losing, "employees whose ids are to be noted as lost");
}

static void check_employees(const struct boss *boss)
{
    const struct roster *roster = &boss->roster;
    uint64_t workers = 0, credit = 0, own_credit = 0, queued = 0;
    for (uint32_t i = 0; i < roster->count; i++) {
        const struct employee *employee = roster_at(roster, roster->present[i]);
        check_held(boss, employee);
        if (employee->peer == NULL || employee->peer->owner != employee)
            fuzz_fail("employee %u and its peer do not know each other", employee->number);
        if (roster_credit(employee) > employee->room)
            fuzz_fail("employee %u has more credit than room", employee->number);
        if (!boss->unscheduled && !boss_is_sweeping(boss) && roster_credit(employee) > 0 &&
            waits_for(boss, employee) && !would_come_late(boss, employee))
            fuzz_fail("employee %u has credit, and a task waits that it could have", employee->number);
        if (!boss->unscheduled && !boss_is_sweeping(boss) && roster_own_credit(employee) > 0 &&
            waits_for_its_own(boss, employee))
            fuzz_fail("employee %u has credit for its own, and such a task waits", employee->number);
        workers += employee->total_workers;
        credit += employee->counted;
        own_credit += employee->counted_own;
        queued += employee->counted_queued;
    }
    check_left(boss);
    same(roster->count + roster->retired, roster->employees.used, "employees");
    same(workers, roster->total_workers, "workers");
    same(credit, roster->credit, "credit");
    same(own_credit, roster->own_credit, "credit for what is their own");
    same(queued, roster->queued, "tasks queued below");
}

static void check_ranges(const struct id_ranges *ranges, const struct roster *roster, bool given)
{
    for (uint32_t i = 0; i < ranges->count; i++) {
        const struct id_range *range = &ranges->at[i];
        if (range->lower >= range->upper || (i > 0 && range->lower < range[-1].upper))
            fuzz_fail("id ranges overlap: [%u, %u)", range->lower, range->upper);
        if (given && roster_at(roster, range->employee)->number != range->employee)
            fuzz_fail("ids [%u, %u) are of an employee that is gone", range->lower, range->upper);
    }
}

/* Each runtime is in use as often as a task or an employee needs it. */
static void check_runtimes(const struct boss *boss)
{
    uint64_t uses[MAX_RUNTIMES] = {0};
    uint32_t place = 0;
    for (uint32_t number; (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;)
        uses[ledger_task(&boss->ledger, number)->runtime]++;
    for (uint32_t i = 0; i < boss->roster.count; i++)
        for (unsigned bit = 0; bit < MAX_RUNTIMES; bit++)
            uses[bit] += roster_at(&boss->roster, boss->roster.present[i])->runtimes >> bit & 1;
    for (unsigned i = 0; i < MAX_RUNTIMES; i++)
        same(uses[i], boss->runtimes.table[i].uses, "uses of a runtime");
}

/* Peers and links, and what waits on them. */
static void check_post(const struct post *post)
{
    uint64_t open = 0;
    for (uint32_t i = 0; i < post->conn_capacity; i++)
        open += post->conns[i] != NULL;
    same(open, post->conns_open, "open connections");
    same(index_count(&post->links), post->peers.used, "peers");
    if (open > post->config.max_connections)
        fuzz_fail("%" PRIu64 " connections of %" PRIu64, open, post->config.max_connections);
}

/* Whether the peer has the part, and no more of them than it may. */
static bool has_been_told(const struct peer *peer, uint32_t share)
{
    bool found = false;
    uint64_t most = peer->link.limits.max_parts ? peer->link.limits.max_parts : SHARE_BYTES;
    for (uint32_t i = 0; i < peer->told_count; i++)
        found |= peer->told[i].share == share && peer->told[i].number <= peer->shares_sent;
    return found && (peer->features & FEATURE_SHARE) && (peer->told_count == 1 || peer->told_bytes <= most);
}

/* Each shared part has the uses that are counted: tasks that begin with it, and peers that have it open. */
static void check_shares(const struct boss *boss)
{
    const struct post *post = &boss->post;
    uint64_t used = 0, in_use = 0;
    uint32_t place = 0;
    for (uint32_t number; (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;) {
        uint32_t share = ledger_share(ledger_task(&boss->ledger, number));
        used += share != NO_SHARE;
        if (share != NO_SHARE && (!post_share_at(post, share)->uses || post_share_at(post, share)->refused))
            fuzz_fail("task %u begins with a shared part that is gone", number);
    }
    for (uint32_t i = 0; i < post->peers.fresh; i++) {
        const struct peer *peer = slab_at(&post->peers, i);
        used += peer->number == i + 1 ? peer->shares_count : 0;
    }
    for (uint32_t i = 0; i < post->shares.fresh; i++) {
        const struct share *share = post_share_at(post, i);
        in_use += share->uses;
        for (uint32_t at = 0; share->uses > 0 && at < share->told_count; at++) {
            const struct peer *peer = slab_at(&post->peers, share->told[at]);
            if (peer->number != share->told[at] + 1 || !has_been_told(peer, i))
                fuzz_fail("a shared part was sent to somebody who cannot have it");
        }
    }
    same(used, in_use, "uses of shared parts");
}

/* No session has more import paths than it may. */
static void check_paths(const struct boss *boss)
{
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&boss->paths.by_session, &place)) != NO_RECORD;) {
        const struct path_list *list = slab_at(&boss->paths.lists, number);
        struct list left = builder_list(&list->texts);
        size_t bytes = 0;
        for (struct span path; list_next_text(&left, &path); bytes += path.size)
            if (path.size > MAX_PATH)
                fuzz_fail("an import path has %zu bytes", path.size);
        if (list->texts.count > MAX_PATHS || bytes > MAX_PATHS_BYTES)
            fuzz_fail("a session has %u import paths, of %zu bytes", list->texts.count, bytes);
    }
}

static uint64_t cost_of_link(const struct link *link)
{
    uint64_t bytes = link->chunks_capacity;
    for (uint64_t seq = link->first_seq; seq < link->next_seq; seq++) {
        const struct letter *letter = link->ring[seq & (link->ring_size - 1)];
        bytes += letter_cost(letter) - (letter->shared ? letter->body.size : 0);
    }
    return bytes;
}

static uint64_t cost_of_tasks(const struct boss *boss, const struct account *account)
{
    uint64_t bytes = 0;
    uint32_t place = 0;
    for (uint32_t number; (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        bytes += boss_account_of(boss, task) == account ? ledger_cost(task) : 0;
    }
    for (uint32_t number = 0; number < boss->ledger.roots.fresh; number++) {
        const struct root *root =
            ledger_has_root(&boss->ledger, number) ? ledger_root(&boss->ledger, number) : NULL;
        bytes += root && root->account == account ? ledger_touched_cost(root) : 0;
    }
    size_t at = 0;
    for (uint32_t number; (number = index_walk(&boss->ledger.by_cancelled, &at)) != NO_RECORD;) {
        const struct cancelled *cancelled = slab_at(&boss->ledger.cancelled, number);
        bytes += ledger_root(&boss->ledger, cancelled->root)->account == account ? CANCELLED_COST : 0;
    }
    if (boss->ledger.raised_account == account)
        bytes += (uint64_t)index_count(&boss->ledger.by_raised) * RAISED_COST;
    return bytes;
}

uint64_t books_cost(const struct boss *boss, const struct account *account)
{
    uint64_t bytes = cost_of_tasks(boss, account);
    for (uint32_t i = 0; i < boss->post.shares.fresh; i++) {
        const struct share *share = post_share_at(&boss->post, i);
        bytes += share->uses > 0 && share->account == account ? SHARE_COST + blob_cost(share->blob) : 0;
    }
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&boss->paths.by_session, &place)) != NO_RECORD;) {
        const struct path_list *list = slab_at(&boss->paths.lists, number);
        bytes += list->account == account ? paths_cost(list) : 0;
    }
    return bytes;
}

uint64_t books_unread(const struct boss *boss, const struct account *account)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < boss->post.peers.fresh; i++) {
        const struct peer *peer = slab_at(&boss->post.peers, i);
        if (peer->number == i + 1 && peer->link.account == account)
            bytes += cost_of_link(&peer->link) + peer->inbox.bytes;
    }
    return bytes;
}

void books_check(const struct boss *boss)
{
    check_shares(boss);
    check_paths(boss);
    check_tasks(boss);
    check_order(boss);
    check_roots(boss);
    check_employees(boss);
    check_ranges(&boss->roster.given, &boss->roster, true);
    check_ranges(&boss->roster.lost, &boss->roster, false);
    check_runtimes(boss);
    check_post(&boss->post);
}

void books_check_empty(const struct boss *boss)
{
    same(boss->ledger.tasks.used, 0, "tasks left");
    same(boss->ledger.roots.used, 0, "roots left");
    same(boss->ledger.cancelled.used, 0, "cancelled sub-tasks left");
    same(boss->ledger.raised.used, 0, "children that were sent up left");
    same(boss->roster.count, 0, "employees left");
    same(boss->post.peers.used, 0, "peers left");
    same(boss->post.shares.used, 0, "shared parts left");
}
