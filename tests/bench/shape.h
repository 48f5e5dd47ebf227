/* shape: the headers that the load generator sends, encoded once and patched for each message. The plain form
 * for zmq_proxy uses the same sizes. */
#ifndef BENCH_SHAPE_H
#define BENCH_SHAPE_H

#include <stddef.h>
#include <stdint.h>

struct shape {
    uint8_t *header; /* owned; lives as long as the process */
    size_t size;     /* bytes */
    size_t uuid_at;  /* where the 16 bytes of the uuid are */
};

/* A SUBMIT (map 0) or a SUBMIT_BATCH of `map` tasks with bodies of `body` bytes each, for delivery as soon as
 * done; `shared`: the part that they begin with, 0: none. */
struct shape shape_submit(size_t map, size_t body, uint64_t shared);

/* The same, whose results stay at the broker. */
struct shape shape_submit_kept(size_t map, size_t body);

/* A SHARE of this number. */
struct shape shape_share(uint64_t number);

/* The size of the RESULT to such a task, as it comes back to a client. */
size_t shape_result_size(void);

/* The uuid of a request: unique within the process by `serial`; `number` is found again by shape_number. */
void shape_mark(struct shape *shape, uint64_t serial, uint32_t number);
uint32_t shape_number(const uint8_t uuid[16]);

#endif
