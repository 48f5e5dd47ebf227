/* questions: see questions.h. */
#include "clients/c/core/questions.h"

#include <string.h>

#include "common/base/mem.h"

void questions_init(struct questions *questions)
{
    questions->first = NULL;
    questions->last = &questions->first;
}

void questions_free(struct questions *questions)
{
    for (struct question *one = questions->first, *next; one; one = next) {
        next = one->next;
        mem_free(one);
    }
    questions_init(questions);
}

struct question *question_new(const struct mailroom_question *asked, uint64_t number)
{
    size_t size = asked->name ? strlen(asked->name) + 1 : 0;
    struct question *made = mem_try(sizeof *made + size);
    if (!made)
        return NULL;
    *made = (struct question){.asked = *asked, .number = number};
    if (size > 0)
        made->asked.name = memcpy(made->name, asked->name, size);
    if (asked->uuid)
        made->asked.uuid = memcpy(made->uuid, asked->uuid, UUID_SIZE);
    return made;
}

void questions_add(struct questions *questions, struct question *question)
{
    question->next = NULL;
    *questions->last = question;
    questions->last = &question->next;
}

struct question *questions_take(struct questions *questions, uint64_t number)
{
    for (struct question **at = &questions->first; *at; at = &(*at)->next) {
        struct question *found = *at;
        if (found->number != number)
            continue;
        *at = found->next;
        if (!found->next)
            questions->last = at;
        return found;
    }
    return NULL;
}

static unsigned kind_of(enum mailroom_question_kind kind)
{
    switch (kind) {
    case MAILROOM_ASK_STATUS: return KIND_STATUS;
    case MAILROOM_ASK_CANCEL: return KIND_CANCEL;
    case MAILROOM_ASK_LIST: return KIND_LIST;
    case MAILROOM_ASK_MANAGERS: return KIND_MANAGERS;
    case MAILROOM_ASK_DRAIN: return KIND_DRAIN;
    case MAILROOM_ASK_CLIENTS: return KIND_CLIENTS;
    default:
        return KIND_COUNTS; /* which says where the page is, too; to SHUTDOWN there is no answer: COUNTS shows
                               that it was not obeyed */
    }
}

void question_message(const struct question *question, struct message *message)
{
    const struct mailroom_question *asked = &question->asked;
    *message = (struct message){.kind = kind_of(asked->kind)};
    switch (message->kind) {
    case KIND_STATUS:
        message->status.corr = question->number;
        message->status.uuid = asked->uuid;
        break;
    case KIND_CANCEL:
        message->cancel.corr = question->number;
        message->cancel.uuid = asked->uuid;
        message->cancel.state = NO_NUMBER;
        break;
    case KIND_LIST:
        message->list.corr = question->number;
        message->list.after = asked->uuid;
        message->list.all = asked->all;
        break;
    case KIND_MANAGERS: message->managers.corr = question->number; break;
    case KIND_DRAIN:
        message->drain.corr = question->number;
        message->drain.manager = span_text(asked->name ? asked->name : "");
        message->drain.grace = asked->grace;
        break;
    case KIND_CLIENTS: message->clients.corr = question->number; break;
    default: message->counts.corr = question->number; break;
    }
}

static const char *maybe(struct news *news, struct span text)
{
    return text.data ? news_text(news, text) : NULL;
}

static void take_status(struct mailroom_answer *answer, const struct message *message, struct news *news)
{
    answer->status = (struct mailroom_status){.state = (uint32_t)message->status.state,
                                              .total = message->status.total,
                                              .queued = message->status.queued,
                                              .running = message->status.running,
                                              .done = message->status.done,
                                              .failed = message->status.failed,
                                              .cancelled = message->status.cancelled,
                                              .attempts = message->status.attempts,
                                              .manager = maybe(news, message->status.manager),
                                              .why = maybe(news, message->status.why)};
    if (!message->status.timed)
        return;
    struct timing timing = message->status.timing;
    timing.attempts = message->status.attempts;
    timing.manager = message->status.manager;
    answer->timing = news_timing(news, &timing, UINT32_MAX);
}

static void take_list(struct mailroom_answer *answer, const struct message *message, struct news *news)
{
    struct list list = message->list.tasks;
    struct listed_task task;
    struct mailroom_listed_task *to = news_room(news, list.count * sizeof *to);
    answer->tasks = to;
    answer->count = list.count;
    answer->more = message->list.more;
    answer->all = message->list.all;
    for (; list_next_listed_task(&list, &task); to++) {
        *to = (struct mailroom_listed_task){.name = news_text(news, task.name),
                                            .client = news_text(news, task.client),
                                            .state = task.state,
                                            .total = task.total,
                                            .ended = task.ended,
                                            .attempts = task.attempts,
                                            .age = task.age};
        memcpy(to->uuid, task.uuid, UUID_SIZE);
    }
}

static void take_managers(struct mailroom_answer *answer, const struct message *message, struct news *news)
{
    struct list list = message->managers.managers;
    struct listed_manager manager;
    struct mailroom_listed_manager *to = news_room(news, list.count * sizeof *to);
    answer->managers = to;
    answer->count = list.count;
    for (; list_next_listed_manager(&list, &manager); to++)
        *to = (struct mailroom_listed_manager){.name = news_text(news, manager.name),
                                               .line = news_text(news, manager.line),
                                               .state = manager.state,
                                               .workers = manager.workers,
                                               .idle = manager.idle,
                                               .tasks = manager.tasks};
}

static void take_counts(struct mailroom_answer *answer, const struct message *message, struct news *news)
{
    struct list list = message->counts.counts;
    struct span name;
    uint64_t value;
    struct mailroom_count *to = news_room(news, list.count * sizeof *to);
    answer->counts = to;
    answer->count = list.count;
    for (; list_next_count(&list, &name, &value); to++)
        *to = (struct mailroom_count){news_text(news, name), value};
}

static void take_clients(struct mailroom_answer *answer, const struct message *message, struct news *news)
{
    struct list list = message->clients.clients;
    struct listed_client client;
    struct mailroom_listed_client *to = news_room(news, list.count * sizeof *to);
    answer->clients = to;
    answer->count = list.count;
    for (; list_next_listed_client(&list, &client); to++)
        *to = (struct mailroom_listed_client){.name = news_text(news, client.name),
                                              .key = news_text(news, client.key),
                                              .state = client.state,
                                              .tasks = client.tasks,
                                              .submitted = client.submitted,
                                              .ended = client.ended,
                                              .bytes = client.bytes,
                                              .away = client.away};
}

bool question_answer(const struct question *question, const struct message *message, struct news *news)
{
    if (message->kind == KIND_ERROR) {
        question_fail(question, (int)message->error.code, message->error.text, news);
        return true;
    }
    if (message->kind != kind_of(question->asked.kind))
        return false;
    struct mailroom_answer *answer = news_room(news, sizeof *answer);
    *answer = (struct mailroom_answer){.kind = question->asked.kind};
    switch (message->kind) {
    case KIND_STATUS: take_status(answer, message, news); break;
    case KIND_CANCEL:
        answer->status.state = message->cancel.state == NO_NUMBER ? 0 : (uint32_t)message->cancel.state;
        break;
    case KIND_LIST: take_list(answer, message, news); break;
    case KIND_MANAGERS: take_managers(answer, message, news); break;
    case KIND_COUNTS:
        take_counts(answer, message, news);
        answer->page = maybe(news, message->counts.page);
        break;
    case KIND_CLIENTS: take_clients(answer, message, news); break;
    default: break;
    }
    struct mailroom_event *event = news_add(news, MAILROOM_ANSWER, SLICE_NONE);
    event->number = question->number;
    event->uuid = news_uuid(news, question->asked.uuid);
    event->answer = answer;
    return true;
}

void question_fail(const struct question *question, int code, struct span text, struct news *news)
{
    struct mailroom_event *event = news_add(news, MAILROOM_ANSWER, SLICE_NONE);
    event->number = question->number;
    event->code = code;
    event->uuid = news_uuid(news, question->asked.uuid);
    event->text = news_span(news, text);
}
