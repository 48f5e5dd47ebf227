/* worker: the functions of mailroom/worker.h: the core of a worker, driven by drive.h, under its lock. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "clients/c/api/why.h"
#include "clients/c/api/worker.h"
#include "common/base/mem.h"
#include "common/link/link.h"
#include "edge/line/clock.h"
#include "mailroom_version.h"

enum {
    PORT = 7474, /* of a shim for its workers, where the address has none */
    LINGER = 1000,
    SETTLE = 100, /* ms that the next task may have to wait until the shim has been told of the last one */
};

#define MOST_BODY (1ull << 40)

uint64_t worker_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* -- the loop's side of the core */

static void step(void *state, const struct event *event, struct outbox *outbox)
{
    struct mailroom_worker *worker = state;
    const char *text;
    drive_lock(worker->drive);
    worker_step(worker->core, event, outbox);
    if (event->kind == EVENT_TURN)
        drive_taken(worker->drive);
    enum mailroom_end end = worker_end(worker->core, &text);
    bool tell = end && worker->ended && !worker->told;
    worker->told |= tell;
    drive_unlock(worker->drive);
    if (tell) /* the text stays as it is from now on */
        worker->ended(worker->ended_with, end, text);
}

static uint64_t deadline(const void *state)
{
    const struct mailroom_worker *worker = state;
    drive_lock(worker->drive);
    uint64_t due = worker_deadline(worker->core);
    drive_unlock(worker->drive);
    return due;
}

static bool is_due(const struct mailroom_worker *worker)
{
    return worker_deadline(worker->core) <= worker_clock() / 1000000;
}

static bool ready(const void *state, unsigned what)
{
    const struct mailroom_worker *worker = state;
    const char *text;
    uint32_t id;
    if (worker_end(worker->core, &text))
        return true;
    return ((what & WORKER_WAIT_ITEM) && worker_has_item(worker->core)) ||
           ((what & WORKER_WAIT_ID) && worker_id(worker->core, &id)) ||
           ((what & WORKER_WAIT_OUT) && worker_is_out(worker->core) && !is_due(worker));
}

/* -- making one */

static const char *or_else(const char *text, const char *variable, const char *otherwise)
{
    if (text == NULL && variable)
        text = getenv(variable);
    return text ? text : otherwise;
}

static int check(const struct mailroom_worker_options *options, const char *address)
{
    const char *what;
    if (options->size < sizeof *options)
        return why(MAILROOM_EINVAL,
                   "mailroom_worker_options.size is to be sizeof(struct mailroom_worker_options)");
    if (address == NULL)
        return why(MAILROOM_EINVAL,
                   "no address of a shim: give one, or start this worker by a shim, which sets "
                   "MAILROOM_SHIM");
    if (!loop_check_address(address, PORT, &what))
        return why(MAILROOM_EINVAL, "%s is no address of a shim: %s", address, what);
    if (options->runtime_count == 0 && !options->reports_end)
        return why(MAILROOM_EINVAL, "a worker has at least one runtime");
    for (size_t i = 0; i < options->runtime_count; i++) {
        size_t size = strlen(options->runtimes[i].name);
        if (size == 0 || size > MAX_RUNTIME)
            return why(MAILROOM_EINVAL, "\"%s\": a runtime's name has 1 to %d bytes",
                       options->runtimes[i].name, MAX_RUNTIME);
    }
    return MAILROOM_OK;
}

static int load_keys(const struct mailroom_worker_options *options, struct keys **keys)
{
    char text[CERTIFICATE_WHY];
    *keys = NULL;
    if (!options->key_file && !options->manager_file)
        return MAILROOM_OK;
    if (!options->key_file || !options->manager_file)
        return why(MAILROOM_EKEYS,
                   "a worker with keys has both: its own key_file, and the shim's manager_file");
    struct keys_plan plan = {
        .own = options->key_file, .manager = options->manager_file, .roles = 1u << KEY_WORKER};
    *keys = keys_new(&plan, text);
    return *keys ? MAILROOM_OK : why(MAILROOM_EKEYS, "%s", text);
}

/* Over TCP without keys nothing tells who answers, and this process runs what he sends. */
static int check_open(const struct keys *keys, const char *address)
{
    const char *insecure = getenv("MAILROOM_INSECURE");
    if (keys || loop_is_ipc(address) || (insecure && strcmp(insecure, "1") == 0))
        return MAILROOM_OK;
    return why(
        MAILROOM_EINVAL,
        "%s: over TCP without keys nothing tells who answers, and whoever does can run code here: give keys "
        "(key_file and manager_file), or set MAILROOM_INSECURE=1 where all who can be there are trusted",
        address);
}

/* The guardian's page is a help, not a need: where there is none the shim is told by messages. */
static struct page *open_page(const char *path)
{
    if (path[0] == 0)
        return NULL;
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return NULL;
    void *page = lseek(file, 0, SEEK_END) == PAGE_SIZE
                     ? mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                     : MAP_FAILED;
    close(file);
    if (page == MAP_FAILED)
        return NULL;
    if (page_own(page, (uint32_t)getpid()))
        return page;
    munmap(page, PAGE_SIZE);
    return NULL;
}

static void make_core(struct mailroom_worker *worker, const struct mailroom_worker_options *options,
                      const char *address)
{
    struct worker_config config = {.address = address,
                                   .name = or_else(options->name, "MAILROOM_WORKER", ""),
                                   .software =
                                       or_else(options->software, NULL, "libmailroom " MAILROOM_VERSION),
                                   .runtimes = options->runtimes,
                                   .runtime_count = options->runtime_count,
                                   .max_body = options->max_body ? options->max_body : MOST_BODY,
                                   .shares = options->shares != 0,
                                   .reports_end = options->reports_end != 0,
                                   .page = worker->page};
    clock_random(config.boot, sizeof config.boot);
    clock_random(&config.seed, sizeof config.seed);
    worker->core = worker_new(&config, worker_clock());
}

int mailroom_worker_new(const struct mailroom_worker_options *options, struct mailroom_worker **made)
{
    const char *address = or_else(options->address, "MAILROOM_SHIM", NULL);
    struct keys *keys;
    *made = NULL;
    int code = check(options, address);
    if (code == MAILROOM_OK)
        code = load_keys(options, &keys);
    if (code == MAILROOM_OK)
        code = check_open(keys, address);
    if (code != MAILROOM_OK)
        return code;
    struct mailroom_worker *worker = mem_zalloc(1, sizeof *worker);
    struct drive_config config = {
        .loop = {.address = address,
                 .default_port = PORT,
                 .keys = keys,
                 .server = KEY_MANAGER,
                 .keys_hint = "give it key_file and manager_file, which `mailroom keygen` makes",
                 .core = {.state = worker, .step = step, .deadline = deadline}},
        .ready = ready};
    worker->process = getpid();
    usage_init(&worker->usage);
    worker->ended = options->ended;
    worker->ended_with = options->ended_with;
    worker->drive = drive_new(&config);
    if (!worker->drive) {
        code = why(MAILROOM_ESYSTEM, "no socket for the line to the shim: %s", strerror(errno));
        if (keys)
            keys_free(keys);
        usage_free(&worker->usage);
        mem_free(worker);
        return code;
    }
    worker->page = open_page(or_else(options->page, "MAILROOM_PAGE", ""));
    make_core(worker, options, address);
    *made = worker;
    return MAILROOM_OK;
}

static bool is_forked(const struct mailroom_worker *worker)
{
    return worker->process != getpid();
}

static int refuse_fork(void)
{
    return why(MAILROOM_EFORK,
               "this worker belongs to the process that made it: make another one after a fork");
}

int mailroom_worker_start(struct mailroom_worker *worker)
{
    if (is_forked(worker))
        return refuse_fork();
    if (drive_start(worker->drive))
        return MAILROOM_OK;
    if (errno == EBUSY)
        return why(MAILROOM_ESTATE, "mailroom_worker_fd has been called: a loop drives this worker");
    return why(MAILROOM_ESYSTEM, "no thread for the line to the shim: %s", strerror(errno));
}

int mailroom_worker_fd(struct mailroom_worker *worker)
{
    int file = is_forked(worker) ? -1 : drive_file(worker->drive);
    if (is_forked(worker))
        refuse_fork();
    else if (file < 0)
        why(errno == EBUSY ? MAILROOM_ESTATE : MAILROOM_ESYSTEM,
            errno == EBUSY ? "a thread drives this worker" : "no descriptor for the line to the shim: %s",
            strerror(errno));
    return file;
}

int mailroom_worker_step(struct mailroom_worker *worker)
{
    if (is_forked(worker))
        return refuse_fork();
    if (!drive_step(worker->drive))
        return why(MAILROOM_ESTATE, "a thread drives this worker");
    return MAILROOM_OK;
}

void mailroom_worker_destroy(struct mailroom_worker **at)
{
    struct mailroom_worker *worker = *at;
    *at = NULL;
    if (!worker)
        return;
    drive_free(worker->drive, is_forked(worker), LINGER);
    worker_free(worker->core);
    usage_free(&worker->usage);
    if (worker->page)
        munmap(worker->page, PAGE_SIZE);
    mem_free(worker);
}

/* -- waiting */

static int over(const struct mailroom_worker *worker)
{
    const char *text;
    drive_lock(worker->drive);
    worker_end(worker->core, &text);
    int code = why(MAILROOM_ELOST, "the line to the shim is over: %s", text);
    drive_unlock(worker->drive);
    return code;
}

int worker_wait(struct mailroom_worker *worker, unsigned what, int timeout)
{
    switch (drive_wait(worker->drive, what, false, timeout)) {
    case DRIVE_READY: return MAILROOM_OK;
    case DRIVE_TIMED_OUT: return why(MAILROOM_ETIMEDOUT, "it did not come in time");
    case DRIVE_INTERRUPTED: return why(MAILROOM_EINTR, "a signal ended the wait");
    case DRIVE_BY_LOOP: break;
    }
    return why(MAILROOM_ESTATE, "another loop drives this worker, or this is its own thread");
}

int mailroom_worker_join(struct mailroom_worker *worker, int timeout, uint32_t *id)
{
    if (is_forked(worker))
        return refuse_fork();
    int code = worker_wait(worker, WORKER_WAIT_ID, timeout);
    drive_lock(worker->drive);
    if (code == MAILROOM_ETIMEDOUT)
        code = why(code, "the shim at %s has not given this worker an id in time: %s",
                   loop_address(drive_loop(worker->drive)), worker_trouble(worker->core));
    if (code != MAILROOM_OK) {
        drive_unlock(worker->drive);
        return code;
    }
    bool joined = worker_id(worker->core, id);
    drive_unlock(worker->drive);
    return joined ? MAILROOM_OK : over(worker);
}

const char *mailroom_worker_boss(struct mailroom_worker *worker)
{
    drive_lock(worker->drive);
    if (!worker->boss[0]) /* it is named once, and that stays */
        snprintf(worker->boss, sizeof worker->boss, "%s", worker_boss(worker->core));
    drive_unlock(worker->drive);
    return worker->boss;
}

void worker_let_go(struct mailroom_worker *worker)
{
    if (worker_calls_for_turn(worker->core, worker_clock()))
        drive_hand_in(worker->drive);
    else
        drive_unlock(worker->drive);
}

int mailroom_worker_next(struct mailroom_worker *worker, int timeout, struct mailroom_item **item)
{
    uint64_t end = timeout < 0 ? NEVER : clock_ms() + (uint64_t)timeout;
    *item = NULL;
    if (is_forked(worker))
        return refuse_fork();
    for (;;) {
        drive_lock(worker->drive);
        *item = worker_next(worker->core, worker_clock());
        if (*item && (*item)->kind == MAILROOM_ITEM_TASK && ((*item)->task.flags & TASK_TIMED)) {
            struct address address = worker_inner(&(*item)->task.address);
            usage_begin(&worker->usage, &address, worker_clock());
        }
        bool settles = *item && worker_settles(worker->core);
        worker_let_go(worker);
        if (settles)
            worker_wait(worker, WORKER_WAIT_OUT, SETTLE);
        if (*item)
            return MAILROOM_OK;
        uint64_t at = clock_ms();
        if (timeout == 0 || at > end)
            return why(MAILROOM_ETIMEDOUT, "nothing came in time");
        uint64_t left = end == NEVER ? 0 : end - at;
        int code = worker_wait(worker, WORKER_WAIT_ITEM, end == NEVER ? -1 : (int)left);
        if (code != MAILROOM_OK)
            return code;
    }
}

int mailroom_worker_waiting(struct mailroom_worker *worker)
{
    if (is_forked(worker))
        return refuse_fork();
    drive_lock(worker->drive);
    usage_rest(&worker->usage);
    worker_waiting(worker->core, worker_clock());
    worker_let_go(worker);
    return MAILROOM_OK;
}

int mailroom_worker_awake(struct mailroom_worker *worker, const struct mailroom_address *running)
{
    struct address address = {0};
    if (is_forked(worker))
        return refuse_fork();
    if (running)
        address = worker_inner(running);
    drive_lock(worker->drive);
    usage_resume(&worker->usage, running ? &address : NULL);
    worker_awake(worker->core, running ? &address : NULL, worker_clock());
    worker_let_go(worker);
    return MAILROOM_OK;
}

bool worker_enter(struct mailroom_worker *worker, int *code)
{
    *code = MAILROOM_OK;
    if (is_forked(worker)) {
        *code = refuse_fork();
        return false;
    }
    drive_lock(worker->drive);
    return true;
}
