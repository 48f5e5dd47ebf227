/* source: see source.h. */
#include "clients/cli/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/wait.h"
#include "common/base/mem.h"

enum { PIECE = 65536 /* bytes read at a time */ };

static int open_named(const char *name)
{
    return strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
}

static void close_named(int file)
{
    if (file > STDERR_FILENO)
        close(file);
}

bool source_open_lines(struct source *source, const char *name, char separator, bool ending)
{
    *source = (struct source){.kind = SOURCE_LINES, .separator = separator, .ending = ending};
    source->name = strcmp(name, "-") == 0 ? "standard input" : name;
    source->file = open_named(name);
    return source->file >= 0;
}

void source_open_files(struct source *source, char *const *files, size_t count)
{
    *source = (struct source){.kind = SOURCE_FILES, .file = -1, .files = files, .count = count};
}

void source_open_one(struct source *source, struct slice body)
{
    *source = (struct source){.kind = SOURCE_ONE, .file = -1, .one = body};
}

void source_close(struct source *source)
{
    close_named(source->file);
    slice_drop(&source->one);
    mem_free(source->bytes);
}

/* Reads a piece behind what is there. Returns what read() does. */
static ssize_t read_piece(int file, char **bytes, size_t *size, size_t *capacity)
{
    if (*capacity - *size < PIECE) {
        *capacity = *capacity ? 2 * *capacity : 2 * PIECE;
        *bytes = mem_resize(*bytes, *capacity, 1);
    }
    ssize_t got = read(file, *bytes + *size, PIECE);
    if (got > 0)
        *size += (size_t)got;
    return got;
}

void source_read(struct source *source)
{
    if (source->start > 0) {
        memmove(source->bytes, source->bytes + source->start, source->size - source->start);
        source->size -= source->start;
        source->start = 0;
    }
    ssize_t got = read_piece(source->file, &source->bytes, &source->size, &source->capacity);
    if (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)))
        return;
    if (got < 0) {
        source->error = errno;
        source->broken = source->name;
    }
    close_named(source->file);
    source->file = -1;
}

/* The end of the first line that was read, NULL: it is not there yet. */
static const char *line_end(const struct source *source)
{
    if (source->size == source->start)
        return NULL;
    return memchr(source->bytes + source->start, source->separator, source->size - source->start);
}

bool source_wants_to_read(const struct source *source)
{
    return source->kind == SOURCE_LINES && source->file >= 0 && !line_end(source);
}

static struct slice body_of(const char *bytes, size_t size)
{
    return size ? (struct slice){blob_copy(bytes, size), 0, size} : SLICE_NONE;
}

static bool next_line(struct source *source, struct slice *body)
{
    const char *end = line_end(source), *start = source->bytes + source->start;
    size_t left = source->size - source->start;
    if (!end && source->file >= 0)
        return false;
    source->over = !end && left == 0;
    if (source->over)
        return false;
    size_t size = end ? (size_t)(end - start) : left;
    *body = body_of(start, size + (end && source->ending));
    source->start += size + (end != NULL);
    return true;
}

bool source_next(struct source *source, struct slice *body)
{
    bool got = false;
    *body = SLICE_NONE;
    if (source->error)
        return false;
    switch (source->kind) {
    case SOURCE_LINES: got = next_line(source, body); break;
    case SOURCE_ONE:
        got = !source->over;
        source->over = true;
        *body = source->one;
        source->one = SLICE_NONE;
        break;
    case SOURCE_FILES:
        source->over = source->next == source->count;
        got = !source->over && source_slurp(source->files[source->next], body);
        if (!got && !source->over) {
            source->error = errno;
            source->broken = source->files[source->next];
        }
        source->next += got;
        break;
    }
    source->given += got;
    return got;
}

bool source_slurp(const char *name, struct slice *body)
{
    char *bytes = NULL;
    size_t size = 0, capacity = 0;
    ssize_t got = 1;
    int file = open_named(name);
    *body = SLICE_NONE;
    if (file < 0)
        return false;
    while (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN))) {
        wait_readable(file);
        got = read_piece(file, &bytes, &size, &capacity);
    }
    int error = errno;
    if (got == 0)
        *body = body_of(bytes, size);
    mem_free(bytes);
    close_named(file);
    errno = error;
    return got == 0;
}
