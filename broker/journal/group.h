/* group: what records that are written together come to. A row that is new and dropped within the group is
 * never written, one that is said twice is written once, and what a dropped row owned goes with it. It knows
 * no store. */
#ifndef MAILROOM_JOURNAL_GROUP_H
#define MAILROOM_JOURNAL_GROUP_H

#include "common/link/record.h"

/* What is to be done for a record. */
enum deed {
    DEED_NOTHING, /* a later one of the group undoes it */
    DEED_WRITE,   /* the row becomes so */
    DEED_DELETE,  /* the row goes, with what it owns; there may be none */
};

/* What one key comes to. */
struct group_entry {
    struct record_key key; /* kind 0: the place is free */
    uint32_t last;         /* the last record of that key, */
    uint32_t dropped;      /* and the last that dropped it, plus 1; 0: none did */
    bool fresh;            /* the row was not there before the group */
};

struct group {
    struct record **records; /* owned, in order */
    uint32_t *places;        /* of the entry of each record's key, */
    uint8_t *deeds;          /* and enum deed of each, once group_settle was called */
    uint32_t count, capacity;
    struct group_entry *entries;   /* by key, open addressing */
    uint32_t entry_capacity, mask; /* places there are, and the mask of those in use */
    uint64_t writes, deletes;      /* of deeds */
    uint32_t quiet; /* so many at its beginning, behind which nothing of what it has made is there any more */
};

/* One record more; takes it over. */
void group_add(struct group *group, struct record *record);

/* Works out the deeds. */
void group_settle(struct group *group);

/* After that: it is its first `quiet` records, settled; the others are the caller's. */
void group_cut(struct group *group);

/* Frees the records, keeps the memory; frees all. */
void group_clear(struct group *group);
void group_free(struct group *group);

#endif
