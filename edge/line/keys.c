/* keys: a process's keys, in memory. The disk is read at the start, and the table's folder again when
 * somebody asks for it: never because of what a peer does. */
#include "edge/line/keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/base/mem.h"
#include "common/base/slab.h"
#include "edge/line/folders.h"

enum { PATH_BYTES = 4096 };

static const unsigned any_role = ~0u;

__attribute__((format(printf, 2, 3))) static bool fail(char *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, CERTIFICATE_WHY, format, arguments);
    va_end(arguments);
    return false;
}

static void free_table(struct key_table *table)
{
    for (uint32_t i = 0; i < table->count; i++)
        mem_free(table->at[i].file);
    mem_free(table->at);
    index_free(&table->index);
    *table = (struct key_table){0}; /* not to be used again */
}

/* The table's entries are the operator's choice: no peer can fill it with what collides. */
static uint32_t hash_of(const char *text)
{
    return index_hash_bytes(0, (const uint8_t *)text, strlen(text));
}

static struct allowed_key *find(const struct key_table *table, const char *text)
{
    struct index_cursor cursor = index_find(&table->index, hash_of(text));
    for (uint32_t number; (number = index_next(&table->index, &cursor)) != NO_RECORD;) {
        if (strcmp(table->at[number].text, text) == 0)
            return &table->at[number];
    }
    return NULL;
}

static bool add_file(struct key_table *table, const char *file, char *why)
{
    struct certificate certificate;
    if (!certificate_load(&certificate, file, CERTIFICATE_PUBLIC, any_role, why))
        return false;
    const struct allowed_key *same = find(table, certificate.text);
    if (same)
        return fail(why, "%s: it has the same key as %s: remove one of them", file, same->file);
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? 2 * table->capacity : 8;
        table->at = mem_resize(table->at, table->capacity, sizeof *table->at);
    }
    struct allowed_key *allowed = &table->at[table->count];
    *allowed = (struct allowed_key){.key = certificate.key, .file = mem_text(file, strlen(file))};
    memcpy(allowed->text, certificate.text, KEY_TEXT_SIZE);
    index_add(&table->index, hash_of(allowed->text), table->count++);
    return true;
}

/* Only *.cert: editors' copies and notes may lie beside them. */
static int is_certificate(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end && end != entry->d_name && entry->d_name[0] != '.' && strcmp(end, ".cert") == 0;
}

/* Reads the folder. In the order of the names, so that the same thing is complained of each time. */
static bool read_table(const char *directory, struct key_table *table, char *why)
{
    struct dirent **entries;
    unsigned mode;
    char file[PATH_BYTES];
    if (folders_is_open(directory, &mode))
        return fail(why, "%s: anybody can add a key to it (mode %04o): chmod o-w %s", directory, mode,
                    directory);
    if (!folders_are_closed(directory, why, CERTIFICATE_WHY))
        return false;
    int count = scandir(directory, &entries, is_certificate, alphasort);
    bool good = count >= 0 || fail(why, "%s: %s: the folder of the public keys that are let in", directory,
                                   strerror(errno));
    for (int i = 0; i < count; i++) {
        snprintf(file, sizeof file, "%s/%s", directory, entries[i]->d_name);
        good = good && add_file(table, file, why);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return good;
}

/* Loads the certificate of those that are dialled. With a table it must stand there too: so a key that is
 * revoked is refused in both directions, whoever dials. */
static bool load_server(const struct keys *keys, struct certificate *server, const char *file, unsigned roles,
                        char *why)
{
    if (!file)
        return true;
    if (!certificate_load(server, file, CERTIFICATE_PUBLIC, roles, why))
        return false;
    return keys_may_dial(keys, server) ||
           fail(why, "%s: this key is not among those that are let in: copy the file into %s", file,
                keys->directory);
}

bool keys_supported(void)
{
    return zmq_has("curve") == 1;
}

struct keys *keys_new(const struct keys_plan *plan, char *why)
{
    struct keys *keys = mem_zalloc(1, sizeof *keys);
    index_init(&keys->table.index);
    memcpy(keys->doors, plan->doors, sizeof keys->doors);
    keys->own_file = mem_text(plan->own, strlen(plan->own));
    if (plan->allowed)
        keys->directory = mem_text(plan->allowed, strlen(plan->allowed));
    if (plan->broker)
        keys->broker_file = mem_text(plan->broker, strlen(plan->broker));
    if (plan->manager)
        keys->manager_file = mem_text(plan->manager, strlen(plan->manager));
    unsigned boss = 1u << KEY_BROKER | 1u << KEY_MANAGER;
    if (certificate_load(&keys->own, plan->own, CERTIFICATE_SECRET, plan->roles, why) &&
        (!keys->directory || read_table(keys->directory, &keys->table, why)) &&
        load_server(keys, &keys->broker, keys->broker_file, boss, why) &&
        load_server(keys, &keys->manager, keys->manager_file, 1u << KEY_MANAGER, why)) {
        keys->self = keys->own.key;
        keys->self.role = KEY_SELF;
        return keys;
    }
    keys_free(keys);
    return NULL;
}

void keys_free(struct keys *keys)
{
    if (!keys)
        return;
    free_table(&keys->table);
    certificate_wipe(&keys->own);
    mem_free(keys->own_file);
    mem_free(keys->broker_file);
    mem_free(keys->manager_file);
    mem_free(keys->directory);
    mem_free(keys);
}

unsigned keys_count(const struct keys *keys)
{
    return keys->table.count;
}

const struct key *keys_find(const struct keys *keys, const char *text)
{
    const struct allowed_key *allowed = find(&keys->table, text);
    return allowed ? &allowed->key : NULL;
}

const struct key *keys_let_in(const struct keys *keys, enum door door, const char *text)
{
    const struct key *key = keys_find(keys, text);
    if (key && (keys->doors[door] >> key->role & 1) != 0)
        return key;
    return strcmp(text, keys->own.text) == 0 ? &keys->self : NULL;
}

bool keys_still_has(const struct keys *keys, const struct key *key)
{
    bool has = keys->directory == NULL || key_same(&keys->self, key);
    for (uint32_t i = 0; i < keys->table.count && !has; i++)
        has = key_same(&keys->table.at[i].key, key) && keys->table.at[i].key.role == key->role;
    return has;
}

const struct certificate *keys_server(const struct keys *keys, enum key_role role)
{
    return role == KEY_BROKER ? &keys->broker : &keys->manager;
}

const char *keys_server_file(const struct keys *keys, enum key_role role)
{
    return role == KEY_BROKER ? keys->broker_file : keys->manager_file;
}

bool keys_may_dial(const struct keys *keys, const struct certificate *server)
{
    const struct key *known = keys->directory ? keys_find(keys, server->text) : &server->key;
    return known && known->role == server->key.role;
}

/* Those of `before` that are not in `table`, or have another role there. */
static struct key *missing(const struct key_table *before, const struct key_table *table, size_t *count)
{
    struct key *gone = mem_alloc((before->count + 1) * sizeof *gone);
    *count = 0;
    for (uint32_t i = 0; i < before->count; i++) {
        const struct allowed_key *old = &before->at[i], *allowed = find(table, old->text);
        if (!allowed || allowed->key.role != old->key.role)
            gone[(*count)++] = old->key;
    }
    return gone;
}

bool keys_reload(struct keys *keys, struct key **gone, size_t *count, char *why)
{
    struct key_table table = {0};
    index_init(&table.index);
    if (keys->directory && !read_table(keys->directory, &table, why)) {
        free_table(&table);
        return false;
    }
    *gone = missing(&keys->table, &table, count);
    free_table(&keys->table);
    keys->table = table;
    return true;
}
