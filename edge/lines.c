/* lines: which lines there are, by their numbers. What happens on one is line.c's affair. */

#include "common/base/mem.h"
#include "edge/internal.h"

/* The lowest number that is free. */
static uint32_t free_number(const struct edge *edge)
{
    uint32_t number = 0;
    while (number < edge->line_capacity && edge->lines[number])
        number++;
    return number;
}

struct line *edge_new_line(struct edge *edge, const struct host_port *address)
{
    uint32_t number = free_number(edge), old = edge->line_capacity;
    if (number >= edge->most_lines)
        return NULL;
    if (number == old) {
        edge->line_capacity = old ? 2 * old : 16;
        edge->lines = mem_grow(edge->lines, old, edge->line_capacity, sizeof *edge->lines);
        edge->busy = mem_resize(edge->busy, edge->line_capacity, sizeof *edge->busy);
    }
    struct line *line = edge->lines[number] = mem_alloc(sizeof *line);
    line_init(line, number, address, edge->context, edge->epoll);
    line->largest_frame = edge->limits.frame;
    line->name = NO_NAME;
    line->knocks = true;
    line_set_keys(line, edge->keys, KEY_MANAGER);
    edge->dials = true;
    return line;
}

void edge_add_line(struct edge *edge, const struct host_port *address, enum key_role role)
{
    struct line *line = edge_new_line(edge, address);
    line_set_keys(line, edge->keys, role);
    line->knocks = role == KEY_MANAGER; /* a boss is waited for in any case */
}

void edge_watch_name(struct edge *edge, const struct host_port *address, uint64_t period)
{
    struct names *names = &edge->names;
    names->at = mem_resize(names->at, names->count + 1, sizeof *names->at);
    names->at[names->count++] = (struct name){.address = *address};
    names->period = period;
    names->due = 0;
    edge->dials = true;
}

void edge_touch(struct edge *edge, struct line *line)
{
    if (!line->busy) {
        line->busy = true;
        edge->busy[edge->busy_count++] = line;
    }
}

void edge_forget_line(struct edge *edge, uint32_t number)
{
    struct line *line = edge->lines[number];
    for (size_t i = 0; i < edge->busy_count; i++) {
        if (edge->busy[i] == line) {
            edge->busy[i] = edge->busy[--edge->busy_count];
            break;
        }
    }
    line_close(line, 0);
    edge->lines[number] = NULL;
    mem_free(line);
}

void edge_free_lines(struct edge *edge)
{
    for (uint32_t number = 0; number < edge->line_capacity; number++) {
        if (edge->lines[number])
            line_close(edge->lines[number], LINE_LINGER);
        mem_free(edge->lines[number]);
    }
    mem_free(edge->lines);
    mem_free(edge->busy);
    names_free(&edge->names);
}
