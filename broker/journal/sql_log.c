/* sql_log: see sql_log.h. The format is that of https://sqlite.org/fileformat2.html, section 4. */
#include "broker/journal/sql_log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/wire/wire.h"

enum { HEADER = 32, FRAME_HEADER = 24, MOST_PAGE = 65536, LEAST_PAGE = 512 };
#define MAGIC 0x377f0682u /* its last bit: checksums are of big-endian words */

struct log {
    int file;
    uint32_t page; /* bytes */
    bool big;
    uint8_t salt[8];
    uint32_t sum[2]; /* of all up to here */
    uint8_t *frame;
};

static uint32_t word(const struct log *log, const uint8_t *at)
{
    uint32_t native;
    memcpy(&native, at, sizeof native);
    return log->big ? __builtin_bswap32(native) : native;
}

static void add(struct log *log, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 8) {
        log->sum[0] += word(log, bytes + i) + log->sum[1];
        log->sum[1] += word(log, bytes + i + 4) + log->sum[0];
    }
}

static bool has_sum(const struct log *log, const uint8_t *at)
{
    return wire_load(at, 4) == log->sum[0] && wire_load(at + 4, 4) == log->sum[1];
}

static bool read_header(struct log *log)
{
    uint8_t header[HEADER];
    if (pread(log->file, header, HEADER, 0) != HEADER)
        return false;
    uint64_t magic = wire_load(header, 4);
    log->big = magic & 1;
    log->page = (uint32_t)wire_load(header + 8, 4);
    memcpy(log->salt, header + 16, sizeof log->salt);
    if ((magic & ~1ull) != MAGIC || log->page < LEAST_PAGE || log->page > MOST_PAGE)
        return false;
    add(log, header, 24);
    return has_sum(log, header + 24);
}

static bool read_frame(struct log *log, uint64_t number)
{
    size_t size = FRAME_HEADER + log->page;
    return pread(log->file, log->frame, size, (off_t)(HEADER + (number - 1) * size)) == (ssize_t)size;
}

/* Whether it is of this log, not of one that was here before. */
static bool is_of_this(const struct log *log)
{
    return memcmp(log->frame + 8, log->salt, sizeof log->salt) == 0;
}

static bool is_good(struct log *log)
{
    if (!is_of_this(log))
        return false;
    add(log, log->frame, 8);
    add(log, log->frame + FRAME_HEADER, log->page);
    return has_sum(log, log->frame + 16);
}

/* Whether a group that ended stands from this frame on, and something behind it: that was begun when the
 * group was safe. */
static bool is_followed(struct log *log, uint64_t number)
{
    bool ended = false;
    for (; read_frame(log, number); number++) {
        if (!is_of_this(log))
            continue;
        if (ended)
            return true;
        ended = wire_load(log->frame + 4, 4) != 0;
    }
    return false;
}

bool sql_log_is_whole(const char *path, uint64_t *frame)
{
    struct log log = {.file = open(path, O_RDONLY | O_CLOEXEC)};
    bool whole = true;
    if (log.file < 0)
        return true;
    log.frame = mem_alloc(FRAME_HEADER + MOST_PAGE);
    if (read_header(&log)) {
        uint64_t number = 1;
        while (read_frame(&log, number) && is_good(&log))
            number++;
        whole = !is_followed(&log, number);
        *frame = number;
    }
    mem_free(log.frame);
    close(log.file);
    return whole;
}
