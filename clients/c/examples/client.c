/* client: gives each line of standard input to a worker of the runtime `plain`, and prints what comes back,
 * in the order of the lines. Start a broker (`mailroomd`) and a manager (`mailroom-shim --plain --
 * tr a-z A-Z`), then:
 *
 *     cc client.c $(pkg-config --cflags --libs mailroom) -o client
 *     printf 'one\ntwo\n' | ./client [BROKER]
 */
#include <mailroom.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 100000 /* lines */, PATIENCE = 10000 /* ms until there is a broker */ };

static char *results[MOST];

static int fail(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, mailroom_why());
    return 1;
}

/* Each line becomes a task, whose tag is the line's number. Returns how many there were, -1: it failed. */
static int submit_lines(struct mailroom_client *client)
{
    char line[4096];
    int count = 0;
    for (; count < MOST && fgets(line, sizeof line, stdin); count++) {
        struct mailroom_submit options;
        struct mailroom_body body = {line, strlen(line), NULL, NULL}; /* copied */
        mailroom_submit_init(&options, sizeof options);
        options.name = "line";
        options.tag = (uint64_t)count;
        while (mailroom_client_submit(client, &options, &body, NULL) != MAILROOM_OK) {
            /* no room: the broker, or we ourselves, have enough to do for now */
            if (mailroom_client_wait(client, MAILROOM_WAIT_ROOM, -1) != MAILROOM_OK)
                return -1;
        }
    }
    return count;
}

/* What has become of a task. False: it failed. */
static int take(const struct mailroom_event *event)
{
    if (event->kind == MAILROOM_FAILED) {
        fprintf(stderr, "client: line %d: %s: %s\n", (int)event->tag + 1, mailroom_name(event->code),
                (const char *)event->text.data);
        return 0;
    }
    char *text = (char *)calloc(event->body.size + 1, 1);
    if (text && event->body.size > 0)
        memcpy(text, event->body.data, event->body.size);
    results[event->tag] = text;
    return 1;
}

/* Returns how many tasks failed, -1: it cannot go on. */
static int collect(struct mailroom_client *client, int count)
{
    int failed = 0;
    while (count > 0) {
        if (mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, -1) != MAILROOM_OK)
            return -1;
        struct mailroom_batch *batch = mailroom_client_take(client);
        for (size_t i = 0; batch && i < batch->count; i++) {
            const struct mailroom_event *event = &batch->events[i];
            if (event->kind != MAILROOM_RESULT && event->kind != MAILROOM_FAILED)
                continue;
            failed += !take(event);
            count--;
        }
        mailroom_batch_free(batch);
    }
    return failed;
}

int main(int count, char **arguments)
{
    struct mailroom_client_options options;
    struct mailroom_client *client;
    mailroom_client_options_init(&options, sizeof options);
    options.broker = count > 1 ? arguments[1] : NULL;
    options.flags = MAILROOM_ENVIRONMENT; /* keys, as MAILROOM_KEYS says */
    if (mailroom_client_new(&options, &client) != MAILROOM_OK)
        return fail("no client");
    int failed = -1, lines = 0;
    if (mailroom_client_wait(client, MAILROOM_WAIT_UP, PATIENCE) != MAILROOM_OK)
        fail("no broker");
    else if ((lines = submit_lines(client)) < 0 || (failed = collect(client, lines)) < 0)
        fail("lost");
    for (int i = 0; i < lines; i++) {
        if (results[i])
            fputs(results[i], stdout);
        free(results[i]);
    }
    mailroom_client_leave(client, 0); /* and nothing stays at the broker */
    mailroom_client_wait(client, MAILROOM_WAIT_OVER, -1);
    mailroom_client_destroy(&client);
    return failed != 0;
}
