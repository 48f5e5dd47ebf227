/* record: rows as values: copied, freed, named by their keys. What they mean is the core's affair. */
#include "common/link/record.h"

#include "common/base/mem.h"

enum {
    MOST_SPANS = 3,
    BLOCK = 65536,     /* bytes of one, */
    LARGE = BLOCK / 8, /* and of a record that is not put into one */
};

#define BLOCK_OPEN (1u << 31)

struct record_block {
    atomic_uint left; /* records that are not freed; BLOCK_OPEN more than they seem while it is filled */
    _Alignas(8) uint8_t bytes[BLOCK]; /* records, before each a pointer to the block */
};

#define END_OF(field) (offsetof(struct record, field) + sizeof((struct record *)0)->field)

/* How much of the struct each kind has. */
static const uint16_t sizes[RECORD_KINDS] = {
    [RECORD_NUMBER] = END_OF(number),   [RECORD_MANAGER] = END_OF(manager),
    [RECORD_IDS] = END_OF(ids),         [RECORD_SESSION] = END_OF(session),
    [RECORD_PATHS] = END_OF(paths),     [RECORD_SHARE] = END_OF(share),
    [RECORD_JOB] = END_OF(job),         [RECORD_SLOT] = END_OF(slot),
    [RECORD_TASK] = END_OF(task),       [RECORD_FATE] = END_OF(fate),
    [RECORD_MESSAGE] = END_OF(message), [RECORD_CANCELLED] = END_OF(cancelled),
    [RECORD_ANSWER] = END_OF(answer),
};

/* The texts of a record, and its list if it has one. */
struct texts {
    struct span *spans[MOST_SPANS];
    unsigned count;
    struct list *list;
};

static struct texts texts_of(struct record *record)
{
    if (record->verb == RECORD_DROP)
        return (struct texts){.count = 0};
    switch (record->kind) {
    case RECORD_MANAGER: return (struct texts){{&record->manager.name, &record->manager.line}, 2, NULL};
    case RECORD_SESSION: return (struct texts){{&record->session.name}, 1, NULL};
    case RECORD_PATHS: return (struct texts){{NULL}, 0, &record->paths.texts};
    case RECORD_JOB: return (struct texts){{&record->job.name}, 1, NULL};
    case RECORD_SLOT: return (struct texts){{&record->slot.text}, 1, NULL};
    case RECORD_TASK:
        return (struct texts){
            {&record->task.runtime, &record->task.name, &record->task.meta}, 3, &record->task.breadcrumbs};
    case RECORD_FATE: return (struct texts){{&record->fate.losses}, 1, NULL};
    default: return (struct texts){.count = 0};
    }
}

static size_t list_size(const struct list *list)
{
    return list && list->at ? (size_t)(list->end - list->at) : 0;
}

/* Bytes of its texts and its list. */
static size_t size_of_texts(const struct record *record)
{
    if (record->verb == RECORD_DROP)
        return 0;
    switch (record->kind) {
    case RECORD_MANAGER: return record->manager.name.size + record->manager.line.size;
    case RECORD_SESSION: return record->session.name.size;
    case RECORD_PATHS: return list_size(&record->paths.texts);
    case RECORD_JOB: return record->job.name.size;
    case RECORD_SLOT: return record->slot.text.size;
    case RECORD_TASK:
        return record->task.runtime.size + record->task.name.size + record->task.meta.size +
               list_size(&record->task.breadcrumbs);
    case RECORD_FATE: return record->fate.losses.size;
    default: return 0;
    }
}

/* Puts bytes behind the others, and returns where. */
static const uint8_t *pack(uint8_t **at, const uint8_t *data, size_t size)
{
    const uint8_t *packed = *at;
    if (size)
        memcpy(*at, data, size);
    *at += size;
    return packed;
}

/* Makes `copy` one of `record`, of which `size` bytes are its own, with its texts behind it. */
static void copy_to(struct record *copy, const struct record *record, size_t size)
{
    memcpy(copy, record, size);
    struct texts texts = texts_of(copy);
    uint8_t *at = (uint8_t *)copy + size;
    for (unsigned i = 0; i < texts.count; i++)
        texts.spans[i]->data = pack(&at, texts.spans[i]->data, texts.spans[i]->size);
    if (texts.list) {
        size_t bytes = list_size(texts.list);
        texts.list->at = pack(&at, texts.list->at, bytes);
        texts.list->end = texts.list->at + bytes;
    }
}

struct record *record_copy(const struct record *record)
{
    size_t size = sizes[record->kind];
    struct record *copy = mem_alloc(size + size_of_texts(record));
    copy_to(copy, record, size);
    copy->packed = false;
    return copy;
}

/* So many records less. Acquire and release: who frees it sees that all others are done with theirs. */
static void leave_block(struct record_block *block, unsigned count)
{
    if (atomic_fetch_sub_explicit(&block->left, count, memory_order_acq_rel) == count)
        mem_free(block);
}

void record_packer_free(struct record_packer *packer)
{
    if (packer->block)
        leave_block(packer->block, BLOCK_OPEN - packer->made);
    *packer = (struct record_packer){0};
}

/* Where a record of `size` bytes goes. */
static struct record *place_for(struct record_packer *packer, size_t size)
{
    size_t bytes = sizeof(struct record_block *) + ((size + 7) & ~(size_t)7);
    if (packer->block == NULL || bytes > BLOCK - packer->used) {
        record_packer_free(packer);
        packer->block = mem_alloc(sizeof *packer->block);
        atomic_init(&packer->block->left, BLOCK_OPEN);
    }
    uint8_t *at = packer->block->bytes + packer->used;
    memcpy(at, &packer->block, sizeof packer->block);
    packer->used += (uint32_t)bytes;
    packer->made++;
    return (struct record *)(at + sizeof packer->block);
}

struct record *record_pack(struct record_packer *packer, const struct record *record)
{
    size_t size = sizes[record->kind], all = size + size_of_texts(record);
    if (all > LARGE)
        return record_copy(record);
    struct record *copy = place_for(packer, all);
    copy_to(copy, record, size);
    copy->packed = true;
    return copy;
}

void record_free(struct record *record)
{
    if (record == NULL)
        return;
    blob_unref(record->body.blob);
    if (record->packed) {
        struct record_block *block;
        memcpy(&block, (uint8_t *)record - sizeof block, sizeof block);
        leave_block(block, 1);
    } else {
        mem_free(record);
    }
}

static uint64_t low_of(const struct address *address)
{
    return (uint64_t)address->worker << 32 | address->slot;
}

static struct record_key key_of(uint32_t kind, const struct address *address, uint32_t part)
{
    return (struct record_key){kind, part, address->mailbox, low_of(address)};
}

static struct record_key key_of_boot(uint32_t kind, const uint8_t *boot)
{
    struct record_key key = {.kind = kind};
    memcpy(&key.high, boot, sizeof key.high);
    memcpy(&key.low, boot + sizeof key.high, sizeof key.low);
    return key;
}

struct record_key record_key(const struct record *record)
{
    uint32_t kind = record->kind;
    switch (record->kind) {
    case RECORD_NUMBER: return (struct record_key){kind, 0, 0, record->number.which};
    case RECORD_MANAGER: return key_of_boot(kind, record->manager.boot);
    case RECORD_IDS: return (struct record_key){kind, 0, 0, record->ids.lower};
    case RECORD_SESSION: return (struct record_key){kind, 0, 0, record->session.serial};
    case RECORD_PATHS: return (struct record_key){kind, 0, 0, record->paths.session};
    case RECORD_SHARE: return (struct record_key){kind, 0, 0, record->share.number};
    case RECORD_JOB: return (struct record_key){kind, 0, 0, record->job.mailbox};
    case RECORD_SLOT: return (struct record_key){kind, record->slot.slot, 0, record->slot.mailbox};
    case RECORD_TASK: return key_of(kind, &record->task.address, 0);
    case RECORD_FATE: return key_of(kind, &record->fate.address, 0);
    case RECORD_MESSAGE: return key_of(kind, &record->message.address, record->message.ordinal);
    case RECORD_CANCELLED: return key_of(kind, &record->cancelled.address, 0);
    case RECORD_ANSWER: return key_of(kind, &record->answer.address, 0);
    default: return (struct record_key){0};
    }
}

struct record_key record_owner(const struct record *record)
{
    switch (record->kind) {
    case RECORD_PATHS: return (struct record_key){RECORD_SESSION, 0, 0, record->paths.session};
    case RECORD_SLOT: return (struct record_key){RECORD_JOB, 0, 0, record->slot.mailbox};
    case RECORD_FATE: return key_of(RECORD_TASK, &record->fate.address, 0);
    case RECORD_MESSAGE: return key_of(RECORD_TASK, &record->message.address, 0);
    case RECORD_CANCELLED:
        if (record->verb == RECORD_DROP)
            break;
        return key_of(RECORD_TASK, &record->cancelled.root, 0);
    default: break;
    }
    return (struct record_key){0};
}

size_t record_cost(const struct record *record)
{
    return sizes[record->kind] + size_of_texts(record) + record->body.size;
}
