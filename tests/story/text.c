/* text: words, values and variables. See text.h. */
#include "tests/story/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

char *text_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = mem_alloc((size_t)size + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return text;
}

/* Where the quoted text that begins at `at` ends: behind its closing quote, or at the line's end. */
static const char *after_quote(const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++) {
        if (*at == '\\' && at[1] != '\0') {
            at++;
        }
    }
    return *at == '"' ? at + 1 : at;
}

static const char *after_word(const char *at)
{
    int depth = 0;
    while (*at != '\0' && (depth > 0 || !isspace((unsigned char)*at))) {
        if (*at == '"') {
            at = after_quote(at);
            continue;
        }
        depth += (*at == '(' || *at == '[') - (*at == ')' || *at == ']');
        at++;
    }
    return at;
}

struct words words_split(const char *line)
{
    struct words words = {NULL, 0};
    for (;;) {
        line += strspn(line, " \t\r\n");
        if (*line == '\0' || *line == '#') {
            return words;
        }
        const char *end = after_word(line);
        words.items = mem_resize(words.items, words.count + 1, sizeof *words.items);
        words.items[words.count++] = mem_text(line, (size_t)(end - line));
        line = end;
    }
}

void words_free(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        mem_free(words->items[i]);
    }
    mem_free(words->items);
    *words = (struct words){NULL, 0};
}

const char *words_value(const struct words *words, size_t first, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = first; i < words->count; i++) {
        if (strncmp(words->items[i], key, length) == 0 && words->items[i][length] == '=') {
            return words->items[i] + length + 1;
        }
    }
    return NULL;
}

bool words_begin(const struct words *words, const char *pattern)
{
    size_t index = 0;
    while (*pattern != '\0') {
        size_t length = strcspn(pattern, " ");
        if (index == words->count) {
            return false;
        }
        const char *word = words->items[index++];
        bool any = length == 1 && *pattern == '*';
        if (!any && (strlen(word) != length || memcmp(word, pattern, length) != 0)) {
            return false;
        }
        pattern += length;
        pattern += strspn(pattern, " ");
    }
    return true;
}

void variables_free(struct variables *variables)
{
    for (size_t i = 0; i < variables->count; i++) {
        mem_free(variables->items[i].value);
    }
    mem_free(variables->items);
    *variables = (struct variables){NULL, 0};
}

const char *variables_get(const struct variables *variables, const char *name)
{
    for (size_t i = 0; i < variables->count; i++) {
        if (strcmp(variables->items[i].name, name) == 0) {
            return variables->items[i].value;
        }
    }
    return NULL;
}

void variables_set(struct variables *variables, const char *name, const char *value)
{
    char *copy = mem_text(value, strlen(value));
    for (size_t i = 0; i < variables->count; i++) {
        if (strcmp(variables->items[i].name, name) == 0) {
            mem_free(variables->items[i].value);
            variables->items[i].value = copy;
            return;
        }
    }
    variables->items = mem_resize(variables->items, variables->count + 1, sizeof *variables->items);
    struct variable *variable = &variables->items[variables->count++];
    snprintf(variable->name, sizeof variable->name, "%s", name);
    variable->value = copy;
}

/* A piece of a value: a quoted text, a word of letters, digits and the like, or one other character. */
struct token {
    const char *at;
    size_t size; /* 0: the end */
    bool quoted; /* then without its quotes */
};

static struct token token_next(const char **at)
{
    *at += strspn(*at, " ");
    const char *start = *at;
    if (*start == '"') {
        *at = after_quote(start);
        size_t size = (size_t)(*at - start);
        return (struct token){start + 1, size >= 2 ? size - 2 : 0, true};
    }
    while (isalnum((unsigned char)**at) || (**at != '\0' && strchr("_./:+@-~*", **at) != NULL)) {
        (*at)++;
    }
    if (*at == start && *start != '\0') {
        (*at)++;
    }
    return (struct token){start, (size_t)(*at - start), false};
}

/* How much of the token is the name of a variable: letters, then digits; 0: it is none. What may follow is
 * "+number". */
static size_t variable_length(const struct token *token)
{
    size_t letters = 0, length;
    while (letters < token->size && isalpha((unsigned char)token->at[letters])) {
        letters++;
    }
    for (length = letters; length < token->size && isdigit((unsigned char)token->at[length]); length++) {
    }
    bool ends = length == token->size || token->at[length] == '+';
    return !token->quoted && letters > 0 && length > letters && ends && length < VARIABLE_SIZE ? length : 0;
}

/* The value of the variable that `token` names, plus what it adds; NULL: it is not bound. The caller frees
 * it. */
static char *variable_value(const struct variables *variables, const struct token *token, size_t length)
{
    char name[VARIABLE_SIZE] = {0};
    memcpy(name, token->at, length);
    const char *value = variables_get(variables, name);
    if (value == NULL || length == token->size) {
        return value == NULL ? NULL : mem_text(value, strlen(value));
    }
    return text_format("%llu", strtoull(value, NULL, 10) + strtoull(token->at + length + 1, NULL, 10));
}

static char *append(char *text, const char *more, size_t size)
{
    size_t old = strlen(text);
    text = mem_resize(text, old + size + 1, 1);
    memcpy(text + old, more, size);
    text[old + size] = '\0';
    return text;
}

/* Binds the name in `token` to 16 bytes that spell it. The caller frees the value. */
static char *variable_fresh(struct variables *variables, const struct token *token)
{
    uint8_t bytes[16] = {0};
    char name[VARIABLE_SIZE] = {0};
    memcpy(bytes, token->at, token->size);
    memcpy(name, token->at, token->size);
    char *value = text_hex(bytes, sizeof bytes);
    variables_set(variables, name, value);
    return value;
}

char *text_resolve(struct variables *variables, const char *value, bool fresh, bool *unbound)
{
    char *resolved = mem_text("", 0);
    for (;;) {
        const char *before = value;
        struct token token = token_next(&value);
        size_t length = variable_length(&token);
        char *named = length > 0 ? variable_value(variables, &token, length) : NULL;
        if (length > 0 && named == NULL && fresh) {
            named = variable_fresh(variables, &token);
        }
        if (length > 0 && named == NULL) {
            *unbound = true;
        }
        resolved = named != NULL ? append(resolved, named, strlen(named))
                                 : append(resolved, before, (size_t)(value - before));
        mem_free(named);
        if (*value == '\0') {
            return resolved;
        }
    }
}

bool text_match(struct variables *variables, const char *pattern, const char *value)
{
    while (*pattern != '\0' || *value != '\0') {
        struct token want = token_next(&pattern), have = token_next(&value);
        size_t length = variable_length(&want);
        char *named = length > 0 ? variable_value(variables, &want, length) : NULL;
        bool same;
        if (named != NULL) {
            same = strlen(named) == have.size && memcmp(named, have.at, have.size) == 0;
        } else if (length > 0 && length == want.size && have.size > 0) {
            char name[VARIABLE_SIZE] = {0}, *bound = mem_text(have.at, have.size);
            memcpy(name, want.at, length);
            variables_set(variables, name, bound);
            mem_free(bound);
            same = true;
        } else {
            same = want.size == have.size && memcmp(want.at, have.at, want.size) == 0;
        }
        mem_free(named);
        if (!same) {
            return false;
        }
    }
    return true;
}
