/* client: making and ending a client; see mailroom/client.h. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/c/api/client_inner.h"
#include "clients/c/edge/keys_find.h"
#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/line/home.h"
#include "mailroom_version.h"

enum {
    PORT = 7472,
    ADDRESSES = 1024,  /* bytes of all that are given, with the closing zero */
    PATIENCE = 30000,  /* ms */
    HEARTBEAT = 5000,  /* ms */
    EXPIRY = 300000,   /* ms */
    WINDOW = 8 << 20,  /* bytes */
    MAX_BODY = 1 << 30 /* bytes */
};

void mailroom_client_options_init(struct mailroom_client_options *options, size_t size)
{
    struct mailroom_client_options defaults = {.size = size,
                                               .patience = PATIENCE,
                                               .heartbeat = HEARTBEAT,
                                               .expiry = EXPIRY,
                                               .window = WINDOW,
                                               .max_body = MAX_BODY,
                                               .most_kept = UINT64_MAX};
    assert(size <= sizeof defaults);
    memcpy(options, &defaults, size);
}

/* What the caller's options say, and the defaults for what his header did not know yet. */
static int read_options(const struct mailroom_client_options *given, struct mailroom_client_options *options)
{
    const char *wrong;
    mailroom_client_options_init(options, sizeof *options);
    if (given &&
        (given->size < offsetof(struct mailroom_client_options, broker) || given->size > sizeof *options))
        return why(MAILROOM_EINVAL,
                   "options of %zu bytes: call mailroom_client_options_init first, of a library that "
                   "is as new as its header (%s)",
                   given->size, MAILROOM_VERSION);
    if (given)
        memcpy(options, given, given->size);
    if (!options->broker)
        options->broker = "localhost";
    if (strlen(options->broker) >= ADDRESSES)
        return why(MAILROOM_EINVAL, "the broker's address has %zu bytes, of %d at most",
                   strlen(options->broker), ADDRESSES - 1);
    if (!(options->flags & MAILROOM_FRAMES) && !loop_check_address(options->broker, PORT, &wrong))
        return why(MAILROOM_EINVAL, "the broker's address %s: %s", options->broker, wrong);
    if (options->flags &
        ~(unsigned)(MAILROOM_FRAMES | MAILROOM_ENVIRONMENT | MAILROOM_FLEETING | MAILROOM_INSECURE))
        return why(MAILROOM_EINVAL, "flags 0x%x: there are no such", options->flags);
    if (options->window == 0 || options->max_body == 0 || options->expiry == 0)
        return why(MAILROOM_EINVAL, "a window, max_body or expiry of 0");
    return MAILROOM_OK;
}

/* Settles whom to dial, into `address` (ADDRESSES bytes): this user's own broker on this machine, where
 * nothing else was said and there are no keys. */
static int choose_address(const struct mailroom_client_options *options, bool keys, char *address)
{
    struct host_port broker;
    char text[HOME_WHY];
    const char *environment = options->flags & MAILROOM_ENVIRONMENT ? getenv("MAILROOM_INSECURE") : NULL;
    bool open = keys || (options->flags & (MAILROOM_INSECURE | MAILROOM_FRAMES)) ||
                (environment && strcmp(environment, "1") == 0);
    snprintf(address, ADDRESSES, "%s", options->broker);
    if (open || loop_is_ipc(options->broker))
        return MAILROOM_OK;
    address_parse_several(loop_bare(options->broker), PORT, &broker);
    if (!home_choose(&broker, PORT, "broker", false,
                     "give keys, or say MAILROOM_INSECURE where all who can be there are trusted", text))
        return why(MAILROOM_EINVAL, "the broker's address %s", text);
    address_text(&broker, address);
    return MAILROOM_OK;
}

static int find_keys(const struct mailroom_client_options *options, struct keys **keys)
{
    static const char *const names[] = {"client", "admin", NULL};
    char text[CERTIFICATE_WHY];
    struct keys_wish wish = {.address = options->broker,
                             .keys = options->keys,
                             .key = options->key,
                             .server_key = options->broker_key,
                             .environment = (options->flags & MAILROOM_ENVIRONMENT) != 0,
                             .names = names,
                             .roles = 1u << KEY_CLIENT | 1u << KEY_ADMIN,
                             .server = KEY_BROKER};
    *keys = NULL;
    if ((options->flags & MAILROOM_FRAMES) || keys_find_files(&wish, keys, text))
        return MAILROOM_OK;
    return why(MAILROOM_EKEYS, "%s", text);
}

static void begin_core(struct mailroom_client *client, const struct mailroom_client_options *options)
{
    char host[40] = "";
    struct builder paths = {0};
    struct client_config config = {.steadfast = true,
                                   .patience = NEVER,
                                   .patience_again = NEVER,
                                   .fleeting = (options->flags & MAILROOM_FLEETING) != 0,
                                   .limits = {.heartbeat = options->heartbeat,
                                              .expiry = options->expiry,
                                              .window = options->window,
                                              .max_body = options->max_body,
                                              .max_queue = UINT64_MAX}};
    gethostname(host, sizeof host - 1);
    clock_random(config.boot, sizeof config.boot);
    clock_random(&config.seed, sizeof config.seed);
    clock_random(config.session, sizeof config.session);
    if (options->session)
        memcpy(config.session, options->session, UUID_SIZE);
    snprintf(config.software, sizeof config.software, "%s",
             options->software ? options->software : "libmailroom " MAILROOM_VERSION);
    if (options->name)
        snprintf(config.name, sizeof config.name, "%s", options->name);
    else
        snprintf(config.name, sizeof config.name, "%s:%ld", host, (long)client->pid);
    snprintf(config.broker, sizeof config.broker, "%s", client->address);
    for (size_t i = 0; i < options->path_count; i++)
        builder_text(&paths, options->paths[i], strlen(options->paths[i]));
    correspondence_init(&client->mail, &config, options->patience, paths, clock_ms());
}

static struct drive *make_drive(struct mailroom_client *client, const struct mailroom_client_options *options,
                                struct keys *keys)
{
    struct drive_config config = {
        .loop = {.address = options->broker,
                 .default_port = PORT,
                 .keys = keys,
                 .server = KEY_BROKER,
                 .keys_hint = "the folder that `mailroom keygen` made (keys, or MAILROOM_KEYS)",
                 .core = {client, client_core_step, client_core_deadline}},
        .ready = client_core_ready,
    };
    return drive_new(&config);
}

int mailroom_client_new(const struct mailroom_client_options *given, struct mailroom_client **made)
{
    struct mailroom_client_options options;
    struct keys *keys = NULL;
    char address[ADDRESSES];
    *made = NULL;
    int error = read_options(given, &options);
    if (error == MAILROOM_OK)
        error = find_keys(&options, &keys);
    if (error == MAILROOM_OK)
        error = choose_address(&options, keys != NULL, address);
    if (error != MAILROOM_OK) {
        keys_free(keys);
        return error;
    }
    options.broker = address;
    struct mailroom_client *client = mem_try(sizeof *client);
    if (!client) {
        keys_free(keys);
        return why(MAILROOM_ENOMEM, "no memory for a client");
    }
    *client = (struct mailroom_client){.pid = getpid(), .most_kept = options.most_kept, .sent = true};
    client->last_op = &client->ops;
    client->state.size = sizeof client->state;
    clock_random(client->prefix, sizeof client->prefix);
    client->prefix[6] = (uint8_t)((client->prefix[6] & 0x0f) | 0x40); /* as RFC 4122 has it for random ones */
    if (options.flags & MAILROOM_FRAMES) {
        pthread_mutex_init(&client->lock, NULL);
        client->frames = frames_new();
        snprintf(client->address, sizeof client->address, "%s", options.broker);
    } else {
        client->drive = make_drive(client, &options, keys);
        if (!client->drive) {
            error = why(MAILROOM_ESYSTEM, "no sockets or descriptors for a client: %s", strerror(errno));
            keys_free(keys);
            mem_free(client);
            return error;
        }
        snprintf(client->address, sizeof client->address, "%s", loop_address(drive_loop(client->drive)));
    }
    begin_core(client, &options);
    *made = client;
    return MAILROOM_OK;
}

void mailroom_client_destroy(struct mailroom_client **place)
{
    struct mailroom_client *client = *place;
    *place = NULL;
    if (!client)
        return;
    bool forked = getpid() != client->pid;
    if (client->drive)
        drive_free(client->drive, forked, client->state.over == MAILROOM_ECLOSED ? 1000 : 0);
    else
        frames_free(client->frames);
    if (!client->drive && !forked)
        pthread_mutex_destroy(&client->lock);
    for (struct op *op = client->ops, *next; op; op = next) {
        next = op->next;
        op_free(op);
    }
    news_free(client->news);
    slice_drop(&client->last_share);
    correspondence_free(&client->mail);
    mem_free(client);
}

const uint8_t *mailroom_client_session(const struct mailroom_client *client)
{
    return client->mail.client.config.session;
}

void mailroom_client_state(struct mailroom_client *client, struct mailroom_client_state *state)
{
    struct mailroom_client_state now;
    size_t size = state->size;
    assert(size <= sizeof now);
    if (client_enter(client) != MAILROOM_OK) {
        now = (struct mailroom_client_state){.over = MAILROOM_EFORK};
        snprintf(now.text, sizeof now.text, "%s", mailroom_why());
    } else {
        client_lock(client);
        now = client->state;
        now.refused = client_refused(client);
        now.room = client_has_room(client);
        now.kept += client->handed;
        now.submits += client->handed_submits;
        now.tasks += client->handed_tasks;
        client_unlock(client);
        if (!now.up && !now.text[0])
            snprintf(now.text, sizeof now.text, "nothing has answered yet");
    }
    now.size = size;
    memcpy(state, &now, size);
}
