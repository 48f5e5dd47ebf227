/* vectors: reads blocks of "key: value" lines. */
#include "tests/support/vectors.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 65536 };

static void read_hex(struct vector *vector, const char *hex)
{
    vector->size = strlen(hex) / 2;
    vector->bytes = malloc(vector->size ? vector->size : 1);
    for (size_t i = 0; i < vector->size; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
        vector->bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void read_line(struct vector *vector, const char *key, const char *value)
{
    if (!strcmp(key, "name"))
        snprintf(vector->name, sizeof vector->name, "%s", value);
    else if (!strcmp(key, "text"))
        snprintf(vector->text, sizeof vector->text, "%s", value);
    else if (!strcmp(key, "code"))
        snprintf(vector->code, sizeof vector->code, "%s", value);
    else if (!strcmp(key, "why"))
        snprintf(vector->why, sizeof vector->why, "%s", value);
    else if (!strcmp(key, "canonical"))
        vector->canonical = !strcmp(value, "yes");
    else if (!strcmp(key, "hex"))
        read_hex(vector, value);
}

bool vector_next(FILE *file, struct vector *vector)
{
    static char line[LINE];
    free(vector->bytes);
    *vector = (struct vector){0};
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (!*line && *vector->name)
            return true;
        char *colon = strchr(line, ':');
        if (*line == '#' || !colon)
            continue;
        *colon = 0;
        read_line(vector, line, colon + 1 + strspn(colon + 1, " "));
    }
    return *vector->name;
}
