/* certificates: key pairs in files, in czmq's format (zcert): NAME.cert holds the public key,
 * NAME.cert_secret both; a section `metadata` says the name and the role. PROTOCOL.md section 8. */
#ifndef MAILROOM_EDGE_CERTIFICATES_H
#define MAILROOM_EDGE_CERTIFICATES_H

#include <stddef.h>

#include "common/link/key.h"

enum {
    KEY_TEXT_SIZE = 41, /* bytes of a key as Z85, with the closing zero */
    CERTIFICATE_WHY = 1024,
};

enum certificate_part { CERTIFICATE_PUBLIC, CERTIFICATE_SECRET };

struct certificate {
    struct key key;
    char text[KEY_TEXT_SIZE]; /* key.bytes as Z85 */
    uint8_t secret[KEY_SIZE]; /* zeros unless it was loaded as CERTIFICATE_SECRET, or made here */
};

/* Loads `file`, with its secret key where that is the `part`; `roles` has a bit for each role that it may
 * have. False: `why` (CERTIFICATE_WHY bytes) names the file, and says what is wrong with it and what to do.
 */
bool certificate_load(struct certificate *certificate, const char *file, enum certificate_part part,
                      unsigned roles, char *why);

/* A new key pair. */
void certificate_make(struct certificate *certificate, enum key_role role, const char *name);

/* Writes a part into a new file, the secret one with mode 0600. False: `why` names the file; one that is
 * there already is left as it is. */
bool certificate_save(const struct certificate *certificate, const char *file, enum certificate_part part,
                      char *why);

/* Whether a name is one that a certificate may have: 1 to 63 printable characters of ASCII, no quotes. */
bool certificate_name_is_good(const char *name);

/* "client or admin": the roles of a mask, for people. */
void certificate_roles_text(unsigned roles, char *text, size_t size);

/* Overwrites the secret. */
void certificate_wipe(struct certificate *certificate);

#endif
