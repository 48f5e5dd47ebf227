/* usage: see usage.h. */
#include "edge/usage.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    PERIOD = 1000,         /* ms */
    STATM = 128,           /* bytes; seven numbers */
    MAPPED_FROM = 4 << 20, /* bytes: larger pieces of memory are the system's again when they are freed */
    KEPT_FREE = 64 << 20,  /* bytes at the end of each of malloc's arenas that are kept for the next burst */
    SPARE = 48 << 20,      /* the same of all of them, beside the program itself */
    KEPT_TRIMMED = SPARE / 4,
    TRIM_BYTES = 50 << 10, /* that are worth waiting a ms for: 200 times what giving them back takes */
    TRIM_TIMES = 4         /* what it took is waited for so often, until more goes that was freed since */
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

/* Whether so much was let go since the last trim that there is something to give back. */
static bool has_fallen(const struct usage *usage, uint64_t kept)
{
    return usage->highest > kept && usage->highest - kept >= SPARE;
}

uint64_t usage_memory(struct usage *usage, uint64_t kept, uint64_t now)
{
    char text[STATM], *end;
    if (usage->highest < kept)
        usage->highest = kept;
    bool soon = has_fallen(usage, kept) && now >= usage->soon_due;
    if (usage->file < 0 || (now < usage->due && !soon))
        return 0;
    if (now >= usage->due)
        usage->due = now + PERIOD;
    ssize_t size = pread(usage->file, text, sizeof text - 1, 0);
    if (size <= 0)
        return 0;
    text[size] = 0;
    strtoull(text, &end, 10); /* pages of the program's whole address space; then those in memory */
    return strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ms of the processor that this thread has had. */
static uint64_t worked(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void trim(struct usage *usage, uint64_t spare, uint64_t now)
{
    uint64_t before = worked();
    malloc_trim(KEPT_TRIMMED);
    /* It leaves the end of each arena but its own, and ZeroMQ's threads have theirs: 64 MiB each. That goes
     * when what lies before it is freed, at a lower threshold. */
    mallopt(M_TRIM_THRESHOLD, KEPT_TRIMMED);
    usage->trimming_until = now + PERIOD;
    usage->seen = 0;
    usage->trim_due = now + PERIOD + spare / TRIM_BYTES;
    usage->soon_due = now + TRIM_TIMES * (worked() - before + 1);
}

void usage_trim(struct usage *usage, uint64_t memory, uint64_t kept, uint64_t now)
{
    bool fallen = has_fallen(usage, kept);
    /* What is kept is counted from above: there may be less in memory all the time. But what is let go of
     * that and does not leave it is malloc's. */
    bool stays = fallen && memory + SPARE / 2 > usage->seen;
    bool spare = stays || (memory >= kept && memory - kept >= SPARE);
    usage->seen = memory;
    if (usage->trimming_until > 0 && now >= usage->trimming_until) {
        mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
        usage->trimming_until = 0;
    }
    if (now < (fallen ? usage->soon_due : usage->trim_due))
        return;
    if (fallen)
        usage->highest = kept;
    if (spare)
        trim(usage, memory > kept ? memory - kept : 0, now);
}
