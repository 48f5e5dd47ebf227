/* group: what records that are written together come to. It works that out with each record that is added, so
 * that what comes and goes is given back at once and takes no memory: a row that is new and dropped within
 * the group is never written, one that is said twice is written once, and what a dropped row owned goes with
 * it. It knows no store. */
#ifndef MAILROOM_JOURNAL_GROUP_H
#define MAILROOM_JOURNAL_GROUP_H

#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/link/record.h"

/* Zeros at first. */
struct group {
    struct slab nodes;    /* struct group_node: a record that is to be written, or an owner of such ones */
    struct index by_key;  /* of what is not dropped */
    uint32_t first, last; /* node numbers, in the order in which the records were added */
    uint64_t seen;        /* records that were added, whatever has become of them */
    uint64_t alive;       /* rows of their own that it has made, and not dropped */
    uint64_t quiet; /* so many of `seen` at its beginning, behind which none was; 0: there is no such place */
    uint64_t since; /* the age of the first record behind these */
    size_t bytes;   /* of the records that it has, */
    size_t said;    /* and of all that were added: what the peers that said it keep as well */
    bool doubt;     /* see group_doubt */
    struct record **records;  /* once group_settle was called: they take effect in this order. A DROP: the row
                                 goes, with what it owns; there may be none. All others: the row becomes so */
    uint32_t count, capacity; /* of these, */
    uint64_t writes, deletes; /* and how many of them are which */
};

/* One record more; takes it over. */
void group_add(struct group *group, struct record *record);

/* All of `more`, after its own; `more` is empty then. */
void group_merge(struct group *group, struct group *more);

/* Gives what it has behind `quiet` to `rest`, which is empty. False: that is more than can be done at once,
 * or nothing, and nothing has changed. */
bool group_cut(struct group *group, struct group *rest);

/* It was tried to write it, and whether that was done is not known: a row that it has made is deleted where
 * it is dropped from now on. */
void group_doubt(struct group *group);

/* Lists the records. */
void group_settle(struct group *group);

/* Frees the records, keeps the memory; frees all. */
void group_clear(struct group *group);
void group_free(struct group *group);

#endif
