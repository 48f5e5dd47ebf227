/* settings: one table of a program's settings. What they mean is the program's affair. */
#include "edge/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/base/shown.h"
#include "edge/loop.h"

enum {
    PATH_SIZE = 128,            /* bytes of a setting's path */
    MOST_OF_A_PART = 100000000, /* of a time: its minutes, for example */
    MOST_OF_A_FILE = 1 << 20,   /* bytes of a configuration */
    PIPE_TIME = 2000            /* ms that a pipe has to bring more of one */
};

struct setting *settings_find(struct settings *settings, int key)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (key && settings->rows[i].key == key)
            return &settings->rows[i];
    }
    return NULL;
}

static bool set_number(const struct setting *setting, const char *text, char *why)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || number < setting->least ||
        number > setting->most) {
        snprintf(why, SETTINGS_WHY, "not a number from %" PRIu64 " to %" PRIu64, setting->least,
                 setting->most);
        return false;
    }
    *(uint64_t *)setting->target = number;
    return true;
}

static bool set_flag(const struct setting *setting, const char *text, char *why)
{
    bool on = strcmp(text, "1") == 0;
    if (!on && strcmp(text, "0") != 0) {
        snprintf(why, SETTINGS_WHY, "neither 0 nor 1");
        return false;
    }
    *(bool *)setting->target = on;
    return true;
}

/* Reads a number of minutes, hours or days at `*at` and steps behind it; false: there is none. */
static bool read_part(const char **at, uint64_t *part)
{
    char *end;
    errno = 0;
    *part = strtoull(*at, &end, 10);
    bool good = **at >= '0' && **at <= '9' && !errno && *part <= MOST_OF_A_PART;
    *at = end;
    return good;
}

/* Reads what sbatch takes for --time: "90" and "90:30" are minutes, "1:30:00" hours, and what stands behind
 * "2-" are hours of the third day. */
static bool read_time(const char *text, uint64_t *ms)
{
    uint64_t days = 0, parts[3] = {0};
    size_t count = 0;
    const char *dash = strchr(text, '-');
    if (dash && (!read_part(&text, &days) || text++ != dash))
        return false;
    do {
        if (count == 3 || !read_part(&text, &parts[count++]))
            return false;
    } while (*text == ':' && text++);
    if (*text)
        return false;
    uint64_t hours = dash || count == 3 ? parts[0] : 0;
    uint64_t minutes = dash || count == 3 ? parts[1] : parts[0];
    uint64_t seconds = dash || count == 3 ? parts[2] : parts[1];
    *ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
    return true;
}

static bool set_time(const struct setting *setting, const char *text, char *why)
{
    uint64_t ms;
    if (!read_time(text, &ms) || ms < setting->least || ms > setting->most) {
        snprintf(why, SETTINGS_WHY,
                 "not a time like 90 (minutes), 90:00, 1:30:00 or 2-12:00:00, of a second to a year");
        return false;
    }
    *(uint64_t *)setting->target = ms;
    return true;
}

static bool add_manager(struct managers *managers, const char *text, char *why)
{
    struct host_port address;
    const char *wrong = address_parse(text, managers->default_port, &address);
    if (wrong) {
        snprintf(why, SETTINGS_WHY, "'%s' is not a manager's HOST or HOST:PORT: %s", text, wrong);
        return false;
    }
    managers->at = mem_resize(managers->at, managers->count + 1, sizeof *managers->at);
    managers->at[managers->count++] = address;
    return true;
}

static bool set_address(const struct setting *setting, const char *text, char *why)
{
    const char *wrong = address_parse(text, (unsigned)setting->least, setting->target);
    if (wrong)
        snprintf(why, SETTINGS_WHY, "not a HOST or HOST:PORT: %s", wrong);
    return !wrong;
}

static void drop_others(struct host_port *brokers)
{
    mem_free((char *)(uintptr_t)brokers->others);
    brokers->others = NULL;
}

static bool set_brokers(const struct setting *setting, const char *text, char *why)
{
    struct host_port brokers;
    const char *wrong = address_parse_several(text, (unsigned)setting->least, &brokers);
    if (wrong) {
        snprintf(why, SETTINGS_WHY, "not a HOST or HOST:PORT: %s", wrong);
        return false;
    }
    if (brokers.others)
        brokers.others = mem_text(brokers.others, strlen(brokers.others));
    drop_others(setting->target);
    *(struct host_port *)setting->target = brokers;
    return true;
}

static bool set_managers(const struct setting *setting, const char *text, char *why)
{
    char *copy = mem_text(text, strlen(text)), *rest = copy;
    bool good = true;
    for (char *word; good && (word = strtok_r(NULL, ", ", &rest));)
        good = add_manager(setting->target, word, why);
    mem_free(copy);
    return good;
}

bool settings_set(struct setting *setting, const char *text, char *why)
{
    bool counted =
        setting->type == SETTING_NUMBER || setting->type == SETTING_FLAG || setting->type == SETTING_TIME;
    if (!counted && !text[strspn(text, ", ")]) {
        snprintf(why, SETTINGS_WHY, "it is empty: say a value, or leave it away");
        return false;
    }
    switch (setting->type) {
    case SETTING_NUMBER: return set_number(setting, text, why);
    case SETTING_FLAG: return set_flag(setting, text, why);
    case SETTING_ADDRESS: return set_address(setting, text, why);
    case SETTING_BROKERS: return set_brokers(setting, text, why);
    case SETTING_TIME: return set_time(setting, text, why);
    case SETTING_MANAGERS: return set_managers(setting, text, why);
    case SETTING_TEXT: break;
    }
    mem_free(*(char **)setting->target);
    *(char **)setting->target = mem_text(text, strlen(text));
    return true;
}

/* The setting of that path; NULL, with `*section` set when paths of settings begin with it. */
static struct setting *find_path(struct settings *settings, const char *path, bool *section)
{
    size_t size = strlen(path);
    *section = false;
    for (size_t i = 0; i < settings->count; i++) {
        const char *known = settings->rows[i].path;
        if (strcmp(known, path) == 0)
            return &settings->rows[i];
        if (strncmp(known, path, size) == 0 && known[size] == '/')
            *section = true;
    }
    return NULL;
}

static bool apply(struct settings *settings, zconfig_t *node, const char *above, char *why);

/* Applies what is below `node`. */
static bool apply_children(struct settings *settings, zconfig_t *node, const char *path, char *why)
{
    for (zconfig_t *child = zconfig_child(node); child; child = zconfig_next(child)) {
        if (!apply(settings, child, path, why))
            return false;
    }
    return true;
}

/* Notes a setting that stood in the file before; a list of managers goes on. */
static void note_again(struct settings *settings, const struct setting *setting, const char *value)
{
    if (setting->type == SETTING_MANAGERS)
        return;
    char *known = settings->again, *line = NULL;
    if (asprintf(&line, "%s%s%s is given more than once: the last one, %.60s, holds", known ? known : "",
                 known ? "\n" : "", setting->path, value) < 0)
        abort();
    free(known);
    settings->again = line;
}

static bool apply(struct settings *settings, zconfig_t *node, const char *above, char *why)
{
    char path[PATH_SIZE], wrong[SETTINGS_WHY];
    bool section;
    const char *value = zconfig_value(node);
    snprintf(path, sizeof path, "%s%s%s", above, *above ? "/" : "", zconfig_name(node));
    struct setting *setting = find_path(settings, path, &section);
    if (section && (!value || !*value))
        return apply_children(settings, node, path, why);
    if (!setting || zconfig_child(node)) {
        snprintf(why, SETTINGS_WHY, "there is no setting '%s'%s", path,
                 setting   ? " with settings below it"
                 : section ? " (it is a section: no value)"
                           : "");
        return false;
    }
    if (setting->source > SETTING_FILE)
        return true;
    if (setting->source == SETTING_FILE)
        note_again(settings, setting, value ? value : "");
    setting->source = SETTING_FILE;
    if (settings_set(setting, value ? value : "", wrong))
        return true;
    snprintf(why, SETTINGS_WHY, "%s = %.60s: %.300s", path, value ? value : "", wrong);
    return false;
}

/* Reads what is there of an open file within the time that a program in a pipe has to write it. Returns the
 * bytes, at most MOST_OF_A_FILE, or -1. */
static ssize_t read_all(int number, char *text)
{
    struct pollfd ready = {.fd = number, .events = POLLIN};
    size_t size = 0;
    for (ssize_t got = 1; got > 0 && size<MOST_OF_A_FILE; size += got> 0 ? (size_t)got : 0) {
        if (poll(&ready, 1, PIPE_TIME) <= 0)
            break;
        got = read(number, text + size, MOST_OF_A_FILE - size);
        if (got < 0)
            return -1;
    }
    text[size] = '\0';
    return (ssize_t)size;
}

/* Why this is no configuration, going by what kind of file it is, and what came from it; NULL: it may be. */
static const char *fault_of(const struct stat *status, const char *text, ssize_t size)
{
    if (S_ISDIR(status->st_mode))
        return "it is a folder";
    if (!S_ISREG(status->st_mode) && !S_ISFIFO(status->st_mode))
        return "not a file";
    if (size < 0)
        return strerror(errno);
    if (size == 0 && S_ISFIFO(status->st_mode))
        return "nothing came from it";
    if (size == MOST_OF_A_FILE)
        return "not a configuration file: it is too large";
    if (strlen(text) < (size_t)size)
        return "not a configuration file: it holds bytes that are no text";
    return NULL;
}

/* The text of a configuration file, to be freed; NULL: `why` says why there is none. A pipe will do, as of a
 * shell's <(...); one that nobody writes to keeps nobody waiting. */
static char *read_text(const char *file, char *why)
{
    struct stat status = {0};
    int number = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = mem_alloc(MOST_OF_A_FILE + 1);
    bool readable = number >= 0 && fstat(number, &status) == 0;
    bool kind = S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode);
    ssize_t size = readable && kind ? read_all(number, text) : 0;
    const char *fault = readable ? fault_of(&status, text, size) : strerror(errno);
    if (number >= 0)
        close(number);
    if (!fault)
        return text;
    snprintf(why, SETTINGS_WHY, "%s: %s", file, fault);
    mem_free(text);
    return NULL;
}

/* What is wrong with a line that is no comment: czmq would only say that it is, and show it as it is. NULL:
 * nothing is seen yet. */
static const char *fault_in(const char *line, size_t size)
{
    size_t blanks = strspn(line, " \t\r");
    if (blanks >= size || line[blanks] == '#')
        return NULL;
    if (memchr(line, '\t', blanks))
        return "a tab before it: four spaces are wanted for each level";
    for (size_t i = 0, length; i < size; i += length) {
        const uint8_t *at = (const uint8_t *)line + i;
        bool shown;
        length = shown_next(at, size - i, &shown);
        bool other = *at == '\t' || *at == '\r' || (length == 1 && *at > 127); /* no UTF-8 */
        if (!shown && !other)
            return "it has a character that is not to be seen";
    }
    return NULL;
}

enum { LINE_WHY = 300 /* bytes of a text that says what is wrong with a line */ };

/* Whether a line is good; else `why` (LINE_WHY bytes) says what is wrong with it. */
typedef bool line_check(const char *line, size_t size, char *why);

/* Whether all lines are; else `why` has the number of the first that is not, too. */
static bool check_lines(const char *text, line_check *is_good, char *why)
{
    char wrong[LINE_WHY];
    unsigned number = 1;
    for (const char *line = text; *line; number++) {
        size_t size = strcspn(line, "\n");
        if (!is_good(line, size, wrong)) {
            snprintf(why, SETTINGS_WHY, "line %u: %s", number, wrong);
            return false;
        }
        line += size + (line[size] == '\n');
    }
    return true;
}

/* All that it says can be seen. */
static bool is_plain(const char *line, size_t size, char *why)
{
    const char *wrong = fault_in(line, size);
    if (wrong)
        snprintf(why, LINE_WHY, "%s", wrong);
    return !wrong;
}

/* The '=' of a line that gives a value, NULL: it gives none. */
static const char *sign_in(const char *line, size_t size)
{
    const char *sign = memchr(line, '=', size), *hash = memchr(line, '#', size);
    return sign && hash && hash < sign ? NULL : sign;
}

/* Its value is not cut by a '#' that was meant as a part of it. */
static bool is_whole(const char *line, size_t size, char *why)
{
    const char *sign = sign_in(line, size), *hash = memchr(line, '#', size);
    if (!sign || !hash)
        return true;
    const char *value = sign + 1 + strspn(sign + 1, " \t");
    if (*value == '"' || *value == '\'' || hash == value || hash[-1] == ' ' || hash[-1] == '\t')
        return true;
    snprintf(why, LINE_WHY, "'#' begins a comment: put the value in quotes, or a space before it");
    return false;
}

/* Its '=' has a value behind it. What a template has not filled in would count as not given: of keys, nothing
 * would say that there are none. */
static bool is_filled(const char *line, size_t size, char *why)
{
    const char *sign = sign_in(line, size);
    if (!sign)
        return true;
    const char *value = sign + 1 + strspn(sign + 1, " \t\r");
    bool quoted = (*value == '"' || *value == '\'') && value[1] == *value;
    if (*value && *value != '\n' && *value != '#' && !quoted)
        return true;
    const char *name = line + strspn(line, " "), *end = sign;
    while (end > name && strchr(" \t", end[-1]))
        end--;
    int shown = end > name ? (int)(end - name) : 0;
    snprintf(why, LINE_WHY, "%.*s has no value: give it one, or take the line away", shown < 60 ? shown : 60,
             name);
    return false;
}

/* Whether a configuration file's text is one that czmq reads as it is meant. */
static bool is_good(const char *text, char *why)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
        snprintf(why, SETTINGS_WHY, "line 1: a byte order mark: save the file without one");
        return false;
    }
    return check_lines(text, is_plain, why) && check_lines(text, is_whole, why) &&
           check_lines(text, is_filled, why);
}

bool settings_load(struct settings *settings, const char *file, char *why)
{
    char wrong[SETTINGS_WHY] = "";
    char *text = read_text(file, why);
    if (!text)
        return false;
    if (!is_good(text, wrong)) {
        snprintf(why, SETTINGS_WHY, "%.200s: %.300s", file, wrong);
        mem_free(text);
        return false;
    }
    zconfig_t *root = zconfig_str_load(text);
    mem_free(text);
    if (!root) {
        snprintf(why, SETTINGS_WHY, "%s: not a configuration file (ZPL)", file);
        return false;
    }
    bool good = apply_children(settings, root, "", wrong);
    zconfig_destroy(&root);
    if (!good)
        snprintf(why, SETTINGS_WHY, "%.200s: %.300s", file, wrong);
    return good;
}

bool settings_environment(struct settings *settings, char *why)
{
    for (size_t i = 0; i < settings->count; i++) {
        struct setting *setting = &settings->rows[i];
        char wrong[SETTINGS_WHY];
        const char *value = setting->environment ? getenv(setting->environment) : NULL;
        if (!value || !*value || setting->source != SETTING_DEFAULT)
            continue;
        setting->source = SETTING_ENVIRONMENT;
        if (!settings_set(setting, value, wrong)) {
            snprintf(why, SETTINGS_WHY, "environment: %s=%.60s: %.300s", setting->environment, value, wrong);
            return false;
        }
    }
    return true;
}

enum setting_source settings_source(const struct settings *settings, const void *target)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (settings->rows[i].target == target)
            return settings->rows[i].source;
    }
    return SETTING_DEFAULT;
}

void settings_free(struct settings *settings)
{
    free(settings->again); /* asprintf's */
    settings->again = NULL;
    for (size_t i = 0; i < settings->count; i++) {
        struct setting *setting = &settings->rows[i];
        if (setting->type == SETTING_TEXT) {
            mem_free(*(char **)setting->target);
            *(char **)setting->target = NULL;
        } else if (setting->type == SETTING_BROKERS) {
            drop_others(setting->target);
        } else if (setting->type == SETTING_MANAGERS) {
            struct managers *managers = setting->target;
            mem_free(managers->at);
            *managers = (struct managers){.default_port = managers->default_port};
        }
    }
}
