/* outbox: a growing array of orders. What they mean is the edge's affair. */
#include "common/link/outbox.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum { FIRST_CAPACITY = 64 }; /* orders */

static struct order *add(struct outbox *outbox, enum order_kind kind, uint32_t number)
{
    if (outbox->count == outbox->capacity) {
        outbox->capacity = outbox->capacity ? outbox->capacity * 2 : FIRST_CAPACITY;
        outbox->orders = mem_resize(outbox->orders, outbox->capacity, sizeof *outbox->orders);
    }
    struct order *order = &outbox->orders[outbox->count++];
    *order = (struct order){.kind = kind, .conn = number};
    return order;
}

void outbox_letter(struct outbox *outbox, uint32_t conn, struct letter *letter)
{
    add(outbox, ORDER_LETTER, conn)->letter = letter;
}

void outbox_order(struct outbox *outbox, enum order_kind kind, uint32_t number)
{
    add(outbox, kind, number);
}

void outbox_record(struct outbox *outbox, const struct record *record)
{
    add(outbox, ORDER_RECORD, 0)->record = record_pack(&outbox->packer, record);
}

void outbox_spawn(struct outbox *outbox, uint32_t slot, const char *name, bool renewed)
{
    struct order *order = add(outbox, ORDER_SPAWN, slot);
    order->text = mem_text(name, strlen(name));
    order->renewed = renewed;
}

void outbox_exit(struct outbox *outbox, int code)
{
    add(outbox, ORDER_EXIT, 0)->level = code;
}

void outbox_log(struct outbox *outbox, enum log_level level, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    size_t size = (length < 0 ? 0 : (size_t)length) + 1;
    char *text = mem_zalloc(1, size);
    vsnprintf(text, size, format, again);
    va_end(again);
    va_end(arguments);

    struct order *order = add(outbox, ORDER_LOG, 0);
    order->level = level;
    order->origin = format;
    order->text = text;
}

void outbox_clear(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->count; i++) {
        if (outbox->orders[i].kind == ORDER_RECORD)
            record_free(outbox->orders[i].record);
        else
            letter_unref(outbox->orders[i].letter);
        mem_free(outbox->orders[i].text);
    }
    outbox->count = 0;
}

void outbox_free(struct outbox *outbox)
{
    outbox_clear(outbox);
    record_packer_free(&outbox->packer);
    mem_free(outbox->orders);
    *outbox = (struct outbox){0};
}
