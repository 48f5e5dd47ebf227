/* page: see page.h. The files are in page/; the build makes an array of each (cmake/embed.cmake). They hold
 * no secret, and take nothing from elsewhere: the policy lets a browser load and ask this server only, and
 * run nothing that stands in the page itself. It may be shown within another page, as a notebook does: there
 * is nothing in it that a click could do. */
#include "broker/http/page.h"

#include <string.h>

static const unsigned char page_html[] = {
#include "page_html.inc"
};
static const unsigned char page_css[] = {
#include "page_css.inc"
};
static const unsigned char draw_js[] = {
#include "draw_js.inc"
};
static const unsigned char stream_js[] = {
#include "stream_js.inc"
};
static const unsigned char page_js[] = {
#include "page_js.inc"
};

#define POLICY                                                                                            \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " \
    "base-uri 'none'; form-action 'none'"

static const struct {
    const char *path, *type;
    const unsigned char *data;
    size_t size;
} files[] = {
    {"/", "text/html; charset=utf-8", page_html, sizeof page_html},
    {"/page.css", "text/css; charset=utf-8", page_css, sizeof page_css},
    {"/draw.js", "text/javascript; charset=utf-8", draw_js, sizeof draw_js},
    {"/stream.js", "text/javascript; charset=utf-8", stream_js, sizeof stream_js},
    {"/page.js", "text/javascript; charset=utf-8", page_js, sizeof page_js},
};

bool page_answer(const char *path, struct http_answer *answer)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (strcmp(path, files[i].path) != 0)
            continue;
        *answer = (struct http_answer){.status = 200, .type = files[i].type, .policy = POLICY};
        answer->body = blob_copy(files[i].data, files[i].size);
        return true;
    }
    return false;
}
