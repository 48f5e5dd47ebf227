/* versions: tasks whose runtime names a version (python/3495), which fail at once where workers have other
 * versions of it only. Where no worker says which version it has, as those of before versions do not, they
 * are given out without. */
#include <stdio.h>
#include <string.h>

#include "broker/core/broker_inner.h"

bool versions_see(struct broker *broker, struct task_header *header, struct span *why)
{
    struct boss *boss = &broker->boss;
    struct span plain;
    if (header->runtime.size == 0 || memchr(header->runtime.data, '/', header->runtime.size) == NULL)
        return true; /* most have none: the roster need not be looked through */
    uint32_t mask = roster_runtimes(&boss->roster);
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

bool versions_see_batch(struct broker *broker, struct batch batch)
{
    struct task_header header;
    struct slice piece;
    struct span why, seen = span_text("");
    while (batch_next_task(&batch, &header, &piece)) {
        struct span name = header.runtime;
        if (name.size == seen.size &&
            memcmp(name.data, seen.data, seen.size) == 0) /* as a rule it is the same for a whole map */
            continue;
        seen = name;
        if (!versions_see(broker, &header, &why))
            return false;
    }
    return true;
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

void versions_settle(struct broker *broker, uint32_t gained)
{
    struct boss *boss = &broker->boss;
    uint32_t mask = roster_runtimes(&boss->roster);
    for (unsigned runtime = 0; runtime < MAX_RUNTIMES; runtime++) {
        uint32_t number;
        while ((number = queue_any(&boss->queue, runtime)) != NO_RECORD &&
               is_unsettled(boss, runtime, mask, gained))
            settle(broker, number);
    }
}
