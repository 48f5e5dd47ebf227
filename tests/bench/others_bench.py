"""mailroom against other routers that may be installed; those that are not are left out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial

import router_bench
from programs import Programs, Run, free_port, read_run
from router_bench import Effort
from table import Figure

PATH = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
"""Debian puts servers where a user's PATH does not look."""


def nats_server() -> str | None:
    """NATS's server, if it is installed."""
    return shutil.which("nats-server", path=PATH)


def start_nats(programs: Programs, server: str, mode: str, *options: str) -> Callable[[int, int, float], Run]:
    """NATS's server with a worker; how to measure it: tasks outstanding, bytes of body, seconds.

    Args:
        programs: the processes of the benchmark.
        server: the program.
        mode: as tests/bench/nats.c takes it.
        options: more for the server.
    """
    port = free_port()
    pid = programs.start(server, "-a", "127.0.0.1", "-p", str(port), *options)
    programs.await_port(port)
    program = str(programs.build / "bench" / "nats")
    programs.start(program, mode, str(port))

    def measure(outstanding: int, body: int, seconds: float) -> Run:
        return read_run([program, mode, str(port), str(outstanding), str(body), str(seconds), str(pid)])

    return measure


def nats(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """Request and reply through nats-server."""
    server = nats_server()
    if server is None:
        return
    route = router_bench.broker_route(programs)
    measure_nats = start_nats(programs, server, "plain")
    for outstanding, body in ((1, 0), (64, 1024), (1024, 0), (1024, 1024)):
        settings = ("--outstanding", outstanding, "--body", body, "--seconds", effort.seconds)
        pair = router_bench.in_turn(
            effort.repetitions,
            partial(programs.measure, route, *settings),
            partial(measure_nats, outstanding, body, effort.seconds),
        )
        name = f"NATS, {outstanding} outstanding, {body} B"
        yield pair.figure(name, "rate", "tasks/s")
        yield pair.figure(f"{name}: CPU", "cpu", "us/task")


BENCHMARKS: dict[str, Callable[[Programs, Effort], Iterator[Figure]]] = {"nats": nats}
