/* usage: see usage.h. */
#include "edge/usage.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PERIOD = 1000,         /* ms */
    STATM = 128,           /* bytes; seven numbers */
    MAPPED_FROM = 4 << 20, /* bytes: larger pieces of memory are the system's again when they are freed */
    KEPT_FREE = 64 << 20,  /* bytes at the end of each of malloc's arenas that are kept for the next burst */
    SPARE = 48 << 20,      /* the same of all of them, beside the program itself */
    KEPT_TRIMMED = SPARE / 4,
    TRIM_BYTES = 50 << 10 /* that are worth waiting a ms for: 200 times what giving them back takes */
};

void usage_init(struct usage *usage)
{
    /* Tables that have outgrown themselves go back to the system. By itself malloc would keep them from the
     * first one on that it sees freed: 16 bytes for each task of a million. */
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
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
    if (usage->trimming)
        mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
    usage->trimming = false;
    if (memory < kept || memory - kept < SPARE || now < usage->trim_due)
        return;
    malloc_trim(KEPT_TRIMMED);
    /* It leaves the end of each arena but its own, and ZeroMQ's threads have theirs: 64 MiB each. That goes
     * when what lies before it is freed, at a lower threshold. */
    mallopt(M_TRIM_THRESHOLD, KEPT_TRIMMED);
    usage->trimming = true;
    usage->trim_due = now + PERIOD + (memory - kept) / TRIM_BYTES;
}
