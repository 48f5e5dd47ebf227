/* correspond_out: what the broker is told; see correspondence.h. */
#include <string.h>

#include "clients/c/core/correspond.h"
#include "common/base/mem.h"

enum { MOST_RELEASED = 4096 /* slots in one message */ };

void correspond_unshare(struct correspondence *mail)
{
    if (mail->shared)
        client_unshare(&mail->client, mail->shared);
    mail->shared = 0;
    slice_drop(&mail->share);
}

/* The number under which the broker has the part that a submission begins with, which is sent where it has
 * not; 0: there is none, or the broker takes none. One stays open: maps of one function often come one behind
 * the other. */
static uint64_t share(struct correspondence *mail, const struct submission *submission)
{
    if (submission->shared.size == 0 || !client_shares(&mail->client))
        return 0;
    if (mail->shared && mail->share.blob == submission->shared.blob)
        return mail->shared;
    correspond_unshare(mail);
    mail->share = slice_ref(&submission->shared);
    mail->shared = client_share(&mail->client, &mail->share);
    return mail->shared;
}

bool correspond_send(struct correspondence *mail, struct submission *submission)
{
    struct message_parts parts;
    struct slice body;
    uint64_t size = submission_body_size(submission, !client_shares(&mail->client));
    if (size < submission->shared.size)
        size = submission->shared.size;
    if (!client_accepts(&mail->client, size)) {
        struct span why = span_text("the broker does not accept a body of this size (its setting max-body)");
        correspond_fail_all(mail, submission, CODE_TOO_LARGE, why, NULL);
        return false;
    }
    submission_message(submission, share(mail, submission), &parts, &body);
    submission->seq = client_send(&mail->client, &parts.message, body);
    submission_message_free(&parts);
    if (submission->asked == NO_NUMBER)
        correspond_request_all(mail, submission);
    return true;
}

/* Asks whether the broker has it; if so, it has room again. */
static void confirm(struct correspondence *mail, const uint8_t *uuid)
{
    struct message message = {.kind = KIND_STATUS};
    message.status.corr = ++mail->corrs;
    message.status.uuid = uuid;
    client_send(&mail->client, &message, SLICE_NONE);
}

void correspond_push(struct correspondence *mail)
{
    uint8_t uuid[UUID_SIZE];
    for (struct submission *due; (due = backlog_due(&mail->backlog, mail->now));) {
        memcpy(uuid, due->uuid, sizeof uuid);
        correspond_send(mail, due);
        confirm(mail, uuid);
    }
}

void correspondence_submit(struct correspondence *mail, struct submission *submission)
{
    if (mail->client.state == CLIENT_OVER || mail->client.state == CLIENT_LEAVES) {
        outstanding_add(&mail->outstanding, submission); /* it ended meanwhile */
        correspond_fail_all(mail, submission, mail->client.code, span_text(mail->client.why), NULL);
        return;
    }
    struct submission *there = outstanding_find(&mail->outstanding, submission->uuid);
    if (there) { /* a uuid of the caller's own, again: it is that task */
        submission_free(submission);
        return;
    }
    if (outstanding_find(&mail->outstanding, submission->uuid)) {
        submission_free(submission); /* its uuid is the caller's own, who has submitted it already */
        return;
    }
    outstanding_add(&mail->outstanding, submission);
    if (mail->backlog.count > 0)
        backlog_add(&mail->backlog, submission);
    else if (mail->client.broker)
        correspond_send(mail, submission);
}

static void request(struct correspondence *mail, struct submission *submission, uint32_t slot)
{
    struct message message = {.kind = KIND_REQUEST};
    uint32_t at = submission_at(submission, slot);
    if (at == NO_SLOT)
        return;
    if (submission->refused && !submission->tried) { /* behind the next attempt */
        submission->asked = NO_NUMBER;
        return;
    }
    message.request.corr = ++mail->corrs;
    message.request.uuid = submission->uuid;
    message.request.slot = at;
    uint64_t seq = client_send(&mail->client, &message, SLICE_NONE);
    submission->asked = seq ? seq : NO_NUMBER;
}

void correspond_request_all(struct correspondence *mail, struct submission *submission)
{
    for (uint32_t slot = 0; slot < submission->total; slot++) {
        unsigned mask = submission->slots[slot];
        if ((mask & SLOT_WAITED) && (mask & SLOT_REQUESTED))
            request(mail, submission, slot);
    }
}

void correspondence_adopt(struct correspondence *mail, struct submission *adopted, const uint32_t *slots,
                          size_t count)
{
    struct submission *there = outstanding_find(&mail->outstanding, adopted->uuid);
    if (there) {
        submission_widen(there, adopted->total);
        submission_free(adopted);
    } else {
        there = adopted;
        outstanding_add(&mail->outstanding, there);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = slots ? slots[i] : (uint32_t)i;
        if (slot >= there->total || (there->slots[slot] & SLOT_WAITED))
            continue;
        outstanding_mark(&mail->outstanding, there, slot, SLOT_WAITED | SLOT_REQUESTED, SLOT_ABANDONED);
        request(mail, there, slot);
    }
    outstanding_sweep(&mail->outstanding, there);
}

void correspondence_request(struct correspondence *mail, const uint8_t *uuid, uint32_t slot)
{
    struct submission *found = outstanding_find(&mail->outstanding, uuid);
    if (!found)
        return;
    uint32_t first = slot == MAILROOM_ALL ? 0 : slot, end = slot == MAILROOM_ALL ? found->total : slot + 1;
    for (uint32_t one = first; one < end && one < found->total; one++) {
        if (!(found->slots[one] & SLOT_WAITED))
            continue;
        outstanding_mark(&mail->outstanding, found, one, SLOT_REQUESTED, 0);
        request(mail, found, one);
    }
}

/* Whether the end of a slot was told before the word came that it is of no interest: nobody has taken it. */
static bool was_told(const struct submission *found, uint32_t slot)
{
    return !found || (slot < found->total && !(found->slots[slot] & (SLOT_WAITED | SLOT_ABANDONED)));
}

void correspondence_abandon(struct correspondence *mail, const uint8_t *uuid, uint32_t slot)
{
    struct submission *found = outstanding_find(&mail->outstanding, uuid);
    if (slot != MAILROOM_ALL && was_told(found, slot)) {
        correspondence_release(mail, uuid, slot);
        return;
    }
    if (!found || found->waited == 0)
        return;
    uint32_t first = slot == MAILROOM_ALL ? 0 : slot, end = slot == MAILROOM_ALL ? found->total : slot + 1;
    for (uint32_t one = first; one < end && one < found->total; one++) {
        if (found->slots[one] & SLOT_WAITED)
            outstanding_mark(&mail->outstanding, found, one, SLOT_ABANDONED, SLOT_WAITED);
    }
    if (found->waited > 0)
        return;
    for (uint32_t one = 0; one < found->total; one++)
        outstanding_mark(&mail->outstanding, found, one, 0, SLOT_ABANDONED);
    backlog_drop(&mail->backlog, found);
    told_cancel(&mail->told, uuid);
    outstanding_sweep(&mail->outstanding, found);
    correspond_tell(mail);
    correspond_push(mail);
}

void correspondence_forget(struct correspondence *mail, const uint8_t *uuid)
{
    struct submission *found = outstanding_find(&mail->outstanding, uuid);
    if (!found)
        return;
    backlog_drop(&mail->backlog, found);
    for (uint32_t slot = 0; slot < found->total; slot++)
        outstanding_mark(&mail->outstanding, found, slot, 0, SLOT_WAITED | SLOT_ABANDONED);
    outstanding_sweep(&mail->outstanding, found);
}

void correspond_release_at(struct correspondence *mail, const uint8_t *uuid, uint64_t at)
{
    if (mail->client.state == CLIENT_OVER)
        return;
    builder_slot(&mail->released, uuid, at);
    if (mail->release_at == NEVER)
        mail->release_at = mail->now + RELEASE_DELAY;
    if (mail->released.count >= MOST_RELEASED)
        correspond_flush_releases(mail);
}

void correspondence_release(struct correspondence *mail, const uint8_t *uuid, uint32_t slot)
{
    const struct submission *there = outstanding_find(&mail->outstanding, uuid);
    uint64_t at = slot == MAILROOM_ALL ? NO_NUMBER : slot;
    if (there && there->at && slot != MAILROOM_ALL) {
        at = slot < there->total ? there->at[slot] : NO_SLOT;
        if (at == NO_SLOT)
            return; /* the broker lost it with an older session */
    }
    correspond_release_at(mail, uuid, at);
}

void correspond_flush_releases(struct correspondence *mail)
{
    mail->release_at = NEVER;
    if (mail->released.count > 0)
        told_release(&mail->told, &mail->released);
    correspond_tell(mail);
}

void correspond_tell(struct correspondence *mail)
{
    struct message message;
    for (struct told_entry *entry = mail->told.first; entry && mail->client.broker; entry = entry->next) {
        if (entry->seq != 0)
            continue;
        told_message(entry, &message);
        entry->seq = client_send(&mail->client, &message, SLICE_NONE);
    }
}

void correspond_compare(struct correspondence *mail, const uint8_t *after)
{
    struct message message = {.kind = KIND_LIST};
    mail->comparing = message.list.corr = ++mail->corrs;
    message.list.after = after;
    client_send(&mail->client, &message, SLICE_NONE);
}

void correspond_ask(struct correspondence *mail, struct question *question)
{
    struct message message = {.kind = KIND_SHUTDOWN};
    if (!mail->client.broker)
        return;
    if (question->asked.kind == MAILROOM_ASK_SHUTDOWN) {
        message.shutdown.text = span_text(question->asked.name ? question->asked.name : "");
        client_send(&mail->client, &message, SLICE_NONE);
        question->of_this_link = true;
    }
    question_message(question, &message);
    client_send(&mail->client, &message, SLICE_NONE);
}

void correspondence_ask(struct correspondence *mail, struct question *question)
{
    questions_add(&mail->questions, question);
    if (mail->client.state == CLIENT_IN) {
        correspond_flush_releases(mail); /* what was said before is true when it is answered */
        correspond_ask(mail, question);
    } else if (mail->client.state == CLIENT_OVER) {
        question_fail(question, mail->client.code, span_text(mail->client.why), correspond_news(mail));
        mem_free(questions_take(&mail->questions, question->number));
    }
}

void correspondence_unask(struct correspondence *mail, uint64_t number)
{
    mem_free(questions_take(&mail->questions, number));
}

void correspondence_leave(struct correspondence *mail, bool detach)
{
    correspond_flush_releases(mail);
    client_leave(&mail->client, detach, MAILROOM_ECLOSED, "this side left", mail->now);
}
