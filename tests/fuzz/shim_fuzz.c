/* shim_fuzz: a shim amid bosses, workers and managers below it whose every step comes from the input: two
 * records of settings, then one for each step; as broker_fuzz. */
#include <inttypes.h>
#include <string.h>

#include "tests/fuzz/books.h"
#include "tests/fuzz/crowd.h"
#include "tests/sim/look_inner.h"
#include "worker-shim/core/shim_inner.h"

enum { LONG_AGO = 500000 /* ms: longer than any expiry of the settings below */, TOLD_EVERY = 8 };

/* How it is set up; the first is the ordinary one. */
enum setup {
    SETUP_WORKERS,  /* it spawns its workers, a boss dials it */
    SETUP_CONNECT,  /* workers connect by themselves */
    SETUP_MANAGERS, /* managers below it, some dialled */
    SETUP_DIALS,    /* it spawns its workers, and dials its boss */
    SETUPS
};

static void step(void *core, const struct event *event, struct outbox *outbox)
{
    shim_step(core, event, outbox);
}

static uint64_t deadline(const void *core)
{
    return shim_deadline(core);
}

static void set_link(struct link_limits *limits, struct fuzz_record *record)
{
    limits->heartbeat = draw_of(record, 0, 50, 1000);
    limits->expiry = draw_of(record, 60000, 100, 0);
    limits->window = draw_of(record, 8 << 20, 500, 20000);
    limits->max_parts = 20000; /* bytes: a few small ones, or a large one */
    limits->max_body = draw_of(record, 1 << 30, 200, 10000);
}

/* Who is there, and how they come: two bosses, then workers or managers. */
static uint32_t set_up(struct crowd *crowd, enum setup setup)
{
    struct shape_of_member shape[MEMBERS] = {{ROLE_BOSS, DOOR_FRONT, NO_LINE, SLOTS, true},
                                             {ROLE_BOSS, DOOR_FRONT, NO_LINE, SLOTS, true}};
    uint32_t lines = setup == SETUP_MANAGERS ? 2 : setup == SETUP_DIALS ? 1 : 0;
    for (unsigned i = 2; i < MEMBERS; i++) {
        unsigned place = i - 2;
        shape[i] = (struct shape_of_member){ROLE_WORKER, DOOR_WORKERS, NO_LINE, SLOTS, false};
        if (setup == SETUP_MANAGERS && i < 7)
            shape[i] = (struct shape_of_member){ROLE_MANAGER, DOOR_FRONT, place < lines ? place : NO_LINE,
                                                SLOTS, true};
        else if (setup != SETUP_CONNECT && place < SLOTS)
            shape[i].slot = place;
    }
    if (setup == SETUP_DIALS)
        shape[0].line = 0;
    crowd_init(crowd, shape, lines, setup == SETUP_MANAGERS);
    return setup == SETUP_DIALS ? 0 : lines;
}

static struct shim *make(struct records *records, struct crowd *crowd)
{
    static const char *const names[] = {"node-0:7473", "node-1:7473"};
    struct fuzz_record record = {0};
    struct shim_config config;
    shim_config_default(&config);
    memset(config.boot, 0xb0, UUID_SIZE);
    records_next(records, &record);
    set_link(&config.boss_link, &record);
    set_link(&config.manager_link, &record);
    config.work = draw_of(&record, WORK, 8, 100);
    records_next(records, &record);
    enum setup setup = draw_below(&record, SETUPS);
    config.managers = setup == SETUP_MANAGERS;
    config.only_connect = setup == SETUP_CONNECT;
    config.workers = setup == SETUP_MANAGERS ? 0 : 1 + draw_below(&record, SLOTS);
    config.boss_line = setup == SETUP_DIALS ? "boss:7472" : NULL;
    config.prefetch = (uint32_t)draw_of(&record, 0, 1, 4);
    config.max_attempts = draw_of(&record, 3, 1, 2);
    config.max_losses = draw_of(&record, 10, 1, 3);
    config.walltime = draw_of(&record, 0, 0, 30000);
    config.drain_grace = draw_of(&record, 8000, 0, 500);
    config.max_connections = draw_of(&record, CONNS, 2, 4);
    config.max_memory = draw_of(&record, 0, 20000, 100000);
    config.ids = draw_of(&record, 4, 1, 100);
    uint32_t lines = set_up(crowd, setup);
    if (draw_below(&record, 2))
        crowd_give_keys(crowd);
    return shim_new(&config, names, lines, crowd->now);
}

/* All go and none comes back: no task may be left. */
static void check_end(const struct shim *shim, struct crowd *crowd)
{
    const char *what = "";
    for (unsigned i = 0; i < MEMBERS; i++)
        crowd_close(crowd, &crowd->members[i]);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        if (crowd->slots[slot].asked || crowd->slots[slot].runs) {
            crowd->slots[slot].asked = crowd->slots[slot].runs = false;
            crowd_event(crowd, (struct event){.kind = EVENT_EXITED, .number = slot, .text = "ended"});
        }
    for (uint32_t conn = 0; conn < CONNS; conn++)
        if (crowd->conns[conn].open) {
            crowd->conns[conn].open = false;
            crowd_event(crowd, (struct event){.kind = EVENT_CLOSED, .conn = conn, .text = "gone"});
        }
    crowd_wait(crowd, LONG_AGO);
    crowd_wait(crowd, LONG_AGO);
    if (shim->ending)
        return;
    books_check_shim(shim);
    books_check_empty(&shim->boss);
    uint64_t left = look_shim_left(shim, &what);
    if (left > 0)
        fuzz_fail("%" PRIu64 " %s are left", left, what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct records records = {data, data + size};
    struct fuzz_record record;
    struct crowd crowd = {0};
    struct shim *shim = make(&records, &crowd);
    crowd.core = shim;
    crowd.post = &shim->boss.post;
    crowd.step = step;
    crowd.deadline = deadline;
    crowd_turn(&crowd);
    for (unsigned steps = 0; records_next(&records, &record) && !crowd.ended; steps++) {
        act(&crowd, &record);
        if (steps % TOLD_EVERY == 0) {
            crowd_turn(&crowd);
            if (!shim->ending)
                books_check_shim(shim);
        }
    }
    check_end(shim, &crowd);
    shim_free(shim);
    crowd_free(&crowd);
    return 0;
}
