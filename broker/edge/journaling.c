/* journaling: see journaling.h. */
#include "broker/edge/journaling.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"

enum { FIRST_COMMIT = 2000 /* ms */ };

#define STANDBY "this broker is a standby, and serves nobody until it has the journal: %s"

/* Who hears the rows. */
struct loading {
    struct edge *edge;
    const struct edge_core *core;
    uint64_t rows;
    struct key *keys; /* of sessions */
    size_t key_count;
};

/* A thread that waits for the journal. */
struct waiting {
    pthread_t thread;
    int enough, news; /* eventfds: it is to give up; it has something to tell */
    struct journal_plan plan;
    struct journal *journal; /* what came of it; NULL: nothing, */
    struct store_identity identity;
    char why[STORE_WHY];                      /* for this reason */
    pthread_mutex_t mutex;                    /* guards the next two */
    bool ended;                               /* `journal` and `why` are the loop's */
    char waits[STORE_WHY];                    /* until then: why it waits */
    char standby[sizeof STANDBY + STORE_WHY]; /* the loop's: for who comes meanwhile */
};

static void begin(struct journaling *journaling, struct broker_settings *settings, struct journal *journal,
                  const struct store_identity *identity)
{
    journaling->journal = journal;
    memcpy(settings->config.cluster, identity->cluster, UUID_SIZE);
    settings->config.epoch = identity->epoch;
    settings->config.shared = store_is_shared(settings->journal.store.place);
    settings->config.standby = NULL;
    clock_random(settings->config.boot, sizeof settings->config.boot); /* no boot has two cores */
}

/* Why it waits is another reason now. */
static void note_why(void *self, const char *why)
{
    struct waiting *waiting = self;
    pthread_mutex_lock(&waiting->mutex);
    bool known = strcmp(waiting->waits, why) == 0;
    snprintf(waiting->waits, sizeof waiting->waits, "%s", why);
    pthread_mutex_unlock(&waiting->mutex);
    if (!known)
        eventfd_write(waiting->news, 1);
}

static void *wait_for_it(void *self)
{
    struct waiting *waiting = self;
    waiting->journal = journal_open(&waiting->plan, &waiting->identity, waiting->why);
    pthread_mutex_lock(&waiting->mutex);
    waiting->ended = true;
    pthread_mutex_unlock(&waiting->mutex);
    eventfd_write(waiting->news, 1);
    return NULL;
}

static void free_waiting(struct journaling *journaling)
{
    close(journaling->waiting->enough);
    close(journaling->waiting->news);
    pthread_mutex_destroy(&journaling->waiting->mutex);
    mem_free(journaling->waiting);
    journaling->waiting = NULL;
}

/* It could not be had at once, for the reason `why`. */
static bool start_to_wait(struct journaling *journaling, struct broker_settings *settings, const char *why)
{
    struct waiting *waiting = journaling->waiting = mem_zalloc(1, sizeof *waiting);
    waiting->enough = eventfd(0, EFD_CLOEXEC);
    waiting->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&waiting->mutex, NULL);
    waiting->plan = settings->journal;
    waiting->plan.store.waits = waiting->enough;
    waiting->plan.store.tell = note_why;
    waiting->plan.store.self = waiting;
    snprintf(waiting->waits, sizeof waiting->waits, "%s", why);
    snprintf(waiting->standby, sizeof waiting->standby, STANDBY, why);
    settings->config.standby = waiting->standby;
    int error = pthread_create(&waiting->thread, NULL, wait_for_it, waiting);
    if (!error)
        return true;
    log_plain("%s: --journal: no thread to wait for it: %s", settings->options.program, strerror(error));
    free_waiting(journaling);
    return false;
}

bool journaling_open(struct journaling *journaling, struct broker_settings *settings)
{
    char why[STORE_WHY];
    struct store_identity identity;
    *journaling = (struct journaling){0};
    if (settings->journal.store.place == NULL)
        return true;
    struct journal *journal = journal_open(&settings->journal, &identity, why);
    if (journal)
        begin(journaling, settings, journal, &identity);
    else if (identity.later)
        return start_to_wait(journaling, settings, why);
    else
        log_plain("%s: --journal: %s", settings->options.program, why);
    return journal != NULL;
}

/* The waiting is over, which ends the loop; or who comes is told another reason for it. */
static void hear_waiting(void *self)
{
    struct journaling *journaling = self;
    struct waiting *waiting = journaling->waiting;
    eventfd_t count;
    eventfd_read(waiting->news, &count);
    pthread_mutex_lock(&waiting->mutex);
    bool ended = waiting->ended;
    snprintf(waiting->standby, sizeof waiting->standby, STANDBY, waiting->waits);
    pthread_mutex_unlock(&waiting->mutex);
    if (ended)
        edge_exit(journaling->edge, 0);
    else
        log_line(LOG_INFO, "%s", waiting->standby);
}

void journaling_watch(struct journaling *journaling, struct edge *edge)
{
    journaling->edge = edge;
    edge_add_reader(edge, journaling->waiting->news, hear_waiting, journaling);
}

bool journaling_take_over(struct journaling *journaling, struct broker_settings *settings, int *code)
{
    struct waiting *waiting = journaling->waiting;
    pthread_mutex_lock(&waiting->mutex);
    bool told = !waiting->ended; /* to leave, by a signal */
    pthread_mutex_unlock(&waiting->mutex);
    eventfd_write(waiting->enough, 1);
    pthread_join(waiting->thread, NULL);
    bool good = waiting->journal && !told;
    if (good) {
        begin(journaling, settings, waiting->journal, &waiting->identity);
        log_line(LOG_WARNING, "the journal is this broker's now, in its epoch %llu: it takes over",
                 (unsigned long long)settings->config.epoch);
    } else if (waiting->journal) {
        journal_close(waiting->journal);
    } else if (!told) {
        *code = 1;
        log_plain("%s: --journal: %s", settings->options.program, waiting->why);
    }
    free_waiting(journaling);
    return good;
}

static void take_record(void *self, struct record *record)
{
    if (record)
        journal_append(self, record);
    else
        journal_flush(self);
}

static void note_key(struct loading *loading, const struct key *key)
{
    for (size_t i = 0; i < loading->key_count; i++) {
        if (key_same(&loading->keys[i], key))
            return;
    }
    loading->keys = mem_resize(loading->keys, loading->key_count + 1, sizeof *loading->keys);
    loading->keys[loading->key_count++] = *key;
}

/* Keys may have been revoked while no process of this broker was there to be told so. */
static void check_keys(const struct loading *loading)
{
    for (size_t i = 0; i < loading->key_count; i++)
        edge_check_key(loading->edge, loading->core, &loading->keys[i]);
}

static void tell_row(void *self, const struct record *record)
{
    struct loading *loading = self;
    struct event event = {.kind = EVENT_LOAD, .record = record};
    loading->rows++;
    if (record->kind == RECORD_SESSION)
        note_key(loading, &record->session.key);
    edge_prepare(loading->edge, loading->core, &event);
}

/* It refuses new work from now on, or for another reason, or no more; or it has failed once more. */
static void tell_refusal(struct journaling *journaling, const struct journal_news *news)
{
    struct event event = {
        .kind = EVENT_JOURNAL, .text = news->refusal ? news->why : NULL, .journal = &news->numbers};
    if (news->refusal && !journaling->refusal)
        log_line(LOG_ERROR, "submits are BUSY: %s", news->why);
    else if (!news->refusal)
        log_line(LOG_WARNING, "the journal is written again, and submits are taken");
    journaling->refusal = news->refusal;
    journaling->failures = news->numbers.failures;
    memcpy(journaling->why, news->why, sizeof journaling->why);
    edge_event(journaling->edge, &event);
}

static void hear(void *self)
{
    struct journaling *journaling = self;
    struct journal_news news;
    journal_news(journaling->journal, &news);
    if (news.lost) {
        log_line(LOG_ERROR, "ending, at once: %s", news.why);
        edge_exit(journaling->edge, 1);
        return;
    }
    if (news.committed != journaling->committed) {
        struct event event = {.kind = EVENT_COMMITTED, .sequence = news.committed, .journal = &news.numbers};
        journaling->committed = news.committed;
        edge_event(journaling->edge, &event);
    }
    if (news.refusal != journaling->refusal || strcmp(news.why, journaling->why) != 0 ||
        news.numbers.failures != journaling->failures)
        tell_refusal(journaling, &news);
}

/* Until the first records are safe submits are BUSY: whoever hears that this broker listens is to be served.
 * A disk that is slower than that has it listen all the same. */
static void await_first_commit(struct journaling *journaling)
{
    struct pollfd file = {.fd = journal_file(journaling->journal), .events = POLLIN};
    if (poll(&file, 1, FIRST_COMMIT) == 1)
        hear(journaling);
}

bool journaling_begin(struct journaling *journaling, struct edge *edge, const struct edge_core *core,
                      const char *program)
{
    char why[STORE_WHY];
    struct loading loading = {.edge = edge, .core = core};
    struct event event = {.kind = EVENT_LOADED};
    uint64_t begun = clock_ms();
    if (journaling->journal == NULL)
        return true;
    journaling->edge = edge;
    edge_set_recorder(edge, take_record, journaling->journal);
    bool good = journal_load(journaling->journal, tell_row, &loading, &journaling->anew, why);
    if (good) {
        edge_prepare(edge, core, &event);
        check_keys(&loading);
        good = journal_start(journaling->journal, why);
    }
    mem_free(loading.keys);
    if (!good) {
        log_plain("%s: --journal: %s", program, why);
        return false;
    }
    log_line(LOG_INFO, "the journal has %llu rows, read in %.1f s", (unsigned long long)loading.rows,
             (double)(clock_ms() - begun) / 1000);
    edge_add_reader(edge, journal_file(journaling->journal), hear, journaling);
    await_first_commit(journaling);
    return true;
}

void journaling_end(struct journaling *journaling, const char *program)
{
    uint64_t lost = journaling->journal ? journal_close(journaling->journal) : 0;
    if (lost > 0)
        log_plain(
            "%s: --journal: the last %llu records could not be written: what they say is lost, and those who said "
            "it will say it again",
            program, (unsigned long long)lost);
    journaling->journal = NULL;
}
