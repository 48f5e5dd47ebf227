/* staff: see staff.h. */
#include "staff.h"

#include "common/link/post_inner.h"

static const uint8_t boot[UUID_SIZE] = {1};

void staff_open(struct staff *staff)
{
    struct link_limits limits = {
        .expiry = 1000, .window = 1 << 20, .max_body = 1 << 20, .max_queue = 1 << 20};
    struct post_config config = {.boot = boot, .limits = {[ROLE_MANAGER] = limits}};
    *staff = (struct staff){0};
    post_init(&staff->post, &config, NULL, 0, 0);
    ledger_init(&staff->ledger, 1);
    roster_init(&staff->roster);
}

void staff_close(struct staff *staff)
{
    roster_free(&staff->roster);
    ledger_free(&staff->ledger);
    post_free(&staff->post);
    outbox_free(&staff->outbox);
}

struct employee *staff_hire(struct staff *staff, uint32_t workers, uint32_t runtimes)
{
    uint8_t link_id[UUID_SIZE] = {++staff->peers};
    struct peer *peer = post_peer_new(&staff->post, ROLE_MANAGER, link_id, 0);
    link_connected(&peer->link, 1 << 20, 1 << 20, 0, 0);
    struct employee *employee = roster_add(&staff->roster, peer);
    roster_started(&staff->roster, employee, workers, runtimes);
    return employee;
}
