/* streams: the standard streams of a program that goes on for long. */
#ifndef MAILROOM_EDGE_STREAMS_H
#define MAILROOM_EDGE_STREAMS_H

/* Opens /dev/null in place of each standard stream that the caller has closed: else the next file to be
 * opened would get its number, and what is meant for people would go there. To be called before anything is
 * opened.
 */
void streams_hold(void);

#endif
