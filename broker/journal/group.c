/* group: the net effect of a group of records; see group.h. */
#include "broker/journal/group.h"

#include <string.h>

#include "common/base/mem.h"

enum { FIRST = 64 /* records */ };

void group_add(struct group *group, struct record *record)
{
    if (group->count == group->capacity) {
        group->capacity = group->capacity ? 2 * group->capacity : FIRST;
        group->records = mem_resize(group->records, group->capacity, sizeof *group->records);
        group->places = mem_resize(group->places, group->capacity, sizeof *group->places);
        group->deeds = mem_resize(group->deeds, group->capacity, sizeof *group->deeds);
    }
    group->records[group->count++] = record;
}

static uint32_t hash_of(const struct record_key *key)
{
    uint64_t hash = (key->high ^ (uint64_t)key->kind << 56) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 29 ^ key->low ^ (uint64_t)key->part << 40) * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(hash >> 32);
}

/* The key's entry, or the free place where it would be. */
static struct group_entry *entry_of(const struct group *group, const struct record_key *key)
{
    for (uint32_t at = hash_of(key);; at++) {
        struct group_entry *entry = &group->entries[at & group->mask];
        if (entry->key.kind == 0 || memcmp(&entry->key, key, sizeof *key) == 0)
            return entry;
    }
}

/* Room for all keys, at most half full, and empty. */
static void clear_entries(struct group *group)
{
    uint32_t size = FIRST;
    while (size < 2 * group->count)
        size *= 2;
    if (size > group->entry_capacity) {
        mem_free(group->entries);
        group->entries = mem_zalloc(size, sizeof *group->entries);
        group->entry_capacity = size;
    } else {
        memset(group->entries, 0, size * sizeof *group->entries);
    }
    group->mask = size - 1;
}

/* Whether the group has made this row, and not dropped it, so far. */
static bool is_alive(const struct group *group, const struct group_entry *entry)
{
    return entry->key.kind != 0 && entry->fresh && group->records[entry->last]->verb != RECORD_DROP;
}

static void note(struct group *group, uint32_t at, struct group_entry *entry, const struct record_key *key)
{
    const struct record *record = group->records[at];
    group->places[at] = (uint32_t)(entry - group->entries);
    if (entry->key.kind == 0) {
        entry->key = *key;
        entry->fresh = record->verb == RECORD_NEW;
    }
    entry->last = at;
    if (record->verb == RECORD_DROP)
        entry->dropped = at + 1;
}

/* Rows that go with another one, and are not counted by themselves. */
static bool is_owned(const struct record *record)
{
    return record_owner(record).kind != 0 || record->kind == RECORD_CANCELLED; /* whose DROP names no owner */
}

static void note_all(struct group *group)
{
    uint32_t alive = 0;
    group->quiet = 0;
    for (uint32_t i = 0; i < group->count; i++) {
        struct record_key key = record_key(group->records[i]);
        struct group_entry *entry = entry_of(group, &key);
        bool was_alive = is_alive(group, entry);
        note(group, i, entry, &key);
        if (!is_owned(group->records[i]))
            alive += (uint32_t)is_alive(group, entry) - (uint32_t)was_alive;
        if (alive == 0)
            group->quiet = i + 1;
    }
}

/* Whether its owner is dropped after it. */
static bool goes_with_its_owner(const struct group *group, uint32_t at)
{
    struct record_key owner = record_owner(group->records[at]);
    return owner.kind != 0 && entry_of(group, &owner)->dropped > at;
}

static enum deed deed_of(const struct group *group, uint32_t at)
{
    const struct group_entry *entry = &group->entries[group->places[at]];
    if (goes_with_its_owner(group, at))
        return DEED_NOTHING;
    if (group->records[at]->verb == RECORD_DROP) /* also where the row comes again: what it owned goes */
        return entry->fresh ? DEED_NOTHING : DEED_DELETE;
    return entry->last == at ? DEED_WRITE : DEED_NOTHING;
}

void group_settle(struct group *group)
{
    clear_entries(group);
    note_all(group);
    group->writes = group->deletes = 0;
    for (uint32_t i = 0; i < group->count; i++) {
        group->deeds[i] = (uint8_t)deed_of(group, i);
        group->writes += group->deeds[i] == DEED_WRITE;
        group->deletes += group->deeds[i] == DEED_DELETE;
    }
}

void group_cut(struct group *group)
{
    group->count = group->quiet;
    group_settle(group);
}

void group_clear(struct group *group)
{
    for (uint32_t i = 0; i < group->count; i++)
        record_free(group->records[i]);
    group->count = 0;
}

void group_free(struct group *group)
{
    group_clear(group);
    mem_free(group->records);
    mem_free(group->places);
    mem_free(group->deeds);
    mem_free(group->entries);
    *group = (struct group){0};
}
