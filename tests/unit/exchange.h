/* exchange: what the tests of a correspondence say to it, and how they read what it says. */
#ifndef MAILROOM_UNIT_EXCHANGE_H
#define MAILROOM_UNIT_EXCHANGE_H

#include "clients/c/core/correspondence.h"

/* The uuid of the task with that number. Static. */
const uint8_t *exchange_uuid(uint8_t number);

/* A submission with a body of one letter for each slot, which the broker has not seen. The caller's. */
struct submission *exchange_make(uint8_t number, const char *letters, unsigned flags);

/* The events that are there, told one by one, as short texts; the news of connections are left out. Valid
 * until the next call. */
const char *exchange_told(struct correspondence *mail);

#endif
