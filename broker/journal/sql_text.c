/* sql_text: see sql_text.h. */
#include "broker/journal/sql_text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sql_add(struct sql *sql, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sql->text + sql->used, sizeof sql->text - sql->used, format, arguments);
    va_end(arguments);
    sql->used += (size_t)length;
    assert(sql->used < sizeof sql->text);
}

const char *sql_extra(const struct table *table, unsigned place)
{
    static const char *const names[] = {"body", "written", "sum"};
    place += !table->body;
    assert(place < sizeof names / sizeof *names);
    return names[place];
}

static unsigned extras(const struct table *table)
{
    return 2 + table->body;
}

/* The names of its columns from one on, with commas between them. */
static void add_names(struct sql *sql, const struct table *table, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        sql_add(sql, "%s%s", i > from ? ", " : "",
                i < table->count ? table->columns[i].name : sql_extra(table, i - table->count));
}

/* PostgreSQL's texts take neither a zero nor what is no UTF-8, and peers may say both. */
static const char *type_of(const struct sql *sql, const struct column *column)
{
    switch (column->type) {
    case COLUMN_STRING:
    case COLUMN_TEXT: return sql->postgresql ? "BYTEA" : "TEXT";
    case COLUMN_FIXED:
    case COLUMN_BYTES:
    case COLUMN_LIST: return sql->postgresql ? "BYTEA" : "BLOB";
    default: return sql->postgresql ? "BIGINT" : "INTEGER";
    }
}

void sql_column(struct sql *sql, const struct table *table, unsigned column)
{
    if (column < table->count) {
        const struct column *one = &table->columns[column];
        sql_add(sql, "%s %s%s", one->name, type_of(sql, one), column < table->keys ? " NOT NULL" : "");
    } else {
        const char *name = sql_extra(table, column - table->count);
        const struct column like = {.type = strcmp(name, "body") == 0 ? COLUMN_BYTES : COLUMN_U64};
        sql_add(sql, "%s %s", name, type_of(sql, &like));
    }
}

void sql_create(struct sql *sql, const struct table *table)
{
    sql_add(sql, "CREATE TABLE IF NOT EXISTS %s (", table->name);
    for (unsigned i = 0; i < table->count + extras(table); i++) {
        sql_column(sql, table, i);
        sql_add(sql, ", ");
    }
    if (sql->postgresql && table->rows)
        sql_add(sql, "place BIGINT GENERATED ALWAYS AS IDENTITY, ");
    sql_add(sql, "PRIMARY KEY (");
    add_names(sql, table, 0, table->keys);
    sql_add(sql, "))%s", table->plain || table->rows || sql->postgresql ? "" : " WITHOUT ROWID");
}

/* What a parameter begins with. */
static char mark(const struct sql *sql)
{
    return sql->postgresql ? '$' : '?';
}

void sql_put(struct sql *sql, const struct table *table)
{
    unsigned columns = table->count + extras(table);
    sql_add(sql, "INSERT INTO %s (", table->name);
    add_names(sql, table, 0, columns);
    sql_add(sql, ") VALUES (");
    for (unsigned i = 0; i < columns; i++)
        sql_add(sql, "%s%c%u", i ? ", " : "", mark(sql), i + 1);
    sql_add(sql, ") ON CONFLICT (");
    add_names(sql, table, 0, table->keys);
    sql_add(sql, ") DO UPDATE SET sum = excluded.sum");
    if (table->body)
        sql_add(sql, ", body = excluded.body");
    for (unsigned i = table->keys; i < table->count; i++)
        sql_add(sql, ", %s = excluded.%s", table->columns[i].name, table->columns[i].name);
}

void sql_drop(struct sql *sql, const struct table *table)
{
    sql_add(sql, "DELETE FROM %s WHERE ", table->name);
    for (unsigned i = 0; i < table->keys; i++)
        sql_add(sql, "%s%s = %c%u", i ? " AND " : "", table->columns[i].name, mark(sql), i + 1);
}

void sql_load(struct sql *sql, const struct table *table)
{
    sql_add(sql, "SELECT ");
    add_names(sql, table, 0, table->count + extras(table));
    sql_add(sql, " FROM %s ORDER BY ", table->name);
    if (table->rows)
        sql_add(sql, sql->postgresql ? "place" : "rowid");
    else
        add_names(sql, table, 0, table->keys);
}
