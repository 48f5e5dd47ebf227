"""One process with mailroom, or one of its peers, that runs what it is told to and says what it took.

It is told a line of JSON at a time on its standard input, and answers with one on its standard output; the
end of its input is its end. The first line is its own: it is up, warm or not, and has run one task.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from python_peers import Mailroom, Peer

# What follows imports as little as it can: importing is part of what is measured.


def parts(taken: Mapping[int, int]) -> dict[str, int]:
    """CPU time in ns by what a process is in charge of."""
    import processes

    found: dict[str, int] = {}
    for pid, cpu in taken.items():
        part = processes.part(pid, os.getpid())
        found[part] = found.get(part, 0) + cpu
    return found


class Load:
    """What a line on the standard input may ask for: a method, with the rest of the line as arguments."""

    def __init__(self, peer: Peer, workers: int) -> None:
        import python_tasks

        self.peer, self.workers = peer, workers
        self.tasks = python_tasks

    def _measured(self, count: int, run: Callable[[], object]) -> dict[str, Any]:
        import processes

        pids = processes.of_run(os.environ[processes.MARK])
        before = processes.cpu(pids)
        begin = time.perf_counter()
        run()
        seconds = time.perf_counter() - begin
        taken = processes.cpu_between(before, processes.cpu(pids))
        return {"count": count, "seconds": seconds, "cpu": parts(taken)}

    def map(self, count: int) -> dict[str, Any]:
        """A map of tasks that do nothing."""
        return self._measured(count, lambda: self.peer.map(self.tasks.noop, range(count)))

    def submit(self, count: int) -> dict[str, Any]:
        """The same one by one, all of them outstanding."""

        def run() -> None:
            for task in [self.peer.submit(self.tasks.noop) for _ in range(count)]:
                self.peer.result(task)

        return self._measured(count, run)

    def one(self, seconds: float) -> dict[str, Any]:
        """One outstanding: latencies in seconds."""
        return self._one(seconds, self.peer.result)

    def told(self, seconds: float) -> dict[str, Any]:
        """The same, where who waits is told by a thread of the pool's."""
        import concurrent.futures

        return self._one(seconds, lambda task: concurrent.futures.wait([task]))

    def _one(self, seconds: float, wait: Callable[[Any], object]) -> dict[str, Any]:
        found = []
        end = time.perf_counter() + seconds
        while (begin := time.perf_counter()) < end:
            wait(self.peer.submit(self.tasks.noop))
            found.append(time.perf_counter() - begin)
        found.sort()
        p50, p99 = (found[int(part * (len(found) - 1))] for part in (0.5, 0.99))
        return {"count": len(found), "p50": p50, "p99": p99}

    def peak(self, count: int) -> dict[str, Any]:
        """The most memory that this process takes for each task of a map, in bytes."""
        import gc

        import processes

        gc.collect()
        before = processes.forget_peak()
        self.peer.map(self.tasks.noop, range(count))
        return {"bytes": (processes.peak() - before) / count}

    def timed(self, function: str, lengths: list[float]) -> dict[str, Any]:
        """A map of tasks of these lengths: seconds from its begin until each began and ended."""
        begin = time.monotonic()
        spans = self.peer.map(getattr(self.tasks, function), lengths)
        makespan = time.monotonic() - begin
        return {"makespan": makespan, "spans": [(a - begin, b - begin) for a, b in spans]}


def _start(name: str, workers: int) -> tuple[Load, dict[str, Any]]:
    """The peer, when it has run its first task."""
    import python_peers
    import python_tasks

    begin = time.perf_counter()
    peer = python_peers.PEERS[name](workers)
    peer.result(peer.submit(python_tasks.noop))
    seconds = time.perf_counter() - begin
    import processes

    memory = processes.pss(processes.of_run(os.environ[processes.MARK]))
    return Load(peer, workers), {"start": seconds, "pss": memory}


def _floor(program: str, workers: int) -> tuple[Mailroom, dict[str, Any]]:
    """mailroom's own cluster with workers in C that do nothing: what is left when no Python is on the way."""
    import pathlib
    import tempfile

    import python_peers

    with tempfile.TemporaryDirectory() as folder:
        python = pathlib.Path(folder) / "python"
        python.write_text(f'#!/bin/sh\nexec "{program}" worker --room 512\n')
        python.chmod(0o700)
        mailroom = python_peers.Mailroom(workers, python=str(python))
    keys = getattr(mailroom.cluster, "keys", None)
    return mailroom, {"address": mailroom.cluster.address, "keys": str(keys) if keys else None}


def main() -> None:
    """python_load.py PEER WORKERS, or python_load.py floor WORKERS LOAD."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    name, workers = sys.argv[1], int(sys.argv[2])
    if name == "floor":
        mailroom, said = _floor(sys.argv[3], workers)
        print(json.dumps(said), file=answers)
        sys.stdin.read()
        mailroom.close()
        return
    load, said = _start(name, workers)
    print(json.dumps(said), file=answers)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(load, order.pop("do"))(**order)), file=answers)
    load.peer.close()


if __name__ == "__main__":
    main()
