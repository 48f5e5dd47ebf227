/* Tests of common/boss/task_names: each text once, as long as somebody uses it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/boss/task_names.h"

enum { TEXTS = 300, STEPS = 30000 };

static struct span text_of(unsigned number, char *room, size_t size)
{
    snprintf(room, size, "f%u", number);
    return span_text(room);
}

static bool is(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

Test(task_names, keep_each_text_once_while_it_is_used)
{
    struct task_names names;
    uint64_t seed = 9;
    static uint32_t numbers[TEXTS], uses[TEXTS];
    size_t used = 0;
    char room[16];
    task_names_init(&names, 42);
    for (unsigned step = 0; step < STEPS; step++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        unsigned which = (unsigned)(seed >> 33) % TEXTS;
        if ((seed >> 20) % 2 == 0) {
            uint32_t number = task_names_use(&names, text_of(which, room, sizeof room));
            cr_assert(uses[which] == 0 || number == numbers[which]);
            numbers[which] = number;
            used += uses[which]++ == 0;
        } else if (uses[which] > 0) {
            cr_assert(is(task_names_text(&names, numbers[which]), text_of(which, room, sizeof room)));
            task_names_drop(&names, numbers[which]);
            used -= --uses[which] == 0;
        }
        cr_assert_eq(index_count(&names.by_text), used);
    }
    cr_assert_gt(used, 0u);
    task_names_free(&names);
}

Test(task_names, of_an_empty_text_there_is_none)
{
    struct task_names names;
    task_names_init(&names, 42);
    cr_assert_eq(task_names_use(&names, (struct span){0}), NO_NAME);
    cr_assert_eq(task_names_text(&names, NO_NAME).size, 0u);
    task_names_drop(&names, NO_NAME);
    cr_assert_eq(index_count(&names.by_text), 0u);
    task_names_free(&names);
}
