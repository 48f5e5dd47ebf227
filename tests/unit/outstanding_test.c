/* Tests of clients/c/core/outstanding: the message of a map, with its shared part sent before or joined. */
#include <criterion/criterion.h>
#include <string.h>

#include "clients/c/core/outstanding.h"

enum { SLOTS = 3 };

/* A map of "x", "" and "yz", each behind "common ". */
static struct submission *new_map(struct outstanding *outstanding)
{
    static const char *const parts[SLOTS] = {"x", "", "yz"};
    static const uint8_t uuid[UUID_SIZE] = "a map";
    struct task_header header = {.runtime = span_text("python"), .uuid = uuid, .priority = 128};
    struct submission *map = submission_new(&header, SLOTS, false);
    for (uint32_t i = 0; i < SLOTS; i++)
        map->lengths[i] = (uint32_t)strlen(parts[i]);
    map->shared = (struct slice){blob_copy("common ", 7), 0, 7};
    map->body = (struct slice){blob_copy("xyz", 3), 0, 3};
    outstanding_init(outstanding, 5);
    outstanding_add(outstanding, map);
    cr_assert_eq(outstanding->kept, 10);
    return map;
}

static void expect(const struct submission *map, uint64_t part, const char *text, const uint64_t *lengths)
{
    struct message_parts parts;
    struct slice body;
    uint64_t length;
    struct task_header task;
    submission_message(map, part, &parts, &body);
    cr_assert_eq(body.size, strlen(text));
    cr_assert_eq(body.size, submission_body_size(map, part == 0));
    cr_assert_eq(memcmp(slice_data(&body), text, body.size), 0);
    if (parts.message.kind == KIND_SUBMIT) {
        cr_assert_eq(parts.message.submit.shared, part);
    } else {
        struct list all = parts.message.batch.tasks, sizes = parts.message.batch.lengths;
        for (uint32_t i = 0; list_next_task(&all, &task); i++) {
            cr_assert_eq(task.shared, part);
            cr_assert(list_next_number(&sizes, &length));
            cr_assert_eq(length, lengths[i]);
        }
    }
    slice_drop(&body);
    submission_message_free(&parts);
}

Test(outstanding, a_shared_part_is_named_or_joined)
{
    struct outstanding outstanding;
    struct submission *map = new_map(&outstanding);
    expect(map, 4, "xyz", (uint64_t[]){1, 0, 2});
    expect(map, 0, "common xcommon common yz", (uint64_t[]){8, 7, 9});
    outstanding_free(&outstanding);
}

Test(outstanding, what_is_sent_again_begins_with_it_too)
{
    struct outstanding outstanding;
    struct submission *map = new_map(&outstanding);
    outstanding_mark(&outstanding, map, 0, 0, SLOT_WAITED);
    outstanding_renew(&outstanding, map);
    cr_assert_eq(outstanding.kept, 9);
    expect(map, 4, "yz", (uint64_t[]){0, 2});
    expect(map, 0, "common common yz", (uint64_t[]){7, 9});
    outstanding_mark(&outstanding, map, 1, 0, SLOT_WAITED);
    outstanding_renew(&outstanding, map);
    expect(map, 7, "yz", NULL);
    expect(map, 0, "common yz", NULL);
    outstanding_mark(&outstanding, map, 2, 0, SLOT_WAITED);
    outstanding_sweep(&outstanding, map);
    cr_assert_eq(outstanding.kept, 0); /* nothing is kept of it */
    outstanding_free(&outstanding);
}
