/* site: see site.h. Numbers and health are for whoever reaches the port. The rest names tasks, clients and
 * errors: it is for who knows the token, which admins are told; with --insecure and without keys for all, but
 * only where it is asked for by a name of this machine's, so that no other site in somebody's browser can
 * read it by a name of its own that leads here. */
#include "broker/http/site.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "broker/http/live.h"
#include "broker/http/metrics.h"
#include "broker/http/page.h"
#include "common/base/mem.h"
#include "common/wire/uuid.h"
#include "edge/line/clock.h"
#include "mailroom_version.h"

enum {
    TOKEN = 16,         /* bytes, of which each is two digits */
    KEPT = 250,         /* ms that the numbers are as they were: who asks more often gets the same */
    SEARCH_PAUSE = 200, /* ms between two searches, whoever asks */
    MOST_WANTED = 200   /* bytes that are searched for */
};

#define TEXT "text/plain; charset=utf-8"
#define JSON "application/json"

struct site {
    struct http *http;
    struct broker *broker;
    const enum journal_refusal *refusal;
    const char *software;
    bool guarded;
    char token[2 * TOKEN + 1], address[HOST_SIZE], host[HOST_SIZE];
    double started;
    struct text text;
    struct blob *metrics[METRICS_FORMATS];
    uint64_t metrics_until[METRICS_FORMATS]; /* ms */
    uint64_t search_due;
    struct live live;
};

static void say(struct http_answer *answer, unsigned status, const char *text)
{
    *answer = (struct http_answer){.status = status, .type = TEXT, .body = blob_copy(text, strlen(text))};
}

/* The same time for every wrong token. */
static bool has_token(const struct site *site, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    unsigned differs = 0;
    if (!authorization || strncmp(authorization, scheme, strlen(scheme)) != 0)
        return false;
    const char *token = authorization + strlen(scheme);
    if (strlen(token) != 2 * TOKEN)
        return false;
    for (size_t i = 0; i < 2 * TOKEN; i++)
        differs |= (unsigned char)token[i] ^ (unsigned char)site->token[i];
    return differs == 0;
}

/* Whether a Host is a number, this machine's name, or localhost: what nobody else has in his hands. */
static bool is_own(const struct site *site, const char *host)
{
    struct host_port named;
    return host && !address_parse(host, 80, &named) &&
           (address_is_numeric(named.host) || address_is_loopback(named.host) ||
            strcmp(named.host, site->host) == 0);
}

static bool may_see(const struct site *site, const struct http_request *request, struct http_answer *answer)
{
    if (site->guarded && !has_token(site, request->authorization))
        say(answer, 401, "this is for admins: `mailroom page` says where it is\n");
    else if (!site->guarded && !is_own(site, request->host))
        say(answer, 403, "ask for the page by the broker's address or host name\n");
    else
        return true;
    return false;
}

static void answer_metrics(struct site *site, const struct http_request *request, struct http_answer *answer)
{
    enum metrics_format format = metrics_wanted(request->accept);
    uint64_t now = clock_ms();
    if (!site->metrics[format] || now >= site->metrics_until[format]) {
        struct metrics_about about = {
            .version = MAILROOM_VERSION, .started = site->started, .refusal = *site->refusal};
        http_counts(site->http, &about.http);
        text_clear(&site->text);
        metrics_write(&site->text, format, site->broker, &about);
        blob_unref(site->metrics[format]);
        site->metrics[format] = text_blob(&site->text);
        site->metrics_until[format] = now + KEPT;
    }
    *answer = (struct http_answer){
        .status = 200, .type = metrics_type(format), .body = blob_ref(site->metrics[format])};
}

static void answer_health(struct site *site, const struct http_request *request, struct http_answer *answer)
{
    say(answer, 200, "the broker runs\n");
}

static void answer_ready(struct site *site, const struct http_request *request, struct http_answer *answer)
{
    bool ready = look_is_ready(site->broker);
    say(answer, ready ? 200 : 503, ready ? "the broker takes tasks\n" : "the broker ends, or is a standby\n");
}

static void answer_live(struct site *site, const struct http_request *request, struct http_answer *answer)
{
    if (!may_see(site, request, answer))
        return;
    *answer = (struct http_answer){
        .status = 200,
        .type = "text/event-stream",
        .body = live_hello(&site->live, site->broker, site->software, clock_ms()),
        .stream = true,
    };
}

static void answer_search(struct site *site, const struct http_request *request, struct http_answer *answer)
{
    const char *wanted = http_query(request, "q");
    uint64_t now = clock_ms();
    if (!may_see(site, request, answer))
        return;
    if (!wanted || !wanted[0] || strlen(wanted) > MOST_WANTED) {
        say(answer, 400, "what is looked for stands in q: 1 to 200 bytes\n");
        return;
    }
    if (now < site->search_due) {
        say(answer, 429, "there was a search a moment ago: try again\n");
        return;
    }
    site->search_due = now + SEARCH_PAUSE;
    *answer = (struct http_answer){
        .status = 200, .type = JSON, .body = live_search(&site->live, site->broker, wanted)};
}

static void answer_trace(struct site *site, const struct http_request *request, struct http_answer *answer)
{
    uint64_t now = clock_ms();
    if (!may_see(site, request, answer))
        return;
    if (now < site->search_due) {
        say(answer, 429, "there was a search a moment ago: try again\n");
        return;
    }
    site->search_due = now + SEARCH_PAUSE;
    *answer =
        (struct http_answer){.status = 200, .type = JSON, .body = live_trace(&site->live, site->broker)};
}

static const struct {
    const char *path;
    void (*answer)(struct site *site, const struct http_request *request, struct http_answer *answer);
} places[] = {
    {"/metrics", answer_metrics}, {"/healthz", answer_health}, {"/readyz", answer_ready},
    {"/live", answer_live},       {"/search", answer_search},  {"/trace", answer_trace},
};

static void answer(void *self, const struct http_request *request, struct http_answer *to)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(request->path, places[i].path) == 0) {
            places[i].answer(self, request, to);
            return;
        }
    }
    if (!page_answer(request->path, to))
        say(to, 404, "there is /, /metrics, /healthz and /readyz\n");
}

static void tick(void *self, uint64_t now)
{
    struct site *site = self;
    struct http_counts counts;
    http_counts(site->http, &counts);
    live_note(&site->live, site->broker, now);
    if (counts.streams > 0)
        http_tell(site->http, live_tick(&site->live, site->broker, now));
    else
        live_skip(&site->live, site->broker);
}

struct site *site_open(const struct host_port *address, bool guarded, const char *software, char *why)
{
    struct site *site = mem_zalloc(1, sizeof *site);
    uint8_t token[TOKEN];
    const struct http_site behind = {site, answer, tick};
    site->http = http_open(address, &behind, why);
    if (!site->http) {
        mem_free(site);
        return NULL;
    }
    clock_random(token, sizeof token);
    hex_text(token, sizeof token, site->token);
    site->guarded = guarded;
    site->software = software;
    site->started = (double)clock_wall_us() / 1e6;
    gethostname(site->host, sizeof site->host - 1);
    snprintf(site->address, sizeof site->address, "%s", address->host);
    return site;
}

struct http *site_http(const struct site *site)
{
    return site->http;
}

void site_link(const struct site *site, char *text, size_t size)
{
    bool any = strcmp(site->address, "*") == 0 || strcmp(site->address, "0.0.0.0") == 0 ||
               strcmp(site->address, "::") == 0;
    struct host_port where = {.port = http_port(site->http)};
    char shown[ADDRESS_SIZE];
    snprintf(where.host, sizeof where.host, "%s", any ? site->host : site->address);
    address_text(&where, shown);
    snprintf(text, size, "http://%s/%s%s", shown, site->guarded ? "#" : "", site->guarded ? site->token : "");
}

void site_show(struct site *site, struct broker *broker, const enum journal_refusal *refusal)
{
    site->broker = broker;
    site->refusal = refusal;
}

void site_free(struct site *site)
{
    if (!site)
        return;
    http_free(site->http);
    for (int format = 0; format < METRICS_FORMATS; format++)
        blob_unref(site->metrics[format]);
    text_free(&site->text);
    live_free(&site->live);
    mem_free(site);
}
