/* vectors: the recorded vectors in tests/vectors, block by block (README.md there). */
#ifndef MAILROOM_VECTORS_H
#define MAILROOM_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct vector {
    char name[128], text[4096], code[32], why[128]; /* empty where the block has none */
    bool canonical;
    uint8_t *bytes; /* exactly `size` of them, from malloc, so that a sanitizer sees who reads further */
    size_t size;
};

/* The next block; false at the end. The bytes of `vector` are freed first: zero it before the first call. */
bool vector_next(FILE *file, struct vector *vector);

#endif
