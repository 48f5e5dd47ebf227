/* questions: what a client has asked and was not answered; and answers as callers see them. It sends nothing.
 */
#ifndef MAILROOM_C_QUESTIONS_H
#define MAILROOM_C_QUESTIONS_H

#include "clients/c/core/news.h"

struct question {
    struct question *next;
    struct mailroom_question asked; /* with a uuid and a name of its own */
    uint64_t number;                /* that its message and its answer have */
    bool of_this_link;              /* it ends with the link */
    uint8_t uuid[UUID_SIZE];
    char name[];
};

struct questions {
    struct question *first, **last;
};

void questions_init(struct questions *questions);
void questions_free(struct questions *questions);

/* A copy; NULL: no memory. */
struct question *question_new(const struct mailroom_question *asked, uint64_t number);

/* Takes it over. */
void questions_add(struct questions *questions, struct question *question);

/* Takes out the one of that number, the caller's to free with mem_free; NULL: there is none. */
struct question *questions_take(struct questions *questions, uint64_t number);

/* Its message; borrows the question. */
void question_message(const struct question *question, struct message *message);

/* What `message` says to it, as an event; false: it is no answer to that question. */
bool question_answer(const struct question *question, const struct message *message, struct news *news);

/* It will not be answered. */
void question_fail(const struct question *question, int code, struct span text, struct news *news);

#endif
