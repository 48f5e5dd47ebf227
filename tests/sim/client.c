/* client: what a simulated client does, and when; see client.h. */
#include "tests/sim/client.h"

#include <string.h>

#include "common/base/mem.h"

enum {
    SPREAD = 20000, /* ms over which the submits are spread */
    LINKED = 6000   /* ms after which all are linked where nothing goes wrong */
};

/* Roots differ much in size: most are small. */
static void draw_root(struct client *client, struct sim_slot *slot)
{
    struct rng *rng = &client->rng;
    slot->spec = (struct spec){.seed = rng_next(rng), .depth = (uint8_t)rng_below(rng, 6)};
    slot->spec.budget = (uint16_t)rng_below(rng, rng_chance(rng, 1, 4) ? 150 : 20);
    if (client->large)
        slot->spec.flags |= SPEC_LARGE;
    if (client->deadly)
        slot->spec.flags |= SPEC_DEADLY;
    if (client->mute)
        slot->spec.flags |= SPEC_MUTE;
    if (client->process->world->settings.bulky)
        slot->spec.flags |= SPEC_BULKY;
    if (client->process->world->settings.max_logs)
        slot->spec.flags |= SPEC_LOUD;
    slot->answer = program_evaluate(&slot->spec);
}

static void draw_job(struct client *client, struct sim_job *job, uint32_t most)
{
    struct rng *rng = &client->rng;
    job->count = rng_chance(rng, 1, 3) ? rng_between(rng, 1, most < LARGEST_MAP ? most : LARGEST_MAP) : 1;
    job->slots = mem_zalloc(job->count, sizeof *job->slots);
    for (uint32_t i = 0; i < job->count; i++)
        draw_root(client, &job->slots[i]);
    rng_bytes(rng, job->uuid, UUID_SIZE);
    job->deliver = rng_chance(rng, 1, 2);
    job->keep = rng_chance(rng, 1, 3);
    if (client->process->world->settings.tight)
        job->keep = false; /* who keeps all that he had fills the place of his own next tasks */
    job->shares = rng_chance(rng, 1, 2);
    job->priority = (uint8_t)(128 + rng_below(rng, 3));
    job->runtime = rng_chance(rng, 1, 3) ? "bqskit" : "python";
    job->submit_at = rng_below(rng, SPREAD);
    if (client->process->world->settings.bulky)
        job->submit_at += LINKED; /* none is to fail since who takes it is not there yet */
    job->request_at = job->deliver ? NEVER : job->submit_at + rng_below(rng, SPREAD / 4);
    job->cancel_at = rng_chance(rng, 1, 10) ? job->submit_at + rng_below(rng, SPREAD / 10) : NEVER;
    job->release_at = job->keep && rng_chance(rng, 1, 2) ? job->submit_at + rng_below(rng, SPREAD) : NEVER;
    job->again_at = job->keep && rng_chance(rng, 1, 3) ? job->submit_at + rng_below(rng, SPREAD) : NEVER;
    job->status_at = rng_chance(rng, 1, 3) ? job->submit_at + rng_below(rng, SPREAD / 4) : NEVER;
}

struct client *client_new(struct process *process, unsigned roots)
{
    struct client *client = mem_zalloc(1, sizeof *client);
    client->process = process;
    client->rng = rng_of(rng_next(&process->rng), 0);
    client->large = rng_chance(&client->rng, 1, 10) && !process->world->settings.bulky;
    client->deadly = process->world->plan.kinds >> FAULT_WORKER & 1 && rng_chance(&client->rng, 1, 6);
    client->mute = process->world->settings.cluster;
    rng_bytes(&client->rng, client->session, UUID_SIZE);
    while (roots > 0) {
        client->jobs = mem_resize(client->jobs, client->job_count + 1, sizeof *client->jobs);
        struct sim_job *job = &client->jobs[client->job_count++];
        *job = (struct sim_job){0};
        draw_job(client, job, roots);
        roots -= job->count;
    }
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    for (uint32_t i = 0; i < client->job_count; i++)
        mem_free(client->jobs[i].slots);
    mem_free(client->jobs);
    mem_free(client);
}

void client_start(struct client *client)
{
    struct rng *rng = &client->rng;
    client->runs = true;
    client->line = (struct line){
        .role = ROLE_CLIENT,
        .name = client->process->name,
        .session = client->session,
        .rng = rng_of(rng_next(rng), 0),
        .limits = {.heartbeat = 300 + rng_below(rng, 2000),
                   .expiry = 60000,
                   .window = 1024u << rng_below(rng, 14),
                   .max_body = 1 << 30,
                   .max_queue = 1 << 30},
    };
    rng_bytes(rng, client->line.boot, UUID_SIZE);
    line_init(&client->line, process_now(client->process) + rng_below(rng, 500));
}

void client_stop(struct client *client)
{
    if (client->runs)
        line_free(&client->line);
    client->runs = false;
}

bool client_job_ended(const struct sim_job *job)
{
    return job->ended == job->count || job->is == JOB_CANCELLED;
}

bool client_is_done(const struct client *client)
{
    for (uint32_t i = 0; i < client->job_count; i++)
        if (!client_job_ended(&client->jobs[i]))
            return false;
    return true;
}

/* A job's times are those since the world's start. */
static uint64_t own_time(uint64_t now)
{
    return now - WORLD_START;
}

/* Whether a submit need not be said again: the broker has a journal, in which it is. */
static bool is_safe(const struct client *client, struct sim_job *job)
{
    const struct line *line = &client->line;
    job->safe = line->journals && line->session_known &&
                (job->safe || (job->seq != 0 && job->seq <= line->safe_before));
    job->seq = 0;
    return job->safe;
}

/* A new link: what is not finished and not safe is submitted again (the broker does nothing twice), and what
 * is not finished is asked for again. */
static void begin(struct client *client)
{
    client->links++;
    if (!client->line.session_known || client->line.another) {
        client->sessions++;
        client->logs = 0;
        client->logs_since = client->process->world->now;
    }
    if (rng_chance(&client->rng, 1, 2) || client->hoards_paths)
        client_say_connect(client);
    for (uint32_t i = 0; i < client->job_count; i++) {
        struct sim_job *job = &client->jobs[i];
        bool safe = is_safe(client, job);
        if (job->is == JOB_PLANNED || client_job_ended(job))
            continue;
        if (job->is == JOB_CANCELLING) {
            client_say_cancel(client, job);
            continue;
        }
        if (!safe)
            client_say_submit(client, job);
        if (!job->deliver && job->request_at == NEVER)
            job->request_at = own_time(process_now(client->process)) + rng_below(&client->rng, 500);
    }
    if (client->leaving)
        client_say_disconnect(client);
}

static bool is_due(uint64_t *at, uint64_t now)
{
    if (*at > now)
        return false;
    *at = NEVER;
    return true;
}

static void request(struct client *client, struct sim_job *job)
{
    job->again |= job->keep; /* what is kept is told as often as it is asked for */
    if (rng_chance(&client->rng, 1, 2)) {
        client_say_request(client, job, NO_NUMBER);
        return;
    }
    for (uint32_t slot = 0; slot < job->count; slot++)
        if (job->slots[slot].is == SLOT_WAITS)
            client_say_request(client, job, slot);
}

static void act_on(struct client *client, struct sim_job *job, uint64_t now)
{
    bool wanted = job->is == JOB_PLANNED || (job->is == JOB_SUBMITTED && !client_job_ended(job));
    if (is_due(&job->submit_at, now) && wanted) {
        job->is = JOB_SUBMITTED;
        client_say_submit(client, job);
        if (rng_chance(&client->rng, 1, 20))
            client_say_submit(client, job);
    }
    if (job->is != JOB_SUBMITTED)
        return;
    if (is_due(&job->request_at, now) && job->ended < job->count)
        request(client, job);
    if (is_due(&job->status_at, now))
        client_say_status(client, job);
    if (is_due(&job->again_at, now)) {
        job->again = true;
        client_say_request(client, job, NO_NUMBER);
    }
    if (is_due(&job->release_at, now))
        client_say_release(client, job);
    if (is_due(&job->cancel_at, now) && job->ended < job->count) {
        job->is = JOB_CANCELLING;
        client_say_cancel(client, job);
    }
}

static void act(struct client *client, uint64_t now)
{
    if (client->line.state != LINE_OPEN || client->leaving)
        return;
    for (uint32_t i = 0; i < client->job_count; i++)
        act_on(client, &client->jobs[i], own_time(now));
    if (client_is_done(client)) {
        client->leaving = true;
        client_say_disconnect(client);
    }
}

void client_step(struct client *client, const struct event *event, struct outbox *outbox)
{
    struct message message;
    struct slice body;
    const char *why;
    if (event->kind == EVENT_TURN) {
        act(client, event->now);
        line_turn(&client->line, event->now, outbox);
        return;
    }
    switch (line_event(&client->line, event, outbox, &message, &body, &why)) {
    case LINE_NOTHING:
    case LINE_WENT_ON:
    case LINE_REFUSED: break;
    case LINE_BEGAN:
        if (!client->left)
            begin(client);
        break;
    case LINE_DELIVER:
        client_read(client, &message, &body);
        slice_drop(&body);
        break;
    case LINE_LOST:
        if (*why)
            world_trace(client->process->world, "%s: its link is over: %s", client->process->name, why);
        break;
    }
    if (client->left && client->line.state != LINE_OVER)
        line_drop(&client->line, outbox);
}

uint64_t client_deadline(const struct client *client)
{
    if (!client->runs)
        return NEVER;
    uint64_t due = line_deadline(&client->line);
    if (client->line.state != LINE_OPEN || client->leaving)
        return due;
    for (uint32_t i = 0; i < client->job_count; i++) {
        const struct sim_job *job = &client->jobs[i];
        const uint64_t times[] = {job->submit_at, job->request_at, job->cancel_at,
                                  job->status_at, job->release_at, job->again_at};
        bool acts = job->is == JOB_PLANNED || job->is == JOB_SUBMITTED;
        for (unsigned t = 0; acts && t < (job->is == JOB_PLANNED ? 1 : 6); t++)
            if (times[t] != NEVER && times[t] + WORLD_START < due)
                due = times[t] + WORLD_START;
    }
    return due;
}
