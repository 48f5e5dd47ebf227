#!/usr/bin/env bash
# libmpack 1.0.5 (Debian 12, libmpack-dev 1.0.5-3): mpack_pack_sint and mpack_write write an integer, mpack_read
# reads it back. Numbers from -128 on arrive; -129 arrives as another number.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
debian libmpack-dev=1.0.5-3 libmpack0=1.0.5-3
cat >"$folder/try.c" <<'END'
#include <stdbool.h>
#include <mpack.h>
#include <stdio.h>

static long long there_and_back(long long number)
{
    char buffer[16];
    char *at = buffer;
    size_t left = sizeof buffer;
    mpack_tokbuf_t writer = MPACK_TOKBUF_INITIAL_VALUE, reader = MPACK_TOKBUF_INITIAL_VALUE;
    mpack_token_t token = mpack_pack_sint(number), back;
    mpack_write(&writer, &at, &left, &token);
    const char *from = buffer;
    size_t size = sizeof buffer - left;
    mpack_read(&reader, &from, &size, &back);
    return back.type == MPACK_TOKEN_SINT ? (long long)mpack_unpack_sint(back) : (long long)mpack_unpack_uint(back);
}

int main(void)
{
    const long long numbers[] = {127, 300, -1, -128, -129, -32769};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        printf("%lld -> %lld\n", numbers[i], there_and_back(numbers[i]));
    return 0;
}
END
lib=$(dirname "$(find "$folder/root" -name 'libmpack.a' -o -name 'libmpack.so' | head -1)")
cc -I"$folder/root/usr/include" "$folder/try.c" -L"$lib" -lmpack -Wl,-rpath,"$lib" -o "$folder/try"
expect '127 -> 127
300 -> 300
-1 -> -1
-128 -> -128
-129 -> 127
-32769 -> 32767' "$("$folder/try")"
