/* answers: what promises a client something that must outlive this process: that a task is cancelled, that it
 * is known, that the session is over, or stays; an admin that a manager drains, or others' sessions are over.
 * They wait until what was written before them is in the journal; without one they are given at once. What
 * they answer has been done by then.
 *
 * That there is no such task is a promise as well: who hears it gives the task up. Where another broker may
 * have taken the journal over, only a record that was said behind the question, and is in the journal, shows
 * that none had when it was asked. */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "broker/core/job_tell.h"
#include "common/base/mem.h"

enum {
    MOST_HELD = 4096, /* of one session */
    PART = 4          /* of a turn's work, for giving those that have waited */
};

/* The session that an answer is for, if it is still there. */
static struct session *find(const struct broker *broker, const struct held_answer *held)
{
    struct session *session = session_at(broker, held->number);
    return session->number == held->number && session->serial == held->session ? session : NULL;
}

static void say_status(struct broker *broker, const struct session *session, const struct held_answer *held)
{
    bool foreign;
    uint32_t job = job_find(broker, session, held->uuid, &foreign);
    struct message status = {.kind = KIND_STATUS};
    status.status.corr = held->corr;
    status.status.uuid = held->uuid;
    if (job != NO_RECORD) {
        struct survey survey;
        job_survey_begin(&survey);
        job_survey(broker, job, &survey); /* of a large map a part will do */
        job_status(broker, job, &survey, &status);
    }
    session_say(broker, session, &status);
}

/* Of its task, or of what it asks only. */
static void refuse(struct broker *broker, struct session *session, const struct held_answer *held,
                   uint64_t about, enum error_code code, const char *text)
{
    (about == ABOUT_TASK ? session_refuse_task : session_refuse)(broker, session, code, text, held->corr,
                                                                 held->letter ? NULL : held->uuid, NO_NUMBER);
}

/* Where the task was submitted since, nothing has become of it. */
static void say_unknown(struct broker *broker, struct session *session, const struct held_answer *held)
{
    bool foreign, there = job_find(broker, session, held->uuid, &foreign) != NO_RECORD;
    refuse(broker, session, held, there ? ABOUT_QUESTION : held->state, CODE_UNKNOWN_TASK,
           "this client has no task of this uuid");
}

static void say_goodbye(struct broker *broker, struct session *session, uint64_t corr, bool stays)
{
    struct message answer = {.kind = KIND_DISCONNECT};
    answer.disconnect.corr = corr;
    answer.disconnect.text = span_text("good-bye");
    session_say(broker, session, &answer);
    session->parting = PARTING_NOT;
    if (stays)
        session_leave(broker, session);
    else
        session_end(broker, session);
}

static void give(struct broker *broker, struct session *session, const struct held_answer *held)
{
    if (held->kind == KIND_STATUS) {
        say_status(broker, session, held);
    } else if (held->kind == KIND_ERROR) {
        say_unknown(broker, session, held);
    } else if (held->kind == KIND_DISCONNECT) {
        say_goodbye(broker, session, held->corr, held->state != 0);
    } else if (held->letter) {
        boss_spend(&broker->boss, WORK_SAY);
        post_send_again(&broker->boss.post, session->peer, letter_ref(held->letter));
    } else {
        struct message answer = {.kind = KIND_CANCEL};
        answer.cancel.corr = held->corr;
        answer.cancel.uuid = held->uuid;
        answer.cancel.state = held->state;
        session_say(broker, session, &answer);
    }
}

/* What was made of an answer is not needed any more. */
static void forget(struct held_answer *held)
{
    letter_unref(held->letter);
    held->letter = NULL;
}

/* What was asked of what is not there may be asked by millions: there must be room for it. Who cancels,
 * leaves or submits again has had it. */
static bool has_room(const struct session *session, const struct held_answer *held)
{
    bool asks = held->kind == KIND_ERROR || (held->kind == KIND_STATUS && held->corr != NO_NUMBER);
    return !asks || account_has_room(&session->account, ANSWER_COST, NULL);
}

/* It waits; unless this client has so many that do that it may ask again later. */
static void hold(struct broker *broker, struct session *session, struct held_answer *held)
{
    bool most = session->answers >= MOST_HELD && held->kind != KIND_DISCONNECT;
    if (most || !has_room(session, held)) {
        if (held->corr != NO_NUMBER)
            refuse(
                broker, session, held, held->kind == KIND_ERROR ? held->state : ABOUT_QUESTION, CODE_BUSY,
                "the broker's journal is behind, and there is no room for more answers that wait for it; ask again");
        forget(held);
        return;
    }
    session->answers++;
    account_add(&session->account, ANSWER_COST);
    if (held->letter)
        account_add(&broker->boss.account, letter_cost(held->letter));
    *(struct held_answer *)fifo_put(&broker->journal.answers) = *held;
}

static struct held_answer held_of(const struct session *session, const struct message *answer,
                                  uint64_t record)
{
    const uint8_t *uuid = NULL;
    struct held_answer held = {
        .record = record, .number = session->number, .session = session->serial, .kind = answer->kind};
    memcpy(held.link, session->peer->link_id, UUID_SIZE);
    if (answer->kind == KIND_STATUS) {
        held.corr = answer->status.corr;
        uuid = answer->status.uuid;
    } else if (answer->kind == KIND_ERROR) {
        held.corr = answer->error.corr;
        held.state = answer->error.about;
        uuid = answer->error.uuid;
    } else if (answer->kind == KIND_DISCONNECT) {
        held.corr = answer->disconnect.corr;
        held.state = answer->disconnect.detach;
    } else if (answer->kind == KIND_DRAIN || answer->kind == KIND_CLIENTS) {
        held.corr = answer->kind == KIND_DRAIN ? answer->drain.corr : answer->clients.corr;
        held.letter = letter_new(answer, SLICE_NONE);
    } else {
        held.corr = answer->cancel.corr;
        held.state = answer->cancel.state;
        uuid = answer->cancel.uuid;
    }
    if (uuid)
        memcpy(held.uuid, uuid, UUID_SIZE);
    return held;
}

void answers_give(struct broker *broker, struct session *session, const struct message *answer)
{
    const struct post *post = &broker->boss.post;
    struct held_answer held = held_of(session, answer, post->records);
    if (answer->kind == KIND_DISCONNECT)
        session->parting = held.state ? PARTING_STAYS : PARTING_ENDS;
    if (session->answers > 0 || post->committed < post->records) {
        hold(broker, session, &held);
        return;
    }
    give(broker, session, &held);
    forget(&held);
}

void answers_deny(struct broker *broker, struct session *session, const struct message *answer)
{
    struct held_answer held = held_of(session, answer, broker->boss.post.records + 1);
    if (!broker->config.shared) {
        give(broker, session, &held);
        return;
    }
    broker->journal.asked = held.record;
    hold(broker, session, &held);
}

static const struct held_answer *first_of(const struct broker *broker)
{
    return fifo_at(&broker->journal.answers, 0);
}

static struct held_answer take_first(struct broker *broker)
{
    struct held_answer held = *first_of(broker);
    fifo_drop(&broker->journal.answers);
    if (held.letter)
        account_take(&broker->boss.account, letter_cost(held.letter));
    return held;
}

/* The first one goes out, to who still waits for it. */
static void give_first(struct broker *broker)
{
    struct held_answer held = take_first(broker);
    boss_spend(&broker->boss, WORK_LOOK);
    struct session *session = find(broker, &held);
    if (session) {
        session->answers--;
        account_take(&session->account, ANSWER_COST);
        bool same = session->peer && memcmp(session->peer->link_id, held.link, UUID_SIZE) == 0;
        if (same) /* else nobody waits for it: who asked has a new link, and asks again there */
            give(broker, session, &held);
    }
    forget(&held);
}

void answers_free(struct broker *broker)
{
    while (broker->journal.answers.count > 0) {
        struct held_answer held = take_first(broker);
        forget(&held);
    }
    fifo_free(&broker->journal.answers);
}

bool answers_are_due(const struct broker *broker)
{
    return broker->journal.answers.count > 0 && first_of(broker)->record <= broker->boss.post.committed;
}

void answers_turn(struct broker *broker)
{
    if (!answers_are_due(broker))
        return;
    post_begin_own(&broker->boss.post, broker->config.work / PART);
    while (answers_are_due(broker) && boss_spend(&broker->boss, 0))
        give_first(broker);
}
