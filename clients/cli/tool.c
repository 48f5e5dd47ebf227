/* tool: see tool.h. */
#include "clients/cli/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/base/shown.h"
#include "edge/line/clock.h"

enum {
    MOST_SAID = 64 << 20, /* bytes */
    ERROR_KEPT = 400,     /* bytes of what it says on standard error: the end */
    PIECE = 16384,
    LOOK = 5, /* ms between two looks whether it has ended, once it has closed its pipes */
};

/* What comes out of one of its pipes. */
struct stream {
    int file; /* below 0: closed */
    char *data;
    size_t size, most;
    bool end; /* keeps the end of what comes, else all of it, and more than `most` is too much */
};

struct child {
    pid_t pid;
    int input;
    struct stream out, error;
};

static void close_pipe(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

/* Reads what there is. False: it is more than there may be. */
static bool take(struct stream *stream)
{
    char piece[PIECE];
    ssize_t size = read(stream->file, piece, sizeof piece);
    if (size < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (size <= 0) {
        close_pipe(&stream->file);
        return true;
    }
    if (stream->size + (size_t)size > stream->most && !stream->end)
        return false;
    stream->data = mem_resize(stream->data, stream->size + (size_t)size + 1, 1);
    memcpy(stream->data + stream->size, piece, (size_t)size);
    stream->size += (size_t)size;
    if (stream->size > stream->most) {
        memmove(stream->data, stream->data + stream->size - stream->most, stream->most);
        stream->size = stream->most;
    }
    stream->data[stream->size] = '\0';
    return true;
}

/* Feeds it from `input`, as far as it takes it. */
static void feed(struct child *child, const char **input)
{
    ssize_t size = write(child->input, *input, strlen(*input));
    if (size > 0)
        *input += size;
    if ((size < 0 && errno != EINTR && errno != EAGAIN) || **input == '\0')
        close_pipe(&child->input);
}

/* Until it has closed its pipes. NULL, or what went wrong. */
static const char *talk(struct child *child, const struct tool *tool, uint64_t end)
{
    const char *input = tool->input ? tool->input : "";
    while (child->out.file >= 0 || child->error.file >= 0) {
        struct pollfd items[] = {
            {.fd = child->out.file, .events = POLLIN},
            {.fd = child->error.file, .events = POLLIN},
            {.fd = child->input, .events = POLLOUT},
        };
        uint64_t now = clock_ms();
        if (now >= end)
            return "did not end in time";
        if (poll(items, 3, (int)(end - now)) < 0 && errno != EINTR)
            return strerror(errno);
        if (items[2].revents)
            feed(child, &input);
        if ((items[0].revents && !take(&child->out)) || (items[1].revents && !take(&child->error)))
            return "says too much";
    }
    return NULL;
}

/* Waits for its end, and kills it when that does not come. */
static int reap(struct child *child, uint64_t end, const char **wrong)
{
    int status = 0;
    struct timespec look = {.tv_nsec = LOOK * 1000000};
    while (!*wrong && waitpid(child->pid, &status, WNOHANG) == 0) {
        if (clock_ms() >= end)
            *wrong = "did not end in time";
        else
            nanosleep(&look, NULL);
    }
    if (*wrong) {
        kill(-child->pid, SIGKILL);
        waitpid(child->pid, &status, 0);
    }
    return status;
}

/* Its process: a group of its own, with no signal blocked. 0, or an errno. */
static int spawn(struct child *child, const struct tool *tool, const int pipes[3][2])
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    posix_spawn_file_actions_adddup2(&files, pipes[0][0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, pipes[1][1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, pipes[2][1], STDERR_FILENO);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    int error = posix_spawnp(&child->pid, tool->command[0], &files, &how, tool->command,
                             tool->environment ? tool->environment : environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    return error;
}

/* Starts it with its pipes. 0, or an errno. */
static int start(struct child *child, const struct tool *tool)
{
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, error = 0;
    for (size_t i = 0; i < 3 && !error; i++)
        error = pipe2(pipes[i], O_CLOEXEC) < 0 ? errno : 0;
    if (!error)
        error = spawn(child, tool, (const int(*)[2])pipes);
    close_pipe(&pipes[0][0]);
    close_pipe(&pipes[1][1]);
    close_pipe(&pipes[2][1]);
    child->input = pipes[0][1];
    child->out.file = pipes[1][0];
    child->error.file = pipes[2][0];
    if (!error) {
        fcntl(child->input, F_SETFL, O_NONBLOCK);
        fcntl(child->out.file, F_SETFL, O_NONBLOCK);
        fcntl(child->error.file, F_SETFL, O_NONBLOCK);
    }
    if (!tool->input)
        close_pipe(&child->input);
    return error;
}

/* How it ended, in `why`; true: well. */
static bool tell(const struct tool *tool, int status, const char *wrong, struct stream *error, char *why)
{
    if (!wrong && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    char how[80];
    if (wrong)
        snprintf(how, sizeof how, "%s", wrong);
    else if (WIFEXITED(status))
        snprintf(how, sizeof how, "exited with status %d", WEXITSTATUS(status));
    else
        snprintf(how, sizeof how, "was killed by signal %d", WTERMSIG(status));
    while (error->size > 0 && error->data[error->size - 1] == '\n')
        error->data[--error->size] = '\0';
    for (size_t i = 0; i < error->size; i++)
        error->data[i] = error->data[i] == '\n' ? ' ' : error->data[i];
    shown_clean(error->data, error->size);
    snprintf(why, TOOL_WHY, "%s %s%s%s", tool->command[0], how, error->size ? ": " : "",
             error->size ? error->data : "");
    return false;
}

bool tool_run(const struct tool *tool, char **said, char why[TOOL_WHY])
{
    struct child child = {.input = -1,
                          .out = {.file = -1, .most = MOST_SAID},
                          .error = {.file = -1, .most = ERROR_KEPT, .end = true}};
    uint64_t end = clock_ms() + tool->timeout;
    const char *wrong = NULL;
    int status = 0, error = start(&child, tool);
    if (!error) {
        wrong = talk(&child, tool, end);
        status = reap(&child, end, &wrong);
    }
    close_pipe(&child.input);
    close_pipe(&child.out.file);
    close_pipe(&child.error.file);
    if (error == ENOENT)
        snprintf(why, TOOL_WHY, "%s is not found in PATH", tool->command[0]);
    else if (error)
        snprintf(why, TOOL_WHY, "%s cannot be run: %s", tool->command[0], strerror(error));
    bool good = !error && tell(tool, status, wrong, &child.error, why);
    *said = good ? (child.out.data ? child.out.data : mem_text("", 0)) : NULL;
    if (!good)
        mem_free(child.out.data);
    mem_free(child.error.data);
    return good;
}
