/* options: what the command lines of both programs have in common, and the steps of their start that follow
 * from it. */
#ifndef MAILROOM_EDGE_OPTIONS_H
#define MAILROOM_EDGE_OPTIONS_H

#include <argp.h>

#include "common/wire/message.h"
#include "edge/edge.h"
#include "edge/settings.h"

enum {
    OPTION_BIND = 256,
    OPTION_INSECURE,
    OPTION_PORT_FILE,
    OPTION_KEYS,
    OPTION_KEY,
    OPTION_MANAGER_KEY,
    OPTION_ALLOWED,
    OPTION_ALLOW_UID,
    OPTION_MANUAL,
    OPTION_OWN, /* a program's own options without a letter begin here */
};

/* Where keys are, as it was said; NULL: it was not. What is not said stands in the directory. */
struct options_keys {
    char *directory, *own, *broker, *manager, *allowed;
};

struct options {
    const char *program, *summary; /* its name, and what it is in a line */
    struct settings settings;      /* of the program: OPTIONS_ROWS and its own */
    uint64_t port, verbose;
    char *bind, *config, *port_file; /* NULL: not given */
    char *allow_uid;                 /* numbers of users, NULL: not given; */
    struct owners owners;            /* and what they say */
    bool insecure;
    bool open;          /* there are keys, or --insecure was said: without an address it is TCP */
    const char *socket; /* of this program in the user's folder (edge/line/home.h) */
    struct options_keys keys;
    struct keys *held; /* what options_load_keys has loaded; NULL: there are no keys */
    struct managers managers;
    uint64_t lookup; /* ms between two look-ups of a manager's name */
    uint64_t found;  /* how many lines there may be for what is looked up */
    uint64_t frame;  /* bytes of one frame that comes in */
    uint64_t rate;   /* connections a second that one host may make */
    uint64_t header; /* bytes of a message's header */
};

enum { LOOKUP = 10000 /* ms */, FOUND = 1024, FRAME = 16 << 20 /* bytes */, RATE = 200 };

/* The rows of a program's table of settings that stand for `options`. */
#define OPTIONS_ROWS(options)                                                                         \
    {.path = "port", .key = 'p', .type = SETTING_NUMBER, .target = &(options)->port, .most = 65535},  \
        {.path = "verbose", .type = SETTING_NUMBER, .target = &(options)->verbose, .most = 3},        \
        {.path = "bind", .key = OPTION_BIND, .type = SETTING_TEXT, .target = &(options)->bind},       \
        {.path = "insecure",                                                                          \
         .environment = "MAILROOM_INSECURE",                                                          \
         .key = OPTION_INSECURE,                                                                      \
         .type = SETTING_FLAG,                                                                        \
         .target = &(options)->insecure},                                                             \
        {.path = "allow-uid",                                                                         \
         .key = OPTION_ALLOW_UID,                                                                     \
         .type = SETTING_TEXT,                                                                        \
         .target = &(options)->allow_uid},                                                            \
        {.path = "port-file",                                                                         \
         .key = OPTION_PORT_FILE,                                                                     \
         .type = SETTING_TEXT,                                                                        \
         .target = &(options)->port_file},                                                            \
        {.path = "keys/directory",                                                                    \
         .environment = "MAILROOM_KEYS",                                                              \
         .key = OPTION_KEYS,                                                                          \
         .type = SETTING_TEXT,                                                                        \
         .target = &(options)->keys.directory},                                                       \
        {.path = "keys/own",                                                                          \
         .environment = "MAILROOM_KEY",                                                               \
         .key = OPTION_KEY,                                                                           \
         .type = SETTING_TEXT,                                                                        \
         .target = &(options)->keys.own},                                                             \
        {.path = "keys/manager",                                                                      \
         .environment = "MAILROOM_MANAGER_KEY",                                                       \
         .key = OPTION_MANAGER_KEY,                                                                   \
         .type = SETTING_TEXT,                                                                        \
         .target = &(options)->keys.manager},                                                         \
        {.path = "keys/allowed",                                                                      \
         .environment = "MAILROOM_ALLOWED",                                                           \
         .key = OPTION_ALLOWED,                                                                       \
         .type = SETTING_TEXT,                                                                        \
         .target = &(options)->keys.allowed},                                                         \
        {.path = "lookup", .target = &(options)->lookup, .least = 10, .most = 3600000},               \
        {.path = "limits/found", .target = &(options)->found, .most = 10000},                         \
        {.path = "limits/connection-rate", .target = &(options)->rate, .least = 1, .most = 1u << 20}, \
        {.path = "limits/frame", .target = &(options)->frame, .least = 1 << 20, .most = 1 << 30},     \
        {.path = "limits/header", .target = &(options)->header, .least = 65536, .most = MAX_HEADER},  \
    {                                                                                                 \
        .path = "managers", .key = 'm', .type = SETTING_MANAGERS, .target = &(options)->managers      \
    }

/* The rows of one kind of links: "clients/window" and so on. `limits` is a struct link_limits
 * (common/link/link.h). */
#define LINK_ROWS(section, limits)                                                                          \
    {.path = section "/heartbeat", .target = &(limits)->heartbeat, .most = 3600000},                        \
        {.path = section "/expiry", .target = &(limits)->expiry, .least = 100, .most = 604800000},          \
        {.path = section "/window", .target = &(limits)->window, .least = 65536, .most = 1ull << 32},       \
        {.path = section "/max-body", .target = &(limits)->max_body, .least = 65536, .most = UINT32_MAX},   \
        {.path = section "/max-queue", .target = &(limits)->max_queue, .least = 65536, .most = 1ull << 40}, \
    {                                                                                                       \
        .path = section "/max-unread", .target = &(limits)->max_unread, .least = 65536, .most = 1ull << 40  \
    }

/* The common options: a child of the program's argp, with a struct options as its input. */
extern const struct argp options_argp;

/* Sets the setting of argp's `key` from `text`; ends the program with a text that names the argument (`name`;
 * NULL: the option) when it is wrong. ARGP_ERR_UNKNOWN: there is no such setting. */
error_t options_set(struct options *options, int key, const char *name, const char *text,
                    struct argp_state *state);

/* After the command line: reads the configuration file, checks what belongs together, opens the log. False:
 * the reason was written to standard error. */
bool options_finish(struct options *options);

/* Whether what is to be listened on has keys, or --insecure, where it takes them. False: the reason was
 * written. */
bool options_check_bind(const struct options *options);

/* Whether there are to be keys. */
bool options_have_keys(const struct options *options);

/* What a program needs of them. */
struct options_need {
    enum key_role role;        /* of its own certificate */
    bool broker, managers;     /* it dials a broker, or managers */
    bool listens;              /* on TCP */
    unsigned doors[DOOR_LINE]; /* as in struct keys_plan */
};

/* Loads what is needed into options->held, where there are to be keys. False: the reason was written. */
bool options_load_keys(struct options *options, const struct options_need *need);

/* Gives them to the edge, before it listens or dials. False: the reason was written. */
bool options_set_keys(const struct options *options, struct edge *edge);

/* What is to be dialled: see home_choose. False: the reason was written, with `option` that asks for it. */
bool options_choose(const struct options *options, struct host_port *address, unsigned usual_port,
                    const char *name, const char *option);

/* Whether a port may be listened on that was asked for by `option`. False: the reason was written. */
bool options_check_port(const struct options *options, uint64_t port, const char *option);

/* Listens: on the address of --bind; else on `port` of loopback where there are keys or --insecure, and on
 * this user's own socket where there are neither. Or says why it cannot and names `option`. */
bool options_listen(const struct options *options, struct edge *edge, enum door door, uint64_t port,
                    const char *option);

/* Writes "NAME PORT" lines into the file of --port-file, by a rename, so that who reads it reads all. `text`
 * is the content. False: the reason was written. Without --port-file there is nothing to do. */
bool options_write_ports(const struct options *options, const char *text);

/* What the settings say of frames, and how many lines the managers need: those with a numeric address, and
 * room for what names stand for. */
void options_lines(const struct options *options, struct edge_limits *limits);

/* Gives the edge all managers to dial. Returns how many of them are lines from the start, since their
 * addresses are numeric; their texts are in `*texts`, one block, to be freed with mem_free. */
size_t options_dial(const struct options *options, struct edge *edge, const char ***texts);

/* "host:7473, other:7473" into `text`, cut with "..." where it does not fit. */
void options_managers_text(const struct options *options, char *text, size_t size);

void options_free(struct options *options);

#endif
