/* Tests of common/boss/boss_loss: who is to blame, what becomes of a task that comes back, who is recalled.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/link/post_inner.h"

#include "common/boss/boss.h"
#include "tasks.h"

/* A boss, with employees whose links are connected to nobody. */
struct house {
    struct boss boss;
    struct outbox outbox;
    uint32_t flow;
    uint8_t peers; /* so far: makes link ids */
};

static const uint8_t boot[UUID_SIZE] = {1};

static void open_house(struct house *house)
{
    struct link_limits limits = {
        .expiry = 1000, .window = 1 << 20, .max_body = 1 << 20, .max_queue = 1 << 20};
    struct post_config config = {.boot = boot, .limits = {[ROLE_MANAGER] = limits, [ROLE_WORKER] = limits}};
    *house = (struct house){0};
    boss_init(&house->boss, &config, NULL, 0, 0);
    house->boss.outbox = &house->outbox;
    house->boss.max_attempts = 3;
    house->boss.max_losses = 5;
    house->flow = queue_open_flow(&house->boss.queue, queue_open_party(&house->boss.queue));
}

static void close_house(struct house *house)
{
    boss_free(&house->boss);
    outbox_free(&house->outbox);
}

/* An employee that has started with these runtimes ("ab": a and b), and says WAITING. */
static struct employee *hire(struct house *house, unsigned role, const char *runtimes)
{
    uint8_t link_id[UUID_SIZE] = {++house->peers};
    struct peer *peer = post_peer_new(&house->boss.post, role, link_id, 0);
    link_connected(&peer->link, 1 << 20, 1 << 20, 0, 0);
    struct employee *employee = boss_hire(&house->boss, peer);
    struct builder names = {0};
    for (; *runtimes; runtimes++)
        builder_runtime(&names, (struct span){(const uint8_t *)runtimes, 1}, span_text("1"));
    struct message started = {.kind = KIND_STARTED, .started.total_workers = 4};
    started.started.runtimes = builder_list(&names);
    employee->has_ids = true;
    struct employee *crowd;
    cr_assert_eq(boss_started(&house->boss, employee, &started, &crowd), HANDLED);
    builder_free(&names);
    return employee;
}

static void waiting(struct house *house, struct employee *employee, uint32_t idle, uint32_t room,
                    uint32_t queued)
{
    struct message message = {
        .kind = KIND_WAITING,
        .waiting = {
            .idle = idle, .room = room, .queued = queued, .receipt = employee->peer->link.next_seq - 1}};
    cr_assert_eq(boss_waiting(&house->boss, employee, &message), HANDLED);
}

/* A root of this runtime is queued. */
static uint32_t add(struct house *house, uint64_t mailbox, const char *runtime)
{
    struct task_header header = tasks_header(tasks_root(mailbox, 0));
    header.runtime = span_text(runtime);
    return boss_accept(&house->boss, &header, NO_SHARE, SLICE_NONE, house->flow, NO_RECORD);
}

static const char *schedule(struct house *house)
{
    const char *why = NULL;
    uint32_t unfit = boss_schedule(&house->boss, &why);
    post_flush(&house->boss.post, 0, &house->outbox);
    return unfit == NO_RECORD ? NULL : why;
}

static enum taken take_back(struct house *house, uint32_t task, enum return_reason reason, const char *text)
{
    return boss_take_back(&house->boss, task, reason, span_text(text), house->flow);
}

/* The last letter on an employee's link that is of this kind, false: there is none. */
static bool last_letter(const struct employee *employee, unsigned kind, struct message *message)
{
    const struct link *link = &employee->peer->link;
    for (uint64_t seq = link->next_seq; seq-- > link->first_seq;) {
        const struct letter *letter = link->ring[seq & (link->ring_size - 1)];
        const char *why;
        cr_assert_eq(message_decode(letter->header, letter->header_size, message, &why), CODE_NONE);
        if (message->kind == kind)
            return true;
    }
    return false;
}

/* Blame. */

/* How many of its tasks a worker that dies now is charged with, or loses for another reason. */
static unsigned blamed(const struct house *house, struct employee *worker, enum return_reason reason)
{
    unsigned count = 0;
    roster_judge(&house->boss.ledger, worker, false);
    for (uint32_t at = worker->held; at != NO_RECORD; at = ledger_task(&house->boss.ledger, at)->next)
        count += roster_blame(&house->boss.ledger, worker, at) == reason;
    return count;
}

Test(boss_loss, blame_is_for_what_was_handed_over_since_the_last_waiting)
{
    struct house house;
    open_house(&house);
    struct employee *worker = hire(&house, ROLE_WORKER, "a");
    cr_assert_eq(blamed(&house, worker, RETURN_TO_BLAME), 0); /* it has nothing */
    waiting(&house, worker, 2, 2, 0);
    add(&house, 1, "a");
    add(&house, 2, "a");
    schedule(&house);
    cr_assert_eq(blamed(&house, worker, RETURN_TO_BLAME), 2);
    waiting(&house, worker, 1, 1, 0); /* both are suspended: it may be either */
    cr_assert_eq(blamed(&house, worker, RETURN_TO_BLAME), 2);
    uint32_t third = add(&house, 3, "a");
    schedule(&house);
    cr_assert_eq(worker->num_tasks, 3);
    cr_assert_eq(blamed(&house, worker, RETURN_TO_BLAME), 1);
    cr_assert_eq(worker->held, third); /* the front of the list is the newest */
    boss_forget(&house.boss, third);   /* it is done, without a WAITING: another one woke up */
    cr_assert_eq(blamed(&house, worker, RETURN_TO_BLAME), 2);
    waiting(&house, worker, 2, 2, 0);
    add(&house, 4, "a");
    uint32_t fifth = add(&house, 5, "a");
    schedule(&house);
    cr_assert_eq(blamed(&house, worker, RETURN_TO_BLAME), 2);
    boss_forget(&house.boss, ledger_task(&house.boss.ledger, worker->held)->next); /* the older of the two */
    cr_assert_eq(blamed(&house, worker, RETURN_TO_BLAME), 1);
    cr_assert_eq(worker->held, fifth);
    cr_assert_eq(worker->num_tasks, 3);
    close_house(&house);
}

/* Four tasks at one worker, and what it last said of them: what it is charged with, task by task. */
static const struct {
    const char *what;
    bool seen; /* by its page */
    uint64_t begun;
    enum page_state state;
    unsigned running; /* which one, from 1 */
    const char *fate; /* B: to blame, L: lost, U: unbegun */
} words[] = {
    {"the one that runs", true, 2, PAGE_RUNS, 2, "LBUU"},
    {"one that was suspended runs again", true, 3, PAGE_RUNS, 1, "BLLU"},
    {"none runs: those that are suspended", true, 2, PAGE_WAITS, 0, "BBUU"},
    {"none runs, and none has begun", true, 0, PAGE_WAITS, 0, "UUUU"},
    {"one is done, its result had not left", true, 2, PAGE_BETWEEN, 2, "LLUU"},
    {"all have begun", true, 4, PAGE_RUNS, 4, "LLLB"},
    {"what it said last holds while that runs", false, 2, PAGE_RUNS, 2, "LBUU"},
    {"nothing ran then: the next one may have begun", false, 2, PAGE_WAITS, 0, "LLBU"},
    {"nothing ran then, and nothing was there to begin", false, 4, PAGE_WAITS, 0, "BBBB"},
    {"what it said is done: the next one may have begun", false, 2, PAGE_RUNS, 9, "LLBU"},
};

Test(boss_loss, blame_is_for_what_the_worker_says_that_it_runs)
{
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        struct house house;
        uint32_t tasks[4];
        char fate[5] = "";
        open_house(&house);
        struct employee *worker = hire(&house, ROLE_WORKER, "a");
        waiting(&house, worker, 1, 4, 0);
        for (unsigned j = 0; j < 4; j++)
            tasks[j] = add(&house, j + 1, "a");
        schedule(&house);
        struct address running = tasks_root(words[i].running, 0);
        roster_begun(worker, words[i].begun, words[i].state == PAGE_RUNS ? &running : NULL);
        if (words[i].seen)
            worker->word = (struct worker_word){
                .source = WORD_SEEN,
                .word = {.task = running, .begun = words[i].begun, .state = words[i].state}};
        if (words[i].seen) /* what was on its way when it died says less */
            roster_begun(worker, 1, NULL);
        roster_judge(&house.boss.ledger, worker, false);
        for (unsigned j = 0; j < 4; j++)
            fate[j] = "ULB"[roster_blame(&house.boss.ledger, worker, tasks[j])];
        cr_assert_str_eq(fate, words[i].fate, "%s: %s", words[i].what, fate);
        close_house(&house);
    }
}

/* What comes back. */

Test(boss_loss, unbegun_tasks_are_queued_again_as_if_nothing_had_been)
{
    struct house house;
    open_house(&house);
    struct employee *employee = hire(&house, ROLE_MANAGER, "a");
    waiting(&house, employee, 1, 1, 0);
    uint32_t task = add(&house, 1, "a");
    for (unsigned i = 0; i < 300; i++) {
        schedule(&house);
        cr_assert_eq(ledger_task(&house.boss.ledger, task)->holder, employee->number);
        cr_assert_eq(take_back(&house, task, RETURN_UNBEGUN, "drained"), TAKEN_AGAIN);
        waiting(&house, employee, 1, 1, 0);
    }
    cr_assert(ledger_task(&house.boss.ledger, task)->queued);
    cr_assert_eq(ledger_attempts(ledger_task(&house.boss.ledger, task)), 0);
    cr_assert_eq(employee->num_tasks, 0);
    cr_assert_eq(house.boss.requeued, 0);
    close_house(&house);
}

/* How often a task comes back for one of two reasons, until it is given up. */
static const struct {
    const char *reasons; /* L: lost, B: lost and to blame, U: unbegun */
    bool given_up;       /* at the last of them */
} fates[] = {
    {"BB", false},   {"BBB", true},      {"LLLL", false},  {"LLLLL", true}, {"LBLB", false},
    {"LBLBB", true}, {"BUUUUUB", false}, {"BUBUUB", true}, {"LLBBL", true}, {"UUUUUU", false},
};

Test(boss_loss, a_task_is_given_up_after_so_many_attempts_or_losses)
{
    for (unsigned i = 0; i < sizeof fates / sizeof *fates; i++) {
        struct house house;
        open_house(&house);
        struct employee *employee = hire(&house, ROLE_MANAGER, "a");
        uint32_t task = add(&house, 1, "a");
        for (const char *reason = fates[i].reasons; *reason; reason++) {
            waiting(&house, employee, 1, 1, 0);
            schedule(&house);
            enum taken taken = take_back(&house, task,
                                         *reason == 'U'   ? RETURN_UNBEGUN
                                         : *reason == 'L' ? RETURN_LOST
                                                          : RETURN_TO_BLAME,
                                         "gone");
            bool last = reason[1] == 0;
            cr_assert_eq(taken, last && fates[i].given_up ? TAKEN_TOO_OFTEN : TAKEN_AGAIN, "%s",
                         fates[i].reasons);
        }
        cr_assert_neq(ledger_task(&house.boss.ledger, task)->queued, fates[i].given_up);
        close_house(&house);
    }
}

Test(boss_loss, what_came_from_above_is_the_boss_s_to_decide_on)
{
    struct house house;
    open_house(&house);
    struct employee *employee = hire(&house, ROLE_MANAGER, "a");
    waiting(&house, employee, 1, 3, 0);
    uint32_t tasks[3];
    for (unsigned i = 0; i < 3; i++) {
        tasks[i] = add(&house, i, "a");
        ledger_task(&house.boss.ledger, tasks[i])->from_above = true;
    }
    schedule(&house);
    cr_assert_eq(take_back(&house, tasks[0], RETURN_LOST, "gone"), TAKEN_BACK);
    cr_assert_eq(take_back(&house, tasks[1], RETURN_TO_BLAME, "gone"), TAKEN_BACK);
    cr_assert_eq(take_back(&house, tasks[2], RETURN_UNBEGUN, "drained"), TAKEN_AGAIN);
    for (unsigned i = 0; i < 3; i++) { /* the boss counts */
        cr_assert_eq(ledger_attempts(ledger_task(&house.boss.ledger, tasks[i])), 0);
        cr_assert_eq(ledger_task(&house.boss.ledger, tasks[i])->queued, i == 2);
    }
    cr_assert_eq(employee->num_tasks, 0);
    close_house(&house);
}

Test(boss_loss, the_story_of_its_losses_is_told_whole)
{
    struct house house;
    open_house(&house);
    struct employee *employee = hire(&house, ROLE_MANAGER, "a");
    uint32_t task = add(&house, 1, "a");
    static const char *const ways[] = {"n1: killed", "manager n2 is gone", "n3: killed"};
    for (unsigned i = 0; i < 3; i++) {
        waiting(&house, employee, 1, 1, 0);
        schedule(&house);
        take_back(&house, task, RETURN_LOST, ways[i]);
    }
    struct span text = boss_losses(&house.boss, task);
    cr_assert_eq(text.size, strlen((const char *)text.data));
    cr_assert_str_eq((const char *)text.data,
                     "the task was lost 3 times with what ran it, and is given up:\n"
                     "attempt 1: n1: killed\nattempt 2: manager n2 is gone\nattempt 3: n3: killed");
    close_house(&house);
}

Test(boss_loss, a_task_that_got_more_messages_than_are_kept_is_not_given_out_again)
{
    struct house house;
    open_house(&house);
    struct employee *employee = hire(&house, ROLE_MANAGER, "a");
    waiting(&house, employee, 2, 2, 0);
    uint32_t task = add(&house, 1, "a"), other = add(&house, 2, "a");
    schedule(&house);
    struct builder list = {0};
    struct address address = tasks_root(1, 0);
    struct slice body = tasks_body(10, 0);
    builder_address(&list, &address);
    for (unsigned i = 0; i < 1025; i++) /* it runs on: its holder has had them all */
        boss_communicate(&house.boss, builder_list(&list), &body, NULL);
    cr_assert_eq(ledger_task(&house.boss.ledger, task)->holder, employee->number);
    cr_assert_eq(take_back(&house, other, RETURN_LOST, "gone"), TAKEN_AGAIN);
    waiting(&house, employee, 2, 2, 0);
    cr_assert_null(schedule(&house));
    cr_assert_eq(take_back(&house, task, RETURN_LOST, "gone"), TAKEN_AGAIN);
    waiting(&house, employee, 2, 2, 0);
    const char *why = schedule(&house);
    cr_assert_not_null(why);
    cr_assert_not_null(strstr(why, "more messages"));
    builder_free(&list);
    slice_drop(&body);
    close_house(&house);
}

/* Recall. */

struct desk { /* an employee as a case of a table has it */
    const char *runtimes;
    uint32_t idle, room, queued;
    bool cut;             /* its connection is gone */
    const char *recalled; /* the runtimes of the RECALL that it gets, NULL: none */
    uint64_t count;
};

static const struct {
    const char *what;
    const char *waits; /* a task of this runtime is queued at the boss, NULL: none */
    struct desk desks[4];
} recalls[] = {
    {"all are asked for as many as are idle in all",
     NULL,
     {{"a", 0, 0, 5, false, "a", 3},
      {"a", 2, 2, 0, false, NULL, 0},
      {"a", 1, 4, 0, false, NULL, 0},
      {"a", 0, 1, 1, false, "a", 3}}},
    {"for the runtimes of the idle ones, whatever their own",
     NULL,
     {{"ab", 0, 0, 5, false, "bc", 2},
      {"b", 1, 1, 0, false, NULL, 0},
      {"c", 1, 1, 0, false, NULL, 0},
      {"a", 0, 0, 1, false, "bc", 2}}},
    {"nobody is idle", NULL, {{"a", 0, 0, 5, false, NULL, 0}, {"a", 0, 3, 0, false, NULL, 0}}},
    {"idle, but nothing is wanted there",
     NULL,
     {{"a", 0, 0, 5, false, NULL, 0}, {"a", 2, 0, 0, false, NULL, 0}}},
    {"idle, but out of reach", NULL, {{"a", 0, 0, 5, false, NULL, 0}, {"a", 2, 2, 0, true, NULL, 0}}},
    {"nothing is queued", NULL, {{"a", 0, 0, 0, false, NULL, 0}, {"a", 2, 2, 0, false, NULL, 0}}},
    {"who is idle itself is not asked, nor who is out of reach",
     NULL,
     {{"a", 1, 1, 5, false, NULL, 0}, {"a", 0, 0, 5, true, NULL, 0}, {"a", 0, 0, 5, false, "a", 1}}},
    {"what waits for others here is no reason to ask",
     "b",
     {{"ab", 0, 0, 5, false, "a", 1}, {"a", 1, 1, 0, false, NULL, 0}}},
};

static void check_recall(struct house *house, struct employee *employee, const struct desk *desk,
                         const char *what)
{
    struct message message;
    bool came = last_letter(employee, KIND_RECALL, &message);
    cr_assert_eq(came, desk->recalled != NULL, "%s", what);
    if (!came)
        return;
    struct list names = message.recall.runtimes;
    size_t named = 0;
    for (struct span name; list_next_text(&names, &name); named++)
        cr_assert(name.size == 1 && strchr(desk->recalled, name.data[0]), "%s", what);
    cr_assert_eq(named, strlen(desk->recalled), "%s", what);
    cr_assert_eq(message.recall.count, desk->count, "%s", what);
    uint64_t said = employee->peer->link.next_seq;
    boss_recall(&house->boss, 0, 0);
    cr_assert_eq(employee->peer->link.next_seq, said, "%s: asked twice", what);
}

Test(boss_loss, who_is_recalled)
{
    for (unsigned i = 0; i < sizeof recalls / sizeof *recalls; i++) {
        struct house house;
        struct employee *employees[4] = {NULL};
        open_house(&house);
        for (unsigned j = 0; j < 4 && recalls[i].desks[j].runtimes; j++) {
            const struct desk *desk = &recalls[i].desks[j];
            employees[j] = hire(&house, ROLE_MANAGER, desk->runtimes);
            waiting(&house, employees[j], desk->idle, desk->room, desk->queued);
            if (desk->cut)
                link_broken(&employees[j]->peer->link, 0);
        }
        if (recalls[i].waits)
            add(&house, 1, recalls[i].waits);
        cr_assert_null(schedule(&house));
        boss_recall(&house.boss, 0, 0);
        for (unsigned j = 0; j < 4 && employees[j]; j++)
            check_recall(&house, employees[j], &recalls[i].desks[j], recalls[i].what);
        close_house(&house);
    }
}

Test(boss_loss, a_worker_is_asked_for_what_waits_there)
{
    struct house house;
    struct message message;
    open_house(&house);
    struct employee *busy = hire(&house, ROLE_WORKER, "a"), *idle = hire(&house, ROLE_WORKER, "a");
    waiting(&house, busy, 1, 3, 0);
    for (unsigned i = 1; i <= 3; i++)
        add(&house, i, "a");
    schedule(&house);
    boss_recall(&house.boss, 0, 0);
    cr_assert_not(last_letter(busy, KIND_RECALL, &message), "nobody is idle");
    waiting(&house, idle, 1, 1, 0);
    boss_recall(&house.boss, 0, 0);
    cr_assert(last_letter(busy, KIND_RECALL, &message));
    cr_assert_eq(message.recall.count, 1);
    cr_assert_not(last_letter(idle, KIND_RECALL, &message));
    close_house(&house);
}

Test(boss_loss, a_recall_from_above_is_passed_on_as_it_is)
{
    struct house house;
    open_house(&house);
    struct employee *busy = hire(&house, ROLE_MANAGER, "ab"), *empty = hire(&house, ROLE_MANAGER, "ab");
    waiting(&house, busy, 0, 0, 3);
    waiting(&house, empty, 0, 0, 0);
    boss_recall(&house.boss, 7, busy->runtimes);
    struct message message;
    cr_assert(last_letter(busy, KIND_RECALL, &message));
    cr_assert_eq(message.recall.count, 7);
    cr_assert_eq(message.recall.runtimes.count, 2);
    cr_assert_not(last_letter(empty, KIND_RECALL, &message));
    close_house(&house);
}

Test(boss_loss, who_fills_the_table_of_lost_ids_makes_room_in_it)
{
    struct house house;
    struct builder one = {0};
    uint32_t lower, upper;
    open_house(&house);
    struct employee *filler = hire(&house, ROLE_MANAGER, "a"), *honest = hire(&house, ROLE_MANAGER, "a");
    roster_fill_pool(&house.boss.roster, 0, WORKER_LIMIT);
    roster_give_ids(&house.boss.roster, filler, 2 * MAX_LOST + 2, &lower, &upper);
    roster_give_ids(&house.boss.roster, honest, 10, &lower, &upper);
    for (uint32_t i = 0; i < MAX_LOST; i++)
        roster_lose(&house.boss.roster, 2 * i, 2 * i + 1);
    builder_range(&one, lower + 1, lower + 2);
    struct employee *crowds = NULL;
    cr_assert_eq(boss_may_lose(&house.boss, honest, builder_list(&one), &crowds), HANDLED);
    cr_assert_eq(crowds, filler);
    filler->worked = true;
    boss_lose(&house.boss, filler, "gone", false);
    boss_dismiss(&house.boss, filler, false);
    cr_assert_eq(boss_may_lose(&house.boss, honest, builder_list(&one), &crowds), HANDLED);
    cr_assert_null(crowds);
    cr_assert_eq(house.boss.roster.lost.count, 1);
    builder_free(&one);
    close_house(&house);
}
