#!/usr/bin/env bash
# czmq 4.2.1 (Debian 12, libczmq4 4.2.1-1): zconfig keeps a setting that is given twice as two, and zconfig_get answers
# with the first, without a word. An unquoted value ends at '#', without a word; quotes keep it whole.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
debian libczmq-dev=4.2.1-1
cat >"$folder/config" <<'END'
bind = 10.0.0.1
bind = 10.0.0.2
name = node #3
quoted = "node #3"
END
cat >"$folder/try.c" <<'END'
#include <stdio.h>
typedef struct _zconfig_t zconfig_t;
zconfig_t *zconfig_load(const char *file);
char *zconfig_get(zconfig_t *self, const char *path, const char *otherwise);

int main(int count, char **arguments)
{
    zconfig_t *root = zconfig_load(arguments[count - 1]);
    printf("bind: %s\nname: %s\nquoted: %s\n", zconfig_get(root, "bind", "?"), zconfig_get(root, "name", "?"),
           zconfig_get(root, "quoted", "?"));
    return 0;
}
END
apt-get install -y -qq libczmq4=4.2.1-1 >/dev/null 2>&1 || true # its own libraries are many: they must be there
cc "$folder/try.c" -l:libczmq.so.4 -o "$folder/try"
expect 'bind: 10.0.0.1
name: node
quoted: node #3' "$("$folder/try" "$folder/config")"
