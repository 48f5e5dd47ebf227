/* load: what another process of this cluster has written down is heard again: sessions without their clients,
 * jobs, results that are kept, tasks, of which restart.c finds out who has them. Rows of which the rest was
 * in a group that the process did not live to see on the disk are dropped: their client says them again. */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"
#include "common/boss/boss_own.h"

/* A row that belongs to nothing: a task without a job, or a job without a session. */
struct stray {
    struct address address; /* of a job its mailbox alone */
    bool job;
};

struct loading {
    struct index by_mailbox, by_serial; /* jobs, sessions */
    struct open_share *shares;          /* by number */
    uint32_t share_count, share_capacity;
    struct stray *strays;
    uint32_t stray_count, stray_capacity;
};

static struct loading *loading_of(struct broker *broker)
{
    if (broker->journal.load == NULL) {
        broker->journal.load = mem_zalloc(1, sizeof *broker->journal.load);
        index_init(&broker->journal.load->by_mailbox);
        index_init(&broker->journal.load->by_serial);
    }
    return broker->journal.load;
}

void load_free(struct broker *broker)
{
    struct loading *load = broker->journal.load;
    if (load == NULL)
        return;
    index_free(&load->by_mailbox);
    index_free(&load->by_serial);
    mem_free(load->shares);
    mem_free(load->strays);
    mem_free(load);
    broker->journal.load = NULL;
}

static uint32_t hash_of(const struct broker *broker, uint64_t number)
{
    return index_hash(broker->config.seed, number, 0);
}

static struct session *find_session(struct broker *broker, uint64_t serial)
{
    struct index_cursor cursor = index_find(&loading_of(broker)->by_serial, hash_of(broker, serial));
    for (uint32_t number; (number = index_next(&loading_of(broker)->by_serial, &cursor)) != NO_RECORD;) {
        struct session *session = session_at(broker, number);
        if (session->serial == serial)
            return session;
    }
    return NULL;
}

static uint32_t find_job(struct broker *broker, uint64_t mailbox)
{
    struct index_cursor cursor = index_find(&loading_of(broker)->by_mailbox, hash_of(broker, mailbox));
    for (uint32_t number; (number = index_next(&loading_of(broker)->by_mailbox, &cursor)) != NO_RECORD;) {
        if (job_at(broker, number)->mailbox == mailbox)
            return number;
    }
    return NO_RECORD;
}

static void load_number(struct broker *broker, const struct record *record)
{
    uint64_t below = record->number.below;
    if (record->number.which == NUMBER_MAILBOX && below > broker->mailbox_counter && below < NO_MAILBOX)
        broker->mailbox_counter = below;
    else if (record->number.which == NUMBER_SESSION && below > broker->serials)
        broker->serials = below;
    else if (record->number.which == NUMBER_ID && below <= WORKER_LIMIT)
        broker->journal.ids = broker->journal.safe_ids = (uint32_t)below;
}

static void load_session(struct broker *broker, const struct record *record)
{
    struct session *session = session_restore(broker, record);
    index_add(&loading_of(broker)->by_serial, hash_of(broker, session->serial), session->number);
}

static void load_paths(struct broker *broker, const struct record *record)
{
    struct session *session = find_session(broker, record->paths.session);
    if (session)
        paths_put(&broker->boss, session->serial, record->paths.texts, &session->account);
}

static void load_share(struct broker *broker, const struct record *record)
{
    struct loading *load = loading_of(broker);
    struct session *session = find_session(broker, record->share.session);
    uint64_t number = record->share.number;
    if (load->share_count == load->share_capacity) {
        load->share_capacity = load->share_capacity ? 2 * load->share_capacity : 16;
        load->shares = mem_resize(load->shares, load->share_capacity, sizeof *load->shares);
    }
    struct blob *blob = blob_of_slice(slice_keep(record->body.blob, record->body.offset, record->body.size));
    uint32_t share = post_share_restore(&broker->boss.post, blob, number, session ? &session->account : NULL);
    load->shares[load->share_count++] = (struct open_share){number, share};
    if (number > broker->journal.shares)
        broker->journal.shares = number;
}

/* They stand in the order of their numbers. */
static uint32_t find_share(struct broker *broker, uint64_t number)
{
    const struct loading *load = loading_of(broker);
    uint32_t place = share_place(load->shares, load->share_count, number);
    return place < load->share_count ? load->shares[place].share : NO_SHARE;
}

static void note_stray(struct loading *load, const struct address *address, bool job)
{
    if (load->stray_count == load->stray_capacity) {
        load->stray_capacity = load->stray_capacity ? 2 * load->stray_capacity : 16;
        load->strays = mem_resize(load->strays, load->stray_capacity, sizeof *load->strays);
    }
    load->strays[load->stray_count++] = (struct stray){*address, job};
}

static void load_job(struct broker *broker, const struct record *record)
{
    struct session *session = find_session(broker, record->job.session);
    if (session == NULL || record->job.total == 0 || record->job.total > MAX_BATCH ||
        record->job.mailbox >= NO_MAILBOX) {
        note_stray(loading_of(broker), &(struct address){.mailbox = record->job.mailbox}, true);
        return;
    }
    uint32_t number =
        job_restore(broker, session, record->job.uuid, record->job.total, record->job.mailbox, record->age);
    struct job *job = job_at(broker, number);
    struct task_names *names = &broker->boss.ledger.names;
    job->written = true;
    job_set_name(broker, job, task_names_use(names, record->job.name));
    index_add(&loading_of(broker)->by_mailbox, hash_of(broker, job->mailbox), number);
}

static void load_slot(struct broker *broker, const struct record *record)
{
    uint32_t job = find_job(broker, record->slot.mailbox);
    if (job != NO_RECORD && record->slot.slot < job_total(job_at(broker, job)))
        job_restore_slot(broker, job, record);
}

/* The root that a child descends from; NO_RECORD: there is none any more. */
static uint32_t root_of(struct broker *broker, const struct record *record)
{
    struct list crumbs = record->task.breadcrumbs;
    struct address root;
    if (!list_next_address(&crumbs, &root) || root.worker != WORKER_NIL || root.mailbox != record->task.job)
        return NO_RECORD;
    return boss_find_root(&broker->boss, &root);
}

static bool may_be_root(struct broker *broker, const struct record *record, uint32_t job)
{
    uint32_t slot = record->task.address.slot;
    return record->task.address.worker == WORKER_NIL && record->task.address.mailbox == record->task.job &&
           slot < job_total(job_at(broker, job)) && job_slot(job_at(broker, job), slot)->state == SLOT_COMING;
}

/* A task of a session, which waits until it is known who has it; false: nothing speaks of it any more, or it
 * cannot be had. */
static bool take_task(struct broker *broker, const struct record *record)
{
    uint32_t job = find_job(broker, record->task.job), root = NO_RECORD;
    bool child = record->task.breadcrumbs.count > 0;
    if (job == NO_RECORD || (!child && !may_be_root(broker, record, job)) ||
        (child && (root = root_of(broker, record)) == NO_RECORD))
        return false;
    const struct session *session = session_of_job(broker, job_at(broker, job));
    uint32_t share = record->task.share ? find_share(broker, record->task.share) : NO_SHARE;
    if (record->task.share && share == NO_SHARE)
        return false;
    struct task_header header = {
        .return_address = record->task.address,
        .comp_task_id = record->task.comp_task_id,
        .breadcrumbs = record->task.breadcrumbs,
        .runtime = record->task.runtime,
        .priority = record->task.priority,
        .flags = record->task.flags,
        .name = record->task.name,
        .meta = record->task.meta,
    };
    struct slice body = slice_keep(record->body.blob, record->body.offset, record->body.size);
    uint32_t task = boss_take_in(&broker->boss, &header, share, body, session->flow, job);
    if (task == NO_RECORD)
        return false;
    if (child) {
        boss_join_root(&broker->boss, task, root);
        ledger_task(&broker->boss.ledger, task)->written = true;
    } else {
        job_begin(broker, job, record->task.address.slot, task, record->task.flags);
    }
    restart_wait(broker, task);
    return true;
}

static void load_fate(struct broker *broker, const struct record *record)
{
    struct ledger *ledger = &broker->boss.ledger;
    uint32_t number = ledger_find(ledger, &record->fate.address);
    if (number == NO_RECORD)
        return;
    struct task *task = ledger_task(ledger, number);
    struct account *account = boss_account_of(&broker->boss, task);
    account_take(account, ledger_cost(task));
    ledger_set_attempts(ledger, task, record->fate.attempt, record->fate.blamed);
    ledger_set_losses(ledger, task, record->fate.losses);
    account_add(account, ledger_cost(task));
    restart_given(broker, number, record->fate.boot);
}

void load_record(struct broker *broker, const struct record *record)
{
    switch (record->kind) {
    case RECORD_NUMBER: load_number(broker, record); break;
    case RECORD_MANAGER: managers_load(broker, record); break;
    case RECORD_SESSION: load_session(broker, record); break;
    case RECORD_PATHS: load_paths(broker, record); break;
    case RECORD_SHARE: load_share(broker, record); break;
    case RECORD_JOB: load_job(broker, record); break;
    case RECORD_SLOT: load_slot(broker, record); break;
    case RECORD_TASK:
        if (!take_task(broker, record))
            note_stray(loading_of(broker), &record->task.address, false);
        break;
    case RECORD_FATE: load_fate(broker, record); break;
    case RECORD_ANSWER: down_load(broker, record); break;
    default: break; /* of a later version: what it says is not needed here */
    }
}

/* Whether all slots of a job are there: else its submit was not all written down. */
static bool is_whole(const struct job *job)
{
    return job_is_map(job) ? job->one.map->begun == job_total(job) : job->one.state != SLOT_COMING;
}

/* Whether the row of a job was dropped too late: its client has all of it. */
static bool is_over(struct job *job)
{
    for (uint32_t slot = 0; slot < job_total(job); slot++) {
        const struct slot *one = job_slot(job, slot);
        if (one->state != SLOT_DONE || !one->gone || one->released)
            return false;
    }
    return true;
}

static void settle_job(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_of_job(broker, job);
    if (!is_whole(job)) {
        job_doom(broker, number);
        return;
    }
    if (is_over(job)) {
        job_forget(broker, number);
        return;
    }
    for (uint32_t i = 0; i < job_total(job); i++) {
        const struct slot *slot = job_slot(job, i);
        if (slot->wanted && !slot->gone && (slot->state == SLOT_DONE || slot->state == SLOT_FAILED))
            deliver_slot(broker, session, number, i, NO_NUMBER);
    }
}

static void settle_session(struct broker *broker, struct session *session)
{
    /* oldest first: what waits for its client is sent in the order in which it was submitted */
    uint32_t number = session->jobs;
    while (number != NO_RECORD && job_at(broker, number)->older != NO_RECORD)
        number = job_at(broker, number)->older;
    while (number != NO_RECORD) {
        uint32_t newer = job_at(broker, number)->newer;
        settle_job(broker, number);
        number = newer;
    }
    session_restored(broker, session);
}

void load_done(struct broker *broker)
{
    struct loading *load = loading_of(broker);
    broker->journal.loading = false;
    for (uint32_t i = 0; i < load->share_count; i++) /* tasks have their own uses of them */
        post_share_drop(&broker->boss.post, load->shares[i].share);
    for (uint32_t i = 0; i < load->stray_count; i++) {
        if (load->strays[i].job)
            records_end_stray_job(broker, load->strays[i].address.mailbox);
        else
            records_end_stray(broker, &load->strays[i].address);
    }
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        struct session *session = session_at(broker, i);
        if (session->number == i)
            settle_session(broker, session);
    }
    if (broker->sessions.used > 0)
        outbox_log(broker->boss.outbox, LOG_INFO, "the journal has %u sessions with %u jobs, %u tasks to run",
                   broker->sessions.used, broker->jobs.used, broker->boss.ledger.tasks.used);
    load_free(broker);
    restart_begin(broker);
}
