/* look: numbers, managers, sessions and what has ended; see look.h. Tasks are looked for in look_find.c. */
#include "broker/core/look.h"

#include <string.h>

#include "broker/core/broker_inner.h"

uint64_t look_age(const struct broker *broker, uint64_t now)
{
    return now > broker->started ? now - broker->started : 0;
}

bool look_is_ready(const struct broker *broker)
{
    return !broker->ending && !broker->config.standby;
}

void look_numbers(const struct broker *broker, struct look_numbers *numbers)
{
    const struct boss *boss = &broker->boss;
    *numbers = (struct look_numbers){
        .here = broker->sessions.used - broker->absent_count,
        .absent = broker->absent_count,
        .submitted = broker->submitted,
        .finished = broker->finished,
        .failed = broker->failed,
        .cancelled = broker->cancelled,
        .requeued = boss->requeued,
        .discarded = boss->discarded,
        .misbehaved = boss->misbehaved,
        .tasks = boss->ledger.tasks.used,
        .queued = boss->queue.count,
        .workers = boss->roster.total_workers,
        .idle = roster_idle_sum(&boss->roster),
        .kept = boss->account.bytes,
        .most_kept = boss->account.most,
        .connections = boss->post.conns_open,
        .journal = broker->journal.kept ? &broker->journal.numbers : NULL,
        .journal_trips = &broker->journal.trips,
        .journal_refuses = broker->journal.stuck[0] != '\0',
    };
    struct look_manager manager;
    for (uint32_t number = 0; look_manager(broker, &number, &manager);)
        numbers->managers[manager.state]++;
    for (uint32_t line = 0; post_line_vacant(&boss->post, &line);)
        numbers->managers[MANAGER_AWAY]++;
}

bool look_manager(const struct broker *broker, uint32_t *number, struct look_manager *manager)
{
    const struct roster *roster = &broker->boss.roster;
    while (*number < roster->employees.fresh) {
        const struct employee *employee = roster_at(roster, *number);
        if (employee->number != (*number)++ || employee->peer == NULL)
            continue;
        *manager = (struct look_manager){
            .name = employee->peer->name,
            .line = post_line_name(&broker->boss.post, employee->peer->line),
            .number = employee->number,
            .state = roster_state(employee),
            .workers = employee->total_workers,
            .idle = roster_idle(employee),
            .tasks = employee->num_tasks,
        };
        return true;
    }
    return false;
}

bool look_runtime(const struct broker *broker, uint32_t *number, struct look_runtime *runtime)
{
    const struct boss *boss = &broker->boss;
    for (; *number < MAX_RUNTIMES; ++*number) {
        uint32_t at = *number;
        if (boss->runtimes.table[at].uses == 0)
            continue;
        static const struct lapses none;
        bool same = boss->by_runtime[at].born == boss->runtimes.table[at].born;
        *runtime = (struct look_runtime){
            .name = boss->runtimes.table[at].name,
            .queued = boss->queue.counts[at],
            .waited = same ? &boss->by_runtime[at].waited : &none,
            .ran = same ? &boss->by_runtime[at].ran : &none,
        };
        for (uint32_t i = 0; i < boss->roster.count; i++)
            runtime->managers += roster_at(&boss->roster, boss->roster.present[i])->runtimes >> at & 1;
        ++*number;
        return true;
    }
    return false;
}

/* Puts a session in its place among the `count` that keep most so far. */
static void place(const struct session **most, uint32_t count, const struct session *session)
{
    uint32_t at = count;
    for (; at > 0 && most[at - 1]->account.bytes < session->account.bytes; at--)
        most[at] = most[at - 1];
    most[at] = session;
}

uint32_t look_sessions(const struct broker *broker, struct look_session *sessions, uint32_t most)
{
    enum { LISTED = 64 };
    const struct session *found[LISTED + 1];
    uint32_t count = 0;
    most = most < LISTED ? most : LISTED;
    if (most == 0)
        return 0;
    for (uint32_t i = broker->newest; i != NO_RECORD; i = session_at(broker, i)->older) {
        const struct session *session = session_at(broker, i);
        if (count > 0 && count == most && session->account.bytes <= found[count - 1]->account.bytes)
            continue;
        place(found, count, session);
        count += count < most;
    }
    for (uint32_t i = 0; i < count; i++) {
        sessions[i] = (struct look_session){
            .name = found[i]->name,
            .key = found[i]->key.role == KEY_NONE ? "" : found[i]->key.name,
            .here = found[i]->peer != NULL,
            .tasks = found[i]->tasks,
            .submitted = found[i]->submitted,
            .bytes = found[i]->account.bytes,
            .unread = found[i]->account.unread,
        };
    }
    return count;
}

uint64_t look_ended(const struct broker *broker)
{
    return broker->trace.count;
}

uint64_t look_first(const struct broker *broker)
{
    const struct trace *trace = &broker->trace;
    return trace->count > trace->size ? trace->count - trace->size : 0;
}

const struct trace_end *look_end(const struct broker *broker, uint64_t number)
{
    const struct trace *trace = &broker->trace;
    bool there = number >= look_first(broker) && number < trace->count;
    return there ? &trace->ends[number & (trace->size - 1)] : NULL;
}

uint64_t look_left_out(const struct broker *broker)
{
    return broker->trace.left_out;
}

struct span look_end_name(const struct broker *broker, const struct trace_end *end)
{
    return task_names_text(&broker->trace.names, end->name);
}

uint64_t look_failed(const struct broker *broker)
{
    return broker->trace.failure_count;
}

const struct trace_failure *look_failure(const struct broker *broker, uint64_t number)
{
    const struct trace *trace = &broker->trace;
    bool there = number < trace->failure_count && number + TRACE_FAILURES >= trace->failure_count;
    return there ? &trace->failures[number % TRACE_FAILURES] : NULL;
}
