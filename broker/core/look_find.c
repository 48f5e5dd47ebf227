/* look_find: what clients have submitted, by uuid or by a part of its name; see look.h. */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "broker/core/job_tell.h"
#include "broker/core/look.h"

enum {
    LOOKS = 20000, /* records in a search: a millisecond or two */
    LEAST_DIGITS = 8
};

struct search {
    struct span text; /* a part of a name */
    uint8_t uuid[UUID_SIZE];
    unsigned digits; /* of a uuid's beginning; 0: it is none */
    struct look_job *jobs;
    uint32_t count, most;
    uint32_t looks; /* at sessions, jobs and slots so far */
};

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Reads the text as a uuid's beginning, if it is one. */
static void read_uuid(struct search *search)
{
    for (size_t i = 0; i < search->text.size; i++) {
        uint8_t c = search->text.data[i];
        int value = digit(c);
        if (c == '-')
            continue;
        if (value < 0 || search->digits == 2 * UUID_SIZE) {
            search->digits = 0;
            return;
        }
        unsigned shift = search->digits % 2 ? 0 : 4;
        search->uuid[search->digits++ / 2] |= (uint8_t)(value << shift);
    }
    if (search->digits < LEAST_DIGITS)
        search->digits = 0;
}

static bool begins(const struct search *search, const uint8_t *uuid)
{
    unsigned whole = search->digits / 2;
    return search->digits > 0 && memcmp(uuid, search->uuid, whole) == 0 &&
           (search->digits % 2 == 0 || (uuid[whole] & 0xf0) == search->uuid[whole]);
}

static bool is_part(struct span part, struct span text)
{
    return part.size > 0 && text.size >= part.size && memmem(text.data, text.size, part.data, part.size);
}

/* Whether a task of a map is seen to run. */
static bool runs(const struct broker *broker, const struct job *job, struct search *search)
{
    for (uint32_t i = 0; i < job_total(job) && search->looks++ < LOOKS; i++) {
        const struct slot *slot = &job->one.map->slots[i];
        if (slot->state == SLOT_LIVE &&
            ledger_holder(ledger_task(&broker->boss.ledger, slot->task)) != NO_RECORD)
            return true;
    }
    return false;
}

static void add(struct broker *broker, struct search *search, uint32_t number)
{
    struct listed_task listed;
    struct job *job = job_at(broker, number);
    job_list(broker, number, &listed);
    if (job_is_map(job) && listed.state == STATE_QUEUED && runs(broker, job, search))
        listed.state = STATE_RUNNING;
    search->jobs[search->count++] = (struct look_job){
        .uuid = job->uuid,
        .name = listed.name,
        .client = session_of_job(broker, job)->name,
        .state = (enum task_state)listed.state,
        .total = listed.total,
        .ended = listed.ended,
        .attempts = listed.attempts,
        .age = listed.age,
    };
}

uint32_t look_find(struct broker *broker, struct span wanted, struct look_job *jobs, uint32_t most)
{
    struct search search = {.text = wanted, .jobs = jobs, .most = most};
    read_uuid(&search);
    if (search.digits == 2 * UUID_SIZE) {
        uint32_t number = job_find_any(broker, search.uuid);
        if (number != NO_RECORD)
            add(broker, &search, number);
        return search.count;
    }
    for (uint32_t i = broker->newest; i != NO_RECORD && search.looks++ < LOOKS;
         i = session_at(broker, i)->older) {
        for (uint32_t number = session_at(broker, i)->jobs; number != NO_RECORD;
             number = job_at(broker, number)->older) {
            const struct job *job = job_at(broker, number);
            if (search.looks++ >= LOOKS || search.count == most)
                return search.count;
            if (begins(&search, job->uuid) ||
                is_part(wanted, task_names_text(&broker->boss.ledger.names, job_name(job))))
                add(broker, &search, number);
        }
    }
    return search.count;
}
