/* exchange: see exchange.h. */
#include "exchange.h"

#include <stdio.h>
#include <string.h>

#include "cli_broker.h"

const uint8_t *exchange_uuid(uint8_t number)
{
    static uint8_t uuids[256][UUID_SIZE];
    uuids[number][0] = 0xaa;
    uuids[number][15] = number;
    return uuids[number];
}

struct submission *exchange_make(uint8_t number, const char *letters, unsigned flags)
{
    struct task_header header = {.uuid = exchange_uuid(number),
                                 .runtime = span_text("plain"),
                                 .priority = 128,
                                 .flags = (uint8_t)flags};
    uint32_t total = (uint32_t)strlen(letters);
    struct submission *made = submission_new(&header, total, false);
    made->tag = number;
    made->body = cli_body(letters);
    for (uint32_t slot = 0; total > 1 && slot < total; slot++)
        made->lengths[slot] = 1;
    return made;
}

const char *exchange_told(struct correspondence *mail)
{
    static char text[1000];
    struct news *news = correspondence_take(mail);
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; news && i < news->batch.count; i++) {
        const struct mailroom_event *event = &news->batch.events[i];
        const char *body = event->body.size ? (const char *)event->body.data : "";
        if (event->kind == MAILROOM_RESULT)
            size += (size_t)snprintf(text + size, sizeof text - size, "%d.%u=%.*s ", (int)event->tag,
                                     event->slot, (int)event->body.size, body);
        if (event->kind == MAILROOM_FAILED)
            size += (size_t)snprintf(text + size, sizeof text - size, "%d.%u!%d ", (int)event->tag,
                                     event->slot, event->code);
        if (event->kind == MAILROOM_ANSWER)
            size +=
                (size_t)snprintf(text + size, sizeof text - size, "?%d:%d ", (int)event->number, event->code);
        if (event->kind == MAILROOM_FULL)
            size += (size_t)snprintf(text + size, sizeof text - size, "full ");
        if (event->kind == MAILROOM_ANEW)
            size += (size_t)snprintf(text + size, sizeof text - size, "anew %d ", (int)event->number);
        if (event->kind == MAILROOM_OVER)
            size += (size_t)snprintf(text + size, sizeof text - size, "over %d ", event->code);
    }
    news_free(news);
    return text;
}
