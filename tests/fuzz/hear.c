/* hear: what a member learns from a message that it was given, and whether the core may say that to it. See
 * crowd.h. */
#include <inttypes.h>
#include <string.h>

#include "common/wire/batch.h"
#include "tests/fuzz/crowd.h"

/* What a core may say to whom. */
static const uint64_t said_to[ROLE_LIMIT] = {
    [ROLE_CLIENT] = KINDS_TO_CLIENT,
    [ROLE_BOSS] = KINDS_UP,
    [ROLE_MANAGER] = KINDS_DOWN,
    [ROLE_WORKER] = KINDS_DOWN,
};

/* Remembers a task. */
static void hold(struct member *member, const struct task_header *task)
{
    static const char *const runtimes[] = {"python", "plain", "bqskit"};
    struct held *held = &member->held[member->held_count % HELD];
    struct list crumbs = task->breadcrumbs;
    if (crumbs.count > CRUMBS)
        return;
    *held = (struct held){.address = task->return_address};
    while (list_next_address(&crumbs, &held->crumbs[held->crumb_count]))
        held->crumb_count++;
    for (unsigned i = 0; i < 3; i++)
        if (strlen(runtimes[i]) == task->runtime.size &&
            !memcmp(runtimes[i], task->runtime.data, task->runtime.size))
            held->runtime = i;
    member->held_count++;
}

/* Ids are given to an employee. */
static void note_ids(struct crowd *crowd, const struct member *to, uint32_t lower, uint32_t upper)
{
    for (unsigned i = 0; crowd->ids_differ && i < crowd->given_count; i++)
        if (lower < crowd->given[i].upper && crowd->given[i].lower < upper && crowd->given[i].worked)
            fuzz_fail("ids from %u on are given out again", lower);
    if (crowd->given_count == GIVEN)
        return;
    crowd->given[crowd->given_count].lower = lower;
    crowd->given[crowd->given_count].to = to;
    crowd->given[crowd->given_count].worked = false;
    memcpy(crowd->given[crowd->given_count].link, to->core_link, UUID_SIZE);
    crowd->given[crowd->given_count++].upper = upper;
}

/* A member is given a task: the ids that it has on this link are its own for good. */
static void note_work(struct crowd *crowd, const struct member *to)
{
    for (unsigned i = 0; i < crowd->given_count; i++)
        crowd->given[i].worked |=
            crowd->given[i].to == to && memcmp(crowd->given[i].link, to->core_link, UUID_SIZE) == 0;
}

bool crowd_takes_parts(const struct crowd *crowd, const struct member *member)
{
    return (member - crowd->members) % 4 != 3; /* 3 and 7 do not */
}

bool crowd_takes_sessions(const struct crowd *crowd, const struct member *member)
{
    return (member - crowd->members) % 4 != 2; /* 2 and 6 do not */
}

/* A member is sent a part, or hears that it is not needed any more. */
static void note_part(const struct crowd *crowd, struct member *member, const struct message *message)
{
    uint64_t number = message->share.number, bit = number < 64 ? UINT64_C(1) << number : 0;
    if (!crowd_takes_parts(crowd, member))
        fuzz_fail("a %s goes to who knows of no shared parts", kind_name(message->kind));
    if (bit && (message->kind == KIND_SHARE) == ((member->parts_got & bit) != 0))
        fuzz_fail("a %s of part %" PRIu64 " goes out for nothing", kind_name(message->kind), number);
    member->parts_got ^= bit;
}

/* A task names a part that its receiver has, and whose it is where that is understood. */
static void check_task(const struct crowd *crowd, const struct member *member, const struct task_header *task)
{
    if (task->shared > 0 && !crowd_takes_parts(crowd, member))
        fuzz_fail("a task with a shared part goes to who knows of none");
    if (task->session > 0 && !crowd_takes_sessions(crowd, member))
        fuzz_fail("a task that says whose it is goes to who knows nothing of it");
    if (task->shared > 0 && task->shared < 64 && !(member->parts_got >> task->shared & 1))
        fuzz_fail("a task names part %" PRIu64 ", which its receiver has not got", task->shared);
}

void hear(struct crowd *crowd, struct member *member, const struct message *message, const struct slice *body)
{
    struct batch batch;
    struct task_header task;
    struct slice piece;
    unsigned kind = message->kind;
    if (member->said >= ROLE_LIMIT || !(said_to[member->said] & KIND_BIT(kind)))
        fuzz_fail("a %s goes to a %s", kind_name(kind), role_name(member->said));
    if ((kind == KIND_SUBMIT_BATCH || kind == KIND_RESULT_BATCH) && !batch_open(&batch, message, body))
        fuzz_fail("a batch goes out whose lengths do not add up");
    if (kind == KIND_SUBMIT || kind == KIND_SUBMIT_BATCH) {
        member->last_submit = message->seq;
        note_work(crowd, member);
        if (batch_open(&batch, message, body))
            for (; batch_next_task(&batch, &task, &piece); member->taken++) {
                check_task(crowd, member, &task);
                hold(member, &task);
            }
        if (member->bound && member->taken > member->room)
            fuzz_fail("it is given %" PRIu64 " tasks, and said that it wants %" PRIu64, member->taken,
                      member->room);
    }
    if (kind == KIND_SHARE || kind == KIND_UNSHARE)
        note_part(crowd, member, message);
    if (kind == KIND_CONNECT) {
        struct list ranges = message->connect.ranges;
        while (list_next_range(&ranges, &member->lower, &member->upper))
            note_ids(crowd, member, member->lower, member->upper);
    }
}
