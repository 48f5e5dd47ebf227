/* Tests of common/link/key: which roles a key stands for. */
#include <criterion/criterion.h>

#include "common/link/key.h"
#include "common/wire/kinds.h"

Test(key, may_shake_hands_in_its_own_roles_only)
{
    static const char *const may[KEY_SELF + 1] = {
        /* client, boss, manager, worker */
        [KEY_NONE] = "yyyy",   [KEY_BROKER] = "nynn", [KEY_MANAGER] = "nyyn", [KEY_WORKER] = "nnny",
        [KEY_CLIENT] = "ynnn", [KEY_ADMIN] = "ynnn",  [KEY_SELF] = "nnnn"};
    for (unsigned held = 0; held <= KEY_SELF; held++) {
        struct key key = {.role = (enum key_role)held};
        for (unsigned role = 0; role < ROLE_LIMIT; role++)
            cr_assert_eq(key_may(&key, role), may[held][role] == 'y', "%s as %s",
                         key_role_name((enum key_role)held), role_name(role));
    }
}

Test(key, roles_are_found_by_name)
{
    for (unsigned role = KEY_NONE + 1; role < KEY_ROLE_LIMIT; role++)
        cr_assert_eq(key_role_find(key_role_name((enum key_role)role)), role);
    cr_assert_eq(key_role_find(key_role_name(KEY_SELF)), KEY_NONE);
    cr_assert_eq(key_role_find("none"), KEY_NONE);
    cr_assert_eq(key_role_find("boss"), KEY_NONE);
    cr_assert_eq(key_role_find(""), KEY_NONE);
}

Test(key, is_the_same_by_its_bytes)
{
    struct key one = {.role = KEY_CLIENT, .bytes = {1}, .name = "one"};
    struct key renamed = {.role = KEY_ADMIN, .bytes = {1}, .name = "other"};
    struct key other = {.role = KEY_CLIENT, .bytes = {2}, .name = "one"};
    struct key none = {.bytes = {1}}, nobody = {.bytes = {2}};
    cr_assert(key_same(&one, &renamed));
    cr_assert_not(key_same(&one, &other));
    cr_assert_not(key_same(&one, &none));
    cr_assert_not(key_same(&none, &one));
    cr_assert(key_same(&none, &nobody));
}
