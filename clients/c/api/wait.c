/* wait: what comes out, and who drives; see mailroom/client.h. */
#include <errno.h>
#include <string.h>

#include "clients/c/api/client_inner.h"
#include "clients/c/api/kept.h"

struct mailroom_batch *mailroom_client_take(struct mailroom_client *client)
{
    if (client_enter(client) != MAILROOM_OK)
        return NULL;
    client_lock(client);
    struct news *news = client->news;
    client->news = NULL;
    client_unlock(client);
    return news ? &news->batch : NULL;
}

void mailroom_batch_free(struct mailroom_batch *batch)
{
    news_free((struct news *)batch);
}

struct mailroom_kept *mailroom_batch_keep(const struct mailroom_batch *batch,
                                          const struct mailroom_event *event)
{
    const struct slice *body = news_body((const struct news *)batch, event);
    if (body->size == 0)
        return NULL;
    struct slice kept = slice_keep(body->blob, body->offset, body->size);
    struct mailroom_kept *made = kept_new(&kept);
    slice_drop(&kept);
    return made;
}

/* What a wait that ended as ready found. */
static int found(struct mailroom_client *client, unsigned what)
{
    client_lock(client);
    int over = client->state.over;
    bool there =
        over == MAILROOM_OK || (what & MAILROOM_WAIT_OVER) || ((what & MAILROOM_WAIT_EVENTS) && client->news);
    if (!there)
        why(over, "%s: %s", client->address, client->state.text);
    client_unlock(client);
    return there ? MAILROOM_OK : over;
}

static int timed_out(struct mailroom_client *client)
{
    client_lock(client);
    if (client->state.up)
        why(MAILROOM_ETIMEDOUT, "%s: it did not come in time", client->address);
    else
        why(MAILROOM_ETIMEDOUT, "%s: there is no connection: %s", client->address,
            client->state.text[0] ? client->state.text : "nothing has answered yet");
    client_unlock(client);
    return MAILROOM_ETIMEDOUT;
}

int mailroom_client_wait(struct mailroom_client *client, unsigned what, int timeout)
{
    int error = client_enter(client);
    bool spare = (what & MAILROOM_WAIT_SPARE) != 0;
    what &= ~(unsigned)MAILROOM_WAIT_SPARE;
    if (error != MAILROOM_OK)
        return error;
    if (!client->drive)
        return why(MAILROOM_ESTATE, "a client without I/O of its own (MAILROOM_FRAMES) cannot wait");
    switch (drive_wait(client->drive, what, spare, timeout)) {
    case DRIVE_READY: return found(client, what);
    case DRIVE_TIMED_OUT: return timed_out(client);
    case DRIVE_INTERRUPTED: return why(MAILROOM_EINTR, "the wait was interrupted");
    case DRIVE_BY_LOOP: break;
    }
    return why(MAILROOM_ESTATE,
               "it is driven by mailroom_client_step, or this is its own thread: nothing would come "
               "while it waits");
}

void mailroom_client_interrupt(struct mailroom_client *client)
{
    if (client->drive && client_enter(client) == MAILROOM_OK)
        drive_interrupt(client->drive);
}

int mailroom_client_start(struct mailroom_client *client)
{
    int error = client_enter(client);
    if (error != MAILROOM_OK)
        return error;
    if (client->drive && drive_start(client->drive))
        return MAILROOM_OK;
    if (!client->drive || errno == EBUSY)
        return why(MAILROOM_ESTATE, "it is driven by mailroom_client_step, or without I/O of its own");
    return why(MAILROOM_ESYSTEM, "no thread for a client: %s", strerror(errno));
}

int mailroom_client_fd(struct mailroom_client *client)
{
    if (client_enter(client) != MAILROOM_OK)
        return -1;
    int file = client->drive ? drive_file(client->drive) : -1;
    if (file < 0)
        why(MAILROOM_ESTATE, "it has a thread of its own, somebody waits, or it has no I/O of its own");
    return file;
}

int mailroom_client_step(struct mailroom_client *client)
{
    int error = client_enter(client);
    if (error != MAILROOM_OK)
        return error;
    if (!client->drive || !drive_step(client->drive))
        return why(MAILROOM_ESTATE,
                   "it has a thread of its own, somebody waits, or it has no I/O of its own");
    return found(client, 0);
}
