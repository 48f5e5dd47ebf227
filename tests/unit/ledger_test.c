/* Tests of common/boss/ledger: tasks by address, their roots, who had part of them, what of them was
 * cancelled. */
#include <criterion/criterion.h>
#include <string.h>

#include "tasks.h"

static uint32_t add(struct ledger *ledger, struct address address, struct slice body)
{
    struct task_header header = tasks_header(address);
    return ledger_add(ledger, &header, NO_SHARE, body, 3);
}

static uint32_t add_below(struct ledger *ledger, struct address address, struct address parent)
{
    struct builder crumbs = {0};
    builder_address(&crumbs, &parent);
    struct task_header header = tasks_header_below(address, &crumbs);
    uint32_t number = ledger_add(ledger, &header, NO_SHARE, SLICE_NONE, 3);
    builder_free(&crumbs);
    return number;
}

Test(ledger, finds_a_task_by_its_address)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct address addresses[] = {tasks_root(5, 0),
                                  tasks_root(5, 1),
                                  tasks_root(6, 0),
                                  tasks_child(0, 5, 0),
                                  tasks_child(1, 5, 0),
                                  tasks_child(0, UINT64_MAX, 0),
                                  tasks_child(0, 5, UINT32_MAX)};
    enum { COUNT = sizeof(addresses) / sizeof(addresses[0]) };
    uint32_t numbers[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(ledger_find(&ledger, &addresses[i]), NO_RECORD);
        numbers[i] = add(&ledger, addresses[i], SLICE_NONE);
        cr_assert_eq(ledger_find(&ledger, &addresses[i]), NO_RECORD); /* nobody may speak of it yet */
        ledger_list(&ledger, numbers[i]);
        ledger_list(&ledger, numbers[i]); /* which counts once */
    }
    cr_assert_eq(ledger.listed, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        cr_assert_eq(ledger_find(&ledger, &addresses[i]), numbers[i]);
    ledger_remove(&ledger, numbers[2]);
    cr_assert_eq(ledger_find(&ledger, &addresses[2]), NO_RECORD);
    cr_assert_eq(ledger_find(&ledger, &addresses[0]), numbers[0]);
    ledger_free(&ledger);
}

Test(ledger, finds_among_many)
{
    enum { COUNT = 20000 };
    struct ledger ledger;
    ledger_init(&ledger, 7);
    for (uint32_t i = 0; i < COUNT; i++)
        ledger_list(&ledger, add(&ledger, tasks_child(i % 7, i / 7, 0), tasks_body(i % 3, (uint8_t)i)));
    for (uint32_t i = 0; i < COUNT; i += 2)
        ledger_remove(&ledger, i);
    for (uint32_t i = 0; i < COUNT; i++) {
        struct address address = tasks_child(i % 7, i / 7, 0);
        cr_assert_eq(ledger_find(&ledger, &address), i % 2 ? i : NO_RECORD);
    }
    ledger_free(&ledger); /* with the bodies of the rest */
}

/* Maps whose slots come and go in any order, and the same in an array. */
Test(ledger, finds_neighbours_as_an_array_does)
{
    enum { MAPS = 3, SLOTS = 100, STEPS = 50000 };
    uint32_t numbers[MAPS][SLOTS], listed = 0;
    uint64_t state = 1;
    struct ledger ledger;
    ledger_init(&ledger, 7);
    memset(numbers, 0xff, sizeof numbers); /* NO_RECORD */
    for (int step = 0; step < STEPS; step++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t map = (uint32_t)(state >> 33) % MAPS, slot = (uint32_t)(state >> 40) % SLOTS;
        uint32_t *number = &numbers[map][slot];
        bool grows = step / 1000 % 2 == 0; /* up to nearly all of them, and down to nearly none */
        struct address address = tasks_root(map, slot), next = tasks_root(map, (slot + 1) % SLOTS);
        if (*number == NO_RECORD && (grows || (state & 7) == 0)) {
            *number = add(&ledger, address, SLICE_NONE);
            ledger_list(&ledger, *number);
            listed++;
        } else if (*number != NO_RECORD && (!grows || (state & 7) == 0)) {
            ledger_remove(&ledger, *number);
            *number = NO_RECORD;
            listed--;
        }
        cr_assert_eq(ledger.listed, listed);
        cr_assert_eq(ledger_find(&ledger, &address), *number);
        cr_assert_eq(ledger_find(&ledger, &next), numbers[map][(slot + 1) % SLOTS]);
    }
    for (uint32_t i = 0; i < MAPS * SLOTS; i++) {
        if (numbers[i / SLOTS][i % SLOTS] != NO_RECORD)
            ledger_remove(&ledger, numbers[i / SLOTS][i % SLOTS]);
    }
    cr_assert_eq(index_count(&ledger.by_address), 0);
    cr_assert_eq(ledger.blocks.used, 0);
    ledger_free(&ledger);
}

Test(ledger, a_map_takes_few_places_in_the_index)
{
    enum { SLOTS = 1000 };
    struct ledger ledger;
    ledger_init(&ledger, 7);
    for (uint32_t i = 0; i < SLOTS; i++)
        ledger_list(&ledger, add(&ledger, tasks_root(9, i), SLICE_NONE));
    cr_assert_leq(index_count(&ledger.by_address), SLOTS / ADDRESS_BLOCK + 1);
    ledger_free(&ledger);
}

Test(ledger, walks_over_what_is_there)
{
    enum { COUNT = 3 * SLAB_CHUNK };
    struct ledger ledger;
    ledger_init(&ledger, 7);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t number = add(&ledger, tasks_child(1, i, 0), tasks_body(i % 3, (uint8_t)i));
        if (i % 2)
            ledger_list(&ledger, number);
    }
    for (uint32_t i = 0; i < COUNT; i++) { /* a chunk is given back, and of another some are there */
        if (i / SLAB_CHUNK == 1 || i % 3 == 0)
            ledger_remove(&ledger, i);
    }
    uint32_t place = 0, count = 0, last = 0;
    for (uint32_t number; (number = ledger_walk(&ledger, &place)) != NO_RECORD; count++) {
        cr_assert(number % 3 != 0 && number / SLAB_CHUNK != 1 && number > last);
        last = number;
    }
    cr_assert_eq(count, ledger.tasks.used);
    ledger_free(&ledger); /* with the bodies of those that are not listed, too */
}

static void check_header(const struct task_header *header)
{
    cr_assert_eq(header->comp_task_id, 9);
    cr_assert_eq(header->attempt, 2);
    cr_assert_eq(header->priority, 200);
    cr_assert_eq(header->breadcrumbs.count, 2);
    struct list crumbs = header->breadcrumbs;
    struct address root = tasks_root(9, 4), parent = tasks_child(3, 77, 1), crumb;
    cr_assert(list_next_address(&crumbs, &crumb) && address_equal(&crumb, &root));
    cr_assert(list_next_address(&crumbs, &crumb) && address_equal(&crumb, &parent));
    cr_assert(header->name.size == 4 && memcmp(header->name.data, "name", 4) == 0);
    cr_assert(header->meta.size == 3 && memcmp(header->meta.data, "abc", 3) == 0);
    cr_assert(header->runtime.size == 6 && memcmp(header->runtime.data, "python", 6) == 0);
    cr_assert_eq(header->uuid, NULL); /* a client's affair */
}

Test(ledger, a_task_goes_on_as_it_came)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct builder crumbs = {0};
    builder_address(&crumbs, &(struct address){WORKER_NIL, 4, 9});
    builder_address(&crumbs, &(struct address){3, 1, 77});
    struct task_header header = tasks_header_below(tasks_child(5, 80, 6), &crumbs), out;
    header.attempt = 2;
    header.priority = 200;
    header.name = span_text("name");
    header.meta = span_text("abc");
    uint32_t number = ledger_add(&ledger, &header, NO_SHARE, tasks_body(1000, 3), 3);
    builder_free(&crumbs); /* the ledger has copies of its own */
    const struct task *task = ledger_task(&ledger, number);
    ledger_header(&ledger, task, span_text("python"), &out);
    check_header(&out);
    struct address root = tasks_root(9, 4), found = ledger_root_address(task);
    cr_assert(address_equal(&found, &root));
    found = ledger_root_of_header(&out);
    cr_assert(address_equal(&found, &root));
    cr_assert_eq(task->depth, 2);
    cr_assert_eq(task->runtime, 3);
    struct slice body = ledger_body(task);
    cr_assert(tasks_is_body(&body, 1000, 3));
    ledger_free(&ledger);
}

Test(ledger, a_root_is_its_own_root_and_has_no_name)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct address address = tasks_root(9, 4);
    const struct task *task = ledger_task(&ledger, add(&ledger, address, SLICE_NONE));
    struct address root = ledger_root_address(task);
    cr_assert(address_equal(&root, &address));
    cr_assert_eq(ledger_name(&ledger, task).size, 0);
    cr_assert_eq(ledger_breadcrumbs(task).count, 0);
    cr_assert_eq(task->tail, NULL); /* it takes no memory beyond its record */
    ledger_free(&ledger);
}

Test(ledger, a_name_is_kept_once_for_all_tasks_that_have_it)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct task_header header = tasks_header(tasks_root(9, 0));
    header.name = span_text("a name");
    uint32_t first = ledger_add(&ledger, &header, NO_SHARE, SLICE_NONE, 3);
    header.return_address.slot = 1;
    uint32_t second = ledger_add(&ledger, &header, NO_SHARE, SLICE_NONE, 3);
    uint32_t number = ledger_name_number(ledger_task(&ledger, first));
    cr_assert_eq(number, ledger_name_number(ledger_task(&ledger, second)));
    cr_assert_neq(number, NO_NAME);
    ledger_remove(&ledger, first);
    struct span name = ledger_name(&ledger, ledger_task(&ledger, second));
    cr_assert(name.size == 6 && memcmp(name.data, "a name", 6) == 0);
    ledger_remove(&ledger, second);
    cr_assert_eq(index_count(&ledger.names.by_text), 0);
    ledger_free(&ledger);
}

Test(ledger, what_is_alike_has_the_same_but_for_slot_and_body)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct task_header header = tasks_header(tasks_root(9, 0));
    header.name = span_text("a name");
    header.flags = TASK_TIMED;
    uint32_t first = ledger_add(&ledger, &header, NO_SHARE, tasks_body(10, 0), 3);
    ledger_task(&ledger, first)->owner = 5;
    uint32_t second = ledger_add_alike(&ledger, first, 7, tasks_body(20, 1));
    const struct task *task = ledger_task(&ledger, second);
    struct address address = tasks_root(9, 7);
    struct slice body = ledger_body(task);
    cr_assert(address_equal(&task->address, &address));
    cr_assert(tasks_is_body(&body, 20, 1));
    cr_assert_eq(task->tail, ledger_task(&ledger, first)->tail);
    cr_assert(task->timed && task->runtime == 3 && task->owner == 5 && !task->queued);
    ledger_remove(&ledger, first);
    cr_assert_eq(ledger_name(&ledger, task).size, 6);
    ledger_set_attempts(&ledger, ledger_task(&ledger, second), 1, 1); /* no other one had those */
    cr_assert_eq(ledger_add_alike(&ledger, second, 8, SLICE_NONE), NO_RECORD);
    ledger_remove(&ledger, second);
    cr_assert_eq(index_count(&ledger.names.by_text), 0);
    ledger_free(&ledger);
}

Test(ledger, attempts_do_not_wrap_round)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct task *task = ledger_task(&ledger, add(&ledger, tasks_root(1, 1), SLICE_NONE));
    ledger_set_attempts(&ledger, task, UINT32_MAX, UINT32_MAX);
    cr_assert_eq(ledger_attempts(task), 255);
    ledger_free(&ledger);
}

static unsigned tasks_of(const struct ledger *ledger, uint32_t root)
{
    unsigned count = 0;
    for (uint32_t at = ledger_root(ledger, root)->tasks; at != NO_RECORD;
         at = ledger_next_of_root(ledger, at))
        count++;
    cr_assert_eq(ledger_root(ledger, root)->task_count, count);
    return count;
}

Test(ledger, a_root_knows_its_tasks)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct address address = tasks_root(1, 0), other = tasks_root(1, 1);
    cr_assert_eq(ledger_find_root(&ledger, &address), NO_RECORD);
    uint32_t root = ledger_begin_root(&ledger, &address);
    cr_assert_eq(ledger_begin_root(&ledger, &address), root);
    cr_assert_eq(ledger_find_root(&ledger, &address), root);
    cr_assert_neq(ledger_begin_root(&ledger, &other), root);
    uint32_t tasks[5];
    for (uint32_t i = 0; i < 5; i++) {
        tasks[i] = add(&ledger, tasks_child(1, 1, i), SLICE_NONE);
        ledger_join_root(&ledger, tasks[i], root);
    }
    static const unsigned order[] = {2, 4, 0, 1, 3}; /* the middle, the ends of the chain, the rest */
    for (unsigned i = 0; i < 5; i++) {
        cr_assert_eq(tasks_of(&ledger, root), 5 - i);
        ledger_remove(&ledger, tasks[order[i]]);
    }
    cr_assert_eq(tasks_of(&ledger, root), 0);
    ledger_end_root(&ledger, root);
    cr_assert_eq(ledger_find_root(&ledger, &address), NO_RECORD);
    cr_assert_eq(ledger.roots.used, 1);
    ledger_free(&ledger);
}

Test(ledger, who_had_part_of_a_root)
{
    static const uint32_t employees[] = {0, 5, 63, 64, 127, 128, 1000, 20000};
    enum { COUNT = sizeof(employees) / sizeof(employees[0]) };
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct address address = tasks_root(1, 0);
    struct root *root = ledger_root(&ledger, ledger_begin_root(&ledger, &address));
    uint32_t at = 0;
    cr_assert(!ledger_next_touched(root, &at));
    for (size_t i = COUNT; i > 0; i--)
        ledger_touch(root, employees[i - 1]);
    ledger_touch(root, 64);
    size_t count = 0;
    for (at = 0; ledger_next_touched(root, &at); at++)
        cr_assert_eq(at, employees[count++]);
    cr_assert_eq(count, COUNT);
    for (size_t i = 0; i < COUNT; i += 2)
        ledger_untouch(root, employees[i]);
    ledger_untouch(root, 1000000); /* beyond what is there */
    count = 1;
    for (at = 0; ledger_next_touched(root, &at); at++, count += 2)
        cr_assert_eq(at, employees[count]);
    cr_assert_eq(count, COUNT + 1);
    at = UINT32_MAX;
    cr_assert(!ledger_next_touched(root, &at));
    ledger_free(&ledger);
}

/* Whether a task that comes now, below `parent`, is known as cancelled. */
static bool is_cancelled(const struct ledger *ledger, uint32_t root, struct address address,
                         struct address parent)
{
    struct builder crumbs = {0};
    builder_address(&crumbs, &parent);
    struct task_header header = tasks_header_below(address, &crumbs);
    bool cancelled = ledger_is_cancelled(ledger, root, &header);
    builder_free(&crumbs);
    return cancelled;
}

Test(ledger, what_was_cancelled_is_known_until_the_root_ends)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct address first = tasks_root(1, 0), second = tasks_root(2, 0), gone = tasks_child(3, 10, 0),
                   child = tasks_child(4, 20, 0);
    uint32_t root = ledger_begin_root(&ledger, &first), other = ledger_begin_root(&ledger, &second);
    uint32_t here = add_below(&ledger, child, gone);
    cr_assert(!ledger_is_task_cancelled(&ledger, ledger_task(&ledger, here)));
    ledger_join_root(&ledger, here, root);
    cr_assert(!ledger_is_task_cancelled(&ledger, ledger_task(&ledger, here)));
    ledger_note_cancelled(&ledger, root, &gone);
    ledger_note_cancelled(&ledger, root, &gone);
    cr_assert_eq(ledger.cancelled.used, 1);
    cr_assert(ledger_knows_cancelled(&ledger, &gone));
    cr_assert(!ledger_knows_cancelled(&ledger, &child));
    cr_assert(ledger_is_task_cancelled(&ledger, ledger_task(&ledger, here)));
    cr_assert(is_cancelled(&ledger, root, gone, first));
    cr_assert(is_cancelled(&ledger, root, tasks_child(9, 9, 9), gone));
    cr_assert(!is_cancelled(&ledger, root, tasks_child(3, 10, 1), first));
    cr_assert(!is_cancelled(&ledger, other, gone, second));
    ledger_remove(&ledger, here);
    ledger_end_root(&ledger, root);
    cr_assert_eq(ledger.cancelled.used, 0);
    cr_assert_eq(index_count(&ledger.by_cancelled), 0);
    cr_assert(!ledger_knows_cancelled(&ledger, &gone));
    root = ledger_begin_root(&ledger, &first);
    cr_assert(!is_cancelled(&ledger, root, gone, first));
    ledger_free(&ledger);
}

Test(ledger, many_cancellations_in_any_order)
{
    enum { COUNT = 100000 };
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct address address = tasks_root(1, 0);
    uint32_t root = ledger_begin_root(&ledger, &address);
    for (uint32_t i = COUNT; i > 0; i--) { /* backwards: a sorted list would move all of itself each time */
        struct address cancelled = tasks_child(1, i, 0);
        ledger_note_cancelled(&ledger, root, &cancelled);
    }
    for (uint32_t i = 1; i <= COUNT + 10; i++)
        cr_assert_eq(is_cancelled(&ledger, root, tasks_child(1, i, 0), address), i <= COUNT);
    ledger_end_all_roots(&ledger);
    cr_assert_eq(ledger.cancelled.used, 0);
    ledger_free(&ledger);
}

Test(ledger, all_roots_end_at_once)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    for (uint32_t i = 0; i < 3000; i++) {
        struct address address = tasks_root(i, 0);
        ledger_touch(ledger_root(&ledger, ledger_begin_root(&ledger, &address)), 100);
    }
    for (uint32_t i = 0; i < 3000; i += 3) {
        struct address address = tasks_root(i, 0);
        ledger_end_root(&ledger, ledger_find_root(&ledger, &address));
    }
    ledger_end_all_roots(&ledger);
    cr_assert_eq(ledger.roots.used, 0);
    cr_assert_eq(index_count(&ledger.by_root), 0);
    ledger_free(&ledger);
}

Test(ledger, messages_wait_for_a_task_up_to_a_bound)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct task *task = ledger_task(&ledger, add(&ledger, tasks_root(1, 0), SLICE_NONE));
    for (uint32_t i = 0; i < 1024; i++)
        ledger_keep_message(&ledger, task, tasks_body(100, (uint8_t)i));
    cr_assert_eq(ledger_past(task)->message_count, 1024);
    for (uint32_t i = 0; i < 1024; i++)
        cr_assert(tasks_is_body(&ledger_past(task)->messages[i], 100, (uint8_t)i));
    cr_assert_eq(ledger_name(&ledger, task).size, 0);
    cr_assert(!ledger_past(task)->too_many);
    ledger_keep_message(&ledger, task, tasks_body(100, 0)); /* some of them would be worse than none */
    cr_assert(ledger_past(task)->too_many);
    cr_assert_eq(ledger_past(task)->message_count, 0);
    ledger_free(&ledger);
}

Test(ledger, a_removed_task_gives_back_all_that_it_has)
{
    struct ledger ledger;
    ledger_init(&ledger, 7);
    struct slice body = tasks_body(100, 0);
    uint32_t number = add_below(&ledger, tasks_child(1, 2, 3), tasks_root(1, 0));
    ledger_keep_message(&ledger, ledger_task(&ledger, number), slice_ref(&body));
    ledger_remove(&ledger, number);
    cr_assert_eq(body.blob->refs, 1);
    number = add(&ledger, tasks_root(1, 0), slice_ref(&body));
    cr_assert_eq(ledger_task(&ledger, number)->tail, NULL);
    ledger_free(&ledger);
    cr_assert_eq(body.blob->refs, 1);
    slice_drop(&body);
}

Test(ledger, losses_are_counted_and_told_up_to_a_bound)
{
    struct ledger ledger;
    char long_text[1000];
    ledger_init(&ledger, 7);
    struct task *task = ledger_task(&ledger, add(&ledger, tasks_root(1, 0), SLICE_NONE));
    ledger_note_loss(&ledger, task, span_text("its worker was killed"), true);
    ledger_note_loss(&ledger, task, span_text("its manager is gone"), false);
    cr_assert_eq(ledger_attempts(task), 2);
    cr_assert_eq(ledger_past(task)->blamed, 1);
    cr_assert_str_eq(ledger_past(task)->losses,
                     "attempt 1: its worker was killed\nattempt 2: its manager is gone");
    memset(long_text, 'x', sizeof long_text);
    for (unsigned i = 0; i < 300; i++)
        ledger_note_loss(&ledger, task, (struct span){(uint8_t *)long_text, sizeof long_text}, true);
    cr_assert_eq(ledger_attempts(task), 255);
    cr_assert_lt(strlen(ledger_past(task)->losses), 10000);
    ledger_free(&ledger);
}
