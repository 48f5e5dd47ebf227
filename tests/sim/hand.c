/* hand: see hand.h. */
#include "tests/sim/hand.h"

#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/clerk.h"

static void say(void *owner, const struct message *message, struct slice body)
{
    struct sim_hand *hand = owner;
    if (message->kind == KIND_LOG) {
        struct logged *logged = world_logged(hand->process->world, hand->worker.number);
        logged->since = logged->since ? logged->since : hand->process->world->now;
    }
    if (hand->core)
        clerk_say(hand, message, body);
    else if (hand->line.linked)
        line_send(&hand->line, message, body);
    else
        slice_drop(&body);
}

static void fault(void *owner, const char *text, const struct address *address)
{
    const struct sim_hand *hand = owner;
    struct address none = {0};
    if (address == NULL)
        address = &none;
    world_fail(hand->process->world, "%s: %s: (%d,%llu,%u)", hand->process->name, text, (int)address->worker,
               (unsigned long long)address->mailbox, address->slot);
}

struct sim_hand *hand_new(struct process *process)
{
    struct sim_hand *hand = mem_zalloc(1, sizeof *hand);
    struct rng *rng = &process->rng;
    hand->process = process;
    hand->busy_until = hand->resting_since = NEVER;
    hand->worker.owner = hand;
    hand->worker.say = say;
    hand->worker.fault = fault;
    hand->runtimes[0] = "python";
    if (!process->narrow)
        hand->runtimes[1] = "bqskit";
    hand->line = (struct line){
        .role = ROLE_WORKER,
        .name = process->given,
        .rng = rng_of(rng_next(rng), 0),
        .limits = {.expiry = 60000,
                   .window = 1024u << rng_below(rng, 14),
                   .max_body = process->max_body ? process->max_body : 1 << 30,
                   .max_queue = 1 << 30},
    };
    hand->worker.number = ++process->world->hands;
    hand->worker.max_body = process->max_body;
    hand->worker.shares = rng_chance(rng, 2, 3);
    bool apart = process->world->settings.apart;
    hand->line.features = (hand->worker.shares ? FEATURE_SHARE : 0) | (apart ? FEATURE_SESSIONS : 0);
    rng_bytes(rng, hand->line.boot, UUID_SIZE);
    line_init(&hand->line, process_now(process) + rng_below(rng, 300));
    if (process->modern)
        clerk_make(hand, process->slot != NO_CONN);
    return hand;
}

void hand_free(struct sim_hand *hand)
{
    hand->process->world->tally.tasks += hand->worker.finished;
    line_free(&hand->line);
    if (hand->core)
        worker_free(hand->core);
    slice_drop(&hand->part);
    sim_worker_free(&hand->worker);
    mem_free(hand);
}

/* The Python worker's process ends when its link does (conn.py, LOST), and when it is told to. */
static void leave(struct sim_hand *hand, struct outbox *outbox)
{
    hand->gone = true;
    if (!hand->core)
        line_drop(&hand->line, outbox);
    outbox_exit(outbox, 3);
}

/* A worker that a shim started apart has tasks of one session. */
static void note_session(struct sim_hand *hand, const struct task_header *task)
{
    const struct process *shim = hand->process->world->processes[hand->process->boss];
    if (!hand->process->world->settings.apart || shim->only_connect ||
        hand->process->world->processes[shim->boss]->kind != PROCESS_BROKER)
        return;
    if (task->session == 0 || (hand->session && hand->session != task->session))
        fault(hand, "a task of another session", &task->return_address);
    hand->session = task->session;
}

/* Tasks came, as the clerk says of those that come to a worker with one. */
static void note_tasks(struct sim_hand *hand, const struct message *message, const struct slice *body)
{
    struct batch batch;
    struct task_header task;
    struct slice piece;
    if ((message->kind != KIND_SUBMIT && message->kind != KIND_SUBMIT_BATCH) ||
        !batch_open(&batch, message, body))
        return;
    while (batch_next_task(&batch, &task, &piece)) {
        world_came(hand->process->world, &task.return_address, task.attempt);
        note_session(hand, &task);
    }
}

static void take(struct sim_hand *hand, const struct message *message, const struct slice *body,
                 struct outbox *outbox)
{
    struct sim_worker *worker = &hand->worker;
    if (message->kind == KIND_SHUTDOWN || message->kind == KIND_DISCONNECT) {
        leave(hand, outbox);
        return;
    }
    struct list ranges = message->connect.ranges;
    uint32_t lower, upper;
    if (!hand->begun && message->kind == KIND_CONNECT && list_next_range(&ranges, &lower, &upper)) {
        hand->begun = true;
        worker->id = lower;
        sim_say_started(worker, hand->runtimes);
    } else if (hand->begun) {
        note_tasks(hand, message, body);
        sim_worker_read(worker, message, body);
    } else if (message->kind != KIND_IMPORTPATH) {
        fault(hand, "mail before its id", NULL);
    }
}

/* Lets the loop go on where its time has come. */
static void run(struct sim_hand *hand, uint64_t now)
{
    uint32_t ms;
    if (!hand->begun || (hand->busy_until != NEVER && now < hand->busy_until))
        return;
    bool computes = sim_worker_run(&hand->worker, &ms);
    hand->busy_until = computes ? now + ms : NEVER;
    bool rests = !computes && sim_worker_rests(&hand->worker);
    if (!rests)
        hand->resting_since = NEVER;
    else if (hand->resting_since == NEVER)
        hand->resting_since = hand->process->world->now;
}

/* It killed itself. */
static void die(struct sim_hand *hand)
{
    struct process *process = hand->process;
    hand->gone = true;
    process->world->tally.kills++;
    world_later(process->world, 0, HAPPENS_DEATH, (uint32_t)process->number, 0, process->incarnation);
}

/* With libmailroom's core: what came, then the loop, then what it said. */
static void step_core(struct sim_hand *hand, const struct event *event, struct outbox *outbox)
{
    struct event turn = {.kind = EVENT_TURN, .now = event->now};
    worker_step(hand->core, event, outbox);
    if (!hand->begun && worker_id(hand->core, &hand->worker.id))
        hand->begun = true;
    bool goes_on = clerk_give(hand);
    if (goes_on)
        run(hand, event->now);
    if (hand->worker.dead) {
        die(hand);
        return;
    }
    goes_on = goes_on && clerk_give(hand); /* what waited for the loop to wait */
    worker_step(hand->core, &turn, outbox);
    if (!goes_on)
        leave(hand, outbox);
}

void hand_step(struct sim_hand *hand, const struct event *event, struct outbox *outbox)
{
    struct message message;
    struct slice body;
    const char *why;
    if (hand->gone)
        return;
    if (hand->core) {
        step_core(hand, event, outbox);
        return;
    }
    if (event->kind != EVENT_TURN) {
        switch (line_event(&hand->line, event, outbox, &message, &body, &why)) {
        case LINE_NOTHING:
        case LINE_WENT_ON: break;
        case LINE_BEGAN:
            if (hand->begun)
                leave(hand, outbox);
            break;
        case LINE_DELIVER:
            take(hand, &message, &body, outbox);
            slice_drop(&body);
            break;
        case LINE_LOST:
        case LINE_REFUSED: leave(hand, outbox); break;
        }
    }
    if (hand->gone)
        return;
    run(hand, event->now);
    if (hand->worker.dead) {
        die(hand);
        return;
    }
    if (event->kind == EVENT_TURN && line_turn(&hand->line, event->now, outbox) == LINE_LOST)
        leave(hand, outbox);
}

uint64_t hand_deadline(const struct sim_hand *hand)
{
    if (hand->gone)
        return NEVER;
    uint64_t due = hand->core ? worker_deadline(hand->core) : line_deadline(&hand->line);
    return hand->busy_until < due ? hand->busy_until : due;
}
