/* boss_logs: log records on their way to whoever asked for them, no more of them than are wanted; see boss.h.
 */
#include <inttypes.h>
#include <stdio.h>

#include "common/base/mem.h"
#include "common/boss/boss.h"

enum { LONGEST_NOTICE = 160 /* bytes */ };

bool boss_send_log(struct boss *boss, struct log_quota *quota, struct peer *peer, const struct message *log,
                   struct slice body)
{
    if (!bucket_take(&quota->bucket, boss->max_logs, 1, boss->now)) {
        quota->over_rate++;
        slice_drop(&body);
        return false;
    }
    bool room = account_has_room(peer->link.account, log->log.text.size + body.size, NULL);
    if (!room)
        slice_drop(&body);
    bool sent = room && post_send(&boss->post, peer, log, body) != 0;
    quota->over_queue += !sent;
    return sent;
}

/* One line; false: there is no room for it now. */
static bool tell(struct boss *boss, struct peer *peer, uint64_t count, const char *section,
                 const char *setting, const struct address *task, const struct address *root)
{
    if (count == 0)
        return true;
    boss->text = mem_resize(boss->text, LONGEST_NOTICE, 1);
    snprintf(boss->text, LONGEST_NOTICE, "%" PRIu64 " log records were dropped (setting %s/%s)", count,
             section, setting);
    struct message log = {.kind = KIND_LOG};
    log.log.task = *task;
    log.log.root = *root;
    log.log.level = LEVEL_WARNING;
    log.log.logger = span_text("mailroom");
    log.log.text = span_text(boss->text);
    return post_send(&boss->post, peer, &log, SLICE_NONE) != 0;
}

bool boss_tell_logs(struct boss *boss, struct log_quota *quota, struct peer *peer, const struct address *task,
                    const struct address *root)
{
    if (tell(boss, peer, quota->over_rate, "limits", "logs", task, root))
        quota->over_rate = 0;
    if (tell(boss, peer, quota->over_queue, peer->link.limits.section, "max-queue", task, root))
        quota->over_queue = 0;
    return quota->over_rate == 0 && quota->over_queue == 0;
}
