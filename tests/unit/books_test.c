/* Tests of the books: what tasks and bodies cost in an account is not less than what they take of the heap,
 * and not far more. */
#include <criterion/criterion.h>
#include <malloc.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/boss/boss.h"
#include "common/wire/bundle.h"
#include "tasks.h"

enum { TASKS = 50000, LEAST_PART = 3 /* of a cost, that is really taken */ };

static const uint8_t boot[UUID_SIZE] = {1};

/* Bytes of the heap that are in use; 0: this build's allocator does not say. */
static size_t in_use(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* How a task looks. */
struct shape {
    size_t name, meta, body; /* bytes */
    bool children;           /* of one root, or roots of their own */
    bool differ;
};

static void put_tasks(struct boss *boss, uint32_t flow, const struct shape *shape)
{
    static uint8_t bytes[1 << 16];
    struct address root = tasks_root(1, 0);
    struct builder crumbs = {0};
    builder_address(&crumbs, &root);
    for (uint32_t i = 0; i < TASKS; i++) {
        struct address address = tasks_root(i + 2, 0);
        if (shape->children)
            address.worker = 5;
        struct task_header header = tasks_header(address);
        if (shape->differ)
            memcpy(bytes, &i, sizeof i);
        header.name = (struct span){bytes, shape->name};
        header.meta = (struct span){bytes, shape->meta};
        if (shape->children)
            header.breadcrumbs = builder_list(&crumbs);
        struct blob *body = shape->body ? blob_copy(bytes, shape->body) : NULL;
        uint32_t task =
            boss_accept(boss, &header, NO_SHARE, (struct slice){body, 0, shape->body}, flow, NO_RECORD);
        cr_assert_neq(task, NO_RECORD);
        uint32_t number = ledger_begin_root(&boss->ledger, shape->children ? &root : &address);
        ledger_root(&boss->ledger, number)->account = queue_account(&boss->queue, flow);
        ledger_join_root(&boss->ledger, task, number);
    }
    builder_free(&crumbs);
}

/* Holds the account to the heap while there are tasks of this shape, and when they are gone. */
static void hold_to_heap(const struct shape *shape)
{
    struct post_config config = {.boot = boot};
    struct boss boss;
    struct account account = {0};
    boss_init(&boss, &config, NULL, 0, 0);
    uint32_t flow = queue_open_flow(&boss.queue, queue_open_party(&boss.queue));
    queue_set_account(&boss.queue, flow, &account);
    size_t before = in_use();
    put_tasks(&boss, flow, shape);
    size_t taken = in_use() - before;
    if (before > 0) {
        cr_expect_leq(taken, account.bytes, "%zu bytes are taken, and %zu are in the books", taken,
                      (size_t)account.bytes);
        cr_expect_geq(taken, account.bytes / LEAST_PART, "%zu bytes are taken, and %zu are in the books",
                      taken, (size_t)account.bytes);
    }
    for (uint32_t number; (number = queue_pop(&boss.queue, ~0u)) != NO_RECORD;)
        boss_forget(&boss, number);
    cr_expect_eq(account.bytes, 0);
    ledger_end_all_roots(&boss.ledger);
    boss_free(&boss);
}

Test(books, tasks_without_anything)
{
    hold_to_heap(&(struct shape){0});
}

Test(books, tasks_with_small_bodies)
{
    hold_to_heap(&(struct shape){.body = 10, .name = 5});
}

Test(books, tasks_with_meta_of_each_size)
{
    for (size_t meta = 1; meta <= 1000; meta = meta * 3 + 7)
        hold_to_heap(&(struct shape){.meta = meta, .differ = true});
}

Test(books, tasks_with_names_of_their_own)
{
    hold_to_heap(&(struct shape){.name = 255, .differ = true});
    hold_to_heap(&(struct shape){.name = 20, .differ = true});
}

Test(books, children_of_one_root)
{
    hold_to_heap(&(struct shape){.children = true, .body = 100, .meta = 30});
}

/* Bundles tasks that differ in all that costs something. */
static struct letter *bundle_of_all_shapes(uint32_t entries)
{
    static uint8_t bytes[9000];
    struct bundle bundle = {0};
    struct builder crumbs = {0};
    struct address parent = tasks_root(1, 0);
    builder_address(&crumbs, &parent);
    for (uint32_t i = 0; i < entries; i++) {
        struct task_header header = tasks_header(tasks_root(2, i));
        if (i % 3 == 1)
            header = tasks_header_below(tasks_child(7, 2, i), &crumbs);
        header.name = (struct span){bytes, i % 5 == 0 ? 0 : 1 + i % 200};
        header.meta = (struct span){bytes, i % 4 == 0 ? 0 : i * 11 % 1000};
        bundle_add_task(&bundle, &header, tasks_body(i == 9 ? sizeof bytes : i % 7 * 100, (uint8_t)i));
    }
    uint32_t count;
    struct letter *letter = bundle_take(&bundle, &count);
    bundle_free(&bundle);
    builder_free(&crumbs);
    cr_assert_eq(count, entries);
    return letter;
}

/* Opens the batch of a letter; `message` is what the batch borrows from. */
static void open_letter(const struct letter *letter, struct message *message, struct batch *batch)
{
    const char *why = "";
    cr_assert_eq(message_decode(letter->header, letter->header_size, message, &why), CODE_NONE, "%s", why);
    cr_assert(batch_open(batch, message, &letter->body));
}

/* Takes all tasks of a batch: what the account has then; `*one_by_one`: what their headers said before. */
static uint64_t cost_when_taken(struct boss *boss, uint32_t flow, struct batch *batch, uint64_t *one_by_one)
{
    struct task_header header;
    struct slice body;
    while (batch_next_task(batch, &header, &body)) {
        *one_by_one += ledger_cost_of(&header, blob_cost_kept(body.blob, body.size));
        uint32_t task = boss_accept(boss, &header, NO_SHARE, slice_keep(body.blob, body.offset, body.size),
                                    flow, NO_RECORD);
        cr_assert_neq(task, NO_RECORD);
    }
    return queue_account(&boss->queue, flow)->bytes;
}

Test(books, a_batch_costs_what_its_tasks_cost)
{
    for (uint32_t entries = 1; entries <= 60; entries += entries < 12 ? 1 : 7) {
        struct post_config config = {.boot = boot};
        struct boss boss;
        struct account account = {0};
        struct message message;
        struct batch batch;
        uint64_t one_by_one = 0;
        boss_init(&boss, &config, NULL, 0, 0);
        uint32_t flow = queue_open_flow(&boss.queue, queue_open_party(&boss.queue));
        queue_set_account(&boss.queue, flow, &account);
        struct letter *letter = bundle_of_all_shapes(entries);
        open_letter(letter, &message, &batch);
        uint64_t before = ledger_cost_of_batch(&batch);
        uint64_t taken = cost_when_taken(&boss, flow, &batch, &one_by_one);
        cr_expect_eq(before, taken, "%u tasks: %zu and %zu", entries, (size_t)before, (size_t)taken);
        cr_expect_eq(one_by_one, taken);
        for (uint32_t number; (number = queue_any(&boss.queue, 0)) != NO_RECORD;)
            boss_forget(&boss, number);
        cr_expect_eq(account.bytes, 0);
        letter_unref(letter);
        boss_free(&boss);
    }
}
