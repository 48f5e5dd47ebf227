/* session: a process submits and detaches; another one goes on with the session, lists what is there, fetches
 * it, and releases it. */
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"

enum { TASKS = 3 };

static const uint8_t token[MAILROOM_UUID_SIZE] = "a test's session";

static struct mailroom_client *join_session(const char *broker)
{
    struct mailroom_client_options options;
    struct mailroom_client *client;
    mailroom_client_options_init(&options, sizeof options);
    options.broker = broker;
    options.session = token;
    options.flags = MAILROOM_INSECURE;
    CHECK(mailroom_client_new(&options, &client) == MAILROOM_OK);
    CHECK(memcmp(mailroom_client_session(client), token, sizeof token) == 0);
    return client;
}

static void submit_and_detach(const char *broker)
{
    struct mailroom_client *client = join_session(broker);
    struct mailroom_span parts[TASKS] = {{"0", 1}, {"1", 1}, {"2", 1}};
    struct mailroom_submit submit;
    mailroom_submit_init(&submit, sizeof submit);
    submit.name = "to be kept";
    submit.flags = MAILROOM_DELIVER | MAILROOM_KEEP;
    CHECK(mailroom_client_map(client, &submit, NULL, parts, TASKS, NULL) == MAILROOM_OK);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_SENT, SOON) == MAILROOM_OK);
    CHECK(mailroom_client_leave(client, 1) == MAILROOM_OK);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_OVER, SOON) == MAILROOM_OK);
    mailroom_client_destroy(&client);
    _exit(0);
}

/* Waits for an event of that kind; gives the batch that has it, the caller's, and where it is. */
static struct mailroom_batch *wait_for(struct mailroom_client *client, enum mailroom_event_kind kind,
                                       const struct mailroom_event **found)
{
    for (;;) {
        CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, SOON) == MAILROOM_OK);
        struct mailroom_batch *batch = mailroom_client_take(client);
        for (size_t i = 0; batch && i < batch->count; i++) {
            *found = &batch->events[i];
            if ((*found)->kind == kind)
                return batch;
        }
        mailroom_batch_free(batch);
    }
}

static void find_task(struct mailroom_client *client, uint8_t *uuid)
{
    struct mailroom_question question = {.kind = MAILROOM_ASK_LIST};
    const struct mailroom_event *event;
    uint64_t number;
    CHECK(mailroom_client_ask(client, &question, &number) == MAILROOM_OK);
    struct mailroom_batch *batch = wait_for(client, MAILROOM_ANSWER, &event);
    CHECK(event->number == number && event->answer && event->answer->kind == MAILROOM_ASK_LIST);
    CHECK(event->answer->count == 1 && event->answer->tasks[0].total == TASKS);
    CHECK(strcmp(event->answer->tasks[0].name, "to be kept") == 0);
    memcpy(uuid, event->answer->tasks[0].uuid, MAILROOM_UUID_SIZE);
    mailroom_batch_free(batch);
}

static uint32_t state_of(struct mailroom_client *client, const uint8_t *uuid)
{
    struct mailroom_question question = {.kind = MAILROOM_ASK_STATUS, .uuid = uuid};
    const struct mailroom_event *event;
    CHECK(mailroom_client_ask(client, &question, NULL) == MAILROOM_OK);
    struct mailroom_batch *batch = wait_for(client, MAILROOM_ANSWER, &event);
    CHECK(event->code == 0 && event->answer);
    uint32_t state = event->answer->status.state;
    mailroom_batch_free(batch);
    return state;
}

static void fetch(struct mailroom_client *client, const uint8_t *uuid)
{
    unsigned seen = 0;
    CHECK(mailroom_client_adopt(client, uuid, NULL, TASKS, 7) == MAILROOM_OK);
    while (seen != (1u << TASKS) - 1) {
        const struct mailroom_event *event;
        struct mailroom_batch *batch = wait_for(client, MAILROOM_RESULT, &event);
        for (size_t i = 0; i < batch->count; i++) {
            event = &batch->events[i];
            CHECK(event->kind == MAILROOM_RESULT && event->tag == 7 && event->slot < TASKS);
            CHECK(event->body.size == 1 && *(const char *)event->body.data == (char)('0' + event->slot));
            seen |= 1u << event->slot;
        }
        mailroom_batch_free(batch);
    }
}

int main(int count, char **arguments)
{
    struct mailroom_client_state state = {.size = sizeof state};
    uint8_t uuid[MAILROOM_UUID_SIZE];
    int status;
    CHECK(count == 2);
    pid_t child = fork();
    if (child == 0)
        submit_and_detach(arguments[1]);
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct mailroom_client *client = join_session(arguments[1]);
    CHECK(mailroom_client_start(client) == MAILROOM_OK);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_UP, SOON) == MAILROOM_OK);
    mailroom_client_state(client, &state);
    CHECK(state.resumed);
    find_task(client, uuid);
    fetch(client, uuid);
    CHECK(state_of(client, uuid) == MAILROOM_STATE_DONE);
    CHECK(mailroom_client_release(client, uuid, MAILROOM_ALL) == MAILROOM_OK);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_SENT, SOON) == MAILROOM_OK);
    CHECK(state_of(client, uuid) == MAILROOM_STATE_UNKNOWN);
    leave(client);
    return 0;
}
