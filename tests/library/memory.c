/* memory: where the system has no memory for what a call takes in, the call says so, and nothing has changed:
 * a malloc of this program's own refuses. Needs no broker. */
#include <dlfcn.h>
#include <stdbool.h>

#include "library.h"

static size_t refuse_from = SIZE_MAX; /* bytes */
static int refuse_at = -1;            /* the number of the allocation from now on that is refused */

static bool refuses(size_t size)
{
    return size >= refuse_from || (refuse_at >= 0 && refuse_at-- == 0);
}

void *malloc(size_t size)
{
    static void *(*next)(size_t);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "malloc");
    return refuses(size) ? NULL : next(size);
}

static int released;

static void note(void *data, void *hint)
{
    (void)data;
    ++*(int *)hint;
}

static uint64_t tasks_of(struct mailroom_client *client)
{
    struct mailroom_client_state state = {.size = sizeof state};
    mailroom_client_state(client, &state);
    return state.tasks;
}

int main(int count, char **arguments)
{
    enum { LARGE = 1 << 20 };
    static char large[LARGE];
    struct mailroom_body copied = {large, LARGE, NULL, NULL}, own = {large, LARGE, note, &released};
    struct mailroom_span part = {large, LARGE};
    struct mailroom_question question = {.kind = MAILROOM_ASK_COUNTS};
    uint8_t uuid[MAILROOM_UUID_SIZE] = {0};
    uint64_t number;
    (void)arguments;
    CHECK(count == 1);
    struct mailroom_client *client = client_of("localhost:1", 0);
    refuse_from = LARGE;
    CHECK(mailroom_client_submit(client, NULL, &copied, NULL) == MAILROOM_ENOMEM);
    CHECK(mailroom_client_map(client, NULL, NULL, &part, 1, NULL) == MAILROOM_ENOMEM);
    CHECK_SAY(mailroom_client_submit(client, NULL, &own, NULL) == MAILROOM_OK, "nothing is copied");
    refuse_from = SIZE_MAX;
    CHECK(tasks_of(client) == 1);
    for (int at = 0; at < 3; at++) { /* each of the few that a submit needs */
        refuse_at = at;
        CHECK_SAY(mailroom_client_submit(client, NULL, &own, NULL) == MAILROOM_ENOMEM, "at %d", at);
    }
    CHECK(released == 3 && tasks_of(client) == 1);
    refuse_at = 0;
    CHECK(mailroom_client_ask(client, &question, &number) == MAILROOM_ENOMEM);
    refuse_at = 1;
    CHECK(mailroom_client_ask(client, &question, &number) == MAILROOM_ENOMEM);
    refuse_at = 0;
    CHECK(mailroom_client_release(client, uuid, 0) == MAILROOM_ENOMEM);
    refuse_at = 1;
    CHECK(mailroom_client_adopt(client, uuid, NULL, 1, 0) == MAILROOM_ENOMEM);
    refuse_at = -1;
    mailroom_client_destroy(&client);
    CHECK(released == 4);
    refuse_at = 0;
    CHECK(mailroom_client_new(NULL, &client) == MAILROOM_ENOMEM && client == NULL);
    return 0;
}
