/* top_page: see top_page.h. */
#include "clients/cli/top_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/operate.h"
#include "common/base/mem.h"

enum { HEAD = 4 /* lines above the tables */, LINE = 400 /* bytes */ };

static const char *rate_text(double rate, char text[32])
{
    snprintf(text, 32, rate < 0 ? "-" : rate < 9.95 ? "%.1f" : "%.0f", rate);
    return text;
}

static void put_line(const struct top_page *page, FILE *file, char *line)
{
    if (page->columns && strlen(line) > page->columns)
        line[page->columns] = '\0';
    fprintf(file, "%s%s", line, page->end);
}

static uint64_t count(const struct top_page *page, const char *name)
{
    return sample_count(page->now, name);
}

static void put_head(const struct top_page *page, FILE *file)
{
    char line[LINE], a[32], b[32], c[32], d[32];
    snprintf(line, sizeof line, "mailroom %s, up %s%s%s", page->broker, out_age(count(page, "uptime"), a),
             page->trouble ? ": " : "", page->trouble ? page->trouble : "");
    put_line(page, file, line);
    snprintf(line, sizeof line,
             "clients %" PRIu64 " (%" PRIu64 " away)  managers %" PRIu64 "  workers %" PRIu64 " (%" PRIu64
             " idle)  memory %s  kept %s",
             count(page, "clients"), count(page, "absent"), count(page, "managers"), count(page, "workers"),
             count(page, "idle"), operate_size(count(page, "memory"), a),
             operate_size(count(page, "kept"), b));
    put_line(page, file, line);
    snprintf(line, sizeof line,
             "tasks %" PRIu64 " (%" PRIu64
             " queued)  a second: %s submitted, %s finished, %s failed, %s cancelled",
             count(page, "tasks"), count(page, "queued"),
             rate_text(sample_rate(page->before, page->now, "submitted"), a),
             rate_text(sample_rate(page->before, page->now, "finished"), b),
             rate_text(sample_rate(page->before, page->now, "failed"), c),
             rate_text(sample_rate(page->before, page->now, "cancelled"), d));
    put_line(page, file, line);
    put_line(page, file, (char[]){""});
}

static int busier(const void *a, const void *b)
{
    const struct listed_client *one = a, *other = b;
    return (one->tasks < other->tasks) - (one->tasks > other->tasks);
}

static void add_client(const struct top_page *page, struct table *table, const struct listed_client *client)
{
    char text[32];
    struct client_rates rates = sample_client_rates(page->before, page->now, client);
    table_text(table, client->name);
    table_text(table, client->key);
    if (client->state == SESSION_HERE)
        table_format(table, "here");
    else
        table_format(table, "away %s", out_age(client->away, text));
    table_number(table, client->tasks);
    table_format(table, "%s", rate_text(rates.submitted, text));
    table_format(table, "%s", rate_text(rates.ended, text));
    table_number(table, client->ended);
    table_format(table, "%s", operate_size(client->bytes, text));
}

/* Those with most unfinished tasks first. */
static void clients_table(const struct top_page *page, struct table *table)
{
    static const char *const headings[] = {"CLIENT",  "KEY",    "STATE", ">TASKS", ">SUBMITS/S",
                                           ">ENDS/S", ">ENDED", ">KEPT", NULL};
    struct list list = page->now->clients.list;
    struct listed_client *clients = mem_zalloc(list.count + 1, sizeof *clients);
    size_t have = 0;
    table_begin(table, headings);
    while (list_next_listed_client(&list, &clients[have]))
        have++;
    qsort(clients, have, sizeof *clients, busier);
    for (size_t i = 0; i < have; i++)
        add_client(page, table, &clients[i]);
    mem_free(clients);
}

/* How many rows each of two tables gets, of those that there is room for: what one does not need is the
 * other's. */
static void share(size_t room, size_t *first, size_t *second)
{
    size_t half = room / 2;
    if (*first + *second <= room)
        return;
    if (*first <= half)
        *second = room - *first;
    else if (*second <= room - half)
        *first = room - *second;
    else
        *second = room - (*first = half);
}

void top_page_write(const struct top_page *page, FILE *file)
{
    struct table managers, clients;
    size_t manager_rows = page->now->managers.list.count, client_rows = page->now->clients.list.count;
    size_t spent = HEAD + 3; /* two headings, and the line between the tables */
    put_head(page, file);
    operate_managers_table(&managers, page->now->managers.list);
    clients_table(page, &clients);
    if (page->rows)
        share(page->rows > spent ? page->rows - spent - 1 : 0, &manager_rows, &client_rows);
    if (manager_rows)
        table_write(&managers, file, manager_rows, page->columns, page->end);
    if (manager_rows && client_rows)
        put_line(page, file, (char[]){""});
    if (client_rows)
        table_write(&clients, file, client_rows, page->columns, page->end);
    if (!page->now->sees_clients)
        put_line(page, file, (char[]){"(clients are shown to admins only)"});
    table_free(&managers);
    table_free(&clients);
}
