/* lead: who drives a client, and how waits end: by a signal, by another thread, by time; spares. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "library.h"

static struct mailroom_client *client;
static atomic_int outcome;

static void on_signal(int number)
{
    (void)number;
}

static void *wait_for_events(void *spare)
{
    unsigned what = MAILROOM_WAIT_EVENTS | (spare ? MAILROOM_WAIT_SPARE : 0u);
    atomic_store(&outcome, mailroom_client_wait(client, what, SOON));
    return NULL;
}

static pthread_t begin(void *spare)
{
    pthread_t thread;
    atomic_store(&outcome, 1);
    CHECK(pthread_create(&thread, NULL, wait_for_events, spare) == 0);
    return thread;
}

static int end(pthread_t thread)
{
    pthread_join(thread, NULL);
    return atomic_load(&outcome);
}

/* A signal ends the wait of the thread that it reaches, be that the leader or not. */
static void signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART */
    sigaction(SIGUSR1, &action, NULL);
    for (int round = 0; round < 2; round++) {
        pthread_t other = begin(NULL); /* leads */
        usleep(50000);                 /* likely, and right in any order */
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, wait_for_events, NULL) == 0);
        for (; atomic_load(&outcome) == 1; usleep(50000)) /* one that comes before the wait ends nothing */
            pthread_kill(round ? other : thread, SIGUSR1);
        pthread_join(round ? other : thread, NULL);
        CHECK(atomic_load(&outcome) == MAILROOM_EINTR);
        mailroom_client_interrupt(client);
        CHECK(end(round ? thread : other) == MAILROOM_EINTR);
    }
}

static void drain(void)
{
    while (mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, 0) == MAILROOM_OK)
        mailroom_batch_free(mailroom_client_take(client));
}

static void take_result(void)
{
    size_t results = 0;
    while (results == 0) {
        CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, SOON) == MAILROOM_OK);
        struct mailroom_batch *batch = mailroom_client_take(client);
        results = count_results(batch);
        mailroom_batch_free(batch);
    }
}

/* What nobody waits for is a spare's; what somebody waits for is not. */
static void spares(void)
{
    pthread_t spare = begin(&outcome);
    submit_text(client, "1", 1);
    take_result();
    CHECK_SAY(atomic_load(&outcome) == 1, "the spare got what another waited for");
    submit_text(client, "2", 2);
    CHECK(end(spare) == MAILROOM_OK);
    take_result();
}

int main(int count, char **arguments)
{
    CHECK(count == 2);
    client = client_of(arguments[1], 0);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_UP, SOON) == MAILROOM_OK);
    drain();
    signals(); /* without a thread of the library's */
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, 20) == MAILROOM_ETIMEDOUT);
    mailroom_client_interrupt(client); /* the next wait */
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, SOON) == MAILROOM_EINTR);
    CHECK(mailroom_client_start(client) == MAILROOM_OK);
    CHECK(mailroom_client_fd(client) == -1);
    CHECK(mailroom_client_step(client) == MAILROOM_ESTATE);
    signals();
    spares();
    for (uint64_t i = 0; i < 100; i++) {
        char text[32];
        snprintf(text, sizeof text, "%llu", (unsigned long long)i);
        submit_text(client, text, i);
        take_result();
    }
    submit_text(client, "5", 5); /* nobody waits: the library's own thread sees to it */
    for (struct mailroom_client_state state = {.size = sizeof state, .tasks = 1}; state.tasks > 0;) {
        usleep(1000);
        mailroom_client_state(client, &state);
    }
    drain();
    leave(client);
    return 0;
}
