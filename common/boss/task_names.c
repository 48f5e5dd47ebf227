/* task_names: see task_names.h. */
#include "common/boss/task_names.h"

#include "common/base/bytes.h"
#include "common/base/mem.h"

struct name {
    uint32_t uses;
    uint32_t size;
    char *text; /* owned */
};

static struct name *at(const struct task_names *names, uint32_t number)
{
    return slab_at(&names->slab, number);
}

void task_names_init(struct task_names *names, uint64_t seed)
{
    *names = (struct task_names){.seed = seed, .last = NO_NAME};
    slab_init_giving(&names->slab, sizeof(struct name));
    index_init(&names->by_text);
}

void task_names_free(struct task_names *names)
{
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&names->by_text, &place)) != NO_RECORD;)
        mem_free(at(names, number)->text);
    index_free(&names->by_text);
    slab_clear(&names->slab);
}

static uint32_t hash_of(const struct task_names *names, struct span text)
{
    return index_hash_bytes(names->seed, text.data, text.size);
}

static bool is(const struct task_names *names, uint32_t number, struct span text)
{
    const struct name *name = at(names, number);
    return name->size == text.size && bytes_same((const uint8_t *)name->text, text.data, text.size);
}

static uint32_t find(const struct task_names *names, struct span text, uint32_t hash)
{
    struct index_cursor cursor = index_find(&names->by_text, hash);
    for (uint32_t number; (number = index_next(&names->by_text, &cursor)) != NO_RECORD;) {
        if (is(names, number, text))
            return number;
    }
    return NO_RECORD;
}

uint32_t task_names_use(struct task_names *names, struct span text)
{
    if (text.size == 0)
        return NO_NAME;
    if (names->last == NO_NAME || !is(names, names->last, text)) {
        uint32_t hash = hash_of(names, text);
        names->last = find(names, text, hash);
        if (names->last == NO_RECORD) {
            names->last = slab_take(&names->slab);
            *at(names, names->last) =
                (struct name){.size = (uint32_t)text.size, .text = mem_copy(text.data, text.size)};
            index_add(&names->by_text, hash, names->last);
        }
    }
    at(names, names->last)->uses++;
    return names->last;
}

void task_names_share(struct task_names *names, uint32_t number)
{
    if (number != NO_NAME)
        at(names, number)->uses++;
}

void task_names_drop(struct task_names *names, uint32_t number)
{
    if (number == NO_NAME || --at(names, number)->uses > 0)
        return;
    index_remove(&names->by_text, hash_of(names, task_names_text(names, number)), number);
    mem_free(at(names, number)->text);
    slab_give(&names->slab, number);
    if (names->last == number)
        names->last = NO_NAME;
}

struct span task_names_text(const struct task_names *names, uint32_t number)
{
    if (number == NO_NAME)
        return (struct span){0};
    return (struct span){(const uint8_t *)at(names, number)->text, at(names, number)->size};
}

size_t task_names_cost(const struct task_names *names, uint32_t number)
{
    return number == NO_NAME ? 0 : at(names, number)->size + NAME_COST;
}
