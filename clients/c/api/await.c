/* await: for a thread that waits for one result and drives the client meanwhile, so that nobody need be woken
 * between the socket and it; see mailroom/client.h. What is awaited stays among the events until it is
 * settled.
 */
#include <string.h>

#include "clients/c/api/client_inner.h"
#include "clients/c/api/kept.h"
#include "common/link/link.h"
#include "edge/line/clock.h"

static bool is_same(const struct awaited *one, const struct awaited *other)
{
    return one->tag == other->tag && one->slot == other->slot;
}

/* Under the lock: whether the first event that waits to be taken is that result. */
static bool is_first(const struct mailroom_client *client, const struct awaited *awaited)
{
    if (!client->news || client->news->batch.count == 0)
        return false;
    const struct mailroom_event *event = client->news->batch.events;
    return event->kind == MAILROOM_RESULT && event->tag == awaited->tag && event->slot == awaited->slot;
}

static bool begin(struct mailroom_client *client, const struct awaited *awaited)
{
    client_lock(client);
    bool first = !client->awaiting;
    if (first) {
        client->awaiting = true;
        client->awaited = *awaited;
        client->over_awaiting = is_same(&client->settled, awaited);
    }
    client_unlock(client);
    return first;
}

/* Under the lock, when the wait is over as ready; `*again`: another thread has taken what there was. */
static int look(struct mailroom_client *client, const struct awaited *awaited, struct mailroom_kept **body,
                struct mailroom_timing *timing, bool *again)
{
    if (client->over_awaiting)
        return why(MAILROOM_EINTR, "the result was settled");
    *again = !client->news && client->state.over == MAILROOM_OK;
    if (!is_first(client, awaited))
        return why(MAILROOM_EAGAIN, "something else has come before it");
    const struct slice *slice = &client->news->bodies[0];
    if (timing && client->news->batch.events->timing) {
        size_t size = timing->size < sizeof *timing ? timing->size : sizeof *timing;
        memcpy(timing, client->news->batch.events->timing, size);
        timing->size = size;
    }
    *body = slice->size > 0 ? kept_new(slice) : NULL;
    return slice->size > 0 && !*body ? MAILROOM_ENOMEM : MAILROOM_OK;
}

int mailroom_client_await_timed(struct mailroom_client *client, uint64_t tag, uint32_t slot, int timeout,
                                struct mailroom_kept **body, struct mailroom_timing *timing)
{
    struct awaited awaited = {tag, slot};
    uint64_t end = timeout < 0 ? NEVER : clock_ms() + (uint64_t)timeout;
    int error = client_enter(client);
    bool again = true;
    *body = NULL;
    if (timing)
        timing->attempts = 0;
    if (error != MAILROOM_OK)
        return error;
    if (!begin(client, &awaited))
        return why(MAILROOM_EAGAIN, "another thread awaits a result");
    while (again) {
        uint64_t now = clock_ms();
        again = false;
        error = mailroom_client_wait(client, MAILROOM_WAIT_EVENTS | CLIENT_WAIT_SETTLED,
                                     end == NEVER ? -1
                                     : end > now  ? (int)(end - now)
                                                  : 0);
        client_lock(client);
        if (error == MAILROOM_OK)
            error = look(client, &awaited, body, timing, &again);
        if (!again)
            client->awaiting = client->over_awaiting = false;
        client_unlock(client);
    }
    return error;
}

int mailroom_client_await(struct mailroom_client *client, uint64_t tag, uint32_t slot, int timeout,
                          struct mailroom_kept **body)
{
    return mailroom_client_await_timed(client, tag, slot, timeout, body, NULL);
}

void mailroom_client_settle(struct mailroom_client *client, uint64_t tag, uint32_t slot)
{
    struct awaited settled = {tag, slot};
    struct news *emptied = NULL;
    struct slice body = SLICE_NONE;
    if (client_enter(client) != MAILROOM_OK)
        return;
    client_lock(client);
    client->settled = settled;
    if (is_first(client, &settled)) {
        body = news_take_first(client->news);
        if (client->news->batch.count == 0) {
            emptied = client->news;
            client->news = NULL;
        }
    }
    if (client->awaiting && is_same(&client->awaited, &settled))
        client->over_awaiting = true;
    if (client->drive && (client->over_awaiting || client->news)) /* somebody is to see it */
        drive_hand_in(client->drive);
    else
        client_unlock(client);
    slice_drop(&body); /* without the lock, for it may be released by a function of the caller's */
    news_free(emptied);
}
