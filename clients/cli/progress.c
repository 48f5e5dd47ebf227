/* progress: see progress.h. */
#include "clients/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clients/cli/out.h"
#include "common/link/event.h"
#include "common/link/link.h"

enum {
    BAR_PERIOD = 100, /* ms */
    LINE_PERIOD = 10000,
    MOST_BAR = 40, /* columns */
    TEXT = 160,
};

void progress_init(struct progress *progress, const char *command, bool quiet, uint64_t now)
{
    *progress = (struct progress){
        .command = command, .silent = quiet, .terminal = isatty(STDERR_FILENO), .began = now};
    progress->next = now + (progress->terminal ? BAR_PERIOD : LINE_PERIOD);
}

static int columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* "12 of 40 done, 1 failed, 3.1/s, 9 s left" */
static void describe(const struct progress *progress, uint64_t now, char text[TEXT])
{
    uint64_t ended = progress->done + progress->failed;
    double seconds = (double)(now - progress->began) / 1000, rate = seconds > 0 ? (double)ended / seconds : 0;
    char left[32];
    int used = snprintf(text, TEXT, "%" PRIu64 " of %" PRIu64 "%s done", progress->done, progress->total,
                        progress->complete ? "" : "+");
    if (progress->failed > 0)
        used += snprintf(text + used, (size_t)(TEXT - used), ", %" PRIu64 " failed", progress->failed);
    if (ended == 0)
        return;
    used += snprintf(text + used, (size_t)(TEXT - used), ", %.*f/s", rate < 10, rate);
    if (progress->complete && ended < progress->total && rate > 0)
        snprintf(text + used, (size_t)(TEXT - used), ", %s left",
                 out_age((uint64_t)((double)(progress->total - ended) / rate * 1000), left));
}

static void draw(struct progress *progress, uint64_t now)
{
    char text[TEXT], bar[MOST_BAR + 1];
    uint64_t ended = progress->done + progress->failed;
    describe(progress, now, text);
    int room = columns() - (int)strlen(text) - 5, width = room < MOST_BAR ? room : MOST_BAR;
    if (width < 5) {
        fprintf(stderr, "\r\033[K%.*s", columns() - 1, text);
    } else {
        uint64_t filled = progress->total ? ended * (uint64_t)width / progress->total : 0;
        memset(bar, '.', (size_t)width);
        memset(bar, '#', filled);
        fprintf(stderr, "\r\033[K[%.*s] %s", width, bar, text);
    }
    fflush(stderr);
    progress->drawn = progress->used = true;
}

void progress_show(struct progress *progress, uint64_t now)
{
    char text[TEXT];
    if (progress->silent || now < progress->next)
        return;
    progress->next = now + (progress->terminal ? BAR_PERIOD : LINE_PERIOD);
    if (progress->terminal) {
        draw(progress, now);
        return;
    }
    describe(progress, now, text);
    fprintf(stderr, "mailroom %s: %s\n", progress->command, text);
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
}

void progress_end(struct progress *progress, uint64_t now)
{
    if (!progress->used)
        return;
    draw(progress, now);
    putc('\n', stderr);
    progress->drawn = false;
}

uint64_t progress_deadline(const struct progress *progress)
{
    return progress->silent ? NEVER : progress->next;
}
