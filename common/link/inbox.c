/* inbox: see inbox.h. */
#include "common/link/inbox.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

struct inbox_item *inbox_item_new(const struct message *message, const uint8_t *header, size_t size,
                                  struct slice body, bool undecoded)
{
    struct inbox_item *item = mem_alloc(sizeof *item + size);
    const char *why;
    memset(item, 0, sizeof *item);
    memcpy(item->header, header, size);
    item->size = size;
    item->body = body;
    item->undecoded = undecoded;
    if (undecoded) {
        item->message = *message;
        if (batch_reading_is_for(message->kind))
            batch_reading_begin(&item->reading, item->header, size);
    } else {
        enum error_code code = message_decode(item->header, size, &item->message, &why);
        assert(code == CODE_NONE);
        (void)code;
    }
    return item;
}

static void move(struct list *list, const uint8_t *from, const uint8_t *to)
{
    if (list->at == NULL)
        return;
    list->end = to + (list->end - from);
    list->at = to + (list->at - from);
}

void inbox_item_resume(struct inbox_item *item, const struct headway *headway, const uint8_t *header)
{
    item->headway = *headway;
    move(&item->headway.list, header, item->header);
    move(&item->headway.batch.headers, header, item->header);
    move(&item->headway.batch.lengths, header, item->header);
    item->headway.batch.message = &item->message;
    item->headway.batch.run.rest = NULL; /* the next task is read from where the others are now */
}

void inbox_item_free(struct inbox_item *item)
{
    if (item == NULL)
        return;
    slice_drop(&item->body);
    mem_free_large(item, sizeof *item + item->size);
}

uint64_t inbox_cost(const struct inbox_item *item)
{
    return sizeof *item + item->size + item->body.size;
}

void inbox_add(struct inbox *inbox, struct inbox_item *item)
{
    item->next = NULL;
    if (inbox->last)
        inbox->last->next = item;
    else
        inbox->first = item;
    inbox->last = item;
    inbox->bytes += inbox_cost(item);
}

void inbox_put_back(struct inbox *inbox, struct inbox_item *item)
{
    item->next = inbox->first;
    inbox->first = item;
    if (inbox->last == NULL)
        inbox->last = item;
    inbox->bytes += inbox_cost(item);
}

struct inbox_item *inbox_take(struct inbox *inbox)
{
    struct inbox_item *item = inbox->first;
    if (item == NULL)
        return NULL;
    inbox->first = item->next;
    if (inbox->first == NULL)
        inbox->last = NULL;
    inbox->bytes -= inbox_cost(item);
    return item;
}

void inbox_free(struct inbox *inbox)
{
    for (struct inbox_item *item; (item = inbox_take(inbox)) != NULL;)
        inbox_item_free(item);
}
