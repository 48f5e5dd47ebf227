/* submit: tasks on their way in; see mailroom/client.h. */
#include <assert.h>
#include <string.h>

#include "clients/c/api/client_inner.h"
#include "common/base/mem.h"
#include "common/wire/wire.h"

enum { TASK_BYTES = 64 /* of a task's header besides its texts, at most */ };

/* A body that is the caller's memory, or a copy of it behind the struct. */
struct handed {
    struct blob_elsewhere head; /* first: release casts back */
    void (*release)(void *data, void *hint);
    void *hint;
    uint8_t bytes[];
};

static void release_handed(struct blob *blob)
{
    struct handed *handed = (struct handed *)blob;
    if (handed->release)
        handed->release((void *)(uintptr_t)blob_data(blob), handed->hint);
    mem_free(handed);
}

void client_give_back(const struct mailroom_body *body)
{
    if (body && body->release)
        body->release((void *)(uintptr_t)body->data, body->hint);
}

/* Takes a body over, or copies it. False: no memory. */
bool client_take_body(const struct mailroom_body *body, struct slice *slice)
{
    *slice = SLICE_NONE;
    if (!body || body->size == 0) {
        client_give_back(body);
        return true;
    }
    struct handed *handed = mem_try(sizeof *handed + (body->release ? 0 : body->size));
    if (!handed) {
        client_give_back(body);
        return false;
    }
    handed->release = body->release;
    handed->hint = body->hint;
    if (!body->release)
        memcpy(handed->bytes, body->data, body->size);
    const uint8_t *data = body->release ? body->data : handed->bytes;
    *slice = (struct slice){blob_init(&handed->head, data, body->size, release_handed), 0, body->size};
    return true;
}

void mailroom_submit_init(struct mailroom_submit *submit, size_t size)
{
    struct mailroom_submit defaults = {.size = size, .priority = 128, .flags = MAILROOM_DELIVER};
    assert(size <= sizeof defaults);
    memcpy(submit, &defaults, size);
}

/* A name for people, cut where it is too long, not in the middle of a character. */
static struct span name_of(const char *name)
{
    struct span span = span_text(name ? name : "");
    if (span.size <= MAX_NAME)
        return span;
    span.size = MAX_NAME;
    span.size = wire_utf8(span.data, span.size);
    return span;
}

/* The task's header as its options say, and what they say to us. */
static int read_submit(const struct mailroom_submit *given, const uint8_t *uuid,
                       struct mailroom_submit *submit, struct task_header *header)
{
    mailroom_submit_init(submit, sizeof *submit);
    if (given && (given->size < sizeof given->size || given->size > sizeof *submit))
        return why(MAILROOM_EINVAL, "a submit of %zu bytes: call mailroom_submit_init first", given->size);
    if (given)
        memcpy(submit, given, given->size);
    struct span runtime = span_text(submit->runtime ? submit->runtime : "plain");
    if (runtime.size == 0 || runtime.size > MAX_RUNTIME ||
        wire_utf8(runtime.data, runtime.size) != runtime.size)
        return why(MAILROOM_EINVAL, "a runtime's name has 1 to %d bytes of UTF-8: '%.40s'", MAX_RUNTIME,
                   (const char *)runtime.data);
    if (submit->priority > UINT8_MAX)
        return why(MAILROOM_EINVAL, "a priority is from 0 to 255, not %u", submit->priority);
    if ((submit->flags & MAILROOM_GIVEN) && !uuid)
        return why(MAILROOM_EINVAL, "MAILROOM_GIVEN, and no uuid");
    if (submit->meta.size > MAX_META)
        return why(MAILROOM_ETOOLARGE, "a task's meta of %zu bytes: at most %d", submit->meta.size, MAX_META);
    *header = (struct task_header){.runtime = runtime,
                                   .name = name_of(submit->name),
                                   .meta = {submit->meta.data, submit->meta.size},
                                   .priority = (uint8_t)submit->priority,
                                   .flags = submit->flags & TASK_FLAG_BITS};
    return MAILROOM_OK;
}

/* Under the lock: whether so much may come in as well. */
static int check_room(struct mailroom_client *client, const struct mailroom_submit *submit,
                      const struct submission *submission)
{
    size_t shared = submission->shared.size, rest = submission->body.size, size = submission_size(submission);
    size_t largest = shared > rest ? shared : rest;
    uint64_t most = client->state.max_body, kept = client->state.kept + client->handed;
    if (most > 0 && largest > most)
        return why(MAILROOM_ETOOLARGE, "a body of %zu bytes; %s takes %llu at most", largest, client->address,
                   (unsigned long long)most);
    if (submit->flags & MAILROOM_INSIST)
        return MAILROOM_OK;
    if (!client_has_room(client))
        return why(MAILROOM_EAGAIN, "%s has no room, and %llu submits wait for it", client->address,
                   (unsigned long long)client_refused(client));
    if (kept > 0 && size > client->most_kept - (kept < client->most_kept ? kept : client->most_kept))
        return why(MAILROOM_EAGAIN,
                   "%llu bytes of tasks that have not ended are kept, %llu at most (most_kept)",
                   (unsigned long long)kept, (unsigned long long)client->most_kept);
    return MAILROOM_OK;
}

/* Random in its first half, counted in its second. */
static void draw_uuid(struct mailroom_client *client, uint8_t uuid[UUID_SIZE])
{
    uint64_t number = client->drawn++;
    memcpy(uuid, client->prefix, sizeof client->prefix);
    wire_store(uuid + 7, client->prefix[7], 8, number);
    uuid[8] = 0x80 | (uuid[8] & 0x3f);
}

/* Hands the submission in. It, and the op, are taken over in any case. */
static int hand_in(struct mailroom_client *client, const struct mailroom_submit *submit, struct op *op,
                   uint8_t *uuid)
{
    struct submission *submission = op->submission;
    client_lock(client);
    int error = client_refuses(client);
    if (error == MAILROOM_OK && (error = check_room(client, submit, submission)) != MAILROOM_OK)
        client_unlock(client);
    if (error != MAILROOM_OK) {
        op_free(op);
        return error;
    }
    submission->tag = submit->tag;
    if (submit->flags & MAILROOM_GIVEN)
        memcpy(submission->uuid, uuid, UUID_SIZE);
    else
        draw_uuid(client, submission->uuid);
    if (uuid)
        memcpy(uuid, submission->uuid, UUID_SIZE);
    client->handed += submission_size(submission);
    client->handed_submits++;
    client->handed_tasks += submission->total;
    client_hand_in(client, op);
    return MAILROOM_OK;
}

static int no_memory(void)
{
    return why(MAILROOM_ENOMEM, "no memory for a task");
}

int mailroom_client_submit(struct mailroom_client *client, const struct mailroom_submit *given,
                           const struct mailroom_body *body, uint8_t *uuid)
{
    struct mailroom_submit submit;
    struct task_header header = {0};
    struct slice slice;
    int error = client_enter(client);
    if (error == MAILROOM_OK)
        error = read_submit(given, uuid, &submit, &header);
    if (error != MAILROOM_OK) {
        client_give_back(body);
        return error;
    }
    if (!client_take_body(body, &slice))
        return no_memory();
    struct op *op = op_new(OP_SUBMIT, 0);
    struct submission *submission = op ? submission_new(&header, 1, false) : NULL;
    if (!submission) {
        slice_drop(&slice);
        mem_free(op);
        return no_memory();
    }
    submission->body = slice;
    op->submission = submission;
    return hand_in(client, &submit, op, uuid);
}

/* Each slot's part, end to end. */
static int join(struct submission *submission, const struct mailroom_span *parts, size_t count)
{
    size_t common = submission->shared.size, sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > UINT32_MAX - common || __builtin_add_overflow(sum, parts[i].size, &sum))
            return why(MAILROOM_ETOOLARGE, "a part of %zu bytes in a map", parts[i].size);
        submission->lengths[i] = (uint32_t)parts[i].size;
    }
    if (sum == 0)
        return MAILROOM_OK;
    struct handed *handed = mem_try(sizeof *handed + sum);
    if (!handed)
        return no_memory();
    handed->release = NULL;
    uint8_t *at = handed->bytes;
    for (size_t i = 0; i < count; i++)
        at = wire_put_raw(at, parts[i].data, parts[i].size);
    submission->body = (struct slice){blob_init(&handed->head, handed->bytes, sum, release_handed), 0, sum};
    return MAILROOM_OK;
}

static int map(struct mailroom_client *client, const struct mailroom_submit *given, struct slice *shared,
               const struct mailroom_span *parts, size_t count, uint8_t *uuid)
{
    struct mailroom_submit submit;
    struct task_header header = {0};
    uint32_t single;
    int error = client_enter(client);
    if (error == MAILROOM_OK)
        error = read_submit(given, uuid, &submit, &header);
    if (error != MAILROOM_OK)
        return error;
    size_t each = TASK_BYTES + header.runtime.size + header.name.size + header.meta.size;
    if (count == 0)
        return why(MAILROOM_EINVAL, "a map of no tasks");
    if (count > MAILROOM_MAP_MOST || count * each > MAX_HEADER)
        return why(MAILROOM_ETOOLARGE,
                   "a map of %zu tasks: at most %d, and %d bytes of headers, so that here %zu can go "
                   "in one; cut it into several",
                   count, MAILROOM_MAP_MOST, MAX_HEADER, MAX_HEADER / each);
    struct op *op = op_new(OP_SUBMIT, 0);
    struct submission *submission = op ? submission_new(&header, (uint32_t)count, false) : NULL;
    if (!submission) {
        mem_free(op);
        return no_memory();
    }
    op->submission = submission;
    submission->shared = *shared;
    *shared = SLICE_NONE;
    uint32_t *lengths = submission->lengths;
    if (!lengths)
        submission->lengths = &single;
    error = join(submission, parts, count);
    submission->lengths = lengths;
    if (error == MAILROOM_OK)
        return hand_in(client, &submit, op, uuid);
    op_free(op);
    return error;
}

/* What the tasks of a map begin with. One that is the same as the last map's is kept, and sent, once. Takes
 * the body over in any case. */
static int take_share(struct mailroom_client *client, const struct mailroom_body *shared, struct slice *share)
{
    struct slice old = SLICE_NONE;
    int error = client_enter(client);
    *share = SLICE_NONE;
    if (error == MAILROOM_OK && shared && shared->size > 0) {
        client_lock(client);
        const struct slice *last = &client->last_share;
        if (last->size == shared->size && memcmp(slice_data(last), shared->data, shared->size) == 0)
            *share = slice_ref(last);
        client_unlock(client);
    }
    if (error != MAILROOM_OK || share->size > 0) {
        client_give_back(shared);
        return error;
    }
    if (!client_take_body(shared, share))
        return no_memory();
    if (share->size > 0) {
        client_lock(client);
        old = client->last_share;
        client->last_share = slice_ref(share);
        client_unlock(client);
    }
    slice_drop(&old); /* without the lock, for it may be released by a function of the caller's */
    return MAILROOM_OK;
}

int mailroom_client_map(struct mailroom_client *client, const struct mailroom_submit *given,
                        const struct mailroom_body *shared, const struct mailroom_span *parts, size_t count,
                        uint8_t *uuid)
{
    struct slice slice;
    int error = take_share(client, shared, &slice);
    if (error != MAILROOM_OK)
        return error;
    error = map(client, given, &slice, parts, count, uuid);
    slice_drop(&slice);
    return error;
}
