/* screen: a terminal that shows one page which is drawn again and again: the other screen of the terminal,
 * with keys as they are pressed. */
#ifndef MAILROOM_CLI_SCREEN_H
#define MAILROOM_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <termios.h>

struct screen {
    bool on, reads; /* it is shown; keys are read */
    struct termios before;
    char *text; /* the page that is being written */
    size_t size;
};

/* Whether standard output is a terminal that can do that. */
bool screen_possible(void);

void screen_begin(struct screen *screen);
void screen_end(struct screen *screen);

/* How large it is now. */
void screen_size(size_t *rows, size_t *columns);

/* A file for the next page, whose lines end with SCREEN_LINE; screen_show shows it and closes the file. */
#define SCREEN_LINE "\033[K\r\n"
FILE *screen_page(struct screen *screen);
void screen_show(struct screen *screen, FILE *page);

/* The key that was pressed; 0: none. Below 0: the terminal is gone. */
int screen_key(void);

#endif
