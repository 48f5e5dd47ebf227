/* keygen: makes key pairs, and the table of the public keys that are let in (PROTOCOL.md section 8). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/cli/commands.h"
#include "common/base/mem.h"
#include "edge/line/folders.h"
#include "edge/line/keys.h"
#include "edge/log.h"

enum { PATH_BYTES = 4096, WRITTEN = 3 /* files for each key */ };

struct keygen_own {
    const char *directory;
    char **names; /* ROLE:NAME, of argv */
    size_t count;
};

/* Which key is made. */
struct wish {
    enum key_role role;
    const char *name; /* also of its files */
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct keygen_own *own = invocation->own;
    if (key == ARGP_KEY_END && !own->directory)
        argp_error(state, "into which directory? Say DIR");
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (!own->directory) {
        own->directory = text;
        return 0;
    }
    own->names = state->argv + state->next - 1;
    own->count = (size_t)state->argc - (size_t)state->next + 1;
    state->next = state->argc;
    return 0;
}

/* The directory with its end cut, so that "keys/" reads as "keys". */
static void write_path(char *path, const char *directory, const char *below, const char *name,
                       const char *end)
{
    size_t size = strlen(directory);
    while (size > 1 && directory[size - 1] == '/')
        size--;
    snprintf(path, PATH_BYTES, "%.*s/%s%s%s", (int)size, directory, below, name, end);
}

static void file_of(unsigned which, const char *directory, const char *name, char *path)
{
    static const char *const below[WRITTEN] = {"", "", "allowed/"};
    static const char *const ends[WRITTEN] = {".cert_secret", ".cert", ".cert"};
    write_path(path, directory, below[which], name, ends[which]);
}

/* A name is a file's too. */
static bool is_file_name(const char *name)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+-";
    return certificate_name_is_good(name) && name[strspn(name, good)] == '\0' && name[0] != '.' &&
           name[0] != '-';
}

/* Reads ROLE:NAME; says what is wrong. */
static bool read_wish(const char *text, struct wish *wish)
{
    char role[16];
    const char *colon = strchr(text, ':');
    snprintf(role, sizeof role, "%.*s", (int)(colon ? colon - text : 0), text);
    wish->role = key_role_find(role);
    wish->name = colon ? colon + 1 : "";
    if (wish->role == KEY_NONE)
        log_plain(
            "mailroom keygen: %s: not ROLE:NAME, with a ROLE of broker, manager, worker, client and admin",
            text);
    else if (!is_file_name(wish->name))
        log_plain(
            "mailroom keygen: %s: a NAME has 1 to 63 letters, digits and . _ @ + -, a letter or digit first",
            text);
    else
        return true;
    return false;
}

static bool make_directory(const char *path, mode_t mode)
{
    if (mkdir(path, mode) == 0 || errno == EEXIST)
        return true;
    log_plain("mailroom keygen: %s: %s", path, strerror(errno));
    return false;
}

/* Whether nobody can replace what is made: such keys are refused when they are used. */
static bool is_closed(const char *path)
{
    char why[CERTIFICATE_WHY];
    bool good = folders_are_closed(path, why, sizeof why);
    if (!good)
        log_plain("mailroom keygen: %s", why);
    return good;
}

/* Whether none of the files is there yet: all are made, or none. */
static bool is_free(const struct wish *wish, const char *directory)
{
    char path[PATH_BYTES];
    for (unsigned which = 0; which < WRITTEN; which++) {
        file_of(which, directory, wish->name, path);
        if (access(path, F_OK) == 0) {
            log_plain(
                "mailroom keygen: %s is there already, and keys are never overwritten: nothing was made. "
                "Choose another directory or name, or remove it",
                path);
            return false;
        }
    }
    return true;
}

static bool make(const struct wish *wish, const char *directory)
{
    struct certificate certificate;
    char path[PATH_BYTES], why[CERTIFICATE_WHY];
    bool good = true;
    certificate_make(&certificate, wish->role, wish->name);
    for (unsigned which = 0; good && which < WRITTEN; which++) {
        file_of(which, directory, wish->name, path);
        good =
            certificate_save(&certificate, path, which == 0 ? CERTIFICATE_SECRET : CERTIFICATE_PUBLIC, why);
    }
    certificate_wipe(&certificate);
    if (!good)
        log_plain("mailroom keygen: %s", why);
    return good;
}

/* Says who needs what of a whole set. */
static void tell_set(const char *directory)
{
    printf(
        "Made a set of keys in %s. Each program takes it with --keys %s, or MAILROOM_KEYS=%s.\n\n"
        "  on the machine of          needs of it (nothing else should be there)\n"
        "  the broker (mailroomd)     broker.cert_secret, manager.cert, allowed/\n"
        "  a manager (mailroom-shim)  manager.cert_secret, broker.cert, allowed/ (where managers are below: "
        "manager.cert)\n"
        "  a client                   client.cert_secret, broker.cert\n"
        "  an operator                admin.cert_secret, broker.cert (may drain, shut down, see all tasks)\n"
        "  a worker that connects     worker.cert_secret, manager.cert (mailroom-shim -x)\n\n"
        "allowed/ is the table of who is let in. A key more for one person or machine, which can be revoked by "
        "itself:\n"
        "  mailroom keygen %s client:alice\n",
        directory, directory, directory, directory);
}

/* Says of one key what it is for. */
static void tell_key(const struct wish *wish, const char *directory)
{
    char secret[PATH_BYTES], public[PATH_BYTES], allowed[PATH_BYTES];
    file_of(0, directory, wish->name, secret);
    file_of(1, directory, wish->name, public);
    file_of(2, directory, wish->name, allowed);
    printf("%s, with the role %s:\n"
           "  %s: its secret key; move it to where it is used (--key)\n"
           "  %s: its public key, for those who connect to it\n"
           "  %s: lets it in where it connects to: copy it into the allowed/ there, and send SIGHUP;\n"
           "      removed again, and SIGHUP, it is revoked\n",
           wish->name, key_role_name(wish->role), secret, public, allowed);
}

static int make_all(const struct keygen_own *own, const struct wish *wishes, size_t count)
{
    char allowed[PATH_BYTES];
    for (size_t i = 0; i < count; i++) {
        if (!is_free(&wishes[i], own->directory))
            return CLI_USAGE;
    }
    write_path(allowed, own->directory, "", "allowed", "");
    if (!make_directory(own->directory, 0755) || !is_closed(allowed) || !make_directory(allowed, 0755))
        return CLI_USAGE;
    for (size_t i = 0; i < count; i++) {
        if (!make(&wishes[i], own->directory))
            return CLI_USAGE;
    }
    return CLI_FINE;
}

static int make_set(const struct keygen_own *own)
{
    struct wish wishes[KEY_ROLE_LIMIT - 1];
    for (unsigned role = KEY_NONE + 1; role < KEY_ROLE_LIMIT; role++)
        wishes[role - 1] = (struct wish){(enum key_role)role, key_role_name((enum key_role)role)};
    int code = make_all(own, wishes, KEY_ROLE_LIMIT - 1);
    if (code == CLI_FINE)
        tell_set(own->directory);
    return code;
}

static int make_some(const struct keygen_own *own)
{
    struct wish *wishes = mem_zalloc(own->count, sizeof *wishes);
    int code = CLI_FINE;
    for (size_t i = 0; i < own->count && code == CLI_FINE; i++) {
        if (!read_wish(own->names[i], &wishes[i]))
            code = CLI_USAGE;
    }
    if (code == CLI_FINE)
        code = make_all(own, wishes, own->count);
    for (size_t i = 0; i < own->count && code == CLI_FINE; i++)
        tell_key(&wishes[i], own->directory);
    mem_free(wishes);
    return code;
}

static int run(struct invocation *invocation)
{
    const struct keygen_own *own = invocation->own;
    if (!keys_supported()) {
        log_plain("mailroom keygen: this machine's libzmq was built without CURVE, so it has no keys");
        return CLI_FAILED;
    }
    return own->count == 0 ? make_set(own) : make_some(own);
}

const struct command keygen_command = {
    .name = "keygen",
    .summary = "Make keys for broker, managers, workers, clients and admins",
    .arguments = "DIR [ROLE:NAME...]",
    .description =
        "Without ROLE:NAME it makes a set of keys in DIR, one for each role: broker, manager, worker, client and "
        "admin. NAME.cert_secret (mode 0600) is the secret certificate of who has the role, NAME.cert the public "
        "one, for those who connect to it. DIR/allowed has copies of all public ones: the table of who is let in.\n"
        "\n"
        "With ROLE:NAME it makes keys for those names, in the same three places. A key for each person or machine "
        "can be revoked by itself: remove it from the table and send SIGHUP to the broker and the managers.\n"
        "\n"
        "Nothing is ever overwritten.",
    .examples = "mailroom keygen keys\n"
                "mailroom keygen keys client:alice client:bob\n"
                "mailroomd --keys keys node1 node2",
    .complete = COMPLETE_DIRECTORY,
    .exits = command_exits_local,
    .own_size = sizeof(struct keygen_own),
    .parse = parse,
    .run = run,
};
