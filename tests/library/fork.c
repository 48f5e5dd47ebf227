/* fork: in a child each function says what is wrong, and destroying it harms nobody; the parent goes on. A
 * child that makes a client of its own has one. */
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"

static void expect_strangers(struct mailroom_client *client)
{
    struct mailroom_body body = {"x", 1, NULL, NULL};
    struct mailroom_question question = {.kind = MAILROOM_ASK_COUNTS};
    struct mailroom_client_state state = {.size = sizeof state};
    uint8_t uuid[MAILROOM_UUID_SIZE] = {1};
    uint64_t number;
    CHECK(mailroom_client_submit(client, NULL, &body, NULL) == MAILROOM_EFORK);
    CHECK(strstr(mailroom_why(), "make a new one after a fork") != NULL);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, -1) == MAILROOM_EFORK);
    CHECK(mailroom_client_ask(client, &question, &number) == MAILROOM_EFORK);
    CHECK(mailroom_client_release(client, uuid, 0) == MAILROOM_EFORK);
    CHECK(mailroom_client_leave(client, 0) == MAILROOM_EFORK);
    CHECK(mailroom_client_start(client) == MAILROOM_EFORK);
    CHECK(mailroom_client_step(client) == MAILROOM_EFORK);
    CHECK(mailroom_client_fd(client) == -1);
    CHECK(mailroom_client_take(client) == NULL);
    mailroom_client_state(client, &state);
    CHECK(state.over == MAILROOM_EFORK);
    mailroom_client_destroy(&client);
}

static void run_one(struct mailroom_client *client)
{
    size_t results = 0;
    submit_text(client, "7", 7);
    while (results == 0) {
        CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, SOON) == MAILROOM_OK);
        struct mailroom_batch *batch = mailroom_client_take(client);
        results += count_results(batch);
        mailroom_batch_free(batch);
    }
}

int main(int count, char **arguments)
{
    int status;
    CHECK(count == 2);
    struct mailroom_client *client = client_of(arguments[1], 0);
    CHECK(mailroom_client_start(client) == MAILROOM_OK);
    run_one(client);
    pid_t child = fork();
    if (child == 0) {
        expect_strangers(client);
        struct mailroom_client *own = client_of(arguments[1], 0);
        run_one(own);
        leave(own);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    run_one(client);
    leave(client);
    return 0;
}
