/* session: see session.h. The lock is flock's, on the file itself. Python replaces the file as a whole, so a
 * lock counts only while the file has its name. */
#include "clients/cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/cli/command.h"
#include "clients/cli/state.h"
#include "clients/cli/wait.h"
#include "common/base/mem.h"
#include "common/wire/uuid.h"
#include "edge/line/clock.h"
#include "edge/log.h"

enum {
    LOCK_FIRST = 2, /* ms between two attempts */
    LOCK_MOST = 20,
    LOCK_NOTE = 2000,      /* ms after which people are told */
    LOCK_PATIENCE = 60000, /* ms */
    TOKEN_DIGITS = 2 * UUID_SIZE,
};

#define ADDRESS_PREFIX "tcp://"

void session_private(uint8_t token[UUID_SIZE])
{
    clock_random(token, UUID_SIZE);
}

static int fail(const struct session *session, const char *doing)
{
    log_plain("mailroom: session file %s: %s: %s", session->file, doing, strerror(errno));
    return CLI_USAGE;
}

/* Makes the folders above a file of ours. */
static void make_folders(char *file)
{
    for (char *slash = strchr(file + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(file, 0700); /* that it failed is seen when the file is opened */
        *slash = '/';
    }
}

/* The user's own file for this broker. */
static char *own_file(const struct host_port *broker)
{
    char name[ADDRESS_SIZE], file[ADDRESS_SIZE + sizeof "mailroom/.session"];
    if (address_is_ipc(broker->host)) {
        snprintf(name, sizeof name, "%s", broker->host + strlen("ipc:///"));
        for (char *slash = name; (slash = strchr(slash, '/'));)
            *slash = '_';
    } else {
        snprintf(name, sizeof name, "%s_%u", broker->host, broker->port);
    }
    snprintf(file, sizeof file, "mailroom/%s.session", name);
    return state_path(file);
}

/* Writes a new session beside the file and gives it the name, unless there is one by then. */
static int make(const struct session *session, const struct host_port *broker)
{
    char address[ADDRESS_SIZE + sizeof ADDRESS_PREFIX] = "", digits[TOKEN_DIGITS + 1];
    uint8_t token[UUID_SIZE];
    char *fresh = NULL;
    session_private(token);
    hex_text(token, sizeof token, digits);
    if (!address_is_ipc(broker->host))
        snprintf(address, sizeof address, ADDRESS_PREFIX);
    address_text(broker, address + strlen(address));
    if (asprintf(&fresh, "%s.XXXXXX", session->file) < 0)
        abort();
    int number = mkostemp(fresh, O_CLOEXEC), code = CLI_FINE;
    FILE *file = number < 0 ? NULL : fdopen(number, "w");
    json_t *content = json_pack("{s:s,s:s,s:{}}", "session", digits, "address", address, "options");
    bool good = file && json_dumpf(content, file, JSON_INDENT(2)) == 0 && fputc('\n', file) >= 0;
    good = file && fclose(file) == 0 && good;
    good = good && (link(fresh, session->file) == 0 || errno == EEXIST);
    if (!good)
        code = fail(session, "cannot write it");
    if (number >= 0)
        unlink(fresh);
    json_decref(content);
    free(fresh);
    return code;
}

/* Whether what is open still has the file's name. */
static bool is_current(const struct session *session)
{
    struct stat open, named;
    return fstat(session->lock, &open) == 0 && stat(session->file, &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/* Waits for the lock; CLI_FINE, or why it was not to be had. */
static int lock(const struct session *session, const struct invocation *invocation)
{
    uint64_t began = clock_ms(), pause = LOCK_FIRST;
    bool told = invocation->quiet;
    while (flock(session->lock, LOCK_EX | LOCK_NB) != 0) {
        uint64_t waited = clock_ms() - began;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(session, "cannot lock it");
        if (waited > LOCK_PATIENCE) {
            log_plain("mailroom: session file %s: another command has been using it for %d s", session->file,
                      LOCK_PATIENCE / 1000);
            return CLI_NO_BROKER;
        }
        if (waited > LOCK_NOTE && !told) {
            log_plain("mailroom: waiting for another command that uses %s", session->file);
            told = true;
        }
        if (!wait_ms(pause))
            return CLI_INTERRUPTED;
        pause = pause * 2 < LOCK_MOST ? pause * 2 : LOCK_MOST;
    }
    return CLI_FINE;
}

static bool read_token(const char *digits, uint8_t token[UUID_SIZE])
{
    if (strlen(digits) != TOKEN_DIGITS || strspn(digits, "0123456789abcdefABCDEF") != TOKEN_DIGITS)
        return false;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], '\0'};
        token[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

/* The broker that the file names is the one to talk to, unless another was asked for. NULL, or what is wrong.
 */
static const char *take_address(const char *text, struct invocation *invocation)
{
    struct host_port broker;
    bool tcp = strncmp(text, ADDRESS_PREFIX, strlen(ADDRESS_PREFIX)) == 0;
    if (!tcp && !address_is_ipc(text))
        return "its session is at an address that is neither tcp://HOST:PORT nor ipc:///PATH";
    if (address_parse(tcp ? text + strlen(ADDRESS_PREFIX) : text, BROKER_PORT, &broker) != NULL)
        return "its broker's address is wrong";
    bool same = strcmp(broker.host, invocation->broker.host) == 0 && broker.port == invocation->broker.port;
    if (same)
        return NULL; /* also where it is the first of several */
    if (!invocation->session || !invocation->broker_given)
        invocation->broker = broker;
    else
        return "it is of a session at another broker than --broker or MAILROOM_BROKER names";
    return NULL;
}

static int load(struct session *session, struct invocation *invocation)
{
    json_error_t error;
    const char *token, *address, *wrong = NULL;
    json_t *content = json_loadfd(session->lock, 0, &error);
    if (!content)
        wrong = error.text;
    else if (json_unpack(content, "{s:s,s:s}", "session", &token, "address", &address) != 0 ||
             !read_token(token, session->token))
        wrong = "it is not a session file of mailroom's";
    else
        wrong = take_address(address, invocation);
    if (wrong)
        log_plain("mailroom: session file %s: %s", session->file, wrong);
    json_decref(content);
    return !wrong && invocation_choose(invocation, BROKER_PORT, "broker") ? CLI_FINE : CLI_USAGE;
}

int session_open(struct session *session, struct invocation *invocation)
{
    int code = CLI_FINE;
    session->lock = -1;
    session->file = invocation->session ? strdup(invocation->session) : own_file(&invocation->broker);
    if (!invocation->session)
        make_folders(session->file);
    while (code == CLI_FINE) {
        session->lock = open(session->file, O_RDWR | O_CLOEXEC);
        if (session->lock < 0 && errno == ENOENT) {
            code = make(session, &invocation->broker);
            continue;
        }
        code = session->lock < 0 ? fail(session, "cannot open it") : lock(session, invocation);
        if (code == CLI_FINE && is_current(session)) {
            code = load(session, invocation);
            break;
        }
        if (session->lock >= 0)
            close(session->lock);
        session->lock = -1;
    }
    if (code != CLI_FINE)
        session_close(session);
    return code;
}

void session_close(struct session *session)
{
    if (session->lock >= 0)
        close(session->lock);
    session->lock = -1;
    free(session->file);
    session->file = NULL;
}
