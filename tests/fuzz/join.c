/* join: handshakes of the members of a crowd, as they should be and otherwise. See crowd.h. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post.h"
#include "tests/fuzz/crowd.h"

enum { TOKENS = 3 };

/* How a member comes back; the first is what it should do. */
enum way {
    WAY_GOES_ON,
    WAY_NEW_LINK,
    WAY_NEW_PROCESS,
    WAY_LINK_OF_ANOTHER,
    WAY_OTHER_BOOT,
    WAY_WRONG_COUNT,
    WAYS
};

/* What is borrowed by a HELLO or WELCOME. */
struct draft {
    struct message message;
    uint8_t token[UUID_SIZE], other[UUID_SIZE];
    char name[32];
};

static uint64_t draw_limit(struct fuzz_record *record, uint64_t usual)
{
    const uint64_t limits[] = {usual, 0, 1, 100, 5000, 300000, UINT64_MAX - 1, UINT64_MAX};
    return limits[draw_below(record, 8)];
}

/* What the member was given on an older link, and never had a task with, may be anybody's by now. */
static void forget_unused_ids(struct crowd *crowd, const struct member *member)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < crowd->given_count; i++)
        if (crowd->given[i].to != member || crowd->given[i].worked)
            crowd->given[kept++] = crowd->given[i];
    crowd->given_count = kept;
}

static void new_link(struct crowd *crowd, struct member *member)
{
    forget_unused_ids(crowd, member);
    link_free(&member->link);
    link_init(&member->link, &crowd_patience, crowd->now);
    member->last_submit = 0;
    member->parts_gave = member->parts_open = member->parts_got = 0;
    member->lied = member->waited = member->bound = false;
}

void join_linked(struct crowd *crowd, struct member *member, bool goes_on)
{
    if (goes_on && !member->begun && !member->lied)
        fuzz_fail("a link goes on that there never was");
    if (!goes_on)
        new_link(crowd, member);
    uint64_t received = goes_on ? member->core_received : 0;
    if (!link_connected(&member->link, member->core_window, member->core_max_body, received, crowd->now)) {
        if (!member->lied)
            fuzz_fail("a link cannot go on: the core has received %zu", (size_t)received);
        new_link(crowd, member);
        member->lied = true;
        link_connected(&member->link, member->core_window, member->core_max_body, 0, crowd->now);
    }
    bool journals = (crowd->post->config.features & FEATURE_JOURNAL) != 0;
    link_settle(&member->link, journals, goes_on ? member->core_safe : 0);
    member->begun = true;
    member->greeted = false;
}

/* The fields that say who it is, and what it accepts. */
static void draft_fields(struct crowd *crowd, struct member *member, struct draft *draft,
                         struct fuzz_record *record)
{
    unsigned number = (unsigned)(member - crowd->members), role = draw(record), limits = draw(record);
    struct fuzz_record small = {.at = (const uint8_t[]){(uint8_t)(limits % 8), (uint8_t)(limits / 8 % 8)}};
    small.end = small.at + 2;
    struct hello *hello = &draft->message.hello;
    hello->role = member->said = role < 240 ? member->role : role % (ROLE_LIMIT + 1);
    hello->boot = member->boot;
    hello->link = member->link_id;
    hello->received = member->link.received;
    hello->window = draw_limit(&small, 8 << 20);
    hello->max_body = draw_limit(&small, 1 << 30);
    hello->expiry = draw_limit(record, 60000);
    hello->heartbeat = draw_limit(record, 0);
    hello->ids = member->role == ROLE_MANAGER ? draw_limit(record, 4) : 0;
    hello->software = span_text("crowd");
    hello->features = (crowd->shelf ? FEATURE_SAFE : 0) |
                      (crowd_takes_parts(crowd, member) ? FEATURE_SHARE : 0) |
                      (crowd_takes_sessions(crowd, member) ? FEATURE_SESSIONS : 0);
    unsigned token = draw(record);
    memset(draft->token, 0, UUID_SIZE);
    draft->token[0] = (uint8_t)(token < 200 ? 1 + (token + number) % TOKENS : 0);
    if (member->role == ROLE_CLIENT && token != 255)
        hello->session = draft->token;
    if (member->slot < SLOTS)
        snprintf(draft->name, sizeof draft->name, "%s", crowd->slots[member->slot].name);
    else
        snprintf(draft->name, sizeof draft->name, "host%u", number);
    hello->name = span_text(draft->name);
}

static void mail_draft(struct crowd *crowd, struct member *member, const struct draft *draft)
{
    size_t size = message_bound(&draft->message);
    uint8_t *header = mem_alloc(size);
    size = message_encode(&draft->message, header, size);
    fuzz_tell("  %td > %s", member - crowd->members, kind_name(draft->message.kind));
    crowd_mail(crowd, member, header, size, NULL, 1);
    mem_free(header);
}

static void say_hello(struct crowd *crowd, struct member *member, struct fuzz_record *record)
{
    struct draft draft = {.message.kind = KIND_HELLO};
    struct hello *hello = &draft.message.hello;
    struct member *another = &crowd->members[draw_below(record, MEMBERS)];
    enum way way = draw_below(record, WAYS);
    if (!crowd_open(crowd, member))
        return;
    if (way == WAY_NEW_PROCESS)
        crowd_draw(crowd, member->boot);
    if (way == WAY_NEW_PROCESS || way == WAY_NEW_LINK || !member->begun) {
        crowd_draw(crowd, member->link_id);
        new_link(crowd, member);
        member->begun = false;
    }
    draft_fields(crowd, member, &draft, record);
    hello->peer_boot = member->begun ? member->core_boot : NULL;
    if (way == WAY_LINK_OF_ANOTHER) { /* it may become this one's, with numbers that both know nothing of */
        memcpy(member->link_id, another->link_id, UUID_SIZE);
        hello->boot = draw_below(record, 2) ? another->boot : member->boot;
        hello->peer_boot = draw_below(record, 2) ? NULL : another->core_boot;
        another->lied = true;
    } else if (way == WAY_OTHER_BOOT) {
        memset(draft.other, 0xee, UUID_SIZE);
        hello->peer_boot = draft.other;
    } else if (way == WAY_WRONG_COUNT) {
        hello->received += draw_below(record, 2) ? 1 + draw(record) : (uint64_t)-1;
    }
    if (way == WAY_LINK_OF_ANOTHER || way == WAY_WRONG_COUNT)
        member->lied = true;
    mail_draft(crowd, member, &draft);
}

/* The link of a line goes on if the core asks for it and the member knows of it; unless the input lies. */
static void say_welcome(struct crowd *crowd, struct member *member, struct fuzz_record *record)
{
    struct draft draft = {.message.kind = KIND_WELCOME};
    struct hello *hello = &draft.message.hello;
    bool goes_on = member->begun && memcmp(member->core_link, member->link_id, UUID_SIZE) == 0 &&
                   memcmp(member->core_peer_boot, member->boot, UUID_SIZE) == 0;
    enum way way = draw_below(record, WAYS);
    if (way == WAY_NEW_PROCESS)
        crowd_draw(crowd, member->boot);
    if (way == WAY_NEW_PROCESS || way == WAY_NEW_LINK)
        goes_on = false;
    memcpy(member->link_id, member->core_link, UUID_SIZE);
    join_linked(crowd, member, goes_on);
    draft_fields(crowd, member, &draft, record);
    hello->peer_boot = goes_on ? member->core_boot : NULL;
    if (way == WAY_OTHER_BOOT || way == WAY_LINK_OF_ANOTHER || way == WAY_WRONG_COUNT) {
        memset(draft.other, 0xee, UUID_SIZE);
        *(way == WAY_LINK_OF_ANOTHER ? &hello->link : &hello->peer_boot) = draft.other;
        hello->received += way == WAY_WRONG_COUNT;
        member->lied = true;
    }
    mail_draft(crowd, member, &draft);
}

void join_member(struct crowd *crowd, struct member *member, struct fuzz_record *record)
{
    if (member->line == NO_LINE) {
        say_hello(crowd, member, record);
        return;
    }
    if (crowd->lines[member->line].dialled && crowd_open(crowd, member)) {
        crowd->lines[member->line].dialled = false;
        crowd_event(crowd, (struct event){.kind = EVENT_OPENED,
                                          .conn = member->conn,
                                          .number = member->line,
                                          .door = DOOR_LINE,
                                          .peer = !member->far,
                                          .key = crowd_key(crowd, member->conn)});
    }
    if (member->open && member->greeted)
        say_welcome(crowd, member, record);
}
