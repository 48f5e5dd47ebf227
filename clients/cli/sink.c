/* sink: see sink.h. */
#include "clients/cli/sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clients/cli/command.h"
#include "clients/cli/out.h"

static bool cannot_write(struct sink *sink, const char *path)
{
    sink->broken = !path && errno == EPIPE ? CLI_BROKEN_PIPE : CLI_USAGE;
    if (sink->broken == CLI_USAGE)
        snprintf(sink->why, sizeof sink->why, "cannot write %s: %s", path ? path : "standard output",
                 strerror(errno));
    return false;
}

bool sink_expect(struct sink *sink, uint64_t count)
{
    sink->one = count == 1;
    if (sink->kind != SINK_RAW || sink->one)
        return true;
    if (sink->path) {
        sink->broken = CLI_USAGE;
        snprintf(sink->why, sizeof sink->why,
                 "%s: these are %" PRIu64 " results: give them a folder (--directory)", sink->path, count);
        return false;
    }
    sink->kind = SINK_LINES;
    return true;
}

static bool write_file(struct sink *sink, const char *path, const struct slice *body)
{
    FILE *file = fopen(path, "we");
    bool good = file && (body->size == 0 || fwrite(slice_data(body), body->size, 1, file) == 1);
    good = file && fclose(file) == 0 && good;
    return good || cannot_write(sink, path);
}

/* The name in the folder: that of the file that the body came from, or its number. */
static bool write_into_folder(struct sink *sink, const struct work_outcome *outcome)
{
    char number[24];
    const char *name = number;
    char *path = NULL;
    snprintf(number, sizeof number, "%06" PRIu64, outcome->number);
    if (sink->names) {
        const char *slash = strrchr(sink->names[outcome->number], '/');
        name = slash ? slash + 1 : sink->names[outcome->number];
    }
    if (mkdir(sink->path, 0777) != 0 && errno != EEXIST)
        return cannot_write(sink, sink->path);
    if (asprintf(&path, "%s/%s", sink->path, name) < 0)
        abort();
    bool good = write_file(sink, path, &outcome->body);
    free(path);
    return good;
}

static void write_stream(const struct sink *sink, const struct slice *body)
{
    const uint8_t *bytes = slice_data(body);
    if (body->size > 0)
        fwrite(bytes, body->size, 1, stdout);
    if (sink->kind == SINK_LINES && (body->size == 0 || bytes[body->size - 1] != '\n'))
        putchar('\n');
}

static void write_json(const struct sink *sink, const struct work_outcome *outcome)
{
    json_t *value = json_object(), *error;
    json_object_set_new(value, "number", json_integer((json_int_t)outcome->number));
    json_object_set_new(value, "uuid", out_uuid(outcome->uuid));
    json_object_set_new(value, "slot", json_integer(outcome->slot));
    if (sink->names)
        json_object_set_new(value, "file", out_text(span_text(sink->names[outcome->number])));
    json_object_set_new(value, "state",
                        json_string(outcome->done                     ? "done"
                                    : outcome->code == CODE_CANCELLED ? "cancelled"
                                                                      : "failed"));
    if (outcome->done && !sink->path) {
        out_body(value, "result", &outcome->body);
    } else if (!outcome->done) {
        error = json_object();
        json_object_set_new(error, "code", json_string(code_name((unsigned)outcome->code)));
        json_object_set_new(error, "text", out_text(span_text(outcome->text)));
        json_object_set_new(value, "error", error);
    }
    out_json(value);
}

static void tell_name(const char *name)
{
    out_peer_text(stderr, span_text(name), false);
    fputs(": ", stderr);
}

static void tell_failure(const struct sink *sink, const struct work_outcome *outcome)
{
    fprintf(stderr, "mailroom %s: ", sink->invocation->command->name);
    if (sink->names)
        tell_name(sink->names[outcome->number]);
    else if (!sink->one)
        fprintf(stderr, "entry %" PRIu64 ": ", outcome->number);
    fprintf(stderr, "%s: ", code_name((unsigned)outcome->code));
    out_peer_text(stderr, span_text(outcome->text), true);
    putc('\n', stderr);
}

bool sink_show(struct sink *sink, const struct work_outcome *outcome)
{
    sink->shown++;
    if (!outcome->done) {
        sink->failed++;
        if (sink->code == CLI_FINE)
            sink->code = outcome->code == CODE_UNKNOWN_TASK ? CLI_UNKNOWN_TASK : CLI_FAILED;
        if (!sink->invocation->json)
            tell_failure(sink, outcome);
    } else if (sink->kind == SINK_FOLDER) {
        if (!write_into_folder(sink, outcome))
            return false;
    } else if (sink->path) {
        if (!write_file(sink, sink->path, &outcome->body))
            return false;
    } else if (!sink->invocation->json) {
        write_stream(sink, &outcome->body);
    }
    if (sink->invocation->json)
        write_json(sink, outcome);
    return !ferror(stdout) || cannot_write(sink, NULL);
}

bool sink_flush(struct sink *sink)
{
    return out_flush() || cannot_write(sink, NULL);
}
