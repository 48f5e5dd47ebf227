/* script: what each line of a story does. The lines are described in README.md beside this file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/story/world.h"

/* Plays a line that stands for a part of the story's own line. */
static void play(struct world *world, char *line)
{
    if (!world->failed) {
        script_line(world, line, false);
    }
    mem_free(line);
}

/* The words from `first` on, with a blank before each, except the settings of `joins` that are no fields of a
 * handshake. */
static char *rest_of(const struct words *words, size_t first)
{
    static const char *const own[] = {
        "workers=", "idle=", "room=", "runtimes=", "lower=", "upper=", "remote=", "key="};
    char *rest = mem_text("", 0);
    for (size_t i = first; i < words->count; i++) {
        bool skip = strchr(words->items[i], '=') == NULL;
        for (size_t j = 0; j < sizeof own / sizeof *own; j++) {
            skip |= strncmp(words->items[i], own[j], strlen(own[j])) == 0;
        }
        char *longer = skip ? NULL : text_format("%s %s", rest, words->items[i]);
        if (longer != NULL) {
            mem_free(rest);
            rest = longer;
        }
    }
    return rest;
}

static const char *value_or(const struct words *words, const char *key, const char *otherwise)
{
    const char *value = words_value(words, 0, key);
    return value != NULL ? value : otherwise;
}

/* "bqskit,python" as the list that STARTED has. */
static char *runtimes_list(const char *names)
{
    char *list = mem_text("[", 1);
    while (*names != '\0') {
        size_t length = strcspn(names, ",");
        char *longer =
            text_format("%s%s(\"%.*s\",\"1\")", list, list[1] == '\0' ? "" : ",", (int)length, names);
        mem_free(list);
        list = longer;
        names += length + (names[length] == ',');
    }
    char *closed = text_format("%s]", list);
    mem_free(list);
    return closed;
}

/* What an employee says when it has its ids. */
static void start_employee(struct world *world, const char *name, const struct words *words)
{
    const char *workers = value_or(words, "workers", "1");
    char *runtimes = runtimes_list(value_or(words, "runtimes", "python"));
    play(world, text_format("expect %s < CONNECT ranges=[(%s,end%s)]", name, name, name));
    play(world, text_format("%s > STARTED total_workers=%s runtimes=%s", name, workers, runtimes));
    play(world, text_format("%s > WAITING idle=%s room=%s", name, value_or(words, "idle", workers),
                            value_or(words, "room", value_or(words, "idle", workers))));
    mem_free(runtimes);
}

/* A new process of this name: another boot, another link, and no key. */
static void make_new(struct world *world, const char *name)
{
    struct peer *peer = peer_add(world, name);
    if (peer != NULL) {
        peer_draw(world, peer->boot);
        peer->key = (struct key){0};
    }
}

/* "NAME opens ...", `where` it is said to, with what `words` say of the connection. */
static void play_opens(struct world *world, const struct words *words, const char *where)
{
    const char *key = words_value(words, 0, "key");
    play(world, text_format("%s opens%s remote=%s%s%s", words->items[0], where,
                            value_or(words, "remote", "0"), key ? " key=" : "", key ? key : ""));
}

static void play_on_line(struct world *world, const struct words *words, const char *line)
{
    char *where = text_format(" on line %s", line);
    play_opens(world, words, where);
    mem_free(where);
}

/* "ROLE:NAME" as a key: the same one for the same text. */
static bool read_key(struct world *world, const char *text, struct key *key)
{
    char role[16];
    size_t size = strcspn(text, ":");
    snprintf(role, sizeof role, "%.*s", (int)size, text);
    *key = (struct key){.role = key_role_find(role)};
    if (key->role == KEY_NONE || text[size] == '\0') {
        world_fail(world, "a key is ROLE:NAME: %s", text);
        return false;
    }
    snprintf(key->name, sizeof key->name, "%s", text + size + 1);
    memcpy(key->bytes, key->name, KEY_SIZE);
    return true;
}

/* "key ROLE:NAME is revoked". */
static void do_revoked(struct world *world, const struct words *words)
{
    struct key key;
    if (read_key(world, words->items[1], &key)) {
        world_step(world, (struct event){.kind = EVENT_REVOKED, .key = &key});
    }
}

static void do_joins_client(struct world *world, const struct words *words)
{
    const char *name = words->items[0];
    char *rest = rest_of(words, 4);
    make_new(world, name);
    play_opens(world, words, "");
    play(world, text_format("%s > HELLO role=client%s", name, rest));
    play(world, text_format("expect %s < WELCOME", name));
    mem_free(rest);
}

/* "NAME joins as boss ...": it dials the core; "on line N": the core dials it. */
static void do_joins_boss(struct world *world, const struct words *words)
{
    const char *name = words->items[0];
    bool dialled = words_begin(words, "* joins as boss on line *");
    char *rest = rest_of(words, dialled ? 7 : 4);
    make_new(world, name);
    if (dialled) {
        play_on_line(world, words, words->items[6]);
        play(world, text_format("expect %s < HELLO role=manager", name));
        play(world, text_format("%s > WELCOME role=boss%s", name, rest));
    } else {
        play_opens(world, words, "");
        play(world, text_format("%s > HELLO role=boss%s", name, rest));
        play(world, text_format("expect %s < WELCOME role=manager", name));
    }
    play(world, text_format("%s > CONNECT ranges=[(%s,%s)]", name, value_or(words, "lower", "100"),
                            value_or(words, "upper", "200")));
    mem_free(rest);
}

/* "NAME joins as manager on line N ...": the core dials it; without a line it dials the core. */
static void do_joins_manager(struct world *world, const struct words *words)
{
    const char *name = words->items[0], *ids = value_or(words, "workers", "1");
    bool dialled = words_begin(words, "* joins as manager on line *");
    char *rest = rest_of(words, dialled ? 7 : 4);
    make_new(world, name);
    if (dialled) {
        play_on_line(world, words, words->items[6]);
        play(world, text_format("expect %s < HELLO role=boss", name));
        play(world, text_format("%s > WELCOME role=manager ids=%s%s", name, ids, rest));
    } else {
        play_opens(world, words, "");
        play(world, text_format("%s > HELLO role=manager ids=%s%s", name, ids, rest));
        play(world, text_format("expect %s < WELCOME role=boss", name));
    }
    start_employee(world, name, words);
    mem_free(rest);
}

/* "NAME joins as worker in slot N ...": the core spawned it; without a slot it comes by itself. */
static void do_joins_worker(struct world *world, const struct words *words)
{
    const char *name = words->items[0], *slot_name = "";
    char *rest = rest_of(words, 4);
    make_new(world, name);
    if (words_begin(words, "* joins as worker in slot *")) {
        unsigned long slot = strtoul(words->items[6], NULL, 10);
        play(world, text_format("worker %lu starts", slot));
        slot_name = world->slot_names[slot % MAX_SLOTS];
    }
    play_opens(world, words, " for workers");
    play(world, text_format("%s > HELLO role=worker name=\"%s\"%s", name, slot_name, rest));
    play(world, text_format("expect %s < WELCOME role=boss", name));
    start_employee(world, name, words);
    mem_free(rest);
}

/* "NAME opens", "NAME opens for workers", "NAME opens on line N": a connection, and not a word on it yet. */
static void do_opens(struct world *world, const struct words *words)
{
    struct peer *peer = peer_add(world, words->items[0]);
    if (peer == NULL) {
        return;
    }
    peer_open(world, peer);
    peer->door = words_begin(words, "* opens for workers") ? DOOR_WORKERS : DOOR_FRONT;
    peer->far = strcmp(value_or(words, "remote", "0"), "1") == 0;
    const char *key = words_value(words, 0, "key");
    if (key != NULL && !read_key(world, key, &peer->key)) {
        return;
    }
    if (!words_begin(words, "* opens on line *")) {
        return;
    }
    peer->door = DOOR_LINE;
    uint32_t line = (uint32_t)strtoul(words->items[4], NULL, 10);
    world_turn(world);
    world_answer(world, world->dialled, "line", line, "is dialled");
    world_step(world, (struct event){.kind = EVENT_OPENED,
                                     .door = DOOR_LINE,
                                     .conn = peer->conn,
                                     .number = line,
                                     .peer = !peer->far,
                                     .key = peer->key.role == KEY_NONE ? NULL : &peer->key});
}

/* The text in quotes at the end of a line; the caller frees it. */
static char *last_text(const struct words *words, const char *otherwise)
{
    size_t size = 0;
    uint8_t *bytes = text_to_bytes(words->items[words->count - 1], &size);
    char *text = bytes != NULL ? mem_text((const char *)bytes, size) : mem_text(otherwise, strlen(otherwise));
    mem_free(bytes);
    return text;
}

static void do_lost(struct world *world, const struct words *words)
{
    struct peer *peer = peer_find(world, words->items[0]);
    if (peer == NULL || !peer->open) {
        world_fail(world, "%s has no connection", words->items[0]);
        return;
    }
    char *text = last_text(words, "the connection was closed");
    peer_lose(world, peer);
    world_step(world,
               (struct event){.kind = EVENT_CLOSED, .door = peer->door, .conn = peer->conn, .text = text});
    mem_free(text);
}

/* "NAME comes back", "NAME comes back on line N": the same process on a new connection, wanting its link to
 * go on. */
static void do_comes_back(struct world *world, const struct words *words)
{
    const char *name = words->items[0];
    struct peer *peer = peer_add(world, name);
    if (peer == NULL) {
        return;
    }
    char *boot = text_hex(peer->core_boot, UUID_SIZE);
    char *rest = rest_of(words, 3);
    unsigned long long received = peer->link.received;
    if (words_begin(words, "* comes back on line *")) {
        play_on_line(world, words, words->items[5]);
        play(world, text_format("expect %s < HELLO", name));
        play(world, text_format("%s > WELCOME role=%s peer_boot=%s received=%llu%s", name,
                                role_name(peer->role), boot, received, rest));
    } else {
        play_opens(world, words, "");
        play(world, text_format("%s > HELLO role=%s peer_boot=%s received=%llu%s", name,
                                role_name(peer->role), boot, received, rest));
        play(world, text_format("expect %s < WELCOME", name));
    }
    mem_free(rest);
    mem_free(boot);
}

static struct peer *known(struct world *world, const struct words *words)
{
    struct peer *peer = peer_find(world, words->items[0]);
    if (peer == NULL) {
        world_fail(world, "there is no %s", words->items[0]);
    }
    return peer;
}

static void do_send(struct world *world, const struct words *words)
{
    struct peer *peer = known(world, words);
    if (peer != NULL) {
        send_message(world, peer, words, strcmp(words->items[1], ">>") == 0);
    }
}

/* "NAME sends frames=N hex=..., text=..., body=...": any bytes. */
static void do_raw(struct world *world, const struct words *words)
{
    struct peer *peer = peer_find(world, words->items[0]);
    const char *hex = words_value(words, 2, "hex"), *text = words_value(words, 2, "text");
    const char *body = words_value(words, 2, "body"), *frames = words_value(words, 2, "frames");
    size_t size = 0, body_size = 0;
    uint8_t *header = hex != NULL    ? text_from_hex(hex, &size)
                      : text != NULL ? text_to_bytes(text, &size)
                                     : NULL;
    uint8_t *content = body != NULL ? text_to_bytes(body, &body_size) : NULL;
    unsigned count = frames != NULL ? (unsigned)strtoul(frames, NULL, 10) : content != NULL ? 2 : 1;
    if (peer == NULL || (header == NULL && count > 0)) {
        world_fail(world, "NAME sends hex=... or text=\"...\", body=\"...\" frames=N");
    } else {
        peer_mail(world, peer, header, size, content, body_size, count);
    }
    mem_free(header);
    mem_free(content);
}

/* "NAME is silent", "NAME is deaf", "NAME is unheard": for the time of this connection. */
static void do_mute(struct world *world, const struct words *words)
{
    struct peer *peer = known(world, words);
    if (peer != NULL) {
        peer->silent |= strcmp(words->items[2], "silent") == 0;
        peer->deaf |= strcmp(words->items[2], "deaf") == 0;
        peer->unheard |= strcmp(words->items[2], "unheard") == 0;
    }
}

static void do_refused(struct world *world, const struct words *words)
{
    char *text = last_text(words, "connection refused");
    uint32_t line = (uint32_t)strtoul(words->items[1], NULL, 10);
    world_turn(world);
    world_answer(world, world->dialled, "line", line, "is dialled");
    world_step(world, (struct event){.kind = EVENT_REFUSED, .number = line, .text = text});
    mem_free(text);
}

/* "line N is found "NAME"", "line N is missed": what a look-up of a name says. */
static void do_looked_up(struct world *world, const struct words *words)
{
    bool found = strcmp(words->items[3], "found") == 0;
    char *text = last_text(words, "");
    uint32_t line = (uint32_t)strtoul(words->items[1], NULL, 10);
    world_step(world,
               (struct event){.kind = found ? EVENT_FOUND : EVENT_MISSED, .number = line, .text = text});
    mem_free(text);
}

/* "worker N starts": what follows the order to spawn it. */
static void do_starts(struct world *world, const struct words *words)
{
    uint32_t slot = (uint32_t)strtoul(words->items[1], NULL, 10);
    world_turn(world);
    world_answer(world, world->spawned, "worker", slot, "is spawned");
    world_step(world, (struct event){.kind = EVENT_SPAWNED, .number = slot, .pid = 4000 + (long)slot});
}

static void do_exits(struct world *world, const struct words *words)
{
    char *text = last_text(words, "exited with status 1");
    uint32_t slot = (uint32_t)strtoul(words->items[1], NULL, 10);
    world_step(world,
               (struct event){.kind = EVENT_EXITED, .number = slot, .pid = 4000 + (long)slot, .text = text});
    mem_free(text);
}

static void do_turn(struct world *world, const struct words *words)
{
    (void)words;
    world_turn(world);
}

static void do_after(struct world *world, const struct words *words)
{
    world_wait(world, strtoull(words->items[1], NULL, 10));
}

static void do_interrupt(struct world *world, const struct words *words)
{
    (void)words;
    world_step(world, (struct event){.kind = EVENT_SHUTDOWN});
}

/* "asleep 5000 ms": the process does not run for so long; then what comes is read before anything else is
 * done. */
static void do_asleep(struct world *world, const struct words *words)
{
    world_turn(world);
    world->now += strtoull(words->items[1], NULL, 10);
    world_step(world, (struct event){.kind = EVENT_LATE});
}

static void do_terminate(struct world *world, const struct words *words)
{
    (void)words;
    world_step(world, (struct event){.kind = EVENT_LEAVE});
}

/* "hide KIND ...", "show KIND ...": which letters the story speaks of. "batches": a line for each batch,
 * before those for its entries. */
static void do_view(struct world *world, const struct words *words)
{
    bool hide = strcmp(words->items[0], "hide") == 0;
    for (size_t i = 1; i < words->count; i++) {
        bool known = strcmp(words->items[i], "batches") == 0;
        world->whole_batches = known ? !hide : world->whole_batches;
        for (unsigned kind = 0; kind < KIND_LIMIT; kind++) {
            if (strcmp(kind_name(kind), words->items[i]) == 0) {
                uint64_t bit = UINT64_C(1) << kind;
                world->hidden = hide ? world->hidden | bit : world->hidden & ~bit;
                known = true;
            }
        }
        if (!known) {
            world_fail(world, "there is no kind %s", words->items[i]);
        }
    }
}

enum {
    QUIET,
    SPEAKS,
    WAITS
}; /* what a line is: of no matter to the core; something that happens to it; after the turn */

static const struct command {
    const char *pattern;
    int sort;
    void (*play)(struct world *world, const struct words *words);
} commands[] = {
    {"broker", SPEAKS, world_make_core},
    {"shim", SPEAKS, world_make_core},
    {"hide", QUIET, do_view},
    {"show", QUIET, do_view},
    {"expect", WAITS, expect_line},
    {"turn", WAITS, do_turn},
    {"after * ms", WAITS, do_after},
    {"asleep * ms", SPEAKS, do_asleep},
    {"interrupt", SPEAKS, do_interrupt},
    {"terminate", SPEAKS, do_terminate},
    {"key * is revoked", SPEAKS, do_revoked},
    {"line * is refused", SPEAKS, do_refused},
    {"line * is found", SPEAKS, do_looked_up},
    {"line * is missed", SPEAKS, do_looked_up},
    {"worker * starts", SPEAKS, do_starts},
    {"worker * exits", SPEAKS, do_exits},
    {"* joins as client", SPEAKS, do_joins_client},
    {"* joins as boss", SPEAKS, do_joins_boss},
    {"* joins as manager", SPEAKS, do_joins_manager},
    {"* joins as worker", SPEAKS, do_joins_worker},
    {"* opens", SPEAKS, do_opens},
    {"* comes back", SPEAKS, do_comes_back},
    {"* is lost", SPEAKS, do_lost},
    {"* is silent", QUIET, do_mute},
    {"* is deaf", QUIET, do_mute},
    {"* is unheard", QUIET, do_mute},
    {"* >", SPEAKS, do_send},
    {"* >>", SPEAKS, do_send},
    {"* sends", SPEAKS, do_raw},
};

static const struct command *find(const struct words *words)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (words_begin(words, commands[i].pattern)) {
            return &commands[i];
        }
    }
    return NULL;
}

/* Something else is about to happen: what came out of the turn before must have been spoken of. */
static void begin_turn(struct world *world)
{
    if (world->waited) {
        expect_no_letters(world);
        lines_clear(&world->logs);
    }
    world->waited = false;
}

void script_line(struct world *world, const char *text, bool told)
{
    struct words words = words_split(text);
    const struct command *command = words.count > 0 ? find(&words) : NULL;
    if (words.count > 0 && command == NULL) {
        world_fail(world, "no story has such a line: %s", text);
    } else if (command != NULL) {
        if (command->sort == WAITS) {
            world_turn(world);
            world->waited |= told;
        } else if (command->sort == SPEAKS && told) {
            begin_turn(world);
        }
        if (!world->failed) {
            command->play(world, &words);
        }
    }
    words_free(&words);
}
