#!/usr/bin/env bash
# libzmq 4.3.5 (in pyzmq 27.1.0's wheel) and glibc (seen with 2.36): messages that ZeroMQ's thread has received lie in that
# thread's arena. malloc_trim gives back the end of the main arena only, and one large message that was freed before has raised
# the threshold of all others to twice its size: of 55 messages of 1 MB, all read and freed, malloc_trim(0) leaves 29 to 55 MB
# in memory. With a lower threshold (mallopt) they go with the next messages that are freed.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python_with pyzmq==27.1.0
cat >"$folder/try.py" <<'END'
import ctypes
import os
import subprocess
import sys

import zmq

MB = 1_000_000
COUNT = 55
TRIM_THRESHOLD = -1  # malloc.h: M_TRIM_THRESHOLD
libc = ctypes.CDLL(None)
libc.gnu_get_libc_version.restype = ctypes.c_char_p


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB


def send(address):
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.connect(address)
        socket.send(b"large", zmq.SNDMORE)
        socket.send(bytes(31 * MB))
        for _ in range(COUNT):
            socket.send(bytes([1]) * MB)
        socket.send(b"all")
        for _ in sys.stdin:
            for _ in range(20):
                socket.send(bytes(20_000))
            socket.send(b"more")


def until(socket, last):
    """All messages up to `last`, but the large one, which is freed."""
    kept = []
    while True:
        frame = socket.recv(copy=False)
        if len(frame) > 30 * MB:
            frame = None
            continue
        kept.append(frame)
        if frame.bytes == last:
            return kept


def main():
    address = "ipc://" + sys.argv[1]
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.bind(address)
        before = resident()
        child = subprocess.Popen([sys.executable, __file__, "send", address], stdin=subprocess.PIPE, text=True)
        kept = until(socket, b"all")
        del kept
        libc.malloc_trim(0)
        trimmed = resident() - before
        libc.mallopt(TRIM_THRESHOLD, MB)
        child.stdin.write("\n")
        child.stdin.flush()
        more = until(socket, b"more")
        del more
        child.stdin.close()
        child.wait()
        later = resident() - before
    version = libc.gnu_get_libc_version().decode()
    print(f"glibc {version}, libzmq {zmq.zmq_version()}: {trimmed:.0f} MB, then {later:.0f} MB", file=sys.stderr)
    print("after malloc_trim:", "much is left" if trimmed > COUNT / 4 else "little is left")
    print("with a lower threshold, some messages later:", "much is left" if later > COUNT / 4 else "little is left")


if sys.argv[1] == "send":
    send(sys.argv[2])
else:
    main()
END
expect 'after malloc_trim: much is left
with a lower threshold, some messages later: little is left' "$("$python" "$folder/try.py" "$folder/socket")"
