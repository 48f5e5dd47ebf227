/* offices: see offices.h. */
#include "offices.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

static void open_office(struct office *office, unsigned side, uint64_t now)
{
    static const char *const lines[] = {"node1:7473"};
    static uint8_t boots;
    struct link_limits limits = {
        .heartbeat = 1000, .expiry = 60000, .window = 1 << 20, .max_body = 4 << 20, .max_queue = 8 << 20};
    *office = (struct office){.boot = {[0] = 0xb0, [15] = ++boots}};
    struct post_config config = {
        .boot = office->boot,
        .seed = boots,
        .software = "test 1",
        .name = side == BOSS ? "boss" : "manager",
        .ids = 100,
        .redial = 2000,
        .max_connections = 50,
        .roles = {[DOOR_FRONT] = side == BOSS ? 1u << ROLE_CLIENT : 1u << ROLE_BOSS,
                  [DOOR_WORKERS] = 1u << ROLE_WORKER},
    };
    for (unsigned role = 0; role < ROLE_LIMIT; role++)
        config.limits[role] = limits;
    post_init(&office->post, &config, lines, side == BOSS, now);
}

static void close_office(struct office *office)
{
    post_free(&office->post);
    outbox_free(&office->outbox);
}

struct offices *offices_new(void)
{
    struct offices *offices = mem_zalloc(1, sizeof(*offices));
    offices->conns[BOSS] = offices->conns[MANAGER] = NO_CONN;
    offices->reachable = true;
    offices->now = 1000;
    for (unsigned side = 0; side < 2; side++)
        open_office(&offices->side[side], side, offices->now);
    return offices;
}

static void drop_letters(struct pipe *pipe)
{
    while (pipe->first < pipe->count)
        letter_unref(pipe->letters[pipe->first++]);
    pipe->first = pipe->count = 0;
}

void offices_free(struct offices *offices)
{
    for (unsigned side = 0; side < 2; side++) {
        drop_letters(&offices->pipes[side]);
        mem_free(offices->pipes[side].letters);
        close_office(&offices->side[side]);
    }
    mem_free(offices);
}

/* The owner of a side forgets a peer. */
static void lose(struct offices *offices, unsigned side, struct peer *peer, const char *why,
                 enum error_code code)
{
    struct office *office = &offices->side[side];
    office->lost++;
    office->code = code;
    snprintf(office->why, sizeof(office->why), "%s", why);
    if (office->peer == peer) {
        office->peer = NULL;
        office->came = offices->side[!side].sent = 0; /* another link begins at 1 */
    }
    post_end(&office->post, peer, true, offices->now, &office->outbox);
}

static void take(struct office *office, struct delivery *delivery)
{
    if (delivery->message.kind == KIND_IDS) {
        cr_assert_eq(delivery->message.ids.count, ++office->came, "out of order, or lost");
        const uint8_t *bytes = slice_data(&delivery->body);
        for (size_t i = 0; i < delivery->body.size; i += 999)
            cr_assert_eq(bytes[i], (uint8_t)(delivery->body.size / 1000));
    }
    slice_drop(&delivery->body);
}

/* The owner's answer to what came out of an event. */
static enum post_verdict on_event(struct offices *offices, unsigned side, const struct event *event)
{
    struct office *office = &offices->side[side];
    struct delivery delivery;
    enum post_verdict verdict = post_event(&office->post, event, &office->outbox, &delivery);
    if (delivery.lost)
        lose(offices, side, delivery.lost, delivery.why, CODE_NONE);
    switch (verdict) {
    case POST_NOTHING:
    case POST_REFUSED: break;
    case POST_DELIVER: take(office, &delivery); break;
    case POST_ASKED: post_tell(&delivery.message, delivery.conn, &office->outbox); break;
    case POST_LOST: lose(offices, side, delivery.peer, delivery.why, delivery.code); break;
    case POST_ANSWERED:
        office->answered++;
        office->peer = delivery.peer;
        break;
    case POST_JOINED:
        office->joined++;
        if (office->refuses) {
            post_refuse(&office->post, delivery.peer, "not today", &office->outbox);
            break;
        }
        post_welcome(&office->post, delivery.peer, NULL, &office->outbox);
        if (delivery.peer->role == ROLE_BOSS)
            office->peer = delivery.peer;
        break;
    }
    return verdict;
}

static void hear_of_end(struct offices *offices, unsigned side)
{
    struct event event = {
        .kind = EVENT_CLOSED, .now = offices->now, .conn = offices->conns[side], .text = "reset"};
    offices->conns[side] = NO_CONN;
    if (event.conn != NO_CONN)
        on_event(offices, side, &event);
}

void offices_cut(struct offices *offices)
{
    for (unsigned side = 0; side < 2; side++) {
        drop_letters(&offices->pipes[side]);
        hear_of_end(offices, side);
    }
}

void offices_restart(struct offices *offices, unsigned side)
{
    close_office(&offices->side[side]);
    open_office(&offices->side[side], side, offices->now);
    offices->conns[side] = NO_CONN;
    offices->side[!side].sent = offices->side[!side].came = 0;
    offices_cut(offices);
}

static void dial(struct offices *offices)
{
    struct event event = {.kind = EVENT_REFUSED, .now = offices->now, .text = "connection refused"};
    if (offices->dialled < sizeof(offices->due) / sizeof(offices->due[0]))
        offices->due[offices->dialled] = offices->now;
    offices->dialled++;
    if (offices->reachable) {
        cr_assert_eq(offices->conns[BOSS], NO_CONN, "one line, two connections");
        event.kind = EVENT_OPENED;
        event.door = DOOR_LINE;
        event.conn = offices->conns[BOSS] = offices->next_conn++ % 20;
        offices->conns[MANAGER] = event.conn + 20; /* other numbers at the other side */
    }
    on_event(offices, BOSS, &event);
}

static void put(struct pipe *pipe, struct letter *letter)
{
    if (pipe->count == pipe->capacity) {
        pipe->capacity = pipe->capacity ? 2 * pipe->capacity : 64;
        pipe->letters = mem_resize(pipe->letters, pipe->capacity, sizeof(struct letter *));
    }
    struct letter *copy = mem_copy(letter, sizeof(*letter) + letter->header_size);
    copy->refs = 1;
    copy->body = slice_ref(&letter->body);
    pipe->letters[pipe->count++] = copy;
}

/* Does what a side ordered. */
static void carry_out(struct offices *offices, unsigned side)
{
    struct outbox orders = offices->side[side].outbox;
    offices->side[side].outbox = (struct outbox){0};
    for (size_t i = 0; i < orders.count; i++) {
        const struct order *order = &orders.orders[i];
        if (order->kind == ORDER_DIAL)
            dial(offices);
        else if (order->kind == ORDER_LETTER && order->conn == offices->conns[side])
            put(&offices->pipes[!side], order->letter);
        else if (order->kind == ORDER_CLOSE && order->conn == offices->conns[side]) {
            offices->conns[side] = NO_CONN;
            offices->closed++;
            drop_letters(&offices->pipes[side]);
        } else {
            cr_assert(order->kind == ORDER_LOG, "an order for a connection that is not open");
        }
    }
    outbox_free(&orders);
}

void offices_turn(struct offices *offices, unsigned side)
{
    struct office *office = &offices->side[side];
    const char *why = "";
    bool more = true;
    while (more) { /* where there are many, some end in the next turn */
        more = false;
        for (struct peer *peer;
             (peer = post_expired(&office->post, offices->now, &office->outbox, &why)) != NULL; more = true)
            lose(offices, side, peer, why, CODE_NONE);
        post_flush(&office->post, offices->now, &office->outbox);
    }
    cr_assert(post_deadline(&office->post) >= offices->now, "it was not seen to in time");
    while (office->outbox.count > 0)
        carry_out(offices, side);
}

bool offices_carry(struct offices *offices, unsigned side)
{
    struct pipe *pipe = &offices->pipes[side];
    if (offices->conns[side] == NO_CONN)
        drop_letters(pipe);
    if (pipe->first == pipe->count) {
        pipe->first = pipe->count = 0;
        if (offices->conns[!side] == NO_CONN && offices->conns[side] != NO_CONN)
            hear_of_end(offices, side); /* closed there, after what was on its way */
        return false;
    }
    struct letter *letter = pipe->letters[pipe->first++];
    struct blob *body = letter->body.blob ? blob_copy(slice_data(&letter->body), letter->body.size) : NULL;
    struct event event = {.kind = EVENT_MAIL,
                          .door = side == BOSS ? DOOR_LINE : DOOR_FRONT,
                          .now = offices->now,
                          .conn = offices->conns[side],
                          .header = letter->header,
                          .header_size = letter->header_size,
                          .body = body,
                          .frames = body ? 2 : 1};
    on_event(offices, side, &event);
    blob_unref(body);
    letter_unref(letter);
    carry_out(offices, side);
    return true;
}

void offices_settle(struct offices *offices)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (unsigned side = 0; side < 2; side++) {
            while (offices_carry(offices, side))
                moved = true;
            offices_turn(offices, side);
        }
        for (unsigned side = 0; side < 2; side++)
            moved |= offices->pipes[side].first < offices->pipes[side].count;
    }
}

void offices_wait(struct offices *offices, uint64_t ms)
{
    for (uint64_t end = offices->now + ms; offices->now < end;) {
        offices->now += end - offices->now < 50 ? end - offices->now : 50;
        offices_settle(offices);
    }
}

void offices_send(struct offices *offices, unsigned side, size_t size)
{
    struct office *office = &offices->side[side];
    struct message message = {.kind = KIND_IDS, .ids.count = ++office->sent};
    struct slice body = SLICE_NONE;
    if (size > 0) {
        uint8_t *bytes;
        body = (struct slice){blob_new(size, &bytes), 0, size};
        memset(bytes, (int)(size / 1000), size);
    }
    cr_assert_neq(post_send(&office->post, office->peer, &message, body), 0);
}

struct message stranger_hello(unsigned role, const uint8_t *boot, const uint8_t *link)
{
    struct message message = {.kind = KIND_HELLO};
    message.hello = (struct hello){.role = role,
                                   .boot = boot,
                                   .link = link,
                                   .heartbeat = 1000,
                                   .expiry = 60000,
                                   .window = 1 << 20,
                                   .max_body = 1 << 20,
                                   .software = span_text("stranger 1"),
                                   .name = span_text("somebody")};
    return message;
}

enum post_verdict stranger_bytes(struct offices *offices, unsigned side, enum door door, uint32_t conn,
                                 const char *bytes, size_t size, unsigned frames)
{
    /* A copy of its own size: what reads beyond it is seen. */
    uint8_t *header = mem_copy(bytes, size);
    struct event event = {.kind = EVENT_MAIL,
                          .door = door,
                          .now = offices->now,
                          .conn = conn,
                          .header = header,
                          .header_size = size,
                          .frames = frames,
                          .peer = 1,
                          .host = conn}; /* each is alone where it is */
    enum post_verdict verdict = on_event(offices, side, &event);
    mem_free(header);
    return verdict;
}

enum post_verdict stranger_mail(struct offices *offices, unsigned side, enum door door, uint32_t conn,
                                const struct message *message)
{
    struct letter *letter = letter_new(message, SLICE_NONE);
    if (message->kind != KIND_HELLO && message->kind != KIND_WELCOME)
        letter_stamp(letter, message->seq, message->ack);
    enum post_verdict verdict =
        stranger_bytes(offices, side, door, conn, (const char *)letter->header, letter->header_size, 1);
    letter_unref(letter);
    return verdict;
}

struct said stranger_said(struct offices *offices, unsigned side, uint32_t conn)
{
    struct outbox *outbox = &offices->side[side].outbox;
    struct said said = {0};
    struct message message;
    const char *why;
    for (size_t i = 0; i < outbox->count; i++) {
        const struct order *order = &outbox->orders[i];
        if (order->kind == ORDER_LOG || order->conn != conn)
            continue;
        said.closed |= order->kind == ORDER_CLOSE;
        if (order->kind != ORDER_LETTER)
            continue;
        cr_assert_eq(message_decode(order->letter->header, order->letter->header_size, &message, &why),
                     CODE_NONE);
        said.errors += message.kind == KIND_ERROR;
        said.welcomes += message.kind == KIND_WELCOME;
        said.others += message.kind != KIND_ERROR && message.kind != KIND_WELCOME;
        if (message.kind == KIND_ERROR)
            said.code = message.error.code;
        if (message.kind == KIND_WELCOME)
            said.goes_on = message.hello.peer_boot != NULL;
    }
    outbox_clear(outbox);
    return said;
}
