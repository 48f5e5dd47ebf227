/* expect: compares what came out of the core with what the story says of it. */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/story/world.h"

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), ending = strlen(end);
    return size >= ending && strcmp(text + size - ending, end) == 0;
}

void expect_no_letters(struct world *world)
{
    for (size_t i = 0; i < world->came.count;) {
        const char *line = world->came.items[i];
        if (!ends_with(line, " is dialled") && !ends_with(line, " is spawned")) {
            world_fail(world, "something came that nobody expected");
            return;
        }
        lines_remove(&world->came, i);
    }
}

/* What stands between the quotes of `text`, or all of it. */
static char *unquoted(const char *text)
{
    size_t size = 0;
    uint8_t *bytes = text_to_bytes(text, &size);
    char *plain = bytes != NULL ? mem_text((const char *)bytes, size) : mem_text(text, strlen(text));
    mem_free(bytes);
    return plain;
}

/* Whether one "key=pattern" or "key~part" of an expect line is true of a letter. */
static bool holds(struct world *world, const char *wish, const struct words *letter)
{
    size_t length = strcspn(wish, "=~");
    char key[32] = {0};
    if (wish[length] == '\0' || length >= sizeof key) {
        world_fail(world, "cannot make sense of %s", wish);
        return false;
    }
    memcpy(key, wish, length);
    const char *value = words_value(letter, 3, key);
    if (value == NULL) {
        return false;
    }
    if (wish[length] == '=') {
        return text_match(&world->variables, wish + length + 1, value);
    }
    char *part = unquoted(wish + length + 1);
    bool found = strstr(value, part) != NULL;
    mem_free(part);
    return found;
}

/* Whether a line that came is a letter for `peer`; then `*letter` has its words. */
static bool is_letter_for(const char *line, const char *peer, struct words *letter)
{
    *letter = words_split(line);
    if (letter->count > 2 && strcmp(letter->items[0], peer) == 0 && strcmp(letter->items[1], "<") == 0) {
        return true;
    }
    words_free(letter);
    return false;
}

/* The first wish of an expect line, from `first` on, that is not true of the letter; NULL: all are. */
static const char *unmet(struct world *world, const struct words *words, size_t first,
                         const struct words *letter)
{
    if (strcmp(letter->items[2], words->items[first]) != 0) {
        return words->items[first];
    }
    for (size_t i = first + 1; i < words->count; i++) {
        if (!holds(world, words->items[i], letter)) {
            return words->items[i];
        }
    }
    return NULL;
}

/* "expect a < KIND key=value ...": the first letter to that peer that was not expected yet. "expect among a <
 * ...": any of those that came for it. */
static void expect_letter(struct world *world, const struct words *words, bool among)
{
    size_t first = among ? 4 : 3;
    const char *peer = words->items[first - 2], *wish = NULL;
    for (size_t i = 0; i < world->came.count; i++) {
        struct words letter;
        if (!is_letter_for(world->came.items[i], peer, &letter)) {
            continue;
        }
        wish = unmet(world, words, first, &letter);
        words_free(&letter);
        if (wish == NULL) {
            lines_remove(&world->came, i);
            return;
        }
        if (!among) {
            world_fail(world, "expected %s: %s", wish, world->came.items[i]);
            return;
        }
    }
    world_fail(world, "nothing%s came for %s, expected %s", wish != NULL ? " like it" : "", peer,
               words->items[first]);
}

static void expect_log(struct world *world, const char *quoted, bool wanted)
{
    char *part = unquoted(quoted);
    bool found = false;
    for (size_t i = 0; i < world->logs.count; i++) {
        found |= strstr(world->logs.items[i], part) != NULL;
    }
    if (found != wanted) {
        world_fail(world, wanted ? "the log does not say %s" : "the log says %s", quoted);
    }
    mem_free(part);
}

/* Numbers that the cores count. */
struct count {
    const char *name;
    size_t in_broker, in_shim; /* SIZE_MAX: it does not */
};

#define COUNT(name)                                                                     \
    {                                                                                   \
#name, offsetof(struct broker_counts, name), offsetof(struct shim_counts, name) \
    }
#define BROKER_COUNT(name)                                    \
    {                                                         \
#name, offsetof(struct broker_counts, name), SIZE_MAX \
    }

static const struct count counts[] = {
    COUNT(employees),     COUNT(workers),     COUNT(idle_workers), COUNT(tasks),
    COUNT(queued),        COUNT(submitted),   COUNT(finished),     COUNT(failed),
    COUNT(cancelled),     COUNT(discarded),   COUNT(misbehaved),   BROKER_COUNT(clients),
    BROKER_COUNT(absent), BROKER_COUNT(jobs), BROKER_COUNT(names), BROKER_COUNT(kept),
};

static bool count_is(struct world *world, const char *wish, uint64_t *number)
{
    struct broker_counts broker = {0};
    struct shim_counts shim = {0};
    if (world->broker != NULL) {
        broker_counts(world->broker, &broker);
    } else {
        shim_counts(world->shim, &shim);
    }
    size_t length = strcspn(wish, "=");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (strlen(counts[i].name) == length && memcmp(counts[i].name, wish, length) == 0) {
            if (world->broker == NULL && counts[i].in_shim == SIZE_MAX)
                return false;
            const char *at = world->broker != NULL ? (const char *)&broker + counts[i].in_broker
                                                   : (const char *)&shim + counts[i].in_shim;
            memcpy(number, at, sizeof *number);
            return wish[length] == '=' && strtoull(wish + length + 1, NULL, 10) == *number;
        }
    }
    return false;
}

/* "expect counts tasks=0 discarded=1" */
static void expect_counts(struct world *world, const struct words *words)
{
    for (size_t i = 2; i < words->count; i++) {
        uint64_t number = 0;
        if (!count_is(world, words->items[i], &number)) {
            world_fail(world, "it does not count %s, but %llu", words->items[i], (unsigned long long)number);
        }
    }
}

/* Anything else came word for word. */
static void expect_order(struct world *world, const struct words *words)
{
    char *line = mem_text("", 0);
    for (size_t i = 1; i < words->count; i++) {
        char *longer = text_format("%s%s%s", line, i > 1 ? " " : "", words->items[i]);
        mem_free(line);
        line = longer;
    }
    if (!world_take(world, line)) {
        world_fail(world, "expected: %s", line);
    }
    mem_free(line);
}

void expect_line(struct world *world, const struct words *words)
{
    if (words_begin(words, "expect nothing")) {
        if (world->came.count > 0) {
            world_fail(world, "nothing was expected");
        }
    } else if (words_begin(words, "expect counts")) {
        expect_counts(world, words);
    } else if (words_begin(words, "expect log *")) {
        expect_log(world, words->items[2], true);
    } else if (words_begin(words, "expect no log *")) {
        expect_log(world, words->items[3], false);
    } else if (words_begin(words, "expect among * < *")) {
        expect_letter(world, words, true);
    } else if (words_begin(words, "expect * < *")) {
        expect_letter(world, words, false);
    } else {
        expect_order(world, words);
    }
}
