/* ask: see ask.h. Questions are told apart by their corr, the place of the uuid on the command line. */
#include "clients/cli/ask.h"

#include <string.h>

#include "clients/cli/out.h"
#include "clients/cli/session.h"
#include "common/base/mem.h"
#include "common/wire/uuid.h"
#include "edge/log.h"

error_t ask_parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct ask *ask = invocation->own;
    switch (key) {
    case ARGP_KEY_ARG:
        ask->uuids = mem_resize(ask->uuids, ask->count + 1, sizeof *ask->uuids);
        if (!uuid_parse(text, ask->uuids[ask->count++]))
            argp_error(state, "%s is not a task's uuid", text);
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which task? Give its uuid"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void ready(struct call *call, bool known)
{
    struct ask *ask = call->self;
    for (uint64_t i = ask->answered; i < ask->count; i++) {
        struct message message = {.kind = ask->kind};
        if (ask->kind == KIND_STATUS) {
            message.status.corr = i;
            message.status.uuid = ask->uuids[i];
        } else {
            message.cancel.corr = i;
            message.cancel.uuid = ask->uuids[i];
            message.cancel.state = NO_NUMBER;
        }
        call_ask(call, &message);
    }
}

static void note(struct ask *ask, enum cli_exit code)
{
    if (code > ask->code)
        ask->code = code;
}

static void refused(struct ask *ask, const struct message *message)
{
    char text[UUID_TEXT];
    uuid_text(ask->uuids[ask->answered], text);
    log_plain("mailroom: %s: %.*s", text, (int)message->error.text.size,
              (const char *)message->error.text.data);
    note(ask, call_exit_of(message->error.code));
}

static void mail(struct call *call, const struct message *message, struct slice *body)
{
    struct ask *ask = call->self;
    uint64_t corr = NO_NUMBER;
    if (message->kind == KIND_ERROR)
        corr = message->error.corr;
    else if (message->kind == ask->kind)
        corr = ask->kind == KIND_STATUS ? message->status.corr : message->cancel.corr;
    if (corr != ask->answered || ask->answered == ask->count)
        return; /* of a task that another command waits for */
    if (message->kind == KIND_ERROR)
        refused(ask, message);
    else
        note(ask, ask->show(call->invocation, message));
    if (++ask->answered == ask->count)
        call_end(call, ask->code, NULL);
    else
        client_expect(call->client, call->now + call->invocation->timeout);
}

int ask_run(struct invocation *invocation)
{
    static const struct call_handler handler = {.ready = ready, .mail = mail};
    struct ask *ask = invocation->own;
    struct session session;
    int code = session_open(&session, invocation);
    if (code == CLI_FINE) {
        code = call_run(invocation, session.token, true, invocation->timeout, &handler, ask);
        session_close(&session);
    }
    mem_free(ask->uuids);
    return code;
}
