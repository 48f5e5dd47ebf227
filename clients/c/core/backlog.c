/* backlog: see backlog.h. */
#include "clients/c/core/backlog.h"

#include "common/link/link.h"

enum { FIRST_PAUSE = 100 /* ms */, MOST_PAUSE = 2000, MOST_AT_ONCE = 64 };

void backlog_init(struct backlog *backlog, uint64_t patience)
{
    *backlog = (struct backlog){
        .patience = patience, .at_once = 1, .pause = FIRST_PAUSE, .try_at = NEVER, .moved_at = 0};
}

bool backlog_is_full(uint64_t count, uint64_t bytes)
{
    return count >= BACKLOG_LONG || bytes >= BACKLOG_LARGE;
}

void backlog_add(struct backlog *backlog, struct submission *submission)
{
    submission->refused = true;
    submission->tried = false;
    submission->previous_refused = backlog->last;
    submission->next_refused = NULL;
    *(backlog->last ? &backlog->last->next_refused : &backlog->first) = submission;
    backlog->last = submission;
    backlog->count++;
    backlog->bytes += submission_size(submission);
}

static void came_back(struct backlog *backlog, struct submission *submission)
{
    backlog->under_way -= submission->tried;
    submission->tried = false;
}

bool backlog_refused(struct backlog *backlog, struct submission *submission, bool hope, uint64_t now)
{
    bool was_here = submission->refused;
    if (hope || backlog->count == 0)
        backlog->moved_at = now;
    if (now - backlog->moved_at >= backlog->patience)
        return false;
    if (!was_here)
        backlog_add(backlog, submission);
    if (was_here || backlog->try_at == NEVER) {
        backlog->at_once = 1;
        backlog->try_at = now + backlog->pause;
        backlog->pause = 2 * backlog->pause < MOST_PAUSE ? 2 * backlog->pause : MOST_PAUSE;
    }
    came_back(backlog, submission);
    return true;
}

void backlog_taken(struct backlog *backlog, struct submission *submission, uint64_t now)
{
    if (!submission->refused)
        return;
    backlog_drop(backlog, submission);
    backlog->at_once = 2 * backlog->at_once < MOST_AT_ONCE ? 2 * backlog->at_once : MOST_AT_ONCE;
    backlog->moved_at = now;
    backlog->try_at = backlog->count > 0 ? now : NEVER;
    backlog->pause = FIRST_PAUSE;
}

void backlog_moved(struct backlog *backlog, uint64_t now)
{
    backlog->moved_at = now;
    backlog->pause = FIRST_PAUSE;
    if (backlog->try_at != NEVER && now + backlog->pause < backlog->try_at)
        backlog->try_at = now + backlog->pause;
}

struct submission *backlog_due(struct backlog *backlog, uint64_t now)
{
    if (backlog->try_at == NEVER || now < backlog->try_at)
        return NULL;
    struct submission *next = backlog->first;
    while (next && next->tried)
        next = next->next_refused;
    if (!next || backlog->under_way >= backlog->at_once) {
        backlog->try_at = NEVER; /* until there is an answer */
        return NULL;
    }
    next->tried = true;
    backlog->under_way++;
    return next;
}

void backlog_drop(struct backlog *backlog, struct submission *submission)
{
    if (submission->refused) {
        *(submission->previous_refused ? &submission->previous_refused->next_refused : &backlog->first) =
            submission->next_refused;
        *(submission->next_refused ? &submission->next_refused->previous_refused : &backlog->last) =
            submission->previous_refused;
        submission->refused = false;
        backlog->count--;
        backlog->bytes -= submission_size(submission);
        came_back(backlog, submission);
    }
    if (backlog->count == 0)
        backlog->try_at = NEVER;
    else if (backlog->try_at == NEVER && backlog->under_way == 0)
        backlog->try_at = backlog->moved_at; /* no answer comes that would have the next one tried */
}

void backlog_begin_anew(struct backlog *backlog, uint64_t now)
{
    for (struct submission *one = backlog->first; one; one = one->next_refused)
        came_back(backlog, one);
    backlog->at_once = 1;
    backlog->moved_at = now;
    backlog->try_at = backlog->count > 0 ? now : NEVER;
}

void backlog_clear(struct backlog *backlog)
{
    while (backlog->first)
        backlog_drop(backlog, backlog->first);
}
