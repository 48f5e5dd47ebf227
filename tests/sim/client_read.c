/* client_read: a simulated client judges what it is told; see client.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/boss/paths.h"
#include "common/wire/batch.h"
#include "tests/sim/bounds.h"
#include "tests/sim/client.h"
#include "tests/sim/hoarder.h"

enum {
    LEAST_LOSSES = 3, /* max_attempts: fewer deaths cannot end a task */
    PATIENCE = 200,   /* times that a submit is BUSY for want of room while nothing ends, and then no more */
};

static void wrong(const struct client *client, const struct sim_job *job, uint64_t slot, const char *text)
{
    long long number = job ? job - client->jobs : -1;
    world_fail(client->process->world, "%s, job %lld, slot %lld: %s", client->process->name, number,
               (long long)slot, text);
}

static struct sim_job *job_of(struct client *client, const uint8_t *uuid)
{
    for (uint32_t i = 0; uuid && i < client->job_count; i++)
        if (memcmp(client->jobs[i].uuid, uuid, UUID_SIZE) == 0)
            return &client->jobs[i];
    return NULL;
}

/* The slot that a RESULT or an ERROR ends; NULL: it ends none. */
static struct sim_slot *slot_of(struct client *client, struct sim_job *job, uint64_t number)
{
    if (job == NULL) {
        wrong(client, job, number, "it is told of a task that is not its own");
    } else if (number >= job->count) {
        wrong(client, job, number, "there is no such slot");
    } else if (job->is == JOB_PLANNED || job->is == JOB_CANCELLED) {
        wrong(client, job, number, "it hears of a task before its submit, or after its cancel");
    } else {
        return &job->slots[number];
    }
    return NULL;
}

static void end(struct client *client, struct sim_job *job, struct sim_slot *slot, enum slot_is is)
{
    uint64_t number = (uint64_t)(slot - job->slots);
    if (slot->is != SLOT_WAITS) { /* told again on another link, for the acknowledgement was lost */
        bool other = slot->is != is && slot->ended_in == client->sessions;
        if (other || (slot->ended_on == client->links && !job->again))
            wrong(client, job, number, "it ends twice");
        return;
    }
    for (uint32_t i = 0; i < client->job_count; i++)
        client->jobs[i].tries = 0;
    slot->is = is;
    slot->ended_on = client->links;
    slot->ended_in = client->sessions;
    job->ended++;
    client->process->world->tally.roots++;
}

/* Whether its value is one that it cannot have: something of it is more than any may be. */
static bool is_too_much(const struct client *client, const struct sim_slot *slot)
{
    const struct settings *settings = &client->process->world->settings;
    return (settings->max_breadcrumbs && slot->answer.deep > settings->max_breadcrumbs) ||
           (settings->max_body && slot->answer.body > settings->max_body);
}

static void read_result(struct client *client, const struct result_header *result, const struct slice *body)
{
    struct sim_job *job = job_of(client, result->uuid);
    struct sim_slot *slot = slot_of(client, job, result->return_address.slot);
    uint64_t value;
    if (slot == NULL)
        return;
    if (slot->answer.fails)
        wrong(client, job, result->return_address.slot, "a result of a task that raises");
    else if (is_too_much(client, slot))
        wrong(client, job, result->return_address.slot,
              "a result, though some of it is larger or deeper than may be");
    else if (!program_read_result(body, &slot->spec, &value) || value != slot->answer.value)
        wrong(client, job, result->return_address.slot, "another result than its program's");
    end(client, job, slot, SLOT_DONE);
}

static void read_results(struct client *client, const struct message *message, const struct slice *body)
{
    struct batch batch;
    struct result_header result;
    struct slice piece;
    if (!batch_open(&batch, message, body)) {
        wrong(client, NULL, 0, "a batch's lengths do not add up");
        return;
    }
    while (batch_next_result(&batch, &result, &piece))
        read_result(client, &result, &piece);
}

/* Whether nothing went wrong so far, so that all who are there have been there since they came. */
static bool is_undisturbed(const struct world *world)
{
    const struct tally *tally = &world->tally;
    return tally->blips + tally->kills + tally->losses + tally->partitions + tally->stalls + tally->jumps +
                   tally->restarts ==
               0 &&
           !world->settings.apart && !world->settings.spare_connections;
}

/* Whether one of its tasks may be too large, or nested too deep: where all are there that take more than
 * others do, it is more than any takes. */
static bool is_too_large(const struct client *client, const struct sim_job *job, const struct sim_slot *slot)
{
    const struct settings *settings = &client->process->world->settings;
    size_t largest = slot->answer.largest,
           whole = slot->answer.body + program_part_size(client_part_of(job)) + 8;
    if (job->shares && whole > largest)
        largest = whole;
    if (settings->tight) /* with its children */
        return true;
    if (settings->max_breadcrumbs && slot->answer.reach > settings->max_breadcrumbs)
        return true;
    if (!settings->bulky)
        return false;
    return is_undisturbed(client->process->world) ? settings->max_body && largest > settings->max_body
                                                  : largest > LEAST_BODY;
}

/* Whether what happened in this run may end a task so. */
static bool is_explained(const struct client *client, const struct sim_job *job, const struct sim_slot *slot,
                         uint64_t code)
{
    const struct tally *tally = &client->process->world->tally;
    switch (code) {
    case CODE_TASK_FAILED: return slot->answer.fails;
    case CODE_TOO_MANY_ATTEMPTS: return tally->losses + tally->kills + tally->unread >= LEAST_LOSSES;
    case CODE_TOO_LARGE: return is_too_large(client, job, slot);
    default: return false;
    }
}

/* It is more than the broker keeps for a client at a time. */
static void refused_for_good(struct client *client, struct sim_job *job)
{
    client->process->world->tally.errors++;
    job->submit_at = NEVER;
    for (uint32_t i = 0; i < job->count; i++)
        if (job->slots[i].is == SLOT_WAITS)
            end(client, job, &job->slots[i], SLOT_FAILED);
}

/* The broker's journal takes no new work, or it has as many tasks as it may. Where that is a bound of bytes
 * the tasks may need the room that what is remembered takes. */
static void try_later(struct client *client, struct sim_job *job)
{
    if (job->safe)
        wrong(client, job, NO_NUMBER, "BUSY for what is safe");
    job->refused = true;
    if (client->process->world->settings.tight && ++job->tries > PATIENCE) {
        refused_for_good(client, job);
        return;
    }
    job->seq = 0; /* it is not there, however safe the message is */
    job->submit_at = process_now(client->process) - WORLD_START + 100 + rng_below(&client->rng, 1000);
    if (!job->deliver)
        job->request_at = job->submit_at + rng_below(&client->rng, 500);
}

/* An answer to a CONNECT; `refused`: not all of its import paths are kept. */
static void read_connected(struct client *client, uint64_t corr, bool refused)
{
    if (corr != client->connect)
        return;
    if (refused && client->paths_so_far <= MAX_PATHS)
        wrong(client, NULL, client->paths_so_far, "it may have its import paths, and is refused some");
    if (!refused && client->paths > MAX_PATHS)
        wrong(client, NULL, client->paths, "more import paths than it may have are kept");
}

static void read_error(struct client *client, const struct message *message)
{
    struct sim_job *job = job_of(client, message->error.uuid);
    uint64_t number = message->error.slot, code = message->error.code;
    char text[200];
    snprintf(text, sizeof text, "ERROR %s: %.*s", code_name((unsigned)code),
             message->error.text.size < 120 ? (int)message->error.text.size : 120,
             (const char *)message->error.text.data);
    if (job && job->refused && code == CODE_UNKNOWN_TASK)
        return;
    if (job && (code == CODE_UNKNOWN_TASK || code == CODE_CANCELLED)) { /* an answer to a request */
        if (number == NO_NUMBER
                ? job->ended < job->count && job->is == JOB_SUBMITTED
                : number < job->count && job->slots[number].is == SLOT_WAITS && job->is == JOB_SUBMITTED)
            wrong(client, job, number, text);
        return;
    }
    const struct settings *settings = &client->process->world->settings;
    bool bounded =
        client->line.journals || settings->max_tasks || settings->tight || settings->hoard == HOARD_RUNTIMES;
    if (job && code == CODE_BUSY && number == NO_NUMBER && bounded) {
        try_later(client, job);
        return;
    }
    if (job && code == CODE_TOO_LARGE && number == NO_NUMBER && settings->tight && !job->safe) {
        refused_for_good(client, job);
        return;
    }
    if (message->error.uuid == NULL && code == CODE_BUSY && settings->tight &&
        message->error.corr == client->connect)
        return; /* there is no room for its import paths: its tasks do without */
    if (message->error.uuid == NULL && code == CODE_TOO_LARGE && message->error.corr != NO_NUMBER) {
        read_connected(client, message->error.corr, true);
        return;
    }
    if (message->error.uuid == NULL || number == NO_NUMBER) {
        wrong(client, job, number, text);
        return;
    }
    struct sim_slot *slot = slot_of(client, job, number);
    if (slot == NULL)
        return;
    if (!is_explained(client, job, slot, code))
        wrong(client, job, number, text);
    if (slot->is == SLOT_FAILED && message->error.corr != NO_NUMBER)
        return; /* a request that crossed its failure is answered */
    client->process->world->tally.errors++;
    end(client, job, slot, SLOT_FAILED);
}

static void read_status(struct client *client, const struct message *message)
{
    struct sim_job *job = job_of(client, message->status.uuid);
    uint64_t sum = message->status.queued + message->status.running + message->status.done +
                   message->status.failed + message->status.cancelled;
    if (job == NULL)
        wrong(client, job, 0, "the STATUS of a task that is not its own");
    else if (message->status.state == STATE_UNKNOWN && job->is == JOB_SUBMITTED && job->ended < job->count &&
             !job->refused)
        wrong(client, job, 0, "its task is unknown");
    else if (message->status.state != STATE_UNKNOWN &&
             (message->status.total != job->count || sum != job->count))
        wrong(client, job, 0, "a STATUS that does not add up");
}

static void read_cancel(struct client *client, const struct message *message)
{
    struct sim_job *job = job_of(client, message->cancel.uuid);
    if (job == NULL || job->is != JOB_CANCELLING)
        wrong(client, job, 0, "an answer to a CANCEL that it did not ask for");
    else
        job->is = JOB_CANCELLED;
}

/* A worker's record: neither it nor this client may have more of them than their rate allows. Where another
 * broker goes on, a manager says to it again what it does not know to be safe; one that comes again was
 * counted to its worker. */
static void count_log(struct client *client, const struct message *message)
{
    char text[32], *rest;
    struct world *world = client->process->world;
    if (!world->settings.max_logs || message->log.logger.size != 3 ||
        memcmp(message->log.logger.data, "sim", 3) != 0)
        return;
    snprintf(text, sizeof text, "%.*s", (int)message->log.text.size, (const char *)message->log.text.data);
    struct logged *of_worker = world_logged(world, (uint32_t)strtoul(text, &rest, 10));
    bool new = world_log_is_new(of_worker, (uint32_t)strtoul(rest, NULL, 10));
    if (!world_rate_is_kept(world, ++client->logs, client->logs_since))
        wrong(client, NULL, client->logs, "more log records than its rate allows");
    if (new && !world_rate_is_kept(world, of_worker->count, of_worker->since))
        wrong(client, NULL, of_worker->count, "more log records of one worker than its rate allows");
}

static void read_log(struct client *client, const struct message *message)
{
    const struct settings *settings = &client->process->world->settings;
    if (message->log.uuid == NULL && (settings->tight || settings->max_logs))
        return; /* of the broker's: log records were dropped, for want of room, or since they were too many */
    count_log(client, message);
    struct sim_job *job = job_of(client, message->log.uuid);
    struct sim_slot *slot = slot_of(client, job, message->log.root.slot);
    if (slot && slot->is != SLOT_WAITS && slot->ended_on == client->links)
        wrong(client, job, message->log.root.slot, "a LOG after its end");
}

void client_read(struct client *client, const struct message *message, const struct slice *body)
{
    switch (message->kind) {
    case KIND_RESULT:
    case KIND_RESULT_BATCH: read_results(client, message, body); break;
    case KIND_ERROR: read_error(client, message); break;
    case KIND_STATUS: read_status(client, message); break;
    case KIND_CANCEL: read_cancel(client, message); break;
    case KIND_LOG: read_log(client, message); break;
    case KIND_READY: read_connected(client, message->ready.corr, false); break;
    case KIND_DISCONNECT:
        if (message->disconnect.corr != NO_NUMBER)
            client->left = true;
        break;
    default: wrong(client, NULL, message->kind, "a message that no client should get");
    }
}
