/* worker: a worker says what is wrong with its options, with a shim that is not there, in a child of a fork,
 * and where two ways to drive it are tried at once. */
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"

static const struct mailroom_runtime runtime = {"test", "1"};

static struct mailroom_worker_options options_of(const char *address)
{
    struct mailroom_worker_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.address = address;
    options.runtimes = &runtime;
    options.runtime_count = 1;
    return options;
}

static void expect_refusal(const struct mailroom_worker_options *options, int code, const char *text)
{
    struct mailroom_worker *worker;
    CHECK(mailroom_worker_new(options, &worker) == code);
    CHECK(worker == NULL);
    CHECK_SAY(strstr(mailroom_why(), text) != NULL, "\"%s\" is not in it", text);
}

static void say_what_is_wrong_with_options(void)
{
    static const struct mailroom_runtime nameless = {"", "1"};
    struct mailroom_worker_options options = options_of("ftp://host");
    expect_refusal(&options, MAILROOM_EINVAL, "ftp://host is no address of a shim");
    options = options_of(NULL); /* and no shim has started this */
    expect_refusal(&options, MAILROOM_EINVAL, "MAILROOM_SHIM");
    options = options_of("host");
    options.runtime_count = 0;
    expect_refusal(&options, MAILROOM_EINVAL, "at least one runtime");
    options = options_of("host");
    options.runtimes = &nameless;
    expect_refusal(&options, MAILROOM_EINVAL, "1 to 31 bytes");
    options = options_of("host");
    options.size = 4;
    expect_refusal(&options, MAILROOM_EINVAL, "sizeof");
    options = options_of("host");
    options.key_file = "/nowhere/a.cert_secret";
    expect_refusal(&options, MAILROOM_EKEYS, "manager_file");
    options.manager_file = "/nowhere/b.cert";
    expect_refusal(&options, MAILROOM_EKEYS, "/nowhere/a.cert_secret");
}

static void expect_a_stranger(struct mailroom_worker *worker)
{
    struct mailroom_address task = {1, 2, 3};
    struct mailroom_body body = {"x", 1, NULL, NULL};
    struct mailroom_item *item;
    uint32_t id;
    CHECK(mailroom_worker_start(worker) == MAILROOM_EFORK);
    CHECK(strstr(mailroom_why(), "make another one after a fork") != NULL);
    CHECK(mailroom_worker_join(worker, -1, &id) == MAILROOM_EFORK);
    CHECK(mailroom_worker_next(worker, -1, &item) == MAILROOM_EFORK);
    CHECK(mailroom_worker_waiting(worker) == MAILROOM_EFORK);
    CHECK(mailroom_worker_awake(worker, &task) == MAILROOM_EFORK);
    CHECK(mailroom_worker_result(worker, &task, &body) == MAILROOM_EFORK);
    CHECK(mailroom_worker_step(worker) == MAILROOM_EFORK);
    CHECK(mailroom_worker_fd(worker) == -1);
    mailroom_worker_destroy(&worker);
    CHECK(worker == NULL);
}

static unsigned released;

static void release(void *data, void *hint)
{
    (void)data, (void)hint;
    released++;
}

/* Of a worker that no shim has answered. */
static void say_that_it_is_too_early(struct mailroom_worker *worker)
{
    static char bytes[] = "x";
    struct mailroom_address task = {1, 2, 3};
    struct mailroom_body body = {bytes, 1, release, NULL};
    struct mailroom_item *item;
    uint32_t id;
    for (int tried = 0; tried < SOON; tried += 50) { /* until it has been tried */
        CHECK(mailroom_worker_join(worker, 50, &id) == MAILROOM_ETIMEDOUT);
        if (strstr(mailroom_why(), "nothing listens there"))
            break;
    }
    CHECK(strstr(mailroom_why(), "has not given this worker an id in time: nothing listens there") != NULL);
    CHECK(mailroom_worker_next(worker, 0, &item) == MAILROOM_ETIMEDOUT && item == NULL);
    CHECK(mailroom_worker_next(worker, 20, &item) == MAILROOM_ETIMEDOUT && item == NULL);
    CHECK(mailroom_worker_result(worker, &task, &body) == MAILROOM_ESTATE);
    CHECK(released == 1);
    CHECK(strcmp(mailroom_worker_boss(worker), "") == 0);
    CHECK(mailroom_worker_leave(worker, "bye", 10) == MAILROOM_ESTATE);
}

int main(void)
{
    struct mailroom_worker_options options = options_of("tcp://127.0.0.1:1");
    struct mailroom_worker *worker, *other;
    int status;
    say_what_is_wrong_with_options();
    CHECK(mailroom_worker_new(&options, &worker) == MAILROOM_OK);
    CHECK(mailroom_worker_start(worker) == MAILROOM_OK);
    CHECK(mailroom_worker_fd(worker) == -1 && strstr(mailroom_why(), "a thread drives") != NULL);
    say_that_it_is_too_early(worker);
    pid_t child = fork();
    if (child == 0) {
        expect_a_stranger(worker);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(mailroom_worker_new(&options, &other) == MAILROOM_OK);
    CHECK(mailroom_worker_fd(other) >= 0);
    CHECK(mailroom_worker_step(other) == MAILROOM_OK);
    CHECK(mailroom_worker_start(other) == MAILROOM_ESTATE);
    mailroom_worker_destroy(&other);
    mailroom_worker_destroy(&worker);
    CHECK(worker == NULL);
    mailroom_worker_destroy(&worker);
    return 0;
}
