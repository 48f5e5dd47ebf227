/* page: what a worker tells whoever sees it die: a small piece of memory that both have mapped. The worker
 * writes before each task which one it begins; the guardian reads it when the process is gone, so nothing of
 * it is ever late, and a word that was only half written is not seen.
 *
 * Two words and the number of the present one: the worker writes the other word, then the number. */
#ifndef MAILROOM_PAGE_H
#define MAILROOM_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "common/wire/message.h"

/* What a worker does. */
enum page_state {
    PAGE_WAITS = 0, /* its loop waits, or something that was suspended runs, it is not known what */
    PAGE_RUNS,      /* `task` runs */
    PAGE_BETWEEN,   /* `task` is done, and its result may not have left yet */
};

struct page_word {
    struct address task;
    uint64_t begun; /* how many of the tasks that the worker was given, in the order in which they came, are
                       begun, or were before the last one that is */
    uint32_t state; /* enum page_state */
};

enum { PAGE_MAGIC = 0x4d525031, PAGE_SIZE = 4096 /* bytes of the file */ };

struct page {
    uint32_t magic;
    atomic_uint owner;   /* the process that writes it, 0: none has begun to */
    atomic_uint current; /* words[current & 1] holds */
    struct page_word words[2];
};

/* An empty one, for the guardian to make. */
void page_init(struct page *page);

/* The process `owner` is to write it; false: it is no page, or another process does (one that was forked from
 * it, or that it started). */
bool page_own(struct page *page, uint32_t owner);

void page_write(struct page *page, const struct page_word *word);

/* False: nobody has written it, or it is no page. */
bool page_read(const struct page *page, struct page_word *word);

#endif
