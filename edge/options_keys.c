/* options_keys: which files hold a program's keys, as its settings say. What is in them is keys.c's affair.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "edge/log.h"
#include "edge/options.h"

bool options_have_keys(const struct options *options)
{
    const struct options_keys *keys = &options->keys;
    return keys->directory || keys->own || keys->broker || keys->manager || keys->allowed;
}

/* The file for something that is needed: the one that was said, or `name` in the directory. A directory that
 * was said on the command line goes before a file that the environment says, and so on. NULL: neither was
 * said. To be freed. */
static char *place(const struct options *options, char *const *said, const char *name)
{
    const char *directory = options->keys.directory;
    const struct settings *settings = &options->settings;
    if (*said && (!directory ||
                  settings_source(settings, said) >= settings_source(settings, &options->keys.directory)))
        return mem_text(*said, strlen(*said));
    if (!directory)
        return NULL;
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = mem_alloc(size);
    snprintf(path, size, "%s/%s", directory, name);
    return path;
}

/* Names what is needed and is nowhere to be found; NULL: nothing. */
static const char *lacking(const struct options_need *need, const struct keys_plan *plan)
{
    return !plan->own                         ? "this program's own: --key FILE"
           : need->listens && !plan->allowed  ? "the folder of those that are let in: --allowed DIR"
           : need->broker && !plan->broker    ? "the broker's: --broker-key FILE"
           : need->managers && !plan->manager ? "the managers': --manager-key FILE"
                                              : NULL;
}

bool options_load_keys(struct options *options, const struct options_need *need)
{
    char why[CERTIFICATE_WHY], own_name[32];
    if (!options_have_keys(options))
        return true;
    if (!keys_supported()) {
        log_plain("%s: --keys: this machine's libzmq was built without CURVE", options->program);
        return false;
    }
    snprintf(own_name, sizeof own_name, "%s.cert_secret", key_role_name(need->role));
    char *own = place(options, &options->keys.own, own_name);
    char *broker = need->broker ? place(options, &options->keys.broker, "broker.cert") : NULL;
    char *manager = need->managers ? place(options, &options->keys.manager, "manager.cert") : NULL;
    char *allowed = need->listens ? place(options, &options->keys.allowed, "allowed") : NULL;
    struct keys_plan plan = {
        .own = own, .broker = broker, .manager = manager, .allowed = allowed, .roles = 1u << need->role};
    memcpy(plan.doors, need->doors, sizeof plan.doors);
    const char *missing = lacking(need, &plan);
    if (missing)
        log_plain("%s: some keys are given, but not %s (or all of them with --keys DIR)", options->program,
                  missing);
    else if (!(options->held = keys_new(&plan, why)))
        log_plain("%s: %s", options->program, why);
    mem_free(own);
    mem_free(broker);
    mem_free(manager);
    mem_free(allowed);
    return options->held != NULL;
}

bool options_set_keys(const struct options *options, struct edge *edge)
{
    if (!options->held)
        return true;
    const struct keys *keys = options->held;
    log_line(LOG_INFO, "TCP with keys: the own one is %s, %u are let in", keys->own_file, keys_count(keys));
    if (options->insecure && settings_source(&options->settings, &options->insecure) > SETTING_ENVIRONMENT)
        log_line(LOG_WARNING,
                 "--insecure is of no matter with keys: only who has one that is allowed is let in");
    int error = edge_set_keys(edge, options->held);
    if (error)
        log_plain("%s: no socket for who is let in: %s", options->program, strerror(error));
    return error == 0;
}
