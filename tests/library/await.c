/* await: a thread that waits for one result by itself: what it is given, what it leaves, and how that ends.
 */
#include <pthread.h>
#include <unistd.h>

#include "library.h"

static struct mailroom_client *client;

static int await(uint64_t tag, const char *text)
{
    struct mailroom_kept *body;
    int code = mailroom_client_await(client, tag, 0, SOON, &body);
    if (code == MAILROOM_OK)
        CHECK(mailroom_kept_size(body) == strlen(text) &&
              memcmp(mailroom_kept_data(body), text, strlen(text)) == 0);
    else
        CHECK(body == NULL);
    mailroom_kept_free(body);
    return code;
}

static size_t take(void)
{
    struct mailroom_batch *batch = mailroom_client_take(client);
    size_t results = count_results(batch);
    mailroom_batch_free(batch);
    return results;
}

/* Taken or settled: either way it is there once. */
static void stays_until_it_is_settled(void)
{
    for (uint64_t tag = 1; tag <= 200; tag++) {
        char text[32];
        snprintf(text, sizeof text, "%llu", (unsigned long long)tag);
        submit_text(client, text, tag);
        CHECK(await(tag, text) == MAILROOM_OK);
        CHECK(await(tag, text) == MAILROOM_OK);
        if (tag % 2)
            mailroom_client_settle(client, tag, 0);
        CHECK(take() == (tag % 2 ? 0 : 1));
    }
}

static void *await_another(void *code)
{
    *(int *)code = await(1000, "1000");
    return NULL;
}

/* Before the wait, or in the midst of it. */
static void ends_where_it_is_settled(void)
{
    mailroom_client_settle(client, 1000, 0);
    CHECK(await(1000, "") == MAILROOM_EINTR);
    mailroom_client_settle(client, 999, 0);
    for (useconds_t pause = 0; pause <= 50000; pause += 5000) {
        pthread_t thread;
        int code = MAILROOM_OK;
        CHECK(pthread_create(&thread, NULL, await_another, &code) == 0);
        usleep(pause);                           /* at one moment or another, and right at each */
        mailroom_client_settle(client, 1000, 1); /* another one: nothing to the first */
        mailroom_client_settle(client, 1000, 0);
        pthread_join(thread, NULL);
        CHECK_SAY(code == MAILROOM_EINTR, "%s", mailroom_name(code));
        mailroom_client_settle(client, 999, 0);
    }
}

/* What else comes is for who takes it, and is not lost; one behind it stays as well. */
static void leaves_what_is_not_its_own(void)
{
    submit_text(client, "7", 7);
    while (mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, SOON) != MAILROOM_OK)
        ;
    submit_text(client, "8", 8);
    CHECK(await(8, "8") == MAILROOM_EAGAIN);
    CHECK(await(7, "7") == MAILROOM_OK);
    mailroom_client_settle(client, 7, 0);
    CHECK(await(8, "8") == MAILROOM_OK);
    submit_text(client, "9", 9);
    struct mailroom_client_state state = {.size = sizeof state, .tasks = 1};
    while (state.tasks > 0) { /* the library's own thread sees to it */
        usleep(1000);
        mailroom_client_state(client, &state);
    }
    mailroom_client_settle(client, 8, 0);
    CHECK(await(9, "9") == MAILROOM_OK);
    CHECK(take() == 1);
}

/* A thread that takes what others leave is told of it, also while nobody drives. */
static void *be_a_spare(void *results)
{
    while (*(size_t *)results == 0) {
        mailroom_client_wait(client, MAILROOM_WAIT_EVENTS | MAILROOM_WAIT_SPARE, SOON);
        *(size_t *)results += take();
    }
    return NULL;
}

static void wakes_spares(void)
{
    pthread_t spare;
    size_t results = 0;
    for (uint64_t tag = 1; tag <= 50; tag++) {
        char text[32];
        snprintf(text, sizeof text, "%llu", (unsigned long long)tag);
        submit_text(client, text, tag);
        CHECK(await(tag, text) == MAILROOM_OK);
        mailroom_client_settle(client, tag, 0);
    }
    CHECK(pthread_create(&spare, NULL, be_a_spare, &results) == 0);
    submit_text(client, "5", 5);
    CHECK(await(5, "5") == MAILROOM_OK); /* and it is interrupted before it has settled that */
    mailroom_client_interrupt(client);
    pthread_join(spare, NULL);
    CHECK(results == 1);
}

int main(int count, char **arguments)
{
    CHECK(count == 2);
    client = client_of(arguments[1], 0);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_UP, SOON) == MAILROOM_OK);
    take();
    stays_until_it_is_settled(); /* without a thread of the library's */
    CHECK(mailroom_client_start(client) == MAILROOM_OK);
    stays_until_it_is_settled();
    ends_where_it_is_settled();
    leaves_what_is_not_its_own();
    wakes_spares();
    leave(client);
    return 0;
}
