/* message_fields: which fields each kind has, in the order of PROTOCOL.md section 5, where they are in struct
 * message, and what is said of one that is not of its type. */
#include "common/wire/message_fields.h"

/* What a field of each type has to be, for the refusal of one that is not. */
#define WHAT_NUMBER "a number"
#define WHAT_NUMBER32 "a number below 2^32"
#define WHAT_MAYBE_NUMBER "a number below 2^64 - 1 or nil"
#define WHAT_TEXT "a text of valid UTF-8"
#define WHAT_MAYBE_TEXT "a text of valid UTF-8 or nil"
#define WHAT_UUID "16 bytes"
#define WHAT_MAYBE_UUID "16 bytes or nil"
#define WHAT_ADDRESS "an address"
#define WHAT_MAYBE_ADDRESS "an address or nil"
#define WHAT_TEXTS "an array of texts of valid UTF-8"
#define WHAT_ADDRESSES "an array of at most 65536 addresses"
#define WHAT_RANGES "an array of [lower, upper] with lower < upper <= 2^30"
#define WHAT_RUNTIMES "an array of [name, version] with names of 1 to 31 bytes"
#define WHAT_LENGTHS "an array of one number for each entry"
#define WHAT_TASK "a task"
#define WHAT_TASKS "an array of at least one task"
#define WHAT_RESULTS "an array of at least one [return_address, completed_by, uuid, ...]"
#define WHAT_LISTED_TASKS "an array of [uuid, name, state, total, ended, attempts, age, client]"
#define WHAT_LISTED_MANAGERS "an array of [name, line, state, workers, idle, tasks]"
#define WHAT_LISTED_CLIENTS "an array of [name, key, state, tasks, submitted, ended, bytes, away]"
#define WHAT_COUNTS "an array of [name, value]"
#define WHAT_SLOTS "an array of [uuid, slot], where slot is a number below 2^64 - 1 or nil"

/* A field of a kind and its place in struct message. */
#define FIELD(kind, name, type, member)                                                                   \
    {                                                                                                     \
#name, #kind ": " #name " is not " WHAT_##type, FIELD_##type, offsetof(struct message, member), 0 \
    }

/* An address that may be nil, and the bool that says whether it is there. */
#define OPTION(kind, name, member, flag)                                            \
    {                                                                               \
#name, #kind ": " #name " is not " WHAT_MAYBE_ADDRESS, FIELD_MAYBE_ADDRESS, \
            offsetof(struct message, member), offsetof(struct message, flag)        \
    }

#define SHAKE(kind)                                                                                     \
    FIELD(kind, role, NUMBER32, hello.role), FIELD(kind, boot, UUID, hello.boot),                       \
        FIELD(kind, link, UUID, hello.link), FIELD(kind, peer_boot, MAYBE_UUID, hello.peer_boot),       \
        FIELD(kind, received, NUMBER, hello.received), FIELD(kind, session, MAYBE_UUID, hello.session), \
        FIELD(kind, heartbeat, NUMBER, hello.heartbeat), FIELD(kind, expiry, NUMBER, hello.expiry),     \
        FIELD(kind, window, NUMBER, hello.window), FIELD(kind, max_body, NUMBER, hello.max_body),       \
        FIELD(kind, software, TEXT, hello.software), FIELD(kind, name, TEXT, hello.name),               \
        FIELD(kind, ids, NUMBER, hello.ids), FIELD(kind, features, NUMBER, hello.features),             \
        FIELD(kind, cluster, MAYBE_UUID, hello.cluster), FIELD(kind, epoch, NUMBER, hello.epoch),       \
        FIELD(kind, safe, NUMBER, hello.safe)

static const struct field connect_fields[] = {
    FIELD(CONNECT, corr, MAYBE_NUMBER, connect.corr),
    FIELD(CONNECT, paths, TEXTS, connect.paths),
    FIELD(CONNECT, ranges, RANGES, connect.ranges),
};
static const struct field disconnect_fields[] = {
    FIELD(DISCONNECT, corr, MAYBE_NUMBER, disconnect.corr),
    FIELD(DISCONNECT, detach, NUMBER32, disconnect.detach),
    FIELD(DISCONNECT, text, TEXT, disconnect.text),
};
static const struct field started_fields[] = {
    FIELD(STARTED, total_workers, NUMBER, started.total_workers),
    FIELD(STARTED, runtimes, RUNTIMES, started.runtimes),
};
static const struct field shutdown_fields[] = {FIELD(SHUTDOWN, text, TEXT, shutdown.text)};
static const struct field error_fields[] = {
    FIELD(ERROR, code, NUMBER, error.code),
    FIELD(ERROR, text, TEXT, error.text),
    FIELD(ERROR, corr, MAYBE_NUMBER, error.corr),
    FIELD(ERROR, uuid, MAYBE_UUID, error.uuid),
    FIELD(ERROR, slot, MAYBE_NUMBER, error.slot),
    OPTION(ERROR, task, error.task, error.has_task),
    OPTION(ERROR, root, error.root, error.has_root),
    OPTION(ERROR, within, error.within, error.has_within),
    FIELD(ERROR, about, NUMBER, error.about),
    FIELD(ERROR, ran, NUMBER, error.timing.ran),
    FIELD(ERROR, cpu, NUMBER, error.timing.cpu),
    FIELD(ERROR, memory, NUMBER, error.timing.memory),
    FIELD(ERROR, worker, MAYBE_NUMBER, error.worker),
    FIELD(ERROR, waited, NUMBER, error.timing.waited),
    FIELD(ERROR, held, NUMBER, error.timing.held),
    FIELD(ERROR, age, NUMBER, error.timing.age),
    FIELD(ERROR, attempts, NUMBER, error.timing.attempts),
    FIELD(ERROR, manager, TEXT, error.timing.manager),
};
static const struct field request_fields[] = {
    FIELD(REQUEST, corr, MAYBE_NUMBER, request.corr),
    FIELD(REQUEST, uuid, UUID, request.uuid),
    FIELD(REQUEST, slot, MAYBE_NUMBER, request.slot),
};
static const struct field result_fields[] = {
    FIELD(RESULT, return_address, ADDRESS, result.return_address),
    FIELD(RESULT, completed_by, NUMBER32, result.completed_by),
    FIELD(RESULT, uuid, MAYBE_UUID, result.uuid),
    FIELD(RESULT, ran, NUMBER, result.timing.ran),
    FIELD(RESULT, cpu, NUMBER, result.timing.cpu),
    FIELD(RESULT, memory, NUMBER, result.timing.memory),
    FIELD(RESULT, waited, NUMBER, result.timing.waited),
    FIELD(RESULT, held, NUMBER, result.timing.held),
    FIELD(RESULT, age, NUMBER, result.timing.age),
    FIELD(RESULT, attempts, NUMBER, result.timing.attempts),
    FIELD(RESULT, manager, TEXT, result.timing.manager),
};
static const struct field submit_fields[] = {FIELD(SUBMIT, task, TASK, submit)};
static const struct field submit_batch_fields[] = {
    FIELD(SUBMIT_BATCH, tasks, TASKS, batch.tasks),
    FIELD(SUBMIT_BATCH, lengths, LENGTHS, batch.lengths),
};
static const struct field status_fields[] = {
    FIELD(STATUS, corr, MAYBE_NUMBER, status.corr),
    FIELD(STATUS, uuid, UUID, status.uuid),
    FIELD(STATUS, state, NUMBER, status.state),
    FIELD(STATUS, total, NUMBER, status.total),
    FIELD(STATUS, queued, NUMBER, status.queued),
    FIELD(STATUS, running, NUMBER, status.running),
    FIELD(STATUS, done, NUMBER, status.done),
    FIELD(STATUS, failed, NUMBER, status.failed),
    FIELD(STATUS, cancelled, NUMBER, status.cancelled),
    FIELD(STATUS, attempts, NUMBER, status.attempts),
    FIELD(STATUS, manager, MAYBE_TEXT, status.manager),
    FIELD(STATUS, why, MAYBE_TEXT, status.why),
    FIELD(STATUS, timed, NUMBER, status.timed),
    FIELD(STATUS, ran, NUMBER, status.timing.ran),
    FIELD(STATUS, cpu, NUMBER, status.timing.cpu),
    FIELD(STATUS, memory, NUMBER, status.timing.memory),
    FIELD(STATUS, waited, NUMBER, status.timing.waited),
    FIELD(STATUS, held, NUMBER, status.timing.held),
    FIELD(STATUS, age, NUMBER, status.timing.age),
};
static const struct field log_fields[] = {
    FIELD(LOG, task, ADDRESS, log.task),    FIELD(LOG, root, ADDRESS, log.root),
    FIELD(LOG, uuid, MAYBE_UUID, log.uuid), FIELD(LOG, level, NUMBER, log.level),
    FIELD(LOG, logger, TEXT, log.logger),   FIELD(LOG, text, TEXT, log.text),
};
static const struct field cancel_fields[] = {
    FIELD(CANCEL, corr, MAYBE_NUMBER, cancel.corr),     FIELD(CANCEL, uuid, MAYBE_UUID, cancel.uuid),
    FIELD(CANCEL, state, MAYBE_NUMBER, cancel.state),   FIELD(CANCEL, addresses, ADDRESSES, cancel.addresses),
    OPTION(CANCEL, root, cancel.root, cancel.has_root),
};
static const struct field waiting_fields[] = {
    FIELD(WAITING, idle, NUMBER32, waiting.idle),
    FIELD(WAITING, room, NUMBER32, waiting.room),
    FIELD(WAITING, receipt, NUMBER, waiting.receipt),
    FIELD(WAITING, queued, NUMBER32, waiting.queued),
    FIELD(WAITING, full, TEXTS, waiting.full),
    FIELD(WAITING, own_room, NUMBER32, waiting.own_room),
    FIELD(WAITING, begun, NUMBER, waiting.begun),
    OPTION(WAITING, running, waiting.running, waiting.has_running),
};
static const struct field update_fields[] = {
    FIELD(UPDATE, addresses, ADDRESSES, addresses.addresses),
    FIELD(UPDATE, ran, NUMBER, addresses.timing.ran),
    FIELD(UPDATE, cpu, NUMBER, addresses.timing.cpu),
    FIELD(UPDATE, memory, NUMBER, addresses.timing.memory),
};
static const struct field importpath_fields[] = {
    FIELD(IMPORTPATH, paths, TEXTS, importpath.paths),
    FIELD(IMPORTPATH, session, NUMBER, importpath.session),
};
static const struct field ready_fields[] = {FIELD(READY, corr, MAYBE_NUMBER, ready.corr)};
static const struct field communicate_fields[] = {
    FIELD(COMMUNICATE, addresses, ADDRESSES, addresses.addresses),
};
static const struct field hello_fields[] = {SHAKE(HELLO)};
static const struct field welcome_fields[] = {SHAKE(WELCOME)};
static const struct field ack_fields[] = {FIELD(ACK, safe, NUMBER, acked.safe)};
static const struct field chunk_fields[] = {FIELD(CHUNK, length, NUMBER, chunk.length)};
static const struct field employee_lost_fields[] = {FIELD(EMPLOYEE_LOST, ranges, RANGES, lost.ranges)};
static const struct field result_batch_fields[] = {
    FIELD(RESULT_BATCH, results, RESULTS, batch.tasks),
    FIELD(RESULT_BATCH, lengths, LENGTHS, batch.lengths),
};
static const struct field return_fields[] = {
    FIELD(RETURN, reason, NUMBER, returned.reason),
    FIELD(RETURN, text, TEXT, returned.text),
    FIELD(RETURN, addresses, ADDRESSES, returned.addresses),
};
static const struct field holds_fields[] = {
    FIELD(HOLDS, ranges, RANGES, holds.ranges),  FIELD(HOLDS, tasks, ADDRESSES, holds.tasks),
    FIELD(HOLDS, roots, ADDRESSES, holds.roots), FIELD(HOLDS, parts, ADDRESSES, holds.parts),
    FIELD(HOLDS, ended, ADDRESSES, holds.ended), FIELD(HOLDS, more, NUMBER, holds.more),
};
static const struct field recall_fields[] = {
    FIELD(RECALL, count, NUMBER, recall.count),
    FIELD(RECALL, runtimes, TEXTS, recall.runtimes),
};
static const struct field drain_fields[] = {
    FIELD(DRAIN, corr, MAYBE_NUMBER, drain.corr),
    FIELD(DRAIN, manager, TEXT, drain.manager),
    FIELD(DRAIN, grace, MAYBE_NUMBER, drain.grace),
};
static const struct field list_fields[] = {
    FIELD(LIST, corr, MAYBE_NUMBER, list.corr), FIELD(LIST, after, MAYBE_UUID, list.after),
    FIELD(LIST, more, NUMBER, list.more),       FIELD(LIST, tasks, LISTED_TASKS, list.tasks),
    FIELD(LIST, all, NUMBER, list.all),
};
static const struct field managers_fields[] = {
    FIELD(MANAGERS, corr, MAYBE_NUMBER, managers.corr),
    FIELD(MANAGERS, managers, LISTED_MANAGERS, managers.managers),
};
static const struct field ids_fields[] = {FIELD(IDS, count, NUMBER, ids.count)};
static const struct field counts_fields[] = {
    FIELD(COUNTS, corr, MAYBE_NUMBER, counts.corr),
    FIELD(COUNTS, counts, COUNTS, counts.counts),
    FIELD(COUNTS, page, MAYBE_TEXT, counts.page),
    FIELD(COUNTS, refuses, MAYBE_TEXT, counts.refuses),
};
static const struct field clients_fields[] = {
    FIELD(CLIENTS, corr, MAYBE_NUMBER, clients.corr),
    FIELD(CLIENTS, clients, LISTED_CLIENTS, clients.clients),
    FIELD(CLIENTS, end, MAYBE_TEXT, clients.end),
};
static const struct field release_fields[] = {FIELD(RELEASE, slots, SLOTS, release.slots)};

static const struct field share_fields[] = {FIELD(SHARE, number, NUMBER, share.number)};
static const struct field unshare_fields[] = {FIELD(UNSHARE, number, NUMBER, share.number)};
static const struct field trace_fields[] = {
    FIELD(TRACE, count, NUMBER, trace.count),
    FIELD(TRACE, name, TEXT, trace.name),
    OPTION(TRACE, task, trace.task, trace.has_task),
    OPTION(TRACE, parent, trace.parent, trace.has_parent),
    OPTION(TRACE, root, trace.root, trace.has_root),
    FIELD(TRACE, worker, MAYBE_NUMBER, trace.worker),
    FIELD(TRACE, state, NUMBER, trace.state),
    FIELD(TRACE, depth, NUMBER, trace.depth),
    FIELD(TRACE, ran, NUMBER, trace.timing.ran),
    FIELD(TRACE, cpu, NUMBER, trace.timing.cpu),
    FIELD(TRACE, memory, NUMBER, trace.timing.memory),
    FIELD(TRACE, waited, NUMBER, trace.timing.waited),
    FIELD(TRACE, held, NUMBER, trace.timing.held),
    FIELD(TRACE, age, NUMBER, trace.timing.age),
    FIELD(TRACE, attempts, NUMBER, trace.timing.attempts),
};

/* A kind whose fields must all be there, one of which only the first `required` must, and one without any. */
#define COUNT(fields) (sizeof(fields) / sizeof(fields)[0])
#define SHAPE(kind, fields) [KIND_##kind] = {fields, true, COUNT(fields), COUNT(fields)}
#define SHAPE_FROM(kind, fields, required) [KIND_##kind] = {fields, true, COUNT(fields), required}
#define BARE(kind) [KIND_##kind] = {NULL, true, 0, 0}

const struct shape message_shapes[KIND_LIMIT] = {
    SHAPE(CONNECT, connect_fields),
    SHAPE(DISCONNECT, disconnect_fields),
    SHAPE(STARTED, started_fields),
    SHAPE(SHUTDOWN, shutdown_fields),
    SHAPE_FROM(ERROR, error_fields, 7),
    SHAPE(REQUEST, request_fields),
    SHAPE_FROM(RESULT, result_fields, 3), /* times came later */
    SHAPE(SUBMIT, submit_fields),
    SHAPE(SUBMIT_BATCH, submit_batch_fields),
    SHAPE_FROM(STATUS, status_fields, 2), /* a request needs no more */
    SHAPE(LOG, log_fields),
    SHAPE_FROM(CANCEL, cancel_fields, 4), /* a client's names a uuid */
    SHAPE_FROM(WAITING, waiting_fields, 3),
    SHAPE_FROM(UPDATE, update_fields, 1),         /* times came later */
    SHAPE_FROM(IMPORTPATH, importpath_fields, 1), /* session came later */
    SHAPE(READY, ready_fields),
    SHAPE(COMMUNICATE, communicate_fields),
    SHAPE_FROM(HELLO, hello_fields, 13), /* features came later */
    SHAPE_FROM(WELCOME, welcome_fields, 13),
    BARE(PING),
    BARE(PONG),
    SHAPE_FROM(ACK, ack_fields, 0), /* safe came later */
    SHAPE(CHUNK, chunk_fields),
    SHAPE(EMPLOYEE_LOST, employee_lost_fields),
    SHAPE(RESULT_BATCH, result_batch_fields),
    SHAPE(RETURN, return_fields),
    SHAPE(RECALL, recall_fields),
    SHAPE(DRAIN, drain_fields),
    SHAPE_FROM(LIST, list_fields, 2),         /* as above */
    SHAPE_FROM(MANAGERS, managers_fields, 1), /* as above */
    SHAPE(IDS, ids_fields),
    SHAPE(RELEASE, release_fields),
    SHAPE_FROM(COUNTS, counts_fields, 1),   /* as above */
    SHAPE_FROM(CLIENTS, clients_fields, 1), /* as above */
    SHAPE(SHARE, share_fields),
    SHAPE(UNSHARE, unshare_fields),
    SHAPE_FROM(TRACE, trace_fields, 1), /* a boss says no more */
    SHAPE(HOLDS, holds_fields),
};
