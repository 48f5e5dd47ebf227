/* journal: the queue between the loop and the thread that writes; see journal.h. */
#include "broker/journal/journal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "common/base/mem.h"

#define SIZE_BYTES (32ull << 30) /* that a journal may have */

enum {
    FIRST = 64, /* records */
    GROUP_MS = 5,
    GROUP_BYTES = 64 << 20,
    GROUP_MOST = 10, /* see journal_due */
    GROUP_REST = 16, /* times as much of a processor as it took is left to others before the next */
    QUEUE_BYTES = 256 << 20,
    QUEUE_GROUPS = 4,     /* so many groups of the most bytes are room for in what may wait for the disk */
    RETRY_MS = 100,       /* after the first failure, doubled with each more, */
    RETRY_MOST_MS = 5000, /* up to this */
    LOOK_MS = 500,        /* between two looks whether a store that others may take over is still ours */
    MS = 1000000,         /* ns */
};

/* Records of the loop's since the last journal_flush. */
struct queue {
    struct record **records;
    uint32_t count, capacity;
};

struct journal {
    struct store *store;
    struct journal_plan plan;
    int file; /* an eventfd: there is news */
    pthread_t thread;
    bool started;
    struct queue coming;
    pthread_mutex_t mutex; /* guards all below but what is the thread's */
    pthread_cond_t wake;
    struct group gathered; /* what the thread does not have yet. The loop adds to it, for there records that
                              undo each other are still at hand: nobody fetches them from memory again */
    uint64_t first_ns;     /* when the oldest of it came */
    bool closing;
    size_t group_bytes; /* in the hands of the thread */
    uint64_t appended, committed;
    bool behind, failing, large; /* why it refuses new work */
    bool shared, lost;           /* others may take the store over; one has */
    char why[STORE_WHY];         /* failing: what the store says */
    struct journal_numbers numbers;
    struct group group;     /* the thread's: what it writes, or tries to */
    struct group exchanged; /* the same: empty, but while it takes what is gathered */
    uint64_t retry_ms;      /* the same: how long it waits until it tries again; 0: it does not fail */
    uint64_t rest_ns;       /* the same: see journal_due */
};

void journal_plan_default(struct journal_plan *plan)
{
    *plan = (struct journal_plan){.store = {.careful = true, .most = SIZE_BYTES},
                                  .group_ms = GROUP_MS,
                                  .group_bytes = GROUP_BYTES,
                                  .queue = QUEUE_BYTES};
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

static uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

struct journal *journal_open(const struct journal_plan *plan, struct store_identity *identity, char *why)
{
    struct store *store = store_open(&plan->store, identity, why);
    if (store == NULL)
        return NULL;
    struct journal *journal = mem_zalloc(1, sizeof *journal);
    journal->store = store;
    journal->plan = *plan;
    if (journal->plan.group_bytes > plan->queue / QUEUE_GROUPS)
        journal->plan.group_bytes = plan->queue / QUEUE_GROUPS;
    journal->shared = store_is_shared(plan->store.place);
    journal->file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&journal->wake, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&journal->mutex, NULL);
    return journal;
}

bool journal_load(struct journal *journal, void (*row)(void *self, const struct record *record), void *self,
                  bool *later, char *why)
{
    bool good = store_load(journal->store, row, self, why);
    *later = !good && store_may_load_later(journal->store);
    return good;
}

static void tell(const struct journal *journal)
{
    eventfd_write(journal->file, 1);
}

static enum journal_refusal refusal_of(const struct journal *journal)
{
    if (journal->failing)
        return JOURNAL_FAILS;
    return journal->large ? JOURNAL_FULL : journal->behind ? JOURNAL_BEHIND : JOURNAL_TAKES;
}

/* How it stands between the loop and the disk; under the mutex. */
static void judge(struct journal *journal)
{
    size_t bytes = journal->gathered.bytes + journal->group_bytes;
    const struct store_numbers *store = store_numbers(journal->store);
    bool refused = refusal_of(journal) != JOURNAL_TAKES;
    uint64_t used = store->used, most = journal->plan.store.most;
    journal->behind = bytes > (journal->behind ? journal->plan.queue / 2 : journal->plan.queue);
    journal->large = most && used > (journal->large ? most / 8 * 7 : most);
    if (refused != (refusal_of(journal) != JOURNAL_TAKES))
        tell(journal);
}

void journal_append(struct journal *journal, struct record *record)
{
    struct queue *coming = &journal->coming;
    if (coming->count == coming->capacity) {
        coming->capacity = coming->capacity ? 2 * coming->capacity : FIRST;
        coming->records = mem_resize(coming->records, coming->capacity, sizeof *coming->records);
    }
    coming->records[coming->count++] = record;
}

/* What has come is for the thread now; under the mutex. Whether it must be told. */
static bool hand_over(struct journal *journal)
{
    struct queue *coming = &journal->coming;
    struct group *gathered = &journal->gathered;
    bool first = gathered->seen == 0, wide = gathered->said >= journal->plan.group_bytes;
    uint64_t now = now_ns();
    for (uint32_t i = 0; i < coming->count; i++) {
        coming->records[i]->age = now;
        group_add(gathered, coming->records[i]);
    }
    journal->appended += coming->count;
    coming->count = 0;
    if (first)
        journal->first_ns = now;
    return first || (!wide && gathered->said >= journal->plan.group_bytes);
}

void journal_flush(struct journal *journal)
{
    if (journal->coming.count == 0)
        return;
    pthread_mutex_lock(&journal->mutex);
    bool wake = hand_over(journal);
    if (!journal->behind && journal->gathered.bytes + journal->group_bytes > journal->plan.queue) {
        journal->behind = true;
        tell(journal);
    }
    pthread_mutex_unlock(&journal->mutex);
    if (wake)
        pthread_cond_signal(&journal->wake);
}

static void wait_until(struct journal *journal, uint64_t due_ns)
{
    struct timespec due = {(time_t)(due_ns / (1000 * MS)), (long)(due_ns % (1000 * MS))};
    pthread_cond_timedwait(&journal->wake, &journal->mutex, &due);
}

static void note_failure(struct journal *journal, const char *why)
{
    journal->failing = true;
    journal->lost = store_is_lost(journal->store);
    snprintf(journal->why, sizeof journal->why, "%s", why);
    journal->numbers.failures++;
    journal->retry_ms = journal->retry_ms ? 2 * journal->retry_ms : RETRY_MS;
    uint64_t most = journal->shared ? LOOK_MS : RETRY_MOST_MS;
    journal->retry_ms = journal->retry_ms < most ? journal->retry_ms : most;
    judge(journal);
    tell(journal);
}

/* While there is nothing to write: whether that could be done. */
static void look(struct journal *journal)
{
    char why[STORE_WHY] = "";
    pthread_mutex_unlock(&journal->mutex);
    bool good = store_look(journal->store, why);
    pthread_mutex_lock(&journal->mutex);
    if (!good) {
        note_failure(journal, why);
    } else if (journal->failing) {
        journal->failing = false;
        journal->retry_ms = 0;
        tell(journal);
    }
}

uint64_t journal_due(uint64_t first_ns, uint64_t open_ns, uint64_t rest_ns)
{
    uint64_t due = first_ns + open_ns, most = first_ns + GROUP_MOST * open_ns;
    uint64_t rest = rest_ns < most ? rest_ns : most;
    return due > rest ? due : rest;
}

/* Waits until there is a group to write. False: there is none, and none will come. */
static bool wait_for_group(struct journal *journal)
{
    while (journal->gathered.seen == 0 && !journal->closing && !journal->lost) {
        uint64_t due = now_ns() + LOOK_MS * MS;
        if (journal->shared)
            wait_until(journal, due);
        else
            pthread_cond_wait(&journal->wake, &journal->mutex);
        if (journal->gathered.seen == 0 && journal->shared && now_ns() >= due)
            look(journal);
    }
    uint64_t due = journal_due(journal->first_ns, journal->plan.group_ms * MS, journal->rest_ns);
    while (journal->gathered.said < journal->plan.group_bytes && !journal->closing && now_ns() < due)
        wait_until(journal, due);
    return journal->gathered.seen > 0;
}

/* After a failure: waits until it is time to try again, or to give up. */
static void wait_to_retry(struct journal *journal)
{
    uint64_t due = now_ns() + journal->retry_ms * MS;
    while (!journal->closing && now_ns() < due)
        wait_until(journal, due);
}

/* All that has come is the thread's; the mutex is given up for it. But a group ends where nothing that it has
 * made is there any more, if that is most of it: the rest waits on from when it came. One task after the
 * other costs no row then. */
static void take(struct journal *journal)
{
    struct group *exchanged = &journal->exchanged, *gathered = &journal->gathered;
    struct group empty = *exchanged;
    *exchanged = *gathered;
    *gathered = empty;
    bool may_wait = !journal->closing && !journal->failing;
    if (may_wait && exchanged->seen <= 2 * exchanged->quiet && group_cut(exchanged, gathered))
        journal->first_ns = exchanged->since;
    journal->group_bytes += exchanged->bytes;
    pthread_mutex_unlock(&journal->mutex);
    group_merge(&journal->group, exchanged);
    group_settle(&journal->group);
}

/* What has become of the group; under the mutex. */
static void note_commit(struct journal *journal, uint64_t took_ns)
{
    const struct store_numbers *store = store_numbers(journal->store);
    struct journal_numbers *numbers = &journal->numbers;
    journal->committed += journal->group.seen;
    journal->group_bytes = 0;
    journal->failing = false;
    journal->retry_ms = 0;
    numbers->records += journal->group.seen;
    numbers->groups += journal->group.writes + journal->group.deletes > 0;
    numbers->rows = store->rows;
    numbers->written = store->written;
    numbers->size = store->size;
    numbers->commit_us = took_ns / 1000;
    judge(journal);
}

/* Has it written; returns under the mutex. */
static bool commit(struct journal *journal)
{
    char why[STORE_WHY] = "";
    uint64_t begun = now_ns();
    bool good = store_commit(journal->store, &journal->group, why);
    pthread_mutex_lock(&journal->mutex);
    if (good)
        note_commit(journal, now_ns() - begun);
    else
        note_failure(journal, why);
    if (good)
        tell(journal);
    pthread_mutex_unlock(&journal->mutex);
    if (good)
        group_clear(&journal->group);
    else
        group_doubt(&journal->group);
    return good;
}

/* What can wait is done while nothing waits for it, or when it must be. */
static void tidy(struct journal *journal)
{
    bool more = true, idle = true;
    while (more && idle) {
        more = store_tidy(journal->store);
        pthread_mutex_lock(&journal->mutex);
        idle = journal->gathered.seen == 0;
        judge(journal);
        pthread_mutex_unlock(&journal->mutex);
    }
}

static void *write_groups(void *self)
{
    struct journal *journal = self;
    for (bool good = true;;) {
        pthread_mutex_lock(&journal->mutex);
        bool last = journal->closing || journal->lost;
        if (!good)
            wait_to_retry(journal);
        else if (!wait_for_group(journal)) {
            pthread_mutex_unlock(&journal->mutex);
            return NULL;
        }
        uint64_t begun = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        take(journal);
        good = commit(journal);
        if (good)
            tidy(journal);
        else if (last)
            return NULL;
        journal->rest_ns = now_ns() + GROUP_REST * (clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun);
    }
}

bool journal_start(struct journal *journal, char *why)
{
    int error = pthread_create(&journal->thread, NULL, write_groups, journal);
    journal->started = error == 0;
    if (error)
        snprintf(why, STORE_WHY, "no thread for the journal: %s", strerror(error));
    return error == 0;
}

int journal_file(const struct journal *journal)
{
    return journal->file;
}

static void say_why(const struct journal *journal, enum journal_refusal refusal, char *why)
{
    size_t bytes = journal->gathered.bytes + journal->group_bytes;
    if (refusal == JOURNAL_FAILS)
        snprintf(why, STORE_WHY, "%s", journal->why);
    else if (refusal == JOURNAL_FULL)
        snprintf(
            why, STORE_WHY,
            "the journal has its %llu bytes (setting journal/size); fetch or release results, or try again later",
            (unsigned long long)journal->plan.store.most);
    else if (refusal == JOURNAL_BEHIND)
        snprintf(
            why, STORE_WHY,
            "the journal is %zu bytes behind, and may be %llu (setting journal/queue): its disk is slow; try again "
            "later",
            bytes, (unsigned long long)journal->plan.queue);
}

void journal_news(struct journal *journal, struct journal_news *news)
{
    eventfd_t count;
    eventfd_read(journal->file, &count);
    pthread_mutex_lock(&journal->mutex);
    news->committed = journal->committed;
    news->lost = journal->lost;
    news->refusal = refusal_of(journal);
    news->why[0] = '\0';
    say_why(journal, news->refusal, news->why);
    news->numbers = journal->numbers;
    news->numbers.behind = journal->gathered.bytes + journal->group_bytes;
    pthread_mutex_unlock(&journal->mutex);
}

uint64_t journal_close(struct journal *journal)
{
    journal_flush(journal);
    if (journal->started) {
        pthread_mutex_lock(&journal->mutex);
        journal->closing = true;
        pthread_mutex_unlock(&journal->mutex);
        pthread_cond_signal(&journal->wake);
        pthread_join(journal->thread, NULL);
    }
    uint64_t lost = journal->appended - journal->committed;
    mem_free(journal->coming.records);
    group_free(&journal->gathered);
    group_free(&journal->group);
    group_free(&journal->exchanged);
    store_close(journal->store);
    close(journal->file);
    pthread_cond_destroy(&journal->wake);
    pthread_mutex_destroy(&journal->mutex);
    mem_free(journal);
    return lost;
}
