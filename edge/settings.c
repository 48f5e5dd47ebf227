/* settings: one table of a program's settings. What they mean is the program's affair. */
#include "edge/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/loop.h"

enum {
    PATH_SIZE = 128,           /* bytes of a setting's path */
    MOST_OF_A_PART = 100000000 /* of a time: its minutes, for example */
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
    switch (setting->type) {
    case SETTING_NUMBER: return set_number(setting, text, why);
    case SETTING_FLAG: return set_flag(setting, text, why);
    case SETTING_ADDRESS: return set_address(setting, text, why);
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
    setting->source = SETTING_FILE;
    if (settings_set(setting, value ? value : "", wrong))
        return true;
    snprintf(why, SETTINGS_WHY, "%s = %.60s: %.300s", path, value ? value : "", wrong);
    return false;
}

bool settings_load(struct settings *settings, const char *file, char *why)
{
    char wrong[SETTINGS_WHY] = "";
    if (access(file, R_OK) != 0) {
        snprintf(why, SETTINGS_WHY, "%s: %s", file, strerror(errno));
        return false;
    }
    zconfig_t *root = zconfig_load(file);
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
    for (size_t i = 0; i < settings->count; i++) {
        struct setting *setting = &settings->rows[i];
        if (setting->type == SETTING_TEXT) {
            mem_free(*(char **)setting->target);
            *(char **)setting->target = NULL;
        } else if (setting->type == SETTING_MANAGERS) {
            struct managers *managers = setting->target;
            mem_free(managers->at);
            *managers = (struct managers){.default_port = managers->default_port};
        }
    }
}
