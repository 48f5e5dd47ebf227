/* down: children's results on their way down to the managers where their parents run. With a journal they are
 * in it until these have them: a parent would wait for one for ever. One whose manager has not come back yet,
 * since this broker was started anew, waits for it. */
#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

/* One that was sent, or that waits. */
struct down {
    struct address address;
    uint64_t seq; /* of the message that it is in */
    uint32_t completed_by, next;
    struct slice body; /* that waits */
};

static struct down *down_at(const struct broker *broker, uint32_t number)
{
    return slab_at(&broker->journal.downs, number);
}

static uint32_t hash_of(const struct broker *broker, const struct address *address)
{
    return address_hash(broker->config.seed + 1, address);
}

void down_init(struct broker *broker)
{
    slab_init(&broker->journal.downs, sizeof(struct down));
    index_init(&broker->journal.by_down);
    broker->journal.waits = (struct down_list){NO_RECORD, NO_RECORD};
}

static void add(struct broker *broker, struct down_list *list, struct down down)
{
    uint32_t number = slab_take(&broker->journal.downs);
    down.next = NO_RECORD;
    *down_at(broker, number) = down;
    index_add(&broker->journal.by_down, hash_of(broker, &down.address), number);
    if (list->first == NO_RECORD)
        list->first = number;
    else
        down_at(broker, list->last)->next = number;
    list->last = number;
}

/* Takes the first one of a list out, and forgets it. */
static struct down take_first(struct broker *broker, struct down_list *list)
{
    uint32_t number = list->first;
    struct down down = *down_at(broker, number);
    list->first = down.next;
    index_remove(&broker->journal.by_down, hash_of(broker, &down.address), number);
    slab_give(&broker->journal.downs, number);
    return down;
}

void down_free(struct broker *broker)
{
    while (broker->journal.waits.first != NO_RECORD) {
        struct down down = take_first(broker, &broker->journal.waits);
        slice_drop(&down.body);
    }
    slab_clear(&broker->journal.downs);
    index_free(&broker->journal.by_down);
    mem_free(broker->journal.sent_down);
}

bool down_has(const struct broker *broker, const struct address *address)
{
    struct index_cursor cursor = index_find(&broker->journal.by_down, hash_of(broker, address));
    for (uint32_t number; (number = index_next(&broker->journal.by_down, &cursor)) != NO_RECORD;) {
        if (address_equal(&down_at(broker, number)->address, address))
            return true;
    }
    return false;
}

/* What an employee was sent. */
static struct down_list *list_of(struct broker *broker, const struct employee *employee)
{
    struct journal *journal = &broker->journal;
    while (journal->sent_down_count <= employee->number) {
        journal->sent_down =
            mem_resize(journal->sent_down, journal->sent_down_count + 1, sizeof *journal->sent_down);
        journal->sent_down[journal->sent_down_count++] = (struct down_list){NO_RECORD, NO_RECORD};
    }
    return &journal->sent_down[employee->number];
}

/* Sends it to the manager of its parent; false: that is not here, or takes no such body, and it is dropped.
 */
static bool send(struct broker *broker, const struct result_header *result, struct slice body)
{
    struct boss *boss = &broker->boss;
    struct employee *employee = roster_responsible_for(&boss->roster, result->return_address.worker);
    if (employee == NULL || !link_accepts(&employee->peer->link, body.size)) {
        slice_drop(&body);
        return false;
    }
    uint64_t seq = post_send_result(&boss->post, employee->peer, result, body);
    add(broker, list_of(broker, employee), (struct down){.address = result->return_address, .seq = seq});
    return true;
}

static void wait(struct broker *broker, const struct address *address, uint32_t completed_by,
                 struct slice body)
{
    add(broker, &broker->journal.waits,
        (struct down){.address = *address,
                      .completed_by = completed_by,
                      .body = slice_keep(body.blob, body.offset, body.size)});
}

bool down_send(struct broker *broker, const struct result_header *result, const struct slice *body)
{
    const struct roster *roster = &broker->boss.roster;
    uint32_t worker = result->return_address.worker;
    if (!broker->journal.kept)
        return boss_send_result_down(&broker->boss, result, slice_ref(body));
    if (down_has(broker, &result->return_address))
        return false;
    records_answer(broker, result, body);
    if (roster_responsible_for(roster, worker) == NULL && restart_may_have(broker, worker)) {
        wait(broker, &result->return_address, (uint32_t)result->completed_by, *body);
        return true;
    }
    if (send(broker, result, slice_ref(body)))
        return true;
    records_end_answer(broker, &result->return_address);
    return false;
}

/* A group may have ended between this and that its task was over. */
void down_load(struct broker *broker, const struct record *record)
{
    uint32_t task = ledger_find(&broker->boss.ledger, &record->answer.address);
    wait(broker, &record->answer.address, record->answer.completed_by, record->body);
    if (task != NO_RECORD)
        boss_forget(&broker->boss, task);
}

void down_acknowledged(struct broker *broker, const struct employee *employee)
{
    if (employee->number >= broker->journal.sent_down_count)
        return;
    struct down_list *list = list_of(broker, employee);
    while (list->first != NO_RECORD && down_at(broker, list->first)->seq < employee->peer->link.unread_seq) {
        struct down down = take_first(broker, list);
        records_end_answer(broker, &down.address);
    }
}

void down_lost(struct broker *broker, const struct employee *employee)
{
    if (employee->number >= broker->journal.sent_down_count)
        return;
    struct down_list *list = list_of(broker, employee);
    while (list->first != NO_RECORD) {
        struct down down = take_first(broker, list);
        records_end_answer(broker, &down.address);
    }
}

/* Sends what waits and has somebody to go to; the rest is dropped, or waits on. */
static void look_again(struct broker *broker, bool drop)
{
    struct down_list waits = broker->journal.waits;
    broker->journal.waits = (struct down_list){NO_RECORD, NO_RECORD};
    while (waits.first != NO_RECORD) {
        struct down down = take_first(broker, &waits);
        struct result_header result = {.return_address = down.address, .completed_by = down.completed_by};
        bool here = roster_responsible_for(&broker->boss.roster, down.address.worker) != NULL;
        if (!drop && !here)
            wait(broker, &down.address, down.completed_by, down.body);
        else if (!send(broker, &result, slice_ref(&down.body)))
            records_end_answer(broker, &down.address);
        slice_drop(&down.body);
    }
}

void down_arrived(struct broker *broker)
{
    look_again(broker, false);
}

void down_give_up(struct broker *broker)
{
    look_again(broker, true);
}
