/* net: connections between simulated processes. A connection carries messages each way, in order and each
 * with a delay. When it breaks, what is on its way is lost and each side learns of it at its own time, or
 * never: who listens has a ROUTER, which tells nothing until something cannot be sent (edge/orders.c). */
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post.h"
#include "tests/sim/look.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

enum { LONGEST_NEWS = 3000 /* ms until a side hears of a break, if it does */ };

bool net_parted(const struct process *a, const struct process *b)
{
    return a->island != b->island;
}

static bool is_present(const struct end *end)
{
    return end->process->alive && end->process->incarnation == end->incarnation;
}

struct wire *net_wire(struct world *world, struct process *from, struct process *to, enum door door)
{
    struct wire *wire = NULL;
    for (uint32_t i = 0; i < world->wire_count && wire == NULL; i++)
        if (!world->wires[i]->used)
            wire = world->wires[i];
    if (wire == NULL) {
        wire = mem_zalloc(1, sizeof *wire);
        wire->number = world->wire_count;
        world->wires = mem_resize(world->wires, world->wire_count + 1, sizeof *world->wires);
        world->wires[world->wire_count++] = wire;
    }
    uint32_t number = wire->number, serial = wire->serial + 1;
    *wire = (struct wire){.number = number, .serial = serial, .used = true};
    wire->delay = rng_chance(&world->net, 1, 6) ? rng_below(&world->net, 60) : rng_below(&world->net, 4);
    wire->ends[0] =
        (struct end){.process = from, .incarnation = from->incarnation, .number = NO_CONN, .door = DOOR_LINE};
    wire->ends[1] =
        (struct end){.process = to, .incarnation = to->incarnation, .number = NO_CONN, .door = door};
    wire->ends[0].open = wire->ends[1].open = true;
    return wire;
}

uint32_t net_number(struct process *process, struct wire *wire, unsigned side)
{
    uint32_t number = 0;
    while (number < process->conn_count && process->conns[number])
        number++;
    if (number == process->conn_count) {
        process->conns = mem_resize(process->conns, ++process->conn_count, sizeof(struct wire *));
        process->sides = mem_resize(process->sides, process->conn_count, 1);
    }
    process->conns[number] = wire;
    process->sides[number] = (uint8_t)side;
    wire->ends[side].number = number;
    return number;
}

static void drop_mail(struct world *world, struct end *end)
{
    while (end->first) {
        struct mail *mail = end->first;
        end->first = mail->next;
        blob_unref(mail->body);
        mem_free(mail);
        world->on_way--;
    }
    end->last = NULL;
}

/* A side has done with it. */
static void leave(struct world *world, struct wire *wire, unsigned side)
{
    struct end *end = &wire->ends[side];
    if (is_present(end) && end->number != NO_CONN && end->process->conns[end->number] == wire)
        end->process->conns[end->number] = NULL;
    end->open = false;
    drop_mail(world, end);
    if (!wire->ends[!side].open)
        wire->used = false;
}

/* The news that a connection is gone goes to one side. `sure`: that side certainly hears of it. */
static void tell(struct wire *wire, unsigned side, uint64_t ms, bool sure)
{
    struct end *end = &wire->ends[side];
    struct world *world = end->process->world;
    if (!end->open || end->told)
        return;
    if (!sure && rng_chance(&world->net, 1, 4))
        return;
    end->told = true;
    world_later(world, ms, HAPPENS_CLOSED, wire->number, side, wire->serial);
}

const struct key *net_key(const struct world *world, const struct end *end, const struct process *other)
{
    bool within = end->door == DOOR_WORKERS || end->process->kind == PROCESS_WORKER; /* one host */
    return world->settings.keys && !within ? &other->key : NULL;
}

static void await(struct world *world, struct wire *wire, unsigned side)
{
    struct end *end = &wire->ends[side];
    if (end->awaited || end->first == NULL)
        return;
    uint64_t due = end->first->due > end->silent_until ? end->first->due : end->silent_until;
    end->awaited = true;
    world_later(world, due > world->now ? due - world->now : 0, HAPPENS_MAIL, wire->number, side,
                wire->serial);
}

void net_raw(struct wire *wire, unsigned side, const uint8_t *header, size_t size, struct blob *body,
             unsigned frames)
{
    struct end *end = &wire->ends[side];
    struct world *world = end->process->world;
    if (wire->cut || !end->open || !is_present(end)) { /* writing shows that it is gone */
        blob_unref(body);
        tell(wire, !side, rng_below(&world->net, LONGEST_NEWS), false);
        return;
    }
    struct mail *mail = mem_alloc(sizeof *mail + size);
    *mail = (struct mail){.body = body, .frames = frames, .header_size = size};
    memcpy(mail->header, header, size);
    uint32_t delay = wire->delay + rng_below(&world->net, 3);
    if (rng_chance(&world->net, 1, 100))
        delay += rng_below(&world->net, 300);
    mail->due = world->now + delay > end->last_due ? world->now + delay : end->last_due;
    end->last_due = mail->due;
    if (end->last)
        end->last->next = mail;
    else
        end->first = mail;
    end->last = mail;
    world->on_way++;
    await(world, wire, side);
}

void net_put(struct wire *wire, unsigned side, const struct letter *letter)
{
    struct blob *body = NULL;
    if (letter->body.size > 0)
        body = letter->body.offset == 0 && letter->body.size == blob_size(letter->body.blob)
                   ? blob_ref(letter->body.blob)
                   : blob_copy(slice_data(&letter->body), letter->body.size);
    net_raw(wire, side, letter->header, letter->header_size, body, body ? 2 : 1);
}

void net_close(struct wire *wire, unsigned side)
{
    struct world *world = wire->ends[side].process->world;
    struct end *other = &wire->ends[!side];
    leave(world, wire, side);
    other->last_words = true;
    if (other->open && other->first == NULL && !wire->cut)
        tell(wire, !side, rng_below(&world->net, 50), other->door == DOOR_LINE);
}

void net_cut(struct wire *wire)
{
    struct world *world = wire->ends[0].process->world;
    wire->cut = true;
    for (unsigned side = 0; side < 2; side++) {
        struct end *end = &wire->ends[side];
        drop_mail(world, end);
        /* a worker's line has no heartbeat: its process hears of the end of its socket */
        bool sure = end->process->kind == PROCESS_WORKER;
        if (end->door == DOOR_LINE)
            tell(wire, side, rng_below(&world->net, LONGEST_NEWS), sure);
    }
}

void net_silence(struct wire *wire, unsigned side, uint64_t ms)
{
    wire->ends[side].silent_until = wire->ends[side].process->world->now + ms;
}

static struct wire *wire_of(struct world *world, const struct happening *happening)
{
    struct wire *wire = world->wires[happening->a];
    return wire->used && wire->serial == happening->serial ? wire : NULL;
}

void net_mail(struct world *world, const struct happening *happening)
{
    struct wire *wire = wire_of(world, happening);
    if (wire == NULL)
        return;
    unsigned side = happening->b;
    struct end *end = &wire->ends[side];
    struct mail *mail = end->first;
    end->awaited = false;
    if (mail == NULL || !end->open || !is_present(end))
        return;
    if (end->silent_until > world->now || mail->due > world->now || end->process->stopped) {
        if (!end->process->stopped) /* else process_continue looks again */
            await(world, wire, side);
        return;
    }
    if (net_parted(end->process, wire->ends[!side].process)) {
        net_silence(wire, side, 100);
        await(world, wire, side);
        return;
    }
    end->first = mail->next;
    if (end->first == NULL)
        end->last = NULL;
    world->on_way--;
    world->tally.mails++;
    bool first = end->number == NO_CONN;
    if (first)
        net_number(end->process, wire, side);
    look_taken(wire, side, mail->header, mail->header_size, mail->body);
    trace_mail(world, wire, side, mail);
    struct event event = {.kind = EVENT_MAIL,
                          .door = end->door,
                          .conn = end->number,
                          .header = mail->header,
                          .header_size = mail->header_size,
                          .body = mail->body,
                          .frames = mail->frames,
                          .peer = 1,
                          .host = wire->ends[!side].process->host,
                          .key = net_key(world, end, wire->ends[!side].process)};
    struct process *process = end->process;
    await(world, wire, side);
    if (end->first == NULL && end->last_words)
        tell(wire, side, rng_below(&world->net, 50), end->door == DOOR_LINE);
    process_give(process, &event);
    if (first && process->alive)
        look_admitted(process, wire);
    blob_unref(mail->body);
    mem_free(mail);
}

void net_closed(struct world *world, const struct happening *happening)
{
    struct wire *wire = wire_of(world, happening);
    if (wire == NULL)
        return;
    unsigned side = happening->b;
    struct end *end = &wire->ends[side];
    if (!end->open || !is_present(end))
        return;
    if (end->process->stopped || (!wire->cut && end->first)) { /* its last words come first */
        world_later(world, 100, HAPPENS_CLOSED, wire->number, side, wire->serial);
        return;
    }
    struct process *process = end->process;
    struct event event = {
        .kind = EVENT_CLOSED, .door = end->door, .conn = end->number, .text = "connection reset"};
    bool known = end->number != NO_CONN;
    leave(world, wire, side);
    world_trace(world, "%s: a connection is closed", process->name);
    if (known)
        process_give(process, &event);
}

void net_leave(struct process *process)
{
    struct world *world = process->world;
    for (uint32_t i = 0; i < world->wire_count; i++) {
        struct wire *wire = world->wires[i];
        for (unsigned side = 0; side < 2 && wire->used; side++) {
            const struct end *end = &wire->ends[side];
            if (end->open && end->process == process && end->incarnation == process->incarnation)
                net_close(wire, side);
        }
    }
    mem_free(process->conns);
    mem_free(process->sides);
    process->conns = NULL;
    process->sides = NULL;
    process->conn_count = 0;
}

void net_look(struct process *process)
{
    struct world *world = process->world;
    for (uint32_t i = 0; i < world->wire_count; i++)
        for (unsigned side = 0; side < 2 && world->wires[i]->used; side++)
            if (world->wires[i]->ends[side].process == process)
                await(world, world->wires[i], side);
}

void net_free(struct world *world)
{
    for (uint32_t i = 0; i < world->wire_count; i++) {
        drop_mail(world, &world->wires[i]->ends[0]);
        drop_mail(world, &world->wires[i]->ends[1]);
        mem_free(world->wires[i]);
    }
    mem_free(world->wires);
}
