/* script: what each line of a story does. The lines are described in README.md beside this file; those by
 * which peers come are script_joins.c's. */
#include "tests/story/script.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

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
    bool nobody = strcmp(words->items[2], "has") == 0;
    char *text = last_text(words, "connection refused");
    uint32_t line = (uint32_t)strtoul(words->items[1], NULL, 10);
    world_turn(world);
    world_answer(world, world->dialled, "line", line, "is dialled");
    world_step(world, (struct event){.kind = EVENT_REFUSED, .number = line, .text = text, .nobody = nobody});
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

/* "begun=3 running=(nil,9,0)", "begun=3 between=1": what its page says. False: it has none. */
static bool read_page(struct world *world, const struct words *words, struct page_word *word)
{
    const char *begun = words_value(words, 3, "begun"), *running = words_value(words, 3, "running");
    bool unbound = false;
    if (begun == NULL)
        return false;
    *word = (struct page_word){.begun = strtoull(begun, NULL, 10), .state = PAGE_WAITS};
    if (words_value(words, 3, "between"))
        word->state = PAGE_BETWEEN;
    if (running == NULL)
        return true;
    char *address = text_resolve(&world->variables, running, false, &unbound), *at = address + 1;
    word->state = PAGE_RUNS;
    word->task.worker = strncmp(at, "nil", 3) == 0 ? WORKER_NIL : (uint32_t)strtoul(at, NULL, 10);
    word->task.mailbox = strtoull(strchr(at, ',') + 1, &at, 10);
    word->task.slot = (uint32_t)strtoul(at + 1, NULL, 10);
    mem_free(address);
    return true;
}

static void do_exits(struct world *world, const struct words *words)
{
    char *text = last_text(words, "exited with status 1");
    uint32_t slot = (uint32_t)strtoul(words->items[1], NULL, 10);
    struct page_word word;
    bool paged = read_page(world, words, &word);
    world_step(world, (struct event){.kind = EVENT_EXITED,
                                     .number = slot,
                                     .pid = 4000 + (long)slot,
                                     .asked = strstr(text, "signal 15") != NULL,
                                     .word = paged ? &word : NULL,
                                     .text = text});
    mem_free(text);
}

static void do_turn(struct world *world, const struct words *words)
{
    (void)words;
    world->turn_due |= world_has_more(world);
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

/* "the journal commits": all that was said so far is safe; "the journal commits N": the next N records. */
static void do_commits(struct world *world, const struct words *words)
{
    world_turn(world);
    if (world->shelf == NULL) {
        world_fail(world, "the broker has no journal");
        return;
    }
    size_t count = words->count > 3 ? strtoull(words->items[3], NULL, 10) : shelf_waiting(world->shelf);
    uint64_t sequence = shelf_commit_some(world->shelf, count);
    world_step(world, (struct event){.kind = EVENT_COMMITTED, .sequence = sequence});
}

/* "the journal is stuck "WHY"", "the journal goes on" */
static void do_stuck(struct world *world, const struct words *words)
{
    char *text = last_text(words, "");
    bool stuck = strcmp(words->items[2], "is") == 0;
    world_step(world, (struct event){.kind = EVENT_JOURNAL, .text = stuck ? text : NULL});
    mem_free(text);
}

static void do_dies(struct world *world, const struct words *words)
{
    (void)words;
    world_turn(world);
    world_restart(world);
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
    {"the journal commits", SPEAKS, do_commits},
    {"the journal is stuck", SPEAKS, do_stuck},
    {"the journal goes on", SPEAKS, do_stuck},
    {"the broker dies", SPEAKS, do_dies},
    {"key * is revoked", SPEAKS, do_revoked},
    {"line * is refused", SPEAKS, do_refused},
    {"line * has nobody", SPEAKS, do_refused},
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
