/* script_joins: how peers come to the core: connections, keys, handshakes, and what an employee says first.
 * Lines that stand for several are played line by line. */
#include "tests/story/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

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
        "workers=", "idle=", "room=", "runtimes=", "lower=", "upper=", "remote=", "host=", "key="};
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
    if (world->shelf != NULL) /* ids are given when it is on the disk to whom */
        play(world, text_format("the journal commits"));
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
    play(world, text_format("%s opens%s remote=%s host=%s%s%s", words->items[0], where,
                            value_or(words, "remote", "0"), value_or(words, "host", "0"), key ? " key=" : "",
                            key ? key : ""));
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
void do_revoked(struct world *world, const struct words *words)
{
    struct key key;
    if (read_key(world, words->items[1], &key)) {
        world_step(world, (struct event){.kind = EVENT_REVOKED, .key = &key});
    }
}

void do_joins_client(struct world *world, const struct words *words)
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
void do_joins_boss(struct world *world, const struct words *words)
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
void do_joins_manager(struct world *world, const struct words *words)
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
void do_joins_worker(struct world *world, const struct words *words)
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
void do_opens(struct world *world, const struct words *words)
{
    struct peer *peer = peer_add(world, words->items[0]);
    if (peer == NULL) {
        return;
    }
    peer_open(world, peer);
    peer->door = words_begin(words, "* opens for workers") ? DOOR_WORKERS : DOOR_FRONT;
    peer->far = strcmp(value_or(words, "remote", "0"), "1") == 0;
    peer->host = strtoull(value_or(words, "host", "0"), NULL, 10);
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

/* "NAME comes back", "NAME comes back on line N": the same process on a new connection, wanting its link to
 * go on. */
void do_comes_back(struct world *world, const struct words *words)
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
