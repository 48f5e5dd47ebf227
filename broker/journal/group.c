/* group: the net effect of a group of records; see group.h. */
#include "broker/journal/group.h"

#include <string.h>

#include "common/base/mem.h"

enum {
    FIRST = 64,      /* records */
    MOST_CUT = 4096, /* that are moved at once: the loop waits for it */
};

/* A record, and what ties it to others. Nodes are numbers, NO_RECORD is none. */
struct group_node {
    struct record_key key;
    struct record *record; /* NULL: it is here only for what it owns */
    uint64_t at;           /* the record's place among all that were seen, from 1 */
    uint32_t hash;
    uint32_t before, after;  /* in the order of records */
    uint32_t owner, owned;   /* of what it is; the first that is its */
    uint32_t elder, younger; /* in the list of those that have the same owner */
    bool fresh;              /* the row was not there before the group, */
    bool counted;            /* and is one of `alive` */
};

static struct group_node *node_at(const struct group *group, uint32_t number)
{
    return slab_at(&group->nodes, number);
}

/* Makes zeros an empty group. */
static void begin(struct group *group)
{
    if (group->nodes.record_size > 0)
        return;
    slab_init(&group->nodes, sizeof(struct group_node));
    index_init(&group->by_key);
    group->first = group->last = NO_RECORD;
}

static uint32_t hash_of(const struct record_key *key)
{
    return index_hash((uint64_t)key->kind << 56 ^ (uint64_t)key->part << 8, key->high, key->low);
}

static uint32_t find(const struct group *group, const struct record_key *key, uint32_t hash)
{
    struct index_cursor cursor = index_find(&group->by_key, hash);
    uint32_t number;
    while ((number = index_next(&group->by_key, &cursor)) != NO_RECORD) {
        if (memcmp(&node_at(group, number)->key, key, sizeof *key) == 0)
            break;
    }
    return number;
}

static uint32_t new_node(struct group *group)
{
    uint32_t number = slab_take(&group->nodes);
    struct group_node *node = node_at(group, number);
    node->before = node->after = node->owner = node->owned = node->elder = node->younger = NO_RECORD;
    return number;
}

/* One that is found by its key. */
static uint32_t new_row(struct group *group, const struct record_key *key, uint32_t hash)
{
    uint32_t number = new_node(group);
    struct group_node *node = node_at(group, number);
    node->key = *key;
    node->hash = hash;
    index_add(&group->by_key, hash, number);
    return number;
}

/* The record is its last one now. */
static void put_record(struct group *group, uint32_t number, struct record *record)
{
    struct group_node *node = node_at(group, number);
    node->record = record;
    node->at = group->seen;
    node->before = group->last;
    node->after = NO_RECORD;
    if (group->last == NO_RECORD)
        group->first = number;
    else
        node_at(group, group->last)->after = number;
    group->last = number;
    group->bytes += record_cost(record);
}

/* Its record, which is the caller's then. Where it is missing at a quiet place's side, that is none any more:
 * what is said to be safe there would not be. */
static struct record *take_record(struct group *group, struct group_node *node)
{
    struct record *record = node->record;
    if (node->before == NO_RECORD)
        group->first = node->after;
    else
        node_at(group, node->before)->after = node->after;
    if (node->after == NO_RECORD)
        group->last = node->before;
    else
        node_at(group, node->after)->before = node->before;
    if (node->at <= group->quiet)
        group->quiet = 0;
    node->record = NULL;
    group->bytes -= record_cost(record);
    return record;
}

static void give_to_owner(struct group *group, uint32_t number, const struct record_key *key)
{
    uint32_t hash = hash_of(key), owner = find(group, key, hash);
    if (owner == NO_RECORD)
        owner = new_row(group, key, hash);
    struct group_node *node = node_at(group, number), *above = node_at(group, owner);
    node->owner = owner;
    node->younger = above->owned;
    if (above->owned != NO_RECORD)
        node_at(group, above->owned)->elder = number;
    above->owned = number;
}

static void take_from_owner(struct group *group, const struct group_node *node)
{
    if (node->elder != NO_RECORD)
        node_at(group, node->elder)->younger = node->younger;
    else if (node->owner != NO_RECORD)
        node_at(group, node->owner)->owned = node->younger;
    if (node->younger != NO_RECORD)
        node_at(group, node->younger)->elder = node->elder;
}

/* The node goes; nothing is its any more. */
static void remove_node(struct group *group, uint32_t number)
{
    struct group_node *node = node_at(group, number);
    if (node->record)
        record_free(take_record(group, node));
    if (node->key.kind != 0)
        index_remove(&group->by_key, node->hash, number);
    take_from_owner(group, node);
    group->alive -= node->counted;
    slab_give(&group->nodes, number);
}

/* The same, with its owner where that was here only for this one. */
static void remove_with_owner(struct group *group, uint32_t number)
{
    uint32_t owner = node_at(group, number)->owner;
    remove_node(group, number);
    if (owner != NO_RECORD && node_at(group, owner)->record == NULL &&
        node_at(group, owner)->owned == NO_RECORD)
        remove_node(group, owner);
}

/* Rows that go with another one, and are not counted by themselves. */
static bool is_owned(const struct record *record, const struct record_key *owner)
{
    return owner->kind != 0 || record->kind == RECORD_CANCELLED; /* whose DROP names no owner */
}

static void put(struct group *group, struct record *record, const struct record_key *key)
{
    uint32_t hash = hash_of(key), number = find(group, key, hash);
    if (number == NO_RECORD) {
        struct record_key owner = record_owner(record);
        number = new_row(group, key, hash);
        struct group_node *node = node_at(group, number);
        node->fresh = record->verb == RECORD_NEW;
        node->counted = node->fresh && !is_owned(record, &owner);
        group->alive += node->counted;
        if (owner.kind != 0)
            give_to_owner(group, number, &owner);
    } else if (node_at(group, number)->record) {
        record_free(take_record(group, node_at(group, number)));
    }
    put_record(group, number, record);
}

static void drop(struct group *group, struct record *record, const struct record_key *key)
{
    uint32_t number = find(group, key, hash_of(key));
    bool fresh = number != NO_RECORD && node_at(group, number)->fresh && !group->doubt;
    if (number != NO_RECORD) {
        for (uint32_t owned; (owned = node_at(group, number)->owned) != NO_RECORD;)
            remove_node(group, owned);
        remove_with_owner(group, number);
    }
    if (fresh)
        record_free(record);
    else
        put_record(group, new_node(group), record);
}

void group_add(struct group *group, struct record *record)
{
    struct record_key key = record_key(record);
    begin(group);
    if (group->seen == group->quiet)
        group->since = record->age;
    group->seen++;
    group->said += record_cost(record);
    if (record->verb == RECORD_DROP)
        drop(group, record, &key);
    else
        put(group, record, &key);
    if (group->alive == 0)
        group->quiet = group->seen;
}

/* A node's record, which is the caller's then; the node goes, unless something is its. */
static struct record *pull(struct group *group, uint32_t number)
{
    struct record *record = take_record(group, node_at(group, number));
    if (node_at(group, number)->owned == NO_RECORD)
        remove_with_owner(group, number);
    return record;
}

void group_merge(struct group *group, struct group *more)
{
    if (group->seen == 0) {
        struct group empty = *group;
        *group = *more;
        *more = empty;
        return;
    }
    begin(more); /* it may be zeros */
    uint64_t seen = group->seen + more->seen;
    size_t said = group->said + more->said;
    while (more->first != NO_RECORD)
        group_add(group, pull(more, more->first));
    group_clear(more);
    group->seen = seen;
    group->said = said;
    group->quiet = 0;
}

bool group_cut(struct group *group, struct group *rest)
{
    uint64_t quiet = group->quiet, seen = group->seen;
    uint32_t first = NO_RECORD, count = 0;
    if (quiet == 0 || quiet == seen)
        return false;
    for (uint32_t number = group->last; number != NO_RECORD && node_at(group, number)->at > quiet; count++) {
        if (count == MOST_CUT)
            return false;
        first = number;
        number = node_at(group, number)->before;
    }
    for (uint32_t number = first, next; number != NO_RECORD; number = next) {
        next = node_at(group, number)->after;
        group_add(rest, pull(group, number));
    }
    group->seen = quiet;
    begin(rest);
    rest->seen = seen - quiet;
    rest->quiet = 0;
    return true;
}

void group_doubt(struct group *group)
{
    group->doubt = true;
}

void group_settle(struct group *group)
{
    begin(group);
    group->count = 0;
    group->writes = group->deletes = 0;
    for (uint32_t number = group->first; number != NO_RECORD; number = node_at(group, number)->after) {
        struct record *record = node_at(group, number)->record;
        if (group->count == group->capacity) {
            group->capacity = group->capacity ? 2 * group->capacity : FIRST;
            group->records = mem_resize(group->records, group->capacity, sizeof *group->records);
        }
        group->records[group->count++] = record;
        group->writes += record->verb != RECORD_DROP;
        group->deletes += record->verb == RECORD_DROP;
    }
}

void group_clear(struct group *group)
{
    begin(group);
    while (group->first != NO_RECORD)
        record_free(pull(group, group->first));
    group->seen = group->quiet = group->since = 0;
    group->said = 0;
    group->doubt = false;
    group->count = 0;
}

void group_free(struct group *group)
{
    group_clear(group);
    slab_clear(&group->nodes);
    index_free(&group->by_key);
    mem_free(group->records);
    *group = (struct group){0};
}
