/* look_bounds: what a core has taken, held to the bounds that are drawn for it; see look.h. */
#include <inttypes.h>

#include "common/base/account.h"
#include "common/base/mem.h"
#include "tests/sim/bounds.h"
#include "tests/sim/hoarder.h"
#include "tests/sim/look.h"
#include "tests/sim/look_inner.h"

enum {
    MEMORY_SLACK = 32768, /* bytes: what a turn may take on without asking */
    ANSWER = 4096,        /* bytes of one answer, at most */
    BURST = 10            /* seconds worth of log records, docs/limits.md */
};

static bool is_core(const struct process *process)
{
    return process->broker || process->shim;
}

static uint32_t open_conns(const struct process *core)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < core->conn_count; i++)
        count += core->conns[i] != NULL;
    return count;
}

static void look_connections(struct world *world, const struct process *process)
{
    if (!world->settings.spare_connections || !is_core(process))
        return;
    uint64_t most = bounds_connections(process);
    uint32_t open = open_conns(process);
    if (open > most)
        world_fail(world, "%s has %" PRIu32 " connections, of %" PRIu64, process->name, open, most);
}

static void look_memory(struct world *world, const struct process *process)
{
    uint64_t most = process->broker ? world->settings.max_memory : 0;
    uint64_t kept = most > 0 ? look_kept(look_boss(process)) : 0;
    if (kept > most + MEMORY_SLACK)
        world_fail(world, "%s keeps %" PRIu64 " bytes, of %" PRIu64, process->name, kept, most);
}

void look_bounds(struct world *world, const struct process *process)
{
    uint64_t most = world->settings.max_tasks;
    if (process->broker && most > 0 && look_broker_most_tasks(process->broker) > most)
        world_fail(world, "a client of %s has more than %" PRIu64 " tasks", process->name, most);
    uint32_t clients = world->settings.max_clients;
    if (process->broker && clients > 0 && look_broker_clients(process->broker) > clients)
        world_fail(world, "%s has more than %" PRIu32 " clients", process->name, clients);
    look_memory(world, process);
    look_connections(world, process);
}

/* What stands on one link. */
static void look_link(struct world *world, const struct process *process, const struct peer *peer)
{
    const struct link *link = &peer->link;
    uint64_t asked = process->broker && peer->role == ROLE_CLIENT ? world->settings.max_asked : 0;
    bool ends = link_deadline(link) == 0;
    if (asked > 0 && link->control > asked + ANSWER && !ends)
        world_fail(world, "%s keeps %" PRIu64 " bytes of answers that %s does not read, of %" PRIu64,
                   process->name, link->control, peer->name, asked);
    if (link->unsent_seq - link->unread_seq > 1 && link->ahead > link->peer_window)
        world_fail(world, "%s sends %s %" PRIu64 " bytes ahead, of %" PRIu64, process->name, peer->name,
                   link->ahead, link->peer_window);
    if (peer->told_count > 1 && link->limits.max_parts > 0 && peer->told_bytes > link->limits.max_parts)
        world_fail(world, "%s lets %s keep parts of %" PRIu64 " bytes, of %" PRIu64, process->name,
                   peer->name, peer->told_bytes, link->limits.max_parts);
}

static void look_links(struct world *world, const struct process *process, const struct post *post)
{
    for (uint32_t i = 0; i < post->peers.fresh; i++) {
        const struct peer *peer = slab_at(&post->peers, i);
        if (peer->number == i + 1)
            look_link(world, process, peer);
    }
}

static void look_depth(struct world *world, const struct process *process, const struct boss *boss)
{
    uint32_t place = 0;
    uint64_t most = world->settings.max_breadcrumbs;
    for (uint32_t number; most > 0 && (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        if (ledger_breadcrumbs(task).count > most)
            world_fail(world, "%s has a task that is nested %u deep, of %" PRIu64, process->name,
                       ledger_breadcrumbs(task).count, most);
    }
}

void look_turn(struct process *process)
{
    struct world *world = process->world;
    const struct boss *boss = look_boss(process);
    if (boss == NULL)
        return;
    look_links(world, process, &boss->post);
    look_depth(world, process, boss);
}

static bool is_of(const struct world *world, const struct process *one, const struct process *other)
{
    return world->settings.keys ? key_same(&one->key, &other->key) : one->host == other->host;
}

void look_admitted(struct process *core, const struct wire *wire)
{
    struct world *world = core->world;
    const struct process *who = wire->ends[0].process;
    uint32_t own = 0, open = 0;
    if (!world->settings.spare_connections || wire->ends[1].door != DOOR_FRONT || !is_core(core) ||
        !wire->ends[1].open)
        return;
    for (uint32_t i = 0; i < core->conn_count; i++) {
        const struct wire *at = core->conns[i];
        if (at == NULL || at == wire)
            continue;
        open++;
        own +=
            core->sides[i] == 1 && at->ends[1].door == DOOR_FRONT && is_of(world, who, at->ends[0].process);
    }
    uint64_t most = bounds_connections(core);
    if (open < most && own >= ACCOUNT_SHARE * (most - open))
        world_fail(world, "%s lets %s have %u connections more, where %u of %u are open", core->name,
                   who->name, own + 1, open, (unsigned)most);
}

/* Who brings made-up runtimes keeps no manager out that brings some of its own. */
static void look_refused(const struct process *process, const uint8_t *header, size_t size)
{
    struct message message;
    const char *why;
    if (process->world->settings.hoard != HOARD_RUNTIMES || process->kind != PROCESS_SHIM ||
        message_kind(header, size) != KIND_ERROR || message_decode(header, size, &message, &why) != CODE_NONE)
        return;
    if (message.error.code == CODE_TOO_LARGE && !message.error.has_task)
        world_fail(process->world, "%s is told: %.*s", process->name, (int)message.error.text.size,
                   (const char *)message.error.text.data);
}

void look_taken(const struct wire *wire, unsigned side, const uint8_t *header, size_t size,
                const struct blob *body)
{
    look_refused(wire->ends[side].process, header, size);
    const struct process *process = wire->ends[side].process, *from = wire->ends[!side].process;
    bool above = from->kind == PROCESS_BROKER || from->number == process->boss;
    if (body && process->max_body && above && blob_size(body) > process->max_body)
        world_fail(process->world, "%s sends %s %zu bytes, which takes %" PRIu64, from->name, process->name,
                   blob_size(body), process->max_body);
}

void look_dropped(struct world *world, const struct process *process)
{
    if ((process->broker && !look_broker_told(process->broker)) ||
        (process->shim && !look_shim_told(process->shim)))
        world_fail(world, "%s has dropped log records, and does not say so", process->name);
}

struct logged *world_logged(struct world *world, uint32_t worker)
{
    if (worker >= world->logged_count) {
        uint32_t count = worker + 64;
        world->logged = mem_grow(world->logged, world->logged_count, count, sizeof *world->logged);
        world->logged_count = count;
    }
    return &world->logged[worker];
}

bool world_log_is_new(struct logged *logged, uint32_t number)
{
    if (number >= logged->most) {
        uint32_t most = number + 64;
        logged->told = mem_grow(logged->told, logged->most, most, sizeof *logged->told);
        logged->most = most;
    }
    bool new = !logged->told[number];
    logged->told[number] = true;
    logged->count += new;
    return new;
}

bool world_rate_is_kept(const struct world *world, uint32_t count, uint64_t since)
{
    uint64_t rate = world->settings.max_logs, passed = world->now - since + world->tally.jumped;
    return count <= rate * BURST + rate * passed / 1000;
}
