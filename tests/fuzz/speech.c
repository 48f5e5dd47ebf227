/* speech: see speech.h. */
#include "tests/fuzz/speech.h"

#include <stdio.h>
#include <string.h>

enum { UUIDS = 6 };

const char *const speech_runtimes[RUNTIMES] = {"python", "plain", "bqskit"};

struct span draw_text(struct speech *speech)
{
    static const char *const texts[] = {
        "python", "plain", "bqskit", "", "a text", "\xff\xc3", "0123456789012345678901234567890"};
    unsigned number = draw(speech->record);
    if (number < 128)
        return span_text(texts[number % (sizeof texts / sizeof texts[0])]);
    if (number < 250) /* one of many, to fill tables */
        return span_text((snprintf(speech->text, sizeof speech->text, "r%u", number), speech->text));
    memset(speech->text, 'x', sizeof speech->text - 1);
    return span_text(speech->text);
}

const uint8_t *draw_uuid(struct speech *speech)
{
    unsigned number = draw(speech->record);
    memset(speech->uuid, 0, UUID_SIZE);
    speech->uuid[0] = (uint8_t)(1 + number % UUIDS);
    return speech->uuid;
}

uint64_t draw_number(struct speech *speech)
{
    unsigned number = draw(speech->record);
    return number < 250 ? number % 8 : number < 254 ? NO_NUMBER - 1 : NO_NUMBER;
}

uint64_t draw_count(struct speech *speech)
{
    static const uint64_t counts[] = {1, 0, 2, 3, 8, 100, UINT32_MAX};
    return counts[draw_below(speech->record, 7)];
}

struct held draw_task(struct speech *speech)
{
    unsigned number = draw(speech->record), back = number % 8;
    const struct member *of = speech->member;
    if (number >= 224) { /* made up */
        uint32_t worker = number < 240 ? WORKER_NIL : of->lower + back % 4;
        return (struct held){.address = {worker, back / 4, 1000 + back}};
    }
    if (number >= 128)
        of = &speech->crowd->members[number / 8 % MEMBERS];
    if (back >= HELD || back >= of->held_count)
        return (struct held){.address = {WORKER_NIL, 0, 1000 + back}};
    return of->held[(of->held_count - 1 - back) % HELD];
}

void speech_forget(struct member *member, const struct address *address)
{
    unsigned count = member->held_count < HELD ? member->held_count : HELD;
    for (unsigned i = 0; i < count; i++) {
        unsigned place = (member->held_count - 1 - i) % HELD;
        if (!address_equal(&member->held[place].address, address))
            continue;
        for (; i + 1 < count; i++) {
            unsigned next = (member->held_count - 2 - i) % HELD;
            member->held[place] = member->held[next];
            place = next;
        }
        member->held[place] = (struct held){.address = {WORKER_NIL, 0, 1}};
        return;
    }
}

struct address speech_root(const struct held *held)
{
    return held->crumb_count ? held->crumbs[0] : held->address;
}

struct list draw_addresses(struct speech *speech, struct address *root)
{
    unsigned count = 1 + draw_below(speech->record, MOST_LIST);
    for (unsigned i = 0; i < count; i++) {
        struct held held = draw_task(speech);
        builder_address(&speech->lists[0], &held.address);
        if (i == 0)
            *root = speech_root(&held);
        if (speech->finishes)
            speech_forget(speech->member, &held.address);
    }
    return builder_list(&speech->lists[0]);
}

struct list draw_texts(struct speech *speech)
{
    for (unsigned count = draw_below(speech->record, MOST_LIST); count > 0; count--) {
        struct span text = draw_text(speech);
        builder_text(&speech->lists[0], (const char *)text.data, text.size);
    }
    return builder_list(&speech->lists[0]);
}

struct list draw_ranges(struct speech *speech)
{
    struct member *member = speech->member;
    unsigned number = draw(speech->record);
    uint32_t lower = member->lower, upper = member->upper;
    if (speech->message.kind == KIND_CONNECT && number < 240) {
        lower = CONNECTED_IDS * ++speech->crowd->draws;
        upper = lower + 1 + number;
        member->lower = lower;
        member->upper = upper;
    } else if (number % 4) { /* one of them; or of another one's */
        const struct member *of = number < 128 ? member : &speech->crowd->members[number % MEMBERS];
        lower = of->lower + number / 4 % 4;
        upper = lower + 1;
    }
    if (lower >= upper || upper > WORKER_LIMIT)
        upper = (lower = 0) + 1;
    builder_range(&speech->lists[1], lower, upper);
    return builder_list(&speech->lists[1]);
}

uint32_t draw_worker(struct speech *speech)
{
    unsigned number = draw(speech->record);
    return number < 250 ? speech->member->lower + number % 4 : WORKER_LIMIT - 1;
}

void speech_remember(struct member *member, const struct held *held)
{
    member->held[member->held_count++ % HELD] = *held;
}

size_t draw_body(struct speech *speech)
{
    static const uint16_t sizes[] = {0, 3, 20, 300, 9000, 20000};
    unsigned number = draw(speech->record);
    return number == 255 ? LINK_CHUNK + 10 : sizes[number % 6];
}

uint64_t draw_part(const struct speech *speech, unsigned back)
{
    uint64_t open = speech->member->parts_open;
    for (; open && back % 4 > 0 && open & (open - 1); back--)
        open &= ~(UINT64_C(1) << (63 - __builtin_clzll(open)));
    return open ? 63 - (unsigned)__builtin_clzll(open) : 0;
}
