/* site: what mailroomd answers over HTTP: metrics, health, the page, and what the page asks for. */
#ifndef MAILROOM_BROKER_HTTP_SITE_H
#define MAILROOM_BROKER_HTTP_SITE_H

#include "broker/core/broker.h"
#include "broker/journal/journal.h"
#include "edge/http/http.h"

struct site;

/* Listens on `address`. `guarded`: the page is for who knows its token. NULL: `why`
 * (HTTP_WHY bytes) says why it cannot. */
struct site *site_open(const struct host_port *address, bool guarded, const char *software, char *why);

struct http *site_http(const struct site *site);

/* Writes where admins find the page. */
void site_link(const struct site *site, char *text, size_t size);

/* The broker that it looks at, and why its journal takes no new work; borrowed. To be said before the loop
 * runs. */
void site_show(struct site *site, struct broker *broker, const enum journal_refusal *refusal);

void site_free(struct site *site);

#endif
