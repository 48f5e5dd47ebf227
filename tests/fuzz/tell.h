/* tell: how a target says that something is wrong, and what happens on the way there. */
#ifndef MAILROOM_FUZZ_TELL_H
#define MAILROOM_FUZZ_TELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An invariant does not hold: says which, and ends the process as a crash, for the fuzzer to see. */
_Noreturn void fuzz_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line of what happens, where MAILROOM_FUZZ_TELL is set. */
void fuzz_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool fuzz_tells(void);

/* A target: what libFuzzer calls with each input. */
/* NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
