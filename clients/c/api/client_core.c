/* client_core: the client's core between those who hand in and take out, and whoever drives it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/c/api/client_inner.h"
#include "common/base/mem.h"

int client_enter(const struct mailroom_client *client)
{
    if (getpid() == client->pid)
        return MAILROOM_OK;
    return why(MAILROOM_EFORK, "the client of %s is process %ld's; make a new one after a fork",
               client->address, (long)client->pid);
}

void client_lock(struct mailroom_client *client)
{
    if (client->drive)
        drive_lock(client->drive);
    else
        pthread_mutex_lock(&client->lock);
}

void client_unlock(struct mailroom_client *client)
{
    if (client->drive)
        drive_unlock(client->drive);
    else
        pthread_mutex_unlock(&client->lock);
}

void client_hand_in(struct mailroom_client *client, struct op *op)
{
    op->next = NULL;
    *client->last_op = op;
    client->last_op = &op->next;
    if (client->drive)
        drive_hand_in(client->drive);
    else
        pthread_mutex_unlock(&client->lock);
}

int client_refuses(struct mailroom_client *client)
{
    int error = client->state.over ? client->state.over : client->leaving ? MAILROOM_ECLOSED : MAILROOM_OK;
    if (error == MAILROOM_OK)
        return MAILROOM_OK;
    why(error, "%s: %s", client->address, client->state.over ? client->state.text : "this side has left");
    client_unlock(client);
    return error;
}

struct op *op_new(enum op_kind kind, size_t count)
{
    struct op *op = mem_try(sizeof *op + count * sizeof(uint32_t));
    if (op)
        *op = (struct op){.kind = kind, .count = count};
    return op;
}

void op_free(struct op *op)
{
    if (op->submission)
        submission_free(op->submission);
    mem_free(op->question);
    builder_free(&op->paths);
    mem_free(op);
}

static void apply(struct correspondence *mail, struct op *op)
{
    switch (op->kind) {
    case OP_SUBMIT: correspondence_submit(mail, op->submission); break;
    case OP_ADOPT: correspondence_adopt(mail, op->submission, op->some ? op->slots : NULL, op->count); break;
    case OP_REQUEST: correspondence_request(mail, op->uuid, op->slot); break;
    case OP_ABANDON: correspondence_abandon(mail, op->uuid, op->slot); break;
    case OP_RELEASE: correspondence_release(mail, op->uuid, op->slot); break;
    case OP_ASK: correspondence_ask(mail, op->question); break;
    case OP_UNASK: correspondence_unask(mail, op->number); break;
    case OP_PATHS: correspondence_paths(mail, &op->paths); break;
    case OP_LEAVE: correspondence_leave(mail, op->slot != 0); break;
    }
    op->submission = NULL;
    op->question = NULL;
    op_free(op);
}

/* While any wait, what is handed in waits behind them, however late it is taken. */
uint64_t client_refused(const struct mailroom_client *client)
{
    return client->state.refused > 0 ? client->state.refused + client->handed_submits : 0;
}

bool client_has_room(const struct mailroom_client *client)
{
    return client->state.refused == 0 ||
           !backlog_is_full(client_refused(client), client->refused_bytes + client->handed);
}

static void take_ops(struct mailroom_client *client)
{
    client_lock(client);
    struct op *op = client->ops;
    client->ops = NULL;
    client->last_op = &client->ops;
    if (client->state.refused > 0)
        client->refused_bytes += client->handed;
    client->state.refused = client_refused(client);
    client->state.kept += client->handed;
    client->state.submits += client->handed_submits;
    client->state.tasks += client->handed_tasks;
    client->handed = client->handed_submits = client->handed_tasks = 0;
    client->sent = client->sent && !op;
    if (client->drive)
        drive_taken(client->drive);
    client_unlock(client);
    for (struct op *next; op; op = next) {
        next = op->next;
        apply(&client->mail, op);
    }
}

static void note_text(struct mailroom_client *client, const char *text)
{
    snprintf(client->state.text, sizeof client->state.text, "%s", text);
}

static void note_state(struct mailroom_client *client)
{
    const struct correspondence *mail = &client->mail;
    const struct client *session = &mail->client;
    struct mailroom_client_state *state = &client->state;
    bool over = mail->over_told;
    state->over = !over ? MAILROOM_OK : session->code == MAILROOM_OK ? MAILROOM_ECLOSED : session->code;
    state->up = !over && mail->up;
    state->was_up = mail->reconciled > 0;
    state->resumed = mail->resumed;
    state->tasks = mail->outstanding.slots;
    state->submits = mail->outstanding.submits;
    state->kept = mail->outstanding.kept;
    state->refused = mail->backlog.count;
    state->unsent = 0;
    if (session->broker) {
        state->max_body = session->broker->link.peer_max_body;
        memcpy(state->boot, session->broker->boot, sizeof state->boot);
        state->versions = (session->broker->features & FEATURE_VERSIONS) != 0;
        state->unsent = session->broker->link.ahead + session->broker->link.waiting;
    }
    if (over)
        note_text(client, session->why);
    else if (!state->up)
        note_text(client, session->trouble);
    else if (state->text[0])
        state->text[0] = '\0';
    client->sent = correspondence_is_sent(mail);
    client->refused_bytes = mail->backlog.bytes;
}

/* Gives out what has come. */
static void publish(struct mailroom_client *client)
{
    struct news *news = correspondence_take(&client->mail);
    struct slice done = SLICE_NONE;
    client_lock(client);
    note_state(client);
    if (client->mail.outstanding.submits == 0 && !client->ops) { /* nothing begins with it */
        done = client->last_share;
        client->last_share = SLICE_NONE;
    }
    if (news && client->news)
        news_append(client->news, news);
    else if (news)
        client->news = news;
    client_unlock(client);
    slice_drop(&done); /* without the lock, for it may be released by a function of the caller's */
}

void client_core_step(void *state, const struct event *event, struct outbox *outbox)
{
    struct mailroom_client *client = state;
    if (event->kind == EVENT_TURN) {
        client->mail.now = event->now;
        take_ops(client);
    }
    correspondence_step(&client->mail, event, outbox);
    if (event->kind == EVENT_TURN)
        publish(client);
}

uint64_t client_core_deadline(const void *state)
{
    const struct mailroom_client *client = state;
    return correspondence_deadline(&client->mail);
}

bool client_core_ready(const void *state, unsigned what)
{
    const struct mailroom_client *client = state;
    return client->state.over != MAILROOM_OK || ((what & MAILROOM_WAIT_EVENTS) && client->news) ||
           ((what & CLIENT_WAIT_SETTLED) && client->over_awaiting) ||
           ((what & MAILROOM_WAIT_UP) && client->state.was_up) ||
           ((what & MAILROOM_WAIT_SENT) && client->sent && !client->ops) ||
           ((what & MAILROOM_WAIT_ROOM) && client_has_room(client) &&
            client->state.kept + client->handed < client->most_kept);
}
