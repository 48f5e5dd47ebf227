/* client_say: the messages of a simulated client; see client.h. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/client.h"

static void fill_header(const struct sim_job *job, uint32_t slot, uint64_t part, struct task_header *header)
{
    *header = (struct task_header){.return_address = {WORKER_NIL, slot, 0},
                                   .uuid = job->uuid,
                                   .runtime = span_text(job->runtime),
                                   .priority = job->priority,
                                   .flags = (job->deliver ? TASK_DELIVER : 0) | (job->keep ? TASK_KEEP : 0),
                                   .name = span_text("root"),
                                   .shared = part};
}

uint64_t client_part_of(const struct sim_job *job)
{
    uint64_t seed;
    memcpy(&seed, job->uuid, sizeof seed);
    return seed;
}

static struct slice body_of(const struct sim_job *job, uint32_t slot, uint64_t part)
{
    const struct spec *spec = &job->slots[slot].spec;
    return part ? program_rest(spec, client_part_of(job)) : program_body(spec);
}

static void say_tasks(struct client *client, struct sim_job *job, uint64_t part)
{
    struct message message = {.kind = KIND_SUBMIT};
    struct builder tasks = {0}, lengths = {0}, bytes = {0};
    struct task_header header;
    if (job->count == 1) {
        fill_header(job, 0, part, &message.submit);
        job->seq = line_send(&client->line, &message, body_of(job, 0, part));
        return;
    }
    size_t size = 0;
    uint8_t *whole = NULL;
    for (uint32_t slot = 0; slot < job->count; slot++) {
        struct slice body = body_of(job, slot, part);
        fill_header(job, slot, part, &header);
        builder_task(&tasks, &header);
        builder_number(&lengths, body.size);
        whole = mem_resize(whole, size + body.size, 1);
        memcpy(whole + size, slice_data(&body), body.size);
        size += body.size;
        slice_drop(&body);
    }
    message.kind = KIND_SUBMIT_BATCH;
    message.batch.tasks = builder_list(&tasks);
    message.batch.lengths = builder_list(&lengths);
    job->seq = line_send(&client->line, &message, (struct slice){blob_copy(whole, size), 0, size});
    builder_free(&tasks);
    builder_free(&lengths);
    builder_free(&bytes);
    mem_free(whole);
}

void client_say_submit(struct client *client, struct sim_job *job)
{
    bool shares = job->shares && (client->line.takes & FEATURE_SHARE);
    uint64_t part = shares ? line_share(&client->line, client_part_of(job)) : 0;
    say_tasks(client, job, part);
    if (part)
        line_unshare(&client->line, part);
}

void client_say_request(struct client *client, const struct sim_job *job, uint64_t slot)
{
    struct message message = {.kind = KIND_REQUEST};
    message.request.corr = ++client->corr;
    message.request.uuid = job->uuid;
    message.request.slot = slot;
    line_send(&client->line, &message, SLICE_NONE);
}

void client_say_status(struct client *client, const struct sim_job *job)
{
    struct message message = {.kind = KIND_STATUS};
    message.status.corr = ++client->corr;
    message.status.uuid = job->uuid;
    line_send(&client->line, &message, SLICE_NONE);
}

void client_say_cancel(struct client *client, const struct sim_job *job)
{
    struct message message = {.kind = KIND_CANCEL};
    message.cancel.corr = ++client->corr;
    message.cancel.uuid = job->uuid;
    message.cancel.state = NO_NUMBER;
    line_send(&client->line, &message, SLICE_NONE);
}

void client_say_release(struct client *client, const struct sim_job *job)
{
    struct builder slots = {0};
    struct message message = {.kind = KIND_RELEASE};
    if (job->ended == job->count && rng_chance(&client->rng, 1, 2)) {
        builder_slot(&slots, job->uuid, NO_NUMBER);
    } else {
        for (uint32_t slot = 0; slot < job->count; slot++)
            if (job->slots[slot].is != SLOT_WAITS)
                builder_slot(&slots, job->uuid, slot);
    }
    message.release.slots = builder_list(&slots);
    line_send(&client->line, &message, SLICE_NONE);
    builder_free(&slots);
}

void client_say_connect(struct client *client)
{
    char path[64];
    struct builder paths = {0};
    struct message message = {.kind = KIND_CONNECT};
    client->paths = client->hoards_paths ? rng_between(&client->rng, 1, MOST_PATHS) : 0;
    for (unsigned i = 0; i < client->paths; i++) {
        snprintf(path, sizeof path, "%x", client->paths_so_far++);
        builder_text(&paths, path, strlen(path));
    }
    snprintf(path, sizeof path, "lib/%s", client->process->name);
    if (!client->hoards_paths)
        builder_text(&paths, path, strlen(path));
    message.connect.corr = client->connect = ++client->corr;
    message.connect.paths = builder_list(&paths);
    line_send(&client->line, &message, SLICE_NONE);
    builder_free(&paths);
}

void client_say_disconnect(struct client *client)
{
    struct message message = {.kind = KIND_DISCONNECT};
    message.disconnect.corr = ++client->corr;
    message.disconnect.text = span_text("done");
    line_send(&client->line, &message, SLICE_NONE);
}
