/* correspondence: links and time; see correspondence.h. */
#include "clients/c/core/correspondence.h"

#include <string.h>

#include "clients/c/core/correspond.h"
#include "common/base/mem.h"

enum { MOST_PATHS = 48 << 10 /* bytes of paths in one CONNECT, whose header may have HEADER_SHORT */ };

void correspondence_init(struct correspondence *mail, const struct client_config *config, uint64_t patience,
                         struct builder paths, uint64_t now)
{
    memset(mail, 0, sizeof *mail);
    mail->paths = paths;
    mail->release_at = NEVER;
    mail->corrs = OWN_CORR;
    outstanding_init(&mail->outstanding, config->seed);
    backlog_init(&mail->backlog, patience);
    questions_init(&mail->questions);
    told_init(&mail->told);
    client_init(&mail->client, config, now);
}

void correspondence_free(struct correspondence *mail)
{
    client_free(&mail->client);
    outstanding_free(&mail->outstanding);
    questions_free(&mail->questions);
    told_free(&mail->told);
    slice_drop(&mail->share);
    builder_free(&mail->paths);
    builder_free(&mail->released);
    news_free(mail->news);
}

struct news *correspond_news(struct correspondence *mail)
{
    if (!mail->news)
        mail->news = news_new();
    return mail->news;
}

struct news *correspondence_take(struct correspondence *mail)
{
    struct news *news = mail->news;
    mail->news = NULL;
    return news;
}

/* On a new link of a session that the broker knows: says again what it may not have read, and asks what it
 * has, for it may have refused a submit, and that word was lost with the link. */
static void repeat(struct correspondence *mail)
{
    bool compare = false;
    for (struct submission *one = mail->outstanding.first, *next; one; one = next) {
        next = one->next;
        if (one->waited == 0)
            continue;
        one->compared = one->ours && !one->refused && one->seq != 0;
        compare = compare || one->compared;
        if (one->ours && !one->refused && one->seq == 0)
            correspond_send(mail, one);
        else if (one->asked == NO_NUMBER)
            correspond_request_all(mail, one);
    }
    correspond_tell(mail);
    if (compare)
        correspond_compare(mail, NULL);
    backlog_begin_anew(&mail->backlog, mail->now);
    correspond_push(mail);
}

/* The broker knows nothing of the session: submits all that has not ended. Returns how many tasks these are.
 */
static uint64_t begin_anew(struct correspondence *mail)
{
    struct span gone = span_text("the task was another process's, and the broker has lost the session");
    uint64_t tasks = 0;
    told_free(&mail->told);
    builder_reset(&mail->released);
    mail->release_at = NEVER;
    backlog_clear(&mail->backlog);
    for (struct submission *one = mail->outstanding.first, *next; one; one = next) {
        next = one->next;
        if (!one->ours) {
            correspond_fail_all(mail, one, MAILROOM_ESESSION, gone, NULL);
            continue;
        }
        one->compared = false;
        outstanding_renew(&mail->outstanding, one);
        if (one->waited == 0) {
            mem_free(one->at);
            one->at = NULL;
            outstanding_sweep(&mail->outstanding, one);
            continue;
        }
        tasks += one->waited;
        one->asked = one->asked != 0 ? NO_NUMBER : 0;
        correspond_send(mail, one);
    }
    return tasks;
}

/* Takes as many paths off the list as the header of one CONNECT may have. */
static struct list take_paths(struct list *left)
{
    struct list part = {.at = left->at};
    struct list after = *left;
    for (struct span path;
         list_next_text(&after, &path) && (part.count == 0 || after.at - part.at < MOST_PATHS); part.count++)
        *left = after;
    part.end = left->at;
    return part;
}

/* Says where the workers are to look for modules: the last first, for what is said later stands before it. */
static void connect_paths(struct correspondence *mail)
{
    struct list *parts = NULL;
    uint32_t count = 0;
    for (struct list left = builder_list(&mail->paths); left.count > 0;) {
        parts = mem_resize(parts, count + 1, sizeof *parts);
        parts[count++] = take_paths(&left);
    }
    while (count > 0) {
        struct message message = {.kind = KIND_CONNECT};
        message.connect.corr = ++mail->corrs;
        message.connect.paths = parts[--count];
        client_send(&mail->client, &message, SLICE_NONE);
    }
    mem_free(parts);
}

void correspondence_paths(struct correspondence *mail, struct builder *paths)
{
    builder_free(&mail->paths);
    mail->paths = *paths;
    *paths = (struct builder){0};
    if (mail->client.state == CLIENT_IN)
        connect_paths(mail);
}

static void on_ready(struct correspondence *mail, bool known)
{
    bool first = mail->reconciled == 0;
    uint64_t again = 0;
    mail->reconciled++;
    mail->up = true;
    mail->resumed = known;
    mail->comparing = 0;
    news_add(correspond_news(mail), MAILROOM_UP, SLICE_NONE)->number = known;
    connect_paths(mail);
    if (known)
        repeat(mail);
    else
        again = begin_anew(mail);
    if (!known && !first)
        news_add(correspond_news(mail), MAILROOM_ANEW, SLICE_NONE)->number = again;
    for (struct question *question = mail->questions.first; question; question = question->next)
        correspond_ask(mail, question);
}

/* A link is over. What one side could make nothing of is no better the second time. */
static void on_lost(struct correspondence *mail)
{
    uint64_t read = mail->client.read;
    struct span why = span_text(mail->client.trouble);
    mail->client.lost = false;
    mail->comparing = 0;
    mail->shared = 0; /* it was open on that link */
    slice_drop(&mail->share);
    told_lost(&mail->told, read);
    for (struct submission *one = mail->outstanding.first; one; one = one->next) {
        if (one->seq > read)
            one->seq = 0;
        if (one->asked != 0 && one->asked > read)
            one->asked = NO_NUMBER;
    }
    if (mail->client.fault) {
        told_free(&mail->told);
        correspond_fail_everything(mail, MAILROOM_EPROTOCOL, why);
    }
    for (struct question *one = mail->questions.first, *next; one; one = next) {
        next = one->next;
        if (!one->of_this_link)
            continue;
        question_fail(one, MAILROOM_ELOST, why, correspond_news(mail));
        mem_free(questions_take(&mail->questions, one->number));
    }
}

static void on_note(struct correspondence *mail, const struct message *message)
{
    struct news *news = correspond_news(mail);
    struct mailroom_event *event = news_add(news, MAILROOM_NOTE, SLICE_NONE);
    event->code = (int32_t)message->error.code;
    event->text = news_span(news, message->error.text);
}

/* Tells that the connection is away, or back. */
static void look_at_connection(struct correspondence *mail)
{
    bool up = client_is_up(&mail->client) && mail->client.state != CLIENT_LOOKS;
    if (up == mail->up || mail->reconciled == 0 || mail->over_told)
        return;
    mail->up = up;
    struct news *news = correspond_news(mail);
    struct mailroom_event *event = news_add(news, up ? MAILROOM_BACK : MAILROOM_AWAY, SLICE_NONE);
    if (!up)
        event->text = news_span(news, span_text(mail->client.trouble));
}

static void end(struct correspondence *mail, struct outbox *outbox)
{
    const struct client *client = &mail->client;
    struct span why = span_text(client->why);
    int code = client->code == MAILROOM_OK ? MAILROOM_ECLOSED : client->code;
    if (client->state != CLIENT_OVER || mail->over_told)
        return;
    mail->over_told = true;
    mail->release_at = NEVER;
    backlog_clear(&mail->backlog);
    if (code != MAILROOM_ECLOSED)
        correspond_fail_everything(mail, code, why);
    for (struct question *one = mail->questions.first; one; one = one->next)
        question_fail(one, code, why, correspond_news(mail));
    questions_free(&mail->questions);
    client_close(&mail->client, mail->now, outbox);
    struct mailroom_event *event = news_add(correspond_news(mail), MAILROOM_OVER, SLICE_NONE);
    event->code = code;
    event->number = client->answered;
    event->text = news_span(mail->news, why);
}

static void on_turn(struct correspondence *mail, struct outbox *outbox)
{
    told_read(&mail->told, client_read(&mail->client));
    if (mail->now >= mail->release_at)
        correspond_flush_releases(mail);
    if (mail->shared && mail->outstanding.submits == 0)
        correspond_unshare(mail);
    if (mail->client.state == CLIENT_IN)
        correspond_push(mail);
    client_flush(&mail->client, mail->now, outbox);
    look_at_connection(mail);
}

/* Somebody may have to mend it, though it is tried again. */
static void on_misfit(struct correspondence *mail)
{
    mail->client.misfit = false;
    struct mailroom_event *event = news_add(correspond_news(mail), MAILROOM_NOTE, SLICE_NONE);
    event->code = MAILROOM_EKEYS;
    event->text = news_span(mail->news, span_text(mail->client.trouble));
}

void correspondence_step(struct correspondence *mail, const struct event *event, struct outbox *outbox)
{
    struct client_report report;
    mail->now = event->now;
    enum client_news came = client_step(&mail->client, event, outbox, &report);
    if (mail->client.lost)
        on_lost(mail);
    if (mail->client.misfit)
        on_misfit(mail);
    switch (came) {
    case CLIENT_NOTHING: break;
    case CLIENT_READY: on_ready(mail, report.known); break;
    case CLIENT_NOTE: on_note(mail, &report.message); break;
    case CLIENT_STOP: break; /* signals are the program's */
    case CLIENT_MAIL:
        correspond_take(mail, &report.message, &report.body);
        slice_drop(&report.body);
        break;
    }
    if (event->kind == EVENT_TURN)
        on_turn(mail, outbox);
    end(mail, outbox);
}

uint64_t correspondence_deadline(const struct correspondence *mail)
{
    uint64_t due = client_deadline(&mail->client);
    if (mail->client.state == CLIENT_OVER)
        return NEVER;
    if (mail->release_at < due)
        due = mail->release_at;
    if (mail->client.state == CLIENT_IN && mail->backlog.try_at < due)
        due = mail->backlog.try_at;
    return due;
}

bool correspondence_is_sent(const struct correspondence *mail)
{
    if (mail->client.state == CLIENT_OVER)
        return true;
    if (mail->reconciled > 0)
        return client_is_idle(&mail->client) && mail->backlog.count == 0 && mail->released.count == 0;
    return mail->outstanding.first == NULL && mail->questions.first == NULL && mail->released.count == 0;
}
