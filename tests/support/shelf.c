/* shelf: see shelf.h. Rows are few: they stand in one array, in the order in which they are heard. */
#include "tests/support/shelf.h"

#include <string.h>

#include "common/base/mem.h"

struct row {
    struct record_key key;
    struct record *record; /* owned */
};

struct rows {
    struct row *items;
    size_t count, capacity;
};

struct shelf {
    struct rows safe;  /* sorted by kind, then in the order in which they were new */
    struct rows said;  /* in order, not safe yet */
    struct rows there; /* keys of all that is there once all that was said is safe, without records */
    uint64_t sequence; /* of the last one that is safe, */
    uint64_t count;    /* and of the last one */
};

struct shelf *shelf_new(void)
{
    return mem_zalloc(1, sizeof(struct shelf));
}

static void clear(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        record_free(rows->items[i].record);
    mem_free(rows->items);
    *rows = (struct rows){0};
}

void shelf_free(struct shelf *shelf)
{
    if (shelf == NULL)
        return;
    clear(&shelf->safe);
    clear(&shelf->said);
    clear(&shelf->there);
    mem_free(shelf);
}

static bool same(const struct record_key *one, const struct record_key *other)
{
    return one->kind == other->kind && one->part == other->part && one->high == other->high &&
           one->low == other->low;
}

static void insert(struct rows *rows, size_t at, struct row row)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? 2 * rows->capacity : 16;
        rows->items = mem_resize(rows->items, rows->capacity, sizeof *rows->items);
    }
    memmove(&rows->items[at + 1], &rows->items[at], (rows->count - at) * sizeof *rows->items);
    rows->items[at] = row;
    rows->count++;
}

static void take_out(struct rows *rows, size_t at)
{
    record_free(rows->items[at].record);
    memmove(&rows->items[at], &rows->items[at + 1], (--rows->count - at) * sizeof *rows->items);
}

/* Where the row of a key is; rows->count: there is none. */
static size_t find(const struct rows *rows, const struct record_key *key)
{
    size_t at = 0;
    while (at < rows->count && !same(&rows->items[at].key, key))
        at++;
    return at;
}

/* Behind all of its kind, and before those of later kinds. */
static size_t place_of(const struct rows *rows, unsigned kind)
{
    size_t at = rows->count;
    while (at > 0 && rows->items[at - 1].key.kind > kind)
        at--;
    return at;
}

/* A row goes, with all that it owns. */
static void drop(struct rows *rows, const struct record_key *key)
{
    for (size_t at = rows->count; at-- > 0;) {
        struct record_key owner =
            rows->items[at].record ? record_owner(rows->items[at].record) : (struct record_key){0};
        if (same(&rows->items[at].key, key) || (owner.kind != 0 && same(&owner, key)))
            take_out(rows, at);
    }
}

/* What the row of a record is called, and who owns it, is all that is looked at. */
static struct record *name_of(const struct record *record)
{
    struct record *copy = record_copy(record);
    copy->body = SLICE_NONE;
    return copy;
}

static void apply(struct rows *rows, struct record *record)
{
    struct record_key key = record_key(record);
    if (record->verb == RECORD_DROP) {
        drop(rows, &key);
        record_free(record);
        return;
    }
    size_t at = find(rows, &key);
    if (at < rows->count) {
        record_free(rows->items[at].record);
        rows->items[at].record = record;
    } else {
        insert(rows, place_of(rows, key.kind), (struct row){key, record});
    }
}

const char *shelf_say(struct shelf *shelf, const struct record *record)
{
    struct record_key key = record_key(record), owner = record_owner(record);
    bool there = find(&shelf->there, &key) < shelf->there.count;
    const char *wrong = NULL;
    if (record->verb == RECORD_NEW && there)
        wrong = "it is new, and was there";
    else if (record->verb == RECORD_DROP && !there)
        wrong = "it is dropped, and was not there";
    else if (record->verb != RECORD_DROP && owner.kind != 0 &&
             find(&shelf->there, &owner) == shelf->there.count)
        wrong = "who owns it is not there";
    apply(&shelf->there, name_of(record));
    struct record *copy = record_copy(record);
    copy->body = slice_ref(&record->body);
    insert(&shelf->said, shelf->said.count, (struct row){key, copy});
    shelf->count++;
    return wrong;
}

uint64_t shelf_said(const struct shelf *shelf)
{
    return shelf->count;
}

size_t shelf_waiting(const struct shelf *shelf)
{
    return shelf->said.count;
}

uint64_t shelf_commit_some(struct shelf *shelf, size_t count)
{
    if (count > shelf->said.count)
        count = shelf->said.count;
    for (size_t i = 0; i < count; i++)
        apply(&shelf->safe, shelf->said.items[i].record);
    shelf->said.count -= count;
    if (count > 0) /* else there may be no items at all */
        memmove(shelf->said.items, shelf->said.items + count, shelf->said.count * sizeof *shelf->said.items);
    return shelf->sequence += count;
}

void shelf_crash(struct shelf *shelf)
{
    clear(&shelf->said);
    clear(&shelf->there);
    for (size_t i = 0; i < shelf->safe.count; i++)
        apply(&shelf->there, name_of(shelf->safe.items[i].record));
    shelf->sequence = shelf->count = 0;
}

const struct record *shelf_next(const struct shelf *shelf, size_t *at)
{
    return *at < shelf->safe.count ? shelf->safe.items[(*at)++].record : NULL;
}

size_t shelf_count(const struct shelf *shelf, unsigned kind)
{
    size_t count = 0;
    for (size_t i = 0; i < shelf->safe.count; i++)
        count += kind == 0 || shelf->safe.items[i].key.kind == kind;
    return count;
}
