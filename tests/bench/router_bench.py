"""The router's own figures: mailroomd and mailroom-shim with C clients and C employees, against zmq_proxy."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import zmq
from programs import Programs, Route, Run, free_port, median, tcp
from table import Figure

T = TypeVar("T")
MILLION = 1_000_000
GIGA = 1 << 30
SHALLOW = 10
BYTES_PER_TASK = {0: 128, 1024: 144}
"""What a queued task may take beside its body, by the body's size."""


@dataclass(frozen=True)
class Effort:
    """How long and how often to measure."""

    seconds: float
    repetitions: int
    deep: int
    """How many tasks a deep queue holds."""


QUICK = Effort(seconds=0.5, repetitions=3, deep=100_000)
FULL = Effort(seconds=1.0, repetitions=7, deep=MILLION)


# --- routes


def proxy_route(programs: Programs, *keys: str) -> Route:
    """Client, zmq_proxy, worker; `keys` is `--keys DIR`, or nothing."""
    front, back = free_port(), free_port()
    proxy = programs.load("proxy", "--listen", tcp(front), "--back", tcp(back), *keys)
    programs.await_port(back)
    programs.load("echo", "--connect", tcp(back), *keys)
    return Route("zmq_proxy", ["--plain", "--connect", tcp(front), *keys], [proxy])


def chained_route(programs: Programs) -> Route:
    """Client, two proxies, two workers."""
    front, middle = free_port(), free_port()
    back = f"ipc://{programs.folder}/workers"
    second = programs.load("proxy", "--listen", tcp(middle), "--back", back)
    programs.await_port(middle)
    first = programs.load("proxy", "--listen", tcp(front), "--connect", tcp(middle))
    programs.await_port(front)
    for _ in range(2):
        programs.load("echo", "--connect", back, "--connections", 2)
    return Route("two proxies", ["--plain", "--connect", tcp(front)], [first, second])


def start_broker(
    programs: Programs, managers: Sequence[str], *options: str, more: str = ""
) -> tuple[int, int]:
    """A broker of these managers, with more options and lines of its configuration: its process and port."""
    port = free_port()
    settings = programs.folder / "mailroomd.cfg"
    settings.write_text(
        f"limits\n    tasks = {4 * MILLION}\n    session-bytes = {16 * GIGA}\n    connections = 4000\n{more}"
    )
    broker = programs.start(
        programs.build / "bin" / "mailroomd", "-c", settings, "-p", str(port), *options, *managers
    )
    programs.await_port(port)
    return broker, port


def _release(manager: int, settings: Sequence[str | int]) -> list[str]:
    """How a client fills the queue before a manager that holds gives room."""
    return ["--fill", "--release", str(manager)] if "--hold" in settings else []


def broker_route(programs: Programs, *settings: str | int, keys: Sequence[str] = ()) -> Route:
    """Client, mailroomd, a C manager with these settings; `keys` is `--keys DIR`, or nothing."""
    below = free_port()
    manager = programs.load("manager", "--listen", tcp(below), *settings, *keys)
    programs.await_port(below)
    broker, port = start_broker(programs, [f"127.0.0.1:{below}"], *keys)
    client = ["--connect", tcp(port), *_release(manager, settings), *keys]
    return Route("mailroomd with keys" if keys else "mailroomd", client, [broker])


def managers_route(programs: Programs, count: int, *settings: str | int) -> Route:
    """Client, mailroomd and `count` managers, each at an address of its own, all of them connected."""
    below = free_port()
    common = ("--listen", f"tcp://0.0.0.0:{below}", "--room", 64, "--connections", count)
    manager = programs.load("manager", *common, *settings)
    programs.await_port(below)
    addresses = [f"127.0.{number // 250 + 1}.{number % 250 + 1}:{below}" for number in range(count)]
    broker, port = start_broker(programs, addresses)
    programs.await_ready(manager)
    return Route(f"{count} managers", ["--connect", tcp(port), *_release(manager, settings)], [broker])


def shim_route(programs: Programs) -> Route:
    """Client, mailroomd, mailroom-shim, two C workers over ipc."""
    below = free_port()
    worker = [str(programs.build / "bench" / "load"), "worker", "--room", "512"]
    shim = programs.start(
        programs.build / "bin" / "mailroom-shim", "-n", "2", "-p", str(below), "--", *worker
    )
    programs.await_port(below)
    broker, port = start_broker(programs, [f"127.0.0.1:{below}"])
    return Route("mailroomd, mailroom-shim", ["--connect", tcp(port)], [broker, shim])


# --- measuring


@dataclass(frozen=True)
class Pair:
    """Runs of mailroom and of its reference, taken in turn."""

    mailroom: Sequence[Run]
    reference: Sequence[Run]

    def figure(self, name: str, field: str, unit: str, target: str = "") -> Figure:
        """One figure: the medians, and the median of the ratios inside each turn."""
        ratios = [
            getattr(mine, field) / max(getattr(other, field), 1e-9)
            for mine, other in zip(self.mailroom, self.reference, strict=True)
        ]
        mine, other = getattr(median(self.mailroom), field), getattr(median(self.reference), field)
        return Figure(name, mine, other, unit, statistics.median(ratios), target)


def alternate(count: int, mailroom: Callable[[], T], reference: Callable[[], T]) -> tuple[list[T], list[T]]:
    """Measures both `count` times, in turn, each the first every other time."""
    mine: list[T] = []
    other: list[T] = []
    for turn in range(count):
        if turn % 2 == 0:
            mine.append(mailroom())
            other.append(reference())
        else:
            other.append(reference())
            mine.append(mailroom())
    return mine, other


def in_turn(count: int, mailroom: Callable[[], Run], reference: Callable[[], Run]) -> Pair:
    """Runs of both, in turn."""
    return Pair(*alternate(count, mailroom, reference))


def _compare(
    programs: Programs,
    effort: Effort,
    routes: tuple[Route, Route],
    mine: Sequence[str | int],
    other: Sequence[str | int] | None = None,
) -> Pair:
    common = ("--seconds", effort.seconds)
    return in_turn(
        effort.repetitions,
        partial(programs.measure, routes[0], *mine, *common),
        partial(programs.measure, routes[1], *(mine if other is None else other), *common),
    )


# --- benchmarks


def _one_by_one(
    programs: Programs, effort: Effort, routes: tuple[Route, Route], what: str, rate: str, p50: str
) -> Iterator[Figure]:
    for outstanding in (1, 64, 1024):
        for body in (0, 1024):
            pair = _compare(programs, effort, routes, ["--outstanding", outstanding, "--body", body])
            name = f"{what}, {outstanding} outstanding, {body} B"
            yield pair.figure(name, "rate", "tasks/s", rate if outstanding == 1024 else "")
            yield pair.figure(f"{name}: CPU", "cpu", "us/task")
            if outstanding == 1:
                yield pair.figure(f"{name}: p50", "p50", "us", p50)
                yield pair.figure(f"{name}: p99", "p99", "us")


def tasks(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """One task in one message."""
    routes = broker_route(programs), proxy_route(programs)
    yield from _one_by_one(programs, effort, routes, "broker", ">= 0.8", "<= 1.1")
    many: list[str | int] = ["--outstanding", 1024, "--body", 0]
    pair = _compare(programs, effort, routes, [*many, "--forget"], many)
    name = "broker, 1024 outstanding, 0 B, released"
    yield pair.figure(name, "rate", "tasks/s")
    yield pair.figure(f"{name}: CPU", "cpu", "us/task")


def maps(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """Maps of 100, against the proxy's one by one."""
    routes = broker_route(programs), proxy_route(programs)
    for body in (0, 16, 1024):
        mine: list[str | int] = ["--map", 100, "--outstanding", 2000, "--body", body]
        pair = _compare(programs, effort, routes, mine, ["--outstanding", 1024, "--body", body])
        yield pair.figure(f"maps of 100, {body} B", "rate", "tasks/s", ">= 2.5")
        yield pair.figure(f"maps of 100, {body} B: CPU", "cpu", "us/task")
    map_of_100: list[str | int] = ["--map", 100, "--outstanding", 2000]
    shared: list[str | int] = [*map_of_100, "--body", 24, "--shared", 1000]
    pair = _compare(programs, effort, (routes[0], routes[0]), shared, [*map_of_100, "--body", 1024])
    yield pair.figure("maps of 100, 1024 B, 1000 of them shared: CPU", "cpu", "us/task")
    pair = _compare(programs, effort, (routes[0], routes[0]), [*map_of_100, "--forget"], map_of_100)
    yield pair.figure("maps of 100, 0 B, released one by one: CPU", "cpu", "us/task")


def paced(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """Latency under a steady load."""
    routes = broker_route(programs), proxy_route(programs)
    pair = _compare(programs, effort, routes, ["--outstanding", 4096, "--rate", 20_000])
    yield pair.figure("20,000 tasks/s: p50", "p50", "us")
    yield pair.figure("20,000 tasks/s: p99", "p99", "us")


def _queued(programs: Programs, effort: Effort, depth: int, body: int) -> Run:
    """With `depth` tasks queued all the time, 64 more are under way."""
    with Programs(programs.build) as fresh:
        route = broker_route(fresh, "--room", 64, "--hold")
        outstanding = ("--outstanding", depth + 64, "--body", body)
        return fresh.measure(route, *outstanding, "--seconds", effort.seconds)


def queue(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """A long queue against a short one, and what each further queued task takes."""
    for body, depth, target in ((0, effort.deep, "<= 1.1"), (1024, effort.deep // 4, "<= 1.3")):
        pair = in_turn(
            min(effort.repetitions, 3),
            partial(_queued, programs, effort, depth, body),
            partial(_queued, programs, effort, SHALLOW, body),
        )
        name = f"{depth:,} queued against {SHALLOW}, {body} B"
        yield pair.figure(f"{name}: CPU", "cpu", "us/task", target)
        half = depth // 2  # what is there once, whatever waits, is in both
        more = median(pair.mailroom).growth - _queued(programs, effort, half, body).growth
        taken, allowed = more / (depth - half) - body, BYTES_PER_TASK[body]
        name = f"memory of a queued task beside its {body} B"
        yield Figure(name, taken, allowed, "B (allowed)", taken / allowed, "<= 1.0")


def _with_idle(programs: Programs, effort: Effort, clients: int) -> Run:
    with Programs(programs.build) as fresh:
        route = broker_route(fresh)
        fresh.await_ready(fresh.load("idle", "--connect", route.client[1], "--connections", clients))
        return fresh.measure(route, "--outstanding", 1024, "--seconds", effort.seconds)


def idle(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """What clients cost that do nothing."""
    pair = in_turn(
        effort.repetitions,
        partial(_with_idle, programs, effort, 1000),
        partial(_with_idle, programs, effort, 1),
    )
    yield pair.figure("1000 idle clients against 1: CPU", "cpu", "us/task", "<= 1.05")


def _with_managers(
    programs: Programs, effort: Effort, count: int, outstanding: int, settings: Sequence[str | int]
) -> Run:
    with Programs(programs.build) as fresh:
        route = managers_route(fresh, count, *settings)
        return fresh.measure(route, "--outstanding", outstanding, "--seconds", effort.seconds)


def managers(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """Many managers against two: idle ones, and busy ones below a deep queue."""
    idle_ones = ("idle", 1024, ("--serving", 2), "<= 1.1")
    busy_ones = ("busy", 262_144, ("--hold",), "<= 1.3")
    for what, outstanding, settings, target in (idle_ones, busy_ones):
        pair = in_turn(
            min(effort.repetitions, 3),
            partial(_with_managers, programs, effort, 900, outstanding, settings),
            partial(_with_managers, programs, effort, 2, outstanding, settings),
        )
        yield pair.figure(f"900 managers, {what}, against 2: CPU", "cpu", "us/task", target)


def shim(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """The whole route against two proxies in a row."""
    routes = shim_route(programs), chained_route(programs)
    yield from _one_by_one(programs, effort, routes, "broker and shim", "", "")


def keys(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """All of it encrypted: against a proxy that encrypts as well, and against the broker without keys."""
    folder = programs.folder / "keys"
    subprocess.run([programs.build / "bin" / "mailroom", "keygen", folder], check=True, capture_output=True)
    option = ("--keys", str(folder))
    route = broker_route(programs, keys=option)
    for reference, what in ((proxy_route(programs, *option), ""), (broker_route(programs), " against none")):
        for outstanding, body in ((1, 0), (1024, 0), (1024, 1024)):
            settings: list[str | int] = ["--outstanding", outstanding, "--body", body]
            pair = _compare(programs, effort, (route, reference), settings)
            name = f"keys{what}, {outstanding} outstanding, {body} B"
            yield pair.figure(name, "rate", "tasks/s", "" if what or outstanding == 1 else ">= 0.8")
            yield pair.figure(f"{name}: CPU", "cpu", "us/task")
            if outstanding == 1:
                yield pair.figure(f"{name}: p50", "p50", "us", "" if what else "<= 1.1")


def _first_answer(build: Path) -> float:
    """Milliseconds from the start of mailroomd until it has answered how it is (COUNTS)."""
    question = bytes((0x95, 1, 47, 0, 0, 1))
    with Programs(build) as programs, zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        port = free_port()
        dealer.linger = 0
        dealer.reconnect_ivl = 1
        dealer.connect(tcp(port))
        dealer.send(question)
        begun = time.monotonic()
        programs.start(programs.build / "bin" / "mailroomd", "-p", str(port))
        dealer.recv()
        return (time.monotonic() - begun) * 1000


def start(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """From the start of a broker to its first answer."""
    taken = statistics.median(_first_answer(programs.build) for _ in range(3 * effort.repetitions))
    yield Figure("start to the first answer", taken, 30, "ms (allowed)", taken / 30, "<= 1.0")


def compare(
    programs: Programs, effort: Effort, routes: tuple[Route, Route], settings: Sequence[str | int]
) -> Pair:
    """Two routes with the same load, in turn."""
    return _compare(programs, effort, routes, settings)


BENCHMARKS: dict[str, Callable[[Programs, Effort], Iterator[Figure]]] = {
    "tasks": tasks,
    "maps": maps,
    "paced": paced,
    "queue": queue,
    "idle": idle,
    "managers": managers,
    "shim": shim,
    "keys": keys,
    "start": start,
}
