/* correspond_in: what the broker says; see correspondence.h. */
#include <string.h>

#include "clients/c/core/correspond.h"
#include "common/base/mem.h"
#include "common/wire/batch.h"

/* An event about a slot. */
static struct mailroom_event *add_event(struct correspondence *mail, enum mailroom_event_kind kind,
                                        const struct submission *submission, uint32_t slot, struct slice body)
{
    struct news *news = correspond_news(mail);
    struct mailroom_event *event = news_add(news, kind, body);
    event->tag = submission->tag;
    event->slot = slot;
    event->uuid = news_uuid(news, submission->uuid);
    return event;
}

/* A slot that is waited for has ended: nothing more comes of it. */
static void end_slot(struct correspondence *mail, struct submission *submission, uint32_t slot)
{
    outstanding_mark(&mail->outstanding, submission, slot, 0, SLOT_WAITED);
    if (submission->waited > 0)
        return;
    backlog_drop(&mail->backlog, submission);
    outstanding_sweep(&mail->outstanding, submission);
}

static void moved(struct correspondence *mail)
{
    if (mail->backlog.count == 0)
        return;
    backlog_moved(&mail->backlog, mail->now);
    correspond_push(mail);
}

/* Something ended that nobody waits for: if it was abandoned here, the broker need not keep it. */
static void ended_alone(struct correspondence *mail, struct submission *submission, uint32_t slot,
                        uint64_t at)
{
    if (!submission || slot == NO_SLOT || !(submission->slots[slot] & SLOT_ABANDONED))
        return;
    correspond_release_at(mail, submission->uuid, at);
    outstanding_mark(&mail->outstanding, submission, slot, 0, SLOT_ABANDONED);
    outstanding_sweep(&mail->outstanding, submission);
}

/* The slot of ours, where it is waited for. */
static struct submission *find_waited(struct correspondence *mail, const uint8_t *uuid, uint64_t at,
                                      uint32_t *slot)
{
    struct submission *found = outstanding_find(&mail->outstanding, uuid);
    *slot = found ? submission_slot(found, at) : NO_SLOT;
    if (*slot != NO_SLOT && (found->slots[*slot] & SLOT_WAITED))
        return found;
    ended_alone(mail, found, *slot, at);
    return NULL;
}

static void take_result(struct correspondence *mail, const struct result_header *result,
                        const struct slice *body)
{
    uint32_t slot;
    struct submission *found = find_waited(mail, result->uuid, result->return_address.slot, &slot);
    if (!found)
        return;
    struct mailroom_event *event = add_event(mail, MAILROOM_RESULT, found, slot, slice_ref(body));
    if (result->timed == TIMING_ALL)
        event->timing = news_timing(mail->news, &result->timing, result->completed_by);
    end_slot(mail, found, slot);
    moved(mail);
}

static struct mailroom_event *fail_slot(struct correspondence *mail, struct submission *submission,
                                        uint32_t slot, int code, struct span text, const struct slice *body)
{
    struct mailroom_event *event =
        add_event(mail, MAILROOM_FAILED, submission, slot, body ? slice_ref(body) : SLICE_NONE);
    event->code = code;
    event->text = news_span(mail->news, text);
    return event;
}

void correspond_fail_all(struct correspondence *mail, struct submission *submission, int code,
                         struct span text, const struct slice *body)
{
    backlog_drop(&mail->backlog, submission);
    for (uint32_t slot = 0; slot < submission->total; slot++) {
        if (!(submission->slots[slot] & SLOT_WAITED))
            continue;
        fail_slot(mail, submission, slot, code, text, body);
        outstanding_mark(&mail->outstanding, submission, slot, 0, SLOT_WAITED);
    }
    outstanding_sweep(&mail->outstanding, submission);
}

void correspond_fail_everything(struct correspondence *mail, int code, struct span text)
{
    for (struct submission *one = mail->outstanding.first, *next; one; one = next) {
        next = one->next;
        correspond_fail_all(mail, one, code, text, NULL);
    }
}

/* The broker has no room for a submit: it waits, unless patience is over, for it and for all that wait behind
 * it. */
static void take_busy(struct correspondence *mail, struct submission *submission, struct span text)
{
    bool first = mail->backlog.count == 0;
    uint64_t without = mail->backlog.count + !submission->refused;
    bool hope = mail->outstanding.submits > without;
    if (submission->asked != 0)
        submission->asked = NO_NUMBER;
    if (submission->shared.size > 0)
        correspond_unshare(mail); /* it may be that what was refused: it is sent again, too */
    if (submission->ours && backlog_refused(&mail->backlog, submission, hope, mail->now)) {
        if (first) {
            struct news *news = correspond_news(mail);
            struct mailroom_event *event = news_add(news, MAILROOM_FULL, SLICE_NONE);
            event->text = news_span(news, text);
        }
        correspond_push(mail);
        return;
    }
    correspond_fail_all(mail, submission, CODE_BUSY, text, NULL);
    while (mail->backlog.first)
        correspond_fail_all(mail, mail->backlog.first, CODE_BUSY, text, NULL);
}

static void take_error(struct correspondence *mail, const struct message *message, const struct slice *body)
{
    if (message->error.about == ABOUT_QUESTION) /* one that nobody waits for any more */
        return;
    int code = (int)message->error.code;
    struct span text = message->error.text;
    uint32_t slot;
    struct submission *found;
    if (message->error.slot != NO_NUMBER) {
        found = find_waited(mail, message->error.uuid, message->error.slot, &slot);
        if (!found ||
            (found->refused && code == CODE_UNKNOWN_TASK)) /* its REQUEST came behind a refused submit */
            return;
        struct mailroom_event *event = fail_slot(mail, found, slot, code, text, body);
        if (message->error.timed == FAILED_ALL)
            event->timing = news_timing(mail->news, &message->error.timing,
                                        message->error.worker < UINT32_MAX ? (uint32_t)message->error.worker
                                                                           : UINT32_MAX);
        end_slot(mail, found, slot);
        moved(mail);
        return;
    }
    found = outstanding_find(&mail->outstanding, message->error.uuid);
    if (!found || found->waited == 0)
        return;
    if (code == CODE_BUSY) {
        take_busy(mail, found, text);
    } else {
        correspond_fail_all(mail, found, code, text, body);
        correspond_push(mail);
    }
}

static void take_status(struct correspondence *mail, const struct message *message)
{
    struct submission *found = outstanding_find(&mail->outstanding, message->status.uuid);
    if (!found || message->status.state == STATE_UNKNOWN)
        return;
    backlog_taken(&mail->backlog, found, mail->now);
    correspond_push(mail);
}

/* What the broker has: what it should have and has not named is submitted again. */
static void take_list(struct correspondence *mail, const struct message *message)
{
    struct list list = message->list.tasks;
    struct listed_task task = {0};
    if (message->list.corr != mail->comparing)
        return;
    while (list_next_listed_task(&list, &task)) {
        struct submission *found = outstanding_find(&mail->outstanding, task.uuid);
        if (found)
            found->compared = false;
    }
    if (message->list.more && task.uuid) {
        correspond_compare(mail, task.uuid);
        return;
    }
    mail->comparing = 0;
    for (struct submission *one = mail->outstanding.first, *next; one; one = next) {
        next = one->next;
        bool missing = one->compared && one->waited > 0 && !one->refused;
        one->compared = false;
        if (missing)
            correspond_send(mail, one);
    }
}

static void take_log(struct correspondence *mail, const struct message *message, const struct slice *body)
{
    struct news *news = correspond_news(mail);
    const struct submission *found = outstanding_find(&mail->outstanding, message->log.uuid);
    struct mailroom_event *event = news_add(news, MAILROOM_LOG, slice_ref(body));
    uint32_t slot = found ? submission_slot(found, message->log.root.slot) : NO_SLOT;
    event->tag = found ? found->tag : 0;
    event->slot = slot != NO_SLOT ? slot : message->log.root.slot;
    event->uuid = news_uuid(news, message->log.uuid);
    event->level = (uint32_t)message->log.level;
    event->logger = news_span(news, message->log.logger);
    event->text = news_span(news, message->log.text);
}

/* Somebody cancelled it; or that is the answer to a question of ours. */
static void take_cancel(struct correspondence *mail, const struct message *message)
{
    struct submission *found = outstanding_find(&mail->outstanding, message->cancel.uuid);
    if (!found)
        return;
    correspond_fail_all(mail, found, CODE_CANCELLED, span_text("it was cancelled"), NULL);
    correspond_push(mail);
}

/* The number of the question that a message answers; NO_NUMBER: none. */
static uint64_t corr_of(const struct message *message)
{
    switch (message->kind) {
    case KIND_ERROR: return message->error.corr;
    case KIND_STATUS: return message->status.corr;
    case KIND_CANCEL: return message->cancel.corr;
    case KIND_LIST: return message->list.corr;
    case KIND_MANAGERS: return message->managers.corr;
    case KIND_DRAIN: return message->drain.corr;
    case KIND_COUNTS: return message->counts.corr;
    case KIND_CLIENTS: return message->clients.corr;
    default: return NO_NUMBER;
    }
}

/* An answer to a question of the caller's. */
static bool take_answer(struct correspondence *mail, const struct message *message)
{
    uint64_t corr = corr_of(message);
    struct question *question = corr < OWN_CORR ? questions_take(&mail->questions, corr) : NULL;
    if (!question)
        return false;
    if (message->kind == KIND_CANCEL)
        take_cancel(mail, message);
    if (!question_answer(question, message, correspond_news(mail)))
        question_fail(question, MAILROOM_EPROTOCOL, span_text("something else came as the answer"),
                      mail->news);
    mem_free(question);
    return true;
}

void correspond_take(struct correspondence *mail, const struct message *message, struct slice *body)
{
    struct batch batch;
    struct result_header result;
    struct slice piece;
    if (take_answer(mail, message))
        return;
    if (message->kind == KIND_ERROR && mail->comparing && message->error.corr == mail->comparing) {
        correspond_compare(mail,
                           NULL); /* the last task of a page was released meanwhile: from the first one */
        return;
    }
    switch (message->kind) {
    case KIND_RESULT:
    case KIND_RESULT_BATCH:
        if (!batch_open(&batch, message, body))
            break;
        while (batch_next_result(&batch, &result, &piece))
            take_result(mail, &result, &piece);
        break;
    case KIND_ERROR: take_error(mail, message, body); break;
    case KIND_STATUS: take_status(mail, message); break;
    case KIND_LIST: take_list(mail, message); break;
    case KIND_LOG: take_log(mail, message, body); break;
    case KIND_CANCEL: take_cancel(mail, message); break;
    default: break; /* READY, and what later brokers may say */
    }
}
