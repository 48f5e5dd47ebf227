/* peer: the processes around the core. Each keeps a real link; what they say is the story's affair. */
#include <string.h>

#include "common/base/mem.h"
#include "tests/story/world.h"
#include "tests/support/message_text.h"

/* Peers are patient: they accept anything and give nothing up. */
static const struct link_limits peer_limits = {.heartbeat = 0,
                                               .expiry = NEVER / 2,
                                               .window = UINT64_C(1) << 40,
                                               .max_body = UINT64_C(1) << 40,
                                               .max_queue = UINT64_C(1) << 40};

struct peer *peer_find(struct world *world, const char *name)
{
    for (size_t i = 0; i < world->peer_count; i++) {
        if (strcmp(world->peers[i]->name, name) == 0) {
            return world->peers[i];
        }
    }
    return NULL;
}

struct peer *peer_add(struct world *world, const char *name)
{
    struct peer *peer = peer_find(world, name);
    if (peer == NULL && world->peer_count < MAX_PEERS && strlen(name) < sizeof peer->name) {
        peer = mem_zalloc(1, sizeof *peer);
        memcpy(peer->name, name, strlen(name));
        link_init(&peer->link, &peer_limits, world->now);
        peer_draw(world, peer->boot);
        world->peers[world->peer_count++] = peer;
    }
    if (peer == NULL) {
        world_fail(world, "no room for the peer %s", name);
    }
    return peer;
}

struct peer *peer_of_conn(struct world *world, uint32_t conn)
{
    for (size_t i = 0; i < world->peer_count; i++) {
        if (world->peers[i]->open && world->peers[i]->conn == conn) {
            return world->peers[i];
        }
    }
    return NULL;
}

void peer_open(struct world *world, struct peer *peer)
{
    if (peer->open) {
        world_fail(world, "%s has a connection already", peer->name);
        return;
    }
    uint32_t conn = 0;
    while (peer_of_conn(world, conn) != NULL) {
        conn++;
    }
    peer->conn = conn;
    peer->open = true;
    peer->silent = peer->deaf = peer->unheard = false;
}

void peer_lose(struct world *world, struct peer *peer)
{
    peer->open = false;
    peer->owes_pong = false;
    link_broken(&peer->link, world->now);
}

void peer_free(struct peer *peer)
{
    link_free(&peer->link);
    mem_free(peer);
}

void peer_draw(struct world *world, uint8_t bytes[UUID_SIZE])
{
    memset(bytes, 0xd0, UUID_SIZE);
    world->draws++;
    memcpy(bytes, &world->draws, sizeof world->draws);
}

void peer_linked(struct world *world, struct peer *peer, bool goes_on)
{
    if (!goes_on) {
        link_free(&peer->link);
        link_init(&peer->link, &peer_limits, world->now);
        peer->last_submit = 0;
    }
    uint64_t received = goes_on ? peer->core_received : 0;
    if (!link_connected(&peer->link, peer->core_window, peer->core_max_body, received, world->now)) {
        world_fail(world, "the link of %s cannot go on: the core has received %llu", peer->name,
                   (unsigned long long)received);
    }
    link_settle(&peer->link, peer->core_journals, goes_on ? peer->core_safe : 0);
}

/* A HELLO or WELCOME of the core. After a WELCOME the peer's link is up; after a HELLO it is the story that
 * answers. */
static void receive_handshake(struct world *world, struct peer *peer, const struct message *message)
{
    const struct hello *hello = &message->hello;
    memcpy(peer->core_boot, hello->boot, UUID_SIZE);
    peer->core_window = hello->window;
    peer->core_max_body = hello->max_body;
    peer->core_received = hello->received;
    peer->core_journals = (hello->features & FEATURE_JOURNAL) != 0;
    peer->core_safe = hello->safe;
    if (message->kind == KIND_HELLO) {
        memcpy(peer->link_name, hello->link, UUID_SIZE);
    } else {
        peer_linked(world, peer, hello->peer_boot != NULL);
    }
}

/* One message, as an expect line would name it. */
static void show(struct world *world, const struct peer *peer, const struct message *message,
                 const uint8_t *body, size_t size)
{
    if ((world->hidden >> message->kind & 1) != 0) {
        return;
    }
    size_t length = message_text(message, NULL, 0) + 1;
    char *text = mem_alloc(length);
    message_text(message, text, length);
    char *shown = text_of_bytes(body, size);
    world_came(world, text_format("%s < %s body=%s", peer->name, text, shown));
    mem_free(shown);
    mem_free(text);
}

/* A batch, as the letters that it stands for. */
static void show_batch(struct world *world, const struct peer *peer, const struct message *message,
                       const uint8_t *body, size_t size)
{
    struct message one = {.seq = message->seq, .ack = message->ack};
    struct list entries = message->batch.tasks, lengths = message->batch.lengths;
    one.kind = message->kind == KIND_SUBMIT_BATCH ? KIND_SUBMIT : KIND_RESULT;
    if (world->whole_batches) {
        world_came(world,
                   text_format("%s < %s count=%u", peer->name, kind_name(message->kind), entries.count));
    }
    uint64_t length, offset = 0;
    while (list_next_number(&lengths, &length)) {
        bool there = one.kind == KIND_SUBMIT ? list_next_task(&entries, &one.submit)
                                             : list_next_result(&entries, &one.result);
        if (!there || length > size - offset) {
            world_fail(world, "%s got a batch whose lengths do not fit", peer->name);
            return;
        }
        show(world, peer, &one, body + offset, length);
        offset += length;
    }
    if (offset != size || entries.count != 0) {
        world_fail(world, "%s got a batch whose lengths do not add up", peer->name);
    }
}

static void show_any(struct world *world, const struct peer *peer, const struct message *message,
                     const struct slice *body)
{
    bool batch = message->kind == KIND_SUBMIT_BATCH || message->kind == KIND_RESULT_BATCH;
    const uint8_t *data = body->size > 0 ? slice_data(body) : (const uint8_t *)"";
    if (batch) {
        show_batch(world, peer, message, data, body->size);
    } else {
        show(world, peer, message, data, body->size);
    }
}

/* A message for a peer that has a link. */
static void receive_linked(struct world *world, struct peer *peer, const struct message *message,
                           const struct letter *letter)
{
    struct slice whole = SLICE_NONE;
    const char *why = "";
    switch (
        link_receive(&peer->link, message, letter->header_size, &letter->body, world->now, &whole, &why)) {
    case LINK_DELIVER:
        if (message->kind == KIND_SUBMIT || message->kind == KIND_SUBMIT_BATCH) {
            peer->last_submit = message->seq;
        }
        show_any(world, peer, message, &whole);
        break;
    case LINK_PING:
        peer->owes_pong = !peer->silent;
        show_any(world, peer, message, &letter->body);
        break;
    case LINK_SWALLOWED: show_any(world, peer, message, &letter->body); break;
    case LINK_FAULT:
    case LINK_TOO_LARGE:
        world_fail(world, "%s got a %s that breaks the link: %s", peer->name, kind_name(message->kind), why);
        break;
    }
    slice_drop(&whole);
}

void peer_receive(struct world *world, struct peer *peer, const struct letter *letter)
{
    struct message message;
    const char *why = "";
    if (peer->deaf) {
        return;
    }
    if (message_decode(letter->header, letter->header_size, &message, &why) != CODE_NONE) {
        world_fail(world, "%s got a %s that is no message: %s", peer->name, kind_name(letter->kind), why);
        return;
    }
    bool handshake = message.kind == KIND_HELLO || message.kind == KIND_WELCOME;
    if (handshake) {
        receive_handshake(world, peer, &message);
    }
    if (handshake || (message.seq == 0 && (message.kind == KIND_ERROR || message.kind == KIND_COUNTS))) {
        show_any(world, peer, &message, &letter->body);
    } else {
        receive_linked(world, peer, &message, letter);
    }
}

void peer_mail(struct world *world, struct peer *peer, const uint8_t *header, size_t header_size,
               const uint8_t *body, size_t size, unsigned frames)
{
    if (!peer->open) {
        world_fail(world, "%s has no connection", peer->name);
        return;
    }
    if (peer->unheard) {
        return;
    }
    struct blob *blob = size > 0 ? blob_copy(body, size) : NULL;
    world_step(world, (struct event){.kind = EVENT_MAIL,
                                     .conn = peer->conn,
                                     .door = peer->door,
                                     .header = header,
                                     .header_size = header_size,
                                     .body = blob,
                                     .frames = frames,
                                     .peer = !peer->far,
                                     .host = peer->host,
                                     .key = peer->key.role == KEY_NONE ? NULL : &peer->key});
    blob_unref(blob);
}

static void mail_letter(struct world *world, struct peer *peer, const struct letter *letter)
{
    size_t size = letter->body.size;
    uint8_t *header =
        mem_copy(letter->header, letter->header_size); /* the link may drop the letter meanwhile */
    uint8_t *body = size > 0 ? mem_copy(slice_data(&letter->body), size) : NULL;
    peer_mail(world, peer, header, letter->header_size, body, size, size > 0 ? 2 : 1);
    mem_free(body);
    mem_free(header);
}

bool peer_pump(struct world *world, struct peer *peer)
{
    bool any = false;
    struct letter *letter;
    while (!world->failed && peer->open && (letter = link_next(&peer->link)) != NULL) {
        mail_letter(world, peer, letter);
        any = true;
    }
    return any;
}

/* A message of the link itself: it has no number. */
static void mail_passing(struct world *world, struct peer *peer, unsigned kind)
{
    struct letter *letter = letter_new(&(struct message){.kind = kind}, SLICE_NONE);
    letter_stamp(letter, 0, link_acked(&peer->link));
    mail_letter(world, peer, letter);
    letter_unref(letter);
}

void peer_due(struct world *world, struct peer *peer)
{
    if (!peer->open || !peer->link.connected || peer->silent) {
        return;
    }
    if (peer->owes_pong) {
        peer->owes_pong = false;
        mail_passing(world, peer, KIND_PONG);
    }
    if (peer->link.connected && link_due(&peer->link, world->now) == LINK_SEND_ACK) {
        mail_passing(world, peer, KIND_ACK);
    }
}
