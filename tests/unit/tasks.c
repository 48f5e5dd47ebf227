/* tasks: see tasks.h. */
#include "tasks.h"

struct address tasks_root(uint64_t mailbox, uint32_t slot)
{
    return (struct address){.worker = WORKER_NIL, .mailbox = mailbox, .slot = slot};
}

struct address tasks_child(uint32_t worker, uint64_t mailbox, uint32_t slot)
{
    return (struct address){.worker = worker, .mailbox = mailbox, .slot = slot};
}

struct task_header tasks_header(struct address address)
{
    return (struct task_header){
        .return_address = address,
        .comp_task_id = address.mailbox,
        .runtime = span_text("plain"),
        .priority = 128,
        .name = span_text(""),
        .meta = span_text(""),
    };
}

struct task_header tasks_header_below(struct address address, const struct builder *crumbs)
{
    struct task_header header = tasks_header(address);
    header.breadcrumbs = builder_list(crumbs);
    return header;
}

struct slice tasks_body(size_t size, uint8_t start)
{
    if (size == 0)
        return SLICE_NONE;
    uint8_t *bytes;
    struct blob *blob = blob_new(size, &bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(start + i % 251);
    return (struct slice){blob, 0, size};
}

bool tasks_is_body(const struct slice *body, size_t size, uint8_t start)
{
    if (body->size != size)
        return false;
    const uint8_t *bytes = slice_data(body);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (uint8_t)(start + i % 251))
            return false;
    }
    return true;
}

uint64_t tasks_roll(uint64_t *seed, uint64_t sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % sides;
}
