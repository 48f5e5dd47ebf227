/* certificates: key pairs in files. The few lines that matter are read here and not by czmq's zcert, which
 * says nothing of what is wrong with a file. */
#include "edge/line/certificates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "edge/line/folders.h"

enum {
    FILE_SIZE = 16384, /* bytes of a file at most; one has about 500 */
    VALUE_SIZE = 128,  /* of a value */
    ROLES_TEXT = 64
};

/* What a file says. */
struct content {
    char name[VALUE_SIZE], role[VALUE_SIZE], public_key[VALUE_SIZE], secret_key[VALUE_SIZE];
};

__attribute__((format(printf, 2, 3))) static bool fail(char *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, CERTIFICATE_WHY, format, arguments);
    va_end(arguments);
    return false;
}

void certificate_roles_text(unsigned roles, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned role = KEY_NONE + 1; role < KEY_ROLE_LIMIT; role++) {
        bool last = roles >> (role + 1) == 0;
        if ((roles >> role & 1) != 0 && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     used == 0 ? ""
                                     : last    ? " or "
                                               : ", ",
                                     key_role_name((enum key_role)role));
    }
}

bool certificate_name_is_good(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < size; i++) {
        if (name[i] < ' ' || name[i] > '~' || name[i] == '"' || name[i] == '\'')
            return false;
    }
    return size > 0 && size < KEY_NAME_SIZE;
}

/* Others must not read a secret; a group may where the file is not ours, since it is not readable otherwise
 * then (a secret that an orchestrator mounts). */
static bool is_private(const struct stat *status)
{
    return (status->st_mode & (status->st_uid == geteuid() ? 077 : 027)) == 0;
}

/* Reads the whole file as a text. */
static bool read_file(const char *file, enum certificate_part part, char *text, char *why)
{
    struct stat status;
    int number = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe does not hold us up */
    if (number < 0 && errno == ENOENT)
        return fail(why, "%s: there is no such file: `mailroom keygen DIR` makes certificates", file);
    if (number < 0)
        return fail(why, "%s: %s", file, strerror(errno));
    ssize_t size = -1;
    bool good = fstat(number, &status) == 0 && S_ISREG(status.st_mode);
    if (!good)
        fail(why, "%s: not a file", file);
    else if ((size = read(number, text, FILE_SIZE)) < 0)
        good = fail(why, "%s: %s", file, strerror(errno));
    close(number);
    text[good && size < FILE_SIZE ? size : 0] = '\0'; /* a longer one is no certificate */
    /* a public part has no secret that others could read: that it is the wrong file is told later */
    if (good && part == CERTIFICATE_SECRET && !is_private(&status) && strstr(text, "secret-key"))
        return fail(why, "%s: others can read or change this secret key (mode %04o): chmod 600 %s", file,
                    (unsigned)status.st_mode & 07777, file);
    if (good && (status.st_mode & S_IWOTH))
        return fail(why, "%s: anybody can put another key in its place (mode %04o): chmod o-w %s", file,
                    (unsigned)status.st_mode & 07777, file);
    return good && folders_are_closed(file, why, CERTIFICATE_WHY);
}

/* Takes the value out of what stands behind the '=', with quotes around it or without. */
static void take_value(const char *from, char *value)
{
    from += strspn(from, " \t");
    bool quoted = *from == '"' || *from == '\'';
    char end[] = {quoted ? *from : '#', '\0'};
    size_t size = strcspn(from + quoted, end);
    while (!quoted && size > 0 && strchr(" \t\r", from[size - 1]))
        size--;
    snprintf(value, VALUE_SIZE, "%.*s", (int)(size < VALUE_SIZE ? size : VALUE_SIZE), from + quoted);
}

/* A line of a section: "    name = value". */
static void read_line(const char *section, const char *line, struct content *content)
{
    const struct {
        const char *section, *name;
        char *value;
    } known[] = {
        {"metadata", "name", content->name},
        {"metadata", "role", content->role},
        {"curve", "public-key", content->public_key},
        {"curve", "secret-key", content->secret_key},
    };
    line += strspn(line, " \t");
    size_t size = strcspn(line, " \t=");
    const char *equals = line + size + strspn(line + size, " \t");
    for (size_t i = 0; *equals == '=' && i < sizeof known / sizeof *known; i++) {
        if (strcmp(section, known[i].section) == 0 && strlen(known[i].name) == size &&
            strncmp(line, known[i].name, size) == 0)
            take_value(equals + 1, known[i].value);
    }
}

static void read_content(char *text, struct content *content)
{
    char section[16] = "", *rest = text;
    memset(content, 0, sizeof *content);
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (line[0] == ' ' || line[0] == '\t')
            read_line(section, line, content);
        else if (line[0] != '#')
            snprintf(section, sizeof section, "%.*s", (int)strcspn(line, " \t\r"), line);
    }
}

/* Reads a key; ZeroMQ's own function has no length. */
static bool read_key(const char *text, uint8_t *bytes)
{
    return strlen(text) == KEY_TEXT_SIZE - 1 && zmq_z85_decode(bytes, text) != NULL;
}

/* Whether the public key belongs to the secret one. */
static bool is_pair(const struct certificate *certificate, const char *secret)
{
    char text[KEY_TEXT_SIZE];
    return zmq_curve_public(text, secret) == 0 && strcmp(text, certificate->text) == 0;
}

static bool take_keys(struct certificate *certificate, const char *file, enum certificate_part part,
                      const struct content *content, char *why)
{
    if (!content->public_key[0])
        return fail(why,
                    "%s: not a certificate (a section curve with a public-key, as `mailroom keygen` writes)",
                    file);
    if (!read_key(content->public_key, certificate->key.bytes))
        return fail(why, "%s: its public-key is not a key (40 characters of Z85)", file);
    memcpy(certificate->text, content->public_key, KEY_TEXT_SIZE);
    if (part == CERTIFICATE_PUBLIC)
        return true;
    if (!content->secret_key[0])
        return fail(
            why, "%s: this file has the public key only; the secret one that is needed here is in %s_secret",
            file, file);
    if (!read_key(content->secret_key, certificate->secret))
        return fail(why, "%s: its secret-key is not a key (40 characters of Z85)", file);
    if (!is_pair(certificate, content->secret_key))
        return fail(why, "%s: its public-key does not belong to its secret-key: make a new pair", file);
    return true;
}

static bool take_metadata(struct certificate *certificate, const char *file, unsigned roles,
                          const struct content *content, char *why)
{
    char wanted[ROLES_TEXT];
    certificate_roles_text(roles, wanted, sizeof wanted);
    certificate->key.role = key_role_find(content->role);
    if (certificate->key.role == KEY_NONE)
        return fail(
            why,
            "%s: its role is '%.40s', not broker, manager, worker, client or admin: write `role = \"...\"` "
            "into its section metadata",
            file, content->role);
    if (!certificate_name_is_good(content->name))
        return fail(
            why,
            "%s: its name is '%.70s', not 1 to 63 printable characters: write `name = \"...\"` into its "
            "section metadata",
            file, content->name);
    memcpy(certificate->key.name, content->name, KEY_NAME_SIZE);
    if ((roles >> certificate->key.role & 1) == 0)
        return fail(why, "%s: it is for the role %s, and here one for %s is needed", file,
                    key_role_name(certificate->key.role), wanted);
    return true;
}

bool certificate_load(struct certificate *certificate, const char *file, enum certificate_part part,
                      unsigned roles, char *why)
{
    char text[FILE_SIZE + 1];
    struct content content;
    memset(certificate, 0, sizeof *certificate);
    bool good = read_file(file, part, text, why);
    if (good) {
        read_content(text, &content);
        good = take_keys(certificate, file, part, &content, why) &&
               take_metadata(certificate, file, roles, &content, why);
    }
    explicit_bzero(text, sizeof text);
    explicit_bzero(&content, sizeof content);
    if (!good)
        certificate_wipe(certificate);
    return good;
}

void certificate_make(struct certificate *certificate, enum key_role role, const char *name)
{
    char secret[KEY_TEXT_SIZE];
    memset(certificate, 0, sizeof *certificate);
    certificate->key.role = role;
    snprintf(certificate->key.name, sizeof certificate->key.name, "%s", name);
    if (zmq_curve_keypair(certificate->text, secret) != 0)
        abort(); /* a libzmq without CURVE: the caller asked */
    zmq_z85_decode(certificate->key.bytes, certificate->text);
    zmq_z85_decode(certificate->secret, secret);
    explicit_bzero(secret, sizeof secret);
}

/* As czmq's zcert_save writes it. */
static void write_content(const struct certificate *certificate, enum certificate_part part, FILE *file)
{
    char secret[KEY_TEXT_SIZE] = "", made[32];
    time_t now = time(NULL);
    struct tm parts;
    strftime(made, sizeof made, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
    fprintf(file, "#   ****  Made on %s by mailroom keygen  ****\n", made);
    if (part == CERTIFICATE_SECRET)
        fputs(
            "#   ZeroMQ CURVE **Secret** Certificate: whoever has this file is who it names. Keep it private.\n",
            file);
    else
        fputs("#   ZeroMQ CURVE Public Certificate\n", file);
    fprintf(file, "\nmetadata\n    name = \"%s\"\n    role = \"%s\"\ncurve\n    public-key = \"%s\"\n",
            certificate->key.name, key_role_name(certificate->key.role), certificate->text);
    if (part == CERTIFICATE_SECRET) {
        zmq_z85_encode(secret, certificate->secret, KEY_SIZE);
        fprintf(file, "    secret-key = \"%s\"\n", secret);
        explicit_bzero(secret, sizeof secret);
    }
}

bool certificate_save(const struct certificate *certificate, const char *file, enum certificate_part part,
                      char *why)
{
    int number =
        open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, part == CERTIFICATE_SECRET ? 0600 : 0644);
    if (number < 0 && errno == EEXIST)
        return fail(
            why, "%s: it is there already, and keys are never overwritten: remove it, or choose another name",
            file);
    FILE *stream = number < 0 ? NULL : fdopen(number, "w");
    if (!stream)
        return fail(why, "%s: %s", file, strerror(errno));
    write_content(certificate, part, stream);
    bool good = !ferror(stream);
    if (fclose(stream) == 0 && good)
        return true;
    fail(why, "%s: %s", file, strerror(errno));
    unlink(file);
    return false;
}

void certificate_wipe(struct certificate *certificate)
{
    explicit_bzero(certificate->secret, sizeof certificate->secret);
}
