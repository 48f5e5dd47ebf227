/* say: what callers say of tasks, and ask; see mailroom/client.h. */
#include <string.h>

#include "clients/c/api/client_inner.h"
#include "common/base/mem.h"

static int no_memory(void)
{
    return why(MAILROOM_ENOMEM, "no memory to note what is to be said");
}

static int hand_in(struct mailroom_client *client, struct op *op)
{
    if (!op)
        return no_memory();
    client_lock(client);
    int error = client_refuses(client);
    if (error != MAILROOM_OK) {
        op_free(op);
        return error;
    }
    if (op->kind == OP_LEAVE)
        client->leaving = true;
    client_hand_in(client, op);
    return MAILROOM_OK;
}

/* One of those that name a slot. */
static int say(struct mailroom_client *client, enum op_kind kind, const uint8_t *uuid, uint32_t slot)
{
    int error = client_enter(client);
    struct op *op = error == MAILROOM_OK ? op_new(kind, 0) : NULL;
    if (op) {
        op->slot = slot;
        memcpy(op->uuid, uuid, UUID_SIZE);
    }
    return error == MAILROOM_OK ? hand_in(client, op) : error;
}

int mailroom_client_request(struct mailroom_client *client, const uint8_t *uuid, uint32_t slot)
{
    return say(client, OP_REQUEST, uuid, slot);
}

int mailroom_client_abandon(struct mailroom_client *client, const uint8_t *uuid, uint32_t slot)
{
    return say(client, OP_ABANDON, uuid, slot);
}

int mailroom_client_release(struct mailroom_client *client, const uint8_t *uuid, uint32_t slot)
{
    return say(client, OP_RELEASE, uuid, slot);
}

int mailroom_client_adopt(struct mailroom_client *client, const uint8_t *uuid, const uint32_t *slots,
                          size_t count, uint64_t tag)
{
    struct task_header header = {.uuid = uuid};
    uint32_t most = 0;
    int error = client_enter(client);
    if (error != MAILROOM_OK)
        return error;
    for (size_t i = 0; slots && i < count; i++)
        most = slots[i] > most ? slots[i] : most;
    if (count == 0 || count > MAILROOM_MAP_MOST || most >= MAILROOM_MAP_MOST)
        return why(MAILROOM_EINVAL, "slots of a task are from 0 to %d, and at least one",
                   MAILROOM_MAP_MOST - 1);
    struct op *op = op_new(OP_ADOPT, slots ? count : 0);
    struct submission *adopted =
        op ? submission_new(&header, slots ? most + 1 : (uint32_t)count, true) : NULL;
    if (!adopted) {
        mem_free(op);
        return no_memory();
    }
    adopted->tag = tag;
    op->submission = adopted;
    op->some = slots != NULL;
    op->count = count;
    if (slots)
        memcpy(op->slots, slots, count * sizeof *slots);
    return hand_in(client, op);
}

/* What is wrong with a question; NULL: nothing. */
static const char *fault_of(const struct mailroom_question *question)
{
    switch (question->kind) {
    case MAILROOM_ASK_STATUS:
    case MAILROOM_ASK_CANCEL: return question->uuid ? NULL : "it names no task";
    case MAILROOM_ASK_DRAIN: return question->name ? NULL : "it names no manager";
    case MAILROOM_ASK_LIST:
    case MAILROOM_ASK_MANAGERS:
    case MAILROOM_ASK_COUNTS:
    case MAILROOM_ASK_CLIENTS:
    case MAILROOM_ASK_PAGE:
    case MAILROOM_ASK_SHUTDOWN: return NULL;
    }
    return "there is no such question";
}

int mailroom_client_ask(struct mailroom_client *client, const struct mailroom_question *asked,
                        uint64_t *number)
{
    int error = client_enter(client);
    const char *fault = fault_of(asked);
    if (error != MAILROOM_OK)
        return error;
    if (fault)
        return why(MAILROOM_EINVAL, "a question: %s", fault);
    client_lock(client);
    uint64_t mine = ++client->asked;
    client_unlock(client);
    struct op *op = op_new(OP_ASK, 0);
    struct question *question = op ? question_new(asked, mine) : NULL;
    if (!question) {
        mem_free(op);
        return no_memory();
    }
    op->question = question;
    if (number)
        *number = mine;
    return hand_in(client, op);
}

void mailroom_client_unask(struct mailroom_client *client, uint64_t number)
{
    struct op *op = client_enter(client) == MAILROOM_OK ? op_new(OP_UNASK, 0) : NULL;
    if (!op)
        return;
    op->number = number;
    hand_in(client, op);
}

int mailroom_client_paths(struct mailroom_client *client, const char *const *paths, size_t count)
{
    int error = client_enter(client);
    struct op *op = error == MAILROOM_OK ? op_new(OP_PATHS, 0) : NULL;
    for (size_t i = 0; op && i < count; i++)
        builder_text(&op->paths, paths[i], strlen(paths[i]));
    return error == MAILROOM_OK ? hand_in(client, op) : error;
}

int mailroom_client_leave(struct mailroom_client *client, unsigned detach)
{
    int error = client_enter(client);
    struct op *op = error == MAILROOM_OK ? op_new(OP_LEAVE, 0) : NULL;
    if (op)
        op->slot = detach;
    return error == MAILROOM_OK ? hand_in(client, op) : error;
}
