/* listing: see listing.h. */
#include "clients/cli/listing.h"

#include <inttypes.h>
#include <string.h>

#include "clients/cli/out.h"
#include "clients/cli/session.h"
#include "common/base/mem.h"
#include "common/wire/uuid.h"

static void clear(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        mem_free(listing->tasks[i].name);
        mem_free(listing->tasks[i].client);
    }
    listing->count = 0;
}

void listing_free(struct listing *listing)
{
    clear(listing);
    mem_free(listing->tasks);
    listing->tasks = NULL;
}

static void ask(struct call *call)
{
    const struct listing *listing = call->self;
    struct message message = {.kind = KIND_LIST};
    message.list.corr = 0;
    message.list.after = listing->count ? listing->tasks[listing->count - 1].uuid : NULL;
    message.list.all = listing->count ? listing->place : listing->all;
    call_ask(call, &message);
}

static void ready(struct call *call, bool known)
{
    clear(call->self);
    ask(call);
}

static char *copy(struct span text)
{
    return mem_text(text.data ? (const char *)text.data : "", text.size);
}

static void mail(struct call *call, const struct message *message, struct slice *body)
{
    struct listing *listing = call->self;
    struct listed_task listed;
    if (message->kind == KIND_ERROR && message->error.corr == 0) {
        if (message->error.code == CODE_UNKNOWN_TASK) /* the last one was released between two pages */
            ready(call, true);
        else
            call_end_refused(call, message);
        return;
    }
    if (message->kind != KIND_LIST)
        return;
    struct list tasks = message->list.tasks;
    listing->tasks = mem_resize(listing->tasks, listing->count + tasks.count, sizeof *listing->tasks);
    while (list_next_listed_task(&tasks, &listed)) {
        struct listing_task *task = &listing->tasks[listing->count++];
        *task = (struct listing_task){.state = (unsigned)listed.state,
                                      .total = listed.total,
                                      .ended = listed.ended,
                                      .attempts = listed.attempts,
                                      .age = listed.age,
                                      .name = copy(listed.name),
                                      .client = copy(listed.client)};
        memcpy(task->uuid, listed.uuid, UUID_SIZE);
    }
    listing->place = message->list.all;
    if (message->list.more && listing->count > 0)
        ask(call);
    else
        call_end(call, CLI_FINE, NULL);
}

int listing_get(struct invocation *invocation, struct listing *listing)
{
    static const struct call_handler handler = {.ready = ready, .mail = mail};
    struct session session;
    if (listing->all)
        return call_run(invocation, NULL, false, invocation->timeout, &handler, listing);
    int code = session_open(&session, invocation);
    if (code != CLI_FINE)
        return code;
    code = call_run(invocation, session.token, true, invocation->timeout, &handler, listing);
    session_close(&session);
    return code;
}

void listing_print_heads(const struct listing *listing, FILE *file)
{
    fprintf(file, "%-36s  %-9s  %-13s  %8s  %-8s  %s%s\n", "UUID", "STATE", "ENDED", "ATTEMPTS", "AGE",
            listing->all ? "CLIENT                " : "", "NAME");
}

void listing_print(const struct listing *listing, const struct listing_task *task, FILE *file)
{
    char uuid[UUID_TEXT], age[32], ended[44];
    uuid_text(task->uuid, uuid);
    snprintf(ended, sizeof ended, "%" PRIu64 "/%" PRIu64, task->ended, task->total);
    fprintf(file, "%-36s  %-9s  %-13s  %8" PRIu64 "  %-8s  ", uuid, state_name(task->state), ended,
            task->attempts, out_age(task->age, age));
    if (listing->all) {
        size_t size = strlen(task->client);
        out_peer_text(file, span_text(task->client), false);
        fprintf(file, "%*s  ", size < 20 ? 20 - (int)size : 0, "");
    }
    out_peer_text(file, span_text(task->name), false);
    putc('\n', file);
}

void listing_print_json(const struct listing *listing, const struct listing_task *task)
{
    json_t *value = json_object();
    json_object_set_new(value, "uuid", out_uuid(task->uuid));
    json_object_set_new(value, "name", out_text(span_text(task->name)));
    json_object_set_new(value, "state", json_string(state_name(task->state)));
    json_object_set_new(value, "total", json_integer((json_int_t)task->total));
    json_object_set_new(value, "ended", json_integer((json_int_t)task->ended));
    json_object_set_new(value, "attempts", json_integer((json_int_t)task->attempts));
    json_object_set_new(value, "age", json_real((double)task->age / 1000));
    if (listing->all)
        json_object_set_new(value, "client", out_text(span_text(task->client)));
    out_json(value);
}
