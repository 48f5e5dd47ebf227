/* loop: a client in the caller's own event loop: one descriptor, and a step. */
#include <poll.h>

#include "library.h"

enum { TASKS = 50 };

int main(int count, char **arguments)
{
    char text[32];
    size_t results = 0;
    CHECK(count == 2);
    struct mailroom_client *client = client_of(arguments[1], 0);
    struct pollfd poller = {.fd = mailroom_client_fd(client), .events = POLLIN};
    CHECK(poller.fd >= 0);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, 0) == MAILROOM_ESTATE);
    CHECK(mailroom_client_start(client) == MAILROOM_ESTATE);
    for (uint64_t i = 0; i < TASKS; i++) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)i);
        submit_text(client, text, i);
    }
    while (results < TASKS) {
        CHECK(poll(&poller, 1, SOON) == 1);
        CHECK(mailroom_client_step(client) == MAILROOM_OK);
        struct mailroom_batch *batch = mailroom_client_take(client);
        results += count_results(batch);
        mailroom_batch_free(batch);
    }
    CHECK(mailroom_client_leave(client, 0) == MAILROOM_OK);
    while (mailroom_client_step(client) == MAILROOM_OK)
        CHECK(poll(&poller, 1, SOON) == 1);
    CHECK(mailroom_client_step(client) == MAILROOM_ECLOSED);
    for (int steps = 0; poll(&poller, 1, 100) != 0; steps++) {
        CHECK_SAY(steps < 10, "it is over, and keeps the loop busy");
        mailroom_client_step(client);
    }
    mailroom_client_destroy(&client);
    return 0;
}
