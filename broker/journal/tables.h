/* tables: the rows of a journal as tables of SQL: which columns each kind of record has, and where in the
 * record each of them is. The statements, and what is put into them and read from them, are made from this
 * one list; so is what an older journal lacks. */
#ifndef MAILROOM_JOURNAL_TABLES_H
#define MAILROOM_JOURNAL_TABLES_H

#include "common/link/record.h"

enum column_type {
    COLUMN_FLAG,   /* bool */
    COLUMN_U8,     /* numbers, of 1, */
    COLUMN_U32,    /* 4, where UINT32_MAX is kept as -1, */
    COLUMN_U64,    /* and 8 bytes, the largest as negative ones */
    COLUMN_FIXED,  /* so many bytes; zeros are kept as NULL where the column is no key */
    COLUMN_STRING, /* a zero-terminated text in the record itself, of at most `size` bytes */
    COLUMN_TEXT,   /* struct span: a text, */
    COLUMN_BYTES,  /* or bytes */
    COLUMN_LIST,   /* struct list: kept as an array of MessagePack's */
};

struct column {
    const char *name;
    uint8_t type;   /* enum column_type */
    uint8_t size;   /* of FIXED and STRING */
    uint16_t place; /* in struct record */
};

struct table {
    const char *name;
    const struct column *columns; /* the key's first */
    uint8_t count, keys;
    bool body;  /* it has a body too */
    bool plain; /* its key is one number, which SQLite takes for the row's own */
    bool rows;  /* else: kept in the order in which they came; false: by key */
};

/* The table of a kind of record. */
const struct table *table_of(unsigned kind);

enum { MOST_COLUMNS = 24 };

#endif
