/* recv_client_ask: what clients want to know (BQSKit's handle_status): STATUS and LIST. Of managers
 * see recv_client_managers.c, of the broker recv_client_numbers.c. */
#include "broker/core/dispatch.h"
#include "broker/core/job_tell.h"

enum {
    LIST_TASKS = 4096,    /* in one answer to LIST, */
    LIST_SLOTS = 1 << 18, /* and so many slots are looked at for it, but for the last of the tasks */
    LIST_BYTES = 1 << 18, /* no more tasks where their names and numbers have so many, */
    WORK_LINE = 8         /* for one of them */
};

CLIENT_HANDLER(recv_client_status)
{
    (void)body;
    bool foreign;
    struct headway *headway = broker->boss.post.headway;
    struct message answer = {.kind = KIND_STATUS};
    uint32_t job = job_find(broker, session, message->status.uuid, &foreign);
    if (job == NO_RECORD && foreign && session->peer->admin)
        job = job_find_any(broker, message->status.uuid);
    if (job == NO_RECORD && foreign) {
        session_refuse(broker, session, CODE_NOT_OWNER, "this task belongs to another client",
                       message->status.corr, message->status.uuid, NO_NUMBER);
        return HANDLED;
    }
    if (headway->stage == 0)
        job_survey_begin(&headway->survey);
    headway->stage = 1;
    if (job != NO_RECORD && !job_survey(broker, job, &headway->survey))
        return UNFINISHED;
    answer.status.uuid = message->status.uuid;
    answer.status.corr = message->status.corr;
    if (job == NO_RECORD) {
        answers_deny(broker, session, &answer);
        return HANDLED;
    }
    job_status(broker, job, &headway->survey, &answer);
    session_say(broker, session, &answer);
    return HANDLED;
}

/* Where a list of tasks goes on: in which session, and with which of its jobs. */
struct place {
    const struct session *session; /* NULL: at the end */
    uint32_t job;
};

/* The next job of all sessions, where this one has no more; true: there is one. */
static bool settle(const struct broker *broker, struct place *place)
{
    while (place->session && place->job == NO_RECORD) {
        uint32_t older = place->session->older;
        place->session = older == NO_RECORD ? NULL : session_at(broker, older);
        place->job = place->session ? place->session->jobs : NO_RECORD;
    }
    return place->session != NULL;
}

/* The job of an admin's LIST of all sessions that `after` names, or NO_RECORD. */
static uint32_t find_after(struct broker *broker, const uint8_t *after, uint64_t serial)
{
    bool foreign;
    if (serial == LIST_ALL)
        return job_find_any(broker, after);
    for (uint32_t i = broker->newest; i != NO_RECORD; i = session_at(broker, i)->older) {
        if (session_at(broker, i)->serial == serial)
            return job_find(broker, session_at(broker, i), after, &foreign);
    }
    return NO_RECORD;
}

/* Where a LIST begins; false: it was refused. */
static bool begin_list(struct broker *broker, struct session *session, const struct message *message,
                       struct place *place)
{
    const uint8_t *after = message->list.after;
    bool all = message->list.all != LIST_OWN;
    if (all && !session->peer->admin) {
        session_refuse(broker, session, CODE_REFUSED, "LIST of all clients' tasks: " ONLY_ADMINS,
                       message->list.corr, NULL, NO_NUMBER);
        return false;
    }
    if (after == NULL) {
        place->session = all ? session_at(broker, broker->newest) : session;
        place->job = place->session->jobs;
        return true;
    }
    uint32_t job = all ? find_after(broker, after, message->list.all)
                       : session_job(broker, session, after, message->list.corr, ABOUT_QUESTION);
    if (job == NO_RECORD && all)
        session_refuse(broker, session, CODE_UNKNOWN_TASK, "this task is gone meanwhile; list anew",
                       message->list.corr, after, NO_NUMBER);
    if (job == NO_RECORD)
        return false;
    place->session = session_of_job(broker, job_at(broker, job));
    place->job = job_at(broker, job)->older;
    return true;
}

/* Whether the answer has room for one more task; there is one at the place then. */
static bool has_more(const struct broker *broker, bool all, struct place *place, uint64_t tasks,
                     uint64_t slots, bool *more)
{
    *more = all ? settle(broker, place) : place->job != NO_RECORD;
    return *more && tasks < LIST_TASKS && slots < LIST_SLOTS;
}

enum {
    LIST_LOOKS = 1,
    LIST_GOES_ON,
    LIST_SAYS
}; /* stages of LIST: at a task, behind it, and at the answer */

/* Looks at all that is to be told of, from where the headway is. False: there is more of it. */
static bool look_at_all(struct broker *broker, bool all, struct place *place, struct headway *headway)
{
    bool more;
    while (has_more(broker, all, place, headway->count, headway->serial, &more)) {
        const struct job *job = job_at(broker, place->job);
        headway->number = place->job;
        headway->stage = LIST_LOOKS;
        if (!job_survey(broker, place->job, &headway->survey))
            return false;
        headway->stage = LIST_GOES_ON;
        headway->count++;
        headway->serial += job_total(job);
        place->job = job->older;
        if (!boss_spend(&broker->boss, WORK_LOOK))
            return false;
    }
    headway->stage = LIST_SAYS;
    return true;
}

/* Where the headway is; false: that task is gone meanwhile. */
static bool resume_list(const struct broker *broker, const struct headway *headway, struct place *place)
{
    const struct survey *survey = &headway->survey;
    if (!slab_has(&broker->jobs, headway->number))
        return false;
    const struct job *job = job_at(broker, headway->number);
    if (job->mailbox != survey->mailbox || job->doomed || session_of_job(broker, job)->over)
        return false;
    place->session = session_of_job(broker, job);
    place->job = headway->stage == LIST_LOOKS ? headway->number : job->older;
    return true;
}

CLIENT_HANDLER(recv_client_list)
{
    (void)body;
    struct builder *list = &broker->boss.list;
    struct headway *headway = broker->boss.post.headway;
    struct place place;
    bool all = message->list.all != LIST_OWN;
    struct message answer = {.kind = KIND_LIST};
    if (headway->stage == 0) {
        if (!begin_list(broker, session, message, &place))
            return HANDLED;
        job_survey_begin(&headway->survey);
        headway->stage = LIST_LOOKS;
    } else if (headway->stage != LIST_SAYS && !resume_list(broker, headway, &place)) {
        headway->stage = LIST_SAYS; /* the rest is told as it was seen the last time */
    }
    if (headway->stage != LIST_SAYS && !look_at_all(broker, all, &place, headway))
        return UNFINISHED;
    if (!begin_list(broker, session, message, &place))
        return HANDLED;
    answer.list.corr = message->list.corr;
    answer.list.after = message->list.after;
    answer.list.all = message->list.all;
    builder_reset(list);
    bool more;
    for (uint64_t slots = 0;
         has_more(broker, all, &place, list->count, slots, &more) && list->size < LIST_BYTES;) {
        const struct job *job = job_at(broker, place.job);
        struct listed_task listed;
        job_list(broker, place.job, &listed);
        if (all) {
            listed.client = span_text(place.session->name);
            answer.list.all = place.session->serial;
        }
        builder_listed_task(list, &listed);
        slots += job_total(job);
        place.job = job->older;
    }
    boss_spend(&broker->boss, list->count * WORK_LINE);
    answer.list.more = more;
    answer.list.tasks = builder_list(list);
    session_say(broker, session, &answer);
    return HANDLED;
}
