/* employee: the load generator's employees: managers behind one listening ROUTER, or a worker that connects.
 * They run nothing: a task's body goes back as its result, at once. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "tests/bench/line.h"
#include "tests/bench/load.h"
#include "tests/bench/measure.h"

enum { READ_RUN = 256, POLL_MS = 100, WORKERS = 64 };

struct employee {
    struct line line;
    uint32_t id;      /* the first of its range, in completed_by */
    bool started;     /* STARTED is out */
    bool idle;        /* never gives room */
    bool read_any;    /* in this turn */
    uint64_t receipt; /* the last SUBMIT or SUBMIT_BATCH */
    struct employee *next_read;
    UT_hash_handle hh;
    size_t key_size;
    uint8_t key[32]; /* the boss's routing id; empty for a worker */
};

/* A message; swapped by pointer, for what is decoded of it may point into the frame itself. */
struct page {
    zmq_msg_t id; /* who sent it, where a ROUTER listens */
    struct line_mail mail;
};

struct office {
    const struct load_options *options;
    void *socket;
    bool listens;
    struct employee *employees; /* by routing id */
    struct employee *worker;    /* the one that connects */
    size_t started;             /* how many have said STARTED */
    struct employee *read;      /* those that have read mail in this turn */
    struct page pages[2], *present, *next;
    uint8_t *header; /* of what is being sent */
    size_t capacity;
};

static volatile sig_atomic_t released;

static void release(int signal_number)
{
    (void)signal_number;
    released = 1;
}

static void say_waiting(struct office *office, struct employee *employee)
{
    bool closed = office->options->hold && !released;
    uint32_t room = closed || employee->idle ? 0 : (uint32_t)office->options->room;
    struct message message = {.kind = KIND_WAITING};
    message.waiting.idle = room < WORKERS ? room : WORKERS;
    message.waiting.room = room;
    message.waiting.receipt = employee->receipt;
    line_say(&employee->line, &message);
}

static void start(struct office *office, struct employee *employee)
{
    struct list ranges = office->present->mail.message.connect.ranges;
    uint32_t lower, upper;
    if (!list_next_range(&ranges, &lower, &upper))
        measure_fail("CONNECT without a range");
    employee->id = lower;
    if (employee->started)
        return;
    employee->started = true;
    struct builder runtimes = {0};
    builder_runtime(&runtimes, span_text("bench"), span_text("1"));
    struct message message = {.kind = KIND_STARTED};
    message.started.total_workers = office->listens ? WORKERS : 1;
    message.started.runtimes = builder_list(&runtimes);
    line_say(&employee->line, &message);
    builder_free(&runtimes);
    say_waiting(office, employee);
    if (++office->started == office->options->connections) {
        puts("ready");
        fflush(stdout);
    }
}

/* Encodes `message` into the office's buffer, which grows as needed; returns the size. */
static size_t encode(struct office *office, const struct message *message)
{
    size_t size = message_encode(message, office->header, office->capacity);
    if (size <= office->capacity)
        return size;
    office->capacity = size * 2;
    office->header = realloc(office->header, office->capacity);
    if (office->header == NULL)
        measure_fail("no memory for a header of %zu bytes", size);
    return message_encode(message, office->header, office->capacity);
}

static void answer_one(struct office *office, struct employee *employee)
{
    struct message result = {.kind = KIND_RESULT};
    result.result.return_address = office->present->mail.message.submit.return_address;
    result.result.completed_by = employee->id;
    size_t size = encode(office, &result);
    line_pass(&employee->line, office->header, size, &office->present->mail.body);
}

static void answer_batch(struct office *office, struct employee *employee)
{
    static struct builder results;
    builder_reset(&results);
    struct list tasks = office->present->mail.message.batch.tasks;
    struct task_header task;
    while (list_next_task(&tasks, &task)) {
        struct result_header result = {.return_address = task.return_address, .completed_by = employee->id};
        builder_result(&results, &result);
    }
    struct message message = {.kind = KIND_RESULT_BATCH};
    message.batch.tasks = builder_list(&results);
    message.batch.lengths = office->present->mail.message.batch.lengths;
    size_t size = encode(office, &message);
    line_pass(&employee->line, office->header, size, &office->present->mail.body);
}

static void take(struct office *office, struct employee *employee)
{
    const struct message *message = &office->present->mail.message;
    if (!employee->read_any) {
        employee->read_any = true;
        employee->next_read = office->read;
        office->read = employee;
    }
    switch (message->kind) {
    case KIND_SUBMIT:
        employee->receipt = message->seq;
        answer_one(office, employee);
        break;
    case KIND_SUBMIT_BATCH:
        employee->receipt = message->seq;
        answer_batch(office, employee);
        break;
    case KIND_CONNECT: start(office, employee); break;
    case KIND_DISCONNECT:
    case KIND_SHUTDOWN: exit(0);
    default:
        break; /* SHARE: a result is the rest of the body; CANCEL, IMPORTPATH: nothing here has a task, or
                  imports */
    }
}

static void greet(struct office *office)
{
    struct employee *employee = calloc(1, sizeof *employee);
    if (employee == NULL)
        measure_fail("no memory for an employee");
    size_t serving = office->options->serving;
    employee->idle = serving > 0 && HASH_COUNT(office->employees) >= serving;
    employee->key_size = zmq_msg_size(&office->present->id);
    if (employee->key_size > sizeof employee->key)
        measure_fail("a routing id of %zu bytes", employee->key_size);
    memcpy(employee->key, zmq_msg_data(&office->present->id), employee->key_size);
    HASH_ADD_KEYPTR(hh, office->employees, employee->key, employee->key_size, employee);
    line_welcome(&employee->line, office->socket, &office->present->id, &office->present->mail);
}

/* Reads one message into what is next; false where there is none, see line_read. */
static bool read_next(struct office *office, int flags)
{
    zmq_msg_t *id = office->listens ? &office->next->id : NULL;
    return line_read(office->socket, id, &office->next->mail, flags);
}

/* Makes what is next the present message. */
static void turn_page(struct office *office)
{
    struct page *old = office->present;
    office->present = office->next;
    office->next = old;
}

/* Does what the present message asks for. */
static void act(struct office *office)
{
    struct employee *employee = office->worker;
    if (office->listens && office->present->mail.message.kind == KIND_HELLO) {
        greet(office);
        return;
    }
    if (office->listens)
        HASH_FIND(hh, office->employees, zmq_msg_data(&office->present->id),
                  zmq_msg_size(&office->present->id), employee);
    if (employee == NULL)
        measure_fail("mail before HELLO");
    if (line_take(&employee->line, &office->present->mail) == LINE_MAIL)
        take(office, employee);
}

/* At the end of a turn, each employee that has read something says what room it has. */
static void close_turn(struct office *office)
{
    for (struct employee *employee = office->read; employee != NULL; employee = employee->next_read) {
        employee->read_any = false;
        if (employee->started)
            say_waiting(office, employee);
    }
    office->read = NULL;
}

/* Answers all that has come. It looks for the next message before it answers one, so that the last answer and
 * the WAITING behind it leave together, as the letters of mailroom-shim do. */
static void turn(struct office *office)
{
    bool more = read_next(office, 0);
    for (int i = 0; more && i < READ_RUN; i++) {
        turn_page(office);
        more = i + 1 < READ_RUN && read_next(office, ZMQ_DONTWAIT);
        act(office);
    }
    close_turn(office);
}

static void watch_release(struct office *office)
{
    static bool told;
    if (told || !released || !office->options->hold)
        return;
    told = true;
    for (struct employee *employee = office->employees; employee != NULL; employee = employee->hh.next)
        say_waiting(office, employee);
}

static void open_office(struct office *office, void *context)
{
    const struct load_options *options = office->options;
    office->listens = options->listen != NULL;
    office->socket = line_socket(context, office->listens ? ZMQ_ROUTER : ZMQ_DEALER);
    for (int i = 0; i < 2; i++) {
        zmq_msg_init(&office->pages[i].id);
        line_mail_init(&office->pages[i].mail);
    }
    office->present = &office->pages[0];
    office->next = &office->pages[1];
    if (office->listens) {
        line_secure(office->socket, options->keys, "manager", NULL);
        if (zmq_bind(office->socket, options->listen) != 0)
            measure_fail("bind %s: %s", options->listen, zmq_strerror(errno));
        return;
    }
    const char *shim = options->connect != NULL ? options->connect : getenv("MAILROOM_SHIM");
    if (shim == NULL || zmq_connect(office->socket, shim) != 0)
        measure_fail("connect %s: %s", shim != NULL ? shim : "nowhere", zmq_strerror(errno));
    office->worker = calloc(1, sizeof *office->worker);
    if (office->worker == NULL)
        measure_fail("no memory for a worker");
    const char *name = getenv("MAILROOM_WORKER");
    line_dial(&office->worker->line, office->socket, ROLE_WORKER, name != NULL ? name : options->name);
}

void employee_run(void *context, const struct load_options *options)
{
    struct office office = {.options = options};
    struct sigaction action = {.sa_handler = release};
    sigaction(SIGUSR1, &action, NULL);
    open_office(&office, context);
    int patience = options->hold ? POLL_MS : -1;
    zmq_setsockopt(office.socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    for (;;) {
        watch_release(&office);
        turn(&office);
    }
}
