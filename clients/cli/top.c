/* top: watches the broker. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "clients/cli/commands.h"
#include "clients/cli/operate.h"
#include "clients/cli/screen.h"
#include "clients/cli/top_page.h"

enum { OWN_ONCE = COMMAND_OWN, OWN_INTERVAL = 'i' };

enum {
    QUESTIONS =
        3, /* in a round: COUNTS, MANAGERS, CLIENTS; a question's corr is round * QUESTIONS + its place */
    INTERVAL = 1000,     /* ms */
    SILENCE = 3000,      /* ms that an answer may take until people are told */
    LEAST_INTERVAL = 100 /* ms */
};

#define PATIENCE (365ull * 24 * 3600 * 1000) /* ms: who watches waits for the broker to come back */

struct top_own {
    bool once;
    uint64_t interval; /* ms */

    struct screen screen;
    bool on_screen;
    uint64_t round;
    unsigned answered;               /* questions of this round */
    bool told;                       /* the screen says what is wrong */
    uint64_t asked_at, due;          /* ms; due NEVER: the round is under way */
    struct sample before, now, next; /* next: the round that is under way */
};

static const struct command_option options[] = {
    {{"once", OWN_ONCE, NULL, 0, "Show it once, and end", 0}, COMPLETE_NOTHING, NULL, 0},
    {{"interval", OWN_INTERVAL, "SECONDS", 0, "Look again after so many seconds (1)", 0},
     COMPLETE_NOTHING,
     NULL,
     0},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct top_own *own = invocation->own;
    char *end;
    double seconds;
    switch (key) {
    case ARGP_KEY_INIT: own->interval = INTERVAL; return 0;
    case OWN_ONCE: own->once = true; return 0;
    case OWN_INTERVAL:
        seconds = strtod(text, &end);
        if (end == text || *end != '\0' || !(seconds * 1000 >= LEAST_INTERVAL && seconds <= 86400))
            argp_error(state, "--interval %s: not a number of seconds from 0.1 to 86400", text);
        own->interval = (uint64_t)(seconds * 1000);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void draw(const struct call *call, const char *trouble)
{
    struct top_own *own = call->self;
    char address[ADDRESS_SIZE];
    struct top_page page = {
        .broker = address, .trouble = trouble, .before = &own->before, .now = &own->now, .end = "\n"};
    address_text(&call->invocation->broker, address);
    if (!own->on_screen) {
        top_page_write(&page, stdout);
        return;
    }
    FILE *file = screen_page(&own->screen);
    screen_size(&page.rows, &page.columns);
    page.end = SCREEN_LINE;
    top_page_write(&page, file);
    screen_show(&own->screen, file);
}

/* A round is complete. */
static void show(struct call *call)
{
    struct top_own *own = call->self;
    sample_free(&own->before);
    own->before = own->now;
    own->now = own->next;
    own->next = (struct sample){0};
    own->told = false;
    bool rates = own->before.counts.list.count > 0;
    if (own->on_screen)
        draw(call, NULL);
    else if (rates && call->invocation->json)
        out_json(sample_json(&own->before, &own->now));
    else if (rates)
        draw(call, NULL);
    bool lasts = own->on_screen || out_flush();
    if (!lasts)
        call_end(call, CLI_BROKEN_PIPE, NULL);
    else if (own->once && rates)
        call_end(call, CLI_FINE, NULL);
    else if (rates && !own->on_screen && !call->invocation->json)
        putchar('\n');
}

static void ask(struct call *call)
{
    struct top_own *own = call->self;
    struct message counts = {.kind = KIND_COUNTS}, managers = {.kind = KIND_MANAGERS};
    struct message clients = {.kind = KIND_CLIENTS};
    uint64_t corr = ++own->round * QUESTIONS;
    counts.counts.corr = corr;
    managers.managers.corr = corr + 1;
    clients.clients.corr = corr + 2;
    client_send(call->client, &counts, SLICE_NONE);
    client_send(call->client, &managers, SLICE_NONE);
    client_send(call->client, &clients, SLICE_NONE);
    sample_free(&own->next);
    own->answered = 0;
    own->asked_at = call->now;
    own->due = NEVER;
    if (own->once) /* who watches waits */
        client_expect(call->client, call->now + call->invocation->timeout);
}

static void read_key(void *self)
{
    struct call *call = self;
    int key = screen_key();
    if (key < 0 || key == 'q' || key == 'Q')
        call_end(call, CLI_FINE, NULL);
}

static void ready(struct call *call, bool known)
{
    struct top_own *own = call->self;
    bool first = own->round == 0;
    ask(call);
    if (!first || !own->on_screen)
        return;
    screen_begin(&own->screen);
    if (own->screen.reads)
        edge_add_reader(call->edge, STDIN_FILENO, read_key, call);
}

static void mail(struct call *call, const struct message *message, struct slice *body)
{
    struct top_own *own = call->self;
    uint64_t corr = NO_NUMBER;
    if (message->kind == KIND_COUNTS)
        corr = message->counts.corr;
    else if (message->kind == KIND_MANAGERS)
        corr = message->managers.corr;
    else if (message->kind == KIND_CLIENTS)
        corr = message->clients.corr;
    else if (message->kind == KIND_ERROR)
        corr = message->error.corr;
    if (corr == NO_NUMBER || corr / QUESTIONS != own->round)
        return;
    if (message->kind == KIND_COUNTS)
        sample_keep(&own->next.counts, message->counts.counts);
    else if (message->kind == KIND_MANAGERS)
        sample_keep(&own->next.managers, message->managers.managers);
    else if (message->kind == KIND_CLIENTS)
        sample_keep(&own->next.clients, message->clients.clients);
    own->next.sees_clients = message->kind == KIND_CLIENTS; /* the last of the three, or an ERROR */
    if (++own->answered < QUESTIONS)
        return;
    own->due = own->asked_at + own->interval;
    call_answered(call);
    show(call);
}

static void tell(struct call *call, const char *trouble)
{
    struct top_own *own = call->self;
    if (own->on_screen && !own->told)
        draw(call, trouble);
    own->told = true;
}

static void turn(struct call *call)
{
    struct top_own *own = call->self;
    const struct client *client = call->client;
    if (client->state == CLIENT_LOOKS || client->broker->conn == NO_CONN)
        tell(call, "no connection, looking for it");
    else if (own->due == NEVER && call->now >= own->asked_at + SILENCE)
        tell(call, "it does not answer");
    else if (call->now >= own->due)
        ask(call);
}

static uint64_t deadline(const struct call *call)
{
    const struct top_own *own = call->self;
    if (call->client->state != CLIENT_IN)
        return NEVER;
    if (own->due != NEVER)
        return own->due;
    return own->told || own->round == 0 ? NEVER : own->asked_at + SILENCE;
}

static void stop(struct call *call)
{
    const struct top_own *own = call->self;
    call_end(call, own->on_screen ? CLI_FINE : CLI_INTERRUPTED, NULL);
}

static int run(struct invocation *invocation)
{
    static const struct call_handler handler = {
        .ready = ready, .mail = mail, .stop = stop, .turn = turn, .deadline = deadline, .turns_alone = true};
    struct top_own *own = invocation->own;
    own->due = NEVER;
    own->on_screen = !own->once && !invocation->json && screen_possible();
    uint64_t patience = own->once ? invocation->timeout : PATIENCE;
    int code = call_run(invocation, NULL, false, patience, &handler, own);
    screen_end(&own->screen);
    sample_free(&own->before);
    sample_free(&own->now);
    sample_free(&own->next);
    return code;
}

const struct command top_command = {
    .name = "top",
    .summary = "Watch clients, managers, queues and rates",
    .arguments = "",
    .description =
        "On a terminal it shows a page that is drawn anew each second, until q or Ctrl-C is pressed: how many "
        "clients, managers, workers and tasks there are, how many tasks are submitted and end in a second, how "
        "much memory the broker takes and how much it keeps for clients, then a line for each manager and, for "
        "admins, for each client, those with most unfinished tasks first.\n\n"
        "In a pipe it writes such a page each second; with --json an object a line. Rates are those since the page "
        "before, so that the first one comes after a second.",
    .examples = "  mailroom top\n  mailroom top --once --json\n",
    .options = options,
    .takes = TAKES_BROKER | TAKES_JSON | TAKES_ADMIN,
    .exits = command_exits,
    .own_size = sizeof(struct top_own),
    .parse = parse,
    .run = run,
};
