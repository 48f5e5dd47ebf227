/* trace_events: the last tasks that have ended, as trace events for Perfetto and chrome://tracing: a process
 * for each manager, with a row for each worker; and one with a row for each task that has submitted others,
 * which these lie below. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "broker/http/lanes.h"
#include "broker/http/live.h"
#include "broker/http/live_tasks.h"
#include "common/base/mem.h"
#include "common/wire/kinds.h"

enum {
    MOST = 8192,         /* tasks */
    MORE_ROWS = 1 << 30, /* numbers of rows behind those of workers */
    TREES = 1 << 30      /* the number of that process */
};

struct events {
    struct text *text;
    const struct broker *broker;
    struct bar *bars;
    uint32_t *order;
    uint32_t count;
};

static void name_process(struct text *text, unsigned number, const char *name)
{
    text_format(text, ",\n{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%u,\"args\":{\"name\":", number);
    text_json(text, name, strlen(name));
    text_put(text, "}}");
}

static void name_row(struct text *text, unsigned process, unsigned row, const char *name, size_t size)
{
    text_format(text, ",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%u,\"tid\":%u,\"args\":{\"name\":",
                process, row);
    text_json(text, name, size);
    text_put(text, "}}");
}

static void put_address(struct text *text, const char *name, const struct address *address)
{
    text_format(text, ",\"%s\":\"", name);
    if (address->worker == WORKER_NIL)
        text_put(text, "-");
    else
        text_format(text, "%u", address->worker);
    text_format(text, ":%" PRIu64 ":%u\"", address->mailbox, address->slot);
}

static struct span name_of(const struct events *events, const struct bar *bar)
{
    struct span name = look_end_name(events->broker, bar->end);
    return name.size ? name : span_text("task");
}

static void put_bar(struct events *events, const struct bar *bar, unsigned process, unsigned row)
{
    struct text *text = events->text;
    const struct trace_end *end = bar->end;
    struct span name = name_of(events, bar);
    text_put(text, ",\n{\"ph\":\"X\",\"cat\":\"task\",\"name\":");
    text_json(text, name.data, name.size);
    text_format(text,
                ",\"pid\":%u,\"tid\":%u,\"ts\":%" PRIu64 ",\"dur\":%" PRIu64 ",\"args\":{\"uuid\":", process,
                row, bar->begun, bar->ended - bar->begun);
    live_put_uuid(text, end->uuid);
    text_format(
        text,
        ",\"slot\":%u,\"state\":\"%s\",\"submitted_ms\":%u,\"given_ms\":%u,\"attempts\":%u,\"depth\":%u",
        end->slot, state_name(end->state), end->taken, end->given, end->attempts, end->depth);
    put_address(text, "task", &end->address);
    if (end->depth > 0)
        put_address(text, "parent", &end->parent);
    if (end->ran > 0)
        text_format(text, ",\"cpu_us\":%" PRIu64 ",\"memory_KiB\":%u", end->cpu, end->memory);
    text_put(text, "}}");
}

/* One for each task; its group is its worker's row. */
static void take_bars(struct events *events)
{
    uint64_t end = look_ended(events->broker), from = end > MOST ? end - MOST : 0;
    for (uint64_t number = from; number < end; number++) {
        const struct trace_end *task = look_end(events->broker, number);
        if (!task)
            continue;
        uint64_t ended = task->ended * UINT64_C(1000), begun = task->begun * UINT64_C(1000);
        if (task->ran > 0 && task->ran < ended && ended - task->ran > begun) /* nearer than a ms */
            begun = ended - task->ran;
        events->bars[events->count] = (struct bar){.end = task, .begun = begun, .ended = ended};
        events->order[events->count] = events->count;
        events->count++;
    }
    lanes_find_parents(events->bars, events->count);
}

/* In the row of its worker, below its manager. */
static void put_workers(struct events *events)
{
    for (uint32_t i = 0; i < events->count; i++) /* no two managers have a worker of one number */
        events->bars[i].group =
            events->bars[i].end->worker == WORKER_NIL ? 0 : events->bars[i].end->worker + 1;
    lanes_lay(events->bars, events->order, events->count, true);
    for (uint32_t i = 0; i < events->count; i++) {
        const struct bar *bar = &events->bars[events->order[i]];
        unsigned process = bar->end->employee == NO_RECORD ? 0 : bar->end->employee + 1;
        unsigned row = bar->lane == 0 ? bar->group : MORE_ROWS + bar->group * MOST_LANES + bar->lane;
        put_bar(events, bar, process, row);
    }
}

/* Whether two belong to what one client's task has submitted. */
static bool is_same_root(const struct trace_end *a, const struct trace_end *b)
{
    return a->slot == b->slot && memcmp(a->uuid, b->uuid, UUID_SIZE) == 0;
}

static int by_root(const void *one, const void *other, void *all)
{
    const struct bar *bars = all;
    const struct trace_end *a = bars[*(const uint32_t *)one].end, *b = bars[*(const uint32_t *)other].end;
    int order = memcmp(a->uuid, b->uuid, UUID_SIZE);
    return order ? order : (a->slot > b->slot) - (a->slot < b->slot);
}

/* Leaves those that belong to a task with nested ones, each of which is a group. */
static void group_trees(struct events *events)
{
    uint32_t kept = 0, group = 0;
    qsort_r(events->order, events->count, sizeof *events->order, by_root, events->bars);
    for (uint32_t from = 0, to; from < events->count; from = to) {
        bool nested = false;
        const struct trace_end *first = events->bars[events->order[from]].end;
        for (to = from; to < events->count; to++) {
            struct bar *bar = &events->bars[events->order[to]];
            if (!is_same_root(bar->end, first))
                break;
            nested |= bar->end->depth > 0;
            bar->group = group;
        }
        for (uint32_t i = from; nested && i < to; i++)
            events->order[kept++] = events->order[i];
        group++;
    }
    events->count = kept;
}

static void put_trees(struct events *events)
{
    group_trees(events);
    if (events->count == 0)
        return;
    lanes_lay(events->bars, events->order, events->count, false);
    name_process(events->text, TREES, "tasks, with those that they submitted");
    for (uint32_t i = 0, base = 0, most = 0; i < events->count; i++) {
        const struct bar *bar = &events->bars[events->order[i]];
        if (i == 0 || bar->group != events->bars[events->order[i - 1]].group) {
            struct span name = name_of(events, bar);
            base = most;
            name_row(events->text, TREES, base + 1, (const char *)name.data, name.size);
        }
        if (base + bar->lane >= most)
            most = base + bar->lane + 1;
        put_bar(events, bar, TREES, base + bar->lane + 1);
    }
}

struct blob *live_trace(struct live *live, const struct broker *broker)
{
    struct text *text = &live->text;
    struct events events = {.text = text, .broker = broker};
    struct look_manager manager;
    events.bars = mem_alloc(MOST * sizeof *events.bars);
    events.order = mem_alloc(MOST * sizeof *events.order);
    text_clear(text);
    text_format(text,
                "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"left_out\":%" PRIu64 "},\"traceEvents\":[\n",
                look_left_out(broker));
    text_put(text, "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":0,\"args\":{\"name\":\"no manager\"}}");
    for (uint32_t number = 0; look_manager(broker, &number, &manager);)
        name_process(text, manager.number + 1, manager.name);
    take_bars(&events);
    put_workers(&events);
    put_trees(&events);
    text_put(text, "\n]}\n");
    mem_free(events.bars);
    mem_free(events.order);
    return text_blob(text);
}
