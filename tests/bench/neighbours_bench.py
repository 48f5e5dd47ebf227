"""What a client feels of its neighbours: of one that reads nothing, and of one that sends a large body."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

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


BENCHMARKS: dict[str, Callable[[Programs, Effort], Iterator[Figure]]] = {"unread": unread, "large": large}
