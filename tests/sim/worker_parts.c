/* worker_parts: the shared parts that a simulated worker has from its boss; see worker.h. It judges: a task
 * names a part that is here, and no part comes twice or goes for nothing. */
#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/worker.h"

static struct sim_part **find(struct sim_worker *worker, uint64_t number)
{
    struct sim_part **at = &worker->parts;
    while (*at && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

void sim_read_share(struct sim_worker *worker, const struct message *message, const struct slice *body)
{
    uint64_t number = message->share.number;
    if (!worker->shares)
        worker->fault(worker->owner, "a part comes to a worker that takes none", NULL);
    if (*find(worker, number))
        worker->fault(worker->owner, "a part comes twice", NULL);
    struct sim_part *part = mem_zalloc(1, sizeof *part);
    *part = (struct sim_part){worker->parts, number, slice_ref(body)};
    worker->parts = part;
}

void sim_read_unshare(struct sim_worker *worker, uint64_t number)
{
    struct sim_part **at = find(worker, number), *part = *at;
    if (part == NULL) {
        worker->fault(worker->owner, "a part goes that is not here", NULL);
        return;
    }
    *at = part->next;
    slice_drop(&part->content);
    mem_free(part);
}

struct slice sim_whole_body(struct sim_worker *worker, const struct task_header *header,
                            const struct slice *piece)
{
    struct sim_part *part = header->shared ? *find(worker, header->shared) : NULL;
    if (header->shared && part == NULL)
        worker->fault(worker->owner, "a task begins with a part that its worker has not",
                      &header->return_address);
    if (part == NULL)
        return slice_ref(piece);
    uint8_t *at;
    size_t size = part->content.size + piece->size;
    struct blob *blob = blob_new(size, &at);
    memcpy(at, slice_data(&part->content), part->content.size);
    if (piece->size > 0)
        memcpy(at + part->content.size, slice_data(piece), piece->size);
    return (struct slice){blob, 0, size};
}

void sim_parts_free(struct sim_worker *worker)
{
    while (worker->parts)
        sim_read_unshare(worker, worker->parts->number);
}
