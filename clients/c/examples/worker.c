/* worker: a worker of the runtime `upper`, whose tasks are texts and whose results are the same in capitals.
 *
 *     cc worker.c -o worker $(pkg-config --cflags --libs mailroom)
 *     mailroomd &
 *     mailroom-shim -- ./worker &
 *     echo hello | mailroom submit --runtime upper
 */
#include <ctype.h>
#include <mailroom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(void)
{
    fprintf(stderr, "worker: %s\n", mailroom_why());
    return 1;
}

/* Runs one task: its result, or its failure where it has no text. */
static int run(struct mailroom_worker *worker, const struct mailroom_item *item)
{
    const struct mailroom_work *task = &item->task;
    static const char empty[] = "there is nothing to write in capitals";
    if (item->body_size == 0) {
        struct mailroom_span why = {empty, sizeof empty - 1};
        const struct mailroom_address *root = task->breadcrumb_count ? &task->breadcrumbs[0] : &task->address;
        return mailroom_worker_fail(worker, &task->address, root, why, NULL);
    }
    const char *text = (const char *)item->body;
    char *capitals = (char *)malloc(item->body_size);
    if (!capitals)
        return MAILROOM_ENOMEM;
    for (size_t i = 0; i < item->body_size; i++)
        capitals[i] = (char)toupper((unsigned char)text[i]);
    struct mailroom_body result = {capitals, item->body_size, NULL, NULL}; /* copied */
    int code = mailroom_worker_result(worker, &task->address, &result);
    free(capitals);
    return code;
}

/* Everything until the shim ends this worker, or is gone. */
static int work(struct mailroom_worker *worker)
{
    struct mailroom_item *item;
    int code = MAILROOM_OK;
    while (code == MAILROOM_OK) {
        mailroom_worker_waiting(worker);
        code = mailroom_worker_next(worker, -1, &item);
        if (code != MAILROOM_OK)
            break;
        if (item->kind == MAILROOM_ITEM_END) {
            code = item->end == MAILROOM_END_TOLD ? MAILROOM_ECLOSED : MAILROOM_ELOST;
            fprintf(stderr, "worker: %s\n", item->text);
        } else if (item->kind == MAILROOM_ITEM_TASK) {
            code = run(worker, item);
        } /* results, messages and cancels are for tasks that have children, import paths for Python */
        mailroom_item_free(item);
    }
    return code == MAILROOM_ECLOSED ? 0 : complain();
}

int main(void)
{
    struct mailroom_runtime runtime = {"upper", "1"};
    struct mailroom_worker_options options;
    struct mailroom_worker *worker;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.runtimes = &runtime;
    options.runtime_count = 1;
    options.software = "upper 1";
    if (mailroom_worker_new(&options, &worker) != MAILROOM_OK)
        return complain();
    int status = 1;
    if (mailroom_worker_start(worker) == MAILROOM_OK)
        status = work(worker);
    else
        complain();
    mailroom_worker_destroy(&worker);
    return status;
}
