/* recv_client_managers: what clients want to know of managers, and want them to do: MANAGERS and DRAIN. */
#include <string.h>

#include "broker/core/dispatch.h"

CLIENT_HANDLER(recv_client_managers)
{
    (void)body;
    const struct roster *roster = &broker->boss.roster;
    struct builder *list = &broker->boss.list;
    builder_reset(list);
    for (uint32_t i = 0; i < roster->count; i++) {
        const struct employee *employee = roster_at(roster, roster->present[i]);
        struct listed_manager listed = {
            .name = span_text(employee->peer->name),
            .line = span_text(post_line_name(&broker->boss.post, employee->peer->line)),
            .state = roster_state(employee),
            .workers = employee->total_workers,
            .idle = roster_idle(employee),
            .tasks = employee->num_tasks,
        };
        builder_listed_manager(list, &listed);
    }
    uint32_t number = 0;
    for (const char *line; (line = post_line_vacant(&broker->boss.post, &number)) != NULL;) {
        struct listed_manager listed = {.line = span_text(line), .state = MANAGER_AWAY};
        listed.name = span_text("");
        builder_listed_manager(list, &listed);
    }
    boss_spend(&broker->boss, list->count * (uint64_t)WORK_SAY); /* it cannot be said in parts */
    struct message answer = {.kind = KIND_MANAGERS};
    answer.managers.corr = message->managers.corr;
    answer.managers.managers = builder_list(list);
    session_say(broker, session, &answer);
    return HANDLED;
}

static bool is(struct span wanted, const char *text)
{
    return strlen(text) == wanted.size && memcmp(text, wanted.data, wanted.size) == 0;
}

/* The manager in this place or of this name; NULL: there is none, or `*several` have the name. */
static struct employee *find_manager(const struct broker *broker, struct span wanted, bool *several)
{
    const struct roster *roster = &broker->boss.roster;
    struct employee *found = NULL;
    *several = false;
    for (uint32_t i = 0; i < roster->count; i++) {
        struct employee *employee = roster_at(roster, roster->present[i]);
        if (employee->peer->line != NO_LINE &&
            is(wanted, post_line_name(&broker->boss.post, employee->peer->line)))
            return employee;
        if (is(wanted, employee->peer->name)) {
            *several = found != NULL;
            found = employee;
        }
    }
    return *several ? NULL : found;
}

CLIENT_HANDLER(recv_client_drain)
{
    (void)body;
    bool several = false;
    struct employee *employee = NULL;
    const char *why = "DRAIN: " ONLY_ADMINS;
    if (session->peer->admin) {
        employee = find_manager(broker, message->drain.manager, &several);
        why = several ? "DRAIN: several managers have this name; say where it is (host:port)"
                      : "DRAIN: no manager of this name, or in this place, is connected";
    }
    if (employee == NULL) {
        session_refuse(broker, session, CODE_REFUSED, why, message->drain.corr, NULL, NO_NUMBER);
        return HANDLED;
    }
    outbox_log(broker->boss.outbox, LOG_INFO, "manager %s is drained, as client %s asks",
               employee->peer->name, session->name);
    employee_drain(broker, employee, message->drain.grace);
    struct message answer = {.kind = KIND_DRAIN};
    answer.drain.corr = message->drain.corr;
    answer.drain.manager = span_text(employee->peer->name);
    answer.drain.grace = message->drain.grace;
    answers_give(broker, session, &answer);
    return HANDLED;
}
