/* orders: carries out what a step wants done, as edge/orders.c does. */
#include "common/link/post.h"
#include "tests/sim/database.h"

enum { TURN_IS_LATE = 5 /* ms, at the most */ };

static struct wire *wire_at(const struct process *process, uint32_t number)
{
    return number < process->conn_count ? process->conns[number] : NULL;
}

static void send_letter(struct process *process, const struct order *order)
{
    struct wire *wire = wire_at(process, order->conn);
    if (wire == NULL) {
        world_fail(process->world, "%s sends a letter to connection %u, which is not open", process->name,
                   order->conn);
        return;
    }
    unsigned kind = order->letter->kind;
    if (kind != KIND_ACK && kind != KIND_PING && kind != KIND_PONG)
        process->world->last_news = process->world->now;
    net_put(wire, !process->sides[order->conn], order->letter);
}

static void close_conn(struct process *process, uint32_t number)
{
    struct wire *wire = wire_at(process, number);
    if (wire == NULL)
        world_fail(process->world, "%s closes connection %u, which is not open", process->name, number);
    else
        net_close(wire, process->sides[number]);
}

void orders_dialled(struct process *process, uint32_t line)
{
    struct world *world = process->world;
    struct process *to = world->processes[process->lines[line]];
    struct event event = {.kind = EVENT_REFUSED,
                          .number = line,
                          .text = "connection refused",
                          .nobody = !to->alive && !net_parted(process, to),
                          .peer = 1};
    if (to->alive && !to->stopped && !net_parted(process, to)) {
        struct wire *wire = net_wire(world, process, to, process->dials);
        event.kind = EVENT_OPENED;
        event.door = DOOR_LINE;
        event.conn = net_number(process, wire, 0);
        event.key = net_key(world, &wire->ends[0], to);
    }
    process_give(process, &event);
}

static void dial(struct process *process, uint32_t line)
{
    struct world *world = process->world;
    process->lines[line] = database_next(world, process->lines[line]);
    const struct process *to = world->processes[process->lines[line]];
    bool hangs = net_parted(process, to) || to->stopped;
    world_later(world, hangs ? 1000 + rng_below(&world->net, 2000) : rng_below(&world->net, 20),
                HAPPENS_DIALLED, (uint32_t)process->number, line, process->incarnation);
}

static struct process *worker_of(struct process *shim, uint32_t slot)
{
    struct world *world = shim->world;
    for (unsigned i = 0; i < world->process_count; i++) {
        struct process *worker = world->processes[i];
        if (worker->kind == PROCESS_WORKER && worker->boss == shim->number && worker->slot == slot)
            return worker;
    }
    return NULL;
}

/* A worker takes the place of one that was renewed: not sooner after the last such one than the rate allows,
 * as far as a turn may be late. */
static void look_renewal(struct process *shim)
{
    uint64_t now = process_now(shim), least = 1000 / shim->world->settings.renewals;
    if (shim->renewed && now >= shim->steady && now - shim->renewed + TURN_IS_LATE < least)
        world_fail(shim->world, "%s renews a worker %u ms after another one, and may do so in %u", shim->name,
                   (unsigned)(now - shim->renewed), (unsigned)least);
    shim->renewed = now;
}

static void spawn(struct process *shim, const struct order *order)
{
    struct process *worker = worker_of(shim, order->conn);
    if (worker == NULL || worker->alive) {
        world_fail(shim->world, "%s spawns worker %u, which runs", shim->name, order->conn);
        return;
    }
    if (order->renewed)
        look_renewal(shim);
    snprintf(worker->given, sizeof worker->given, "%s", order->text);
    process_start(worker);
    world_later(shim->world, 1, HAPPENS_SPAWNED, (uint32_t)shim->number, order->conn, shim->incarnation);
}

static void carry_out(struct process *process, const struct order *order)
{
    struct process *worker;
    switch (order->kind) {
    case ORDER_LETTER: send_letter(process, order); break;
    case ORDER_CLOSE: close_conn(process, order->conn); break;
    case ORDER_DIAL: dial(process, order->conn); break;
    case ORDER_SPAWN: spawn(process, order); break;
    case ORDER_KILL:
        worker = worker_of(process, order->conn);
        if (worker && worker->alive)
            world_later(process->world, rng_below(&process->world->net, 5), HAPPENS_DEATH,
                        (uint32_t)worker->number, 0, worker->incarnation);
        break;
    case ORDER_FORGET: break; /* no line is missed here */
    case ORDER_RECORD: journal_say(process, order->record); break;
    case ORDER_LOG: process_log(process, order->level, order->text); break;
    case ORDER_EXIT: process->exits = true; break;
    }
}

void orders_carry_out(struct process *process)
{
    struct outbox orders = process->outbox;
    process->outbox = (struct outbox){0};
    for (size_t i = 0; i < orders.count && process->alive; i++)
        carry_out(process, &orders.orders[i]);
    outbox_clear(&orders);
    if (process->outbox.orders == NULL)
        process->outbox = orders;
    else
        outbox_free(&orders);
    if (process->exits && process->alive)
        process_kill(process, "exits");
}
