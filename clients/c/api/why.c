/* why: see why.h. Also the names of errors and codes, and the library's version. */
#include "clients/c/api/why.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/wire/kinds.h"
#include "mailroom.h"
#include "mailroom_version.h"

enum { WHY_SIZE = 1200 /* bytes: a file's name and what is wrong with it */ };

static _Thread_local char text[WHY_SIZE];

int why(int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error;
}

const char *mailroom_why(void)
{
    return text;
}

const char *mailroom_version(void)
{
    return MAILROOM_VERSION;
}

#define ERRORS(X) \
    X(OK)         \
    X(EINVAL)     \
    X(ENOMEM)     \
    X(ESYSTEM)    \
    X(EFORK)      \
    X(ESTATE)     \
    X(ETIMEDOUT)  \
    X(EINTR)      \
    X(EAGAIN)     \
    X(ETOOLARGE)  \
    X(ELOST)      \
    X(ECLOSED)    \
    X(EKEYS)      \
    X(EVERSION)   \
    X(EREFUSED)   \
    X(ENOTOWNER)  \
    X(ETAKEN)     \
    X(EPROTOCOL)  \
    X(ESESSION)

const char *mailroom_name(int code)
{
    switch (code) {
#define NAME(name) \
    case MAILROOM_##name: return "MAILROOM_" #name;
        ERRORS(NAME)
#undef NAME
    default: return code > 0 ? code_name((unsigned)code) : "?";
    }
}
