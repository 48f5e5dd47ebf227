/* look_books: the books of a broker or shim, held to what they are about by what the fuzzers have for that;
 * see look.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/books.h"
#include "tests/fuzz/tell.h"
#include "tests/sim/look.h"
#include "tests/sim/look_inner.h"

enum { BOOKS_EVERY = 16 /* turns */ };

static struct process *looked_at;

/* Where a count is wrong there is no way back into it. */
void fuzz_fail(const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    world_fail(looked_at->world, "the books of %s: %s", looked_at->name, text);
    exit(EXIT_FAILURE);
}

void look_books(struct process *process)
{
    if (process->turns++ % BOOKS_EVERY > 0)
        return;
    looked_at = process;
    if (process->broker && !look_broker_ends(process->broker))
        books_check_broker(process->broker);
    else if (process->shim && !look_shim_ends(process->shim))
        books_check_shim(process->shim);
}
