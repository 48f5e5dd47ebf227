/* broker_fuzz: a broker amid clients and managers whose every step comes from the input: two records of
 * settings, then one for each step. What goes out makes sense (crowd.c), the tables agree with each other,
 * and when all have gone and all leases are over nothing is left. */
#include <inttypes.h>
#include <string.h>

#include "broker/core/broker_inner.h"
#include "tests/fuzz/books.h"
#include "tests/fuzz/crowd.h"
#include "tests/sim/look_inner.h"

enum { LONG_AGO = 500000 /* ms: longer than any lease and expiry of the settings below */, TOLD_EVERY = 8 };

static const struct shape_of_member shape[MEMBERS] = {
    {ROLE_CLIENT, DOOR_FRONT, NO_LINE, SLOTS, false},  {ROLE_CLIENT, DOOR_FRONT, NO_LINE, SLOTS, false},
    {ROLE_CLIENT, DOOR_FRONT, NO_LINE, SLOTS, true},   {ROLE_MANAGER, DOOR_LINE, 0, SLOTS, true},
    {ROLE_MANAGER, DOOR_LINE, 1, SLOTS, true},         {ROLE_MANAGER, DOOR_FRONT, NO_LINE, SLOTS, true},
    {ROLE_MANAGER, DOOR_FRONT, NO_LINE, SLOTS, false}, {ROLE_WORKER, DOOR_FRONT, NO_LINE, SLOTS, false},
};

static void step(void *core, const struct event *event, struct outbox *outbox)
{
    broker_step(core, event, outbox);
}

static uint64_t deadline(const void *core)
{
    return broker_deadline(core);
}

static void set_link(struct link_limits *limits, struct fuzz_record *record)
{
    limits->heartbeat = draw_of(record, 0, 50, 1000);
    limits->expiry = draw_of(record, 60000, 100, 0);
    limits->window = draw_of(record, 8 << 20, 500, 20000);
    limits->max_queue = draw_of(record, 8 << 20, 300, 0);
    limits->max_parts = 20000; /* bytes: a few small ones, or a large one */
    limits->max_body = draw_of(record, 1 << 30, 200, 10000);
}

static struct broker *make(struct records *records, uint32_t *lines, bool *keys)
{
    static const char *const names[] = {"node-0:7473", "node-1:7473"};
    struct fuzz_record record = {0};
    struct broker_config config;
    broker_config_default(&config);
    memset(config.boot, 0xb0, UUID_SIZE);
    config.first_mailbox = 1000;
    config.history = 64;
    records_next(records, &record);
    set_link(&config.client_link, &record);
    set_link(&config.employee_link, &record);
    config.work = draw_of(&record, WORK, 8, 100);
    records_next(records, &record);
    *lines = 2 - draw_below(&record, 3);
    config.lease = draw_of(&record, 100000, 0, 50);
    config.max_clients = draw_of(&record, 10, 1, 2);
    config.max_connections = draw_of(&record, CONNS, 2, 4);
    config.max_tasks = draw_of(&record, 1000, 1, 4);
    config.max_session_bytes = draw_of(&record, 1 << 20, 1000, 10000);
    config.max_memory = draw_of(&record, 0, 20000, 100000);
    config.max_attempts = draw_of(&record, 3, 1, 2);
    config.max_losses = draw_of(&record, 10, 1, 3);
    config.max_kills = config.max_losses;
    *keys = draw_below(&record, 2);
    config.client_link.max_unread = draw_below(&record, 2) ? 1000 : 0;
    return broker_new(&config, names, *lines, 1000000);
}

/* The bytes that a slot has a session keep. */
static uint64_t bytes_of(const struct slot *slot)
{
    switch ((enum slot_state)slot->state) {
    case SLOT_DONE: return blob_cost(slot->result);
    case SLOT_FAILED:
        return slot->failure ? BLOB_COST + sizeof *slot->failure + strlen(slot->failure->text) +
                                   blob_cost(slot->failure->body.blob)
                             : 0;
    case SLOT_LIVE: /* it is in the ledger */
    case SLOT_COMING:
    case SLOT_CANCELLED: break;
    }
    return 0;
}

/* What was accepted and has not ended is in the ledger. */
static void check_live(const struct broker *broker, uint32_t number, uint32_t place, const struct slot *slot)
{
    struct address address = {WORKER_NIL, place, job_at(broker, number)->mailbox};
    if (slot->state != SLOT_LIVE)
        return;
    if (ledger_find(&broker->boss.ledger, &address) != slot->task ||
        ledger_task(&broker->boss.ledger, slot->task)->owner != number)
        fuzz_fail("the task of a live slot is lost");
    if (ledger_attempts(ledger_task(&broker->boss.ledger, slot->task)) > broker->config.max_losses)
        fuzz_fail("a task was lost too often, and lives");
}

/* The process's account is the sum of all below it, but for what it was not told of yet. */
static void check_process(const struct broker *broker, uint64_t of_sessions)
{
    const struct boss *boss = &broker->boss;
    uint64_t kept = of_sessions + (uint64_t)broker->sessions.used * SESSION_COST +
                    books_cost(boss, &boss->account) + books_unread(boss, &boss->account);
    uint64_t told = boss->account.bytes;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        kept += books_unread(boss, &employee->account) + books_cost(boss, &employee->account);
        told += (uint64_t)employee->account.owed;
    }
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&broker->by_user, &place)) != NO_RECORD;)
        told += (uint64_t)user_at(broker, number)->account.owed;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++)
        if (session_at(broker, i)->number == i)
            told += (uint64_t)session_at(broker, i)->account.owed;
    if (kept != told)
        fuzz_fail("%" PRIu64 " bytes are kept, and the books say %" PRIu64, kept, told);
}

/* What a job's slots add up to, appended to `live` and `bytes`. */
static void add_job(const struct broker *broker, uint32_t number, uint64_t *live, uint64_t *unread)
{
    struct job *job = job_at(broker, number);
    for (uint32_t slot = 0; slot < job->total; slot++) {
        *live += job_slot(job, slot)->state == SLOT_LIVE;
        check_live(broker, number, slot, job_slot(job, slot));
        *unread += bytes_of(job_slot(job, slot));
    }
}

/* What a job costs beside its slots. */
static uint64_t job_bytes(const struct broker *broker, const struct job *job)
{
    return job_cost(job->total) + task_names_cost(&broker->boss.ledger.names, job->name);
}

/* The jobs of a session that were given up, and are not gone yet. */
static uint32_t add_doomed(const struct broker *broker, const struct session *session, uint64_t *live,
                           uint64_t *bytes, uint64_t *unread)
{
    uint32_t count = 0;
    for (uint32_t number = broker->doomed.first; number != NO_RECORD;
         number = job_at(broker, number)->older) {
        if (job_at(broker, number)->session != session->number)
            continue;
        count++;
        add_job(broker, number, live, unread);
        *bytes += job_bytes(broker, job_at(broker, number));
    }
    if (count != session->doomed)
        fuzz_fail("a session has %u jobs that were given up, and counts %u", count, session->doomed);
    return count;
}

/* What sessions count of their jobs, and their bounds. */
static void check_sessions(struct broker *broker)
{
    uint64_t jobs = 0, absent = 0, sum = 0;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        const struct session *session = session_at(broker, i);
        uint64_t live = 0, bytes = 0, unread = parcels_cost(&session->parcels);
        if (session->number != i)
            continue;
        absent += session->peer == NULL && !session->over;
        for (uint32_t number = session->jobs; number != NO_RECORD; jobs++) {
            const struct job *job = job_at(broker, number);
            bool foreign;
            if (job_find(broker, session, job->uuid, &foreign) != number)
                fuzz_fail("a session has two jobs of one uuid");
            add_job(broker, number, &live, &unread);
            bytes += job_bytes(broker, job);
            number = job->older;
        }
        jobs += add_doomed(broker, session, &live, &bytes, &unread);
        if (live != session->tasks)
            fuzz_fail("a session has %" PRIu64 " live tasks and counts %" PRIu64, live, session->tasks);
        unread += books_unread(&broker->boss, &session->account);
        bytes += unread + books_cost(&broker->boss, &session->account);
        if (bytes != session->account.bytes || unread != session->account.unread)
            fuzz_fail("a session keeps %" PRIu64 " bytes, unread %" PRIu64 ", and counts %" PRIu64
                      " and %" PRIu64,
                      bytes, unread, session->account.bytes, session->account.unread);
        sum += bytes;
        if (live > broker->config.max_tasks)
            fuzz_fail("a session has %" PRIu64 " tasks", live);
    }
    check_process(broker, sum);
    if (jobs != broker->jobs.used || absent != broker->absent_count)
        fuzz_fail("%" PRIu64 " jobs of %u, %" PRIu64 " absent of %" PRIu64, jobs, broker->jobs.used, absent,
                  broker->absent_count);
    if (broker->sessions.used > broker->config.max_clients)
        fuzz_fail("%u sessions", broker->sessions.used);
}

static void check(struct broker *broker)
{
    if (broker->ending)
        return;
    books_check(&broker->boss);
    check_sessions(broker);
}

/* All go and none comes back: nothing may be left of them. */
static void check_end(struct broker *broker, struct crowd *crowd)
{
    const char *what = "";
    for (unsigned i = 0; i < MEMBERS; i++)
        crowd_close(crowd, &crowd->members[i]);
    for (uint32_t line = 0; line < LINES; line++)
        if (crowd->lines[line].there && !crowd->lines[line].missed) {
            crowd->lines[line].missed = true;
            crowd_event(crowd, (struct event){.kind = EVENT_MISSED, .number = line, .text = "gone"});
        }
    for (uint32_t conn = 0; conn < CONNS; conn++)
        if (crowd->conns[conn].open) {
            crowd->conns[conn].open = false;
            crowd_event(crowd, (struct event){.kind = EVENT_CLOSED, .conn = conn, .text = "gone"});
        }
    crowd_wait(crowd, LONG_AGO);
    crowd_wait(crowd, LONG_AGO);
    if (broker->ending)
        return;
    check(broker);
    books_check_empty(&broker->boss);
    uint64_t left = look_broker_left(broker, &what);
    if (left > 0)
        fuzz_fail("%" PRIu64 " %s are left", left, what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct records records = {data, data + size};
    struct fuzz_record record;
    struct crowd crowd;
    uint32_t lines;
    bool keys;
    struct broker *broker = make(&records, &lines, &keys);
    crowd_init(&crowd, shape, lines, true);
    if (keys)
        crowd_give_keys(&crowd);
    crowd.ids_differ = true;
    crowd.core = broker;
    crowd.post = &broker->boss.post;
    crowd.step = step;
    crowd.deadline = deadline;
    crowd_turn(&crowd);
    for (unsigned steps = 0; records_next(&records, &record) && !crowd.ended; steps++) {
        act(&crowd, &record);
        if (steps % TOLD_EVERY == 0) {
            crowd_turn(&crowd);
            check(broker);
        }
    }
    check_end(broker, &crowd);
    broker_free(broker);
    crowd_free(&crowd);
    return 0;
}
