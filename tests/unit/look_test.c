/* What those who watch see of a broker: times of tasks, and what a ring that is full still knows. */
#include <criterion/criterion.h>

#include "broker/core/look.h"
#include "common/boss/lapses.h"

Test(look, a_time_is_counted_where_the_class_has_it)
{
    struct lapses lapses = {0};
    const uint32_t times[] = {0, 1, 2, 3, 4, 5, 1000, 1024, 1025, UINT32_MAX};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        lapses_add(&lapses, times[i]);
        for (unsigned class = 0; class < LAPSE_CLASSES; class ++) {
            bool fits = class + 1 == LAPSE_CLASSES || times[i] <= lapses_most(class);
            bool fits_below = class > 0 && times[i] <= lapses_most(class - 1);
            cr_assert_eq(lapses.counts[class], fits && !fits_below, "%u in class %u", times[i], class);
            lapses.counts[class] = 0;
        }
    }
    cr_assert_eq(lapses.sum, UINT64_C(15) + 1000 + 1024 + 1025 + UINT32_MAX);
}

Test(look, a_broker_that_is_not_watched_keeps_nothing)
{
    struct broker_config config;
    broker_config_default(&config);
    struct broker *broker = broker_new(&config, NULL, 0, 1000);
    cr_assert_eq(look_ended(broker), 0);
    cr_assert_null(look_end(broker, 0));
    cr_assert_null(look_failure(broker, 0));
    cr_assert_eq(look_age(broker, 1500), 500);
    broker_free(broker);
}
