/* Orders to the edge: kept in order, owned, dropped together. And the allocator's word when there is no
 * memory. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/outbox.h"

Test(outbox, keeps_orders_in_their_order_with_what_they_carry)
{
    struct outbox outbox = {0};
    struct message ping = {.kind = KIND_PING};
    outbox_letter(&outbox, 7, letter_new(&ping, SLICE_NONE));
    outbox_order(&outbox, ORDER_CLOSE, 8);
    outbox_spawn(&outbox, 3, "worker 3", true);
    outbox_log(&outbox, LOG_WARNING, "%s has %d", "somebody", 5);
    outbox_exit(&outbox, 1);
    cr_assert_eq(outbox.count, 5);
    const struct order *order = outbox.orders;
    cr_expect(order[0].kind == ORDER_LETTER && order[0].conn == 7 && order[0].letter->kind == KIND_PING);
    cr_expect(order[1].kind == ORDER_CLOSE && order[1].conn == 8 && !order[1].letter && !order[1].text);
    cr_expect(order[2].kind == ORDER_SPAWN && order[2].conn == 3 && !strcmp(order[2].text, "worker 3"));
    cr_expect(order[2].renewed);
    cr_expect(order[3].kind == ORDER_LOG && order[3].level == LOG_WARNING);
    cr_expect_str_eq(order[3].text, "somebody has 5");
    cr_expect(order[4].kind == ORDER_EXIT && order[4].level == 1);
    outbox_free(&outbox);
}

Test(outbox, clearing_drops_references_and_keeps_the_memory)
{
    struct outbox outbox = {0};
    struct message ping = {.kind = KIND_PING};
    struct letter *letter = letter_new(&ping, SLICE_NONE);
    for (int i = 0; i < 1000; i++)
        outbox_letter(&outbox, 1, letter_ref(letter));
    cr_expect_eq(letter->refs, 1001);
    size_t capacity = outbox.capacity;
    outbox_clear(&outbox);
    cr_expect_eq(letter->refs, 1);
    cr_expect(outbox.count == 0 && outbox.capacity == capacity);
    letter_unref(letter);
    outbox_free(&outbox);
    cr_expect_eq(outbox.orders, NULL);
}

Test(outbox, a_log_line_is_as_long_as_it_is)
{
    struct outbox outbox = {0};
    char longer[5000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    outbox_log(&outbox, LOG_INFO, "%s", longer);
    cr_expect_str_eq(outbox.orders[0].text, longer);
    outbox_free(&outbox);
}

Test(mem, gives_memory_for_nothing_too)
{
    void *none = mem_alloc(0), *zeros = mem_zalloc(0, 8);
    none = mem_resize(none, 0, 0);
    char *text = mem_text("abcdef", 3);
    cr_expect(none && zeros);
    cr_expect_str_eq(text, "abc");
    mem_free(none);
    mem_free(zeros);
    mem_free(text);
}

Test(mem, an_overflow_ends_the_process, .signal = SIGABRT)
{
    mem_resize(NULL, SIZE_MAX / 2, 4);
}
