/* call_keys: the keys that a command talks to the broker with. */
#include "clients/cli/call_keys.h"

#include <stdio.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static const char *path_in(const char *directory, const char *name, char *path)
{
    snprintf(path, PATH_BYTES, "%s/%s", directory, name);
    return path;
}

/* Who may do both, an operator, has both keys: an admin's is for what needs one. Where there is only one of
 * them, that is it. */
static const char *own_in(const char *directory, bool as_admin, char *path)
{
    static const char *const names[] = {"client.cert_secret", "admin.cert_secret"};
    if (access(path_in(directory, names[!as_admin], path), F_OK) == 0 &&
        access(path_in(directory, names[as_admin], path), F_OK) != 0)
        return path_in(directory, names[!as_admin], path);
    return path_in(directory, names[as_admin], path);
}

bool call_keys(const struct invocation *invocation, struct keys **keys, char *why)
{
    char own[PATH_BYTES], broker[PATH_BYTES];
    const char *directory = invocation->keys;
    struct keys_plan plan = {.own = invocation->key,
                             .broker = invocation->broker_key,
                             .roles = 1u << KEY_CLIENT | 1u << KEY_ADMIN};
    *keys = NULL;
    if (!directory && !plan.own && !plan.broker)
        return true;
    if (!keys_supported()) {
        snprintf(why, CERTIFICATE_WHY, "--keys: this machine's libzmq was built without CURVE");
        return false;
    }
    if (!plan.own && directory)
        plan.own = own_in(directory, invocation->as_admin, own);
    if (!plan.broker && directory)
        plan.broker = path_in(directory, "broker.cert", broker);
    if (!plan.own || !plan.broker) {
        snprintf(why, CERTIFICATE_WHY, "%s is given, but not %s (or both with --keys DIR)",
                 plan.own ? "--key" : "--broker-key",
                 plan.own ? "the broker's key: --broker-key FILE" : "--key FILE");
        return false;
    }
    *keys = keys_new(&plan, why);
    return *keys != NULL;
}
