/* tell: how a target says that something is wrong, and what happens on the way there. See tell.h. */
#include "tests/fuzz/tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fuzz_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "INVARIANT: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    abort();
}

bool fuzz_tells(void)
{
    static int tells = -1;
    if (tells < 0)
        tells = getenv("MAILROOM_FUZZ_TELL") != NULL;
    return tells;
}

void fuzz_tell(const char *format, ...)
{
    if (!fuzz_tells())
        return;
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout); /* what comes next may be the end */
}
