/* sample: see sample.h. */
#include "clients/cli/sample.h"

#include <string.h>

#include "clients/cli/operate.h"
#include "common/base/mem.h"

void sample_free(struct sample *sample)
{
    mem_free(sample->counts.data);
    mem_free(sample->managers.data);
    mem_free(sample->clients.data);
    *sample = (struct sample){0};
}

void sample_keep(struct kept *kept, struct list list)
{
    size_t size = (size_t)(list.end - list.at);
    mem_free(kept->data);
    kept->data = size ? mem_copy(list.at, size) : NULL;
    kept->list = (struct list){kept->data, size ? kept->data + size : NULL, list.count};
}

uint64_t sample_count(const struct sample *sample, const char *name)
{
    return operate_count(sample->counts.list, name);
}

/* Seconds of the broker's own clock; 0: there is no sample before, or it was of another broker. */
static double seconds_between(const struct sample *before, const struct sample *now)
{
    uint64_t from = sample_count(before, "uptime"), to = sample_count(now, "uptime");
    return before->counts.list.count && from < to ? (double)(to - from) / 1000 : 0;
}

static double rate(uint64_t from, uint64_t to, double seconds)
{
    return seconds > 0 && from <= to ? (double)(to - from) / seconds : -1;
}

double sample_rate(const struct sample *before, const struct sample *now, const char *name)
{
    return rate(sample_count(before, name), sample_count(now, name), seconds_between(before, now));
}

static bool same(struct span a, struct span b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Sessions have no names but their clients': of several with one name, the first that fits. */
struct client_rates sample_client_rates(const struct sample *before, const struct sample *now,
                                        const struct listed_client *client)
{
    double seconds = seconds_between(before, now);
    struct list clients = before->clients.list;
    for (struct listed_client old; list_next_listed_client(&clients, &old);) {
        if (same(old.name, client->name) && same(old.key, client->key) &&
            old.submitted <= client->submitted && old.ended <= client->ended)
            return (struct client_rates){rate(old.submitted, client->submitted, seconds),
                                         rate(old.ended, client->ended, seconds)};
    }
    return (struct client_rates){-1, -1};
}

static void put_rate(json_t *rates, const char *name, double value)
{
    json_object_set_new(rates, name, value < 0 ? json_null() : json_real(value));
}

static json_t *counts_json(const struct sample *sample)
{
    json_t *counts = json_object();
    struct list list = sample->counts.list;
    struct span name;
    for (uint64_t value; list_next_count(&list, &name, &value);) {
        json_t *text = out_text(name);
        json_object_set_new(counts, json_string_value(text), json_integer((json_int_t)value));
        json_decref(text);
    }
    return counts;
}

static json_t *clients_json(const struct sample *before, const struct sample *now)
{
    struct list list = now->clients.list;
    json_t *clients = json_array();
    for (struct listed_client client; list_next_listed_client(&list, &client);) {
        json_t *value = operate_client_json(&client);
        struct client_rates rates = sample_client_rates(before, now, &client);
        put_rate(value, "submitted_per_second", rates.submitted);
        put_rate(value, "ended_per_second", rates.ended);
        json_array_append_new(clients, value);
    }
    return clients;
}

json_t *sample_json(const struct sample *before, const struct sample *now)
{
    static const char *const rated[] = {"submitted", "finished", "failed", "cancelled"};
    json_t *value = json_object(), *rates = json_object(), *managers = json_array();
    struct list list = now->managers.list;
    for (size_t i = 0; i < sizeof rated / sizeof *rated; i++)
        put_rate(rates, rated[i], sample_rate(before, now, rated[i]));
    for (struct listed_manager manager; list_next_listed_manager(&list, &manager);)
        json_array_append_new(managers, operate_manager_json(&manager));
    json_object_set_new(value, "counts", counts_json(now));
    json_object_set_new(value, "per_second", rates);
    json_object_set_new(value, "managers", managers);
    json_object_set_new(value, "clients", now->sees_clients ? clients_json(before, now) : json_null());
    return value;
}
