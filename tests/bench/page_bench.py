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


def _await(port: int, name: str, value: int) -> None:
    """Waits until a metric has this value."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            if f"\n{name} {value}\n".encode() in answer.read():
                return
        time.sleep(0.2)
    raise TimeoutError(f"{name} is not {value}")


def _look(broker: int, port: int, viewers: int, seconds: float) -> tuple[float, float]:
    """The share of a core that the broker takes, and bytes a second for each viewer."""
    _await(port, "mailroom_http_viewers", 0)  # those of before have left: there may be only so many
    with ExitStack() as stack:
        made = [stack.enter_context(closing(Viewer(port))) for _ in range(viewers)]
        time.sleep(SETTLE)
        before, cpu, start = sum(one.bytes for one in made), _cpu(broker), time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - start
        sent = sum(one.bytes for one in made) - before
        return (_cpu(broker) - cpu) / took, sent / took / max(viewers, 1)


def _bytes(what: str, sent: float) -> Figure:
    return Figure(f"page, {what}: for each viewer", sent, MOST_BYTES, "B/s", sent / MOST_BYTES, "<= 1")


def _share(viewers: str, more: float) -> Figure:
    what = f"page, a million tasks wait: {viewers}"
    return Figure(what, 100 * more, 100 * MOST_CPU, "% of a core", more / MOST_CPU, "<= 1")


def _waiting(broker: int, port: int, seconds: float) -> Iterator[Figure]:
    without, _ = _look(broker, port, 0, seconds)
    one, sent = _look(broker, port, 1, seconds)
    many, sent_to_many = _look(broker, port, VIEWERS, seconds)
    yield _bytes("a million tasks wait", max(sent, sent_to_many))
    yield _share("1 viewer", one - without)
    yield _share(f"{VIEWERS} viewers", many - without)


def _at_full_speed(broker: int, port: int, seconds: float) -> Iterator[Figure]:
    """Bytes only: a broker at work differs by more than a viewer costs, which README.md counts."""
    _, sent = _look(broker, port, VIEWERS, seconds)
    yield _bytes("tasks come and end at full speed", sent)


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
    _await(http, "mailroom_tasks_queued", MILLION)
    yield from _waiting(broker, http, seconds)
    os.kill(manager, signal.SIGUSR1)
    yield from _at_full_speed(broker, http, seconds)


BENCHMARKS: dict[str, Callable[[Programs, Effort], Iterator[Figure]]] = {"page": page}
