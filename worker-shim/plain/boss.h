/* boss: a plain worker's line to its shim: one connection, one link, no second attempt. When it ends, the
 * worker ends. */
#ifndef MAILROOM_PLAIN_BOSS_H
#define MAILROOM_PLAIN_BOSS_H

#include "common/link/link.h"
#include "edge/line/mail.h"

struct boss {
    void *context, *dealer, *monitor;
    struct link link;
    uint8_t boot[UUID_SIZE], link_id[UUID_SIZE];
    bool over;        /* the connection is gone, or the shim broke protocol or ended the link */
    const char *why;  /* of that, static; NULL: as it should */
    struct mail mail; /* what the last message of boss_receive borrows */
    bool has_mail;
};

/* Connects to `endpoint` and says HELLO as the worker `name`. False: errno says why. */
bool boss_open(struct boss *boss, const char *endpoint, const char *name, uint64_t now);

/* The next message from the shim; what it borrows is valid until the next call. `*body` is the caller's.
 * False: there is none now. */
bool boss_receive(struct boss *boss, uint64_t now, struct message *message, struct slice *body);

/* Puts a message on the link; takes over `body`. */
void boss_send(struct boss *boss, const struct message *message, struct slice body);

/* Puts out what may go. Call it before sleeping. */
void boss_flush(struct boss *boss, uint64_t now);

/* Descriptors to poll for reading; when one is ready, or when more was left, call boss_receive until it says
 * false. */
enum { BOSS_FILES = 2 };
void boss_files(const struct boss *boss, int files[BOSS_FILES]);

/* Whether there is something that no descriptor need announce any more. */
bool boss_has_more(const struct boss *boss);

/* Closes all; what was sent has a second to leave. */
void boss_close(struct boss *boss);

#endif
