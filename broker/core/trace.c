/* trace: see trace.h. What it keeps is shown by look.c. */
#include "broker/core/trace.h"

#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

enum { LEAST = 64, MOST = 1 << 20 /* entries */ };

void trace_init(struct broker *broker, uint64_t history)
{
    struct trace *trace = &broker->trace;
    *trace = (struct trace){0};
    broker->boss.timed = history > 0;
    if (history == 0)
        return;
    broker->boss.traced = TRACE_TOLD;
    for (trace->size = LEAST; trace->size < history && trace->size < MOST;)
        trace->size *= 2;
    trace->ends = mem_zalloc(trace->size, sizeof *trace->ends);
    task_names_init(&trace->names, broker->config.seed);
    trace->failures = mem_zalloc(TRACE_FAILURES, sizeof *trace->failures);
    trace->lasts = mem_zalloc(TRACE_LASTS, sizeof *trace->lasts);
    for (uint32_t i = 0; i < TRACE_LASTS; i++)
        trace->lasts[i].worker = WORKER_NIL;
}

void trace_free(struct trace *trace)
{
    if (!trace->ends)
        return;
    task_names_free(&trace->names);
    mem_free(trace->ends);
    mem_free(trace->failures);
    mem_free(trace->lasts);
}

/* When a worker that ends something now can have begun it. */
static uint32_t begin_of(struct trace *trace, const struct trace_end *end)
{
    uint32_t place = end->worker % TRACE_LASTS, begun = end->given;
    if (end->worker == WORKER_NIL)
        return begun;
    if (trace->lasts[place].worker == end->worker && trace->lasts[place].ended > begun)
        begun = trace->lasts[place].ended;
    trace->lasts[place].worker = end->worker;
    trace->lasts[place].ended = end->ended;
    return begun;
}

/* What its worker says of it, as far as it can be. */
static void note_timing(struct trace_end *end, const struct timing *timing)
{
    uint64_t ran = timing->ran / 1000, memory = timing->memory / 1024; /* ms, KiB */
    end->ran = timing->ran;
    end->cpu = timing->cpu;
    end->memory = memory < UINT32_MAX ? (uint32_t)memory : UINT32_MAX;
    end->begun = ran < end->ended - end->given ? end->ended - (uint32_t)ran : end->given;
}

/* A task's name, of which no more is kept than a bound for each. */
static uint32_t name_of(struct trace *trace, struct span name)
{
    if (name.size >= TRACE_NAME)
        name.size = TRACE_NAME - 1;
    return task_names_use(&trace->names, name);
}

/* A place for one more, whose content is what it was. */
static struct trace_end *add_end(struct trace *trace)
{
    struct trace_end *end = &trace->ends[trace->count++ & (trace->size - 1)];
    if (trace->count > trace->size)
        task_names_drop(&trace->names, end->name);
    return end;
}

void trace_end(struct broker *broker, uint32_t number, enum task_state state, uint32_t worker,
               const struct timing *timing)
{
    struct trace *trace = &broker->trace;
    const struct ledger *ledger = &broker->boss.ledger;
    struct task *task = ledger_task(ledger, number);
    const struct task_times *times = boss_times(&broker->boss, number);
    if (task->traced)
        return;
    struct trace_end *end = add_end(trace);
    uint32_t start = (uint32_t)broker->started;
    uint32_t attempts = job_attempts(task);
    task->traced = true;
    *end = (struct trace_end){
        .address = task->address,
        .taken = times->taken - start,
        .given = times->given - start,
        .ended = (uint32_t)broker->boss.now - start,
        .worker = worker,
        .employee = ledger_holder(task),
        .name = name_of(trace, ledger_name(ledger, task)),
        .state = (uint8_t)state,
        .attempts = attempts < UINT8_MAX ? (uint8_t)attempts : UINT8_MAX,
        .depth = task->depth,
        .runtime = task->runtime,
        .slot = ledger_root_address(task).slot,
    };
    ledger_parent(task, &end->parent);
    memcpy(end->uuid, job_at(broker, task->owner)->uuid, UUID_SIZE);
    end->begun = begin_of(trace, end);
    if (timing && timing->ran > 0)
        note_timing(end, timing);
    if (end->employee != NO_RECORD)
        boss_note_ended(&broker->boss, number);
}

/* So many us before now, in ms since the broker's start. */
static uint32_t ago(const struct broker *broker, uint64_t us)
{
    uint64_t age = broker->boss.now - broker->started, ms = us / 1000;
    return (uint32_t)(ms < age ? age - ms : 0);
}

void trace_tell(struct broker *broker, const struct employee *by, uint32_t root_number,
                const struct message *message)
{
    struct trace *trace = &broker->trace;
    const struct task *root = ledger_task(&broker->boss.ledger, root_number);
    const struct timing *timing = &message->trace.timing;
    uint32_t number;
    uint32_t worker = message->trace.worker < WORKER_LIMIT ? (uint32_t)message->trace.worker : WORKER_NIL;
    enum task_state state = message->trace.state == STATE_FAILED ? STATE_FAILED : STATE_DONE;
    if (boss_holds(&broker->boss, by, &message->trace.task, &number)) { /* what its times are is known here */
        trace_end(broker, number, state, worker, timing);
        return;
    }
    uint64_t age = timing->age < UINT32_MAX ? timing->age : UINT32_MAX; /* an hour; more is no age */
    uint64_t held = age + (timing->held < UINT64_MAX / 4 ? timing->held : UINT64_MAX / 4);
    struct trace_end *end = add_end(trace);
    *end = (struct trace_end){
        .address = message->trace.task,
        .parent = message->trace.parent,
        .taken = ago(broker, held + (timing->waited < UINT64_MAX / 4 ? timing->waited : UINT64_MAX / 4)),
        .given = ago(broker, held),
        .ended = ago(broker, age),
        .worker = worker,
        .employee = by->number,
        .name = name_of(trace, message->trace.name),
        .state = (uint8_t)state,
        .attempts = timing->attempts < UINT8_MAX ? (uint8_t)timing->attempts : UINT8_MAX,
        .depth = message->trace.depth < MAX_BREADCRUMBS ? (uint8_t)message->trace.depth : MAX_BREADCRUMBS,
        .runtime = root->runtime,
        .slot = root->address.slot,
    };
    memcpy(end->uuid, job_at(broker, root->owner)->uuid, UUID_SIZE);
    end->begun = end->given;
    if (timing->ran > 0)
        note_timing(end, timing);
}

static void put(char *to, size_t room, const void *data, size_t size)
{
    size_t taken = size < room ? size : room - 1;
    if (taken > 0)
        memcpy(to, data, taken);
    to[taken] = '\0';
}

static void add_failure(struct broker *broker, uint32_t number, const struct fault *fault)
{
    struct trace *trace = &broker->trace;
    const struct task *task = ledger_task(&broker->boss.ledger, number);
    const struct job *job = job_at(broker, task->owner);
    const struct employee *by = fault->by;
    struct span name = ledger_name(&broker->boss.ledger, task);
    struct trace_failure *failure = &trace->failures[trace->failure_count++ % TRACE_FAILURES];
    if (!by && ledger_holder(task) != NO_RECORD)
        by = roster_at(&broker->boss.roster, ledger_holder(task));
    *failure = (struct trace_failure){
        .slot = task->address.slot,
        .when = (uint32_t)(broker->boss.now - broker->started),
        .code = fault->code,
    };
    memcpy(failure->uuid, job->uuid, UUID_SIZE);
    put(failure->name, sizeof failure->name, name.data, name.size);
    put(failure->text, sizeof failure->text, fault->text.data, fault->text.size);
    const char *client = session_of_job(broker, job)->name, *manager = by ? roster_name(by) : "";
    put(failure->client, sizeof failure->client, client, strlen(client));
    put(failure->manager, sizeof failure->manager, manager, strlen(manager));
}

void trace_fault(struct broker *broker, uint32_t number, const struct fault *fault)
{
    const struct job *job = job_at(broker, ledger_task(&broker->boss.ledger, number)->owner);
    bool cancelled = job->doomed || fault->code == CODE_CANCELLED;
    trace_end(broker, number, cancelled ? STATE_CANCELLED : STATE_FAILED,
              fault->timing ? fault->worker : WORKER_NIL, fault->timing);
    if (!cancelled)
        add_failure(broker, number, fault);
}
