/* paths: see paths.h. */
#include "common/boss/paths.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/boss/boss.h"

enum { SENT_UNIT = 512 /* bytes that are sent in a unit of work */ };

uint64_t paths_cost(const struct path_list *list)
{
    return list->texts.capacity + PATHS_COST;
}

void paths_init(struct paths *paths)
{
    paths->changes = (struct bucket){0};
    slab_init(&paths->lists, sizeof(struct path_list));
    index_init(&paths->by_session);
}

static struct path_list *list_at(const struct paths *paths, uint32_t number)
{
    return slab_at(&paths->lists, number);
}

/* Nobody is told in what is left: see paths_leave. */
static void free_list(struct path_list *list)
{
    builder_free(&list->texts);
    mem_free(list->told);
    mem_free(list->stale);
    list->told_words = 0;
}

void paths_free(struct paths *paths)
{
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&paths->by_session, &place)) != NO_RECORD;)
        free_list(list_at(paths, number));
    index_free(&paths->by_session);
    slab_clear(&paths->lists);
}

static uint32_t hash_of(const struct boss *boss, uint64_t session)
{
    return index_hash(boss->ledger.seed + 2, session, 0);
}

static uint32_t find(const struct boss *boss, uint64_t session)
{
    struct index_cursor cursor = index_find(&boss->paths.by_session, hash_of(boss, session));
    for (uint32_t number; (number = index_next(&boss->paths.by_session, &cursor)) != NO_RECORD;) {
        if (list_at(&boss->paths, number)->session == session)
            return number;
    }
    return NO_RECORD;
}

const struct path_list *paths_of(const struct boss *boss, uint64_t session)
{
    uint32_t number = find(boss, session);
    return number == NO_RECORD ? NULL : list_at(&boss->paths, number);
}

/* The same, made where there is none; NULL: there are too many. */
static struct path_list *need(struct boss *boss, uint64_t session)
{
    uint32_t number = find(boss, session);
    if (number == NO_RECORD) {
        if (boss->paths.lists.used == MAX_PATH_LISTS)
            return NULL;
        number = slab_take(&boss->paths.lists);
        list_at(&boss->paths, number)->session = session;
        index_add(&boss->paths.by_session, hash_of(boss, session), number);
    }
    return list_at(&boss->paths, number);
}

static void drop(struct boss *boss, uint32_t number)
{
    struct path_list *list = list_at(&boss->paths, number);
    index_remove(&boss->paths.by_session, hash_of(boss, list->session), number);
    account_take(list->account, paths_cost(list));
    free_list(list);
    slab_give(&boss->paths.lists, number);
}

static uint64_t bit_of(uint32_t employee)
{
    return 1ull << (employee % 64);
}

static bool is_told(const struct path_list *list, uint32_t employee)
{
    return employee / 64 < list->told_words && list->told[employee / 64] & bit_of(employee);
}

static bool is_stale(const struct path_list *list, uint32_t employee)
{
    return employee / 64 < list->told_words && list->stale[employee / 64] & bit_of(employee);
}

static void note_told(struct path_list *list, uint32_t employee)
{
    uint32_t words = employee / 64 + 1;
    if (words > list->told_words) {
        list->told = mem_grow(list->told, list->told_words, words, sizeof *list->told);
        list->stale = mem_grow(list->stale, list->told_words, words, sizeof *list->stale);
        list->told_words = words;
    }
    list->told[employee / 64] |= bit_of(employee);
    list->stale[employee / 64] &= ~bit_of(employee);
}

static void send(struct boss *boss, const struct employee *employee, uint64_t session,
                 const struct builder *texts)
{
    struct message message = {.kind = KIND_IMPORTPATH};
    boss_spend(boss, texts->size / SENT_UNIT);
    message.importpath.paths = builder_list(texts);
    message.importpath.session = session;
    post_send(&boss->post, employee->peer, &message, SLICE_NONE);
}

/* The session is over, for all who were sent its paths; that means nothing to who does not know whose they
 * are. */
static void send_end(struct boss *boss, const struct path_list *list)
{
    static const struct builder none;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (!employee->gone && employee->peer->features & FEATURE_SESSIONS && is_told(list, employee->number))
            send(boss, employee, list->session, &none);
    }
}

/* To all who were sent the paths of this session before. A client can change them with a few bytes, and all
 * of them go out, to everybody: so what is beyond the bound goes with a task, of which there are no more than
 * an employee wants. */
static void send_change(struct boss *boss, struct path_list *list)
{
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (employee->gone || !is_told(list, employee->number))
            continue;
        if (bucket_take(&boss->paths.changes, CHANGED_PATHS, list->texts.size, boss->now)) {
            note_told(list, employee->number);
            send(boss, employee, list->session, &list->texts);
        } else {
            list->stale[employee->number / 64] |= bit_of(employee->number);
            employee->stale_paths |= employee->session == list->session;
        }
    }
}

/* Lists that become one. */
struct merge {
    uint64_t seed;
    struct index by_path;
    struct span *paths; /* borrowed from the lists */
    uint32_t count, capacity, refused;
    size_t bytes;
    struct builder texts;
};

static bool has(const struct merge *merge, uint32_t hash, struct span path)
{
    struct index_cursor cursor = index_find(&merge->by_path, hash);
    for (uint32_t number; (number = index_next(&merge->by_path, &cursor)) != NO_RECORD;) {
        const struct span *known = &merge->paths[number];
        if (known->size == path.size && memcmp(known->data, path.data, path.size) == 0)
            return true;
    }
    return false;
}

static void add(struct merge *merge, struct list list)
{
    for (struct span path; list_next_text(&list, &path);) {
        uint32_t hash = index_hash_bytes(merge->seed, path.data, path.size);
        if (has(merge, hash, path))
            continue;
        if (merge->count == MAX_PATHS || path.size > MAX_PATH || merge->bytes + path.size > MAX_PATHS_BYTES ||
            memchr(path.data, 0, path.size)) {
            merge->refused++;
            continue;
        }
        if (merge->count == merge->capacity) {
            merge->capacity = merge->capacity ? 2 * merge->capacity : 16;
            merge->paths = mem_resize(merge->paths, merge->capacity, sizeof *merge->paths);
        }
        index_add(&merge->by_path, hash, merge->count);
        merge->paths[merge->count++] = path;
        merge->bytes += path.size;
        builder_text(&merge->texts, (const char *)path.data, path.size);
    }
}

static bool same(const struct builder *a, const struct builder *b)
{
    return a->count == b->count && a->size == b->size &&
           (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

uint32_t paths_put(struct boss *boss, uint64_t session, struct list paths, struct account *account)
{
    struct path_list *list = need(boss, session);
    if (list == NULL)
        return paths.count;
    boss_spend(boss, (paths.count + list->texts.count) * (uint64_t)WORK_LOOK);
    struct merge merge = {.seed = boss->ledger.seed};
    index_init(&merge.by_path);
    add(&merge, paths);
    add(&merge, builder_list(&list->texts));
    index_free(&merge.by_path);
    mem_free(merge.paths);
    if (merge.refused > 0)
        outbox_log(boss->outbox, LOG_WARNING,
                   "%u import paths of session %llu are too long, or too many: not kept", merge.refused,
                   (unsigned long long)session);
    if (same(&merge.texts, &list->texts)) {
        builder_free(&merge.texts);
        return merge.refused;
    }
    account_take(list->account, paths_cost(list));
    builder_free(&list->texts);
    list->texts = merge.texts;
    list->account = account;
    account_add(account, paths_cost(list));
    send_change(boss, list);
    return merge.refused;
}

void paths_tell(struct boss *boss, struct employee *employee, uint64_t session)
{
    if (session && employee->session == session && !employee->stale_paths)
        return;
    employee->session = session;
    employee->stale_paths = false;
    struct path_list *list = need(boss, session);
    if (list == NULL || (is_told(list, employee->number) && !is_stale(list, employee->number)))
        return;
    note_told(list, employee->number);
    if (list->texts.count > 0)
        send(boss, employee, session, &list->texts);
}

void paths_end(struct boss *boss, uint64_t session)
{
    uint32_t number = find(boss, session);
    if (number == NO_RECORD)
        return;
    send_end(boss, list_at(&boss->paths, number));
    drop(boss, number);
}

/* There may be ten thousand lists, and many that leave at once: so they are taken as they stand in memory. */
void paths_leave(struct boss *boss, uint32_t employee)
{
    for (uint32_t number = 0; number < boss->paths.lists.fresh; number++) {
        struct path_list *list = list_at(&boss->paths, number);
        if (!is_told(list, employee))
            continue;
        list->told[employee / 64] &= ~bit_of(employee);
        list->stale[employee / 64] &= ~bit_of(employee);
    }
}

void paths_forget(struct boss *boss)
{
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&boss->paths.by_session, &place)) != NO_RECORD;)
        account_take(list_at(&boss->paths, number)->account, paths_cost(list_at(&boss->paths, number)));
    paths_free(&boss->paths);
    paths_init(&boss->paths);
}
