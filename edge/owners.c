/* owners: users by their numbers. */
#include "edge/owners.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *owners_read(struct owners *owners, const char *text)
{
    owners->count = 0;
    owners->any = text && strcmp(text, "any") == 0;
    if (owners->any)
        return NULL;
    while (text && *text) {
        char *end;
        if (*text < '0' || *text > '9')
            return "not numbers of users, with commas between them, nor `any`";
        if (owners->count == MOST_OWNERS)
            return "more than 16 users";
        owners->at[owners->count++] = (uid_t)strtoul(text, &end, 10);
        if (*end != '\0' && *end != ',')
            return "not numbers of users, with commas between them, nor `any`";
        text = *end == ',' ? end + 1 : end;
    }
    return NULL;
}

bool owners_let_in(const struct owners *owners, const char *address, uid_t *uid)
{
    const char *colon = address ? strchr(address, ':') : NULL;
    char *end;
    if (!colon || colon[1] < '0' || colon[1] > '9')
        return true;
    *uid = (uid_t)strtoul(colon + 1, &end, 10);
    if (*end != ':' || *uid == geteuid() || (owners && owners->any))
        return true;
    for (size_t i = 0; owners && i < owners->count; i++) {
        if (owners->at[i] == *uid)
            return true;
    }
    return false;
}
