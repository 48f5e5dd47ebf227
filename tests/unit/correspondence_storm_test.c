/* A client of libmailroom's in a storm: callers hand in whatever they may, the broker says whatever it may,
 * links break and sessions are lost, all at random from a seed. After each step the books are right, no end
 * is told twice, and none that is waited for is lost. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "cli_broker.h"
#include "common/base/mem.h"

enum { STEPS = 3000, TASKS = 200 /* uuids of the test's own */, SLOTS = 4 };

struct storm {
    struct cli_broker *broker;
    struct correspondence *mail;
    uint64_t seed;
    uint32_t submitted;      /* tasks 0 .. submitted - 1 were */
    uint8_t slots[TASKS];    /* how many each has */
    bool open[TASKS][SLOTS]; /* its end is to be told */
    uint64_t asked, answered, unasked;
    bool here; /* there is a link */
};

static uint32_t draw(struct storm *storm, uint32_t below)
{
    storm->seed = storm->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(storm->seed >> 33) % below;
}

static void name(uint32_t task, uint8_t uuid[UUID_SIZE])
{
    memset(uuid, 0x11, UUID_SIZE);
    uuid[0] = (uint8_t)task;
    uuid[1] = (uint8_t)(task >> 8);
}

static void submit(struct storm *storm)
{
    uint8_t uuid[UUID_SIZE];
    if (storm->submitted == TASKS)
        return;
    uint32_t task = storm->submitted++, total = 1 + draw(storm, SLOTS);
    name(task, uuid);
    struct task_header header = {
        .uuid = uuid, .runtime = span_text("plain"), .flags = draw(storm, 4) ? TASK_DELIVER : 0};
    struct submission *made = submission_new(&header, total, false);
    made->tag = task;
    made->body = cli_body(&"abcd"[SLOTS - total]);
    for (uint32_t slot = 0; total > 1 && slot < total; slot++)
        made->lengths[slot] = 1;
    if (draw(storm, 3) == 0)
        made->shared = cli_body("shared");
    storm->slots[task] = (uint8_t)total;
    for (uint32_t slot = 0; slot < total; slot++)
        storm->open[task][slot] = true;
    correspondence_submit(storm->mail, made);
}

/* One of the tasks, and one of its slots or all. */
static uint32_t choose(struct storm *storm, uint8_t uuid[UUID_SIZE], uint32_t *slot)
{
    uint32_t task = storm->submitted > 0 ? draw(storm, storm->submitted) : 0;
    name(task, uuid);
    *slot = draw(storm, 5) == 0 ? MAILROOM_ALL : draw(storm, SLOTS);
    return task;
}

static void abandon(struct storm *storm)
{
    uint8_t uuid[UUID_SIZE];
    uint32_t slot, task = choose(storm, uuid, &slot);
    correspondence_abandon(storm->mail, uuid, slot);
    for (uint32_t one = 0; one < SLOTS; one++) {
        if (slot == MAILROOM_ALL || slot == one)
            storm->open[task][one] = false;
    }
}

static void ask(struct storm *storm)
{
    uint8_t uuid[UUID_SIZE];
    uint32_t slot;
    choose(storm, uuid, &slot);
    struct mailroom_question question = {
        .kind = MAILROOM_ASK_STATUS + draw(storm, MAILROOM_ASK_SHUTDOWN), .uuid = uuid, .name = "manager"};
    correspondence_ask(storm->mail, question_new(&question, ++storm->asked));
}

static void hand_in(struct storm *storm)
{
    uint8_t uuid[UUID_SIZE];
    uint32_t slot;
    storm->mail->now = storm->broker->now;
    switch (draw(storm, 8)) {
    case 0: abandon(storm); break;
    case 1: ask(storm); break;
    case 2:
        choose(storm, uuid, &slot);
        correspondence_release(storm->mail, uuid, slot);
        break;
    case 3:
        choose(storm, uuid, &slot);
        correspondence_request(storm->mail, uuid, slot);
        break;
    default: submit(storm);
    }
    cli_broker_turn(storm->broker, 0);
}

/* What comes of a task is the letter that was its body; "?" where the broker cannot know. */
static void give_result(struct cli_broker *broker, const struct cli_sent *sent, uint32_t at)
{
    char letter[] = "?";
    size_t stride = strncmp(sent->body, "shared", 6) == 0 ? 7 : 1;
    if (sent->kind != KIND_REQUEST && at < sent->count)
        letter[0] = sent->body[at * stride + stride - 1];
    cli_broker_result(broker, sent->uuid, at, letter);
}

/* An answer to a question, an end of a task, or something that fits nothing. */
static void broker_answers(struct storm *storm, const struct cli_sent *sent)
{
    struct cli_broker *broker = storm->broker;
    struct message message = {.kind = sent->kind};
    uint64_t slot = draw(storm, 8) ? draw(storm, SLOTS) : NO_NUMBER;
    switch (sent->kind) {
    case KIND_SUBMIT:
    case KIND_SUBMIT_BATCH:
    case KIND_REQUEST:
        if (draw(storm, 2))
            give_result(broker, sent, draw(storm, SLOTS));
        else if (draw(storm, 3) == 0)
            cli_broker_error(broker, CODE_BUSY, sent->uuid, NO_NUMBER);
        else
            cli_broker_error(broker, (enum error_code)(1 + draw(storm, CODE_LIMIT - 2)), sent->uuid, slot);
        break;
    case KIND_STATUS: cli_broker_status(broker, sent, draw(storm, 4), 1, 0); break;
    case KIND_LIST: cli_broker_lists(broker, sent, sent->uuid, draw(storm, 2), draw(storm, 2)); break;
    case KIND_CANCEL:
        message.cancel.corr = sent->corr;
        message.cancel.uuid = sent->uuid;
        message.cancel.state = STATE_RUNNING;
        cli_broker_says(broker, &message, "");
        break;
    case KIND_COUNTS:
        message.counts.corr = sent->corr;
        cli_broker_says(broker, &message, "");
        break;
    default: break;
    }
}

static void broker_acts(struct storm *storm)
{
    struct cli_broker *broker = storm->broker;
    uint32_t act = draw(storm, 15);
    if (act == 0 || !storm->here) {
        if (storm->here)
            cli_broker_restarts(broker, draw(storm, 2));
        else
            cli_broker_joins(broker, draw(storm, 2));
        storm->here = true;
    } else if (broker->count > 0 && act < 11) {
        struct cli_sent sent = broker->sent[draw(storm, broker->count)];
        broker_answers(storm, &sent);
    } else {
        struct message read = {.kind = KIND_ACK};
        read.ack = storm->mail->client.broker ? storm->mail->client.broker->link.unsent_seq - 1 : 0;
        broker->seq--;
        cli_broker_says(broker, &read, "");
        cli_broker_turn(broker, draw(storm, 3000));
    }
}

/* Takes what is told; each end once, and only of what is waited for. */
static void take(struct storm *storm)
{
    struct news *news = correspondence_take(storm->mail);
    for (size_t i = 0; news && i < news->batch.count; i++) {
        const struct mailroom_event *event = &news->batch.events[i];
        storm->answered += event->kind == MAILROOM_ANSWER;
        cr_assert_neq(event->kind, MAILROOM_OVER);
        if (event->kind != MAILROOM_RESULT && event->kind != MAILROOM_FAILED)
            continue;
        cr_assert_lt(event->tag, storm->submitted);
        cr_assert_lt(event->slot, storm->slots[event->tag]);
        cr_assert(storm->open[event->tag][event->slot], "told twice, or of what was abandoned");
        storm->open[event->tag][event->slot] = false;
        char letter = event->kind == MAILROOM_RESULT ? *(const char *)event->body.data : '?';
        cr_assert(letter == '?' || letter == "abcd"[SLOTS - storm->slots[event->tag] + event->slot]);
    }
    news_free(news);
}

static void check_books(const struct storm *storm)
{
    const struct correspondence *mail = storm->mail;
    uint64_t slots = 0, submits = 0, kept = 0, refused = 0, refused_bytes = 0, open = 0;
    for (const struct submission *one = mail->outstanding.first; one; one = one->next) {
        uint32_t waited = 0, abandoned = 0;
        for (uint32_t slot = 0; slot < one->total; slot++) {
            waited += (one->slots[slot] & SLOT_WAITED) != 0;
            abandoned += (one->slots[slot] & SLOT_ABANDONED) != 0;
            cr_assert_eq(storm->open[one->tag][slot], (one->slots[slot] & SLOT_WAITED) != 0);
        }
        cr_assert_eq(one->waited, waited);
        cr_assert_eq(one->abandoned, abandoned);
        slots += waited;
        submits += waited > 0;
        kept += submission_size(one);
        refused += one->refused;
        refused_bytes += one->refused ? submission_size(one) : 0;
    }
    for (uint32_t task = 0; task < storm->submitted; task++) {
        for (uint32_t slot = 0; slot < storm->slots[task]; slot++)
            open += storm->open[task][slot];
    }
    cr_assert_eq(open, slots, "%llu are waited for, %llu are known", (unsigned long long)open,
                 (unsigned long long)slots);
    cr_assert_eq(mail->outstanding.slots, slots);
    cr_assert_eq(mail->outstanding.submits, submits);
    cr_assert_eq(mail->outstanding.kept, kept);
    cr_assert_eq(mail->backlog.count, refused);
    cr_assert_eq(mail->backlog.bytes, refused_bytes);
}

static void play(uint64_t seed)
{
    struct storm *storm = mem_zalloc(1, sizeof *storm);
    storm->seed = seed;
    storm->broker = cli_broker_new_mail(5000);
    storm->mail = storm->broker->mail;
    storm->broker->forgetful = true;
    storm->broker->features = seed % 2 ? FEATURE_SHARE : 0;
    for (int step = 0; step < STEPS; step++) {
        if (draw(storm, 3) == 0)
            hand_in(storm);
        else
            broker_acts(storm);
        take(storm);
        check_books(storm);
    }
    cr_assert_eq(storm->submitted, TASKS);
    cli_broker_free(storm->broker);
    mem_free(storm);
}

ParameterizedTestParameters(correspondence_storm, books_are_right)
{
    static int seeds[40];
    for (int i = 0; i < 40; i++)
        seeds[i] = i + 1;
    return cr_make_param_array(int, seeds, 40);
}

ParameterizedTest(int *seed, correspondence_storm, books_are_right)
{
    play((uint64_t)*seed * 7919);
}
