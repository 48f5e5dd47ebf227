/* trace: see trace.h. */
#include "tests/sim/trace.h"

#include "common/wire/message.h"
#include "tests/support/message_text.h"

enum { LONGEST = 600 };

static uint64_t mix(uint64_t so_far, uint64_t value)
{
    return (so_far ^ value) * 1099511628211u;
}

static uint64_t digest(uint64_t so_far, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        so_far = mix(so_far, bytes[i]);
    return so_far;
}

void trace_mail(struct world *world, const struct wire *wire, unsigned side, const struct mail *mail)
{
    const struct process *to = wire->ends[side].process, *from = wire->ends[!side].process;
    char text[LONGEST];
    const char *why;
    struct message message;
    world->digest = mix(mix(world->digest, world->now), to->number);
    world->digest = digest(world->digest, mail->header, mail->header_size);
    enum error_code code = message_decode(mail->header, mail->header_size, &message, &why);
    bool sign = message.kind == KIND_ACK || message.kind == KIND_PING || message.kind == KIND_PONG;
    if (code == CODE_NONE && sign) /* of life: no news */
        return;
    world->last_news = world->now;
    if (code == CODE_NONE && message.kind == KIND_SUBMIT && from->kind != PROCESS_CLIENT)
        world->overheard[world->overheard_count++ % OVERHEARD] = message.submit.return_address;
    if (!world->plan.trace)
        return;
    if (code == CODE_NONE)
        message_text(&message, text, sizeof text);
    else
        snprintf(text, sizeof text, "%zu bytes that are no message: %s", mail->header_size, why);
    world_trace(world, "%s -> %s %s [%zu]", from->name, to->name, text,
                mail->body ? blob_size(mail->body) : 0);
}
