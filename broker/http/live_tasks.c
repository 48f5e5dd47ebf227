/* live_tasks: see live_tasks.h. */
#include "broker/http/live_tasks.h"

#include <inttypes.h>
#include <string.h>

#include "broker/http/live.h"
#include "common/wire/kinds.h"
#include "common/wire/uuid.h"

enum {
    MOST_ENDS = 200,                                         /* in an event */
    FOUND = 40,                                              /* in a search, of each sort */
    LOOKED = 8192,                                           /* ended tasks in a search */
    END_ROOM = 200 + 2 * TRACE_NAME,                         /* bytes of one in an event, at most, */
    FAILURE_ROOM = 200 + 2 * (TRACE_NAME + TRACE_TEXT + 128) /* and of a failure */
};

void live_put_uuid(struct text *text, const uint8_t *uuid)
{
    char shown[UUID_TEXT];
    uuid_text(uuid, shown);
    text_format(text, "\"%s\"", shown);
}

static void put_text(struct text *text, const char *value)
{
    text_json(text, value, strlen(value));
}

void live_put_failures(struct text *text, const struct broker *broker, uint64_t end, uint32_t count,
                       size_t room)
{
    uint64_t from = end > count ? end - count : 0;
    const char *comma = "";
    text_put(text, ",\"failures\":[");
    for (uint64_t number = end; number > from && text->size + FAILURE_ROOM < room; number--) {
        const struct trace_failure *failure = look_failure(broker, number - 1);
        if (!failure)
            break;
        text_format(text, "%s[%" PRIu64 ",", comma, number);
        live_put_uuid(text, failure->uuid);
        text_format(text, ",%u,%u,\"%s\",", failure->slot, failure->when, code_name(failure->code));
        put_text(text, failure->name);
        text_put(text, ",");
        put_text(text, failure->client);
        text_put(text, ",");
        put_text(text, failure->manager);
        text_put(text, ",");
        put_text(text, failure->text);
        text_put(text, "]");
        comma = ",";
    }
    text_put(text, "]");
}

/* A number, or null for what is not known. */
static void put_known(struct text *text, uint32_t number, uint32_t unknown)
{
    if (number == unknown)
        text_put(text, "null,");
    else
        text_format(text, "%u,", number);
}

static void put_end(struct text *text, const struct broker *broker, const struct trace_end *end)
{
    struct span name = look_end_name(broker, end);
    text_put(text, "[");
    live_put_uuid(text, end->uuid);
    text_put(text, ",");
    text_json(text, name.data, name.size);
    text_put(text, ",");
    put_known(text, end->employee, NO_RECORD);
    put_known(text, end->worker, WORKER_NIL);
    text_format(text, "%u,%u,%u,%u,%u,%u,%u,%u]", end->taken, end->given, end->begun, end->ended, end->state,
                end->attempts, end->depth, end->address.slot);
}

void live_put_ends(struct text *text, const struct broker *broker, uint64_t from, size_t room)
{
    uint64_t end = look_ended(broker), first = look_first(broker);
    text_format(text, ",\"ended\":%" PRIu64 ",\"ends\":[", end - from);
    first = first > from ? first : from; /* of more than are known: the last */
    uint64_t step = (end - first) / MOST_ENDS + 1;
    for (uint64_t number = first; number < end && text->size + END_ROOM < room; number += step) {
        if (number > first)
            text_put(text, ",");
        put_end(text, broker, look_end(broker, number));
    }
    text_put(text, "]");
}

/* Whether what was ended is looked for: its uuid begins so, or a part of its name is this. */
static bool is_wanted(const struct broker *broker, const struct trace_end *end, const char *wanted)
{
    char uuid[UUID_TEXT];
    struct span name = look_end_name(broker, end);
    size_t size = strlen(wanted);
    uuid_text(end->uuid, uuid);
    return (size >= 8 && strncmp(uuid, wanted, size) == 0) ||
           (name.size > 0 && memmem(name.data, name.size, wanted, size));
}

static void put_found_ends(struct text *text, const struct broker *broker, const char *wanted)
{
    uint64_t end = look_ended(broker), looked = 0;
    unsigned found = 0;
    text_put(text, ",\"ends\":[");
    for (uint64_t number = end; number > 0 && looked++ < LOOKED && found < FOUND; number--) {
        const struct trace_end *task = look_end(broker, number - 1);
        if (!task)
            break;
        if (!is_wanted(broker, task, wanted))
            continue;
        text_put(text, found++ ? "," : "");
        put_end(text, broker, task);
    }
    text_put(text, "]");
}

struct blob *live_search(struct live *live, struct broker *broker, const char *wanted)
{
    struct text *text = &live->text;
    struct look_job jobs[FOUND];
    struct span span = {(const uint8_t *)wanted, strlen(wanted)};
    uint32_t count = look_find(broker, span, jobs, FOUND);
    text_clear(text);
    text_put(text, "{\"jobs\":[");
    for (uint32_t i = 0; i < count; i++) {
        const struct look_job *job = &jobs[i];
        text_put(text, i ? ",[" : "[");
        live_put_uuid(text, job->uuid);
        text_put(text, ",");
        text_json(text, job->name.data, job->name.size < TRACE_NAME ? job->name.size : TRACE_NAME);
        text_put(text, ",");
        put_text(text, job->client);
        text_format(text, ",\"%s\",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", state_name(job->state),
                    job->total, job->ended, job->attempts, job->age);
    }
    text_put(text, "]");
    put_found_ends(text, broker, wanted);
    text_put(text, "}");
    return text_blob(text);
}
