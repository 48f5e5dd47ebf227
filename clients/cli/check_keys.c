/* check_keys: the keys for `mailroom check`: those of whoever it runs beside, too, since it is the health
 * check of containers that have no others. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/check.h"

static const unsigned any_role = ~0u;

static void place(char *file, size_t size, const char *directory, const char *name, const char *end)
{
    snprintf(file, size, "%s/%s.%s", directory, name, end);
}

/* The secret certificate in the directory that may ask: of whom it is asked first. */
static bool find_own(const struct check *check, char *file, size_t size)
{
    static const char *const of_broker[] = {"client", "admin", "broker", "manager", NULL};
    static const char *const of_manager[] = {"manager", "broker", NULL};
    for (const char *const *name = check->manager ? of_manager : of_broker; *name; name++) {
        place(file, size, check->invocation->keys, *name, "cert_secret");
        if (access(file, F_OK) == 0)
            return true;
    }
    return false;
}

static bool load_own(struct check *check)
{
    char file[4096], why[CERTIFICATE_WHY];
    const struct invocation *invocation = check->invocation;
    snprintf(file, sizeof file, "%s", invocation->key ? invocation->key : "");
    if (!invocation->key && !(invocation->keys && find_own(check, file, sizeof file))) {
        check_say(check, FOUND_WRONG, CLI_USAGE, "keys",
                  "there is no secret certificate to ask with%s%s: give one with --key FILE",
                  invocation->keys ? " in " : "", invocation->keys ? invocation->keys : "");
        return false;
    }
    if (certificate_load(&check->own, file, CERTIFICATE_SECRET, any_role, why))
        return true;
    check_say(check, FOUND_WRONG, CLI_USAGE, "keys", "%s", why);
    return false;
}

static bool load_server(struct check *check)
{
    char why[CERTIFICATE_WHY];
    const struct invocation *invocation = check->invocation;
    const char *name = check->manager ? "manager" : "broker";
    const char *given = check->manager ? check->manager_key : invocation->broker_key;
    enum key_role role = check->manager ? KEY_MANAGER : KEY_BROKER;
    if (given)
        snprintf(check->server_file, sizeof check->server_file, "%s", given);
    else if (invocation->keys)
        place(check->server_file, sizeof check->server_file, invocation->keys, name, "cert");
    if (!given && check->own.key.role == role && access(check->server_file, F_OK) != 0) {
        check->server.key = check->own.key; /* beside the program itself */
        return true;
    }
    if (!check->server_file[0]) {
        check_say(check, FOUND_WRONG, CLI_USAGE, "keys",
                  "the %s's public certificate is missing: give it with --%s-key FILE", name, name);
        return false;
    }
    if (certificate_load(&check->server, check->server_file, CERTIFICATE_PUBLIC, any_role, why))
        return true;
    check_say(check, FOUND_WRONG, CLI_USAGE, "keys", "%s", why);
    return false;
}

bool check_has_keys(struct check *check)
{
    const struct invocation *invocation = check->invocation;
    if (!check->manager_key)
        check->manager_key = getenv("MAILROOM_MANAGER_KEY");
    if (check->manager_key && !*check->manager_key)
        check->manager_key = NULL;
    check->keyed = invocation->keys || invocation->key || invocation->broker_key || check->manager_key;
    return check->keyed;
}

bool check_keys(struct check *check)
{
    return !check->keyed || (load_own(check) && load_server(check));
}
