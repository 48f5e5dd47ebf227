/* log: lines on standard error. Each is written with one call, so that the lines of several processes on one
 * terminal do not mix. */
#include "edge/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/shown.h"

enum { LOG_LINE_SIZE = 4096 }; /* bytes; what is longer is cut */

static const char *program_name = "mailroom";
static enum log_level wanted = LOG_WARNING;

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
    ssize_t written = write(STDERR_FILENO, line, size + 1);
    (void)written; /* there is nobody left to tell */
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char *const names[] = {"ERROR", "WARNING", "INFO", "DEBUG"};
    char line[LOG_LINE_SIZE];
    va_list arguments;
    if (level > wanted)
        return;
    size_t used = write_time(line, sizeof line);
    used += (size_t)snprintf(line + used, sizeof line - used, " %s %s ", program_name, names[level]);
    va_start(arguments, format);
    used += (size_t)vsnprintf(line + used, sizeof line - used, format, arguments);
    va_end(arguments);
    put(line, used);
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
