/* sql_rows: see sql_rows.h. */
#include "broker/journal/sql_rows.h"

static void bind(sqlite3_stmt *statement, const struct cell *cells, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct cell *cell = &cells[i];
        int place = (int)i + 1;
        switch (cell->type) {
        case CELL_NULL: sqlite3_bind_null(statement, place); break;
        case CELL_NUMBER: sqlite3_bind_int64(statement, place, cell->number); break;
        case CELL_TEXT:
            sqlite3_bind_text64(statement, place, (const char *)cell->bytes.data, cell->bytes.size,
                                SQLITE_STATIC, SQLITE_UTF8);
            break;
        case CELL_BYTES:
            sqlite3_bind_blob64(statement, place, cell->bytes.data, cell->bytes.size, SQLITE_STATIC);
            break;
        }
    }
}

void sql_rows_bind_key(sqlite3_stmt *statement, const struct table *table, const struct record *record)
{
    struct cell cells[MOST_CELLS];
    bind(statement, cells, rows_key(table, record, cells));
}

void sql_rows_bind(sqlite3_stmt *statement, const struct table *table, const struct record *record,
                   uint64_t now, struct rows_scratch *scratch)
{
    struct cell cells[MOST_CELLS];
    bind(statement, cells, rows_write(table, record, now, scratch, cells));
}

bool sql_rows_read(sqlite3_stmt *statement, unsigned kind, uint64_t now, struct record *record)
{
    struct cell cells[MOST_CELLS] = {{.type = CELL_NULL}};
    int count = sqlite3_column_count(statement);
    for (int i = 0; i < count && i < MOST_CELLS; i++) {
        int type = sqlite3_column_type(statement, i);
        if (type == SQLITE_INTEGER) {
            cells[i] = (struct cell){.type = CELL_NUMBER, .number = sqlite3_column_int64(statement, i)};
        } else if (type != SQLITE_NULL) {
            const uint8_t *bytes = sqlite3_column_blob(statement, i);
            cells[i] = (struct cell){.type = CELL_BYTES,
                                     .bytes = {bytes, (size_t)sqlite3_column_bytes(statement, i)}};
        }
    }
    return rows_read(cells, kind, now, record);
}
