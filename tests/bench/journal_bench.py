"""What a journal costs: mailroomd with one against mailroomd without, in turn."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial

from others_bench import nats_server, start_nats
from programs import Programs, Route, free_port, tcp
from router_bench import GIGA, Effort, broker_route, compare, in_turn, start_broker
from table import Figure

BODY: list[str | int] = ["--body", 1024]
LOADS: dict[str, tuple[list[str | int], dict[str, str]]] = {
    "1 outstanding": (["--outstanding", 1, *BODY], {}),
    "1024 outstanding": (["--outstanding", 1024, *BODY], {"full": ">= 0.5", "normal": ">= 0.7"}),
    "maps of 100": (["--map", 100, "--outstanding", 2000, *BODY], {"full": ">= 0.5", "normal": ">= 0.7"}),
    "1024 outstanding, kept": (["--outstanding", 1024, *BODY, "--keep"], {"full": ">= 0.25"}),
}
"""What a client does, and what of the rate is to be left, by `journal/sync`."""


def _journal_route(programs: Programs, sync: str) -> tuple[Route, int]:
    """Client, mailroomd with a journal, a C manager; and the broker's port.

    The load generator keeps nothing of what is not safe, so the journal may be further behind than usual.
    """
    below = free_port()
    manager = programs.load("manager", "--listen", tcp(below))
    programs.await_port(below)
    more = f"journal\n    sync = {sync}\n    queue = {4 * GIGA}\n"
    folder = str(programs.folder / f"journal-{sync}-{manager}")
    broker, port = start_broker(programs, [f"127.0.0.1:{below}"], "--journal", folder, more=more)
    return Route("mailroomd with a journal", ["--connect", tcp(port)], [broker]), port


def _counts(programs: Programs, port: int) -> dict[str, int]:
    """What the broker counts."""
    top = [str(programs.build / "bin" / "mailroom"), "top", "--once", "--json"]
    environment = {**os.environ, "MAILROOM_BROKER": f"127.0.0.1:{port}"}
    done = subprocess.run(top, capture_output=True, check=True, text=True, env=environment)
    counts: dict[str, int] = json.loads(done.stdout)["counts"]
    return counts


def _for_each_task(name: str, before: dict[str, int], after: dict[str, int]) -> Iterator[Figure]:
    tasks = max(after["finished"] - before["finished"], 1)
    for what, unit in (("rows", "rows/task"), ("written", "B/task"), ("groups", "transactions/task")):
        taken = (after[f"journal {what}"] - before[f"journal {what}"]) / tasks
        yield Figure(f"{name}: {what}", taken, 1, unit, taken)


def journal(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """With a journal on this disk, and without."""
    for sync in ("full", "normal"):
        for load, (settings, targets) in LOADS.items():
            if sync not in targets and load != "1 outstanding":
                continue
            with Programs(programs.build) as fresh:
                route, port = _journal_route(fresh, sync)
                plain = broker_route(fresh)
                before = _counts(fresh, port)
                pair = compare(fresh, effort, (route, plain), settings)
                name = f"journal, {sync}, {load}, 1024 B"
                yield pair.figure(name, "rate", "tasks/s", targets.get(sync, ""))
                yield pair.figure(f"{name}: CPU", "cpu", "us/task")
                if load == "1 outstanding":
                    yield pair.figure(f"{name}: p50", "p50", "us", "<= 1.1")
                yield from _for_each_task(name, before, _counts(fresh, port))


def _stream_settings(programs: Programs, server: str) -> tuple[str, str]:
    """A configuration with JetStream that syncs as often as the server can, and how often that is."""
    file = programs.folder / "nats.conf"
    often = (('sync_interval: "always"', "synced always"), ("", "synced every 2 min"))
    for setting, _ in often:
        file.write_text(f'jetstream {{\n  store_dir: "{programs.folder}/stream"\n  {setting}\n}}\n')
        known = subprocess.run([server, "-t", "-c", str(file)], capture_output=True, check=False)
        if known.returncode == 0:
            break
    return str(file), dict(often)[setting]


def streams(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """With a journal on this disk, and NATS JetStream with streams in files beside it."""
    server = nats_server()
    if server is None:
        return
    for name, mode in (
        ("1 outstanding", "stream"),
        ("1024 outstanding", "stream"),
        ("1024 outstanding, kept", "kept"),
    ):
        settings, _ = LOADS[name]
        with Programs(programs.build) as fresh:
            file, synced = _stream_settings(fresh, server)
            measure_nats = start_nats(fresh, server, mode, "-c", file)
            route, _ = _journal_route(fresh, "full")
            outstanding = int(settings[settings.index("--outstanding") + 1])
            pair = in_turn(
                effort.repetitions,
                partial(fresh.measure, route, *settings, "--seconds", effort.seconds),
                partial(measure_nats, outstanding, 1024, effort.seconds),
            )
            row = f"journal, full, {name}, 1024 B; NATS JetStream, {synced}"
            yield pair.figure(row, "rate", "tasks/s")
            yield pair.figure(f"{row}: CPU", "cpu", "us/task")
            yield pair.figure(f"{row}: p50", "p50", "us")


def with_and_without(programs: Programs, effort: Effort) -> Iterator[Figure]:
    """All of it."""
    yield from journal(programs, effort)
    yield from streams(programs, effort)


BENCHMARKS: dict[str, Callable[[Programs, Effort], Iterator[Figure]]] = {"journal": with_and_without}
