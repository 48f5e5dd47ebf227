/* frames: a client without I/O: what is to be done with a socket of the caller's, and what came of it. */
#include <string.h>

#include "clients/c/api/client_inner.h"
#include "clients/c/api/kept.h"
#include "common/base/mem.h"

_Static_assert(MAILROOM_MISFIT_CERTAIN == MISFIT_CERTAIN, "callers count as the core does");

struct frames {
    struct outbox outbox; /* from one call to the next; what is before `at` is done */
    size_t at;
    struct letter *letter; /* what the last wish borrows; one reference */
    uint32_t conn;         /* the number of the present connection, or of the last one */
    bool open, dialled;
};

struct frames *frames_new(void)
{
    return mem_zalloc(1, sizeof(struct frames));
}

void frames_free(struct frames *frames)
{
    letter_unref(frames->letter);
    outbox_free(&frames->outbox);
    mem_free(frames);
}

static int enter(const struct mailroom_client *client)
{
    int error = client_enter(client);
    if (error == MAILROOM_OK && !client->frames)
        error = why(MAILROOM_ESTATE, "the client of %s does its own I/O; make it with MAILROOM_FRAMES",
                    client->address);
    return error;
}

static int happen(struct mailroom_client *client, uint64_t now, struct event *event)
{
    event->now = now;
    event->door = DOOR_LINE;
    event->conn = client->frames->conn;
    client_core_step(client, event, &client->frames->outbox);
    return MAILROOM_OK;
}

/* One order as a wish; false: it is none. */
static bool make_wish(struct frames *frames, struct order *order, struct mailroom_wish *wish)
{
    bool present = frames->open && order->conn == frames->conn;
    switch (order->kind) {
    case ORDER_DIAL:
        frames->dialled = true;
        wish->kind = MAILROOM_WISH_DIAL;
        return true;
    case ORDER_CLOSE:
        frames->open = present ? false : frames->open;
        wish->kind = MAILROOM_WISH_CLOSE;
        return present;
    case ORDER_LETTER:
        if (!present)
            return false;
        frames->letter = letter_ref(order->letter);
        wish->kind = MAILROOM_WISH_SEND;
        wish->header = (struct mailroom_span){frames->letter->header, frames->letter->header_size};
        wish->body = (struct mailroom_span){slice_data(&frames->letter->body), frames->letter->body.size};
        if (wish->body.size > 0)
            wish->kept = kept_new(&frames->letter->body);
        return true;
    default: return false;
    }
}

int mailroom_client_frames(struct mailroom_client *client, uint64_t now, struct mailroom_wish *wish,
                           uint64_t *due)
{
    int error = enter(client);
    struct frames *frames = client->frames;
    *wish = (struct mailroom_wish){0};
    *due = UINT64_MAX;
    if (error != MAILROOM_OK)
        return error;
    letter_unref(frames->letter);
    frames->letter = NULL;
    for (bool turned = false;; turned = true) {
        while (frames->at < frames->outbox.count) {
            if (make_wish(frames, &frames->outbox.orders[frames->at++], wish))
                return MAILROOM_OK;
        }
        outbox_clear(&frames->outbox);
        frames->at = 0;
        if (turned)
            break;
        happen(client, now, &(struct event){.kind = EVENT_TURN});
    }
    *due = client_core_deadline(client);
    return MAILROOM_OK;
}

int mailroom_client_opened(struct mailroom_client *client, uint64_t now)
{
    int error = enter(client);
    if (error != MAILROOM_OK)
        return error;
    if (!client->frames->dialled)
        return why(MAILROOM_ESTATE, "no connection was wished for (MAILROOM_WISH_DIAL)");
    client->frames->dialled = false;
    client->frames->open = true;
    client->frames->conn ^= 1; /* the core may still know the last one */
    return happen(client, now, &(struct event){.kind = EVENT_OPENED});
}

int mailroom_client_message(struct mailroom_client *client, uint64_t now, struct mailroom_span header,
                            const struct mailroom_body *body, unsigned frames)
{
    struct slice slice = SLICE_NONE;
    int error = enter(client);
    if (error == MAILROOM_OK && !client->frames->open)
        error = why(MAILROOM_ESTATE, "there is no connection that a message could come on");
    if (error != MAILROOM_OK) {
        client_give_back(body);
        return error;
    }
    if (!client_take_body(body, &slice))
        return why(MAILROOM_ENOMEM, "no memory for a message's body");
    struct event event = {.kind = EVENT_MAIL,
                          .header = header.data,
                          .header_size = header.size,
                          .body = slice.blob,
                          .frames = frames};
    happen(client, now, &event);
    slice_drop(&slice);
    return MAILROOM_OK;
}

int mailroom_client_closed(struct mailroom_client *client, uint64_t now, const char *text, unsigned misfit)
{
    int error = enter(client);
    if (error != MAILROOM_OK)
        return error;
    struct frames *frames = client->frames;
    if (!frames->open && !frames->dialled)
        return MAILROOM_OK; /* it knows */
    struct event event = {
        .kind = frames->open ? EVENT_CLOSED : EVENT_REFUSED, .text = text, .misfit = misfit};
    frames->open = frames->dialled = false;
    return happen(client, now, &event);
}
