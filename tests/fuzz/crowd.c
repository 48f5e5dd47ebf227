/* crowd: connections, links and time; see crowd.h. */
#include "tests/fuzz/crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post.h"
#include "common/wire/batch.h"
#include "tests/support/message_text.h"
#include "tests/support/shelf.h"

enum {
    TURNS_OF_WORK = 5,  /* that one step may do: of mail, of four things of its own, and giving out twice, */
    MOST_BEYOND = 8500, /* and units beyond them: the longest header that is read at once has 128 KiB */
};

enum { START = 1000000, MOST_TURNS = 10000, MOST_DUE = 5000, DUE_AT_ONCE = 4096, MOST_WAITING = 1 << 20 };

const struct link_limits crowd_patience = {.expiry = NEVER / 2,
                                           .window = UINT64_C(1) << 40,
                                           .max_body = UINT64_C(1) << 40,
                                           .max_queue = UINT64_C(1) << 40};

void crowd_draw(struct crowd *crowd, uint8_t bytes[UUID_SIZE])
{
    memset(bytes, 0xd0, UUID_SIZE);
    crowd->draws++;
    memcpy(bytes, &crowd->draws, sizeof crowd->draws);
}

void crowd_init(struct crowd *crowd, const struct shape_of_member shape[MEMBERS], uint32_t line_count,
                bool finds)
{
    *crowd = (struct crowd){.now = START, .finds = finds, .line_count = line_count};
    for (unsigned i = 0; i < MEMBERS; i++) {
        struct member *member = &crowd->members[i];
        *member = (struct member){.role = shape[i].role,
                                  .said = shape[i].role,
                                  .door = shape[i].door,
                                  .line = shape[i].line,
                                  .slot = shape[i].slot,
                                  .far = shape[i].far};
        link_init(&member->link, &crowd_patience, crowd->now);
        crowd_draw(crowd, member->boot);
        crowd_draw(crowd, member->link_id);
    }
    for (uint32_t i = 0; i < line_count; i++)
        crowd->lines[i].there = true;
}

void crowd_renew_key(struct crowd *crowd, struct member *member)
{
    crowd_draw(crowd, member->key.bytes);
    snprintf(member->key.name, sizeof member->key.name, "key%u", crowd->draws);
}

void crowd_give_keys(struct crowd *crowd)
{
    static const enum key_role keys[ROLE_LIMIT] = {KEY_CLIENT, KEY_BROKER, KEY_MANAGER, KEY_WORKER};
    for (unsigned i = 0; i < MEMBERS; i++) {
        struct member *member = &crowd->members[i];
        member->key.role = keys[member->role];
        if (member->role == ROLE_CLIENT && crowd->members[i + 1].role != ROLE_CLIENT)
            member->key.role = KEY_ADMIN;
        crowd_renew_key(crowd, member);
    }
}

void crowd_free(struct crowd *crowd)
{
    for (unsigned i = 0; i < MEMBERS; i++)
        link_free(&crowd->members[i].link);
    shelf_free(crowd->shelf);
    outbox_free(&crowd->outbox);
}

bool crowd_open(struct crowd *crowd, struct member *member)
{
    uint32_t conn = 0;
    while (conn < CONNS && crowd->conns[conn].open)
        conn++;
    if (conn == CONNS)
        return false;
    if (member->open)
        crowd->conns[member->conn].member = NOBODY;
    link_broken(&member->link, crowd->now);
    member->open = true;
    member->conn = conn;
    member->deaf = member->unheard = member->silent = member->greeted = false;
    crowd->conns[conn].open = true;
    crowd->conns[conn].door = member->line != NO_LINE ? DOOR_LINE : member->door;
    crowd->conns[conn].member = (unsigned)(member - crowd->members);
    crowd->conns[conn].key = member->key;
    return true;
}

/* The connection is gone, told to nobody. */
static void forget_conn(struct crowd *crowd, uint32_t conn)
{
    if (crowd->conns[conn].member != NOBODY) {
        struct member *member = &crowd->members[crowd->conns[conn].member];
        member->open = member->greeted = false;
        link_broken(&member->link, crowd->now);
    }
    crowd->conns[conn].open = false;
}

void crowd_close(struct crowd *crowd, struct member *member)
{
    uint32_t conn = member->conn;
    if (!member->open)
        return;
    forget_conn(crowd, conn);
    crowd_event(crowd, (struct event){.kind = EVENT_CLOSED,
                                      .conn = conn,
                                      .door = crowd->conns[conn].door,
                                      .text = "the connection is gone"});
}

const struct key *crowd_key(const struct crowd *crowd, uint32_t conn)
{
    return crowd->conns[conn].key.role == KEY_NONE ? NULL : &crowd->conns[conn].key;
}

static void pass(struct crowd *crowd, struct member *member, unsigned kind)
{
    struct letter *letter = letter_new(&(struct message){.kind = kind}, SLICE_NONE);
    letter_stamp(letter, 0, link_acked(&member->link));
    crowd_mail(crowd, member, letter->header, letter->header_size, NULL, 1);
    letter_unref(letter);
}

/* A numbered message of the core, or one of its link. Returns whether it is to be answered with PONG. */
static bool receive(struct crowd *crowd, struct member *member, const struct message *message,
                    const struct letter *letter)
{
    struct slice body = SLICE_NONE;
    const char *why = "";
    bool ping = false;
    if (!member->link.connected) {
        if (!member->lied)
            fuzz_fail("a %s goes to who has not shaken hands", kind_name(message->kind));
        return false;
    }
    switch (
        link_receive(&member->link, message, letter->header_size, &letter->body, crowd->now, &body, &why)) {
    case LINK_DELIVER: hear(crowd, member, message, &body); break;
    case LINK_PING: ping = !member->silent; break;
    case LINK_SWALLOWED: break;
    case LINK_FAULT:
    case LINK_TOO_LARGE:
        if (!member->lied)
            fuzz_fail("a %s breaks the link: %s", kind_name(message->kind), why);
        member->deaf = true; /* it would end the connection: the input may */
        break;
    }
    slice_drop(&body);
    return ping;
}

static void greet(struct crowd *crowd, struct member *member, const struct message *message)
{
    const struct hello *hello = &message->hello;
    memcpy(member->core_boot, hello->boot, UUID_SIZE);
    member->core_window = hello->window;
    member->core_max_body = hello->max_body;
    member->core_received = hello->received;
    member->core_safe = hello->safe;
    if (message->kind == KIND_WELCOME) {
        join_linked(crowd, member, hello->peer_boot != NULL);
        return;
    }
    member->greeted = true;
    memcpy(member->core_link, hello->link, UUID_SIZE);
    memset(member->core_peer_boot, 0, UUID_SIZE);
    if (hello->peer_boot)
        memcpy(member->core_peer_boot, hello->peer_boot, UUID_SIZE);
}

static void carry_out_letter(struct crowd *crowd, uint32_t conn, const struct letter *letter, bool *ping)
{
    struct message message;
    const char *why = "";
    if (message_decode(letter->header, letter->header_size, &message, &why) != CODE_NONE)
        fuzz_fail("a %s goes out that is no message: %s", kind_name(letter->kind), why);
    if (conn >= CONNS || !crowd->conns[conn].open)
        fuzz_fail("a %s goes to connection %u, which is not open", kind_name(letter->kind), conn);
    unsigned number = crowd->conns[conn].member;
    if (fuzz_tells()) {
        static char text[4096];
        message_text(&message, text, sizeof text);
        fuzz_tell("    %u < %s (%zu bytes)", number, text, letter->body.size);
    }
    if (number == NOBODY || crowd->members[number].deaf)
        return;
    struct member *member = &crowd->members[number];
    if (message.kind == KIND_HELLO || message.kind == KIND_WELCOME)
        greet(crowd, member, &message);
    else if (message.seq != 0 || message.kind != KIND_ERROR)
        *ping |= receive(crowd, member, &message, letter);
}

/* An order about a line or a worker's slot, which is to make sense. */
static void carry_out_wish(struct crowd *crowd, const struct order *order)
{
    uint32_t number = order->conn;
    bool line = order->kind == ORDER_DIAL || order->kind == ORDER_FORGET;
    if (number >= (line ? (unsigned)LINES : (unsigned)SLOTS))
        fuzz_fail("order %d is about number %u", order->kind, number);
    switch (order->kind) {
    case ORDER_DIAL:
        if (!crowd->lines[number].there || crowd->lines[number].dialled)
            fuzz_fail("line %u is dialled, and is not to be", number);
        crowd->lines[number].dialled = true;
        break;
    case ORDER_FORGET:
        if (!crowd->lines[number].missed)
            fuzz_fail("line %u is forgotten, and was not missed", number);
        crowd->lines[number].there = crowd->lines[number].missed = crowd->lines[number].dialled = false;
        break;
    case ORDER_SPAWN:
        if (crowd->slots[number].asked || crowd->slots[number].runs)
            fuzz_fail("worker %u is spawned twice", number);
        crowd->slots[number].asked = true;
        crowd->slots[number].killed = false;
        snprintf(crowd->slots[number].name, sizeof crowd->slots[number].name, "%s", order->text);
        break;
    default:
        if (!crowd->slots[number].asked && !crowd->slots[number].runs)
            fuzz_fail("worker %u is killed, and does not run", number);
        crowd->slots[number].killed = true;
        break;
    }
}

static void carry_out(struct crowd *crowd, const struct order *order, bool ping[CONNS])
{
    switch (order->kind) {
    case ORDER_LETTER:
        carry_out_letter(crowd, order->conn, order->letter, &ping[order->conn % CONNS]);
        return;
    case ORDER_CLOSE:
        fuzz_tell("    connection %u is closed", order->conn);
        if (order->conn >= CONNS || !crowd->conns[order->conn].open)
            fuzz_fail("connection %u is closed, and is not open", order->conn);
        forget_conn(crowd, order->conn);
        return;
    case ORDER_LOG:
        fuzz_tell("    log: %s", order->text);
        if (order->text == NULL || *order->text == '\0')
            fuzz_fail("an empty line in the log");
        return;
    case ORDER_EXIT: crowd->ended = true; return;
    case ORDER_RECORD: crowd_record(crowd, order->record); return;
    default:
        fuzz_tell("    order %d about %u", order->kind, order->conn);
        carry_out_wish(crowd, order);
        return;
    }
}

/* Units of work that the core has done so far. */
static uint64_t worked(const struct crowd *crowd)
{
    return crowd->post->worked + crowd->post->spent;
}

void crowd_event(struct crowd *crowd, struct event event)
{
    bool ping[CONNS] = {false};
    event.now = crowd->now;
    uint64_t before = worked(crowd);
    crowd->step(crowd->core, &event, &crowd->outbox);
    if (worked(crowd) - before > TURNS_OF_WORK * crowd->post->config.work + MOST_BEYOND)
        fuzz_fail("a step did %" PRIu64 " units of work", worked(crowd) - before);
    for (size_t i = 0; i < crowd->outbox.count; i++)
        carry_out(crowd, &crowd->outbox.orders[i], ping);
    outbox_clear(&crowd->outbox);
    for (uint32_t conn = 0; conn < CONNS; conn++) {
        struct member *member = &crowd->members[crowd->conns[conn].member % MEMBERS];
        if (ping[conn] && member->open && member->conn == conn && member->link.connected)
            pass(crowd, member, KIND_PONG);
    }
}

void crowd_mail(struct crowd *crowd, struct member *member, const uint8_t *header, size_t size,
                struct blob *body, unsigned frames)
{
    if ((!member->open && (member->line != NO_LINE || !crowd_open(crowd, member))) || member->unheard)
        return;
    uint8_t *own = mem_copy(header, size); /* exactly as large, so that a sanitizer sees who reads further */
    crowd_event(crowd, (struct event){.kind = EVENT_MAIL,
                                      .conn = member->conn,
                                      .door = crowd->conns[member->conn].door,
                                      .header = own,
                                      .header_size = size,
                                      .body = body,
                                      .frames = frames,
                                      .peer = !member->far,
                                      .key = crowd_key(crowd, member->conn)});
    mem_free(own);
}

/* What the member's link has to send now goes to the core. Returns whether there was anything. */
static bool pump(struct crowd *crowd, struct member *member)
{
    bool any = false;
    struct letter *letter;
    while (member->open && (letter = link_next(&member->link)) != NULL) {
        struct blob *body =
            letter->body.size ? blob_copy(slice_data(&letter->body), letter->body.size) : NULL;
        letter_ref(letter); /* the link may drop it meanwhile */
        crowd_mail(crowd, member, letter->header, letter->header_size, body, body ? 2 : 1);
        letter_unref(letter);
        blob_unref(body);
        any = true;
    }
    return any;
}

/* A WAITING binds the core only where that has it, and knows what it is about. What it has sent already, by
 * the WAITING before this one, may still be on its way, behind its window or on a connection that broke. */
static void note_room(struct member *member, const struct message *message)
{
    bool heard = member->link.connected && member->link.unsent_seq == member->link.next_seq &&
                 !member->unheard && !member->lied && message->waiting.receipt == member->last_submit;
    uint64_t under_way = member->bound ? member->room - member->taken : 0;
    member->bound = heard && (member->bound || !member->waited);
    member->room = (uint64_t)message->waiting.room + message->waiting.own_room;
    member->room = member->room > under_way ? member->room : under_way;
    member->taken = 0;
    member->waited = true;
}

void crowd_send(struct crowd *crowd, struct member *member, const struct message *message, struct slice body)
{
    if (!member->begun || member->link.waiting > MOST_WAITING) {
        slice_drop(&body);
        return;
    }
    if (fuzz_tells()) {
        static char text[4096];
        message_text_fields(message, text, sizeof text);
        fuzz_tell("  %td > %s (%zu bytes)", member - crowd->members, text, body.size);
    }
    link_send(&member->link, letter_new(message, body));
    pump(crowd, member);
    if (message->kind == KIND_WAITING)
        note_room(member, message);
}

void crowd_turn(struct crowd *crowd)
{
    bool more = true;
    for (unsigned turns = 0; more; turns++) {
        crowd_event(crowd, (struct event){.kind = EVENT_TURN});
        more = false;
        for (unsigned i = 0; i < MEMBERS; i++) {
            struct member *member = &crowd->members[i];
            bool due = member->open && member->link.connected && !member->silent &&
                       link_due(&member->link, crowd->now) == LINK_SEND_ACK;
            if (due)
                pass(crowd, member, KIND_ACK);
            more |= pump(crowd, member) || due;
        }
        if (turns == MOST_TURNS)
            fuzz_fail("the core and its peers do not come to rest");
    }
}

void crowd_wait(struct crowd *crowd, uint64_t ms)
{
    uint64_t end = crowd->now + ms, last = 0;
    unsigned at_once = 0;
    for (unsigned turns = 0; turns < MOST_DUE; turns++) {
        uint64_t due = crowd->deadline(crowd->core);
        if (due > end)
            break;
        if (due > crowd->now)
            crowd->now = due;
        at_once = due == last ? at_once + 1 : 0;
        last = due;
        if (at_once == DUE_AT_ONCE)
            fuzz_fail("a deadline is due again and again at %" PRIu64, due);
        crowd_turn(crowd);
    }
    crowd->now = end;
    crowd_turn(crowd);
}
