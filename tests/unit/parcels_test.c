/* Tests of broker/core/parcels: held to a plain list, through sending, acknowledgement and lost links. */
#include <criterion/criterion.h>

#include "broker/core/parcels.h"
#include "common/wire/message.h"

enum { STEPS = 20000, MOST = 1000 };

static uint64_t roll(uint64_t *seed, uint64_t sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % sides;
}

/* What should be in it: numbers from `first` to `end` - 1 as slots, those below `unsent` with link number
 * `seq_of[slot % MOST]`. */
struct truth {
    uint32_t first, unsent, end;
    uint64_t seq;
    uint64_t seq_of[MOST];
};

static void add(struct parcels *parcels, struct truth *truth)
{
    if (truth->end - truth->first < MOST) {
        parcels_add(parcels, &(struct parcel){truth->end + 7u, truth->end + 3u, truth->end, truth->end});
        truth->end++;
    }
}

static void send(struct parcels *parcels, struct truth *truth)
{
    struct parcel parcel;
    cr_assert_eq(parcels_next(parcels, &parcel), truth->unsent < truth->end);
    if (truth->unsent == truth->end)
        return;
    cr_assert_eq(parcel.slot, truth->unsent);
    cr_assert_eq(parcel.job, truth->unsent + 3);
    cr_assert_eq(parcel.mailbox, truth->unsent + 7);
    truth->seq_of[truth->unsent++ % MOST] = truth->seq;
    parcels_sent(parcels, truth->seq);
}

static void acknowledge(struct parcels *parcels, struct truth *truth, uint64_t seq)
{
    struct parcel parcel;
    while (parcels_take(parcels, seq, &parcel)) {
        cr_assert_lt(truth->first, truth->unsent);
        cr_assert_eq(parcel.slot, truth->first);
        cr_assert_leq(truth->seq_of[truth->first % MOST], seq);
        truth->first++;
    }
    cr_assert(truth->first == truth->unsent || truth->seq_of[truth->first % MOST] > seq);
}

Test(parcels, are_sent_and_acknowledged_in_order_and_sent_again_on_the_next_link)
{
    struct parcels parcels = {0};
    struct truth truth = {.seq = 1};
    uint64_t seed = 5;
    for (unsigned step = 0; step < STEPS; step++) {
        switch (roll(&seed, 8)) {
        case 0:
        case 1:
        case 2: add(&parcels, &truth); break;
        case 3:
        case 4: send(&parcels, &truth); break;
        case 5: truth.seq++; break; /* the next letter: several may go in one */
        case 6: acknowledge(&parcels, &truth, truth.seq - roll(&seed, 3)); break;
        default:
            if (roll(&seed, 50) == 0) {
                parcels_send_again(&parcels);
                truth.unsent = truth.first;
                truth.seq = 1;
            }
        }
        cr_assert_eq(parcels.count, truth.end - truth.first);
    }
    while (truth.unsent < truth.end)
        send(&parcels, &truth);
    acknowledge(&parcels, &truth, truth.seq);
    cr_assert_eq(parcels.count, 0u);
    parcels_free(&parcels);
}

Test(parcels, answer_a_request_of_their_own_link_only)
{
    struct parcels parcels = {0};
    struct parcel parcel;
    parcels_add(&parcels, &(struct parcel){1, 2, 3, 77});
    cr_assert(parcels_next(&parcels, &parcel));
    cr_assert_eq(parcel.mark, 77u);
    parcels_sent(&parcels, 5);
    cr_assert_not(parcels_take(&parcels, 4, &parcel));
    parcels_send_again(&parcels);
    cr_assert(parcels_next(&parcels, &parcel));
    cr_assert_eq(parcel.mark, NO_NUMBER);
    parcels_free(&parcels);
}

Test(parcels, give_their_memory_back_after_a_burst)
{
    struct parcels parcels = {0};
    struct parcel parcel;
    for (uint32_t i = 0; i < MOST; i++) {
        parcels_add(&parcels, &(struct parcel){1, 2, i, 0});
        parcels_sent(&parcels, 1);
    }
    while (parcels_take(&parcels, 1, &parcel))
        continue;
    cr_assert_eq(parcels.capacity, 0u);
}
