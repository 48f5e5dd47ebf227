/* text_fields: the tables of text_fields.h. */
#include "tests/support/text_fields.h"

#define OF(record, name, type)                            \
    {                                                     \
#name, "", type, offsetof(struct record, name), 0 \
    }
#define TASK(name, type) OF(task_header, name, type)
#define RESULT(name, type) OF(result_header, name, type)
#define TIMING(name, type)                                              \
    {                                                                   \
#name, "", type, offsetof(struct result_header, timing.name), 0 \
    }
#define LISTED_TASK(name, type) OF(listed_task, name, type)
#define LISTED_MANAGER(name, type) OF(listed_manager, name, type)
#define LISTED_CLIENT(name, type) OF(listed_client, name, type)

const struct field text_task_fields[TASK_FIELDS_SESSION] = {
    TASK(return_address, FIELD_ADDRESS),
    TASK(comp_task_id, FIELD_NUMBER),
    TASK(breadcrumbs, FIELD_ADDRESSES),
    TASK(uuid, FIELD_MAYBE_UUID),
    TASK(runtime, FIELD_TEXT),
    TASK(attempt, FIELD_NUMBER32),
    TASK(priority, FIELD_BYTE),
    TASK(flags, FIELD_BYTE),
    TASK(name, FIELD_TEXT),
    TASK(meta, FIELD_BYTES),
    TASK(shared, FIELD_NUMBER), /* the last: they are left out where they are 0 */
    TASK(session, FIELD_NUMBER),
};

const struct field text_result_fields[RESULT_FIELDS + TIMING_ALL] = {
    RESULT(return_address, FIELD_ADDRESS),
    RESULT(completed_by, FIELD_NUMBER32),
    RESULT(uuid, FIELD_MAYBE_UUID),
    TIMING(ran, FIELD_NUMBER),
    TIMING(cpu, FIELD_NUMBER),
    TIMING(memory, FIELD_NUMBER),
    TIMING(waited, FIELD_NUMBER),
    TIMING(held, FIELD_NUMBER),
    TIMING(age, FIELD_NUMBER),
    TIMING(attempts, FIELD_NUMBER),
    TIMING(manager, FIELD_TEXT),
};

const struct field text_listed_task_fields[LISTED_TASK_FIELDS] = {
    LISTED_TASK(uuid, FIELD_UUID),    LISTED_TASK(name, FIELD_TEXT),    LISTED_TASK(state, FIELD_NUMBER),
    LISTED_TASK(total, FIELD_NUMBER), LISTED_TASK(ended, FIELD_NUMBER), LISTED_TASK(attempts, FIELD_NUMBER),
    LISTED_TASK(age, FIELD_NUMBER),   LISTED_TASK(client, FIELD_TEXT),
};

const struct field text_listed_manager_fields[LISTED_MANAGER_FIELDS] = {
    LISTED_MANAGER(name, FIELD_TEXT),   LISTED_MANAGER(line, FIELD_TEXT),
    LISTED_MANAGER(state, FIELD_BARE),  LISTED_MANAGER(workers, FIELD_NUMBER),
    LISTED_MANAGER(idle, FIELD_NUMBER), LISTED_MANAGER(tasks, FIELD_NUMBER),
};

const struct field text_listed_client_fields[LISTED_CLIENT_FIELDS] = {
    LISTED_CLIENT(name, FIELD_TEXT),        LISTED_CLIENT(key, FIELD_TEXT),
    LISTED_CLIENT(state, FIELD_BARE),       LISTED_CLIENT(tasks, FIELD_NUMBER),
    LISTED_CLIENT(submitted, FIELD_NUMBER), LISTED_CLIENT(ended, FIELD_NUMBER),
    LISTED_CLIENT(bytes, FIELD_NUMBER),     LISTED_CLIENT(away, FIELD_NUMBER),
};

const char *text_number_name(const struct field *field, uint64_t number)
{
    const char *name = "?";
    if (number > CODE_LIMIT || field->type == FIELD_BARE)
        return NULL;
    if (!strcmp(field->name, "code"))
        name = code_name((unsigned)number);
    else if (!strcmp(field->name, "state"))
        name = state_name((unsigned)number);
    else if (!strcmp(field->name, "role"))
        name = role_name((unsigned)number);
    return *name == '?' ? NULL : name;
}
