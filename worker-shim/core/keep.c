/* keep: the boss's process has ended, and the next one of its cluster is there (PROTOCOL.md section 3, "A
 * boss that goes on"): what runs here goes on. This says what there is here, in HOLDS, and then again what
 * the old process may not have written down. */
#include <string.h>

#include "common/base/index.h"
#include "common/base/mem.h"
#include "common/wire/bundle.h"
#include "worker-shim/core/shim_inner.h"

enum {
    MOST_ENTRIES = 1024, /* in one HOLDS, of tasks, roots and what has ended each */
    MOST_RANGES = 1024,
};

/* What one HOLDS says, until it is full. */
struct holding {
    struct shim *shim;
    struct builder ranges, tasks, roots, parts, ended;
};

bool keep_same_cluster(const struct peer *above, const struct peer *next)
{
    return uuid_is_set(above->cluster) && memcmp(above->cluster, next->cluster, UUID_SIZE) == 0;
}

bool keep_may(const struct shim *shim, const struct peer *next)
{
    const struct peer *above = shim->above;
    return above && shim->has_ids && next->link.peer_journals && keep_same_cluster(above, next) &&
           memcmp(above->boot, next->boot, UUID_SIZE) != 0;
}

/* Whether the next process is to hear this, too. Of what it must know to give work out it is told anew. */
static bool is_said_again(const struct letter *letter, bool read)
{
    switch (letter->kind) {
    case KIND_RESULT:
    case KIND_RESULT_BATCH:
    case KIND_CANCEL:
    case KIND_COMMUNICATE:
    case KIND_UPDATE:
    case KIND_RETURN:
    case KIND_EMPLOYEE_LOST: return true;
    case KIND_ERROR: return !letter->control; /* of a task */
    case KIND_LOG: return !read;
    default: return false;
    }
}

/* The tasks whose end letters tell. */
struct ends {
    struct index by_address;
    uint64_t seed;
    struct address *items;
    uint32_t count, capacity;
};

/* Calls `take` with each task whose end a letter tells. */
static void each_end(const struct letter *letter, void (*take)(void *self, const struct address *),
                     void *self)
{
    struct message message;
    struct result_header result;
    struct slice piece;
    struct batch batch;
    struct list addresses = {0};
    const char *why;
    if (message_decode(letter->header, letter->header_size, &message, &why) != CODE_NONE)
        return;
    if (message.kind == KIND_RESULT || message.kind == KIND_RESULT_BATCH) {
        bool opened = batch_open(&batch, &message, &letter->body);
        while (opened && batch_next_result(&batch, &result, &piece))
            take(self, &result.return_address);
    } else if (message.kind == KIND_ERROR) {
        take(self, message.error.has_within ? &message.error.within : &message.error.task);
    } else if (message.kind == KIND_UPDATE) {
        addresses = message.addresses.addresses;
    } else if (message.kind == KIND_RETURN) {
        addresses = message.returned.addresses;
    }
    for (struct address address; list_next_address(&addresses, &address);)
        take(self, &address);
}

static bool is_among(const struct ends *ends, const struct address *address)
{
    struct index_cursor cursor = index_find(&ends->by_address, address_hash(ends->seed, address));
    for (uint32_t number; (number = index_next(&ends->by_address, &cursor)) != NO_RECORD;) {
        if (address_equal(&ends->items[number], address))
            return true;
    }
    return false;
}

static void note_end(void *self, const struct address *address)
{
    struct ends *ends = self;
    if (is_among(ends, address))
        return;
    if (ends->count == ends->capacity) {
        ends->capacity = ends->capacity ? 2 * ends->capacity : 64;
        ends->items = mem_resize(ends->items, ends->capacity, sizeof *ends->items);
    }
    index_add(&ends->by_address, address_hash(ends->seed, address), ends->count);
    ends->items[ends->count++] = *address;
}

/* A RETURN without the tasks that have been given out to this shim again since, and are here or among `later`
 * ends: it would have them given out once more. NULL: nothing is left of it. */
static struct letter *without_regiven(const struct shim *shim, struct letter *letter,
                                      const struct ends *later)
{
    const struct ledger *ledger = &shim->boss.ledger;
    struct message message;
    struct builder left = {0};
    const char *why;
    if (message_decode(letter->header, letter->header_size, &message, &why) != CODE_NONE)
        return letter;
    struct list all = message.returned.addresses;
    for (struct address address; list_next_address(&all, &address);) {
        uint32_t number = ledger_find(ledger, &address);
        bool here = number != NO_RECORD && ledger_task(ledger, number)->from_above;
        if (!here && !is_among(later, &address))
            builder_address(&left, &address);
    }
    message.returned.addresses = builder_list(&left);
    struct letter *rest = left.count > 0 ? letter_new(&message, SLICE_NONE) : NULL;
    builder_free(&left);
    letter_unref(letter);
    return rest;
}

/* A SUBMIT or SUBMIT_BATCH without the children whose results have come down since: nobody waits for these.
 * NULL: nothing is left of it. */
static struct letter *without_ended(const struct shim *shim, struct letter *letter)
{
    struct message message;
    struct batch batch;
    struct task_header header;
    struct slice piece;
    struct bundle left = {0};
    const char *why;
    uint32_t count = 0;
    if (message_decode(letter->header, letter->header_size, &message, &why) != CODE_NONE ||
        !batch_open(&batch, &message, &letter->body))
        return letter;
    while (batch_next_task(&batch, &header, &piece)) {
        if (ledger_is_raised(&shim->boss.ledger, &header.return_address))
            bundle_add_task(&left, &header, slice_ref(&piece));
    }
    struct letter *rest = left.count < batch.count ? bundle_take(&left, &count) : letter_ref(letter);
    bundle_free(&left);
    letter_unref(letter);
    return rest;
}

/* What the next process is to hear of a message; NULL: nothing. */
static struct letter *what_is_said_again(const struct shim *shim, struct letter *letter, bool read)
{
    if (letter->kind == KIND_SUBMIT || letter->kind == KIND_SUBMIT_BATCH)
        return without_ended(shim, letter);
    if (is_said_again(letter, read))
        return letter;
    letter_unref(letter);
    return NULL;
}

static void keep_letter(struct kept_letters *kept, struct letter *letter)
{
    if (kept->count == kept->capacity) {
        kept->capacity = kept->capacity ? 2 * kept->capacity : 64;
        kept->items = mem_resize(kept->items, kept->capacity, sizeof *kept->items);
    }
    kept->items[kept->count++] = letter;
}

/* Of each task the last word counts. */
static void leave_regiven_out(const struct shim *shim, struct kept_letters *kept)
{
    struct ends later = {.seed = shim->boss.ledger.seed + 4};
    size_t left = kept->count;
    if (left == 0)
        return;
    index_init(&later.by_address);
    for (size_t i = kept->count; i-- > 0;) {
        struct letter *letter = kept->items[i];
        if (letter->kind == KIND_RETURN)
            letter = without_regiven(shim, letter, &later);
        if (letter == NULL)
            continue;
        each_end(letter, note_end, &later);
        kept->items[--left] = letter;
    }
    kept->count -= left;
    memmove(kept->items, kept->items + left, kept->count * sizeof *kept->items);
    index_free(&later.by_address);
    mem_free(later.items);
}

void keep_take(struct shim *shim, struct kept_letters *kept)
{
    struct boss *boss = &shim->boss;
    struct peer *above = shim->above;
    bool read;
    above_tell_losses(shim);
    above_report_gone(shim); /* as the last words to the old one, which the next one hears */
    for (struct letter *letter; (letter = post_take_back(above, &read)) != NULL;) {
        letter = what_is_said_again(shim, letter, read);
        if (letter)
            keep_letter(kept, letter);
    }
    leave_regiven_out(shim, kept);
    above_detach(shim);
    outbox_log(boss->outbox, LOG_INFO,
               "the boss %s is there again as another process: what runs here goes on", above->name);
    post_end(&boss->post, above, true, boss->now, boss->outbox);
}

static void say(struct holding *holding, bool more)
{
    struct shim *shim = holding->shim;
    struct message message = {.kind = KIND_HOLDS};
    message.holds.ranges = builder_list(&holding->ranges);
    message.holds.tasks = builder_list(&holding->tasks);
    message.holds.roots = builder_list(&holding->roots);
    message.holds.parts = builder_list(&holding->parts);
    message.holds.ended = builder_list(&holding->ended);
    message.holds.more = more;
    post_send(&shim->boss.post, shim->above, &message, SLICE_NONE);
    builder_reset(&holding->ranges);
    builder_reset(&holding->tasks);
    builder_reset(&holding->roots);
    builder_reset(&holding->parts);
    builder_reset(&holding->ended);
}

static void say_if_full(struct holding *holding)
{
    if (holding->ranges.count >= MOST_RANGES || holding->tasks.count >= MOST_ENTRIES ||
        holding->parts.count >= MOST_ENTRIES || holding->ended.count >= MOST_ENTRIES)
        say(holding, true);
}

static void put_ids(struct holding *holding)
{
    struct list ranges = builder_list(&holding->shim->ids);
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);) {
        builder_range(&holding->ranges, lower, upper);
        say_if_full(holding);
    }
}

static void put_tasks(struct holding *holding)
{
    const struct ledger *ledger = &holding->shim->boss.ledger;
    uint32_t place = 0;
    for (uint32_t number; (number = ledger_walk(ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(ledger, number);
        if (!task->from_above || boss_is_doomed(&holding->shim->boss, task))
            continue;
        struct address root = ledger_root_address(task);
        builder_address(&holding->tasks, &task->address);
        builder_address(&holding->roots, &root);
        say_if_full(holding);
    }
}

/* Whether it has tasks here that are not the boss's, or none, and is remembered all the same. */
static bool is_part(const struct ledger *ledger, const struct root *root)
{
    if (root->tasks == NO_RECORD)
        return true;
    for (uint32_t number = root->tasks; number != NO_RECORD; number = ledger_next_of_root(ledger, number)) {
        if (!ledger_task(ledger, number)->from_above)
            return true;
    }
    return false;
}

/* Roots of which there is more here than the boss's tasks: when they end, this shim is to hear of it. */
static void put_parts(struct holding *holding)
{
    const struct ledger *ledger = &holding->shim->boss.ledger;
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&ledger->by_root, &place)) != NO_RECORD;) {
        const struct root *root = ledger_root(ledger, number);
        if (!is_part(ledger, root))
            continue;
        builder_address(&holding->parts, &root->address);
        say_if_full(holding);
    }
}

/* A task whose end is said again: until that is read it counts as here. */
static void put_ended(void *self, const struct address *address)
{
    struct holding *holding = self;
    builder_address(&holding->ended, address);
    say_if_full(holding);
}

void keep_tell(struct shim *shim, struct kept_letters *kept)
{
    struct holding holding = {.shim = shim};
    put_ids(&holding);
    put_tasks(&holding);
    put_parts(&holding);
    for (size_t i = 0; i < kept->count; i++)
        each_end(kept->items[i], put_ended, &holding);
    say(&holding, false);
    builder_free(&holding.ranges);
    builder_free(&holding.tasks);
    builder_free(&holding.roots);
    builder_free(&holding.parts);
    builder_free(&holding.ended);
    for (size_t i = 0; i < kept->count; i++) {
        if (!post_send_again(&shim->boss.post, shim->above, kept->items[i]))
            outbox_log(
                shim->boss.outbox, LOG_ERROR,
                "a result for the boss is larger than it accepts since it was started anew (its max-body)");
    }
    mem_free(kept->items);
    *kept = (struct kept_letters){0};
}
