"""What a client feels of its neighbours: of one that reads nothing, of one that sends a large body, and of
those that do all that costs a broker much (attacks.py)."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from programs import Programs, Route, Run, free_port, median, tcp
from router_bench import Effort, in_turn, start_broker
from table import Figure

PACE = ("--outstanding", 1024, "--rate", 2000)
"""Of the client that is measured."""
RUDE = ("rude", "--rate", 2000, "--body", 1024)
POLITE = ("client", "--rate", 2000, "--body", 1024, "--outstanding", 1024, "--seconds", 600)
LARGE = 300_000_000  # bytes
ALLOWED = 20_000.0  # us
SECONDS = 5
ATTACKS = Path(__file__).with_name("attacks.py")
ATTACK_NAMES = (
    "connect",
    "batches",
    "managers",
    "release",
    "request",
    "cancel",
    "end",
    "leave",
    "communicate",
    "lost",
    "held",
    "own",
    "frames",
    "gone",
)
"""Those of attacks.py."""
SETTLE = 2.0  # seconds: the neighbour's window is full by then


def _route(programs: Programs) -> Route:
    """Client, mailroomd, two C managers: only what goes over the same link waits for a body."""
    ports = [free_port() for _ in range(2)]
    for port in ports:
        programs.load("manager", "--listen", tcp(port))
        programs.await_port(port)
    broker, port = start_broker(programs, [f"127.0.0.1:{port}" for port in ports])
    return Route("mailroomd, two managers", ["--connect", tcp(port)], [broker])


def _beside(
    programs: Programs,
    effort: Effort,
    neighbour: Sequence[str | int],
    settings: Sequence[str | int],
    apart: bool = False,
) -> Run:
    """Measures a client while a neighbour, if there is one, works on the same route, or on one of its own."""
    with Programs(programs.build) as fresh:
        route = _route(fresh)
        if neighbour:
            other = _route(fresh) if apart else route
            fresh.load(neighbour[0], *other.client, *neighbour[1:])
        time.sleep(SETTLE)
        return fresh.measure(route, *settings, "--seconds", SECONDS * effort.seconds)


def unread(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """Beside a client that submits and reads nothing, against none, and against one that reads."""
    run = partial(_beside, programs, effort)
    alone = in_turn(effort.repetitions, partial(run, RUDE, PACE), partial(run, (), PACE))
    yield alone.figure("beside one that reads nothing, against alone: p50", "p50", "us")
    yield alone.figure("beside one that reads nothing, against alone: p99", "p99", "us", "<= 1.1")
    polite = in_turn(effort.repetitions, partial(run, RUDE, PACE), partial(run, POLITE, PACE))
    yield polite.figure("beside one that reads nothing, against one that reads: p99", "p99", "us", "<= 1.1")


def large(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """Round trips of small tasks, one at a time, while 300 MB go through; or through another broker.

    What the latter adds is the machine's own: processes that wait for a processor.
    """
    run = partial(_beside, programs, effort)
    one, bulk = ("--outstanding", 1), ("bulk", "--body", LARGE)
    for apart, through in ((False, ""), (True, " through another broker")):
        pair = in_turn(effort.repetitions, partial(run, bulk, one, apart), partial(run, (), one))
        for field in ("p50", "p99", "most"):
            beside, alone = getattr(median(pair.mailroom), field), getattr(median(pair.reference), field)
            name = f"added by 300 MB{through} to a small task's round trip: {field}"
            target = "" if field == "p50" or apart else "<= 1.0"
            yield Figure(name, beside - alone, ALLOWED, "us (allowed)", (beside - alone) / ALLOWED, target)


def _bystander(programs: Programs, effort: Effort, attack: str, apart: bool = False) -> dict[str, float]:
    """How long a Python client's tasks take, one each 10 ms, beside an attack: on its broker or another."""
    with Programs(programs.build) as fresh:
        below = free_port()
        worker = ("--", sys.executable, "-m", "mailroom.worker")  # of this venv, which PATH need not have
        fresh.start(fresh.build / "bin" / "mailroom-shim", "--insecure", "-n", "2", "-p", str(below), *worker)
        fresh.await_port(below)
        _, port = start_broker(fresh, [f"127.0.0.1:{below}"], "--insecure")
        if attack:
            attacked = start_broker(fresh, [], "--insecure")[1] if apart else port
            fresh.start(sys.executable, ATTACKS, str(attacked), attack)
        time.sleep(SETTLE)
        command = [sys.executable, str(ATTACKS), str(port), "bystander", str(SECONDS * effort.seconds)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        seen: dict[str, float] = json.loads(done.stdout)
        return seen


def neighbours(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """Beside each attack, against alone: what takes long is done a part at a time.

    And against the same attack on another broker: what that adds is the machine's own.
    """
    for attack in ATTACK_NAMES:
        runs = [
            (
                _bystander(programs, effort, attack),
                _bystander(programs, effort, ""),
                _bystander(programs, effort, attack, apart=True),
            )
            for _ in range(effort.repetitions)
        ]
        for field in ("p50", "p99", "most"):
            here, alone, apart = (statistics.median(run[at][field] for run in runs) for at in range(3))
            target = "<= 1.5" if field == "p99" else ""
            yield Figure(f"beside {attack}, against alone: {field}", here, alone, "us", here / alone, target)
            name = f"beside {attack}, against the same at another broker: {field}"
            yield Figure(name, here, apart, "us", here / apart)


BENCHMARKS: dict[str, Callable[[Programs, Effort], Iterator[Figure]]] = {
    "unread": unread,
    "large": large,
    "neighbours": neighbours,
}
