/* kept: a body that a caller keeps beyond the batch that it came in. */
#include "clients/c/api/kept.h"

#include <stdlib.h>

#include "clients/c/api/why.h"

struct mailroom_kept {
    struct slice body; /* one reference */
};

struct mailroom_kept *kept_new(const struct slice *body)
{
    struct mailroom_kept *kept = malloc(sizeof *kept);
    if (kept)
        kept->body = slice_ref(body);
    else
        why(MAILROOM_ENOMEM, "no memory to keep a body");
    return kept;
}

const void *mailroom_kept_data(const struct mailroom_kept *kept)
{
    return slice_data(&kept->body);
}

size_t mailroom_kept_size(const struct mailroom_kept *kept)
{
    return kept->body.size;
}

void mailroom_kept_free(struct mailroom_kept *kept)
{
    if (!kept)
        return;
    slice_drop(&kept->body);
    free(kept);
}
