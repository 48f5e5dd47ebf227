/* stress: eight threads submit to one client at once, two take what comes, and the client has its own thread
 * too: each result comes once, to somebody. */
#include <pthread.h>
#include <stdatomic.h>

#include "library.h"

enum { SUBMITTERS = 8, TAKERS = 2, EACH = 100 };

static struct mailroom_client *client;
static atomic_int seen[SUBMITTERS * EACH];
static atomic_int left = SUBMITTERS * EACH;

static void *submit_some(void *number)
{
    char text[32];
    uint64_t first = (uint64_t)(uintptr_t)number * EACH;
    for (uint64_t tag = first; tag < first + EACH; tag++) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)tag);
        submit_text(client, text, tag);
        if (tag % 10 == 0) { /* what is asked comes between results */
            struct mailroom_question question = {.kind = MAILROOM_ASK_COUNTS};
            CHECK(mailroom_client_ask(client, &question, NULL) == MAILROOM_OK);
        }
    }
    return NULL;
}

static void *take_some(void *unused)
{
    while (atomic_load(&left) > 0) {
        int got = mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, SOON);
        CHECK(got == MAILROOM_OK || got == MAILROOM_EINTR);
        struct mailroom_batch *batch = mailroom_client_take(client);
        count_results(batch);
        for (size_t i = 0; batch && i < batch->count; i++) {
            if (batch->events[i].kind == MAILROOM_RESULT) {
                CHECK(atomic_fetch_add(&seen[batch->events[i].tag], 1) == 0);
                atomic_fetch_sub(&left, 1);
            }
        }
        mailroom_batch_free(batch);
    }
    mailroom_client_interrupt(client); /* the other one may wait for what this one had */
    return unused;
}

int main(int count, char **arguments)
{
    pthread_t threads[SUBMITTERS + TAKERS];
    struct mailroom_client_state state = {.size = sizeof state};
    CHECK(count == 2);
    client = client_of(arguments[1], 0);
    CHECK(mailroom_client_start(client) == MAILROOM_OK);
    for (uintptr_t i = 0; i < SUBMITTERS + TAKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, i < SUBMITTERS ? submit_some : take_some, (void *)i) == 0);
    for (int i = 0; i < SUBMITTERS + TAKERS; i++)
        pthread_join(threads[i], NULL);
    mailroom_client_state(client, &state);
    CHECK_SAY(state.up && state.tasks == 0 && state.kept == 0, "%llu tasks", (unsigned long long)state.tasks);
    leave(client);
    return 0;
}
