/* message_fields: what stands in the header of each kind, field by field: the table that decoding, encoding
 * and the tests' text form share. Inside common/wire/message*.c and the tests only. */
#ifndef MAILROOM_MESSAGE_FIELDS_H
#define MAILROOM_MESSAGE_FIELDS_H

#include "common/wire/message.h"
#include "common/wire/wire.h"

/* The types of fields. A MAYBE_ may be nil. */
enum field_type {
    FIELD_NUMBER,
    FIELD_NUMBER32,
    FIELD_MAYBE_NUMBER, /* NO_NUMBER for nil */
    FIELD_TEXT,
    FIELD_MAYBE_TEXT,
    FIELD_UUID,
    FIELD_MAYBE_UUID,
    FIELD_ADDRESS,
    FIELD_MAYBE_ADDRESS,
    FIELD_TEXTS,
    FIELD_ADDRESSES,
    FIELD_RANGES,
    FIELD_RUNTIMES,
    FIELD_LENGTHS,
    FIELD_TASK,
    FIELD_TASKS,
    FIELD_RESULTS,
    FIELD_LISTED_TASKS,
    FIELD_LISTED_MANAGERS,
    FIELD_LISTED_CLIENTS,
    FIELD_COUNTS,
    FIELD_SLOTS,
};

struct field {
    const char *name;
    const char *why; /* "ERROR: code is not a number" */
    uint8_t type;    /* enum field_type */
    uint16_t at;     /* where it is in struct message */
    uint16_t flag;   /* MAYBE_ADDRESS: where the bool is that says that there is one */
};

struct shape {
    const struct field *fields;
    bool known;       /* there is such a kind */
    uint8_t count;    /* fields */
    uint8_t required; /* how many of them must be there */
};

enum { COMMON_FIELDS = 4 }; /* version, kind, seq, ack */

/* Indexed by kind. */
extern const struct shape message_shapes[KIND_LIMIT];

/* The shape of a kind, NULL when there is no such kind. */
static inline const struct shape *message_shape(unsigned kind)
{
    return kind < KIND_LIMIT && message_shapes[kind].known ? &message_shapes[kind] : NULL;
}

/* How many fields of its kind a message is written with: what need not be said of times is left out. */
unsigned message_count(const struct shape *shape, const struct message *message);

/* Where a field is in a message. The table says which type it has. */
static inline void *field_of(struct message *message, size_t at)
{
    return (char *)message + at;
}

static inline const void *field_in(const struct message *message, size_t at)
{
    return (const char *)message + at;
}

/* message_hot.c: the fields of SUBMIT, SUBMIT_BATCH, RESULT, RESULT_BATCH, WAITING and RELEASE, read by hand,
 * with the cursor behind the ack; it is left behind the last of the kind's fields. `given`: how many fields
 * there are, at least shape->required. */
enum error_code message_decode_hot(struct wire *wire, uint32_t given, struct message *message,
                                   const char **why);

/* message_batch.c: the same for SUBMIT_BATCH and RESULT_BATCH. */
enum error_code message_decode_batch(struct wire *wire, struct message *message, const char **why);

/* message.c: version, kind, seq and ack, with the number of the header's fields in `*fields`. CODE_NONE, or
 * the refusal with what could be read in `message`. */
enum error_code message_decode_common(struct wire *wire, uint32_t *fields, struct message *message,
                                      const char **why);

/* message.c: so many fields that this version does not know, and the end. */
enum error_code message_decode_rest(struct wire *wire, uint32_t fields, const char **why);

/* message_cold.c: the same for the kinds of the table that are not hot, by libmpack. */
enum error_code message_decode_cold(struct wire *wire, const struct shape *shape, uint32_t given,
                                    struct message *message, const char **why);

/* How many fields a RESULT and the elements of a RESULT_BATCH have, without those of its timing. */
enum { RESULT_FIELDS = 3, ERROR_FIELDS = 9, UPDATE_FIELDS = 1 /* the same of an ERROR, an UPDATE */ };

/* Notes of how many of those behind them a message with so many fields says something. */
void message_set_timed(struct message *message, uint32_t fields);

/* How many fields the elements of the lists in LIST, MANAGERS and CLIENTS have. */
enum { LISTED_TASK_FIELDS = 8, LISTED_MANAGER_FIELDS = 6, LISTED_CLIENT_FIELDS = 8 };

/* message_hot.c: one element of a list, by hand. False: not one, and `wire` is of no use. */
bool message_take_address(struct wire *wire, struct address *address);
bool message_take_maybe_uuid(struct wire *wire, const uint8_t **uuid);
bool message_take_result(struct wire *wire, struct result_header *result);
/* The same of one that is not needed now. */
bool message_skip_result(struct wire *wire);
/* The first `count` fields of its timing, which may be more than it has: those are left. The number of the
 * one that is wrong, TIMING_ALL: none. */
unsigned message_take_timing(struct wire *wire, uint32_t count, struct result_header *result);

enum task_fault {
    TASK_FINE,
    TASK_SHAPE,
    TASK_ADDRESS,
    TASK_COMP,
    TASK_BREADCRUMBS,
    TASK_UUID,
    TASK_RUNTIME,
    TASK_ATTEMPT,
    TASK_PRIORITY,
    TASK_FLAGS,
    TASK_NAME,
    TASK_META,
    TASK_SHARED,
    TASK_SESSION,
    TASK_MANY_BREADCRUMBS, /* from here on: CODE_TOO_LARGE */
    TASK_LONG_RUNTIME,
    TASK_LONG_NAME,
    TASK_LONG_META,
};
/* The fields that every task has, and with those that may be left out. */
enum { TASK_FIELDS = 10, TASK_FIELDS_SHARED = 11, TASK_FIELDS_SESSION = 12 };

/* What a fault means, CODE_NONE and nothing for none; `single`: of a SUBMIT, else of a SUBMIT_BATCH. */
enum error_code message_task_code(enum task_fault fault, bool single, const char **why);

enum task_fault message_take_task(struct wire *wire, struct task_header *task);
/* The same for bytes that it has found fine before, which is not asked again of their texts. */
bool message_take_task_seen(struct wire *wire, struct task_header *task);

/* The same of one task after another. Most tasks of a map are the same bytes but for their return address:
 * what is the same as in the one before is not read again. */
enum task_fault message_take_next(struct wire *wire, struct task_run *run);
bool message_take_next_seen(struct wire *wire, struct task_run *run);

/* message_list.c: writing; each has room for what its bound says. */
enum { BOUND_ADDRESS = 20, BOUND_UUID = 18 };
uint8_t *message_put_address(uint8_t *at, const struct address *address);
uint8_t *message_put_maybe_uuid(uint8_t *at, const uint8_t *uuid);
uint8_t *message_put_list(uint8_t *at, const struct list *list);
uint8_t *message_put_task(uint8_t *at, const struct task_header *task);
size_t message_bound_task(const struct task_header *task);

static inline size_t message_bound_list(const struct list *list)
{
    return WIRE_PREFIX + (size_t)(list->end - list->at);
}

#endif
