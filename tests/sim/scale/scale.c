/* scale: the work of one core, broker or shim, for a task, as it has more employees and more in its queue.
 * The core is the real one; its peers are played, and what they do is not counted. tests/sim/measure-scale
 * runs it for many sizes; docs/scale.md says what follows.
 *
 *     mailroom_scale broker|shim MANAGERS QUEUED TASKS [MAP]
 *
 * MANAGERS managers with one worker each, all busy; QUEUED tasks wait behind them (at the broker: a shim's
 * wait at its boss); then TASKS more go through, as many in a turn as BURST, submitted one by one or as maps
 * of MAP. One line of JSON: how many have gone through, the instructions of the core for each of them where
 * the processor's counter can be read, and the bytes that a waiting task takes. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/core/broker.h"
#include "common/base/mem.h"
#include "common/link/post.h"
#include "common/wire/batch.h"
#include "tests/sim/line.h"
#include "tests/sim/scale/counter.h"
#include "worker-shim/core/shim.h"

enum {
    BURST = 64,      /* tasks that end in one turn, */
    FILL = 1000,     /* and that are submitted in one before it is measured */
    MEAL = 1000,     /* turns without news after which something is wrong */
    MOST_IDS = 4096, /* that are given at a time: PROTOCOL.md section 5, CONNECT */
    ALWAYS = 100,    /* turns: so often all peers have a turn, which else only those have that got mail */
};

struct player {
    struct line line;
    struct outbox outbox;
    char name[16];
    uint32_t number; /* of its connection too; 0: the client, or the shim's boss */
    bool dirty;
    uint32_t id; /* a manager's worker */
    uint64_t receipt;
    struct address *tasks; /* that it has, a ring */
    uint32_t first, count, room;
};

struct scale {
    struct broker *broker;
    struct shim *shim;
    struct outbox outbox;
    struct player *peers;
    uint32_t peer_count;
    uint32_t *dirty, dirty_count;
    uint32_t *busy, busy_first, busy_count; /* managers with something to end, a ring of peer_count */
    uint64_t now, turns, submitted, ended, credit, sent, next_id;
    uint32_t map; /* tasks of one, 0: they are submitted one by one */
    bool measures;
    uint64_t work; /* counted */
};

static void mark(struct scale *scale, struct player *player)
{
    if (player->dirty)
        return;
    player->dirty = true;
    scale->dirty[scale->dirty_count++] = player->number;
}

static void say(struct scale *scale, struct player *player, const struct message *message)
{
    line_send(&player->line, message, SLICE_NONE);
    mark(scale, player);
}

static void say_waiting(struct scale *scale, struct player *player)
{
    struct message message = {.kind = KIND_WAITING};
    message.waiting.idle = message.waiting.room = player->count ? 0 : 1;
    message.waiting.receipt = player->receipt;
    say(scale, player, &message);
}

static void say_started(struct scale *scale, struct player *player, const struct message *connect)
{
    struct message message = {.kind = KIND_STARTED};
    struct builder runtimes = {0};
    struct list ranges = connect->connect.ranges;
    uint32_t upper;
    if (player->id != 0 || !list_next_range(&ranges, &player->id, &upper))
        return;
    builder_runtime(&runtimes, span_text("python"), span_text(""));
    message.started.total_workers = 1;
    message.started.runtimes = builder_list(&runtimes);
    say(scale, player, &message);
    builder_free(&runtimes);
    say_waiting(scale, player);
}

static void take_tasks(struct scale *scale, struct player *player, const struct message *message,
                       const struct slice *body)
{
    struct batch batch;
    struct task_header header;
    struct slice piece;
    player->receipt = message->seq;
    if (!batch_open(&batch, message, body))
        abort();
    while (batch_next_task(&batch, &header, &piece)) {
        if (player->count == player->room)
            abort(); /* it was given more than it asked for */
        player->tasks[(player->first + player->count++) % player->room] = header.return_address;
        scale->busy[(scale->busy_first + scale->busy_count++) % scale->peer_count] = player->number;
    }
}

/* A manager's worker has done a task. */
static void end_task(struct scale *scale)
{
    struct player *player = &scale->peers[scale->busy[scale->busy_first]];
    struct message message = {.kind = KIND_RESULT};
    scale->busy_first = (scale->busy_first + 1) % scale->peer_count;
    scale->busy_count--;
    message.result.return_address = player->tasks[player->first];
    message.result.completed_by = player->id;
    player->first = (player->first + 1) % player->room;
    player->count--;
    say(scale, player, &message);
    say_waiting(scale, player);
}

static void fill_task(struct scale *scale, struct task_header *header, uint8_t *uuid, uint32_t slot)
{
    uint64_t number = ++scale->submitted;
    if (slot == 0)
        memcpy(uuid, &number, sizeof number);
    *header = (struct task_header){.return_address = {.worker = WORKER_NIL, .slot = slot},
                                   .uuid = slot == 0 ? uuid : NULL,
                                   .runtime = span_text("python"),
                                   .priority = 128,
                                   .flags = TASK_DELIVER};
    if (scale->shim) {
        header->return_address.mailbox = header->comp_task_id = number;
        header->uuid = NULL;
    }
}

static void submit(struct scale *scale)
{
    struct message message = {.kind = KIND_SUBMIT};
    struct builder tasks = {0}, lengths = {0};
    struct task_header header;
    uint8_t uuid[UUID_SIZE] = {0};
    if (scale->map == 0) {
        fill_task(scale, &message.submit, uuid, 0);
        say(scale, &scale->peers[0], &message);
        return;
    }
    for (uint32_t slot = 0; slot < scale->map; slot++) {
        fill_task(scale, &header, uuid, slot);
        builder_task(&tasks, &header);
        builder_number(&lengths, 0);
    }
    message.kind = KIND_SUBMIT_BATCH;
    message.batch.tasks = builder_list(&tasks);
    message.batch.lengths = builder_list(&lengths);
    say(scale, &scale->peers[0], &message);
    builder_free(&tasks);
    builder_free(&lengths);
}

/* The shim's boss gives it ids, as many as it asks for. */
static void give_ids(struct scale *scale, uint64_t count)
{
    struct message message = {.kind = KIND_CONNECT};
    struct builder ranges = {0};
    builder_range(&ranges, (uint32_t)scale->next_id, (uint32_t)(scale->next_id + count));
    scale->next_id += count;
    message.connect.corr = NO_NUMBER;
    message.connect.ranges = builder_list(&ranges);
    say(scale, &scale->peers[0], &message);
    builder_free(&ranges);
}

static void read_mail(struct scale *scale, struct player *player, const struct message *message,
                      const struct slice *body)
{
    switch (message->kind) {
    case KIND_CONNECT: say_started(scale, player, message); break;
    case KIND_SUBMIT:
    case KIND_SUBMIT_BATCH: take_tasks(scale, player, message, body); break;
    case KIND_RESULT: scale->ended++; break;
    case KIND_RESULT_BATCH: scale->ended += message->batch.tasks.count; break;
    case KIND_IDS: give_ids(scale, message->ids.count); break;
    case KIND_WAITING: /* the shim to its boss */ scale->credit = message->waiting.room; break;
    case KIND_STARTED:
    case KIND_IMPORTPATH: break;
    default: fprintf(stderr, "%s is told %s\n", player->name, kind_name(message->kind)); exit(1);
    }
}

/* What a step has ordered: letters for the peers. */
static void carry_out(struct scale *scale)
{
    struct outbox orders = scale->outbox;
    scale->outbox = (struct outbox){0};
    for (size_t i = 0; i < orders.count; i++) {
        const struct order *order = &orders.orders[i];
        if (order->kind == ORDER_LOG && order->level <= LOG_WARNING)
            fprintf(stderr, "%s\n", order->text);
        if (order->kind != ORDER_LETTER)
            continue;
        struct player *player = &scale->peers[order->conn];
        struct slice whole = order->letter->body, body;
        struct event mail = {.kind = EVENT_MAIL,
                             .conn = order->conn,
                             .now = scale->now,
                             .header = order->letter->header,
                             .header_size = order->letter->header_size,
                             .body = whole.size ? blob_copy(slice_data(&whole), whole.size) : NULL,
                             .frames = 2};
        struct message message;
        const char *why;
        enum line_verdict verdict = line_event(&player->line, &mail, &player->outbox, &message, &body, &why);
        if (verdict == LINE_DELIVER)
            read_mail(scale, player, &message, &body);
        else if (verdict == LINE_BEGAN && player->line.role == ROLE_BOSS)
            give_ids(scale, MOST_IDS);
        slice_drop(&body);
        blob_unref(mail.body);
        mark(scale, player);
    }
    outbox_free(&orders);
}

static void step(struct scale *scale, struct event *event)
{
    event->now = scale->now;
    if (scale->measures)
        counter_start();
    if (scale->broker)
        broker_step(scale->broker, event, &scale->outbox);
    else
        shim_step(scale->shim, event, &scale->outbox);
    if (scale->measures)
        scale->work += counter_stop();
    carry_out(scale);
}

/* A peer says what it has to say. */
static void speak(struct scale *scale, struct player *player)
{
    player->dirty = false;
    line_turn(&player->line, scale->now, &player->outbox);
    struct outbox orders = player->outbox;
    player->outbox = (struct outbox){0};
    for (size_t i = 0; i < orders.count; i++) {
        const struct order *order = &orders.orders[i];
        struct message message;
        struct slice body;
        const char *why;
        struct event event = {.kind = EVENT_OPENED, .conn = player->number, .now = scale->now, .peer = 1};
        if (order->kind == ORDER_DIAL) {
            line_event(&player->line, &event, &player->outbox, &message, &body, &why);
            mark(scale, player);
        } else if (order->kind == ORDER_LETTER) {
            event.kind = EVENT_MAIL;
            event.door = DOOR_FRONT;
            event.header = order->letter->header;
            event.header_size = order->letter->header_size;
            event.body = order->letter->body.blob;
            event.frames = order->letter->body.size ? 2 : 1;
            step(scale, &event);
        }
    }
    outbox_free(&orders);
}

/* All that is to be said is said, and the core has its turn. */
static void turn(struct scale *scale)
{
    struct event event = {.kind = EVENT_TURN};
    scale->now++;
    if (++scale->turns % ALWAYS == 0) {
        for (uint32_t i = 0; i < scale->peer_count; i++)
            mark(scale, &scale->peers[i]);
    }
    uint32_t count = scale->dirty_count, *dirty = scale->dirty;
    scale->dirty = mem_alloc(scale->peer_count * sizeof *dirty);
    scale->dirty_count = 0;
    for (uint32_t i = 0; i < count; i++)
        speak(scale, &scale->peers[dirty[i]]);
    mem_free(dirty);
    step(scale, &event);
}

static struct link_limits limits(void)
{
    return (struct link_limits){.expiry = 1ull << 40,
                                .window = 1ull << 40,
                                .max_body = 1 << 30,
                                .max_queue = 1ull << 40,
                                .section = "scale"};
}

static void make_core(struct scale *scale, bool broker)
{
    if (broker) {
        struct broker_config config;
        broker_config_default(&config);
        memset(config.boot, 'b', UUID_SIZE);
        config.first_mailbox = 1;
        config.client_link = config.employee_link = limits();
        config.max_connections = config.max_tasks = config.max_session_bytes = 1ull << 40;
        snprintf(config.name, sizeof config.name, "core");
        scale->broker = broker_new(&config, NULL, 0, scale->now);
        return;
    }
    struct shim_config config;
    shim_config_default(&config);
    memset(config.boot, 'b', UUID_SIZE);
    config.managers = true;
    config.ids = scale->peer_count;
    config.boss_link = config.manager_link = config.worker_link = limits();
    config.max_connections = 1ull << 40;
    snprintf(config.name, sizeof config.name, "core");
    scale->shim = shim_new(&config, NULL, 0, scale->now);
}

static void make_peers(struct scale *scale)
{
    for (uint32_t i = 0; i < scale->peer_count; i++) {
        struct player *player = &scale->peers[i];
        struct line *line = &player->line;
        player->number = i;
        snprintf(player->name, sizeof player->name, "peer%u", i);
        line->rng = rng_of(i, 1);
        line->limits = limits();
        line->name = player->name;
        line->role = i > 0 ? ROLE_MANAGER : scale->broker ? ROLE_CLIENT : ROLE_BOSS;
        line->ids = i > 0;
        line->features = FEATURE_SHARE | FEATURE_SESSIONS;
        rng_bytes(&line->rng, line->boot, UUID_SIZE);
        line_init(line, scale->now);
        player->room = 1;
        player->tasks = mem_alloc(sizeof *player->tasks);
        mark(scale, player);
    }
}

/* Turns until so many tasks have ended in all; each that ends is followed by another, so that as many as
 * `outstanding` are under way. `burst`: how many end in one turn at most. */
static void go_on(struct scale *scale, uint64_t ended, uint64_t outstanding, uint32_t burst)
{
    uint32_t least = scale->map ? scale->map - 1 : 0; /* of a map, which is not due yet */
    for (uint32_t idle = 0; scale->ended < ended || scale->submitted + least < outstanding; idle++) {
        uint64_t before = scale->ended + scale->submitted;
        for (uint32_t i = 0; i < burst && scale->busy_count > 0; i++)
            end_task(scale);
        uint64_t due = scale->ended + outstanding - scale->submitted;
        uint32_t size = scale->map ? scale->map : 1;
        if (scale->shim && due > scale->credit)
            due = scale->credit;
        if (due > FILL)
            due = FILL;
        scale->credit -= scale->shim ? due : 0;
        for (; due >= size; due -= size)
            submit(scale);
        turn(scale);
        if (scale->ended + scale->submitted != before)
            idle = 0;
        if (idle == MEAL) {
            fprintf(stderr, "nothing goes on: %llu submitted, %llu ended, %u managers busy\n",
                    (unsigned long long)scale->submitted, (unsigned long long)scale->ended,
                    scale->busy_count);
            exit(1);
        }
    }
}

/* The bytes that are in use. */
static uint64_t in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void end(struct scale *scale)
{
    for (uint32_t i = 0; i < scale->peer_count; i++) {
        line_free(&scale->peers[i].line);
        outbox_free(&scale->peers[i].outbox);
        mem_free(scale->peers[i].tasks);
    }
    if (scale->broker)
        broker_free(scale->broker);
    else
        shim_free(scale->shim);
    outbox_free(&scale->outbox);
    mem_free(scale->peers);
    mem_free(scale->busy);
    mem_free(scale->dirty);
}

int main(int count, char **words)
{
    if (count < 5 || count > 6 || (strcmp(words[1], "broker") != 0 && strcmp(words[1], "shim") != 0)) {
        fprintf(stderr, "usage: mailroom_scale broker|shim MANAGERS QUEUED TASKS [MAP]\n");
        return 2;
    }
    uint64_t managers = strtoull(words[2], NULL, 10), queued = strtoull(words[3], NULL, 10),
             tasks = strtoull(words[4], NULL, 10);
    struct scale scale = {.now = 1000, .next_id = 1};
    scale.map = count > 5 ? (uint32_t)strtoull(words[5], NULL, 10) : 0;
    scale.peer_count = (uint32_t)managers + 1;
    scale.peers = mem_zalloc(scale.peer_count, sizeof *scale.peers);
    scale.busy = mem_alloc(scale.peer_count * sizeof *scale.busy);
    scale.dirty = mem_alloc(scale.peer_count * sizeof *scale.dirty);
    make_core(&scale, strcmp(words[1], "broker") == 0);
    make_peers(&scale);
    for (unsigned i = 0; i < 2 * ALWAYS; i++) /* all shake hands */
        turn(&scale);
    if (scale.shim)
        queued = 0;
    go_on(&scale, 0, managers, 0);
    uint64_t before = in_use();
    go_on(&scale, 0, managers + queued, 0);
    uint64_t kept = in_use() - before;
    scale.measures = true;
    uint64_t first = scale.ended;
    go_on(&scale, first + tasks, managers + queued, BURST);
    uint64_t ended = scale.ended - first;
    printf("{\"core\": \"%s\", \"managers\": %llu, \"queued\": %llu, \"map\": %u, \"tasks\": %llu, ",
           words[1], (unsigned long long)managers, (unsigned long long)queued, scale.map,
           (unsigned long long)ended);
    if (counter_counts())
        printf("\"instructions\": %.0f, ", (double)scale.work / (double)ended);
    printf("\"bytes\": %.0f}\n", queued ? (double)kept / (double)queued : 0.0);
    end(&scale);
    return 0;
}
