/* troff: manual pages in the man macros, for groff and mandoc. */
#ifndef MAILROOM_EDGE_TROFF_H
#define MAILROOM_EDGE_TROFF_H

#include <argp.h>
#include <stdio.h>

/* The head of a page: "MAILROOMD", 8, and NAME - what it is, in a line. */
void troff_begin(FILE *file, const char *name, unsigned section, const char *summary);
void troff_section(FILE *file, const char *heading);
void troff_subsection(FILE *file, const char *heading);

/* A text as it stands; its paragraphs are separated by an empty line. */
void troff_text(FILE *file, const char *text);

/* A term and what it means. */
void troff_term(FILE *file, const char *term, const char *meaning);

/* Lines that are shown as they are. */
void troff_lines(FILE *file, const char *lines);

/* The name of a command and what it takes, a line for each of `arguments`. */
void troff_usage(FILE *file, const char *name, const char *arguments);

/* An option of a program's table; a hidden one is left out. */
void troff_option(FILE *file, const struct argp_option *option);

#endif
