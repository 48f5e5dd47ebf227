/* errors: bad use gets a code and a text; nothing ends the process, and bodies are released in any case. */
#include <stdbool.h>

#include "library.h"

static int released;

static void note(void *data, void *hint)
{
    (void)data;
    ++*(int *)hint;
}

static int make(const char *broker, const char *keys, unsigned flags)
{
    struct mailroom_client_options options;
    struct mailroom_client *client;
    mailroom_client_options_init(&options, sizeof options);
    options.broker = broker;
    options.keys = keys;
    options.flags = flags;
    int error = mailroom_client_new(&options, &client);
    CHECK((error == MAILROOM_OK) == (client != NULL));
    mailroom_client_destroy(&client);
    return error;
}

static void says(int error, int expected, const char *text)
{
    CHECK_SAY(error == expected, "%s", mailroom_name(error));
    CHECK_SAY(strstr(mailroom_why(), text) != NULL, "no '%s' in it", text);
}

static void bad_options(void)
{
    struct mailroom_client_options options;
    struct mailroom_client *client;
    says(make("host:99999", NULL, 0), MAILROOM_EINVAL, "the port is not between 1 and 65535");
    says(make("http://host", NULL, 0), MAILROOM_EINVAL, "tcp:// or ipc://");
    says(make("ipc://", NULL, 0), MAILROOM_EINVAL, "1 to 107 bytes");
    says(make("localhost", "/nowhere", 0), MAILROOM_EKEYS, "/nowhere/client.cert_secret");
    says(make("localhost", NULL, 64), MAILROOM_EINVAL, "there are no such");
    says(make("host", NULL, 0), MAILROOM_EINVAL,
         "host:7472: over TCP without keys nothing tells who answers");
    says(make("localhost:1", NULL, 0), MAILROOM_EINVAL, "or say MAILROOM_INSECURE where");
    says(make("host", NULL, MAILROOM_INSECURE), MAILROOM_OK, "");
    mailroom_client_options_init(&options, sizeof options);
    options.size = 1;
    says(mailroom_client_new(&options, &client), MAILROOM_EINVAL, "mailroom_client_options_init");
    mailroom_client_options_init(&options, sizeof options);
    options.key = "/some/key";
    says(mailroom_client_new(&options, &client), MAILROOM_EKEYS, "MAILROOM_BROKER_KEY is not set");
}

static int submit(struct mailroom_client *client, const char *runtime, unsigned priority, size_t meta)
{
    struct mailroom_submit options;
    struct mailroom_body body = {"x", 1, note, &released};
    mailroom_submit_init(&options, sizeof options);
    options.runtime = runtime;
    options.priority = priority;
    options.meta = (struct mailroom_span){options.runtime, meta};
    return mailroom_client_submit(client, &options, &body, NULL);
}

static void bad_submits(struct mailroom_client *client)
{
    struct mailroom_span part = {"x", 1};
    struct mailroom_span *parts = calloc(MAILROOM_MAP_MOST + 1, sizeof *parts);
    struct mailroom_question question = {.kind = MAILROOM_ASK_STATUS};
    uint8_t uuid[MAILROOM_UUID_SIZE] = {0};
    says(submit(client, "", 128, 0), MAILROOM_EINVAL, "1 to 31 bytes");
    says(submit(client, "a-name-of-more-than-thirty-one-bytes", 128, 0), MAILROOM_EINVAL, "1 to 31 bytes");
    says(submit(client, "\xff", 128, 0), MAILROOM_EINVAL, "UTF-8");
    says(submit(client, "plain", 256, 0), MAILROOM_EINVAL, "from 0 to 255");
    says(submit(client, "plain", 128, 65537), MAILROOM_ETOOLARGE, "65536");
    CHECK(released == 5);
    says(mailroom_client_map(client, NULL, NULL, &part, 0, NULL), MAILROOM_EINVAL, "no tasks");
    says(mailroom_client_map(client, NULL, NULL, parts, MAILROOM_MAP_MOST + 1, NULL), MAILROOM_ETOOLARGE,
         "cut it");
    says(mailroom_client_ask(client, &question, NULL), MAILROOM_EINVAL, "names no task");
    question.kind = (enum mailroom_question_kind)99;
    says(mailroom_client_ask(client, &question, NULL), MAILROOM_EINVAL, "no such question");
    says(mailroom_client_adopt(client, uuid, NULL, 0, 0), MAILROOM_EINVAL, "at least one");
    free(parts);
}

/* Of 1 byte that may be kept, one task is; then there is no room, but for who insists. */
static void no_room(void)
{
    struct mailroom_client_options options;
    struct mailroom_submit insisting;
    struct mailroom_client *client;
    struct mailroom_body body = {"xx", 2, NULL, NULL};
    mailroom_client_options_init(&options, sizeof options);
    options.broker = "localhost:1";
    options.flags |= MAILROOM_INSECURE;
    options.most_kept = 1;
    CHECK(mailroom_client_new(&options, &client) == MAILROOM_OK);
    CHECK_SAY(mailroom_client_submit(client, NULL, &body, NULL) == MAILROOM_OK, "the first one always may");
    says(mailroom_client_submit(client, NULL, &body, NULL), MAILROOM_EAGAIN, "most_kept");
    mailroom_submit_init(&insisting, sizeof insisting);
    insisting.flags |= MAILROOM_INSIST;
    CHECK(mailroom_client_submit(client, &insisting, &body, NULL) == MAILROOM_OK);
    says(mailroom_client_wait(client, MAILROOM_WAIT_ROOM, 0), MAILROOM_ETIMEDOUT, "there is no connection");
    mailroom_client_destroy(&client);
}

/* After the end nothing is taken. */
static void after_the_end(struct mailroom_client *client)
{
    struct mailroom_body body = {"x", 1, note, &released};
    struct mailroom_client_state state = {.size = sizeof state};
    int before = released;
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_UP, SOON) == MAILROOM_OK);
    CHECK(mailroom_client_leave(client, 0) == MAILROOM_OK);
    says(mailroom_client_submit(client, NULL, &body, NULL), MAILROOM_ECLOSED, "has left");
    CHECK(released == before + 1);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_OVER, SOON) == MAILROOM_OK);
    says(mailroom_client_submit(client, NULL, &body, NULL), MAILROOM_ECLOSED, "this side left");
    mailroom_client_state(client, &state);
    CHECK(state.over == MAILROOM_ECLOSED && !state.up);
    bool over = false;
    while (mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, 0) == MAILROOM_OK) {
        struct mailroom_batch *batch = mailroom_client_take(client);
        for (size_t i = 0; batch && i < batch->count; i++)
            over = batch->events[i].kind == MAILROOM_OVER && batch->events[i].code == MAILROOM_ECLOSED;
        mailroom_batch_free(batch);
    }
    CHECK_SAY(over, "the last event is the end");
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, -1) == MAILROOM_ECLOSED);
}

int main(int count, char **arguments)
{
    CHECK(count == 2);
    struct mailroom_client *client = client_of(arguments[1], 0);
    CHECK(strcmp(mailroom_name(MAILROOM_EAGAIN), "MAILROOM_EAGAIN") == 0);
    CHECK(strcmp(mailroom_name(MAILROOM_TASK_FAILED), "TASK_FAILED") == 0);
    CHECK(strcmp(mailroom_name(-1000), "?") == 0);
    bad_options();
    bad_submits(client);
    no_room();
    after_the_end(client);
    mailroom_client_destroy(&client);
    return 0;
}
