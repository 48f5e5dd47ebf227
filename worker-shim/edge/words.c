/* words: see words.h. */
#include "worker-shim/edge/words.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/shown.h"

enum { KEPT = 4096, /* bytes of the end; a pipe takes so many at once */ FIRST = 320 /* of the beginning */ };

void words_make(struct words *words, const char *folder, const char *name)
{
    snprintf(words->path, sizeof words->path, "%s/%s.stderr", folder, name);
    words->file = mkfifo(words->path, 0600) == 0
                      ? open(words->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
                      : -1;
}

/* The end of what waits in the FIFO; gives how many bytes. */
static size_t read_all(int file, char *said)
{
    size_t size = 0;
    for (;;) {
        char more[KEPT];
        ssize_t got = read(file, more, sizeof more);
        if (got <= 0)
            return size;
        size_t fresh = (size_t)got, keep = size + fresh > KEPT ? KEPT - fresh : size;
        memmove(said, said + size - keep, keep);
        memcpy(said + keep, more, fresh);
        size = keep + fresh;
    }
}

/* Whoever reads this process's standard error finds it there, as ever. */
static void pass_on(const char *said, size_t size)
{
    struct pollfd file = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&file, 1, 0) == 1 && (file.revents & POLLOUT)) {
        ssize_t written = write(STDERR_FILENO, said, size);
        (void)written; /* nobody may read it */
    }
}

/* One line of it: line ends become " | ". */
static size_t join_lines(char *line, size_t room, const char *said, size_t size)
{
    size_t at = 0;
    bool ended = false;
    for (size_t i = 0; i < size && at + 5 < room; i++) {
        if (said[i] == '\n') {
            ended = at > 0;
            continue;
        }
        if (ended && said[i] == ' ') /* an indentation */
            continue;
        if (ended)
            at += (size_t)snprintf(line + at, room - at, " | ");
        ended = false;
        line[at++] = said[i];
    }
    return at;
}

void words_take(struct words *words, char text[WORDS_TEXT_SIZE])
{
    char said[KEPT], line[3 * KEPT];
    size_t size = words->file < 0 ? 0 : read_all(words->file, said);
    text[0] = 0;
    if (size == 0)
        return;
    pass_on(said, size);
    size = join_lines(line, sizeof line, said, size);
    shown_clean(line, size);
    if (size < WORDS_TEXT_SIZE) {
        snprintf(text, WORDS_TEXT_SIZE, "%.*s", (int)size, line);
        return;
    }
    size_t last = WORDS_TEXT_SIZE - FIRST - sizeof " ... ";
    snprintf(text, WORDS_TEXT_SIZE, "%.*s ... %.*s", (int)FIRST, line, (int)last, line + size - last);
    shown_clean(text, strlen(text)); /* a character may have been cut in two */
}

void words_drop(struct words *words)
{
    if (words->file < 0)
        return;
    close(words->file);
    unlink(words->path);
    words->file = -1;
}
