/* script: see script.h. Values are of no matter here: all are 0, and results are empty. */
#include "tests/sim/worker/script.h"

#include <stdio.h>
#include <string.h>

static struct {
    char name[SCRIPT_NAME];
    struct program program;
} scripts[SCRIPTS];
static unsigned count;

void script_clear(void)
{
    memset(scripts, 0, sizeof scripts);
    count = 0;
}

unsigned script_find(const char *name, size_t size)
{
    for (unsigned i = 0; i < count; i++)
        if (strlen(scripts[i].name) == size && memcmp(scripts[i].name, name, size) == 0)
            return i;
    return SCRIPTS;
}

static bool spawns(struct op *op, unsigned future, unsigned children, const char *program)
{
    unsigned place = script_find(program, strlen(program));
    op->kind = OP_SPAWN;
    op->future = (uint8_t)future;
    op->count = (uint16_t)children;
    op->child.seed = place;
    return place < SCRIPTS && children > 0 && future < PROGRAM_FUTURES;
}

/* One step; false where there is none of that name. */
static bool read_step(const char *step, struct op *op)
{
    static const struct {
        const char *name;
        enum op_kind kind;
    } steps[] = {
        {"compute", OP_COMPUTE}, {"log", OP_LOG},     {"raise", OP_RAISE},   {"await", OP_AWAIT},
        {"next", OP_NEXT},       {"first", OP_FIRST}, {"cancel", OP_CANCEL}, {"communicate", OP_COMMUNICATE}};
    char name[SCRIPT_NAME], program[SCRIPT_NAME];
    unsigned first = 0, second = 0;
    int words = sscanf(step, " %31s %u", name, &first);
    *op = (struct op){.future = (uint8_t)first, .ms = 1};
    if (words < 1 || first >= PROGRAM_FUTURES)
        return false;
    if (sscanf(step, " submit %u %31s", &first, program) == 2)
        return spawns(op, first, 1, program);
    if (sscanf(step, " map %u %u %31s", &first, &second, program) == 3)
        return spawns(op, first, second, program);
    if (strcmp(name, "hear") == 0) {
        op->kind = OP_COMPUTE;
        op->ms = SCRIPT_HEAR + first;
        return words == 2;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        op->kind = steps[i].kind;
        if (strcmp(name, steps[i].name) == 0)
            return words == (op->kind < OP_AWAIT || op->kind == OP_RAISE ? 1 : 2);
    }
    return false;
}

bool script_add(const char *line)
{
    char steps[256];
    size_t name = strcspn(line, ":");
    if (count == SCRIPTS || name >= SCRIPT_NAME || line[name] != ':' || strlen(line) - name >= sizeof steps)
        return false;
    struct program *program = &scripts[count].program;
    snprintf(steps, sizeof steps, "%s", line + name + 1);
    for (char *rest = NULL, *step = strtok_r(steps, ";", &rest); step; step = strtok_r(NULL, ";", &rest)) {
        if (strspn(step, " ") == strlen(step))
            continue;
        if (program->count == PROGRAM_OPS || !read_step(step, &program->ops[program->count++]))
            return false;
    }
    memcpy(scripts[count++].name, line, name);
    return true;
}

const char *script_name(const struct slice *body)
{
    struct spec spec;
    return program_read_body(body, &spec) ? scripts[spec.seed].name : "?";
}

void program_make(const struct spec *spec, struct program *program)
{
    *program = scripts[spec->seed].program;
}

struct spec program_child(const struct op *op, unsigned slot)
{
    (void)slot;
    return op->child;
}

uint64_t program_begin(const struct spec *spec)
{
    (void)spec;
    return 0;
}

uint64_t program_take(uint64_t value, uint64_t of_child, unsigned slot)
{
    (void)slot;
    return value + of_child;
}

uint64_t program_sum(uint64_t sum, uint64_t of_child, unsigned slot)
{
    (void)slot;
    return sum + of_child;
}

struct slice program_body(const struct spec *spec)
{
    uint8_t *bytes;
    struct blob *blob = blob_new(1, &bytes);
    *bytes = (uint8_t)spec->seed;
    return (struct slice){blob, 0, 1};
}

/* The worker of these scenarios shares no parts. */
struct slice program_part(uint64_t seed)
{
    (void)seed;
    return SLICE_NONE;
}

struct slice program_rest(const struct spec *spec, uint64_t part)
{
    (void)part;
    return program_body(spec);
}

struct slice program_result(const struct spec *spec, uint64_t value)
{
    (void)spec, (void)value;
    return SLICE_NONE;
}

bool program_read_body(const struct slice *body, struct spec *spec)
{
    if (body->size != 1 || *slice_data(body) >= count)
        return false;
    *spec = (struct spec){.seed = *slice_data(body)};
    return true;
}

bool program_read_result(const struct slice *body, const struct spec *spec, uint64_t *value)
{
    (void)spec;
    *value = 0;
    return body->size == 0;
}
