/* sql_log: SQLite's write-ahead log, looked at before SQLite reads it. SQLite takes the first frame that is
 * not as it was written for the log's end: right after a power cut, where the last group was under way. But
 * where groups that were safe stand behind it, the log was damaged, and they would be lost without a word. */
#ifndef MAILROOM_JOURNAL_SQL_LOG_H
#define MAILROOM_JOURNAL_SQL_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the log in that file is whole, or ends as a power cut may end it, or there is none. Else `*frame`
 * is the first that is not as it was written. */
bool sql_log_is_whole(const char *path, uint64_t *frame);

#endif
