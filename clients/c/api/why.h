/* why: the text of the last failure in each thread, which mailroom_why() gives. */
#ifndef MAILROOM_C_WHY_H
#define MAILROOM_C_WHY_H

/* Notes a text, and returns `error`: `return why(MAILROOM_EINVAL, "...");` */
int why(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
