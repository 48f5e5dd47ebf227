/* A listening socket in the file system that somebody removes, again and again. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "edge/place.h"

static char folder[32], path[48], endpoint[64];

static int listen_on(void *self, const char *at)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(self, folder);
    cr_assert_str_eq(at, endpoint);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int error = bind(file, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(file);
    return error;
}

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/mailroom-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(endpoint, sizeof endpoint, "ipc://%s", path);
    cr_assert_eq(listen_on(folder, endpoint), 0);
}

static void tear_down(void)
{
    unlink(path);
    rmdir(folder);
}

TestSuite(place, .init = set_up, .fini = tear_down);

Test(place, who_looks_after_it_binds_it_anew_so_often_and_no_oftener)
{
    struct place place;
    place_open(&place, endpoint);
    for (unsigned i = 0; i < PLACE_MOST_ANEW; i++) {
        cr_assert(place_is_whole(&place));
        cr_assert_eq(unlink(path), 0);
        cr_assert_not(place_is_whole(&place));
        place_turn(&place, listen_on, folder);
    }
    cr_assert_eq(unlink(path), 0);
    place_turn(&place, listen_on, folder);
    cr_assert_not(place_is_whole(&place));
    cr_assert_neq(access(path, F_OK), 0);
}

Test(place, it_is_as_it_was)
{
    struct place place;
    struct stat now;
    cr_assert_eq(chmod(path, 0640), 0);
    cr_assert_eq(chmod(folder, 0750), 0);
    place_open(&place, endpoint);
    unlink(path);
    rmdir(folder);
    place_turn(&place, listen_on, folder);
    cr_assert(place_is_whole(&place));
    cr_assert_eq(stat(path, &now), 0);
    cr_assert_eq(now.st_mode & 07777, 0640);
    cr_assert_eq(stat(folder, &now), 0);
    cr_assert_eq(now.st_mode & 07777, 0750);
}

Test(place, what_is_not_in_the_file_system_is_nobody_s_care)
{
    struct place place;
    place_open(&place, "tcp://127.0.0.1:7472");
    cr_assert(place_is_whole(&place));
    place_turn(&place, listen_on, folder);
}
