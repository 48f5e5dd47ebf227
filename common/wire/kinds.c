/* kinds: the names of the numbers in kinds.h. */
#include "common/wire/kinds.h"

#include <stddef.h>

#define NAME(name, number, ...) [number] = #name,

static const char *name_in(const char *const *names, unsigned count, unsigned number)
{
    return number < count && names[number] ? names[number] : "?";
}

const char *kind_name(unsigned kind)
{
    static const char *const names[KIND_LIMIT] = {KINDS(NAME)};
    return name_in(names, KIND_LIMIT, kind);
}

#define HEADER(name, number, ways, header) [number] = (header),

uint32_t kind_header(unsigned kind)
{
    static const uint32_t headers[KIND_LIMIT] = {KINDS(HEADER)};
    return kind < KIND_LIMIT && headers[kind] > 0 ? headers[kind] : HEADER_SHORT;
}

const char *role_name(unsigned role)
{
    static const char *const names[] = {"client", "boss", "manager", "worker"};
    return name_in(names, ROLE_LIMIT, role);
}

const char *state_name(unsigned state)
{
    static const char *const names[] = {"unknown", "queued", "running", "done", "failed", "cancelled"};
    return name_in(names, sizeof names / sizeof names[0], state);
}

const char *code_name(unsigned code)
{
    static const char *const names[CODE_LIMIT] = {ERROR_CODES(NAME)};
    return name_in(names, CODE_LIMIT, code);
}
