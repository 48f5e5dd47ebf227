/* text_fields: the tables of text_fields.h. */
#include "tests/support/text_fields.h"

#define TASK(name, type)                                       \
    {                                                          \
#name, "", type, offsetof(struct task_header, name), 0 \
    }
#define RESULT(name, type)                                       \
    {                                                            \
#name, "", type, offsetof(struct result_header, name), 0 \
    }

const struct field text_task_fields[TASK_FIELDS] = {
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
};

const struct field text_result_fields[RESULT_FIELDS] = {
    RESULT(return_address, FIELD_ADDRESS),
    RESULT(completed_by, FIELD_NUMBER32),
    RESULT(uuid, FIELD_MAYBE_UUID),
};

const char *text_number_name(const struct field *field, uint64_t number)
{
    const char *name = "?";
    if (number > CODE_LIMIT)
        return NULL;
    if (!strcmp(field->name, "code"))
        name = code_name((unsigned)number);
    else if (!strcmp(field->name, "state"))
        name = state_name((unsigned)number);
    else if (!strcmp(field->name, "role"))
        name = role_name((unsigned)number);
    return *name == '?' ? NULL : name;
}
