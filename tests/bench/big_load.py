"""One process that maps big things over a pool, mailroom's or the reference; big_bench.py starts it.

    big_load.py PEER WHAT BYTES TASKS

It prints one line when its workers are there, waits for one on standard input, and prints the seconds that
the map took.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import mailroom

WORKERS = 2


def total(data: bytes, number: int) -> int:
    """A task with a big function."""
    return len(data) + number


def page(size: int, number: int) -> bytes:
    """A task with a big result."""
    return bytes([number % 251]) * size


@contextlib.contextmanager
def pool(peer: str) -> Iterator[Any]:
    """Two workers, which have run nothing."""
    if peer == "mailroom":
        with mailroom.LocalCluster(WORKERS) as cluster, mailroom.Executor(cluster.address) as executor:
            yield executor
    else:
        with concurrent.futures.ProcessPoolExecutor(WORKERS) as executor:
            yield executor


def main() -> None:
    """Is that process."""
    peer, what, size, tasks = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with pool(peer) as workers:
        print("ready", flush=True)
        sys.stdin.readline()
        begin = time.monotonic()
        call = partial(total, b"x" * size) if what == "function" else partial(page, size)
        count = sum(1 for value in workers.map(call, range(tasks)) if value)
        assert count == tasks
        print(time.monotonic() - begin, flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    main()
