"""What the live page costs with 900 managers and a million tasks: bytes for each viewer, the broker's CPU."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from programs import START_SECONDS, Programs, free_port, tcp
from router_bench import MILLION, Effort, start_broker
from table import Figure

MANAGERS = 900
MOST_BYTES = 50_000
"""A second, for each viewer."""
MOST_CPU = 0.01
"""Of a core, for one viewer."""
VIEWERS = 16
"""As many as there may be."""
HOUR = 3600
SETTLE = 2.0  # seconds: the first event of all, and those who have just come


class Viewer:
    """Who has the page open: counts the bytes that come."""

    def __init__(self, port: int) -> None:
        self.bytes = 0
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while taken := len(self._socket.recv(1 << 16)):
            self.bytes += taken

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()


def _cpu(broker: int) -> float:
    """The seconds of processors that all its threads have had."""
    stats = Path(f"/proc/{broker}/task").glob("*/schedstat")
    return sum(int(stat.read_text().split()[0]) for stat in stats) / 1e9


def _look(broker: int, port: int, viewers: int, seconds: float) -> tuple[float, float]:
    """The share of a core that the broker takes, and bytes a second for each viewer."""
    with ExitStack() as stack:
        made = [stack.enter_context(closing(Viewer(port))) for _ in range(viewers)]
        time.sleep(SETTLE)
        before, cpu, start = sum(one.bytes for one in made), _cpu(broker), time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - start
        sent = sum(one.bytes for one in made) - before
        return (_cpu(broker) - cpu) / took, sent / took / max(viewers, 1)


def _await_tasks(port: int) -> None:
    """Waits until a million wait."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            if f"\nmailroom_tasks_queued {MILLION}\n".encode() in answer.read():
                return
        time.sleep(0.2)
    raise TimeoutError("the million tasks are not there")


def _figures(what: str, broker: int, port: int, seconds: float, target: str) -> Iterator[Figure]:
    without, _ = _look(broker, port, 0, seconds)
    one, sent = _look(broker, port, 1, seconds)
    many, sent_to_many = _look(broker, port, VIEWERS, seconds)
    most = max(sent, sent_to_many)
    yield Figure(f"page, {what}: for each viewer", most, MOST_BYTES, "B/s", most / MOST_BYTES, "<= 1")
    more = one - without
    yield Figure(
        f"page, {what}: 1 viewer", 100 * more, 100 * MOST_CPU, "% of a core", more / MOST_CPU, target
    )
    more = many - without
    yield Figure(
        f"page, {what}: {VIEWERS} viewers", 100 * more, 100 * without, "% of a core", more / MOST_CPU
    )


def page(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """A million tasks that wait; then as many that run, whose ends are told."""
    below, http = free_port(), free_port()
    common = ("--listen", f"tcp://0.0.0.0:{below}", "--room", 64, "--connections", MANAGERS)
    manager = programs.load("manager", *common, "--hold")
    programs.await_port(below)
    addresses = [f"127.0.{number // 250 + 1}.{number % 250 + 1}:{below}" for number in range(MANAGERS)]
    broker, port = start_broker(programs, addresses, "--http", str(http))
    programs.await_ready(manager)
    seconds = max(effort.seconds * 10, 5)
    tasks = ("--map", 1000, "--body", 64, "--outstanding", MILLION, "--fill", "--seconds", HOUR)
    programs.load("client", "--connect", tcp(port), *tasks)
    _await_tasks(http)
    yield from _figures("a million tasks wait", broker, http, seconds, "<= 1")
    os.kill(manager, signal.SIGUSR1)
    yield from _figures("tasks come and end at full speed", broker, http, seconds, "")


BENCHMARKS: dict[str, Callable[[Programs, Effort], Iterator[Figure]]] = {"page": page}
