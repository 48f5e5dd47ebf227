/* home: see home.h. */
#include "edge/line/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define IPC "ipc://"
#define VARIABLE "MAILROOM_SOCKETS"

enum { MOST_FOLDER = 96 /* bytes: 107 that the path of a socket may have, without the socket's name */ };

/* The folder's path, which need not exist, into `path` (MOST_FOLDER bytes). False: it can be none. */
static bool find_folder(char *path, char *why)
{
    const char *given = getenv(VARIABLE);
    if (!given || !*given) {
        snprintf(path, MOST_FOLDER, "/tmp/mailroom-%u", (unsigned)geteuid());
        return true;
    }
    if (given[0] == '/' && strlen(given) < MOST_FOLDER) {
        snprintf(path, MOST_FOLDER, "%s", given);
        return true;
    }
    snprintf(why, HOME_WHY, "%s=%.100s: not a path that begins with '/' and has %d bytes at most", VARIABLE,
             given, MOST_FOLDER - 1);
    return false;
}

/* What keeps the folder from being this user's alone; NULL: nothing does. */
static const char *fault_of(const char *path, char *text, size_t size)
{
    struct stat status;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        snprintf(text, size, "it cannot be made: %s", strerror(errno));
    } else if (lstat(path, &status) != 0) {
        snprintf(text, size, "%s", strerror(errno));
    } else if (!S_ISDIR(status.st_mode)) {
        snprintf(text, size, "it is no folder");
    } else if (status.st_uid != geteuid()) {
        snprintf(text, size, "it belongs to another user, of number %u", (unsigned)status.st_uid);
    } else if (status.st_mode & 077) {
        snprintf(text, size, "others may enter it (mode %04o; chmod 700)", (unsigned)status.st_mode & 07777);
    } else {
        return NULL;
    }
    return text;
}

static bool check_folder(const char *path, char *why)
{
    char text[128];
    const char *fault = fault_of(path, text, sizeof text);
    if (fault)
        snprintf(
            why, HOME_WHY,
            "%s, the folder for this user's sockets: %s. Another folder: set %s to its path, for brokers, "
            "managers and clients alike",
            path, fault, VARIABLE);
    return !fault;
}

bool home_endpoint(const char *name, char *endpoint, char *why)
{
    char path[MOST_FOLDER];
    if (!find_folder(path, why) || !check_folder(path, why))
        return false;
    snprintf(endpoint, ADDRESS_SIZE, IPC "%s/%s", path, name);
    return true;
}

bool home_holds(const char *endpoint)
{
    char path[MOST_FOLDER], why[HOME_WHY];
    if (strncmp(endpoint, IPC, strlen(IPC)) != 0 || !find_folder(path, why))
        return false;
    const char *given = endpoint + strlen(IPC);
    return strncmp(given, path, strlen(path)) == 0 && given[strlen(path)] == '/' &&
           !strchr(given + strlen(path) + 1, '/');
}

bool home_is_safe(const char *endpoint, char *why)
{
    char path[MOST_FOLDER];
    return !home_holds(endpoint) || (find_folder(path, why) && check_folder(path, why));
}

bool home_choose(struct host_port *address, unsigned usual_port, const char *name, bool open,
                 const char *hint, char *why)
{
    char text[ADDRESS_SIZE];
    if (open || address_is_ipc(address->host))
        return true;
    if (strcmp(address->host, "localhost") == 0 && address->port == usual_port && !address->others) {
        if (!home_endpoint(name, text, why))
            return false;
        snprintf(address->host, sizeof address->host, "%s", text);
        address->port = 0;
        return true;
    }
    address_text(address, text);
    snprintf(
        why, HOME_WHY,
        "%.270s: over TCP without keys nothing tells who answers, and whoever does can run code here: %s",
        text, hint);
    return false;
}

bool home_is_taken(const char *endpoint)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strncmp(endpoint, IPC, strlen(IPC)) != 0)
        return false;
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", endpoint + strlen(IPC));
    /* a listener with no room for one more says EAGAIN */
    bool taken =
        file >= 0 && (connect(file, (struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN);
    if (file >= 0)
        close(file);
    return taken;
}

int home_hold(const char *endpoint)
{
    char path[MOST_FOLDER], why[HOME_WHY];
    int folder = -1;
    if (home_holds(endpoint) && find_folder(path, why))
        folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    while (folder >= 0 && flock(folder, LOCK_EX) != 0 && errno == EINTR)
        ;
    return folder;
}
