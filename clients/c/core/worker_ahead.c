/* worker_ahead: the tasks that wait for the loop unseen, and what the loop is given; see worker.h. */
#include <string.h>

#include "clients/c/core/worker_inner.h"
#include "common/base/mem.h"

static struct item **at(const struct worker *worker, uint32_t index)
{
    return &worker->ahead[(worker->ahead_first + index) & (worker->ahead_capacity - 1)];
}

static void grow(struct worker *worker)
{
    uint32_t capacity = worker->ahead_capacity ? 2 * worker->ahead_capacity : 16;
    struct item **ring = mem_zalloc(capacity, sizeof(*ring));
    for (uint32_t i = 0; i < worker->ahead_count; i++)
        ring[i] = *at(worker, i);
    mem_free(worker->ahead);
    worker->ahead = ring;
    worker->ahead_first = 0;
    worker->ahead_capacity = capacity;
}

void ahead_add(struct worker *worker, struct item *task)
{
    if (worker->ahead_count == worker->ahead_capacity)
        grow(worker);
    task->shown.ordinal = worker->received++;
    *at(worker, worker->ahead_count++) = task;
}

void ahead_free(struct worker *worker)
{
    for (uint32_t i = 0; i < worker->ahead_count; i++)
        mailroom_item_free(&(*at(worker, i))->shown);
    mem_free(worker->ahead);
}

static bool is_at(const struct mailroom_address *shown, const struct address *address)
{
    return shown->mailbox == address->mailbox && shown->slot == address->slot &&
           shown->worker == address->worker;
}

static bool belongs_to(const struct mailroom_work *task, const struct address *address)
{
    for (size_t i = 0; i < task->breadcrumb_count; i++) {
        if (is_at(&task->breadcrumbs[i], address))
            return true;
    }
    return is_at(&task->address, address);
}

void ahead_cancel(struct worker *worker, const struct address *address)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < worker->ahead_count; i++) {
        struct item *item = *at(worker, i);
        if (belongs_to(&item->shown.task, address))
            mailroom_item_free(&item->shown);
        else
            *at(worker, kept++) = item;
    }
    worker->ahead_count = kept;
}

bool ahead_message(struct worker *worker, const struct address *task, const struct slice *body)
{
    for (uint32_t i = 0; i < worker->ahead_count; i++) {
        struct item *item = *at(worker, i), **last = &item->later;
        if (!is_at(&item->shown.task.address, task))
            continue;
        struct builder one = {0};
        while (*last)
            last = &(*last)->next;
        builder_address(&one, task);
        *last = item_message(builder_list(&one), slice_ref(body));
        builder_free(&one);
        return true;
    }
    return false;
}

static bool has_runtime(const struct item *item, const struct list *names)
{
    struct list each;
    if (names == NULL)
        return true;
    each = *names;
    for (struct span name; list_next_text(&each, &name);) {
        if (strlen(item->shown.task.runtime) == name.size &&
            memcmp(item->shown.task.runtime, name.data, name.size) == 0)
            return true;
    }
    return false;
}

/* The newest go: so those that have begun are the first of those given, but for what has gone back. They are
 * named in their order. */
void ahead_return(struct worker *worker, uint64_t most, const struct list *names)
{
    struct message message = {.kind = KIND_RETURN};
    uint32_t first = worker->ahead_count, kept = 0;
    uint64_t left = most < MAX_ADDRESSES ? most : MAX_ADDRESSES;
    for (; first > 0 && left > 0; first--)
        left -= has_runtime(*at(worker, first - 1), names);
    builder_reset(&worker->list);
    for (uint32_t i = 0; i < worker->ahead_count; i++) {
        struct item *item = *at(worker, i);
        if (i < first || !has_runtime(item, names)) {
            *at(worker, kept++) = item;
            continue;
        }
        struct address address = inner_address(&item->shown.task.address);
        builder_address(&worker->list, &address);
        mailroom_item_free(&item->shown);
    }
    if (worker->list.count == 0)
        return;
    worker->returned += worker->list.count;
    worker->ahead_count = kept;
    message.returned.reason = RETURN_UNBEGUN;
    message.returned.text = span_text("");
    message.returned.addresses = builder_list(&worker->list);
    say(worker, &message, SLICE_NONE);
    worker->returned_seq = worker->boss->link.next_seq - 1;
}

void ahead_return_crossed(struct worker *worker, uint64_t ack, uint32_t count)
{
    if (ack < worker->returned_seq)
        ahead_return(worker, count, NULL);
}

bool ahead_is_heard(const struct worker *worker)
{
    return worker->boss == NULL || worker->returned_seq < worker->boss->link.unread_seq;
}

static void note(struct worker *worker, enum page_state state, const struct address *task)
{
    worker->word.state = state;
    if (task)
        worker->word.task = *task;
    if (worker->page)
        page_write(worker->page, &worker->word);
    else
        pace_note(worker);
}

/* Nobody sees this process end: before a task begins that was lost before, and before the one behind it, the
 * shim is to know what runs, and what is done. Else another one could be charged again and again for what
 * that one does. */
static void settle(struct worker *worker)
{
    worker->begun_at = 0;
    worker->settles = true;
}

bool worker_settles(const struct worker *worker)
{
    return worker->settles;
}

static struct item *take_task(struct worker *worker)
{
    struct item *item = *at(worker, 0);
    bool lost_before = item->shown.task.attempt > 0;
    worker->ahead_first = (worker->ahead_first + 1) & (worker->ahead_capacity - 1);
    worker->ahead_count--;
    worker->asks = false;
    worker->given++;
    worker->word.begun = item->shown.ordinal + 1;
    struct address address = inner_address(&item->shown.task.address);
    note(worker, PAGE_RUNS, &address);
    if (worker->page == NULL && (lost_before || worker->settle))
        settle(worker);
    worker->settle = lost_before;
    pace_busy(worker, true);
    if (item->later) { /* they come before what came after them */
        struct item *last = item->later;
        while (last->next)
            last = last->next;
        last->next = worker->mail.first;
        if (worker->mail.first == NULL)
            worker->mail.last = &last->next;
        worker->mail.first = item->later;
        item->later = NULL;
    }
    if (pace_has_news(worker))
        say_soon(worker);
    return item;
}

bool worker_has_item(const struct worker *worker)
{
    return worker->mail.first || (worker->asks && worker->ahead_count > 0);
}

struct mailroom_item *worker_next(struct worker *worker, uint64_t now)
{
    worker_tick(worker, now);
    worker->settles = false;
    struct item *item = worker->mail.first;
    if (item == NULL) {
        if (!worker->asks || worker->ahead_count == 0 || worker->end)
            return NULL;
        return &take_task(worker)->shown;
    }
    if (item->shown.kind == MAILROOM_ITEM_END && item->next == NULL) /* again at every call */
        return &item_end(item->shown.end, item->shown.text)->shown;
    worker->mail.first = item->next;
    if (worker->mail.first == NULL)
        worker->mail.last = &worker->mail.first;
    item->next = NULL;
    return &item->shown;
}

void worker_waiting(struct worker *worker, uint64_t now)
{
    worker->gives_back = false;
    worker_tick(worker, now);
    if (worker->asks)
        return;
    worker->asks = true;
    pace_rest(worker);
    if (worker->ahead_count == 0) {
        worker->flush_at = 0;
        note(worker, PAGE_WAITS, NULL);
    }
}

void worker_awake(struct worker *worker, const struct address *running, uint64_t now)
{
    worker_tick(worker, now);
    worker->asks = false;
    pace_busy(worker, false);
    note(worker, running ? PAGE_RUNS : PAGE_WAITS, running);
}

void ahead_done(struct worker *worker, const struct address *task)
{
    if (worker->word.state == PAGE_RUNS && address_equal(&worker->word.task, task))
        note(worker, PAGE_BETWEEN, NULL);
}
