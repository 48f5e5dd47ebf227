/* usage: see usage.h. The most memory of a process (VmHWM, and ru_maxrss) is put back to what it has now by
 * writing 5 to its clear_refs: half a microsecond, whatever its size. Where that is not to be had, what is
 * known is only that a task has made it grow. */
#include "clients/c/api/usage.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

void usage_init(struct usage *usage)
{
    *usage = (struct usage){.reset = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)};
}

void usage_free(struct usage *usage)
{
    if (usage->reset >= 0)
        close(usage->reset);
}

static uint64_t us_of(const struct rusage *used)
{
    return (uint64_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000 +
           (uint64_t)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
}

/* CPU time so far in us, and the most memory in KiB. */
static uint64_t look(uint64_t *peak)
{
    struct rusage own, children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    *peak = (uint64_t)own.ru_maxrss;
    return us_of(&own) + us_of(&children);
}

static void begin_spell(struct usage *usage, struct used *used)
{
    usage->running = used;
    usage->resets = usage->reset >= 0 && write(usage->reset, "5", 1) == 1;
    usage->cpu = look(&usage->peak);
}

void usage_rest(struct usage *usage)
{
    uint64_t peak, cpu;
    struct used *used = usage->running;
    usage->running = NULL;
    if (used == NULL)
        return;
    cpu = look(&peak);
    used->cpu += cpu > usage->cpu ? cpu - usage->cpu : 0;
    if ((usage->resets || peak > usage->peak) && peak * 1024 > used->memory)
        used->memory = peak * 1024;
}

static struct used *find(struct usage *usage, const struct address *task)
{
    for (uint32_t i = 1; i <= USAGE_MOST; i++) { /* the newest first */
        struct used *used = &usage->tasks[(usage->next - i) % USAGE_MOST];
        if (used->begun && address_equal(&used->task, task))
            return used;
    }
    return NULL;
}

void usage_begin(struct usage *usage, const struct address *task, uint64_t now)
{
    usage_rest(usage);
    struct used *used = &usage->tasks[usage->next++ % USAGE_MOST];
    *used = (struct used){.task = *task, .begun = now};
    begin_spell(usage, used);
}

void usage_resume(struct usage *usage, const struct address *task)
{
    struct used *used = task ? find(usage, task) : NULL;
    if (used && used == usage->running)
        return;
    usage_rest(usage);
    if (used)
        begin_spell(usage, used);
}

bool usage_end(struct usage *usage, const struct address *task, uint64_t now, struct timing *timing)
{
    struct used *used = find(usage, task);
    if (used == NULL)
        return false;
    if (used == usage->running)
        usage_rest(usage);
    uint64_t ran = (now - used->begun) / 1000;
    *timing = (struct timing){.ran = ran > 0 ? ran : 1, .cpu = used->cpu, .memory = used->memory};
    used->begun = 0;
    return true;
}
