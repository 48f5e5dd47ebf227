/* live: see live.h. The events' fields are named where the page reads them, in page/page.js; lists are arrays
 * in a fixed order, since names would be most of the bytes. */
#include "broker/http/live.h"

#include <inttypes.h>
#include <string.h>

#include "broker/http/live_tasks.h"

enum {
    MANAGERS_IN_HELLO = 250,
    MANAGERS_IN_TICK = 64, /* told whole in an event; of all others how busy they are */
    BUSY_OF = 2048,        /* managers whose busyness is told */
    SESSIONS = 40,
    FAILURES_IN_HELLO = 16,
    FAILURES_IN_TICK = 12,
    MANAGER_ROOM = 512 /* bytes of one, at most */
};

static void put_text(struct text *text, const char *value)
{
    text_json(text, value, strlen(value));
}

void live_note(struct live *live, const struct broker *broker, uint64_t now)
{
    struct look_numbers numbers;
    look_numbers(broker, &numbers);
    live->samples[live->sample_count++ % LIVE_SAMPLES] = (struct live_sample){
        .at = (uint32_t)look_age(broker, now),
        .tasks = numbers.tasks,
        .queued = numbers.queued,
        .workers = numbers.workers,
        .idle = numbers.idle,
        .submitted = numbers.submitted,
        .finished = numbers.finished,
        .failed = numbers.failed,
    };
}

static void put_numbers(struct text *text, const struct broker *broker)
{
    struct look_numbers numbers;
    look_numbers(broker, &numbers);
    text_format(text,
                "\"numbers\":{\"here\":%" PRIu64 ",\"absent\":%" PRIu64 ",\"tasks\":%" PRIu64
                ",\"queued\":%" PRIu64 ",\"workers\":%" PRIu64 ",\"idle\":%" PRIu64,
                numbers.here, numbers.absent, numbers.tasks, numbers.queued, numbers.workers, numbers.idle);
    text_format(text,
                ",\"submitted\":%" PRIu64 ",\"finished\":%" PRIu64 ",\"failed\":%" PRIu64
                ",\"cancelled\":%" PRIu64 ",\"requeued\":%" PRIu64 ",\"kept\":%" PRIu64 ",\"most\":%" PRIu64,
                numbers.submitted, numbers.finished, numbers.failed, numbers.cancelled, numbers.requeued,
                numbers.kept, numbers.most_kept);
    text_format(text, ",\"managers\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]}", numbers.managers[0],
                numbers.managers[1], numbers.managers[2], numbers.managers[3]);
}

/* Managers from `*number` on, whole, as long as the text has less than `room` bytes. */
static void put_managers(struct text *text, const struct broker *broker, uint32_t *number, unsigned most,
                         size_t room)
{
    struct look_manager manager;
    unsigned count = 0;
    text_put(text, ",\"managers\":[");
    bool more = true;
    while (count < most && text->size + MANAGER_ROOM < room &&
           (more = look_manager(broker, number, &manager))) {
        text_format(text, "%s[%u,", count++ ? "," : "", manager.number);
        put_text(text, manager.name);
        text_put(text, ",");
        put_text(text, manager.line);
        text_format(text, ",%d,%u,%u,%u]", (int)manager.state, manager.workers, manager.idle, manager.tasks);
    }
    if (!more)
        *number = 0;
    text_put(text, "]");
}

/* A character for each manager's number: how busy it is, 0 to 9 and then 'a'; '.': there is none. */
static void put_busy(struct text *text, const struct broker *broker)
{
    char busy[BUSY_OF];
    uint32_t size = 0;
    struct look_manager manager;
    for (uint32_t number = 0; look_manager(broker, &number, &manager) && manager.number < BUSY_OF;) {
        unsigned tenths = manager.workers ? (manager.workers - manager.idle) * 10u / manager.workers : 0;
        while (size < manager.number)
            busy[size++] = '.';
        busy[size++] = "0123456789a"[tenths <= 10 ? tenths : 0];
    }
    text_put(text, ",\"busy\":\"");
    text_bytes(text, busy, size);
    text_put(text, "\"");
}

static void put_sessions(struct text *text, const struct broker *broker)
{
    struct look_session sessions[SESSIONS];
    uint32_t count = look_sessions(broker, sessions, SESSIONS);
    text_put(text, ",\"sessions\":[");
    for (uint32_t i = 0; i < count; i++) {
        const struct look_session *session = &sessions[i];
        text_put(text, i ? ",[" : "[");
        put_text(text, session->name);
        text_put(text, ",");
        put_text(text, session->key);
        text_format(text, ",%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", session->here,
                    session->tasks, session->submitted, session->bytes, session->unread);
    }
    text_put(text, "]");
}

static void put_samples(struct text *text, const struct live *live)
{
    uint64_t from = live->sample_count > LIVE_SAMPLES ? live->sample_count - LIVE_SAMPLES : 0;
    text_put(text, ",\"samples\":[");
    for (uint64_t i = from; i < live->sample_count; i++) {
        const struct live_sample *sample = &live->samples[i % LIVE_SAMPLES];
        text_format(text, "%s[%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]",
                    i > from ? "," : "", sample->at, sample->queued, sample->workers, sample->idle,
                    sample->submitted, sample->finished, sample->failed);
    }
    text_put(text, "]");
}

static void begin(struct live *live, const char *event, const struct broker *broker, uint64_t now)
{
    text_clear(&live->text);
    text_format(&live->text, "event: %s\ndata: {\"now\":%" PRIu64 ",", event, look_age(broker, now));
    put_numbers(&live->text, broker);
}

static struct blob *finish(struct live *live)
{
    text_put(&live->text, "}\n\n");
    return text_blob(&live->text);
}

struct blob *live_hello(struct live *live, const struct broker *broker, const char *software, uint64_t now)
{
    struct text *text = &live->text;
    uint32_t number = 0;
    begin(live, "hello", broker, now);
    text_put(text, ",\"software\":");
    put_text(text, software);
    put_samples(text, live);
    put_sessions(text, broker);
    live_put_failures(text, broker, look_failed(broker), FAILURES_IN_HELLO, LIVE_EVENT / 6 * 5);
    put_managers(text, broker, &number, MANAGERS_IN_HELLO, LIVE_EVENT - 8);
    return finish(live);
}

struct blob *live_tick(struct live *live, const struct broker *broker, uint64_t now)
{
    struct text *text = &live->text;
    uint64_t failed = look_failed(broker), fresh = failed - live->failed;
    begin(live, "tick", broker, now);
    put_busy(text, broker);
    put_sessions(text, broker);
    put_managers(text, broker, &live->next_manager, MANAGERS_IN_TICK, LIVE_EVENT / 2);
    live_put_failures(text, broker, failed, fresh < FAILURES_IN_TICK ? (uint32_t)fresh : FAILURES_IN_TICK,
                      LIVE_EVENT / 5 * 4);
    live_put_ends(text, broker, live->ended, LIVE_EVENT - 8);
    live->failed = failed;
    live->ended = look_ended(broker);
    return finish(live);
}

void live_skip(struct live *live, const struct broker *broker)
{
    live->failed = look_failed(broker);
    live->ended = look_ended(broker);
}

void live_free(struct live *live)
{
    text_free(&live->text);
}
