/* outstanding: see outstanding.h. */
#include "clients/c/core/outstanding.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/wire/wire.h"

struct submission *submission_new(const struct task_header *header, uint32_t total, bool adopted)
{
    size_t texts = header->runtime.size + header->name.size + header->meta.size;
    size_t tables = total > 1 && !adopted ? total * (sizeof(uint32_t) + 1) : 0,
           aligned = (texts + 3) & ~(size_t)3;
    struct submission *made = mem_try(sizeof *made + aligned + tables);
    if (!made)
        return NULL;
    *made = (struct submission){.total = total,
                                .ours = !adopted,
                                .priority = header->priority,
                                .flags = header->flags,
                                .runtime_size = (uint8_t)header->runtime.size,
                                .name_size = (uint8_t)header->name.size,
                                .meta_size = (uint32_t)header->meta.size};
    if (header->uuid)
        memcpy(made->uuid, header->uuid, UUID_SIZE);
    uint8_t *at = wire_put_raw(made->texts, header->runtime.data, header->runtime.size);
    at = wire_put_raw(at, header->name.data, header->name.size);
    wire_put_raw(at, header->meta.data, header->meta.size);
    made->slots = &made->one;
    if (adopted) {
        made->total = 1;
        submission_widen(made, total);
        return made;
    }
    if (total > 1) {
        made->lengths = (uint32_t *)(void *)(made->texts + aligned);
        made->slots = made->texts + aligned + total * sizeof(uint32_t);
    }
    memset(made->slots, SLOT_WAITED, total);
    made->waited = total;
    return made;
}

void submission_free(struct submission *submission)
{
    slice_drop(&submission->shared);
    slice_drop(&submission->body);
    mem_free(submission->at);
    if (!submission->ours && submission->slots != &submission->one)
        mem_free(submission->slots);
    mem_free(submission);
}

void submission_widen(struct submission *submission, uint32_t total)
{
    if (submission->ours || total <= submission->total)
        return;
    bool single = submission->slots == &submission->one;
    submission->slots = mem_resize(single ? NULL : submission->slots, total, 1);
    if (single)
        submission->slots[0] = submission->one;
    memset(submission->slots + submission->total, 0, total - submission->total);
    submission->total = total;
}

uint32_t submission_at(const struct submission *submission, uint32_t slot)
{
    return submission->at ? submission->at[slot] : slot;
}

uint32_t submission_slot(const struct submission *submission, uint64_t at)
{
    if (!submission->at)
        return at < submission->total ? (uint32_t)at : NO_SLOT;
    for (uint64_t slot = at; slot < submission->total; slot++) { /* numbers only ever get smaller */
        if (submission->at[slot] == at)
            return (uint32_t)slot;
    }
    return NO_SLOT;
}

static struct task_header header_of(const struct submission *submission)
{
    const uint8_t *name = submission->texts + submission->runtime_size;
    return (struct task_header){
        .return_address = {.worker = WORKER_NIL},
        .uuid = submission->uuid,
        .runtime = {submission->texts, submission->runtime_size},
        .priority = submission->priority,
        .flags = submission->flags,
        .name = {name, submission->name_size},
        .meta = {name + submission->name_size, submission->meta_size},
    };
}

/* How many of its tasks would be sent. */
static uint32_t count_sent(const struct submission *submission)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < submission->total; slot++)
        count += submission_at(submission, slot) != NO_SLOT;
    return count;
}

uint64_t submission_body_size(const struct submission *submission, bool joined)
{
    uint64_t shared = joined ? submission->shared.size : 0;
    return submission->body.size + (shared ? shared * count_sent(submission) : 0);
}

/* The bodies end to end, each with the shared part before it. */
static struct slice join(const struct submission *submission)
{
    uint64_t size = submission_body_size(submission, true);
    const uint8_t *piece = slice_data(&submission->body);
    uint8_t *to;
    struct blob *blob = blob_new(size, &to);
    for (uint32_t slot = 0; slot < submission->total; slot++) {
        size_t length = submission->total == 1 ? submission->body.size : submission->lengths[slot];
        if (submission_at(submission, slot) == NO_SLOT)
            continue;
        to = wire_put_raw(to, slice_data(&submission->shared), submission->shared.size);
        to = wire_put_raw(to, piece, length);
        piece += length;
    }
    return (struct slice){blob, 0, size};
}

void submission_message(const struct submission *submission, uint64_t part, struct message_parts *parts,
                        struct slice *body)
{
    struct task_header header = header_of(submission);
    size_t shared = part ? 0 : submission->shared.size;
    uint32_t count = 0;
    *parts = (struct message_parts){0};
    *body = shared > 0 ? join(submission) : slice_ref(&submission->body);
    header.shared = part;
    parts->message.kind = KIND_SUBMIT;
    parts->message.submit = header;
    if (submission->total == 1)
        return;
    for (uint32_t slot = 0; slot < submission->total; slot++) {
        if (submission_at(submission, slot) == NO_SLOT)
            continue;
        header.return_address.slot = count++;
        builder_task(&parts->tasks, &header);
        builder_number(&parts->lengths, shared + submission->lengths[slot]);
        header.uuid = NULL; /* the first one's is that of all */
    }
    if (count == 1)
        return;
    parts->message.kind = KIND_SUBMIT_BATCH;
    parts->message.batch.tasks = builder_list(&parts->tasks);
    parts->message.batch.lengths = builder_list(&parts->lengths);
}

void submission_message_free(struct message_parts *parts)
{
    builder_free(&parts->tasks);
    builder_free(&parts->lengths);
}

void outstanding_init(struct outstanding *outstanding, uint64_t seed)
{
    *outstanding = (struct outstanding){.seed = seed};
    slab_init(&outstanding->pointers, sizeof(struct submission *));
    index_init(&outstanding->index);
}

void outstanding_free(struct outstanding *outstanding)
{
    for (struct submission *one = outstanding->first, *next; one; one = next) {
        next = one->next;
        submission_free(one);
    }
    index_free(&outstanding->index);
    slab_clear(&outstanding->pointers);
}

static struct submission **place(const struct outstanding *outstanding, uint32_t number)
{
    return slab_at(&outstanding->pointers, number);
}

static uint32_t hash_of(const struct outstanding *outstanding, const uint8_t *uuid)
{
    return index_hash16(outstanding->seed, uuid);
}

void outstanding_add(struct outstanding *outstanding, struct submission *submission)
{
    submission->number = slab_take(&outstanding->pointers);
    *place(outstanding, submission->number) = submission;
    index_add(&outstanding->index, hash_of(outstanding, submission->uuid), submission->number);
    submission->previous = outstanding->last;
    submission->next = NULL;
    *(outstanding->last ? &outstanding->last->next : &outstanding->first) = submission;
    outstanding->last = submission;
    outstanding->slots += submission->waited;
    outstanding->submits += submission->waited > 0;
    outstanding->kept += submission_size(submission);
}

struct submission *outstanding_find(const struct outstanding *outstanding, const uint8_t *uuid)
{
    if (!uuid)
        return NULL;
    struct index_cursor cursor = index_find(&outstanding->index, hash_of(outstanding, uuid));
    for (uint32_t number; (number = index_next(&outstanding->index, &cursor)) != NO_RECORD;) {
        struct submission *found = *place(outstanding, number);
        if (memcmp(found->uuid, uuid, UUID_SIZE) == 0)
            return found;
    }
    return NULL;
}

static void unlink_it(struct outstanding *outstanding, struct submission *submission)
{
    *(submission->previous ? &submission->previous->next : &outstanding->first) = submission->next;
    *(submission->next ? &submission->next->previous : &outstanding->last) = submission->previous;
    index_remove(&outstanding->index, hash_of(outstanding, submission->uuid), submission->number);
    slab_give(&outstanding->pointers, submission->number);
}

void outstanding_mark(struct outstanding *outstanding, struct submission *submission, uint32_t slot,
                      unsigned set, unsigned clear)
{
    uint8_t *mask = &submission->slots[slot], before = *mask;
    *mask = (uint8_t)((before & ~clear) | set);
    int waited = (*mask & SLOT_WAITED) - (before & SLOT_WAITED);
    outstanding->submits -= submission->waited > 0;
    submission->waited += (uint32_t)waited;
    outstanding->slots += (uint64_t)waited;
    outstanding->submits += submission->waited > 0;
    submission->abandoned +=
        (uint32_t)(((*mask & SLOT_ABANDONED) - (before & SLOT_ABANDONED)) / SLOT_ABANDONED);
}

static void forget_body(struct outstanding *outstanding, struct submission *submission)
{
    outstanding->kept -= submission_size(submission);
    slice_drop(&submission->shared);
    slice_drop(&submission->body);
}

bool outstanding_sweep(struct outstanding *outstanding, struct submission *submission)
{
    if (submission->waited > 0)
        return false;
    forget_body(outstanding, submission);
    if (submission->abandoned > 0 || submission->at)
        return false;
    unlink_it(outstanding, submission);
    submission_free(submission);
    return true;
}

/* The pieces of the slots that are waited for, end to end. */
static struct slice cut(const struct submission *submission)
{
    size_t offset = 0, size = 0;
    uint8_t *to;
    for (uint32_t slot = 0; slot < submission->total; slot++)
        size += submission->slots[slot] & SLOT_WAITED ? submission->lengths[slot] : 0;
    if (size == 0)
        return SLICE_NONE;
    struct blob *blob = blob_new(size, &to);
    for (uint32_t slot = 0; slot < submission->total; slot++) {
        if (submission_at(submission, slot) == NO_SLOT)
            continue; /* it is not in the body */
        size_t length = submission->lengths[slot];
        if (submission->slots[slot] & SLOT_WAITED)
            to = wire_put_raw(to, slice_data(&submission->body) + offset, length);
        offset += length;
    }
    return (struct slice){blob, 0, size};
}

void outstanding_renew(struct outstanding *outstanding, struct submission *submission)
{
    uint32_t count = 0, sent = 0;
    for (uint32_t slot = 0; slot < submission->total; slot++) {
        if (submission->slots[slot] & SLOT_ABANDONED)
            outstanding_mark(outstanding, submission, slot, 0, SLOT_ABANDONED);
        sent += submission_at(submission, slot) != NO_SLOT;
    }
    if (submission->waited == sent)
        return; /* all that was sent is waited for */
    struct slice shared = slice_ref(&submission->shared), body = cut(submission);
    forget_body(outstanding, submission);
    submission->shared = shared;
    submission->body = body;
    outstanding->kept += submission_size(submission);
    if (!submission->at)
        submission->at = mem_zalloc(submission->total, sizeof *submission->at);
    for (uint32_t slot = 0; slot < submission->total; slot++)
        submission->at[slot] = submission->slots[slot] & SLOT_WAITED ? count++ : NO_SLOT;
}
