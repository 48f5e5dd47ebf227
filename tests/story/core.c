/* core: makes the broker or the shim that a story asks for, with the settings it names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/story/world.h"

enum { MAX_LINES = 16 };

struct setting {
    const char *name;
    size_t at;   /* in the configuration */
    size_t size; /* bytes: 1, 4 or 8 */
};

#define SETTING(type, name, member)                                           \
    {                                                                         \
        name, offsetof(struct type, member), sizeof((struct type *)0)->member \
    }

static const struct setting broker_settings[] = {
    SETTING(broker_config, "redial", redial),
    SETTING(broker_config, "heartbeat", employee_link.heartbeat),
    SETTING(broker_config, "expiry", employee_link.expiry),
    SETTING(broker_config, "refused", employee_link.refused),
    SETTING(broker_config, "window", employee_link.window),
    SETTING(broker_config, "parts", employee_link.max_parts),
    SETTING(broker_config, "client_heartbeat", client_link.heartbeat),
    SETTING(broker_config, "client_expiry", client_link.expiry),
    SETTING(broker_config, "client_window", client_link.window),
    SETTING(broker_config, "client_queue", client_link.max_queue),
    SETTING(broker_config, "client_unread", client_link.max_unread),
    SETTING(broker_config, "queue", employee_link.max_queue),
    SETTING(broker_config, "unread", employee_link.max_unread),
    SETTING(broker_config, "max_body", client_link.max_body),
    SETTING(broker_config, "lease", lease),
    SETTING(broker_config, "settle", settle),
    SETTING(broker_config, "grace", grace),
    SETTING(broker_config, "max_clients", max_clients),
    SETTING(broker_config, "max_connections", max_connections),
    SETTING(broker_config, "max_tasks", max_tasks),
    SETTING(broker_config, "max_session_bytes", max_session_bytes),
    SETTING(broker_config, "max_memory", max_memory),
    SETTING(broker_config, "max_attempts", max_attempts),
    SETTING(broker_config, "max_losses", max_losses),
    SETTING(broker_config, "max_breadcrumbs", max_breadcrumbs),
    SETTING(broker_config, "max_ids", max_ids),
    SETTING(broker_config, "max_header", max_header),
    SETTING(broker_config, "max_logs", max_logs),
    SETTING(broker_config, "work", work),
    SETTING(broker_config, "max_kills", max_kills),
    SETTING(broker_config, "journal", epoch),
    SETTING(broker_config, "shared", shared),
    SETTING(broker_config, "history", history),
    {NULL, 0, 0},
};

static const struct setting shim_settings[] = {
    SETTING(shim_config, "workers", workers),
    SETTING(shim_config, "only_connect", only_connect),
    SETTING(shim_config, "per_session", per_session),
    SETTING(shim_config, "managers", managers),
    SETTING(shim_config, "prefetch", prefetch),
    SETTING(shim_config, "ids", ids),
    SETTING(shim_config, "redial", redial),
    SETTING(shim_config, "renew_rate", renew_rate),
    SETTING(shim_config, "respawn_first", respawn_first),
    SETTING(shim_config, "respawn_most", respawn_most),
    SETTING(shim_config, "worker_young", worker_young),
    SETTING(shim_config, "worker_silent", worker_silent),
    SETTING(shim_config, "max_breadcrumbs", max_breadcrumbs),
    SETTING(shim_config, "max_logs", max_logs),
    SETTING(shim_config, "work", work),
    SETTING(shim_config, "max_ids", max_ids),
    SETTING(shim_config, "heartbeat", boss_link.heartbeat),
    SETTING(shim_config, "expiry", boss_link.expiry),
    SETTING(shim_config, "window", boss_link.window),
    SETTING(shim_config, "queue", boss_link.max_queue),
    SETTING(shim_config, "unread", boss_link.max_unread),
    SETTING(shim_config, "manager_heartbeat", manager_link.heartbeat),
    SETTING(shim_config, "manager_expiry", manager_link.expiry),
    SETTING(shim_config, "manager_refused", manager_link.refused),
    SETTING(shim_config, "max_connections", max_connections),
    SETTING(shim_config, "max_memory", max_memory),
    SETTING(shim_config, "max_attempts", max_attempts),
    SETTING(shim_config, "max_losses", max_losses),
    SETTING(shim_config, "walltime", walltime),
    SETTING(shim_config, "drain_grace", drain_grace),
    {NULL, 0, 0},
};

static bool set(const struct setting *setting, void *config, uint64_t value)
{
    void *at = (char *)config + setting->at;
    if (setting->size == sizeof(uint64_t)) {
        memcpy(at, &value, sizeof value);
    } else if (setting->size == sizeof(uint32_t)) {
        memcpy(at, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
    } else {
        *(bool *)at = value != 0;
    }
    return true;
}

static bool set_by_name(const struct setting *settings, void *config, const char *word)
{
    size_t length = strcspn(word, "=");
    for (; settings->name != NULL; settings++) {
        if (word[length] == '=' && strlen(settings->name) == length &&
            memcmp(settings->name, word, length) == 0) {
            return set(settings, config, strtoull(word + length + 1, NULL, 10));
        }
    }
    return false;
}

/* The words behind the first: settings, and lines=N, how many managers there are to dial. */
static size_t read_settings(struct world *world, const struct words *words, const struct setting *settings,
                            void *config)
{
    size_t lines = 0;
    for (size_t i = 1; i < words->count; i++) {
        if (strncmp(words->items[i], "lines=", 6) == 0) {
            lines = strtoull(words->items[i] + 6, NULL, 10);
        } else if (strcmp(words->items[i], "dials=1") == 0) {
            continue; /* the boss: world_make_core sees to it */
        } else if (!set_by_name(settings, config, words->items[i])) {
            world_fail(world, "there is no setting %s", words->items[i]);
        }
    }
    return lines < MAX_LINES ? lines : MAX_LINES;
}

/* Nothing moves by itself in a story unless it says so. */
static void calm(struct link_limits *limits)
{
    limits->heartbeat = 0;
}

/* The places that there are to dial. */
static void name_lines(char names[MAX_LINES][32], const char *lines[MAX_LINES])
{
    for (size_t i = 0; i < MAX_LINES; i++) {
        snprintf(names[i], 32, "node-%zu:7473", i);
        lines[i] = names[i];
    }
}

/* A broker as world->config says, which hears what its journal has. */
static void start_broker(struct world *world)
{
    char names[MAX_LINES][32];
    const char *lines[MAX_LINES];
    name_lines(names, lines);
    peer_draw(world, world->config.boot);
    world->broker = broker_new(&world->config, lines, world->lines, world->now);
    if (world->shelf == NULL)
        return;
    const struct record *record;
    for (size_t at = 0; (record = shelf_next(world->shelf, &at)) != NULL;)
        world_step(world, (struct event){.kind = EVENT_LOAD, .record = record});
    world_step(world, (struct event){.kind = EVENT_LOADED});
}

void world_restart(struct world *world)
{
    if (world->broker == NULL || world->shelf == NULL) {
        world_fail(world, "there is no broker with a journal");
        return;
    }
    broker_free(world->broker);
    for (size_t i = 0; i < world->peer_count; i++) {
        if (world->peers[i]->open)
            peer_lose(world, world->peers[i]);
    }
    memset(world->dialled, 0, sizeof world->dialled);
    shelf_crash(world->shelf);
    world->config.epoch++;
    start_broker(world);
}

void world_make_core(struct world *world, const struct words *words)
{
    char names[MAX_LINES][32];
    const char *lines[MAX_LINES];
    name_lines(names, lines);
    if (world->broker != NULL || world->shim != NULL) {
        world_fail(world, "a story has one core");
    } else if (strcmp(words->items[0], "broker") == 0) {
        struct broker_config *config = &world->config;
        broker_config_default(config);
        calm(&config->client_link);
        calm(&config->employee_link);
        config->first_mailbox = 1000;
        world->lines = read_settings(world, words, broker_settings, config);
        if (config->epoch > 0) {
            memset(config->cluster, 'c', UUID_SIZE);
            world->shelf = shelf_new();
        }
        start_broker(world);
    } else {
        struct shim_config config;
        shim_config_default(&config);
        calm(&config.boss_link);
        calm(&config.manager_link);
        calm(&config.worker_link);
        config.workers = 0;
        snprintf(config.name, sizeof config.name, "node");
        peer_draw(world, config.boot);
        size_t count = read_settings(world, words, shim_settings, &config);
        if (words_value(words, 1, "dials") != NULL) {
            config.boss_line = "boss:7472";
        }
        world->shim = shim_new(&config, lines, count, world->now);
    }
    world->turn_due = true;
}
