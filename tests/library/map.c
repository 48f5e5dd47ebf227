/* map: a map whose tasks begin with the same 8 MiB. It is started with the address of a broker whose workers
 * are `wc -c`, so each result says how large its task's body was. */
#include "library.h"

enum { TASKS = 60, SHARED = 8 << 20 };

static char shared[SHARED];
static char texts[TASKS][TASKS + 1]; /* one byte longer each */

static void release(void *data, void *hint)
{
    ++*(int *)hint;
    CHECK(data == shared);
}

static void check(const struct mailroom_event *event)
{
    char text[32] = "";
    CHECK_SAY(event->kind == MAILROOM_RESULT, "%s", (const char *)event->text.data);
    memcpy(text, event->body.data, event->body.size < sizeof text ? event->body.size : sizeof text - 1);
    CHECK(strtoul(text, NULL, 10) == SHARED + (size_t)event->slot);
}

int main(int count, char **arguments)
{
    int released = 0;
    struct mailroom_client *client = client_of(count > 1 ? arguments[1] : NULL, 0);
    struct mailroom_body body = {shared, SHARED, release, &released};
    struct mailroom_span parts[TASKS];
    for (size_t i = 0; i < TASKS; i++) {
        memset(texts[i], 'x', i);
        parts[i] = (struct mailroom_span){texts[i], i};
    }
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_UP, SOON) == MAILROOM_OK);
    CHECK(mailroom_client_map(client, NULL, &body, parts, TASKS, NULL) == MAILROOM_OK);
    for (size_t done = 0; done < TASKS;) {
        CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, SOON) == MAILROOM_OK);
        struct mailroom_batch *batch = mailroom_client_take(client);
        for (size_t i = 0; batch && i < batch->count; i++) {
            if (batch->events[i].kind != MAILROOM_RESULT && batch->events[i].kind != MAILROOM_FAILED)
                continue;
            check(&batch->events[i]);
            done++;
        }
        mailroom_batch_free(batch);
    }
    CHECK(mailroom_client_leave(client, 0) == MAILROOM_OK);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_OVER, SOON) == MAILROOM_OK);
    mailroom_client_destroy(&client);
    CHECK(released == 1);
    return 0;
}
