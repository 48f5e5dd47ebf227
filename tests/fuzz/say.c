/* say: a member says a message of a kind, in the numbering of its link or past it. What is in it is drawn by
 * make.c. See crowd.h. */
#include <string.h>

#include "common/base/mem.h"
#include "tests/fuzz/speech.h"

/* What a member says: what it may, but nothing that ends the core. */
static const uint64_t may_say[ROLE_LIMIT] = {
    [ROLE_CLIENT] = KINDS_FROM_CLIENT & ~KIND_BIT(KIND_SHUTDOWN),
    [ROLE_BOSS] = KINDS_DOWN & ~KIND_BIT(KIND_SHUTDOWN),
    [ROLE_MANAGER] = KINDS_UP,
    [ROLE_WORKER] = KINDS_UP,
};

static struct slice body_of(size_t size)
{
    uint8_t *bytes;
    if (size == 0)
        return SLICE_NONE;
    struct slice body = {blob_new(size, &bytes), 0, size};
    memset(bytes, 'b', size);
    return body;
}

static void speech_free(struct speech *speech)
{
    for (unsigned i = 0; i < 3; i++)
        builder_free(&speech->lists[i]);
}

void say(struct crowd *crowd, struct member *member, unsigned kind, struct fuzz_record *record)
{
    struct speech speech = {.crowd = crowd, .member = member, .record = record, .message.kind = kind};
    uint64_t may = may_say[member->role];
    if ((may >> kind & 1) == 0 && record->end[-1] < 250)
        return; /* it would be dropped for it, which is seldom worth the rest of the input */
    make(&speech);
    crowd_send(crowd, member, &speech.message, body_of(speech.body));
    speech_free(&speech);
}

void say_wrong(struct crowd *crowd, struct member *member, struct fuzz_record *record)
{
    static const unsigned kinds[] = {KIND_PING, KIND_PONG,  KIND_ACK,    KIND_CHUNK,        KIND_HELLO,
                                     KIND_LOG,  KIND_ERROR, KIND_SUBMIT, KIND_RESULT_BATCH, KIND_DISCONNECT};
    struct speech speech = {.crowd = crowd, .member = member, .record = record};
    struct message *message = &speech.message;
    unsigned how = draw(record);
    message->kind = kinds[draw_below(record, 10)];
    message->seq = how % 4 ? member->link.next_seq : draw(record);
    message->ack = member->link.received + draw_below(record, 3);
    make(&speech);
    size_t bound = message_bound(message);
    uint8_t *header = mem_alloc(bound);
    size_t size = message_encode(message, header, bound), place = draw(record);
    if (place % 4 == 1)
        size -= place % size;
    else if (place % 4 == 2)
        header[place % size] ^= (uint8_t)(1u << place % 8);
    struct slice body = body_of(speech.body > 20000 ? 20000 : speech.body);
    member->lied = true;
    crowd_mail(crowd, member, header, size, body.blob, how >= 250 ? how - 250 : body.size ? 2 : 1);
    slice_drop(&body);
    mem_free(header);
    speech_free(&speech);
}
