/* told: see told.h. */
#include "clients/c/core/told.h"

#include <string.h>

#include "common/base/mem.h"

void told_init(struct told *told)
{
    told->first = NULL;
    told->last = &told->first;
}

static void drop_first(struct told *told)
{
    struct told_entry *first = told->first;
    told->first = first->next;
    if (!told->first)
        told->last = &told->first;
    builder_free(&first->slots);
    mem_free(first);
}

void told_free(struct told *told)
{
    while (told->first)
        drop_first(told);
}

static struct told_entry *add(struct told *told, unsigned kind)
{
    struct told_entry *entry = mem_zalloc(1, sizeof *entry);
    entry->kind = kind;
    *told->last = entry;
    told->last = &entry->next;
    return entry;
}

struct told_entry *told_release(struct told *told, struct builder *slots)
{
    struct told_entry *entry = add(told, KIND_RELEASE);
    entry->slots = *slots;
    *slots = (struct builder){0};
    return entry;
}

struct told_entry *told_cancel(struct told *told, const uint8_t *uuid)
{
    struct told_entry *entry = add(told, KIND_CANCEL);
    memcpy(entry->uuid, uuid, UUID_SIZE);
    return entry;
}

void told_message(const struct told_entry *entry, struct message *message)
{
    *message = (struct message){.kind = entry->kind};
    if (entry->kind == KIND_RELEASE) {
        message->release.slots = builder_list(&entry->slots);
    } else {
        message->cancel.corr = NO_NUMBER;
        message->cancel.uuid = entry->uuid;
        message->cancel.state = NO_NUMBER;
    }
}

void told_read(struct told *told, uint64_t read)
{
    while (told->first && told->first->seq != 0 && told->first->seq <= read)
        drop_first(told);
}

void told_lost(struct told *told, uint64_t read)
{
    told_read(told, read);
    for (struct told_entry *entry = told->first; entry; entry = entry->next)
        entry->seq = 0;
}
