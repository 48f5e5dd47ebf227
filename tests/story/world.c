/* world: gives events to the core, carries out its orders, moves the time. See world.h. */
#include "tests/story/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum { START = 1000000, MAX_TURNS = 100000 };

void lines_add(struct lines *lines, char *line)
{
    lines->items = mem_resize(lines->items, lines->count + 1, sizeof *lines->items);
    lines->items[lines->count++] = line;
}

void lines_remove(struct lines *lines, size_t index)
{
    mem_free(lines->items[index]);
    lines->count--;
    memmove(&lines->items[index], &lines->items[index + 1], (lines->count - index) * sizeof *lines->items);
}

void lines_clear(struct lines *lines)
{
    while (lines->count > 0) {
        lines_remove(lines, lines->count - 1);
    }
    mem_free(lines->items);
    lines->items = NULL;
}

void world_init(struct world *world, const char *file)
{
    *world = (struct world){.file = file, .now = START};
    const unsigned quiet[] = {KIND_ACK, KIND_PING, KIND_PONG, KIND_CHUNK};
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        world->hidden |= UINT64_C(1) << quiet[i];
    }
}

void world_free(struct world *world)
{
    if (world->broker != NULL) {
        broker_free(world->broker);
    }
    if (world->shim != NULL) {
        shim_free(world->shim);
    }
    for (size_t i = 0; i < world->peer_count; i++) {
        peer_free(world->peers[i]);
    }
    outbox_free(&world->outbox);
    lines_clear(&world->came);
    lines_clear(&world->logs);
    variables_free(&world->variables);
    shelf_free(world->shelf);
}

void world_fail(struct world *world, const char *format, ...)
{
    if (world->failed) {
        return;
    }
    world->failed = true;
    printf("%s:%u: ", world->file, world->line);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    for (size_t i = 0; i < world->came.count; i++) {
        printf("    came: %s\n", world->came.items[i]);
    }
    for (size_t i = 0; i < world->logs.count; i++) {
        printf("    log: %s\n", world->logs.items[i]);
    }
}

void world_came(struct world *world, char *line)
{
    lines_add(&world->came, line);
}

bool world_take(struct world *world, const char *line)
{
    for (size_t i = 0; i < world->came.count; i++) {
        if (strcmp(world->came.items[i], line) == 0) {
            lines_remove(&world->came, i);
            return true;
        }
    }
    return false;
}

void world_answer(struct world *world, bool *orders, const char *what, uint32_t number, const char *order)
{
    if (number >= MAX_SLOTS || !orders[number]) {
        world_fail(world, "expected: %s %u %s", what, number, order);
        return;
    }
    orders[number] = false;
    char *line = text_format("%s %u %s", what, number, order);
    (void)world_take(world, line); /* the story may have spoken of it */
    mem_free(line);
}

/* The core closes a connection: nothing passes on it from here on. */
static void carry_out_close(struct world *world, uint32_t conn)
{
    struct peer *peer = peer_of_conn(world, conn);
    if (peer == NULL) {
        world_fail(world, "connection %u is closed, but it was not open", conn);
        return;
    }
    peer_lose(world, peer);
    world_came(world, text_format("%s is closed", peer->name));
}

static void carry_out_letter(struct world *world, const struct order *order)
{
    struct peer *peer = peer_of_conn(world, order->conn);
    if (peer == NULL) {
        world_fail(world, "a %s goes to connection %u, which is not open", kind_name(order->letter->kind),
                   order->conn);
        return;
    }
    peer_receive(world, peer, order->letter);
}

/* An order that the edge answers later: to dial a line, to spawn a worker. */
static void carry_out_start(struct world *world, const struct order *order, bool *orders, const char *what,
                            const char *wish)
{
    if (order->conn >= MAX_SLOTS || orders[order->conn]) {
        world_fail(world, "%s %u %s though it was not to be", what, order->conn, wish);
        return;
    }
    orders[order->conn] = true;
    world_came(world, text_format("%s %u %s", what, order->conn, wish));
    if (order->text != NULL) {
        snprintf(world->slot_names[order->conn], sizeof world->slot_names[0], "%s", order->text);
    }
}

static void carry_out_record(struct world *world, const struct order *order)
{
    const char *wrong = world->shelf ? shelf_say(world->shelf, order->record) : "there is no journal";
    if (wrong != NULL)
        world_fail(world, "a record of kind %u: %s", order->record->kind, wrong);
}

static void carry_out(struct world *world, const struct order *order)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    switch (order->kind) {
    case ORDER_LETTER: carry_out_letter(world, order); return;
    case ORDER_CLOSE: carry_out_close(world, order->conn); return;
    case ORDER_DIAL: carry_out_start(world, order, world->dialled, "line", "is dialled"); return;
    case ORDER_FORGET: world_came(world, text_format("line %u is forgotten", order->conn)); return;
    case ORDER_SPAWN: carry_out_start(world, order, world->spawned, "worker", "is spawned"); return;
    case ORDER_KILL: world_came(world, text_format("worker %u is killed", order->conn)); return;
    case ORDER_RECORD: carry_out_record(world, order); return;
    case ORDER_LOG: lines_add(&world->logs, text_format("%s: %s", levels[order->level], order->text)); return;
    case ORDER_EXIT: world_came(world, text_format("exit %d", order->level)); return;
    }
}

void world_step(struct world *world, struct event event)
{
    event.now = world->now;
    if (world->broker != NULL) {
        broker_step(world->broker, &event, &world->outbox);
    } else if (world->shim != NULL) {
        shim_step(world->shim, &event, &world->outbox);
    } else {
        world_fail(world, "the story must begin with a line that says \"broker\" or \"shim\"");
        return;
    }
    for (size_t i = 0; i < world->outbox.count; i++) {
        carry_out(world, &world->outbox.orders[i]);
    }
    outbox_clear(&world->outbox);
    world->turn_due = event.kind != EVENT_TURN;
}

void world_turn(struct world *world)
{
    bool more = true;
    for (unsigned turns = 0; more && !world->failed; turns++) {
        if (world->turn_due) {
            world_step(world, (struct event){.kind = EVENT_TURN});
        }
        more = false;
        for (size_t i = 0; i < world->peer_count; i++) {
            peer_due(world, world->peers[i]);
            more |= peer_pump(world, world->peers[i]);
        }
        if (turns == MAX_TURNS) {
            world_fail(world, "the core and its peers do not come to rest");
        }
    }
}

bool world_has_more(const struct world *world)
{
    return (world->broker && broker_deadline(world->broker) <= world->now) ||
           (world->shim && shim_deadline(world->shim) <= world->now);
}

/* The next time at which the core or a peer has something to do. */
static uint64_t next_deadline(const struct world *world)
{
    uint64_t next = world->broker != NULL ? broker_deadline(world->broker) : shim_deadline(world->shim);
    for (size_t i = 0; i < world->peer_count; i++) {
        const struct peer *peer = world->peers[i];
        uint64_t due =
            peer->open && peer->link.connected && !peer->silent ? link_deadline(&peer->link) : NEVER;
        next = due < next ? due : next;
    }
    return next;
}

void world_wait(struct world *world, uint64_t ms)
{
    if (world->broker == NULL && world->shim == NULL) {
        world_fail(world, "there is no core yet");
        return;
    }
    uint64_t end = world->now + ms;
    for (unsigned turns = 0; !world->failed; turns++) {
        world_turn(world);
        uint64_t next = next_deadline(world);
        if (next > end) {
            break;
        }
        world->now = next > world->now ? next : world->now;
        world->turn_due = true;
        if (turns == MAX_TURNS) {
            world_fail(world, "a deadline is due again and again at %llu ms", (unsigned long long)next);
        }
    }
    world->now = end;
}
