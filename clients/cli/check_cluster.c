/* check_cluster: whether what broker or manager say of themselves is as it should be. */
#include <inttypes.h>
#include <string.h>

#include "clients/cli/check.h"
#include "clients/cli/operate.h"

/* MANAGERS, asked in a session, and what it says. */
struct roll_call {
    struct check *check;
    uint64_t ready;
};

static void judge_manager(struct roll_call *roll, const struct listed_manager *manager)
{
    struct check *check = roll->check;
    const char *name = (const char *)manager->name.data, *line = (const char *)manager->line.data;
    int name_size = (int)manager->name.size, line_size = (int)manager->line.size;
    roll->ready += manager->state == MANAGER_READY;
    if (manager->state == MANAGER_AWAY && name_size == 0)
        check_say(check, FOUND_WRONG, CLI_FAILED, "managers",
                  "no manager is at %.*s: is mailroom-shim running there, and can the broker reach it?",
                  line_size, line);
    else if (manager->state == MANAGER_AWAY)
        check_say(check, FOUND_WRONG, CLI_FAILED, "managers",
                  "the connection to manager %.*s (%.*s) is lost: is it running, and is the network well?",
                  name_size, name, line_size, line);
    else if (manager->state == MANAGER_STARTS)
        check_say(check, FOUND_WRONG, CLI_FAILED, "managers",
                  "manager %.*s (%.*s) is connected and has not started: its log may say why", name_size,
                  name, line_size, line);
    else if (manager->state == MANAGER_DRAINS)
        check_say(check, FOUND_ODD, CLI_FINE, "managers",
                  "manager %.*s (%.*s) drains: it takes nothing new, and will leave", name_size, name,
                  line_size, line);
}

static void ready(struct call *call, bool known)
{
    struct message message = {.kind = KIND_MANAGERS};
    message.managers.corr = 1;
    call_ask(call, &message);
}

static void mail(struct call *call, const struct message *message, struct slice *body)
{
    struct roll_call *roll = call->self;
    struct list managers = message->managers.managers;
    if (message->kind == KIND_ERROR)
        call_end_refused(call, message);
    if (message->kind != KIND_MANAGERS)
        return;
    for (struct listed_manager manager; list_next_listed_manager(&managers, &manager);)
        judge_manager(roll, &manager);
    call_end(call, CLI_FINE, NULL);
}

/* Whether a client's session may be opened with this key. */
static bool may_be_client(const struct check *check)
{
    return !check->keyed || check->own.key.role == KEY_CLIENT || check->own.key.role == KEY_ADMIN;
}

static void check_managers(struct check *check, uint64_t managers)
{
    static const struct call_handler handler = {.ready = ready, .mail = mail};
    struct roll_call roll = {check, managers};
    if (may_be_client(check)) {
        roll.ready = 0;
        int code = call_run(check->invocation, NULL, false, check->invocation->timeout, &handler, &roll);
        if (code != CLI_FINE) {
            check_say(check, FOUND_WRONG, code, "session",
                      "the broker opens no session for a client: see above");
            return;
        }
    }
    if (managers == 0)
        check_say(
            check, FOUND_WRONG, CLI_FAILED, "managers",
            "no manager is connected: start mailroom-shim on the nodes, and either name them to mailroomd or "
            "have them dial it (mailroom-shim --broker)");
    else if (roll.ready == 1)
        check_say(check, FOUND_FINE, CLI_FINE, "managers", "one manager is ready");
    else if (roll.ready > 1)
        check_say(check, FOUND_FINE, CLI_FINE, "managers", "%" PRIu64 " managers are ready", roll.ready);
}

static void check_idle(struct check *check, uint64_t workers, struct list counts)
{
    uint64_t idle = operate_count(counts, "idle"), queued = operate_count(counts, "queued");
    char busy[64] = "the only one is";
    if (workers > 1)
        snprintf(busy, sizeof busy, "all %" PRIu64 " are", workers);
    if (idle > 0)
        check_say(check, FOUND_FINE, CLI_FINE, "workers", "workers: %" PRIu64 ", idle: %" PRIu64, workers,
                  idle);
    else
        check_say(check, check->idle ? FOUND_WRONG : FOUND_ODD, CLI_FAILED, "workers",
                  "no worker is idle: %s busy, and %" PRIu64 " tasks are queued", busy, queued);
}

static void check_runtime(struct check *check, struct list counts)
{
    char name[MAX_RUNTIME + 16];
    if (!check->runtime)
        return;
    snprintf(name, sizeof name, "runtime %s", check->runtime);
    uint64_t have = operate_count(counts, name);
    if (have > 0)
        check_say(check, FOUND_FINE, CLI_FINE, "runtime", "the runtime %s: %s that have it: %" PRIu64,
                  check->runtime, check->manager ? "workers" : "managers", have);
    else
        check_say(
            check, FOUND_WRONG, CLI_FAILED, "runtime",
            "no worker has the runtime %s: tasks that need it would wait. Is it installed where the workers "
            "are (bqskit and python: the Python package mailroom; plain: mailroom-shim --plain)?",
            check->runtime);
}

static void check_journal(struct check *check, struct list counts, struct span refuses)
{
    const char *why = refuses.size ? (const char *)refuses.data
                                   : "it cannot be written or is too far behind: the broker's log says why";
    int size = refuses.size ? (int)refuses.size : (int)strlen(why);
    if (operate_count(counts, "journal refuses"))
        check_say(check, FOUND_WRONG, CLI_FAILED, "journal", "new tasks are refused for the journal: %.*s",
                  size, why);
    else if (operate_count(counts, "journal size"))
        check_say(check, FOUND_FINE, CLI_FINE, "journal",
                  "the journal is written: %" PRIu64 " bytes, %" PRIu64 " behind",
                  operate_count(counts, "journal size"), operate_count(counts, "journal behind"));
}

void check_broker(struct check *check, const struct message *answer)
{
    struct list counts = answer->counts.counts;
    uint64_t managers = operate_count(counts, "managers"), workers = operate_count(counts, "workers");
    check_managers(check, managers);
    if (managers > 0 && workers == 0)
        check_say(check, FOUND_WRONG, CLI_FAILED, "workers",
                  "the managers have no workers: their logs may say why");
    else if (managers > 0)
        check_idle(check, workers, counts);
    check_runtime(check, counts);
    check_journal(check, counts, answer->counts.refuses);
}

void check_manager(struct check *check, struct list counts)
{
    uint64_t workers = operate_count(counts, "workers"), wanted = operate_count(counts, "wanted");
    if (operate_count(counts, "boss"))
        check_say(check, FOUND_FINE, CLI_FINE, "boss", "it has a boss");
    else
        check_say(check, FOUND_WRONG, CLI_FAILED, "boss",
                  "no boss is connected: start mailroomd with this manager's address, or this manager with "
                  "--broker");
    if (operate_count(counts, "draining"))
        check_say(check, FOUND_ODD, CLI_FINE, "boss", "it drains: it takes nothing new, and will leave");
    if (workers < wanted || workers == 0)
        check_say(check, FOUND_WRONG, CLI_FAILED, "workers",
                  "%" PRIu64 " of %" PRIu64 " workers are there: the manager's log may say why", workers,
                  wanted);
    else
        check_idle(check, workers, counts);
    check_runtime(check, counts);
}
