/* writer: a journal that is written without end, in an order that follows from a number alone, so that
 * whoever opens the folder anew can tell whether what is there is what was said, and up to where.
 *
 *   writer FOLDER         goes on where the folder ends; a line with each number that is safe
 *                         (WRITER_CARELESS in the environment: of an end of this process alone)
 *   writer --check FOLDER one line: how many records are there; what is wrong, and 1, where it is no
 * beginning of the order
 *
 * The order: life by life, a job with its task and fate, then a result in place of the task, then nothing;
 * several lives at a time, and bodies of many sizes. Each step ends with its number in the table of numbers.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/journal/journal.h"
#include "common/base/mem.h"

enum {
    LIVES = 64,       /* at a time */
    BODY = 9000,      /* bytes, at most */
    MOST_AHEAD = 400, /* records that are not safe: as many as a store may lose */
    STEP = 5,         /* records, at most */
    LOG = 1 << 20,    /* bytes: often put where they stay */
};

/* One life; what the table has of it. */
struct life {
    uint64_t mailbox; /* 0: none */
    bool task, slot;
    uint8_t attempt; /* of its fate; 0: there is none */
};

struct world {
    uint64_t step;
    struct life lives[LIVES];
};

static uint64_t draw(uint64_t step, uint64_t what)
{
    uint64_t number = (step * 16 + what + 1) * 0x9e3779b97f4a7c15u;
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9u;
    return number ^ number >> 31;
}

static struct slice body_of(uint64_t mailbox, unsigned what)
{
    size_t size = draw(mailbox, what) % 8 == 0 ? draw(mailbox, what + 1) % BODY : 20;
    uint8_t *bytes;
    struct blob *blob = blob_new(size, &bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(draw(mailbox, what + 2) >> i % 56);
    if (size == 0)
        blob_unref(blob);
    return size ? (struct slice){blob, 0, size} : SLICE_NONE;
}

static struct record job_of(uint64_t mailbox, enum record_verb verb)
{
    struct record record = {.kind = RECORD_JOB, .verb = (uint8_t)verb};
    record.job.mailbox = mailbox;
    record.job.total = (uint32_t)draw(mailbox, 3);
    return record;
}

static struct record task_of(uint64_t mailbox, enum record_verb verb)
{
    struct record record = {.kind = RECORD_TASK, .verb = (uint8_t)verb};
    record.task.address = (struct address){WORKER_NIL, 0, mailbox};
    record.task.job = mailbox;
    if (verb != RECORD_DROP)
        record.body = body_of(mailbox, 4);
    return record;
}

static struct record fate_of(uint64_t mailbox, uint8_t attempt)
{
    struct record record = {.kind = RECORD_FATE, .verb = RECORD_PUT};
    record.fate.address = (struct address){WORKER_NIL, 0, mailbox};
    record.fate.attempt = attempt;
    return record;
}

static struct record slot_of(uint64_t mailbox)
{
    struct record record = {.kind = RECORD_SLOT, .verb = RECORD_NEW};
    record.slot.mailbox = mailbox;
    record.slot.state = 2;
    record.body = body_of(mailbox, 8);
    return record;
}

/* The next step's records; the world is as after them. */
static unsigned next(struct world *world, struct record records[STEP])
{
    uint64_t step = ++world->step;
    struct life *life = &world->lives[draw(step, 0) % LIVES];
    unsigned count = 0;
    if (life->mailbox == 0) {
        *life = (struct life){.mailbox = step << 20, .task = true};
        records[count++] = job_of(life->mailbox, RECORD_NEW);
        records[count++] = task_of(life->mailbox, RECORD_NEW);
    } else if (life->task && draw(step, 1) % 3 == 0 && life->attempt < 200) {
        records[count++] = fate_of(life->mailbox, ++life->attempt);
    } else if (life->task) {
        records[count++] = slot_of(life->mailbox);
        records[count++] = task_of(life->mailbox, RECORD_DROP);
        life->task = false;
        life->slot = true;
        life->attempt = 0;
    } else {
        records[count++] = job_of(life->mailbox, RECORD_DROP);
        *life = (struct life){0};
    }
    struct record number = {.kind = RECORD_NUMBER, .verb = RECORD_PUT};
    number.number.which = 1;
    number.number.below = step;
    records[count++] = number;
    return count;
}

/* What a folder has, in the same form, with the bodies looked at as they come. */
struct found {
    uint64_t step, rows;
    struct found_life {
        struct life life;
        bool job, good;
    } lives[2 * LIVES];
    unsigned count;
    bool bad;
};

static struct found_life *life_of(struct found *found, uint64_t mailbox)
{
    unsigned at = 0;
    while (at < found->count && found->lives[at].life.mailbox != mailbox)
        at++;
    if (at == 2 * LIVES) {
        found->bad = true;
        return &found->lives[0];
    }
    if (at == found->count)
        found->lives[found->count++] = (struct found_life){.life.mailbox = mailbox, .good = true};
    return &found->lives[at];
}

static bool has_body(const struct record *record, struct slice body)
{
    bool same = body.size == record->body.size &&
                (body.size == 0 || memcmp(slice_data(&body), slice_data(&record->body), body.size) == 0);
    slice_drop(&body);
    return same;
}

static void look(void *self, const struct record *record)
{
    struct found *found = self;
    struct found_life *life;
    found->rows++;
    switch (record->kind) {
    case RECORD_NUMBER: found->step = record->number.below; break;
    case RECORD_JOB:
        life = life_of(found, record->job.mailbox);
        life->job = record->job.total == (uint32_t)draw(record->job.mailbox, 3);
        break;
    case RECORD_TASK:
        life = life_of(found, record->task.job);
        life->life.task = true;
        life->good = life->good && has_body(record, body_of(record->task.job, 4));
        break;
    case RECORD_FATE:
        life_of(found, record->fate.address.mailbox)->life.attempt = record->fate.attempt;
        break;
    case RECORD_SLOT:
        life = life_of(found, record->slot.mailbox);
        life->life.slot = true;
        life->good = life->good && has_body(record, body_of(record->slot.mailbox, 8));
        break;
    default: found->bad = true;
    }
}

/* What one record does to the lives, for a step of which only a part is there. */
static void apply(struct world *world, const struct record *record)
{
    uint64_t mailbox = record->kind == RECORD_JOB    ? record->job.mailbox
                       : record->kind == RECORD_SLOT ? record->slot.mailbox
                                                     : record->task.address.mailbox;
    struct life *life = NULL;
    if (record->kind == RECORD_NUMBER) {
        world->step = record->number.below;
        return;
    }
    for (unsigned i = 0; i < LIVES; i++) {
        if (world->lives[i].mailbox == mailbox || (life == NULL && world->lives[i].mailbox == 0))
            life = &world->lives[i];
    }
    if (record->kind == RECORD_JOB) {
        *life = (struct life){.mailbox = record->verb == RECORD_DROP ? 0 : mailbox};
    } else if (record->kind == RECORD_TASK) {
        life->task = record->verb != RECORD_DROP;
        life->attempt = 0;
    } else if (record->kind == RECORD_FATE) {
        life->attempt = record->fate.attempt;
    } else {
        life->slot = true;
    }
}

static bool is_as_found(const struct world *world, const struct found *found)
{
    unsigned lives = 0;
    for (unsigned i = 0; i < LIVES; i++) {
        const struct life *life = &world->lives[i];
        if (life->mailbox == 0)
            continue;
        lives++;
        unsigned at = 0;
        while (at < found->count && found->lives[at].life.mailbox != life->mailbox)
            at++;
        if (at == found->count || !found->lives[at].job || !found->lives[at].good ||
            found->lives[at].life.task != life->task || found->lives[at].life.slot != life->slot ||
            found->lives[at].life.attempt != life->attempt)
            return false;
    }
    return lives == found->count;
}

/* The world after so many steps, and how many records they were. */
static uint64_t go_to(struct world *world, uint64_t step)
{
    struct record records[STEP];
    uint64_t said = 0;
    *world = (struct world){0};
    while (world->step < step) {
        unsigned count = next(world, records);
        said += count;
        for (unsigned i = 0; i < count; i++)
            slice_drop(&records[i].body);
    }
    return said;
}

/* How many records of the order are in what was found; UINT64_MAX: it is no beginning of it. */
static uint64_t place_of(const struct found *found, struct world *world)
{
    struct record records[STEP];
    uint64_t said = go_to(world, found->step), place = UINT64_MAX;
    if (found->bad)
        return place;
    if (is_as_found(world, found))
        return said;
    struct world after = *world, part = *world;
    unsigned count = next(&after, records);
    for (unsigned i = 0; i + 1 < count && place == UINT64_MAX; i++) {
        apply(&part, &records[i]);
        if (is_as_found(&part, found))
            place = said + i + 1;
    }
    for (unsigned i = 0; i < count; i++)
        slice_drop(&records[i].body);
    return place;
}

static struct journal *begin(const char *folder, struct found *found)
{
    char why[STORE_WHY];
    bool later;
    struct store_identity identity;
    struct journal_plan plan;
    journal_plan_default(&plan);
    plan.store.place = folder;
    plan.group_ms = 1;
    plan.store.log = LOG;
    plan.store.careful = getenv("WRITER_CARELESS") == NULL;
    struct journal *journal = journal_open(&plan, &identity, why);
    if (journal == NULL || !journal_load(journal, look, found, &later, why)) {
        printf("%s\n", why);
        exit(1);
    }
    return journal;
}

/* Says the rest of the step of which `place` is a part, and all that follow; `said`: records before it. */
static void write_on(struct journal *journal, struct world *world, uint64_t said, uint64_t place)
{
    struct record records[STEP];
    struct journal_news news = {0};
    struct pollfd file = {journal_file(journal), POLLIN, 0};
    uint64_t appended = place;
    for (;;) {
        unsigned count = next(world, records);
        for (unsigned i = 0; i < count; i++) {
            if (said++ < place) {
                slice_drop(&records[i].body);
                continue;
            }
            journal_append(journal, record_copy(&records[i]));
            appended++;
        }
        journal_flush(journal);
        while (appended - place - news.committed > MOST_AHEAD) {
            uint64_t before = news.committed;
            poll(&file, 1, -1);
            journal_news(journal, &news);
            if (news.committed > before)
                printf("%llu\n", (unsigned long long)place + (unsigned long long)news.committed);
        }
    }
}

int main(int argc, char **argv)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    static struct found found;
    struct world world;
    if (argc != 2 + check)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct journal *journal = begin(argv[1 + check], &found);
    uint64_t place = place_of(&found, &world), said = go_to(&world, found.step);
    if (place == UINT64_MAX)
        printf("what is there at step %llu was never said\n", (unsigned long long)found.step);
    else if (check)
        printf("%llu\n", (unsigned long long)place);
    if (check || place == UINT64_MAX) {
        journal_close(journal);
        return place == UINT64_MAX;
    }
    char why[STORE_WHY];
    if (!journal_start(journal, why))
        return 1;
    write_on(journal, &world, said, place);
}
