/* log: lines on standard error. Each is written with one call, so that the lines of several processes on one
 * terminal do not mix. */
#include "edge/log.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/shown.h"
#include "edge/line/clock.h"
#include "edge/log_rate.h"

enum { LOG_LINE_SIZE = 4096 }; /* bytes; what is longer is cut */

static const char *program_name = "mailroom";
static enum log_level wanted = LOG_WARNING;
static int output = STDERR_FILENO; /* where lines go, */
static mode_t kind;                /* and what that is, where they must not wait; 0: they may */
static uint64_t unread;            /* lines that did not go out since one last did */

void log_open(const char *program, uint64_t verbosity)
{
    program_name = program;
    wanted = verbosity == 0 ? LOG_WARNING : verbosity == 1 ? LOG_INFO : LOG_DEBUG;
}

void log_only_errors(void)
{
    wanted = LOG_ERROR;
}

static size_t write_time(char *line, size_t size)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &parts);
    size_t used = strftime(line, size, "%Y-%m-%d %H:%M:%S", &parts);
    return used + (size_t)snprintf(line + used, size - used, ".%03ld", now.tv_nsec / 1000000);
}

/* The time, the program and the level. */
static size_t begin(char *line, size_t size, enum log_level level)
{
    static const char *const names[] = {"ERROR", "WARNING", "INFO", "DEBUG"};
    size_t used = write_time(line, size);
    return used + (size_t)snprintf(line + used, size - used, " %s %s ", program_name, names[level]);
}

/* For a pipe or a terminal it takes an open file of our own: the mode of the one that we were given is shared
 * with others. */
void log_never_wait(void)
{
    struct stat status;
    kind = fstat(STDERR_FILENO, &status) == 0 ? status.st_mode & S_IFMT : 0;
    if (kind != S_IFIFO && kind != S_IFCHR)
        return;
    int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0)
        output = own;
}

/* Whether a line of `size` bytes went out; false: there is no room for it now, or nobody to read it. */
static bool write_out(const char *line, size_t size)
{
    struct pollfd ready = {.fd = output, .events = POLLOUT};
    if (kind == S_IFSOCK)
        return send(output, line, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    if (output == STDERR_FILENO && kind == S_IFIFO && poll(&ready, 1, 0) != 1)
        return false;
    return write(output, line, size) >= 0;
}

/* Closes a line of which `wanted_size` bytes were to be written, and writes it. */
static void put(char *line, size_t wanted_size)
{
    size_t size = wanted_size < LOG_LINE_SIZE - 1 ? wanted_size : LOG_LINE_SIZE - 1;
    for (size_t i = 0; i + 1 < size; i++) {
        if (line[i] == '\n')
            line[i] = ' ';
    }
    shown_clean(line, size);
    line[size] = '\n';
    if (unread > 0) {
        char note[LOG_LINE_SIZE];
        size_t used = begin(note, sizeof note, LOG_WARNING);
        used +=
            (size_t)snprintf(note + used, sizeof note - used,
                             "%llu lines were left out: nobody read the log\n", (unsigned long long)unread);
        if (write_out(note, used))
            unread = 0;
    }
    if (unread > 0 || !write_out(line, size + 1))
        unread++;
}

static void put_text(enum log_level level, const char *text)
{
    char line[LOG_LINE_SIZE];
    size_t used = begin(line, sizeof line, level);
    used += (size_t)snprintf(line + used, sizeof line - used, "%s", text);
    put(line, used);
}

/* Tells how many lines were left out, of matters that it is time to tell of. */
static void tell_left_out(uint64_t now, bool all)
{
    struct log_left_out left_out;
    char text[LOG_MATTER + 64];
    while (log_rate_next(now, all, &left_out)) {
        snprintf(text, sizeof text, "%llu more lines like this one: %s", (unsigned long long)left_out.count,
                 left_out.text);
        put_text((enum log_level)left_out.level, text);
    }
}

void log_text(enum log_level level, const void *kind_of_line, const char *text)
{
    if (level > wanted)
        return;
    uint64_t now = clock_ms();
    tell_left_out(now, false);
    if (log_rate_take(kind_of_line, level, text, now))
        put_text(level, text);
}

void log_line(enum log_level level, const char *format, ...)
{
    char text[LOG_LINE_SIZE];
    va_list arguments;
    if (level > wanted)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log_text(level, format, text);
}

void log_turn(uint64_t now)
{
    tell_left_out(now, false);
}

void log_end(void)
{
    tell_left_out(clock_ms(), true);
}

void log_plain(const char *format, ...)
{
    char line[LOG_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    size_t used = (size_t)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    put(line, used);
}
