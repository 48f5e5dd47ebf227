/* A test that passes by itself and leaks: the sanitizer build must fail it. */
#include <criterion/criterion.h>
#include <stdlib.h>

Test(must_fail, leaks)
{
    char *volatile block = malloc(17);
    cr_assert(block != NULL);
    block = NULL;
}
