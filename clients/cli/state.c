/* state: see state.h. */
#include "clients/cli/state.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *absolute(const char *variable)
{
    const char *path = getenv(variable);
    return path && path[0] == '/' ? path : NULL;
}

char *state_path(const char *name)
{
    const char *state = absolute("XDG_STATE_HOME"), *home = absolute("HOME");
    const struct passwd *user = home ? NULL : getpwuid(getuid());
    char *path = NULL;
    if (user)
        home = user->pw_dir; /* as a shell does for ~ */
    if (asprintf(&path, "%s%s/%s", state ? state : home ? home : "", state ? "" : "/.local/state", name) < 0)
        abort();
    return path;
}
