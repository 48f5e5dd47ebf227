/* Tests of common/link/post: how long the header of each kind may be, and how many tasks one may name. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/base/mem.h"
#include "offices.h"

static struct offices *met(void)
{
    struct offices *offices = offices_new();
    offices_settle(offices);
    return offices;
}

/* Says a message with a text field of `size` bytes at the end of the link of a side. */
static void say_long(struct offices *offices, unsigned side, unsigned kind, size_t size)
{
    struct office *office = &offices->side[side];
    uint8_t *text = mem_alloc(size + 1);
    memset(text, 'x', size);
    struct builder texts = {0};
    builder_text(&texts, (const char *)text, size);
    struct message message = {.kind = kind};
    if (kind == KIND_CONNECT)
        message.connect.paths = builder_list(&texts);
    else if (kind == KIND_RETURN)
        message.returned.text = (struct span){text, size};
    else
        message.drain.manager = (struct span){text, size};
    post_send(&office->post, office->peer, &message, SLICE_NONE);
    offices_settle(offices);
    builder_free(&texts);
    mem_free(text);
}

static void check_refused(const struct offices *offices, const char *why)
{
    cr_assert_eq(offices->side[BOSS].lost, 1);
    cr_assert_eq(offices->side[BOSS].code, CODE_TOO_LARGE);
    cr_assert_not_null(strstr(offices->side[BOSS].why, why), "%s", offices->side[BOSS].why);
}

Test(post_header, a_long_one_is_too_large_where_its_kind_needs_none)
{
    static const struct {
        unsigned kind;
        size_t most;
        const char *why;
    } rows[] = {
        {KIND_CONNECT, HEADER_SHORT, "CONNECT: a header of"},
        {KIND_DRAIN, HEADER_SHORT, "larger than the 65536"},
        {KIND_RETURN, HEADER_LIST, "larger than the 131072"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct offices *offices = met();
        say_long(offices, MANAGER, rows[i].kind, rows[i].most - 100);
        cr_assert_eq(offices->side[BOSS].lost, 0, "%s", offices->side[BOSS].why);
        say_long(offices, MANAGER, rows[i].kind, rows[i].most);
        check_refused(offices, rows[i].why);
        offices_free(offices);
    }
}

Test(post_header, a_boss_may_say_as_much_as_fits)
{
    struct offices *offices = met();
    say_long(offices, BOSS, KIND_CONNECT, 1 << 20);
    cr_assert_eq(offices->side[MANAGER].lost, 0, "%s", offices->side[MANAGER].why);
    cr_assert_eq(offices->side[MANAGER].post.strangers_refused, 0);
    offices_free(offices);
}

/* An UPDATE of so many tasks. */
static void say_addresses(struct offices *offices, unsigned side, uint32_t count)
{
    struct office *office = &offices->side[side];
    struct builder builder = {0};
    struct address address = {.worker = WORKER_LIMIT - 1, .mailbox = UINT64_MAX, .slot = UINT32_MAX};
    while (builder.count < count)
        builder_address(&builder, &address);
    struct message message = {.kind = KIND_UPDATE};
    message.addresses.addresses = builder_list(&builder);
    post_send(&office->post, office->peer, &message, SLICE_NONE);
    offices_settle(offices);
    builder_free(&builder);
}

Test(post_header, a_message_names_so_many_tasks)
{
    struct offices *offices = met();
    say_addresses(offices, BOSS, MAX_ADDRESSES + 1);
    cr_assert_eq(offices->side[MANAGER].lost, 0, "%s", offices->side[MANAGER].why);
    say_addresses(offices, MANAGER, MAX_ADDRESSES);
    cr_assert_eq(offices->side[BOSS].lost, 0, "%s", offices->side[BOSS].why);
    say_addresses(offices, MANAGER, MAX_ADDRESSES + 1);
    check_refused(offices, "UPDATE: names 4097 tasks, and at most 4096");
    offices_free(offices);
}

Test(post_header, a_stranger_says_little)
{
    struct offices *offices = met();
    size_t size = HEADER_SHORT + 1;
    char *bytes = mem_zalloc(size, 1);
    cr_assert_eq(stranger_bytes(offices, BOSS, DOOR_FRONT, 45, bytes, size, 1), POST_NOTHING);
    cr_assert_eq(stranger_said(offices, BOSS, 45).code, CODE_TOO_LARGE);
    mem_free(bytes);
    offices_free(offices);
}
