/* source: where tasks' bodies come from: the lines of a stream as they come, files, or one body. */
#ifndef MAILROOM_CLI_SOURCE_H
#define MAILROOM_CLI_SOURCE_H

#include <stdbool.h>

#include "common/base/blob.h"

enum source_kind { SOURCE_LINES, SOURCE_FILES, SOURCE_ONE };

struct source {
    enum source_kind kind;
    const char *name; /* of the stream, for people */
    int file;         /* LINES: the stream, -1: read to its end */
    bool ending;      /* a body keeps the byte that ends its line */
    char separator;   /* '\n', or '\0' */
    char *bytes;      /* read, from `start` to `size` */
    size_t start, size, capacity;
    char *const *files; /* FILES: `count` of them */
    size_t count, next;
    struct slice one;   /* ONE */
    bool over;          /* nothing comes any more */
    uint64_t given;     /* how many bodies came out */
    int error;          /* errno of what went wrong, */
    const char *broken; /* and with which file */
};

/* The lines of the file `name`, "-": of standard input. False: it cannot be opened, errno says why. */
bool source_open_lines(struct source *source, const char *name, char separator, bool ending);

/* One body for each of these files. */
void source_open_files(struct source *source, char *const *files, size_t count);

/* One body. Takes over the reference. */
void source_open_one(struct source *source, struct slice body);

void source_close(struct source *source);

/* Reads what the stream has now: when it can be read. */
void source_read(struct source *source);

/* Whether source_next has to wait until the stream can be read. */
bool source_wants_to_read(const struct source *source);

/* The next body, the caller's. False: none now, or (`over`) none any more, or (`error`) a file cannot be
 * read. */
bool source_next(struct source *source, struct slice *body);

/* All of a file ("-": standard input) as one body. False: errno says why. */
bool source_slurp(const char *name, struct slice *body);

#endif
