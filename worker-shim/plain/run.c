/* run: one run of the command. What it leaves in the background when it ends is killed: the result is what
 * was written by then. */
#include "worker-shim/plain/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/signals.h"
#include "worker-shim/plain/group.h"

enum { PIECE = 65536 }; /* bytes read or written at a time */

/* A result that owns the buffer that the output was read into. */
struct output {
    struct blob_elsewhere body; /* first: release casts back */
    uint8_t *bytes;
};

static void output_release(struct blob *blob)
{
    struct output *output = (struct output *)blob;
    mem_free(output->bytes);
    mem_free(output);
}

struct pipes {
    int input[2], output[2], error[2], broken[2];
};

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

static bool open_pipes(struct pipes *pipes)
{
    int *const all[] = {pipes->input, pipes->output, pipes->error, pipes->broken};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (pipe2(all[i], O_CLOEXEC) == 0)
            continue;
        int error = errno;
        while (i-- > 0) {
            close(all[i][0]);
            close(all[i][1]);
        }
        errno = error;
        return false;
    }
    return true;
}

/* The command's side of the fork: never returns. */
static void become_command(char *const *command, const struct pipes *pipes)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(pipes->input[0], STDIN_FILENO);
    dup2(pipes->output[1], STDOUT_FILENO);
    dup2(pipes->error[1], STDERR_FILENO);
    signals_unblock();
    signal(SIGINT, SIG_DFL); /* it may be ignored: a shell in the background starts programs so */
    execvp(command[0], command);
    int error = errno;
    ssize_t written = write(pipes->broken[1], &error, sizeof error);
    _exit(written < 0 ? 126 : 127);
}

/* Keeps our ends of the pipes; returns an errno when the command could not be run, else 0. */
static int settle_pipes(struct run *run, struct pipes *pipes)
{
    int error = 0;
    close(pipes->input[0]);
    close(pipes->output[1]);
    close(pipes->error[1]);
    close(pipes->broken[1]);
    if (read(pipes->broken[0], &error, sizeof error) != (ssize_t)sizeof error)
        error = 0; /* closed by exec */
    close(pipes->broken[0]);
    run->input = pipes->input[1];
    run->output = pipes->output[0];
    run->error = pipes->error[0];
    fcntl(run->input, F_SETFL, O_NONBLOCK);
    fcntl(run->output, F_SETFL, O_NONBLOCK);
    fcntl(run->error, F_SETFL, O_NONBLOCK);
    return error;
}

static void clean_up(struct run *run)
{
    close_file(&run->input);
    close_file(&run->output);
    close_file(&run->error);
    mem_free(run->bytes);
    run->bytes = NULL;
    run->pid = 0;
}

/* The first piece that is not taken whole; 2: there is none. */
static unsigned piece_of(const struct run_input *input)
{
    return input->size[0] > 0 ? 0 : input->size[1] > 0 ? 1 : 2;
}

bool run_start(struct run *run, char *const *command, const struct run_input *input, size_t most, char *why,
               size_t why_size)
{
    struct pipes pipes;
    memset(run, 0, sizeof *run);
    run->input = run->output = run->error = -1;
    run->from = *input;
    run->most = most;
    int error = open_pipes(&pipes) ? 0 : errno;
    if (!error) {
        run->pid = fork();
        if (run->pid == 0)
            become_command(command, &pipes);
        int forked = run->pid < 0 ? errno : 0;
        if (run->pid > 0)
            setpgid(run->pid, run->pid); /* whoever comes first */
        error = settle_pipes(run, &pipes);
        error = forked ? forked : error;
    }
    if (!error && piece_of(&run->from) == 2)
        close_file(&run->input);
    if (!error)
        return true;
    snprintf(why, why_size, "cannot run %s: %s", command[0], strerror(error));
    if (run->pid > 0)
        waitpid(run->pid, NULL, 0);
    clean_up(run);
    return false;
}

void run_wants(const struct run *run, struct pollfd files[RUN_FILES])
{
    bool runs = run->pid > 0;
    files[0] = (struct pollfd){.fd = runs ? run->input : -1, .events = POLLOUT};
    files[1] = (struct pollfd){.fd = runs ? run->output : -1, .events = POLLIN};
    files[2] = (struct pollfd){.fd = runs ? run->error : -1, .events = POLLIN};
}

static void write_input(struct run *run)
{
    struct run_input *from = &run->from;
    unsigned piece = piece_of(from); /* there is one: else it is closed */
    ssize_t size =
        write(run->input, from->data[piece], from->size[piece] < PIECE ? from->size[piece] : PIECE);
    if (size > 0) {
        from->data[piece] = (const char *)from->data[piece] + size;
        from->size[piece] -= (size_t)size;
    }
    if (piece_of(from) == 2 || (size < 0 && errno != EAGAIN))
        close_file(&run->input); /* all of it, or the command reads no more: that is its own affair */
}

static void grow(struct run *run)
{
    if (run->capacity - run->size >= PIECE)
        return;
    run->capacity = run->capacity ? run->capacity * 2 : 2 * PIECE;
    run->bytes = mem_resize(run->bytes, run->capacity, 1);
}

/* Reads a piece of the output. False: there is none now. */
static bool read_output(struct run *run)
{
    grow(run);
    ssize_t size = read(run->output, run->bytes + run->size, PIECE);
    if (size > 0)
        run->size += (size_t)size;
    else if (size == 0 || errno != EAGAIN)
        close_file(&run->output);
    if (run->size > run->most && !run->too_large) {
        run->too_large = true;
        run_kill(run);
    }
    if (run->too_large)
        run->size = 0; /* nobody wants it */
    return size > 0;
}

static bool read_error(struct run *run)
{
    char piece[4096];
    ssize_t size = read(run->error, piece, sizeof piece);
    for (ssize_t i = 0; i < size; i++)
        run->tail[run->tail_size++ % RUN_TAIL] = piece[i];
    if (size == 0 || (size < 0 && errno != EAGAIN))
        close_file(&run->error);
    return size > 0;
}

void run_serve(struct run *run, const struct pollfd files[RUN_FILES])
{
    if (run->input >= 0 && files[0].revents)
        write_input(run);
    if (run->output >= 0 && files[1].revents)
        read_output(run);
    if (run->error >= 0 && files[2].revents)
        read_error(run);
}

void run_kill(const struct run *run)
{
    if (run->pid > 0)
        kill(-run->pid, SIGKILL);
}

void run_ask(const struct run *run)
{
    if (run->pid <= 0)
        return;
    kill(-run->pid, SIGTERM);
    if (!group_listens(run->pid, SIGTERM))
        run_kill(run);
}

/* Says how the command failed, with the end of its standard error. */
static void explain(const struct run *run, int status, char *why)
{
    size_t kept = run->tail_size < RUN_TAIL ? run->tail_size : RUN_TAIL;
    int used;
    if (run->too_large)
        used =
            snprintf(why, RUN_TEXT,
                     "was killed: its output is larger than the %zu bytes that a result may have", run->most);
    else if (WIFEXITED(status))
        used = snprintf(why, RUN_TEXT, "exited with status %d", WEXITSTATUS(status));
    else
        used = snprintf(why, RUN_TEXT, "was killed by signal %d (%s)", WTERMSIG(status),
                        strsignal(WTERMSIG(status)));
    if (kept == 0)
        return;
    why[used++] = '\n';
    for (size_t i = run->tail_size - kept; i < run->tail_size && used < RUN_TEXT - 1; i++) {
        char byte = run->tail[i % RUN_TAIL];
        why[used++] = (char)(byte ? byte : '?');
    }
    why[used] = '\0';
}

static struct slice take_output(struct run *run)
{
    if (run->size == 0)
        return SLICE_NONE;
    struct output *output = mem_alloc(sizeof *output);
    output->bytes = run->bytes;
    run->bytes = NULL;
    return (struct slice){blob_init(&output->body, output->bytes, run->size, output_release), 0, run->size};
}

static void note_usage(struct run *run, const struct rusage *used)
{
    run->cpu = (uint64_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000 +
               (uint64_t)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
    run->memory = (uint64_t)used->ru_maxrss * 1024;
}

bool run_end(struct run *run, struct slice *result, char *why)
{
    siginfo_t info = {0};
    int status = 0;
    *result = SLICE_NONE;
    why[0] = '\0';
    if (run->pid <= 0 || waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
        return false;
    run_kill(run); /* the rest of its group, while the number is still its own */
    struct rusage used = {0};
    wait4(run->pid, &status, 0, &used);
    run->status = status;
    note_usage(run, &used);
    while (run->output >= 0 && read_output(run))
        ;
    while (run->error >= 0 && read_error(run))
        ;
    if (status != 0 || run->too_large)
        explain(run, status, why);
    else
        *result = take_output(run);
    clean_up(run);
    return true;
}
