# mypy: disable-error-code="import-untyped"
"""A client and a manager that speak BQSKit's own protocol and do no work, so that its server is the bound.

They are what tests/bench/load is to mailroomd: the client sends messages that were pickled before the clock
runs and does not open the results; the manager answers every task at once with 1 KiB. Each is as easy on
the server as can be. A task is a plain object with 1 KiB instead of a CompilationTask, whose unpickling
alone costs more than all the rest. The manager has two workers, for the server shuffles a list of the idle
ones at each task. The client has TCP_NODELAY set, for without it each request waits 40 ms for an
acknowledgement.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import time
import uuid
from collections import deque
from multiprocessing.connection import Client, Connection, Listener
from multiprocessing.reduction import ForkingPickler
from types import SimpleNamespace
from typing import Any

from bqskit.runtime.message import RuntimeMessage
from bqskit.runtime.result import RuntimeResult
from bqskit.runtime.task import RuntimeTask
from processes import cpu_clock

WORKERS = 2
RESULT = bytes(1024)
PREPARED = 20_000
"""Tasks that are pickled beforehand; the measurement ends early when they are used up."""


def no_delay(connection: Connection) -> None:
    """Sets TCP_NODELAY on a connection."""
    with socket.socket(fileno=os.dup(connection.fileno())) as view:
        view.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def serve(port: int) -> None:
    """Is a manager whose workers are always idle: every task is done as it comes."""
    with Listener(("127.0.0.1", port)) as listener:
        boss = listener.accept()
    no_delay(boss)
    kind, (lower, _upper) = boss.recv()
    boss.send((RuntimeMessage.STARTED, WORKERS))
    while True:
        kind, payload = boss.recv()
        if kind == RuntimeMessage.SUBMIT_BATCH:
            _answer(boss, payload, lower)
        elif kind == RuntimeMessage.SHUTDOWN:
            return


def _answer(boss: Connection, tasks: list[RuntimeTask], worker: int) -> None:
    for task in tasks:
        boss.send((RuntimeMessage.RESULT, RuntimeResult(task.return_address, RESULT, worker)))
    boss.send((RuntimeMessage.WAITING, (WORKERS, tasks[0].unique_id)))


def _prepare(count: int) -> list[tuple[Any, Any]]:
    """The SUBMIT and the REQUEST of `count` compilations that do nothing, as they go over the connection."""
    task = SimpleNamespace(task_id=uuid.uuid4(), logging_level=0, max_logging_depth=-1, payload=bytes(1024))
    found = []
    for _ in range(count):
        task.task_id = uuid.uuid4()
        submit = bytes(ForkingPickler.dumps((RuntimeMessage.SUBMIT, task)))
        request = bytes(ForkingPickler.dumps((RuntimeMessage.REQUEST, task.task_id)))
        found.append((submit, request))
    return found


class Load:
    """A client that keeps tasks under way."""

    def __init__(self, port: int, outstanding: int) -> None:
        self.connection = Client(("127.0.0.1", port))
        no_delay(self.connection)
        self.connection.send((RuntimeMessage.CONNECT, []))
        self.connection.recv()
        self.outstanding = outstanding
        self.under_way: deque[float] = deque()
        self.done = 0
        self.latency: list[float] = []

    def run(self, messages: list[tuple[bytes, bytes]], seconds: float) -> float:
        """Submits until the time or the messages are over; returns how long it took."""
        begin = time.perf_counter()
        while messages and time.perf_counter() < begin + seconds:
            while messages and len(self.under_way) < self.outstanding:
                submit, request = messages.pop()
                self.under_way.append(time.perf_counter())
                self.connection.send_bytes(submit)
                self.connection.send_bytes(request)
            self._read()
        return time.perf_counter() - begin

    def _read(self) -> None:
        self.connection.recv_bytes()  # whose result this is does not matter: the tasks are alike
        self.latency.append(time.perf_counter() - self.under_way.popleft())
        self.done += 1

    def finish(self) -> None:
        """Takes what is still under way."""
        while self.under_way:
            self._read()
        self.connection.close()


def drive(port: int, outstanding: int, seconds: float, server: int) -> None:
    """Measures BQSKit's server and prints one line of JSON, as tests/bench/load does."""
    load = Load(port, outstanding)
    messages = _prepare(PREPARED)
    load.run(messages, 0.3)
    done, load.latency = load.done, []
    before = time.clock_gettime_ns(cpu_clock(server))
    took = load.run(messages, seconds)
    after = time.clock_gettime_ns(cpu_clock(server))
    done = load.done - done
    latency = sorted(load.latency)
    p50, p99 = (latency[int(part * (len(latency) - 1))] * 1e9 for part in (0.5, 0.99))
    cpu = [[before, after]]
    print(
        json.dumps({"tasks": done, "seconds": took, "p50": p50, "p99": p99, "cpu": cpu, "rss": []}),
        flush=True,
    )
    load.finish()


def main() -> None:
    """One process, one role."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=["manager", "client"])
    parser.add_argument("port", type=int)
    parser.add_argument("--outstanding", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--watch", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.role == "manager":
        serve(arguments.port)
    else:
        drive(arguments.port, arguments.outstanding, arguments.seconds, arguments.watch)


if __name__ == "__main__":
    main()
