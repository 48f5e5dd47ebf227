/* books_broker: what a broker counts of its sessions, their jobs and their bytes, counted anew. See books.h.
 */
#include <inttypes.h>
#include <string.h>

#include "broker/core/broker_inner.h"
#include "tests/fuzz/books.h"
#include "tests/fuzz/tell.h"

/* The bytes that a slot has a session keep. */
static uint64_t bytes_of(const struct slot *slot)
{
    switch ((enum slot_state)slot->state) {
    case SLOT_DONE: return blob_cost(slot->result);
    case SLOT_FAILED:
        return slot->failure ? BLOB_COST + sizeof *slot->failure + strlen(slot->failure->text) +
                                   blob_cost(slot->failure->body.blob)
                             : 0;
    case SLOT_LIVE: /* it is in the ledger */
    case SLOT_COMING:
    case SLOT_CANCELLED:
    case SLOT_MANY: break;
    }
    return 0;
}

/* What was accepted and has not ended is in the ledger. */
static void check_live(const struct broker *broker, uint32_t number, uint32_t place, const struct slot *slot)
{
    struct address address = {WORKER_NIL, place, job_at(broker, number)->mailbox};
    if (slot->state != SLOT_LIVE)
        return;
    const struct task *task = ledger_task(&broker->boss.ledger, slot->task);
    if (!task->live || !address_equal(&task->address, &address) || task->owner != number)
        fuzz_fail("the task of a live slot is lost");
    if (ledger_attempts(ledger_task(&broker->boss.ledger, slot->task)) > broker->config.max_losses)
        fuzz_fail("a task was lost too often, and lives");
}

/* The process's account is the sum of all below it, but for what it was not told of yet. */
static void check_process(const struct broker *broker, uint64_t of_sessions)
{
    const struct boss *boss = &broker->boss;
    uint64_t kept = of_sessions + (uint64_t)broker->sessions.used * SESSION_COST +
                    books_cost(boss, &boss->account) + books_unread(boss, &boss->account) +
                    (uint64_t)broker->journal.claims.all.used * CLAIM_COST;
    for (uint32_t i = 0; i < boss->cancels.count; i++)
        kept += held_cancel_cost(fifo_at(&boss->cancels, i));
    for (uint32_t i = 0; i < broker->journal.answers.count; i++) {
        const struct held_answer *held = fifo_at(&broker->journal.answers, i);
        kept += held->letter ? letter_cost(held->letter) : 0;
    }
    uint64_t told = boss->account.bytes;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        kept += books_unread(boss, &employee->account) + books_cost(boss, &employee->account);
        told += (uint64_t)employee->account.owed;
    }
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&boss->origins.by_name, &place)) != NO_RECORD;)
        told += (uint64_t)origins_account(&boss->origins, number)->owed;
    place = 0;
    for (uint32_t number; (number = index_walk(&broker->by_user, &place)) != NO_RECORD;)
        told += (uint64_t)user_at(broker, number)->account.owed;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++)
        if (session_at(broker, i)->number == i)
            told += (uint64_t)session_at(broker, i)->account.owed;
    if (kept != told)
        fuzz_fail("%" PRIu64 " bytes are kept, and the books say %" PRIu64, kept, told);
}

/* What a job's slots add up to, appended to `live` and `bytes`. */
static void add_job(const struct broker *broker, uint32_t number, uint64_t *live, uint64_t *unread)
{
    struct job *job = job_at(broker, number);
    for (uint32_t slot = 0; slot < job_total(job); slot++) {
        *live += job_slot(job, slot)->state == SLOT_LIVE;
        check_live(broker, number, slot, job_slot(job, slot));
        *unread += bytes_of(job_slot(job, slot));
    }
}

/* What a job costs beside its slots. */
static uint64_t job_bytes(const struct broker *broker, const struct job *job)
{
    return job_cost(job_total(job)) + task_names_cost(&broker->boss.ledger.names, job_name(job));
}

/* The jobs of a session that were given up, and are not gone yet. */
static uint32_t add_doomed(const struct broker *broker, const struct session *session, uint64_t *live,
                           uint64_t *bytes, uint64_t *unread)
{
    uint32_t count = 0;
    for (uint32_t number = broker->doomed.first; number != NO_RECORD;
         number = job_at(broker, number)->older) {
        if (job_session_number(job_at(broker, number)) != session->number)
            continue;
        count++;
        add_job(broker, number, live, unread);
        *bytes += job_bytes(broker, job_at(broker, number));
    }
    if (count != session->doomed)
        fuzz_fail("a session has %u jobs that were given up, and counts %u", count, session->doomed);
    return count;
}

/* What sessions count of their jobs, and their bounds. */
static void check_sessions(struct broker *broker)
{
    uint64_t jobs = 0, absent = 0, sum = 0;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        const struct session *session = session_at(broker, i);
        uint64_t live = 0, bytes = 0, unread = parcels_cost(&session->parcels);
        if (session->number != i)
            continue;
        absent += session->peer == NULL && !session->over;
        for (uint32_t number = session->jobs; number != NO_RECORD; jobs++) {
            const struct job *job = job_at(broker, number);
            bool foreign;
            if (job_find(broker, session, job->uuid, &foreign) != number)
                fuzz_fail("a session has two jobs of one uuid");
            add_job(broker, number, &live, &unread);
            bytes += job_bytes(broker, job);
            number = job->older;
        }
        jobs += add_doomed(broker, session, &live, &bytes, &unread);
        if (live != session->tasks)
            fuzz_fail("a session has %" PRIu64 " live tasks and counts %" PRIu64, live, session->tasks);
        unread += books_unread(&broker->boss, &session->account);
        bytes += unread + books_cost(&broker->boss, &session->account);
        bytes += (uint64_t)session->answers * ANSWER_COST;
        if (bytes != session->account.bytes || unread != session->account.unread)
            fuzz_fail("a session keeps %" PRIu64 " bytes, unread %" PRIu64 ", and counts %" PRIu64
                      " and %" PRIu64,
                      bytes, unread, session->account.bytes, session->account.unread);
        sum += bytes;
        if (live > broker->config.max_tasks)
            fuzz_fail("a session has %" PRIu64 " tasks", live);
    }
    check_process(broker, sum);
    if (jobs != broker->jobs.used || absent != broker->absent_count)
        fuzz_fail("%" PRIu64 " jobs of %u, %" PRIu64 " absent of %" PRIu64, jobs, broker->jobs.used, absent,
                  broker->absent_count);
    if (broker->sessions.used > broker->config.max_clients)
        fuzz_fail("%u sessions", broker->sessions.used);
}

void books_check_broker(struct broker *broker)
{
    books_check(&broker->boss);
    check_sessions(broker);
}
