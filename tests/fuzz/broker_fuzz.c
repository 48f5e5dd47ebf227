/* broker_fuzz: a broker amid clients and managers whose every step comes from the input: two records of
 * settings, then one for each step. What goes out makes sense (crowd.c), the tables agree with each other,
 * and when all have gone and all leases are over nothing is left. */
#include <inttypes.h>
#include <string.h>

#include "broker/core/broker_inner.h"
#include "tests/fuzz/books.h"
#include "tests/fuzz/crowd.h"
#include "tests/sim/look_inner.h"
#include "tests/support/shelf.h"

enum {
    LONG_AGO = 500000 /* ms: longer than any lease and expiry of the settings below */,
    TOLD_EVERY = 8,
    TIMES = 4
};

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

static const char *const names[] = {"node-0:7473", "node-1:7473"};
static struct broker_config config;

/* Another process of the same cluster, which has heard nothing yet. */
static void die(struct crowd *crowd)
{
    broker_free(crowd->core);
    config.epoch++;
    config.boot[0]++;
    struct broker *broker = broker_new(&config, names, crowd->line_count, crowd->now);
    crowd->core = broker;
    crowd->post = &broker->boss.post;
}

static struct broker *make(struct records *records, uint32_t *lines, bool *keys, bool *journal)
{
    struct fuzz_record record = {0};
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
    *journal = record.who % 8 == 1; /* not drawn: the corpus counts on how many draws there are */
    memset(config.cluster, *journal ? 0xc0 : 0, UUID_SIZE);
    config.epoch = *journal;
    return broker_new(&config, names, *lines, 1000000);
}

/* Nothing that was written down outlives what it is about. */
static void check_journal(struct crowd *crowd)
{
    if (crowd->shelf == NULL)
        return;
    crowd_commit(crowd, SIZE_MAX);
    for (unsigned kind = RECORD_SESSION; kind < RECORD_KINDS; kind++)
        if (shelf_count(crowd->shelf, kind) > 0)
            fuzz_fail("%zu records of kind %u are left in the journal", shelf_count(crowd->shelf, kind),
                      kind);
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
    for (unsigned i = 0; i < TIMES && !crowd->ended; i++) {
        if (crowd->shelf) {
            crowd_event(crowd, (struct event){.kind = EVENT_JOURNAL});
            crowd_commit(crowd, SIZE_MAX);
        }
        crowd_wait(crowd, LONG_AGO);
    }
    if (broker->ending)
        return;
    check_journal(crowd);
    books_check_broker(broker);
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
    bool keys, journal;
    struct broker *broker = make(&records, &lines, &keys, &journal);
    crowd_init(&crowd, shape, lines, true);
    crowd.shelf = journal ? shelf_new() : NULL;
    crowd.die = die;
    if (keys)
        crowd_give_keys(&crowd);
    crowd.ids_differ = true;
    crowd.core = broker;
    crowd.post = &broker->boss.post;
    crowd.step = step;
    crowd.deadline = deadline;
    if (journal)
        crowd_event(&crowd, (struct event){.kind = EVENT_LOADED});
    crowd_turn(&crowd);
    for (unsigned steps = 0; records_next(&records, &record) && !crowd.ended; steps++) {
        act(&crowd, &record);
        if (steps % TOLD_EVERY == 0) {
            crowd_turn(&crowd);
            broker = crowd.core; /* another one, where its process has died */
            if (!broker->ending)
                books_check_broker(broker);
        }
    }
    check_end(crowd.core, &crowd);
    broker_free(crowd.core);
    crowd_free(&crowd);
    return 0;
}
