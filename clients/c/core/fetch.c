/* fetch: see fetch.h. Each slot is requested by itself, so that each has an answer: a result, or an ERROR
 * that says why there is none. */
#include "clients/c/core/fetch.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/wire/batch.h"

enum {
    MOST_REQUESTS = 1024, /* under way */
    BUSY_PAUSE = 200,     /* ms */
    MOST_RELEASED = 4096, /* slots in one RELEASE */
};

#define FENCE \
    (NO_NUMBER - 1) /* corr of the STATUS that follows the request of a slot that may not have ended */

void fetch_free(struct fetch *fetch)
{
    for (uint64_t i = 0; i < fetch->entry_count; i++) {
        slice_drop(&fetch->entries[i].body);
        mem_free(fetch->entries[i].text);
    }
    for (uint32_t i = 0; i < fetch->target_count; i++)
        mem_free(fetch->targets[i].entries);
    mem_free(fetch->entries);
    mem_free(fetch->targets);
}

/* The number of the task's target, target_count: it is none. */
static uint32_t find(const struct fetch *fetch, const uint8_t *uuid)
{
    uint32_t i = 0;
    while (i < fetch->target_count && (!uuid || memcmp(fetch->targets[i].uuid, uuid, UUID_SIZE) != 0))
        i++;
    return i;
}

void fetch_add_task(struct fetch *fetch, const uint8_t *uuid)
{
    if (find(fetch, uuid) < fetch->target_count)
        return;
    fetch->targets = mem_resize(fetch->targets, fetch->target_count + 1, sizeof *fetch->targets);
    struct fetch_target *target = &fetch->targets[fetch->target_count++];
    *target = (struct fetch_target){0};
    memcpy(target->uuid, uuid, UUID_SIZE);
}

static void add_entry(struct fetch *fetch, uint32_t number, uint32_t slot)
{
    struct fetch_target *target = &fetch->targets[number];
    if (fetch->entry_count == fetch->entry_capacity) {
        fetch->entry_capacity = fetch->entry_capacity ? 2 * fetch->entry_capacity : 16;
        fetch->entries = mem_resize(fetch->entries, fetch->entry_capacity, sizeof *fetch->entries);
    }
    if (slot >= target->slots) {
        uint64_t slots = 2 * (uint64_t)slot + 1;
        target->entries = mem_resize(target->entries, slots, sizeof *target->entries);
        memset(target->entries + target->slots, 0xff, (slots - target->slots) * sizeof *target->entries);
        target->slots = slots;
    }
    target->entries[slot] = fetch->entry_count;
    fetch->entries[fetch->entry_count++] = (struct fetch_entry){.target = number, .slot = slot};
}

void fetch_add_slot(struct fetch *fetch, const uint8_t *uuid, uint32_t slot)
{
    fetch_add_task(fetch, uuid);
    add_entry(fetch, find(fetch, uuid), slot);
}

static void ask(struct fetch *fetch, struct client *client, uint32_t target, uint64_t corr)
{
    struct message message = {.kind = KIND_STATUS};
    message.status.corr = corr;
    message.status.uuid = fetch->targets[target].uuid;
    client_send(client, &message, SLICE_NONE);
}

void fetch_begin(struct fetch *fetch, struct client *client)
{
    if (fetch->phase == FETCH_ASKS || fetch->phase == FETCH_WAITS) {
        fetch->phase = FETCH_ASKS;
        fetch->asked = 0;
        for (uint32_t i = 0; i < fetch->target_count; i++)
            ask(fetch, client, i, i);
        return;
    }
    for (uint64_t i = fetch->shown; i < fetch->entry_count; i++) {
        if (fetch->entries[i].state == FETCH_REQUESTED)
            fetch->entries[i].state = FETCH_WANTED;
    }
    fetch->wanted = fetch->shown;
    fetch->requested = 0;
}

static void end_entry(struct fetch *fetch, struct fetch_entry *entry, enum fetch_state state)
{
    fetch->requested -= entry->state == FETCH_REQUESTED;
    entry->state = state;
    if (++fetch->ended == fetch->entry_count)
        fetch->phase = FETCH_HAS;
}

static void fail_entry(struct fetch *fetch, struct fetch_entry *entry, uint64_t code, struct span text)
{
    entry->code = code;
    entry->text = mem_text(text.data ? (const char *)text.data : "", text.size);
    end_entry(fetch, entry, FETCH_FAILED);
}

/* An ERROR without a slot is about the whole task: an admin is told how another client's task is, and does
 * not get its results. */
static void fail_target(struct fetch *fetch, uint32_t number, const struct message *message)
{
    for (uint64_t i = fetch->shown; i < fetch->entry_count; i++) {
        struct fetch_entry *entry = &fetch->entries[i];
        if (entry->target == number && (entry->state == FETCH_WANTED || entry->state == FETCH_REQUESTED))
            fail_entry(fetch, entry, message->error.code, message->error.text);
    }
}

/* All tasks have said how they are. */
static void decide(struct fetch *fetch)
{
    bool ended = true;
    for (uint32_t i = 0; i < fetch->target_count; i++)
        ended = ended && (fetch->targets[i].state == STATE_UNKNOWN ||
                          fetch->targets[i].ended == fetch->targets[i].total);
    if (!ended && (fetch->expands || fetch->entry_count > 1)) {
        fetch->phase = FETCH_WAITS;
        return;
    }
    fetch->phase = FETCH_GETS;
    for (uint32_t i = 0; fetch->expands && i < fetch->target_count; i++) {
        uint64_t total = fetch->targets[i].state == STATE_UNKNOWN ? 1 : fetch->targets[i].total;
        for (uint64_t slot = 0; slot < total; slot++)
            add_entry(fetch, i, (uint32_t)slot);
    }
    fetch->expands = false;
    for (uint64_t i = 0; i < fetch->entry_count; i++) {
        struct fetch_entry *entry = &fetch->entries[i];
        if (fetch->targets[entry->target].state == STATE_UNKNOWN)
            fail_entry(
                fetch, entry, CODE_UNKNOWN_TASK,
                span_text(
                    "this session has no such task (any more): its results were fetched and released, or "
                    "the session's lease was over, or the broker was started anew"));
    }
}

static void take_status(struct fetch *fetch, const struct message *message)
{
    uint32_t number = find(fetch, message->status.uuid);
    if (number == fetch->target_count)
        return;
    struct fetch_target *target = &fetch->targets[number];
    if (message->status.corr == FENCE) {
        if (fetch->phase == FETCH_GETS)
            fetch->phase = FETCH_WAITS;
        for (uint64_t i = 0; fetch->phase == FETCH_WAITS && i < fetch->entry_count; i++)
            fetch->entries[i].state = FETCH_WANTED;
        fetch->requested = fetch->wanted = 0;
        return;
    }
    if (message->status.corr != number || fetch->phase != FETCH_ASKS)
        return;
    target->state = (unsigned)message->status.state;
    target->total = message->status.total;
    target->done = message->status.done;
    target->failed = message->status.failed + message->status.cancelled;
    target->ended = target->done + target->failed;
    if (++fetch->asked == fetch->target_count)
        decide(fetch);
}

static struct fetch_entry *entry_of(const struct fetch *fetch, const uint8_t *uuid, uint64_t slot)
{
    uint32_t number = find(fetch, uuid);
    if (number == fetch->target_count || slot >= fetch->targets[number].slots ||
        fetch->targets[number].entries[slot] == NO_NUMBER)
        return NULL;
    struct fetch_entry *entry = &fetch->entries[fetch->targets[number].entries[slot]];
    return entry->state == FETCH_WANTED || entry->state == FETCH_REQUESTED ? entry : NULL;
}

static void take_error(struct fetch *fetch, const struct message *message, uint64_t now)
{
    uint32_t number = find(fetch, message->error.uuid);
    struct fetch_entry *entry = entry_of(fetch, message->error.uuid, message->error.slot);
    if (number < fetch->target_count && fetch->phase == FETCH_ASKS && message->error.corr == number) {
        fetch->targets[number].state = STATE_UNKNOWN; /* another client's task */
        if (++fetch->asked == fetch->target_count)
            decide(fetch);
        return;
    }
    if (fetch->phase != FETCH_GETS)
        return;
    if (number < fetch->target_count && message->error.slot == NO_NUMBER &&
        message->error.about != ABOUT_QUESTION) {
        fail_target(fetch, number, message);
        return;
    }
    if (!entry)
        return;
    if (message->error.code == CODE_BUSY) {
        fetch->requested -= entry->state == FETCH_REQUESTED;
        entry->state = FETCH_WANTED;
        fetch->wanted = fetch->shown;
        fetch->again_at = now + BUSY_PAUSE;
        return;
    }
    fail_entry(fetch, entry, message->error.code, message->error.text);
}

static void take_results(struct fetch *fetch, const struct message *message, struct slice *body)
{
    struct batch batch;
    struct result_header result;
    struct slice piece;
    if (fetch->phase != FETCH_GETS || !batch_open(&batch, message, body))
        return;
    while (batch_next_result(&batch, &result, &piece)) {
        struct fetch_entry *entry = entry_of(fetch, result.uuid, result.return_address.slot);
        if (!entry)
            continue;
        if (piece.size > 0)
            entry->body = slice_keep(piece.blob, piece.offset, piece.size);
        end_entry(fetch, entry, FETCH_DONE);
    }
}

void fetch_take(struct fetch *fetch, struct client *client, const struct message *message, struct slice *body,
                uint64_t now)
{
    switch (message->kind) {
    case KIND_STATUS: take_status(fetch, message); break;
    case KIND_ERROR: take_error(fetch, message, now); break;
    case KIND_RESULT:
    case KIND_RESULT_BATCH: take_results(fetch, message, body); break;
    default: break;
    }
    fetch_send(fetch, client, now);
}

void fetch_send(struct fetch *fetch, struct client *client, uint64_t now)
{
    if (fetch->phase != FETCH_GETS || now < fetch->again_at)
        return;
    for (; fetch->wanted < fetch->entry_count && fetch->requested < MOST_REQUESTS; fetch->wanted++) {
        struct fetch_entry *entry = &fetch->entries[fetch->wanted];
        const struct fetch_target *target = &fetch->targets[entry->target];
        struct message message = {.kind = KIND_REQUEST};
        if (entry->state != FETCH_WANTED)
            continue;
        message.request.corr = NO_NUMBER;
        message.request.uuid = target->uuid;
        message.request.slot = entry->slot;
        client_send(client, &message, SLICE_NONE);
        entry->state = FETCH_REQUESTED;
        fetch->requested++;
        if (target->ended < target->total)
            ask(fetch, client, entry->target, FENCE);
    }
}

bool fetch_next(const struct fetch *fetch, struct work_outcome *outcome)
{
    if (fetch->shown == fetch->entry_count)
        return false;
    const struct fetch_entry *entry = &fetch->entries[fetch->shown];
    if (entry->state != FETCH_DONE && entry->state != FETCH_FAILED)
        return false;
    *outcome = (struct work_outcome){.number = fetch->shown,
                                     .slot = entry->slot,
                                     .done = entry->state == FETCH_DONE,
                                     .body = entry->body,
                                     .code = entry->code,
                                     .text = entry->text};
    memcpy(outcome->uuid, fetch->targets[entry->target].uuid, UUID_SIZE);
    return true;
}

void fetch_drop(struct fetch *fetch)
{
    struct fetch_entry *entry = &fetch->entries[fetch->shown++];
    slice_drop(&entry->body);
    mem_free(entry->text);
    entry->text = NULL;
}

static void send_release(struct client *client, struct builder *slots)
{
    struct message message = {.kind = KIND_RELEASE};
    message.release.slots = builder_list(slots);
    client_send(client, &message, SLICE_NONE);
    builder_reset(slots);
}

void fetch_release(struct fetch *fetch, struct client *client)
{
    struct builder slots = {0};
    for (uint64_t i = 0; i < fetch->shown; i++) {
        const struct fetch_entry *entry = &fetch->entries[i];
        builder_slot(&slots, fetch->targets[entry->target].uuid, entry->slot);
        if (slots.count == MOST_RELEASED)
            send_release(client, &slots);
    }
    if (slots.count > 0)
        send_release(client, &slots);
    builder_free(&slots);
}

uint64_t fetch_deadline(const struct fetch *fetch)
{
    return fetch->phase == FETCH_GETS && fetch->wanted < fetch->entry_count && fetch->requested == 0
               ? fetch->again_at
               : NEVER;
}
