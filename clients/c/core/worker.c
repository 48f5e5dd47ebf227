/* worker: making a worker's core, and its end; see worker.h. */
#include <stdio.h>
#include <string.h>

#include "clients/c/core/worker_inner.h"
#include "common/base/mem.h"

enum {
    EXPIRY = 60000,      /* ms; the shim's holds where it is smaller */
    WINDOW = 8 << 20,    /* bytes */
    REDIAL = 1000,       /* ms between attempts, at most */
    MOST_CONNECTIONS = 4 /* an old one may be closing */
};

struct worker *worker_new(const struct worker_config *config, uint64_t now)
{
    struct worker *worker = mem_zalloc(1, sizeof *worker);
    memcpy(worker->boot, config->boot, UUID_SIZE);
    snprintf(worker->name, sizeof worker->name, "%s", config->name);
    snprintf(worker->software, sizeof worker->software, "%s", config->software);
    snprintf(worker->address, sizeof worker->address, "%s", config->address);
    struct post_config post = {.boot = worker->boot,
                               .seed = config->seed,
                               .software = worker->software,
                               .name = worker->name,
                               .features = (config->reports_end ? FEATURE_ENDED : 0u) |
                                           (config->shares ? FEATURE_SHARE : 0u) | FEATURE_SESSIONS |
                                           FEATURE_TIMES,
                               .worker = true,
                               .redial = REDIAL,
                               .max_connections = MOST_CONNECTIONS};
    post.limits[ROLE_BOSS] = (struct link_limits){
        .expiry = EXPIRY, .window = WINDOW, .max_body = config->max_body, .max_queue = UINT64_MAX};
    post_init(&worker->post, &post, NULL, 0, now / NS_IN_MS);
    post_line_add(&worker->post, 0, worker->address, ROLE_BOSS, now / NS_IN_MS);
    for (size_t i = 0; i < config->runtime_count; i++)
        builder_runtime(&worker->runtimes, span_text(config->runtimes[i].name),
                        span_text(config->runtimes[i].version));
    worker->now = now;
    worker->page = config->page;
    worker->mail.last = &worker->mail.first;
    worker->armed = worker->busy_since = worker->flush_at = worker->tick_at = worker->begun_at = NEVER;
    return worker;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    for (struct item *next; worker->mail.first; worker->mail.first = next) {
        next = worker->mail.first->next;
        mailroom_item_free(&worker->mail.first->shown);
    }
    ahead_free(worker);
    for (uint32_t i = 0; i < worker->done_count; i++)
        slice_drop(&worker->done[i].body);
    mem_free(worker->done);
    post_free(&worker->post);
    builder_free(&worker->runtimes);
    builder_free(&worker->cancels);
    builder_free(&worker->list);
    mem_free(worker);
}

bool worker_id(const struct worker *worker, uint32_t *id)
{
    *id = worker->id;
    return worker->has_id;
}

void worker_counts(struct worker *worker, uint64_t now, struct mailroom_worker_counts *counts)
{
    worker_tick(worker, now);
    counts->tasks = worker->received;
    counts->given = worker->given;
    counts->ahead = worker->ahead_count;
    counts->wanted_ahead = pace_ahead(worker);
    counts->returned = worker->returned;
    counts->max_body = worker->boss ? worker->boss->link.peer_max_body : 0;
    counts->results = worker->results;
    counts->task_ns = worker->task_ns;
}
