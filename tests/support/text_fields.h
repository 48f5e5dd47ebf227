/* text_fields: what message_text and message_parse share: the fields of the records in arrays, and the
 * numbers that have names. */
#ifndef MAILROOM_TEXT_FIELDS_H
#define MAILROOM_TEXT_FIELDS_H

#include "common/wire/message_fields.h"

/* Types that only the records below have. */
enum { FIELD_BYTE = 100, FIELD_BYTES, FIELD_BARE /* a number without names, whatever its field is called */ };

/* `at` is the place in struct task_header, and so on for the others. */
extern const struct field text_task_fields[TASK_FIELDS_SESSION];
extern const struct field text_result_fields[RESULT_FIELDS + TIMING_ALL]; /* the last may be left out */
extern const struct field text_listed_task_fields[LISTED_TASK_FIELDS];
extern const struct field text_listed_manager_fields[LISTED_MANAGER_FIELDS];
extern const struct field text_listed_client_fields[LISTED_CLIENT_FIELDS];

/* The name of a number of this field ("TASK_FAILED" for 7 of `code`), NULL when it has none. */
const char *text_number_name(const struct field *field, uint64_t number);

#endif
