/* act: what a record stands for: something happens in the world, or a member says something. See crowd.h. */
#include "common/link/post.h"
#include "tests/fuzz/crowd.h"

/* The acts that are no message. New ones go to the end: the corpus holds these numbers. */
enum act_number {
    ACT_WAIT,
    ACT_JOIN,
    ACT_BREAK,   /* the connection ends */
    ACT_DEAF,    /* what is sent to the member is lost until it does; or what it sends, or both */
    ACT_SILENT,  /* it does not acknowledge, or does so again */
    ACT_DIALLED, /* the member's line is up, or refuses */
    ACT_FOUND,
    ACT_MISSED,
    ACT_LATE,
    ACT_SPAWNED,
    ACT_EXITED,
    ACT_END,
    ACT_WRONG,     /* a message that is none, or none of a link */
    ACT_REVOKED,   /* the member's key is let in no more, and it gets another one */
    ACT_COMMITTED, /* the core's journal is written, */
    ACT_JOURNAL,   /* or cannot be, or again, or its process dies */
    ACTS,
    MOST_ACTS = 16, /* from here on the number of a step is that of a kind, see kind_said */
    STEPS = 64
};

/* The kinds that a member says: all but those that are of the link only, in the order of their list. */
static unsigned kind_said(unsigned place)
{
    /* NOLINTNEXTLINE(misc-redundant-expression): a kind may go more than one way */
    static const uint64_t said = KINDS_FROM_CLIENT | KINDS_TO_CLIENT | KINDS_DOWN | KINDS_UP;
    for (unsigned kind = 0; kind < KIND_LIMIT; kind++)
        if ((said >> kind & 1) && place-- == 0)
            return kind;
    return KIND_LIMIT;
}

static void wait_a_while(struct crowd *crowd, struct fuzz_record *record)
{
    static const uint64_t spans[] = {0, 1, 20, 100, 500, 2500, 11000, 70000, 200000};
    crowd_wait(crowd, spans[draw_below(record, sizeof spans / sizeof spans[0])]);
}

static void dialled(struct crowd *crowd, struct member *member, struct fuzz_record *record)
{
    if (member->line == NO_LINE || !crowd->lines[member->line].dialled)
        return;
    bool refused = draw_below(record, 2);
    if (!refused && !crowd_open(crowd, member))
        return;
    crowd->lines[member->line].dialled = false;
    crowd_event(crowd, (struct event){.kind = refused ? EVENT_REFUSED : EVENT_OPENED,
                                      .conn = refused ? 0 : member->conn,
                                      .number = member->line,
                                      .door = DOOR_LINE,
                                      .peer = !member->far,
                                      .key = refused ? NULL : crowd_key(crowd, member->conn),
                                      .nobody = crowd->now % 2, /* no draw: as with the worker's page */
                                      .text = "nobody listens there"});
}

/* A line appears, or one that was missed is there again; or one is missed. */
static void find_or_miss(struct crowd *crowd, struct fuzz_record *record, bool found)
{
    uint32_t line = draw_below(record, LINES);
    if (!crowd->finds)
        return;
    if (found ? crowd->lines[line].there && !crowd->lines[line].missed
              : !crowd->lines[line].there || crowd->lines[line].missed)
        return;
    crowd->lines[line].there = true;
    crowd->lines[line].missed = !found;
    crowd_event(crowd,
                (struct event){.kind = found ? EVENT_FOUND : EVENT_MISSED, .number = line, .text = "found"});
}

static void worker_process(struct crowd *crowd, struct fuzz_record *record, bool starts)
{
    uint32_t slot = draw_below(record, SLOTS);
    if (starts ? !crowd->slots[slot].asked : !crowd->slots[slot].asked && !crowd->slots[slot].runs)
        return;
    crowd->slots[slot].asked = false;
    crowd->slots[slot].runs = starts;
    /* of no draw of its own: the corpus counts on how many there are */
    struct page_word word = {
        .task = {slot, 0, crowd->now % 3}, .begun = crowd->now % 5, .state = crowd->now % 3};
    crowd_event(crowd, (struct event){.kind = starts ? EVENT_SPAWNED : EVENT_EXITED,
                                      .word = crowd->now % 7 < 5 ? &word : NULL,
                                      .number = slot,
                                      .pid = 1000 + (long)slot,
                                      .asked = slot % 2 == 1,
                                      .text = "was killed by signal 9 (Killed)"});
}

static void afflict(struct member *member, struct fuzz_record *record)
{
    unsigned how = draw_below(record, 3);
    member->deaf |= how != 1;
    member->unheard |= how != 0;
}

static void revoke(struct crowd *crowd, struct member *member)
{
    struct key old = member->key;
    if (old.role == KEY_NONE)
        return;
    crowd_renew_key(crowd, member);
    crowd_event(crowd, (struct event){.kind = EVENT_REVOKED, .key = &old});
    for (uint32_t conn = 0; conn < CONNS; conn++)
        if (crowd->conns[conn].open && key_same(&crowd->conns[conn].key, &old))
            fuzz_fail("connection %u is open, and its key is revoked", conn);
}

static void journal(struct crowd *crowd, struct fuzz_record *record)
{
    unsigned what = draw_below(record, 3);
    if (crowd->shelf == NULL)
        return;
    if (what == 2) {
        crowd_commit(crowd, draw(record)); /* a group may end anywhere */
        crowd_die(crowd);
        return;
    }
    crowd_event(crowd, (struct event){.kind = EVENT_JOURNAL, .text = what == 1 ? "the disk is full" : NULL});
}

/* Only seldom: nothing happens after it. */
static void end(struct crowd *crowd, struct fuzz_record *record)
{
    if (draw_rarely(record))
        crowd_event(crowd, (struct event){.kind = draw_below(record, 2) ? EVENT_SHUTDOWN : EVENT_LEAVE});
}

static void happen(struct crowd *crowd, enum act_number number, struct member *member,
                   struct fuzz_record *record)
{
    switch (number) {
    case ACT_WAIT: wait_a_while(crowd, record); break;
    case ACT_JOIN: join_member(crowd, member, record); break;
    case ACT_BREAK: crowd_close(crowd, member); break;
    case ACT_DEAF: afflict(member, record); break;
    case ACT_SILENT: member->silent = !member->silent; break;
    case ACT_DIALLED: dialled(crowd, member, record); break;
    case ACT_FOUND: find_or_miss(crowd, record, true); break;
    case ACT_MISSED: find_or_miss(crowd, record, false); break;
    case ACT_LATE: crowd_event(crowd, (struct event){.kind = EVENT_LATE}); break;
    case ACT_SPAWNED: worker_process(crowd, record, true); break;
    case ACT_EXITED: worker_process(crowd, record, false); break;
    case ACT_REVOKED: revoke(crowd, member); break;
    case ACT_COMMITTED: crowd_commit(crowd, draw_of(record, SIZE_MAX, draw(record), 0)); break;
    case ACT_JOURNAL: journal(crowd, record); break;
    case ACT_END: end(crowd, record); break;
    case ACT_WRONG: say_wrong(crowd, member, record); break;
    default: break;
    }
}

void act(struct crowd *crowd, struct fuzz_record *record)
{
    static const char *const names[] = {"waits",      "joins",      "breaks",          "is deaf",
                                        "is silent",  "is dialled", "a line is found", "a line is missed",
                                        "late",       "spawned",    "exited",          "the end",
                                        "says wrong", "revoked",    "committed",       "the journal"};
    unsigned number = record->what % STEPS;
    struct member *member = &crowd->members[record->who % MEMBERS];
    bool turns = record->who < 0x80; /* else more arrives in the same turn */
    const char *name = number < ACTS ? names[number] : "takes a turn";
    unsigned kind = number < MOST_ACTS ? KIND_LIMIT : kind_said(number - MOST_ACTS);
    if (kind < KIND_LIMIT)
        name = kind_name(kind);
    fuzz_tell("%zu: %u %s", (size_t)crowd->now, record->who % MEMBERS, name);
    if (kind < KIND_LIMIT)
        say(crowd, member, kind, record);
    else if (number < ACTS)
        happen(crowd, number, member, record);
    if (turns)
        crowd_turn(crowd);
}
