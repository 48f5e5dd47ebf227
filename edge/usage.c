/* usage: see usage.h. */
#include "edge/usage.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PERIOD = 1000,        /* ms */
    STATM = 128,          /* bytes; seven numbers */
    SPARE = 48 << 20,     /* bytes that are left to malloc for the next burst, beside the program itself */
    TRIM_BYTES = 50 << 10 /* that are worth waiting a ms for: 200 times what giving them back takes */
};

void usage_init(struct usage *usage)
{
    *usage = (struct usage){.file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)};
}

void usage_free(struct usage *usage)
{
    if (usage->file >= 0)
        close(usage->file);
}

uint64_t usage_memory(struct usage *usage, uint64_t now)
{
    char text[STATM], *end;
    if (usage->file < 0 || now < usage->due)
        return 0;
    usage->due = now + PERIOD;
    ssize_t size = pread(usage->file, text, sizeof text - 1, 0);
    if (size <= 0)
        return 0;
    text[size] = 0;
    strtoull(text, &end, 10); /* pages of the program's whole address space; then those in memory */
    return strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void usage_trim(struct usage *usage, uint64_t memory, uint64_t kept, uint64_t now)
{
    if (memory < kept || memory - kept < SPARE || now < usage->trim_due)
        return;
    malloc_trim(SPARE / 4);
    usage->trim_due = now + PERIOD + (memory - kept) / TRIM_BYTES;
}
