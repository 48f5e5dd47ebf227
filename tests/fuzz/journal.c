/* journal: the journal of the core in the middle of a crowd; see crowd.h. What the core says is held to
 * record.h by the shelf. */
#include "tests/fuzz/crowd.h"
#include "tests/support/shelf.h"

void crowd_record(struct crowd *crowd, const struct record *record)
{
    fuzz_tell("    a record of kind %u, verb %u", record->kind, record->verb);
    const char *wrong = crowd->shelf ? shelf_say(crowd->shelf, record) : "there is no journal";
    if (wrong)
        fuzz_fail("a record of kind %u, verb %u: %s", record->kind, record->verb, wrong);
}

void crowd_commit(struct crowd *crowd, size_t count)
{
    if (crowd->shelf == NULL || shelf_waiting(crowd->shelf) == 0)
        return;
    struct event event = {.kind = EVENT_COMMITTED, .sequence = shelf_commit_some(crowd->shelf, count)};
    crowd_event(crowd, event);
}

/* No connection outlives it, and nobody is told: each finds out. */
static void forget_all(struct crowd *crowd)
{
    for (uint32_t conn = 0; conn < CONNS; conn++)
        crowd->conns[conn].open = false;
    for (unsigned i = 0; i < MEMBERS; i++) {
        crowd->members[i].open = crowd->members[i].greeted = false;
        link_broken(&crowd->members[i].link, crowd->now);
    }
    for (uint32_t line = 0; line < LINES; line++) {
        crowd->lines[line].there = line < crowd->line_count;
        crowd->lines[line].dialled = crowd->lines[line].missed = false;
    }
    crowd->given_count = 0;
}

void crowd_die(struct crowd *crowd)
{
    const struct record *record;
    forget_all(crowd);
    shelf_crash(crowd->shelf);
    crowd->die(crowd);
    for (size_t at = 0; (record = shelf_next(crowd->shelf, &at)) != NULL;)
        crowd_event(crowd, (struct event){.kind = EVENT_LOAD, .record = record});
    crowd_event(crowd, (struct event){.kind = EVENT_LOADED});
}
