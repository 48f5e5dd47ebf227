/* play: plays scenarios to the simulator's worker, which must do as BQSKit's own did with the same ones
 * (clients/python/tests/worker_play.py). README.md says what the lines mean. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/worker.h"
#include "tests/sim/worker/script.h"
#include "tests/support/message_parse.h"
#include "tests/support/message_text.h"

enum { WORKER = 7, LINE = 1024, LINES = 64, SAID = 16 };

struct play {
    struct sim_worker worker;
    struct message_scratch scratch;
    const char *path;
    char lines[LINES][LINE];
    unsigned count, at;
    char said[SAID][LINE]; /* what it says, as text */
    unsigned said_count;
    uint64_t seq;
    uint64_t messages; /* sent to the task that was last named in a COMMUNICATE */
    bool failed;
};

static void fail(struct play *play, const char *why, const char *what)
{
    if (!play->failed)
        printf("%s: %s: %s%s\n", play->path, play->at < play->count ? play->lines[play->at] : "the end", why,
               what);
    play->failed = true;
}

/* The value of a field, with its brackets and quotes; NULL where there is none. */
static const char *value_of(const char *line, const char *field, size_t *size)
{
    size_t length = strlen(field);
    const char *start = NULL;
    int depth = 0;
    bool quoted = false;
    for (const char *at = line; *at; at++) {
        quoted ^= *at == '"' && at[-1] != '\\';
        depth += quoted ? 0 : strchr("([{", *at) ? 1 : strchr(")]}", *at) ? -1 : 0;
        if (*at != ' ' || depth > 0 || quoted)
            continue;
        if (start)
            return *size = (size_t)(at - start), start;
        if (strncmp(at + 1, field, length) == 0 && at[1 + length] == '=')
            start = at + 2 + length;
    }
    if (start)
        *size = strlen(start);
    return start;
}

/* What the worker says, as a line; of a SUBMIT its program too, of a batch its addresses. */
static void say(void *owner, const struct message *message, struct slice body)
{
    struct play *play = owner;
    if (play->said_count == SAID) {
        fail(play, "it says too much", "");
        slice_drop(&body);
        return;
    }
    char *line = play->said[play->said_count++];
    size_t size = message_text(message, line, LINE);
    if (message->kind == KIND_SUBMIT && size < LINE)
        snprintf(line + size, LINE - size, " body=%s", script_name(&body));
    if (message->kind == KIND_SUBMIT_BATCH && size < LINE) {
        struct list tasks = message->batch.tasks;
        struct task_header task;
        const char *before = " return_addresses=[";
        for (; list_next_task(&tasks, &task) && size < LINE; before = ",")
            size += (size_t)snprintf(line + size, LINE - size, "%s(%" PRIu32 ",%" PRIu64 ",%" PRIu32 ")",
                                     before, task.return_address.worker, task.return_address.mailbox,
                                     task.return_address.slot);
        if (size < LINE)
            snprintf(line + size, LINE - size, "]");
    }
    slice_drop(&body);
}

static void fault(void *owner, const char *text, const struct address *address)
{
    (void)address;
    fail(owner, "a fault of the worker: ", text);
}

/* Whether what it said first is what the present line says; that is gone then. */
static void expect(struct play *play)
{
    const char *wish = play->lines[play->at] + 2, *said = play->said[0];
    size_t kind = strcspn(wish, " "), wished, given;
    bool same = strncmp(wish, said, kind) == 0 && said[kind] == ' ';
    for (const char *at = wish + kind; same && *at; at += 1 + strcspn(at + 1, " ")) {
        char field[64] = "";
        snprintf(field, sizeof field, "%.*s", (int)strcspn(at + 1, "="), at + 1);
        const char *value = value_of(wish, field, &wished), *other = value_of(said, field, &given);
        same = value && other && wished == given && memcmp(value, other, given) == 0;
    }
    if (!same)
        fail(play, "it says ", said);
    memmove(play->said[0], play->said[1], --play->said_count * sizeof play->said[0]);
    play->at++;
}

/* The programs named in "[a,b]" or "a", one byte each. */
static struct slice bodies_of(const char *names, size_t size)
{
    uint8_t bodies[SCRIPTS * 4];
    size_t count = 0;
    for (const char *at = names, *end = names + size; at < end; at++) {
        size_t length = strcspn(at, "[], ");
        if (length > 0 && at + length <= end && count < sizeof bodies)
            bodies[count++] = (uint8_t)script_find(at, length);
        at += length;
    }
    return count ? (struct slice){blob_copy(bodies, count), 0, count} : SLICE_NONE;
}

/* "return_addresses=[(..),(..)]" as the entries of a batch: name=[{return_address=(..)} ...] lengths=[..] */
static void spread(const char *addresses, size_t size, bool tasks, char *out, size_t room)
{
    size_t at = (size_t)snprintf(out, room, " %s=[", tasks ? "tasks" : "results"), entries = 0;
    for (const char *one = memchr(addresses, '(', size); one; entries++) {
        at += (size_t)snprintf(out + at, room - at, "%s{return_address=%.*s}", entries ? "," : "",
                               (int)strcspn(one, ")") + 1, one);
        one += strcspn(one, ")");
        one = one + 1 < addresses + size ? memchr(one, '(', (size_t)(addresses + size - one)) : NULL;
    }
    at += (size_t)snprintf(out + at, room - at, "] lengths=[");
    for (size_t i = 0; i < entries; i++)
        at += (size_t)snprintf(out + at, room - at, "%s%d", i ? "," : "", tasks ? 1 : 0);
    snprintf(out + at, room - at, "]");
}

/* How many messages have come so far to the task that a COMMUNICATE names last, which its body must say. */
static struct slice next_message(struct play *play, const struct message *message)
{
    struct list addresses = message->addresses.addresses;
    const struct sim_task *task = NULL;
    for (struct address address; list_next_address(&addresses, &address);)
        task = sim_worker_task(&play->worker, &address);
    uint64_t content[2] = {0, task ? task->messages + 1 : 1};
    return (struct slice){blob_copy(content, sizeof content), 0, sizeof content};
}

/* Gives it the mail of one line. */
static void send(struct play *play, const char *line)
{
    char text[LINE * 2];
    struct message message;
    size_t kind = strcspn(line, " "), size = 0, names_size = 0;
    const char *addresses = value_of(line, "return_addresses", &size);
    const char *names = value_of(line, "bodies", &names_size);
    if (names == NULL)
        names = value_of(line, "body", &names_size);
    size_t at = (size_t)snprintf(text, sizeof text, "%.*s", (int)kind, line);
    if (addresses)
        spread(addresses, size, strncmp(line, "SUBMIT", 6) == 0, text + at, sizeof text - at);
    else
        snprintf(text + at, sizeof text - at, "%.*s", names ? (int)(names - line - kind - 6) : LINE,
                 line + kind);
    if (!message_parse_text(text, &message, &play->scratch)) {
        fail(play, "no message: ", text);
        return;
    }
    message.seq = ++play->seq;
    struct slice body = names ? bodies_of(names, names_size) : SLICE_NONE;
    if (message.kind == KIND_COMMUNICATE)
        body = next_message(play, &message);
    sim_worker_read(&play->worker, &message, &body);
    slice_drop(&body);
}

static bool is(const struct play *play, const char *start)
{
    return play->at < play->count && strncmp(play->lines[play->at], start, strlen(start)) == 0;
}

static void quiet(struct play *play)
{
    if (play->said_count > 0)
        fail(play, "nobody expected ", play->said[0]);
}

/* Plays lines until the loop has to go on. */
static void play_on(struct play *play)
{
    while (!play->failed && play->at < play->count) {
        if (is(play, "<") && play->said_count > 0) {
            expect(play);
        } else if (is(play, ">")) {
            quiet(play);
            for (; is(play, ">"); play->at++)
                send(play, play->lines[play->at] + 2);
            if (is(play, "rests"))
                return;
        } else {
            return;
        }
    }
}

/* Lets the loop go on until it rests, or computes where a line says so. */
static void run(struct play *play)
{
    uint32_t ms = 0;
    while (!play->failed && sim_worker_run(&play->worker, &ms)) {
        if (ms >= SCRIPT_HEAR) {
            if (play->worker.active->messages != ms - SCRIPT_HEAR)
                fail(play, "another number of messages came", "");
            continue;
        }
        while (!play->failed && is(play, "<") && play->said_count > 0)
            expect(play);
        if (is(play, "computes")) {
            play->at++;
            return;
        }
    }
}

static void play_all(struct play *play)
{
    play->worker.id = WORKER;
    play->worker.owner = play;
    play->worker.say = say;
    play->worker.fault = fault;
    run(play);
    if (play->said_count != 1 || strncmp(play->said[0], "WAITING", 7) != 0)
        fail(play, "it does not wait at first", "");
    play->said_count = 0;
    while (!play->failed && play->at < play->count) {
        unsigned before = play->at;
        play_on(play);
        bool rests = is(play, "rests");
        if (!play->failed)
            run(play);
        if (rests) {
            quiet(play);
            play->at++;
        }
        play_on(play);
        if (play->at == before)
            fail(play, "nothing came", "");
    }
    run(play);
    quiet(play);
}

static bool read_scenario(struct play *play)
{
    char line[LINE];
    FILE *file = fopen(play->path, "r");
    if (file == NULL)
        return false;
    script_clear();
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "program ", 8) == 0 && !script_add(line + 8))
            fail(play, "no program: ", line);
        else if (strchr("<>rc", *line) && *line && play->count < LINES)
            memcpy(play->lines[play->count++], line, sizeof line);
    }
    fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        struct play *play = mem_zalloc(1, sizeof *play);
        play->path = argv[i];
        if (read_scenario(play))
            play_all(play);
        else
            fail(play, "cannot be read", "");
        failed += play->failed;
        sim_worker_free(&play->worker);
        message_scratch_free(&play->scratch);
        mem_free(play);
    }
    printf("scenarios: %d passed, %d failed\n", argc - 1 - failed, failed);
    return failed > 0 || argc < 2;
}
