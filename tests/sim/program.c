/* program: see program.h. */
#include "tests/sim/program.h"

#include <string.h>

#include "tests/sim/rng.h"

enum { STREAM_OPS = 1, STREAM_SIZE, STREAM_RESULT_SIZE, STREAM_PAD };
enum { LOUDEST = 40 /* log records in a row */ };

#define PART_MARK UINT64_C(0xfeedfacefeedface) /* what a part begins with: no seed has it */
enum { PART_BYTES = 24 };

/* How many bytes follow. */
static size_t padding(const struct spec *spec, uint64_t stream)
{
    struct rng rng = rng_of(spec->seed, stream);
    uint32_t at = rng_below(&rng, 1000);
    if (spec->flags & SPEC_LARGE && at < 60)
        return at < 2 ? 250000 + rng_below(&rng, 400000) : rng_below(&rng, 20000);
    if (spec->flags & SPEC_BULKY && stream == STREAM_SIZE && at < 100)
        return 3000 + rng_below(&rng, 12000);
    return at < 300 ? 0 : rng_below(&rng, at < 950 ? 40 : 2000);
}

/* What is being written. */
struct writer {
    const struct spec *spec;
    struct program *program;
    struct rng rng;
    unsigned futures;
    uint16_t left; /* of the budget */
};

static struct op *add(struct writer *writer, enum op_kind kind)
{
    struct op *op = &writer->program->ops[writer->program->count++];
    *op = (struct op){.kind = kind};
    return op;
}

static bool has_room(const struct writer *writer, unsigned ops)
{
    /* each open future may need two more, and the end a raise */
    return writer->program->count + ops + 2 * PROGRAM_FUTURES + 2 <= PROGRAM_OPS;
}

static void add_compute(struct writer *writer)
{
    struct rng *rng = &writer->rng;
    uint32_t most = rng_chance(rng, 1, 30) ? 4000 : rng_chance(rng, 1, 3) ? 200 : 10;
    if (rng_chance(rng, 1, 300))
        most = 60000; /* others come to rest meanwhile */
    add(writer, OP_COMPUTE)->ms = rng_below(rng, most);
}

static void add_log(struct writer *writer)
{
    bool loud = writer->spec->flags & SPEC_LOUD;
    add(writer, OP_LOG)->count = loud ? (uint16_t)rng_between(&writer->rng, 1, LOUDEST) : 1;
}

/* How a future ends: the ops that will stand for it. */
enum fate { FATE_AWAIT, FATE_NEXT, FATE_CANCEL, FATE_FIRST, FATE_FORGET };

static enum fate draw_fate(struct rng *rng, bool map)
{
    uint32_t at = rng_below(rng, 100);
    if (at < 62)
        return FATE_AWAIT;
    if (at < 78)
        return map ? FATE_NEXT : FATE_AWAIT;
    if (at < 88)
        return FATE_CANCEL;
    if (at < 94)
        return map ? FATE_FIRST : FATE_CANCEL;
    return FATE_FORGET;
}

static void add_end(struct writer *writer, enum fate fate, unsigned future)
{
    static const enum op_kind kinds[] = {OP_AWAIT, OP_NEXT, OP_CANCEL, OP_FIRST};
    if (fate == FATE_FORGET)
        return;
    add(writer, kinds[fate])->future = (uint8_t)future;
    if (fate == FATE_FIRST)
        add(writer, OP_CANCEL)->future = (uint8_t)future;
}

static bool is_mute(const struct writer *writer)
{
    return (writer->spec->flags & SPEC_MUTE) != 0;
}

static enum fate add_spawn(struct writer *writer)
{
    struct rng *rng = &writer->rng;
    bool map = rng_chance(rng, 1, 2);
    uint32_t most = rng_chance(rng, 1, 8) ? 40 : 6;
    if (most > writer->left)
        most = writer->left;
    uint32_t count = map ? rng_between(rng, 1, most) : 1;
    uint32_t each = (writer->left - count) / count; /* left for each one's own children */
    each = writer->spec->depth > 1 ? rng_below(rng, each + 1) : 0;
    enum fate fate = draw_fate(rng, map);
    struct op *op = add(writer, OP_SPAWN);
    op->future = (uint8_t)writer->futures++;
    op->map = map;
    op->count = (uint16_t)count;
    op->child.seed = rng_next(rng);
    op->child.depth = (uint8_t)(writer->spec->depth - 1);
    op->child.budget = (uint16_t)each;
    op->child.flags = writer->spec->flags;
    if (fate >= FATE_CANCEL)
        op->child.flags |= SPEC_QUIET;
    writer->left = (uint16_t)(writer->left - count * (1 + each));
    if (rng_chance(rng, 1, 6))
        add_compute(writer);
    for (unsigned i = 0; rng_chance(rng, 1, 4) && i < 3 && has_room(writer, 2) && !is_mute(writer); i++)
        add(writer, OP_COMMUNICATE)->future = op->future;
    return fate;
}

static void add_violence(struct writer *writer)
{
    struct rng *rng = &writer->rng;
    bool quiet = writer->spec->flags & SPEC_QUIET;
    if (rng_chance(rng, 1, 150) && !quiet)
        add(writer, OP_RAISE);
    if (rng_chance(rng, 1, 60) && !quiet && writer->spec->flags & SPEC_DEADLY)
        add(writer, OP_DIE)->count = rng_chance(rng, 1, 5) ? UINT16_MAX : 0;
}

void program_make(const struct spec *spec, struct program *program)
{
    struct writer writer = {spec, program, rng_of(spec->seed, STREAM_OPS), 0, spec->budget};
    struct rng *rng = &writer.rng;
    struct {
        enum fate fate;
        unsigned future;
    } open[PROGRAM_FUTURES];
    unsigned open_count = 0;
    program->count = 0;
    for (unsigned parts = rng_between(rng, 1, 6); parts > 0 && has_room(&writer, 6); parts--) {
        if (rng_chance(rng, 2, 3))
            add_compute(&writer);
        if (rng_chance(rng, 1, 6))
            add_log(&writer);
        add_violence(&writer);
        if (open_count > 0 && rng_chance(rng, 1, 3) && !is_mute(&writer))
            add(&writer, OP_COMMUNICATE)->future = (uint8_t)open[rng_below(rng, open_count)].future;
        if (spec->depth == 0 || writer.left == 0 || writer.futures == PROGRAM_FUTURES)
            continue;
        unsigned future = writer.futures;
        enum fate fate = add_spawn(&writer);
        if (rng_chance(rng, 1, 2)) {
            add_end(&writer, fate, future);
        } else {
            open[open_count].fate = fate;
            open[open_count++].future = future;
        }
    }
    while (open_count > 0) {
        unsigned i = rng_below(rng, open_count--);
        add_end(&writer, open[i].fate, open[i].future);
        open[i] = open[open_count];
    }
}

struct spec program_child(const struct op *op, unsigned slot)
{
    struct spec spec = op->child;
    spec.seed = rng_mix(spec.seed, slot);
    return spec;
}

uint64_t program_begin(const struct spec *spec)
{
    return rng_mix(spec->seed, 17);
}

uint64_t program_take(uint64_t value, uint64_t of_child, unsigned slot)
{
    return rng_mix(value ^ of_child, slot);
}

uint64_t program_sum(uint64_t sum, uint64_t of_child, unsigned slot)
{
    return sum + rng_mix(of_child, slot);
}

static void at_least(size_t *most, size_t size)
{
    if (size > *most)
        *most = size;
}

/* What one child may come to, whether its value is waited for or not. */
static void note_child(const struct op *spawn, const struct spec *child, const struct answer *of_child,
                       struct answer *answer)
{
    size_t part = spawn->count > 1 ? program_part_size(spawn->child.seed) + 8 : 0;
    if (of_child->reach + 1 > answer->reach)
        answer->reach = of_child->reach + 1;
    at_least(&answer->largest, of_child->largest);
    at_least(&answer->largest, SPEC_BYTES + padding(child, STREAM_SIZE) + part);
}

/* The values of all children of one spawn, combined as `kind` does. */
static void evaluate_children(const struct op *spawn, enum op_kind kind, struct answer *answer)
{
    uint64_t sum = 0;
    for (unsigned slot = 0; slot < spawn->count; slot++) {
        struct spec child = program_child(spawn, slot);
        struct answer of_child = program_evaluate(&child);
        note_child(spawn, &child, &of_child, answer);
        if (kind != OP_AWAIT && kind != OP_NEXT)
            continue;
        answer->fails |= of_child.fails;
        answer->deadly |= of_child.deadly;
        answer->tasks += of_child.tasks;
        at_least(&answer->body, of_child.body);
        if (of_child.deep + 1 > answer->deep)
            answer->deep = of_child.deep + 1;
        if (kind == OP_AWAIT)
            answer->value = program_take(answer->value, of_child.value, slot);
        else
            sum = program_sum(sum, of_child.value, slot);
    }
    if (kind == OP_NEXT)
        answer->value = program_take(answer->value, sum, 0);
}

struct answer program_evaluate(const struct spec *spec)
{
    struct program program;
    const struct op *spawns[PROGRAM_FUTURES] = {0};
    struct answer answer = {.value = program_begin(spec), .tasks = 1};
    answer.body = answer.largest = SPEC_BYTES + padding(spec, STREAM_SIZE);
    program_make(spec, &program);
    for (unsigned i = 0; i < program.count; i++) {
        const struct op *op = &program.ops[i];
        if (op->kind == OP_SPAWN) {
            spawns[op->future] = op;
        } else if (op->kind == OP_RAISE) {
            answer.fails = true;
        } else if (op->kind == OP_DIE) {
            answer.deadly = true;
        } else if (op->kind == OP_AWAIT || op->kind == OP_NEXT) {
            evaluate_children(spawns[op->future], op->kind, &answer);
            spawns[op->future] = NULL;
        }
    }
    for (unsigned i = 0; i < PROGRAM_FUTURES; i++)
        if (spawns[i])
            evaluate_children(spawns[i], OP_CANCEL, &answer);
    return answer;
}

static uint8_t pad_byte(uint64_t seed, size_t at)
{
    return (uint8_t)(seed >> (at % 8 * 8)) ^ (uint8_t)at;
}

static uint8_t *put64(uint8_t *at, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(number >> shift);
    return at;
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | at[i];
    return number;
}

static void pad(uint8_t *at, size_t size, uint64_t seed)
{
    for (size_t i = 0; i < size; i++)
        at[i] = pad_byte(seed, i);
}

static bool is_padded(const uint8_t *at, size_t size, uint64_t seed)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] != pad_byte(seed, i))
            return false;
    return true;
}

struct slice program_body(const struct spec *spec)
{
    uint8_t *at;
    size_t rest = padding(spec, STREAM_SIZE), size = SPEC_BYTES + rest;
    struct blob *blob = blob_new(size, &at);
    at = put64(at, spec->seed);
    *at++ = spec->depth;
    *at++ = spec->flags;
    *at++ = (uint8_t)(spec->budget >> 8);
    *at++ = (uint8_t)spec->budget;
    pad(at, rest, spec->seed);
    return (struct slice){blob, 0, size};
}

size_t program_part_size(uint64_t seed)
{
    return PART_BYTES + (seed % 1000 == 0 ? 250000 + seed % 400000 : seed % 600);
}

struct slice program_part(uint64_t seed)
{
    uint8_t *at;
    size_t size = program_part_size(seed), rest = size - PART_BYTES;
    struct blob *blob = blob_new(size, &at);
    at = put64(put64(at, PART_MARK), seed);
    at = put64(at, rest);
    pad(at, rest, seed);
    return (struct slice){blob, 0, size};
}

struct slice program_rest(const struct spec *spec, uint64_t part)
{
    uint8_t *at;
    struct slice body = program_body(spec);
    struct blob *blob = blob_new(8 + body.size, &at);
    memcpy(put64(at, part), slice_data(&body), body.size);
    slice_drop(&body);
    return (struct slice){blob, 0, blob_size(blob)};
}

/* The part, and behind it the rest that belongs to it. */
static bool read_parted(const struct slice *body, struct spec *spec)
{
    const uint8_t *at = slice_data(body);
    if (body->size < PART_BYTES + 8 || get64(at) != PART_MARK)
        return false;
    uint64_t seed = get64(at + 8), size = get64(at + 16);
    if (size > body->size - PART_BYTES - 8 || !is_padded(at + PART_BYTES, size, seed) ||
        get64(at + PART_BYTES + size) != seed)
        return false;
    size_t before = PART_BYTES + size + 8;
    struct slice rest = {body->blob, body->offset + before, body->size - before};
    return get64(slice_data(&rest)) != PART_MARK && program_read_body(&rest, spec);
}

bool program_read_body(const struct slice *body, struct spec *spec)
{
    if (body->size >= PART_BYTES && get64(slice_data(body)) == PART_MARK)
        return read_parted(body, spec);

    const uint8_t *at = slice_data(body);
    if (body->size < SPEC_BYTES)
        return false;
    *spec = (struct spec){
        .seed = get64(at), .depth = at[8], .flags = at[9], .budget = (uint16_t)(at[10] << 8 | at[11])};
    return body->size == SPEC_BYTES + padding(spec, STREAM_SIZE) &&
           is_padded(at + SPEC_BYTES, body->size - SPEC_BYTES, spec->seed);
}

struct slice program_result(const struct spec *spec, uint64_t value)
{
    uint8_t *at;
    size_t rest = padding(spec, STREAM_RESULT_SIZE), size = VALUE_BYTES + rest;
    struct blob *blob = blob_new(size, &at);
    pad(put64(at, value), rest, rng_mix(spec->seed, STREAM_PAD));
    return (struct slice){blob, 0, size};
}

bool program_read_result(const struct slice *body, const struct spec *spec, uint64_t *value)
{
    if (body->size != VALUE_BYTES + padding(spec, STREAM_RESULT_SIZE))
        return false;
    *value = get64(slice_data(body));
    return is_padded(slice_data(body) + VALUE_BYTES, body->size - VALUE_BYTES,
                     rng_mix(spec->seed, STREAM_PAD));
}
