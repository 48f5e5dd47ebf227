/* versions: tasks whose runtime names a version (python/3495), which fail at once where workers have other
 * versions of it only. Where no worker says which version it has, as those of before versions do not, they
 * are given out without. */
#include <stdio.h>

#include "broker/core/broker_inner.h"
#include "common/base/bytes.h"

bool versions_see(struct broker *broker, struct task_header *header, struct span *why)
{
    struct boss *boss = &broker->boss;
    struct span plain;
    if (!bytes_has(header->runtime.data, header->runtime.size, '/'))
        return true; /* most have none: the roster need not be looked through */
    uint32_t mask = boss->roster.runtimes;
    switch (runtimes_fit(&boss->runtimes, mask, header->runtime, &plain)) {
    case RUNTIME_FITS: return true;
    case RUNTIME_PLAIN: header->runtime = plain; return true;
    case RUNTIME_OTHER: break;
    }
    char others[160];
    runtimes_versions(&boss->runtimes, mask, header->runtime, others, sizeof others);
    snprintf(broker->text, sizeof broker->text,
             "no worker has the runtime %.*s, but other versions of it: %s",
             (int)(header->runtime.size < MAX_RUNTIME ? header->runtime.size : MAX_RUNTIME),
             (const char *)header->runtime.data, others);
    *why = span_text(broker->text);
    return false;
}

/* A task that was queued before anybody came who might have had its runtime. */
static void settle(struct broker *broker, uint32_t number)
{
    struct boss *boss = &broker->boss;
    struct task *task = ledger_task(&boss->ledger, number);
    struct task_header header = {.runtime = span_text(boss->runtimes.table[task->runtime].name)};
    struct fault fault = {.code = CODE_OTHER_VERSION, .task = task->address};
    if (versions_see(broker, &header, &fault.text)) {
        boss_change_runtime(boss, number, header.runtime);
        return;
    }
    if (task->depth == 0) { /* a root that was never given out is not found by its address */
        job_failed(broker, number, &fault);
        return;
    }
    struct address root = ledger_root_address(task);
    job_root_failed(broker, &root, &fault);
}

/* Whether tasks of this runtime are to be looked at: it is not to be had, and some of its kind came. */
static bool is_unsettled(const struct boss *boss, unsigned runtime, uint32_t mask, uint32_t gained)
{
    struct span plain, name = span_text(boss->runtimes.table[runtime].name);
    return runtimes_fit(&boss->runtimes, mask, name, &plain) != RUNTIME_FITS &&
           runtimes_fit(&boss->runtimes, gained, name, &plain) != RUNTIME_FITS;
}

bool versions_settle(struct broker *broker, uint32_t gained)
{
    struct boss *boss = &broker->boss;
    uint32_t mask = boss->roster.runtimes;
    for (unsigned runtime = 0; runtime < MAX_RUNTIMES; runtime++) {
        if (boss->queue.counts[runtime] == 0 || !is_unsettled(boss, runtime, mask, gained))
            continue;
        uint32_t number = queue_any(&boss->queue, runtime);
        for (; number != NO_RECORD; number = queue_any(&boss->queue, runtime)) {
            settle(broker, number);
            if (!boss_spend(boss, WORK_SAY + WORK_END))
                return false;
        }
    }
    return true;
}
