/* program: the random programs that the simulated tasks run, and what they must answer.
 *
 * A task's body says which program it is (struct spec), and the program follows from that alone, so that a
 * task may run again anywhere. The language is such that neither time nor place can change the answer: a
 * child whose end may come too early or too late (it is cancelled, or nobody waits for it) gives no value and
 * raises nothing; `next` adds up what comes, in whatever order; messages are counted, not read. */
#ifndef SIM_PROGRAM_H
#define SIM_PROGRAM_H

#include "common/base/blob.h"
#include "common/wire/message.h"

enum {
    PROGRAM_OPS = 40,
    PROGRAM_FUTURES = 8,
    SPEC_BYTES = 12,
    VALUE_BYTES = 8,
    SPEC_QUIET = 1,  /* it and all below it raise nothing and kill nobody: its value may be dropped */
    SPEC_LARGE = 2,  /* some bodies of it and below it are large */
    SPEC_DEADLY = 4, /* some tasks of it and below it kill their worker */
    SPEC_MUTE = 8,   /* they send each other no messages: of these a broker that dies may lose some */
    SPEC_BULKY = 16, /* some bodies of it and below it are larger than what everybody takes */
    SPEC_LOUD = 32   /* some tasks of it and below it log much */
};

/* Which program a task runs. */
struct spec {
    uint64_t seed;
    uint8_t depth, flags;
    uint16_t budget; /* how many tasks there may be below it */
};

enum op_kind {
    OP_COMPUTE, /* for `ms` */
    OP_LOG,     /* `count` times, at least once */
    OP_SPAWN,   /* makes `count` children under `future`: a submit, or a map where count > 1 or `map` */
    OP_AWAIT,   /* waits for all of `future` */
    OP_NEXT,    /* waits for all of `future`, as they come */
    OP_FIRST,   /* waits for some of `future`, and does not look at them */
    OP_CANCEL,
    OP_COMMUNICATE, /* a message to `future` */
    OP_RAISE,
    OP_DIE, /* kills the worker, up to and with the attempt `count` */
};

struct op {
    enum op_kind kind;
    uint8_t future;
    bool map;
    uint16_t count;
    uint32_t ms;
    struct spec child; /* of the first one; program_child gives the others */
};

struct program {
    struct op ops[PROGRAM_OPS];
    unsigned count;
};

struct answer {
    bool fails;  /* some task of it raises */
    bool deadly; /* some task of it kills its worker */
    uint64_t value;
    uint32_t tasks; /* with itself */
    unsigned deep;  /* how deep those are nested whose values it has, */
    unsigned reach; /* and how deep any may be that it begins */
    size_t body;    /* bytes of the largest body of those whose values it has, without the part that it may
                       begin with, */
    size_t largest; /* and of any that it begins, with it */
};

void program_make(const struct spec *spec, struct program *program);
struct spec program_child(const struct op *op, unsigned slot);

/* The plain sequential evaluation. */
struct answer program_evaluate(const struct spec *spec);

/* How a task's value changes; the worker and the evaluation share these. */
uint64_t program_begin(const struct spec *spec);
uint64_t program_take(uint64_t value, uint64_t of_child, unsigned slot); /* await, in order of slots */
uint64_t program_sum(uint64_t sum, uint64_t of_child, unsigned slot);    /* next, in any order */

/* Bodies: of a task and of its result, padded with bytes that follow from the spec. One reference, the
 * caller's. */
struct slice program_body(const struct spec *spec);
struct slice program_result(const struct spec *spec, uint64_t value);

/* A part that bodies begin with, and the rest of such a body, which says which part it goes with: both end to
 * end are read like a whole body. */
struct slice program_part(uint64_t seed);
size_t program_part_size(uint64_t seed);
struct slice program_rest(const struct spec *spec, uint64_t part);

/* Read them; false: they are not whole. */
bool program_read_body(const struct slice *body, struct spec *spec);
bool program_read_result(const struct slice *body, const struct spec *spec, uint64_t *value);

#endif
