/* letter: making, counting and stamping outgoing messages. Their order and numbers are link's, their way out
 * is the edge's. */
#include "common/wire/letter.h"

#include <assert.h>

#include "common/base/mem.h"

enum { LETTER_OVERHEAD = 64 }; /* bytes a message costs beside header and body, PROTOCOL.md section 3 */

/* What a peer brings about by asking, and what only its reading makes go away: of tasks, results and logs
 * there are other bounds. */
static bool is_control(const struct message *message)
{
    switch (message->kind) {
    case KIND_SUBMIT:
    case KIND_SUBMIT_BATCH:
    case KIND_RESULT:
    case KIND_RESULT_BATCH:
    case KIND_LOG:
    case KIND_CHUNK:
    case KIND_SHARE:
    case KIND_COMMUNICATE: return false;
    case KIND_ERROR: return !message->error.has_task;
    case KIND_IMPORTPATH: return message->importpath.paths.count == 0; /* others come with tasks */
    default: return true;
    }
}

struct letter *letter_new(const struct message *message, struct slice body)
{
    size_t bound = message_bound(message);
    struct letter *letter = mem_alloc(sizeof *letter + bound);
    letter->refs = 1;
    letter->kind = (uint8_t)message->kind;
    letter->control = is_control(message);
    letter->shared = false;
    letter->pieces = 0;
    letter->header_size = (uint32_t)message_encode(message, letter->header, bound);
    letter->body = body;
    return letter;
}

struct letter *letter_ref(struct letter *letter)
{
    letter->refs++;
    return letter;
}

void letter_unref(struct letter *letter)
{
    if (!letter || --letter->refs)
        return;
    slice_drop(&letter->body);
    mem_free(letter);
}

void letter_stamp(struct letter *letter, uint64_t seq, uint64_t ack)
{
    assert(letter->kind != KIND_HELLO && letter->kind != KIND_WELCOME);
    message_stamp(letter->header, seq, ack);
}

size_t letter_cost(const struct letter *letter)
{
    return letter->header_size + letter->body.size + LETTER_OVERHEAD;
}
