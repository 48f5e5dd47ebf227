/* library: what the programs beside this share. Each is started by tests/e2e/test_library.py with the address
 * of a broker whose workers are `cat`; it says what is wrong and ends with 1, or ends with 0. */
#ifndef MAILROOM_TEST_LIBRARY_H
#define MAILROOM_TEST_LIBRARY_H

#include <mailroom.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOON = 60000 /* ms: what must happen at all happens by then, on a busy machine too */ };

/* End the program where something is not so; CHECK_SAY says more about it. */
#define CHECK(so) ((so) ? (void)0 : fail(__FILE__, __LINE__, #so, "%s", ""))
#define CHECK_SAY(so, ...) ((so) ? (void)0 : fail(__FILE__, __LINE__, #so, __VA_ARGS__))

__attribute__((format(printf, 4, 5), noreturn)) static inline void
fail(const char *file, int line, const char *what, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fprintf(stderr, "%s:%d: not so: %s ", file, line, what);
    vfprintf(stderr, format, values);
    fprintf(stderr, " (%s)\n", mailroom_why());
    exit(1);
}

static inline struct mailroom_client *client_of(const char *broker, unsigned flags)
{
    struct mailroom_client_options options;
    struct mailroom_client *client;
    mailroom_client_options_init(&options, sizeof options);
    options.broker = broker;
    options.flags = flags | MAILROOM_INSECURE;
    CHECK(mailroom_client_new(&options, &client) == MAILROOM_OK);
    return client;
}

static inline void submit_text(struct mailroom_client *client, const char *text, uint64_t tag)
{
    struct mailroom_submit submit;
    struct mailroom_body body = {text, strlen(text), NULL, NULL};
    mailroom_submit_init(&submit, sizeof submit);
    submit.tag = tag;
    CHECK(mailroom_client_submit(client, &submit, &body, NULL) == MAILROOM_OK);
}

/* How many results a batch has, each of which must be the text of its tag. NULL: 0. */
static inline size_t count_results(const struct mailroom_batch *batch)
{
    char text[32];
    size_t count = 0;
    for (size_t i = 0; batch && i < batch->count; i++) {
        const struct mailroom_event *event = &batch->events[i];
        CHECK_SAY(event->kind != MAILROOM_FAILED, "%s: %s", mailroom_name(event->code),
                  (const char *)event->text.data);
        if (event->kind != MAILROOM_RESULT)
            continue;
        int size = snprintf(text, sizeof text, "%llu", (unsigned long long)event->tag);
        CHECK(event->body.size == (size_t)size && memcmp(event->body.data, text, (size_t)size) == 0);
        count++;
    }
    return count;
}

static inline void leave(struct mailroom_client *client)
{
    CHECK(mailroom_client_leave(client, 0) == MAILROOM_OK);
    int over = MAILROOM_EINTR;
    while (over == MAILROOM_EINTR) /* of an interrupt that met no wait */
        over = mailroom_client_wait(client, MAILROOM_WAIT_OVER, SOON);
    CHECK(over == MAILROOM_OK);
    mailroom_client_destroy(&client);
    CHECK(client == NULL);
}

#endif
