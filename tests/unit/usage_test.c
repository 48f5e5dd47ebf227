/* What a worker notes of the tasks that have begun there. */
#include "clients/c/api/usage.h"

#include <criterion/criterion.h>
#include <time.h>

static struct address task(uint32_t number)
{
    return (struct address){WORKER_NIL, number, 7};
}

/* Takes 5 ms of CPU time. */
static void burn(void)
{
    clock_t start = clock();
    while (clock() - start < CLOCKS_PER_SEC / 200)
        continue;
}

Test(usage, a_task_that_is_suspended_is_charged_for_its_own_steps)
{
    struct usage usage;
    struct timing outer, inner;
    struct address first = task(1), second = task(2);
    usage_init(&usage);
    usage_begin(&usage, &first, 1000000);
    usage_rest(&usage);
    usage_begin(&usage, &second, 2000000);
    burn();
    cr_assert(usage_end(&usage, &second, 5000000, &inner));
    usage_resume(&usage, &first);
    cr_assert(usage_end(&usage, &first, 9000000, &outer));
    cr_assert_eq(inner.ran, 3000);
    cr_assert_eq(outer.ran, 8000);
    cr_assert_geq(inner.cpu, 2000);
    cr_assert_lt(outer.cpu, inner.cpu);
    cr_assert_not(usage_end(&usage, &first, 9000000, &outer), "it is told once");
    usage_free(&usage);
}

Test(usage, of_more_than_are_noted_the_oldest_is_not_known)
{
    struct usage usage;
    struct timing timing;
    usage_init(&usage);
    for (uint32_t i = 0; i <= USAGE_MOST; i++) {
        struct address one = task(i);
        usage_begin(&usage, &one, 1 + i);
    }
    for (uint32_t i = 0; i <= USAGE_MOST; i++) {
        struct address one = task(i);
        cr_assert_eq(usage_end(&usage, &one, 2000000, &timing), i > 0);
    }
    usage_free(&usage);
}
