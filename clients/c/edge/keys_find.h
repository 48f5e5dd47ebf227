/* keys_find: which certificate files a client or a worker is to use: those that it was given, or those of the
 * environment. What is in them is edge/line/keys.h's affair. */
#ifndef MAILROOM_C_KEYS_FIND_H
#define MAILROOM_C_KEYS_FIND_H

#include "edge/line/keys.h"

struct keys_wish {
    const char *address;                 /* only tcp has keys */
    const char *keys, *key, *server_key; /* the folder, the own secret one, the other side's public one; NULL:
                                            not given; `keys` "": none at all */
    bool environment;                    /* what is not given is as the environment says */
    const char *const *names; /* of the own file in the folder, the preferred first; NULL at the end */
    unsigned roles;           /* a bit for each that the own one may have */
    enum key_role server;     /* KEY_BROKER or KEY_MANAGER */
};

/* False: `why` (CERTIFICATE_WHY bytes) says what is missing, or what is wrong with a file. `*keys` NULL: the
 * connection is to have none. */
bool keys_find_files(const struct keys_wish *wish, struct keys **keys, char *why);

#endif
