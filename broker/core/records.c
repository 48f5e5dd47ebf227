/* records: what a broker with a journal writes down of what it decides, so that another process can go on
 * with it: sessions, jobs, their slots and tasks, import paths, shared parts, numbers. How it is kept is the
 * journal's affair (common/link/record.h), how it is heard again load.c's.
 *
 * What a session without a token has is not written down: nobody can come back for it. */
#include "broker/core/broker_inner.h"

enum { BLOCK_OF_MAILBOXES = 1 << 20, BLOCK_OF_SESSIONS = 1 << 16 };

static void say(struct broker *broker, const struct record *record)
{
    outbox_record(broker->boss.outbox, record);
    broker->boss.post.records++;
}

static void drop(struct broker *broker, struct record record)
{
    record.verb = RECORD_DROP;
    say(broker, &record);
}

void records_session(struct broker *broker, struct session *session)
{
    if (!broker->journal.kept || broker->journal.loading || !uuid_is_set(session->token))
        return;
    struct record record = {.kind = RECORD_SESSION, .verb = session->written ? RECORD_PUT : RECORD_NEW};
    record.session.serial = session->serial;
    memcpy(record.session.token, session->token, UUID_SIZE);
    memcpy(record.session.boot, session->boot, UUID_SIZE);
    record.session.name = span_text(session->name);
    record.session.key = session->key;
    record.session.host = user_at(broker, session->user)->host;
    record.session.fleeting = session->fleeting;
    record.session.submitted = session->submitted;
    record.session.left = session->left;
    session->written = true;
    say(broker, &record);
}

void records_end_session(struct broker *broker, struct session *session)
{
    if (!session->written)
        return;
    session->written = false;
    drop(broker, (struct record){.kind = RECORD_SESSION, .session.serial = session->serial});
}

void records_paths(struct broker *broker, const struct session *session)
{
    const struct path_list *paths = paths_of(&broker->boss, session->serial);
    if (!session->written || paths == NULL)
        return;
    struct record record = {.kind = RECORD_PATHS, .verb = RECORD_PUT};
    record.paths.session = session->serial;
    record.paths.texts = builder_list(&paths->texts);
    say(broker, &record);
}

/* The number of a part that a task begins with, 0: it begins with none. */
static uint64_t number_of_share(struct broker *broker, uint32_t number, uint64_t session)
{
    if (number == NO_SHARE)
        return 0;
    struct share *share = post_share_at(&broker->boss.post, number);
    if (share->written == 0) {
        struct record record = {.kind = RECORD_SHARE, .verb = RECORD_NEW};
        share->written = record.share.number = ++broker->journal.shares;
        record.share.session = session;
        if (share->blob)
            record.body = slice_of(share->blob, 0, share->size);
        say(broker, &record);
    }
    return share->written;
}

static void say_job(struct broker *broker, struct job *job, const struct session *session)
{
    struct record record = {.kind = RECORD_JOB, .verb = RECORD_NEW};
    record.job.mailbox = job->mailbox;
    record.job.session = session->serial;
    memcpy(record.job.uuid, job->uuid, UUID_SIZE);
    record.job.total = job_total(job);
    record.job.name = task_names_text(&broker->boss.ledger.names, job_name(job));
    job->written = true;
    say(broker, &record);
}

static void say_task(struct broker *broker, const struct job *job, uint32_t number, uint8_t flags)
{
    struct boss *boss = &broker->boss;
    const struct session *session = session_of_job(broker, job);
    const struct task *task = ledger_task(&boss->ledger, number);
    struct task_header header;
    ledger_header(&boss->ledger, task, runtimes_name(&boss->runtimes, task->runtime), &header);
    struct record record = {.kind = RECORD_TASK, .verb = RECORD_NEW};
    record.task.address = task->address;
    record.task.job = job->mailbox;
    record.task.session = session->serial;
    record.task.share = number_of_share(broker, ledger_share(task), session->serial);
    record.task.runtime = header.runtime;
    record.task.name = header.name;
    record.task.meta = header.meta;
    record.task.breadcrumbs = header.breadcrumbs;
    record.task.priority = header.priority;
    record.task.flags = flags;
    record.task.comp_task_id = header.comp_task_id;
    struct slice body = ledger_body(task);
    record.body = slice_ref(&body);
    say(broker, &record);
}

void records_task(struct broker *broker, struct job *job, uint32_t slot, uint32_t number, uint8_t flags)
{
    const struct session *session = session_of_job(broker, job);
    if (!session->written || broker->journal.loading)
        return;
    if (slot == 0)
        say_job(broker, job, session);
    say_task(broker, job, number, flags);
}

void records_child(struct broker *broker, uint32_t number)
{
    struct task *task = ledger_task(&broker->boss.ledger, number);
    const struct job *job = job_at(broker, task->owner);
    if (!job->written)
        return;
    say_task(broker, job, number, 0);
    task->written = true;
}

/* Which of its job's slots it is. */
static uint32_t number_of_slot(const struct job *job, const struct slot *slot)
{
    return job_is_map(job) ? (uint32_t)(slot - job->one.map->slots) : 0;
}

void records_end_task(struct broker *broker, const struct job *job, const struct slot *slot)
{
    struct record record = {.kind = RECORD_TASK};
    record.task.address = (struct address){WORKER_NIL, number_of_slot(job, slot), job->mailbox};
    drop(broker, record);
}

void records_end_stray(struct broker *broker, const struct address *address)
{
    drop(broker, (struct record){.kind = RECORD_TASK, .task.address = *address});
}

void records_end_stray_job(struct broker *broker, uint64_t mailbox)
{
    drop(broker, (struct record){.kind = RECORD_JOB, .job.mailbox = mailbox});
}

/* What has become of a task: who has it, and how often it was lost. */
static void say_fate(struct broker *broker, const struct task *task)
{
    const struct task_past *past = ledger_past(task);
    struct record record = {.kind = RECORD_FATE, .verb = RECORD_PUT};
    if (task->depth > 0 ? !task->written : !job_at(broker, task->owner)->written)
        return;
    record.fate.address = task->address;
    const struct employee *holder = boss_holder(&broker->boss, task);
    if (holder)
        memcpy(record.fate.boot, holder->peer->boot, UUID_SIZE);
    if (past) {
        record.fate.attempt = past->attempt;
        record.fate.blamed = past->blamed;
        record.fate.too_many = past->too_many;
        record.fate.losses = (struct span){(const uint8_t *)past->losses, past->losses_size};
    }
    say(broker, &record);
}

/* What the client may still have of a slot that has ended. */
static void put_end(struct record *record, const struct slot *slot)
{
    if (slot->gone)
        return;
    if (slot->state == SLOT_DONE && slot->result)
        record->body = slice_of(slot->result, 0, blob_size(slot->result));
    if (slot->state != SLOT_FAILED || slot->failure == NULL)
        return;
    record->slot.code = slot->failure->code;
    record->slot.text = span_text(slot->failure->text);
    record->slot.task = slot->failure->task;
    record->body = slice_ref(&slot->failure->body);
}

void records_slot(struct broker *broker, const struct job *job, const struct slot *slot)
{
    if (!job->written || job->doomed || broker->journal.loading || session_of_job(broker, job)->over)
        return;
    struct record record = {.kind = RECORD_SLOT, .verb = RECORD_PUT};
    record.slot.mailbox = job->mailbox;
    record.slot.slot = number_of_slot(job, slot);
    record.slot.state = slot->state;
    record.slot.flags = (uint8_t)((slot->wanted ? SLOT_IS_WANTED : 0) | (slot->keep ? SLOT_IS_KEPT : 0) |
                                  (slot->gone ? SLOT_IS_GONE : 0) | (slot->released ? SLOT_IS_RELEASED : 0));
    record.slot.attempts = slot->attempts;
    record.slot.completed_by = slot->completed_by;
    put_end(&record, slot);
    say(broker, &record);
}

void records_end_job(struct broker *broker, struct job *job)
{
    if (!job->written)
        return;
    job->written = false;
    drop(broker, (struct record){.kind = RECORD_JOB, .job.mailbox = job->mailbox});
}

void records_manager(struct broker *broker, const struct peer *peer, const struct known_manager *manager)
{
    struct record record = {.kind = RECORD_MANAGER, .verb = RECORD_PUT};
    memcpy(record.manager.boot, peer->boot, UUID_SIZE);
    record.manager.draining = manager->draining;
    record.manager.grace = manager->grace;
    record.manager.name = span_text(peer->name);
    record.manager.line = span_text(post_line_name(&broker->boss.post, peer->line));
    record.manager.key = peer->key;
    say(broker, &record);
}

void records_end_manager(struct broker *broker, const uint8_t *boot)
{
    struct record record = {.kind = RECORD_MANAGER};
    memcpy(record.manager.boot, boot, UUID_SIZE);
    drop(broker, record);
}

void records_answer(struct broker *broker, const struct result_header *result, const struct slice *body)
{
    struct record record = {.kind = RECORD_ANSWER, .verb = RECORD_PUT};
    record.answer.address = result->return_address;
    record.answer.completed_by = (uint32_t)result->completed_by;
    record.body = slice_ref(body);
    say(broker, &record);
}

void records_end_answer(struct broker *broker, const struct address *address)
{
    drop(broker, (struct record){.kind = RECORD_ANSWER, .answer.address = *address});
}

static void say_number(struct broker *broker, enum record_number which, uint64_t below)
{
    struct record record = {.kind = RECORD_NUMBER, .verb = RECORD_PUT};
    record.number.which = which;
    record.number.below = below;
    say(broker, &record);
}

void records_ids(struct broker *broker, uint32_t below)
{
    say_number(broker, NUMBER_ID, below);
}

void records_reserve(struct broker *broker)
{
    struct journal *journal = &broker->journal;
    if (broker->mailbox_counter + BLOCK_OF_MAILBOXES / 2 >= journal->mailboxes) {
        journal->mailboxes = broker->mailbox_counter + BLOCK_OF_MAILBOXES;
        say_number(broker, NUMBER_MAILBOX, journal->mailboxes);
        journal->reserved_at = broker->boss.post.records;
    }
    if (broker->serials + BLOCK_OF_SESSIONS / 2 >= journal->sessions) {
        journal->sessions = broker->serials + BLOCK_OF_SESSIONS;
        say_number(broker, NUMBER_SESSION, journal->sessions);
    }
}

/* What this step has done with tasks, as it is now. */
static void say_moves(struct broker *broker)
{
    struct boss *boss = &broker->boss;
    for (uint32_t i = 0; i < boss->gone_count; i++)
        records_end_stray(broker, &boss->gone[i]);
    for (uint32_t i = 0; i < boss->moved_count; i++) {
        uint32_t number = ledger_find(&boss->ledger, &boss->moved[i]);
        if (number != NO_RECORD)
            say_fate(broker, ledger_task(&boss->ledger, number));
    }
    boss->gone_count = boss->moved_count = 0;
}

void records_step(struct broker *broker)
{
    struct post *post = &broker->boss.post;
    for (uint32_t i = 0; i < post->unwritten_count; i++)
        drop(broker, (struct record){.kind = RECORD_SHARE, .share.number = post->unwritten[i]});
    post->unwritten_count = 0;
    say_moves(broker);
    records_reserve(broker);
    if (post->records < broker->journal.asked) /* as it is: that it comes into the journal is what counts */
        say_number(broker, NUMBER_SESSION, broker->journal.sessions);
    boss_stamp_cancels(&broker->boss, post->records);
    if (broker->boss.losses.noted != broker->journal.losses_noted) {
        broker->journal.losses_noted = broker->boss.losses.noted;
        broker->journal.losses_at = post->records;
    }
}
