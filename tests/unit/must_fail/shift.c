/* A test that passes by itself and shifts by more bits than its type has: a sanitizer build must fail it. */
#include <criterion/criterion.h>

Test(must_fail, shifts_too_far)
{
    volatile int places = 33;
    volatile int shifted = 1 << places;
    (void)shifted;
}
