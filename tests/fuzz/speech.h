/* speech: what a member is about to say, and the drawing of its fields from what that member may know: tasks,
 * ids, uuids and runtimes. Of which kind it is, is make.c's affair, whether it is said, say.c's. */
#ifndef MAILROOM_FUZZ_SPEECH_H
#define MAILROOM_FUZZ_SPEECH_H

#include "tests/fuzz/crowd.h"

enum { CONNECTED_IDS = 100, MOST_LIST = 4, RUNTIMES = 3 };

struct speech {
    struct crowd *crowd;
    struct member *member;
    struct fuzz_record *record;
    struct message message;
    struct builder lists[3];
    uint8_t uuid[UUID_SIZE];
    char text[400];
    size_t body;   /* bytes */
    bool finishes; /* the member has no more to do with the tasks that it names */
};

extern const char *const speech_runtimes[RUNTIMES];

struct span draw_text(struct speech *speech);
const uint8_t *draw_uuid(struct speech *speech);

/* Mostly nil, or 0, or small. */
uint64_t draw_number(struct speech *speech);
uint64_t draw_count(struct speech *speech);

/* The size of a body, in bytes. */
size_t draw_body(struct speech *speech);

/* A task that the member knows, the newest for 0; or of another member, or made up. */
struct held draw_task(struct speech *speech);

/* A list of tasks, the root of the first in `root`. */
struct list draw_addresses(struct speech *speech, struct address *root);
struct list draw_texts(struct speech *speech);

/* Ids: for a boss new ones that it gives, else some of those that the member has. */
struct list draw_ranges(struct speech *speech);

/* A shared part that the member has open, the newest but `back` or less; 0: it has none. */
uint64_t draw_part(const struct speech *speech, unsigned back);

/* A worker that is the member, or is below it. */
uint32_t draw_worker(struct speech *speech);

/* The member knows of a task; it has done its part of one, which is the oldest of all from now on. */
void speech_remember(struct member *member, const struct held *held);
void speech_forget(struct member *member, const struct address *address);

struct address speech_root(const struct held *held);

/* make.c: the fields of a message of the kind speech->message.kind. */
void make(struct speech *speech);

#endif
