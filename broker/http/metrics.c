/* metrics: see metrics.h. Each family stands in one piece, as OpenMetrics wants it. */
#include "broker/http/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "edge/http/process.h"

struct writer {
    struct text *text;
    bool open; /* OpenMetrics */
    const char *name;
    bool counter;
};

static const char *const manager_states[] = {"ready", "starting", "away", "draining"};
static const char *const refusals[JOURNAL_REFUSALS] = {
    [JOURNAL_FAILS] = "failing", [JOURNAL_FULL] = "full", [JOURNAL_BEHIND] = "behind"};

/* What an entry of an Accept says of its weight: 1, unless a q says less. */
static double weight_of(const char *entry, size_t size)
{
    for (size_t i = 0; i + 3 <= size; i++) {
        if (strncasecmp(entry + i, ";q=", 3) == 0)
            return strtod(entry + i + 3, NULL);
    }
    return 1;
}

/* The weight of a media type in an Accept; -1: it is not there. Each entry is read once, for who asks may say
 * thousands. */
static double weight(const char *accept, const char *type)
{
    double best = -1;
    for (const char *at = accept; *at;) {
        at += strspn(at, ", \t");
        size_t size = strcspn(at, ",");
        double value = strncasecmp(at, type, strlen(type)) == 0 ? weight_of(at, size) : -1;
        best = value > best ? value : best;
        at += size;
    }
    return best;
}

enum metrics_format metrics_wanted(const char *accept)
{
    if (!accept)
        return METRICS_TEXT;
    double open = weight(accept, "application/openmetrics-text");
    return open > 0 && open >= weight(accept, "text/plain") ? METRICS_OPEN : METRICS_TEXT;
}

const char *metrics_type(enum metrics_format format)
{
    return format == METRICS_OPEN ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                  : "text/plain; version=0.0.4; charset=utf-8";
}

/* Begins a family; `type` is counter, gauge or histogram. */
static void family(struct writer *writer, const char *name, const char *type, const char *help)
{
    writer->name = name;
    writer->counter = strcmp(type, "counter") == 0;
    const char *suffix = writer->counter && !writer->open ? "_total" : "";
    text_format(writer->text, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix, type);
}

/* One value of it. `label` is nothing, or the name of a label whose value follows. */
static void sample(struct writer *writer, const char *label, const char *value, uint64_t number)
{
    text_format(writer->text, "%s%s", writer->name, writer->counter ? "_total" : "");
    if (label) {
        text_format(writer->text, "{%s=\"", label);
        text_label(writer->text, value);
        text_put(writer->text, "\"}");
    }
    text_format(writer->text, " %" PRIu64 "\n", number);
}

static void single(struct writer *writer, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    family(writer, name, type, help);
    sample(writer, NULL, NULL, value);
}

/* A gauge or counter that is not a whole number. */
static void precise(struct writer *writer, const char *name, const char *type, const char *help, double value)
{
    family(writer, name, type, help);
    text_format(writer->text, "%s%s %.3f\n", name, writer->counter ? "_total" : "", value);
}

static void tasks(struct writer *writer, const struct look_numbers *numbers)
{
    single(writer, "mailroom_tasks_submitted", "counter", "Tasks that clients have submitted.",
           numbers->submitted);
    single(writer, "mailroom_tasks_finished", "counter", "Tasks of clients that have ended with a result.",
           numbers->finished);
    single(writer, "mailroom_tasks_failed", "counter", "Tasks of clients that have ended with an error.",
           numbers->failed);
    single(writer, "mailroom_tasks_cancelled", "counter", "Tasks of clients that were cancelled.",
           numbers->cancelled);
    single(writer, "mailroom_tasks_requeued", "counter",
           "Tasks that were lost with a worker or a manager and given out again.", numbers->requeued);
    single(writer, "mailroom_tasks", "gauge", "Tasks that have not ended, with those of running tasks.",
           numbers->tasks);
    single(writer, "mailroom_tasks_queued", "gauge", "Tasks that wait for a manager.", numbers->queued);
}

static void peers(struct writer *writer, const struct look_numbers *numbers)
{
    single(writer, "mailroom_workers", "gauge", "Workers of all managers.", numbers->workers);
    single(writer, "mailroom_workers_idle", "gauge", "Workers that have nothing to do.", numbers->idle);
    family(writer, "mailroom_managers", "gauge",
           "Managers, and lines to managers that never came, by state.");
    for (int state = 0; state < 4; state++)
        sample(writer, "state", manager_states[state], numbers->managers[state]);
    family(writer, "mailroom_sessions", "gauge", "Clients' sessions, by whether the client is connected.");
    sample(writer, "client", "here", numbers->here);
    sample(writer, "client", "absent", numbers->absent);
    single(writer, "mailroom_connections", "gauge", "Connections of clients and managers.",
           numbers->connections);
    single(writer, "mailroom_kept_bytes", "gauge", "What is kept for all peers.", numbers->kept);
    single(writer, "mailroom_kept_limit_bytes", "gauge", "What may be kept at most (setting limits/memory).",
           numbers->most_kept);
    single(writer, "mailroom_mail_discarded", "counter",
           "Messages that came too late, for what was cancelled or lost.", numbers->discarded);
    single(writer, "mailroom_peers_misbehaved", "counter",
           "Peers that were dropped since they broke protocol.", numbers->misbehaved);
}

/* One histogram of the family; of a runtime, or "". */
static void histogram(struct writer *writer, const char *runtime, const struct lapses *lapses)
{
    uint64_t count = 0;
    struct text label = {0};
    if (runtime[0]) {
        text_put(&label, "runtime=\"");
        text_label(&label, runtime);
        text_format(&label, "\""); /* which closes it with a zero, too */
    }
    const char *of = runtime[0] ? label.data : "";
    for (unsigned class = 0; class < LAPSE_CLASSES; class ++) {
        count += lapses->counts[class];
        text_format(writer->text, "%s_bucket{%s%sle=\"", writer->name, of, of[0] ? "," : "");
        if (class + 1 < LAPSE_CLASSES)
            text_format(writer->text, "%.3f\"} %" PRIu64 "\n", (double)lapses_most(class) / 1000, count);
        else
            text_format(writer->text, "+Inf\"} %" PRIu64 "\n", count);
    }
    const char *open = of[0] ? "{" : "", *end = of[0] ? "}" : "";
    text_format(writer->text, "%s_sum%s%s%s %.3f\n", writer->name, open, of, end, (double)lapses->sum / 1000);
    text_format(writer->text, "%s_count%s%s%s %" PRIu64 "\n", writer->name, open, of, end, count);
    text_free(&label);
}

static void journal(struct writer *writer, const struct look_numbers *numbers, enum journal_refusal refusal)
{
    const struct journal_numbers *journal = numbers->journal;
    if (!journal)
        return;
    single(writer, "mailroom_journal_refuses", "gauge",
           "1: new tasks are refused, since the journal cannot be written or is too far behind.",
           numbers->journal_refuses);
    family(writer, "mailroom_journal_refuses_for", "gauge",
           "1: why: it cannot be written, has all the bytes that it may, or its disk is too slow.");
    for (int reason = JOURNAL_TAKES + 1; reason < JOURNAL_REFUSALS; reason++)
        sample(writer, "reason", refusals[reason], (int)refusal == reason);
    single(writer, "mailroom_journal_size_bytes", "gauge", "What the journal has on the disk.",
           journal->size);
    single(writer, "mailroom_journal_behind_bytes", "gauge", "What is not on the disk yet.", journal->behind);
    single(writer, "mailroom_journal_records", "counter", "Records that are on the disk.", journal->records);
    single(writer, "mailroom_journal_rows", "counter", "Rows written and deleted for them.", journal->rows);
    single(writer, "mailroom_journal_groups", "counter", "Transactions.", journal->groups);
    single(writer, "mailroom_journal_written_bytes", "counter", "What these have written.", journal->written);
    single(writer, "mailroom_journal_failures", "counter", "Transactions that failed and were tried again.",
           journal->failures);
    precise(writer, "mailroom_journal_commit_seconds", "gauge", "How long the last transaction took.",
            (double)journal->commit_us / 1e6);
    family(writer, "mailroom_journal_trip_seconds", "histogram",
           "From when the broker says a record until it is on the disk; of one record at a time.");
    histogram(writer, "", numbers->journal_trips);
}

/* A gauge with a series for each manager. Two may have one name, and both may dial in: a number sets them
 * apart. */
static void by_manager(struct writer *writer, const struct broker *broker, const char *name, const char *help,
                       uint32_t (*value)(const struct look_manager *manager))
{
    struct look_manager manager;
    family(writer, name, "gauge", help);
    for (uint32_t number = 0; look_manager(broker, &number, &manager);) {
        text_format(writer->text, "%s{manager=\"", name);
        text_label(writer->text, manager.name);
        text_put(writer->text, "\",line=\"");
        text_label(writer->text, manager.line);
        text_format(writer->text, "\",number=\"%u\"} %u\n", manager.number, value(&manager));
    }
}

static uint32_t workers_of(const struct look_manager *manager)
{
    return manager->workers;
}

static uint32_t idle_of(const struct look_manager *manager)
{
    return manager->idle;
}

static uint32_t tasks_of(const struct look_manager *manager)
{
    return manager->tasks;
}

static uint32_t is_ready(const struct look_manager *manager)
{
    return manager->state == MANAGER_READY;
}

static void managers(struct writer *writer, const struct broker *broker)
{
    by_manager(writer, broker, "mailroom_manager_ready", "1: the manager takes tasks.", is_ready);
    by_manager(writer, broker, "mailroom_manager_workers", "Workers of the manager.", workers_of);
    by_manager(writer, broker, "mailroom_manager_workers_idle", "Workers of it that have nothing to do.",
               idle_of);
    by_manager(writer, broker, "mailroom_manager_tasks", "Tasks that the manager has.", tasks_of);
}

static void runtimes(struct writer *writer, const struct broker *broker)
{
    struct look_runtime runtime;
    family(writer, "mailroom_runtime_managers", "gauge", "Managers that have workers of the runtime.");
    for (uint32_t number = 0; look_runtime(broker, &number, &runtime);)
        sample(writer, "runtime", runtime.name, runtime.managers);
    family(writer, "mailroom_runtime_tasks_queued", "gauge", "Tasks that wait for a manager of the runtime.");
    for (uint32_t number = 0; look_runtime(broker, &number, &runtime);)
        sample(writer, "runtime", runtime.name, runtime.queued);
    family(writer, "mailroom_task_wait_seconds", "histogram",
           "From when a task comes to the broker until it is given to a manager.");
    for (uint32_t number = 0; look_runtime(broker, &number, &runtime);)
        histogram(writer, runtime.name, runtime.waited);
    family(writer, "mailroom_task_run_seconds", "histogram",
           "From when a task is given to a manager until its end is heard.");
    for (uint32_t number = 0; look_runtime(broker, &number, &runtime);)
        histogram(writer, runtime.name, runtime.ran);
}

static void own(struct writer *writer, const struct metrics_about *about)
{
    struct process process;
    process_look(&process);
    family(writer, "mailroom_build_info", "gauge", "Always 1; the version of the broker.");
    sample(writer, "version", about->version, 1);
    single(writer, "mailroom_http_requests", "counter", "Requests to this port.", about->http.requests);
    single(writer, "mailroom_http_requests_refused", "counter", "Requests that were answered with an error.",
           about->http.refused);
    single(writer, "mailroom_http_connections", "gauge", "Connections to this port.",
           about->http.connections);
    single(writer, "mailroom_http_viewers", "gauge", "Pages that are open somewhere.", about->http.streams);
    precise(writer, "process_cpu_seconds", "counter", "Time of processors that the process has used.",
            process.cpu);
    precise(writer, "process_start_time_seconds", "gauge", "When the process began, in seconds since 1970.",
            about->started);
    single(writer, "process_resident_memory_bytes", "gauge", "Memory that the process has.",
           process.resident);
    single(writer, "process_virtual_memory_bytes", "gauge", "Address space that the process has.",
           process.virtual);
    if (process.files > 0)
        single(writer, "process_open_fds", "gauge", "Files that the process has open.", process.files);
    single(writer, "process_max_fds", "gauge", "Files that it may have open.", process.most_files);
}

void metrics_write(struct text *text, enum metrics_format format, const struct broker *broker,
                   const struct metrics_about *about)
{
    struct writer writer = {.text = text, .open = format == METRICS_OPEN};
    struct look_numbers numbers;
    look_numbers(broker, &numbers);
    tasks(&writer, &numbers);
    peers(&writer, &numbers);
    journal(&writer, &numbers, about->refusal);
    managers(&writer, broker);
    runtimes(&writer, broker);
    own(&writer, about);
    if (writer.open)
        text_put(text, "# EOF\n");
}
