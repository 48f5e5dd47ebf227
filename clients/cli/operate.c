/* operate: see operate.h. */
#include "clients/cli/operate.h"

#include <inttypes.h>
#include <string.h>

enum { CORR = 1 };

/* Where the corr of a question, or of its answer, is; NULL: it is none. */
static uint64_t *corr_of(struct message *message)
{
    switch (message->kind) {
    case KIND_MANAGERS: return &message->managers.corr;
    case KIND_CLIENTS: return &message->clients.corr;
    case KIND_COUNTS: return &message->counts.corr;
    case KIND_DRAIN: return &message->drain.corr;
    case KIND_ERROR: return &message->error.corr;
    default: return NULL;
    }
}

static void ready(struct call *call, bool known)
{
    struct inquiry *question = call->self;
    *corr_of(&question->message) = CORR;
    call_ask(call, &question->message);
}

static void mail(struct call *call, const struct message *message, struct slice *body)
{
    struct inquiry *question = call->self;
    struct message answer = *message;
    const uint64_t *corr = corr_of(&answer);
    if (corr == NULL || *corr != CORR)
        return;
    if (message->kind == KIND_ERROR)
        call_end_refused(call, message);
    else if (message->kind == question->message.kind)
        call_end(call, question->show(call->invocation, message), NULL);
}

int operate_ask(const struct invocation *invocation, struct inquiry *question)
{
    static const struct call_handler handler = {.ready = ready, .mail = mail};
    return call_run(invocation, NULL, false, invocation->timeout, &handler, question);
}

const char *operate_manager_state(uint64_t state)
{
    switch (state) {
    case MANAGER_READY: return "ready";
    case MANAGER_STARTS: return "not started";
    case MANAGER_AWAY: return "no connection";
    case MANAGER_DRAINS: return "drains";
    default: return "?";
    }
}

void operate_managers_table(struct table *table, struct list managers)
{
    static const char *const headings[] = {"MANAGER", "WHERE", "STATE", ">WORKERS", ">IDLE", ">TASKS", NULL};
    table_begin(table, headings);
    for (struct listed_manager manager; list_next_listed_manager(&managers, &manager);) {
        table_text(table, manager.name.size ? manager.name : span_text("-")); /* nobody was ever there */
        table_text(table, manager.line);
        table_format(table, "%s", operate_manager_state(manager.state));
        table_number(table, manager.workers);
        table_number(table, manager.idle);
        table_number(table, manager.tasks);
    }
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
    json_object_set_new(object, name, json_integer((json_int_t)number));
}

json_t *operate_manager_json(const struct listed_manager *manager)
{
    json_t *value = json_object();
    json_object_set_new(value, "name", out_text(manager->name));
    json_object_set_new(value, "line", out_text(manager->line));
    json_object_set_new(value, "state", json_string(operate_manager_state(manager->state)));
    put_number(value, "workers", manager->workers);
    put_number(value, "idle", manager->idle);
    put_number(value, "tasks", manager->tasks);
    return value;
}

json_t *operate_client_json(const struct listed_client *client)
{
    json_t *value = json_object();
    json_object_set_new(value, "name", out_text(client->name));
    json_object_set_new(value, "key", out_text(client->key));
    json_object_set_new(value, "here", json_boolean(client->state == SESSION_HERE));
    put_number(value, "tasks", client->tasks);
    put_number(value, "submitted", client->submitted);
    put_number(value, "ended", client->ended);
    put_number(value, "bytes", client->bytes);
    put_number(value, "away_ms", client->away);
    return value;
}

const char *operate_size(uint64_t bytes, char text[32])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double size = (double)bytes;
    size_t unit = 0;
    while (size >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        size /= 1000;
        unit++;
    }
    snprintf(text, 32, unit > 0 && size < 9.95 ? "%.1f %s" : "%.0f %s", size, units[unit]);
    return text;
}

uint64_t operate_count(struct list counts, const char *name)
{
    struct span text;
    for (uint64_t value; list_next_count(&counts, &text, &value);) {
        if (text.size == strlen(name) && memcmp(text.data, name, text.size) == 0)
            return value;
    }
    return 0;
}
