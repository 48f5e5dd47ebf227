"""Functions that end the worker that runs them, and a client that may be killed."""

from __future__ import annotations

import os
import signal
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
