/* names: host names that stand for managers. A look-up that fails changes nothing: it is the name server that
 * is in trouble, not the managers.
 *
 * Where a name has IPv4 addresses, those are taken, else its IPv6 addresses: a machine that has one of each
 * is one manager. */
#include "edge/names.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/link.h"
#include "edge/internal.h"
#include "edge/log.h"

enum { SOONER = 10 /* the least time between two look-ups is this part of the period */ };

static void schedule(struct names *names, struct name *name, uint64_t due)
{
    name->due = due;
    if (due < names->due)
        names->due = due;
}

static void begin(struct edge *edge, struct name *name)
{
    char port[8];
    snprintf(port, sizeof port, "%u", name->address.port);
    name->since = edge->now;
    name->due = NEVER;
    name->resolve = resolve_start(name->address.host, port, edge->resolved);
    if (!name->resolve) /* no thread for it now */
        schedule(&edge->names, name, edge->now + edge->names.period);
}

void names_turn(struct edge *edge)
{
    struct names *names = &edge->names;
    if (edge->now < names->due)
        return;
    names->due = NEVER;
    for (uint32_t i = 0; i < names->count; i++) {
        if (names->at[i].due <= edge->now)
            begin(edge, &names->at[i]);
        schedule(names, &names->at[i], names->at[i].due);
    }
}

void names_hurry(struct edge *edge, uint32_t number)
{
    struct name *name = number == NO_NAME ? NULL : &edge->names.at[number];
    if (!name || name->resolve)
        return;
    uint64_t soon = name->since + edge->names.period / SOONER;
    if (soon < name->due)
        schedule(&edge->names, name, soon > edge->now ? soon : edge->now);
}

static void tell(struct edge *edge, enum event_kind kind, const struct line *line)
{
    struct event event = {.kind = kind, .now = edge->now, .number = line->number, .text = line->text};
    orders_step(edge, &event);
}

static struct line *find_line(const struct edge *edge, uint32_t name, const char *host)
{
    for (uint32_t i = 0; i < edge->line_capacity; i++) {
        struct line *line = edge->lines[i];
        if (line && line->name == name && strcmp(line->address.host, host) == 0)
            return line;
    }
    return NULL;
}

/* There is a manager at this numeric address. */
static void found(struct edge *edge, uint32_t number, const char *host)
{
    struct name *name = &edge->names.at[number];
    struct line *line = find_line(edge, number, host);
    bool known = line && !line->missed;
    if (!line) {
        struct host_port address = {.port = name->address.port};
        snprintf(address.host, sizeof address.host, "%s", host);
        line = edge_new_line(edge, &address);
        if (!line && !name->crowded) {
            name->crowded = true;
            log_line(LOG_WARNING,
                     "%s has more addresses than may be dialled: the rest is left out (setting limits/found)",
                     name->address.host);
        }
        if (!line)
            return;
        line->name = number;
        line_describe(line, &name->address);
    }
    line->seen = true;
    line->missed = false;
    if (!known)
        tell(edge, EVENT_FOUND, line);
}

/* Compares what was found with what there was. */
static void take(struct edge *edge, uint32_t number, const struct addrinfo *addresses)
{
    int family = AF_INET6;
    for (const struct addrinfo *at = addresses; at; at = at->ai_next) {
        if (at->ai_family == AF_INET)
            family = AF_INET;
    }
    for (uint32_t i = 0; i < edge->line_capacity; i++) {
        if (edge->lines[i])
            edge->lines[i]->seen = false;
    }
    for (const struct addrinfo *at = addresses; at; at = at->ai_next) {
        char host[HOST_SIZE];
        if (at->ai_family == family &&
            getnameinfo(at->ai_addr, at->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST) == 0)
            found(edge, number, host);
    }
    for (uint32_t i = 0; i < edge->line_capacity; i++) {
        struct line *line = edge->lines[i];
        if (!line || line->name != number || line->seen || line->missed)
            continue;
        line->missed = true;
        tell(edge, EVENT_MISSED, line);
    }
}

static void failed(struct edge *edge, struct name *name, const char *why)
{
    log_line(name->told ? LOG_DEBUG : LOG_WARNING, "cannot resolve %s: %s; trying again", name->address.host,
             why);
    name->told = true;
    name->wait = name->wait ? 2 * name->wait : edge->names.period / SOONER;
    if (name->wait > edge->names.period)
        name->wait = edge->names.period;
    schedule(&edge->names, name, edge->now + name->wait);
}

void names_collect(struct edge *edge)
{
    for (uint32_t i = 0; i < edge->names.count; i++) {
        struct name *name = &edge->names.at[i];
        struct addrinfo *addresses;
        const char *why;
        if (!name->resolve || !resolve_done(name->resolve, &addresses, &why))
            continue;
        resolve_free(name->resolve);
        name->resolve = NULL;
        if (!addresses) {
            failed(edge, name, why);
            continue;
        }
        name->told = false;
        name->wait = 0;
        schedule(&edge->names, name, edge->now + edge->names.period);
        take(edge, i, addresses);
        freeaddrinfo(addresses);
    }
}

void names_free(struct names *names)
{
    for (uint32_t i = 0; i < names->count; i++)
        resolve_free(names->at[i].resolve);
    mem_free(names->at);
}
