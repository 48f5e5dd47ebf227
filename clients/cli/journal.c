/* journal: what a broker's journal has, read from its folder. */
#include <stdio.h>
#include <string.h>

#include "broker/journal/look.h"
#include "clients/cli/commands.h"
#include "clients/cli/out.h"
#include "clients/cli/table.h"
#include "edge/log.h"

enum { OWN_VERIFY = COMMAND_OWN, MOST_ROWS = 1000 /* of a list for people */ };

struct journal_own {
    const char *place;
    bool verify;
    unsigned findings;
    const struct invocation *invocation;
};

static const struct command_option options[] = {
    {{"verify", OWN_VERIFY, NULL, 0, "Look through all of it, and say what is damaged; no broker may have it",
      0},
     COMPLETE_NOTHING,
     NULL,
     0},
    {{0}, COMPLETE_NOTHING, NULL, 0},
};

static const char *const titles[LOOK_LISTS] = {"journal", "sessions", "tasks", "results"};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct journal_own *own = invocation->own;
    switch (key) {
    case OWN_VERIFY: own->verify = true; return 0;
    case ARGP_KEY_ARG:
        if (own->place)
            argp_error(state, "%s: one DIR is enough", text);
        own->place = text;
        return 0;
    case ARGP_KEY_END:
        if (!own->place)
            argp_error(state, "which journal? Say DIR, as mailroomd --journal DIR");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void write_json(enum look_list list, const struct look_cell *cells, unsigned count)
{
    json_t *object = json_object();
    json_object_set_new(object, "list", json_string(titles[list]));
    for (unsigned i = 0; i < count; i++) {
        json_t *value = cells[i].number      ? json_integer((json_int_t)cells[i].value)
                        : cells[i].text.data ? out_text(cells[i].text)
                                             : json_null();
        json_object_set_new(object, cells[i].name, value);
    }
    out_json(object);
}

/* The journal itself: a line for each thing. */
static void write_lines(const struct look_cell *cells, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!cells[i].number && !cells[i].text.data)
            continue;
        printf("%-10s", cells[i].name);
        if (cells[i].number)
            printf("%llu", (unsigned long long)cells[i].value);
        else
            out_peer_text(stdout, cells[i].text, false);
        putchar('\n');
    }
}

static void write_table(struct look *look, enum look_list list)
{
    const struct look_cell *cells;
    const char *headings[TABLE_COLUMNS + 1] = {NULL};
    char texts[TABLE_COLUMNS][32];
    struct table table;
    unsigned count = 0, rows = 0;
    while (look_next(look, &cells, &count)) {
        for (unsigned i = 0; rows == 0 && i < count; i++) {
            snprintf(texts[i], sizeof texts[i], "%s%s", cells[i].number ? ">" : "", cells[i].name);
            headings[i] = texts[i];
        }
        if (rows++ == 0)
            table_begin(&table, headings);
        for (unsigned i = 0; rows <= MOST_ROWS && i < count; i++) {
            if (cells[i].number)
                table_number(&table, cells[i].value);
            else
                table_text(&table, cells[i].text);
        }
    }
    if (rows == 0)
        return;
    printf("\n%s\n", titles[list]);
    table_write(&table, stdout, 0, 0, "\n");
    table_free(&table);
    if (rows > MOST_ROWS)
        printf("and %u more; --json shows all\n", rows - MOST_ROWS);
}

static void show(const struct invocation *invocation, struct look *look, enum look_list list)
{
    const struct look_cell *cells;
    unsigned count;
    look_begin(look, list);
    if (list != LOOK_JOURNAL && !invocation->json) {
        write_table(look, list);
        return;
    }
    while (look_next(look, &cells, &count)) {
        if (invocation->json)
            write_json(list, cells, count);
        else
            write_lines(cells, count);
    }
}

static void tell(void *self, const char *what)
{
    struct journal_own *own = self;
    own->findings++;
    if (own->invocation->json)
        out_json(json_pack("{s:s}", "damaged", what));
    else
        printf("%s\n", what);
}

static int verify(const struct invocation *invocation, struct journal_own *own)
{
    char why[STORE_WHY];
    own->invocation = invocation;
    if (!store_verify(own->place, tell, own, why)) {
        log_plain("mailroom journal: %s", why);
        return CLI_USAGE;
    }
    if (own->findings == 0 && !invocation->json && !invocation->quiet)
        printf("the journal in %s is whole\n", own->place);
    return own->findings ? CLI_FAILED : CLI_FINE;
}

static int run(struct invocation *invocation)
{
    struct journal_own *own = invocation->own;
    char why[STORE_WHY];
    if (own->verify)
        return verify(invocation, own);
    struct look *look = look_open(own->place, why);
    if (!look) {
        log_plain("mailroom journal: %s", why);
        return CLI_USAGE;
    }
    for (unsigned list = 0; list < LOOK_LISTS; list++)
        show(invocation, look, (enum look_list)list);
    if (look_close(look, why))
        return CLI_FINE;
    log_plain("mailroom journal: %s", why);
    return CLI_FAILED;
}

static const struct exit_code exits[] = {
    {CLI_FINE, "all is well"},
    {CLI_FAILED, "the journal is damaged"},
    {CLI_USAGE, "wrong arguments, or there is no journal that can be read"},
    {0, NULL},
};

const struct command journal_command = {
    .name = "journal",
    .summary = "Show what a broker's journal has",
    .arguments = "DIR",
    .description =
        "Reads the journal in DIR, which `mailroomd --journal DIR` writes: whose it is, its sessions, the tasks that have "
        "not ended, and the results that wait for their clients. A broker may be at it, or none. With --json an object for "
        "each, of which \"list\" says what it is.\n"
        "\n"
        "With --verify it looks through all of it: pages, indexes, each row against its sum, and that nothing is there "
        "without what it belongs to. Nothing is changed.\n"
        "\n"
        "The tables are SQLite's, for who wants to know more: sqlite3 DIR/journal.db.",
    .examples = "mailroom journal /var/lib/mailroom\n"
                "mailroom journal --verify /var/lib/mailroom\n"
                "sqlite3 /var/lib/mailroom/journal.db 'SELECT client, count(*) FROM tasks GROUP BY client'",
    .options = options,
    .takes = TAKES_JSON,
    .complete = COMPLETE_DIRECTORY,
    .exits = exits,
    .own_size = sizeof(struct journal_own),
    .parse = parse,
    .run = run,
};
