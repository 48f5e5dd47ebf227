/* tables: see tables.h. Here is the list itself. */
#include "broker/journal/tables.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): a field's name takes none */
#define AT(field) offsetof(struct record, field)
#define COUNT(columns) (sizeof(columns) / sizeof *(columns))
#define UUID(name, field)                        \
    {                                            \
        name, COLUMN_FIXED, UUID_SIZE, AT(field) \
    }
#define ADDRESS(prefix, field)                                \
    {prefix "worker", COLUMN_U32, 0, AT(field.worker)},       \
        {prefix "mailbox", COLUMN_U64, 0, AT(field.mailbox)}, \
    {                                                         \
        prefix "slot", COLUMN_U32, 0, AT(field.slot)          \
    }
#define KEY(field)                                                                                           \
    {"key_role", COLUMN_U32, 0, AT(field.role)}, {"key_name", COLUMN_STRING, KEY_NAME_SIZE, AT(field.name)}, \
    {                                                                                                        \
        "key", COLUMN_FIXED, KEY_SIZE, AT(field.bytes)                                                       \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

_Static_assert(sizeof(enum key_role) == 4, "a role is kept as a number of 4 bytes");

static const struct column number[] = {
    {"which", COLUMN_U32, 0, AT(number.which)},
    {"below", COLUMN_U64, 0, AT(number.below)},
};

static const struct column manager[] = {
    UUID("boot", manager.boot),
    {"draining", COLUMN_FLAG, 0, AT(manager.draining)},
    {"grace", COLUMN_U64, 0, AT(manager.grace)},
    {"name", COLUMN_TEXT, 0, AT(manager.name)},
    {"line", COLUMN_TEXT, 0, AT(manager.line)},
    KEY(manager.key),
};

static const struct column ids[] = {
    {"lower", COLUMN_U32, 0, AT(ids.lower)},
    {"upper", COLUMN_U32, 0, AT(ids.upper)},
    {"state", COLUMN_U32, 0, AT(ids.state)},
    UUID("boot", ids.boot),
};

static const struct column session[] = {
    {"serial", COLUMN_U64, 0, AT(session.serial)},
    UUID("token", session.token),
    UUID("boot", session.boot),
    {"name", COLUMN_TEXT, 0, AT(session.name)},
    KEY(session.key),
    {"host", COLUMN_U64, 0, AT(session.host)},
    {"fleeting", COLUMN_FLAG, 0, AT(session.fleeting)},
    {"submitted", COLUMN_U64, 0, AT(session.submitted)},
    {"left_at", COLUMN_U64, 0, AT(session.left)},
};

static const struct column paths[] = {
    {"session", COLUMN_U64, 0, AT(paths.session)},
    {"texts", COLUMN_LIST, 0, AT(paths.texts)},
};

static const struct column share[] = {
    {"number", COLUMN_U64, 0, AT(share.number)},
    {"session", COLUMN_U64, 0, AT(share.session)},
};

static const struct column job[] = {
    {"mailbox", COLUMN_U64, 0, AT(job.mailbox)},
    {"session", COLUMN_U64, 0, AT(job.session)},
    UUID("uuid", job.uuid),
    {"total", COLUMN_U32, 0, AT(job.total)},
    {"name", COLUMN_TEXT, 0, AT(job.name)},
};

static const struct column slot[] = {
    {"mailbox", COLUMN_U64, 0, AT(slot.mailbox)},
    {"slot", COLUMN_U32, 0, AT(slot.slot)},
    {"state", COLUMN_U8, 0, AT(slot.state)},
    {"flags", COLUMN_U8, 0, AT(slot.flags)},
    {"attempts", COLUMN_U8, 0, AT(slot.attempts)},
    {"completed_by", COLUMN_U32, 0, AT(slot.completed_by)},
    {"code", COLUMN_U32, 0, AT(slot.code)},
    {"text", COLUMN_TEXT, 0, AT(slot.text)},
    ADDRESS("task_", slot.task),
};

static const struct column task[] = {
    ADDRESS("", task.address),
    {"job", COLUMN_U64, 0, AT(task.job)},
    {"session", COLUMN_U64, 0, AT(task.session)},
    {"share", COLUMN_U64, 0, AT(task.share)},
    {"runtime", COLUMN_TEXT, 0, AT(task.runtime)},
    {"name", COLUMN_TEXT, 0, AT(task.name)},
    {"meta", COLUMN_BYTES, 0, AT(task.meta)},
    {"breadcrumbs", COLUMN_LIST, 0, AT(task.breadcrumbs)},
    {"priority", COLUMN_U8, 0, AT(task.priority)},
    {"flags", COLUMN_U8, 0, AT(task.flags)},
    {"comp_task_id", COLUMN_U64, 0, AT(task.comp_task_id)},
};

static const struct column fate[] = {
    ADDRESS("", fate.address),
    UUID("boot", fate.boot),
    {"attempt", COLUMN_U8, 0, AT(fate.attempt)},
    {"blamed", COLUMN_U8, 0, AT(fate.blamed)},
    {"too_many", COLUMN_FLAG, 0, AT(fate.too_many)},
    {"losses", COLUMN_TEXT, 0, AT(fate.losses)},
};

static const struct column message[] = {
    ADDRESS("", message.address),
    {"ordinal", COLUMN_U32, 0, AT(message.ordinal)},
};

static const struct column cancelled[] = {
    ADDRESS("", cancelled.address),
    ADDRESS("root_", cancelled.root),
};

static const struct column answer[] = {
    ADDRESS("", answer.address),
    {"completed_by", COLUMN_U32, 0, AT(answer.completed_by)},
    UUID("boot", answer.boot),
};

static const struct table tables[RECORD_KINDS] = {
    [RECORD_NUMBER] = {"number", number, COUNT(number), 1, .plain = true},
    [RECORD_MANAGER] = {"manager", manager, COUNT(manager), 1},
    [RECORD_IDS] = {"ids", ids, COUNT(ids), 1, .plain = true},
    [RECORD_SESSION] = {"session", session, COUNT(session), 1, .plain = true},
    [RECORD_PATHS] = {"paths", paths, COUNT(paths), 1, .plain = true},
    [RECORD_SHARE] = {"share", share, COUNT(share), 1, .body = true, .plain = true},
    [RECORD_JOB] = {"job", job, COUNT(job), 1, .plain = true},
    [RECORD_SLOT] = {"slot", slot, COUNT(slot), 2, .body = true, .rows = true},
    [RECORD_TASK] = {"task", task, COUNT(task), 3, .body = true, .rows = true},
    [RECORD_FATE] = {"fate", fate, COUNT(fate), 3},
    [RECORD_MESSAGE] = {"message", message, COUNT(message), 4, .body = true, .rows = true},
    [RECORD_CANCELLED] = {"cancelled", cancelled, COUNT(cancelled), 3},
    [RECORD_ANSWER] = {"answer", answer, COUNT(answer), 3, .body = true, .rows = true},
};

const struct table *table_of(unsigned kind)
{
    return &tables[kind];
}
