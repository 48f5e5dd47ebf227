/* screen: see screen.h. */
#include "clients/cli/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ROWS = 24, COLUMNS = 80 /* of a terminal that does not say */ };

bool screen_possible(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDOUT_FILENO) && kind && strcmp(kind, "dumb") != 0;
}

void screen_begin(struct screen *screen)
{
    screen->reads = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &screen->before) == 0;
    if (screen->reads) {
        struct termios raw = screen->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 0;
        raw.c_cc[VTIME] = 0;
        raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* who stops it would be left with this screen */
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    fputs("\033[?1049h\033[?25l", stdout); /* the other screen, no cursor */
    fflush(stdout);
    screen->on = true;
}

void screen_end(struct screen *screen)
{
    if (!screen->on)
        return;
    screen->on = false;
    fputs("\033[?25h\033[?1049l", stdout);
    fflush(stdout);
    if (screen->reads)
        tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
}

void screen_size(size_t *rows, size_t *columns)
{
    struct winsize size = {0};
    bool said = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    *rows = said && size.ws_row ? size.ws_row : ROWS;
    *columns = said && size.ws_col ? size.ws_col : COLUMNS;
}

FILE *screen_page(struct screen *screen)
{
    FILE *page = open_memstream(&screen->text, &screen->size);
    fputs("\033[H", page);
    return page;
}

void screen_show(struct screen *screen, FILE *page)
{
    fputs("\033[J", page);
    fclose(page);
    fwrite(screen->text, 1, screen->size, stdout); /* at once, so that nothing flickers */
    fflush(stdout);
    free(screen->text);
    screen->text = NULL;
}

int screen_key(void)
{
    unsigned char key;
    ssize_t count = read(STDIN_FILENO, &key, 1);
    if (count == 1)
        return key;
    return count < 0 && errno != EAGAIN && errno != EINTR ? -1 : 0;
}
