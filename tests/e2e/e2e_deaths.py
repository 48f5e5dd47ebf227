"""Functions that end the worker that runs them, and a client that may be killed."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

from e2e_tasks import noted
from mailroom import Client

TOO_MUCH = 1 << 30  # bytes


def kills_its_worker(path: str) -> None:
    """Notes that it was begun, and ends as if killed from outside."""
    noted(path, 0, None)
    os.kill(os.getpid(), signal.SIGKILL)


def exits_its_worker(path: str) -> None:
    """Notes that it was begun, and ends the process without a word."""
    noted(path, 0, None)
    os._exit(1)


def takes_memory(path: str) -> int:
    """Notes that it was begun, and takes more memory than there is for it."""
    noted(path, 0, None)
    return len(b"x" * TOO_MUCH)


def says_and_ends(how: str) -> None:
    """A task that ends its worker, which says something last."""
    if how == "write":
        os.write(2, b"first\nsecond \x1b[2Jline\n")
    elif how == "print":
        print("first", "second ?[2Jline", sep="\n", file=sys.stderr)
    elif how == "long":
        os.write(2, b"first\n" + b"x" * 20_000 + b"\nsecond ?[2Jline\n")
    elif how == "program":
        subprocess.run("echo first >&2; echo 'second ?[2Jline' >&2", shell=True, check=True)
    elif how == "slowly":  # and no other thread has a turn meanwhile
        ctypes.PyDLL(None).system(b"echo first >&2; sleep 0.3; echo second >&2; kill -9 $PPID")
    else:
        ctypes.string_at(0)
    os._exit(7)


def main(port: str, path: str, number: str) -> None:
    """A client: says that it is ready, and works until it reads a line; all its results must be right."""
    from e2e_tasks import nested_sum

    with Client(f"127.0.0.1:{port}") as client:
        turn = 0
        print("ready", flush=True)
        while turn == 0 or not os.path.exists(path):
            base = 1000 * int(number) + turn
            assert client.submit(nested_sum, base, 5).result(60) == sum(range(base, base + 5))
            assert client.map(abs, range(-base, -base + 5)).result(60) == list(range(base, base - 5, -1))
            turn += 1
    print(f"{turn} turns", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
