/* pair: see pair.h. */
#include "pair.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

enum { MOST_WORDS = 12 };

static void put(struct pair_pipe *pipe, struct letter *letter)
{
    cr_assert(pipe->last - pipe->first < PAIR_UNDER_WAY);
    pipe->letters[pipe->last++ % PAIR_UNDER_WAY] = letter;
}

static struct letter *get(struct pair_pipe *pipe)
{
    return pipe->first == pipe->last ? NULL : pipe->letters[pipe->first++ % PAIR_UNDER_WAY];
}

static void lose_all(struct pair_pipe *pipe)
{
    for (struct letter *letter = get(pipe); letter; letter = get(pipe))
        letter_unref(letter);
}

/* What goes over the pipe is a copy: the link may stamp its letter again while this one is under way. */
static struct letter *copy_of(struct letter *letter)
{
    struct letter *copy = mem_copy(letter, sizeof *letter + letter->header_size);
    copy->refs = 1;
    copy->body = slice_ref(&letter->body);
    return copy;
}

static uint8_t pattern(uint64_t at)
{
    return (uint8_t)(at * 2654435761u >> 11);
}

/* A body of `size` bytes of the pattern from `from` on: each byte shows its place. */
struct slice pair_body(size_t size, uint64_t from)
{
    uint8_t *bytes;
    if (size == 0)
        return SLICE_NONE;
    struct blob *blob = blob_new(size, &bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern(from + i);
    return (struct slice){blob, 0, size};
}

bool pair_is_body(const struct slice *slice)
{
    for (size_t i = 0; i < slice->size; i++)
        if (slice_data(slice)[i] != pattern(i))
            return false;
    return true;
}

static unsigned kind_of(const char *name)
{
    for (unsigned kind = 0; kind < KIND_LIMIT; kind++)
        if (strcmp(kind_name(kind), name) == 0)
            return kind;
    cr_fatal("no kind %s", name);
    return 0;
}

static struct letter *letter_of(unsigned kind, uint64_t length, struct slice body)
{
    struct message message = {.kind = kind};
    if (kind == KIND_CHUNK)
        message.chunk.length = length;
    else if (kind == KIND_ACK)
        message.acked.safe = length;
    else if (kind == KIND_RESULT)
        message.result.return_address = (struct address){.worker = WORKER_NIL};
    else if (kind == KIND_READY)
        message.ready.corr = NO_NUMBER;
    return letter_new(&message, body);
}

static void put_outside(struct pair *pair, unsigned from, unsigned kind)
{
    struct letter *letter =
        letter_of(kind, kind == KIND_ACK ? link_tell_safe(&pair->links[from]) : 0, SLICE_NONE);
    letter_stamp(letter, 0, link_acked(&pair->links[from]));
    put(&pair->pipes[!from], letter);
}

static __attribute__((format(printf, 2, 3))) void say(struct pair *pair, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(pair->said, sizeof pair->said, format, arguments);
    va_end(arguments);
}

/* The value of `name=value` among the words, or `otherwise`. */
static uint64_t option(char **words, const char *name, uint64_t otherwise)
{
    size_t length = strlen(name);
    for (; *words; words++)
        if (strncmp(*words, name, length) == 0 && (*words)[length] == '=')
            return strtoull(*words + length + 1, NULL, 10);
    return otherwise;
}

bool pair_take(struct pair *pair, unsigned to, enum link_verdict *verdict, struct message *message,
               struct slice *body, const char **why)
{
    struct letter *letter = get(&pair->pipes[to]);
    if (!letter)
        return false;
    cr_assert(eq(int, message_decode(letter->header, letter->header_size, message, why), CODE_NONE));
    *verdict =
        link_receive(&pair->links[to], message, letter->header_size, &letter->body, pair->now, body, why);
    if (*verdict == LINK_PING)
        put_outside(pair, to, KIND_PONG);
    letter_unref(letter);
    return true;
}

bool pair_next(struct pair *pair, unsigned from)
{
    struct letter *letter = link_next(&pair->links[from]);
    if (letter)
        put(&pair->pipes[!from], copy_of(letter));
    return letter;
}

bool pair_lose(struct pair *pair, unsigned to)
{
    struct letter *letter = get(&pair->pipes[to]);
    letter_unref(letter);
    return letter;
}

/* link a window=1000 ... */
static void do_link(struct pair *pair, unsigned at, char **words)
{
    struct link_limits limits = {
        .heartbeat = option(words, "heartbeat", 0),
        .expiry = option(words, "expiry", 60000),
        .window = option(words, "window", 8 << 20),
        .max_body = option(words, "max_body", 1 << 30),
        .max_queue = option(words, "max_queue", 8 << 20),
        .keep_unsafe = option(words, "keep_unsafe", 0),
    };
    link_free(&pair->links[at]);
    link_init(&pair->links[at], &limits, pair->now);
    lose_all(&pair->pipes[at]);
}

static const char *handshake(struct pair *pair, unsigned at, uint64_t peer_received)
{
    const struct link_limits *peer = &pair->links[!at].limits;
    bool good = link_connected(&pair->links[at], peer->window, peer->max_body, peer_received, pair->now);
    if (good)
        link_settle(&pair->links[at], pair->links[!at].journals, link_tell_safe(&pair->links[!at]));
    return good ? "goes on" : "impossible";
}

/* journal a: from its next handshake on */
static void do_journal(struct pair *pair, unsigned at, char **words)
{
    pair->links[at].journals = true;
}

/* safe a: all that it has received is in its journal */
static void do_safe(struct pair *pair, unsigned at, char **words)
{
    uint64_t records = pair->links[at].received;
    link_recorded(&pair->links[at], records, 0, pair->now);
    link_committed(&pair->links[at], records, pair->now);
}

/* connect: both sides; connect a received=7: one side, whose peer says that number */
static void do_connect(struct pair *pair, unsigned at, char **words)
{
    uint64_t told = option(words, "received", NEVER);
    if (told != NEVER) {
        say(pair, "%s", handshake(pair, at, told));
        return;
    }
    const char *a = handshake(pair, 0, pair->links[1].received);
    say(pair, "%s, %s", a, handshake(pair, 1, pair->links[0].received));
}

static void do_break(struct pair *pair, unsigned at, char **words)
{
    for (unsigned i = 0; i < 2; i++) {
        link_broken(&pair->links[i], pair->now);
        lose_all(&pair->pipes[i]);
    }
}

/* send a KIND SIZE */
static void do_send(struct pair *pair, unsigned at, char **words)
{
    struct slice body = pair_body(words[2] ? strtoull(words[2], NULL, 10) : 0, 0);
    uint64_t seq = link_send(&pair->links[at], letter_of(kind_of(words[1]), 0, body));
    say(pair, "%" PRIu64, seq);
}

static void do_next(struct pair *pair, unsigned at, char **words)
{
    struct message message;
    const char *why;
    if (!pair_next(pair, at))
        return say(pair, "nothing");
    const struct letter *letter = pair->pipes[!at].letters[(pair->pipes[!at].last - 1) % PAIR_UNDER_WAY];
    cr_assert(eq(int, message_decode(letter->header, letter->header_size, &message, &why), CODE_NONE));
    say(pair, "%s %zu seq=%" PRIu64 " ack=%" PRIu64, kind_name(letter->kind), letter->body.size, message.seq,
        message.ack);
}

/* raw b KIND SIZE seq= ack= [length=] [from=]: something on its way to b that no link has sent */
static void do_raw(struct pair *pair, unsigned at, char **words)
{
    struct slice body = pair_body(strtoull(words[2], NULL, 10), option(words, "from", 0));
    struct letter *letter =
        letter_of(kind_of(words[1]), option(words, "length", option(words, "safe", 0)), body);
    letter_stamp(letter, option(words, "seq", 0), option(words, "ack", 0));
    put(&pair->pipes[at], letter);
}

static void do_take(struct pair *pair, unsigned at, char **words)
{
    enum link_verdict verdict;
    struct message message;
    struct slice body;
    const char *why;
    if (!pair_take(pair, at, &verdict, &message, &body, &why))
        return say(pair, "nothing");
    switch (verdict) {
    case LINK_DELIVER:
        cr_assert(pair_is_body(&body), "the body's bytes");
        say(pair, "deliver %s %zu", kind_name(message.kind), body.size);
        break;
    case LINK_SWALLOWED: say(pair, "swallow"); break;
    case LINK_PING: say(pair, "ping"); break;
    case LINK_FAULT: say(pair, "fault: %s", why); break;
    case LINK_TOO_LARGE: say(pair, "too large: %s", why); break;
    }
    slice_drop(&body);
}

static void do_lose(struct pair *pair, unsigned at, char **words)
{
    say(pair, "%s", pair_lose(pair, at) ? "lost" : "nothing");
}

/* burst a KIND SIZE COUNT: send, next and take, so often; how many were delivered */
static void do_burst(struct pair *pair, unsigned at, char **words)
{
    unsigned delivered = 0;
    for (unsigned long left = strtoul(words[3], NULL, 10); left > 0; left--) {
        do_send(pair, at, words);
        do_next(pair, at, words);
        do_take(pair, !at, words);
        delivered += strncmp(pair->said, "deliver", 7) == 0;
    }
    say(pair, "%u", delivered);
}

static void do_due(struct pair *pair, unsigned at, char **words)
{
    switch (link_due(&pair->links[at], pair->now)) {
    case LINK_NOTHING: return say(pair, "nothing");
    case LINK_GIVE_UP: return say(pair, "give up");
    case LINK_EXPIRED: return say(pair, "expired");
    case LINK_UNREAD: return say(pair, "unread");
    case LINK_STUCK: return say(pair, "stuck");
    case LINK_SEND_ACK: put_outside(pair, at, KIND_ACK); return say(pair, "ACK");
    case LINK_SEND_PING: put_outside(pair, at, KIND_PING); return say(pair, "PING");
    }
}

static void do_deadline(struct pair *pair, unsigned at, char **words)
{
    uint64_t deadline = link_deadline(&pair->links[at]);
    if (deadline == NEVER)
        say(pair, "never");
    else
        say(pair, "%" PRIu64, deadline);
}

/* show a: what is kept, and the counters */
static void do_show(struct pair *pair, unsigned at, char **words)
{
    const struct link *link = &pair->links[at];
    say(pair,
        "kept=%" PRIu64 " unsent=%" PRIu64 " received=%" PRIu64 " duplicates=%" PRIu64 " dropped=%" PRIu64
        "%s",
        link->next_seq - link->first_seq, link->next_seq - link->unsent_seq, link->received, link->duplicates,
        link->dropped_logs, link_is_full(link) ? " full" : "");
}

static void do_accepts(struct pair *pair, unsigned at, char **words)
{
    say(pair, "%s", link_accepts(&pair->links[at], strtoull(words[1], NULL, 10)) ? "yes" : "no");
}

static void do_now(struct pair *pair, unsigned at, char **words)
{
    pair->now = strtoull(words[0], NULL, 10);
}

static const struct {
    const char *name;
    void (*run)(struct pair *pair, unsigned at, char **words);
} commands[] = {
    {"link", do_link},   {"connect", do_connect}, {"break", do_break}, {"send", do_send},
    {"next", do_next},   {"raw", do_raw},         {"take", do_take},   {"lose", do_lose},
    {"burst", do_burst}, {"due", do_due},         {"show", do_show},   {"deadline", do_deadline},
    {"now", do_now},     {"accepts", do_accepts}, {"safe", do_safe},   {"journal", do_journal},
};

char *pair_command(struct pair *pair, const char *line, const char *where)
{
    char copy[300], *words[MOST_WORDS + 1] = {NULL}, *rest = copy;
    snprintf(copy, sizeof copy, "%s", line);
    for (unsigned i = 0; i < MOST_WORDS && (words[i] = strtok_r(NULL, " ", &rest)); i++)
        ;
    pair->said[0] = '\0';
    for (size_t i = 0; words[0] && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, words[0]) == 0) {
            commands[i].run(pair, words[1] && words[1][0] == 'b', words + 1);
            return pair->said;
        }
    }
    cr_fatal("%s: no such command: %s", where, line);
    return NULL;
}

struct pair *pair_new(void)
{
    struct pair *pair = mem_zalloc(1, sizeof *pair);
    pair_command(pair, "link a", "");
    pair_command(pair, "link b", "");
    return pair;
}

void pair_free(struct pair *pair)
{
    for (unsigned i = 0; i < 2; i++) {
        lose_all(&pair->pipes[i]);
        link_free(&pair->links[i]);
    }
    mem_free(pair);
}

static void cut_end(char *text, const char *end)
{
    size_t size = strcspn(text, end);
    while (size > 0 && text[size - 1] == ' ')
        size--;
    text[size] = '\0';
}

void pair_run_scenario(const char *path)
{
    struct pair *pair = pair_new();
    char line[300], where[400];
    FILE *file = fopen(path, "r");
    cr_assert(file != NULL, "%s", path);
    for (unsigned number = 1; fgets(line, sizeof line, file); number++) {
        cut_end(line, "#\n");
        if (line[0] == '\0')
            continue;
        snprintf(where, sizeof where, "%s:%u", path, number);
        char *arrow = strstr(line, " -> ");
        if (arrow)
            *arrow = '\0';
        const char *said = pair_command(pair, line, where);
        bool right = !arrow || strcmp(said, arrow + 4) == 0;
        cr_assert(right, "%s: \"%s\", not \"%s\"", where, said, arrow ? arrow + 4 : "");
    }
    fclose(file);
    pair_free(pair);
}
