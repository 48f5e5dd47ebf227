"""mailroom's Python package against other pools of workers: what tasks cost that do nothing.

The other side of each figure is measured in turn with it, by the same program with the same functions.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from pools import (
    REFERENCE,
    Answer,
    Build,
    Load,
    cpu,
    field,
    in_turn,
    median,
    microseconds,
    peak,
    rate,
    started,
)
from programs import Programs, Route
from python_peers import MODULES
from router_bench import Effort
from table import Figure

TARGETS = {REFERENCE: (">= 1.5", ">= 1.0", "<= 2.0"), "Dask": (">= 25", "", "")}
"""Of a map, one by one, and one outstanding."""
ABOVE_FLOOR = 150.0
"""How much longer than the C generator's a round trip may be, in us."""
START = 0.25
"""How long a cluster of two may take from the import to the first result, in seconds."""


def _against(mine: Load, other: Load, effort: Effort, peer: str) -> Iterator[Figure]:
    targets = TARGETS.get(peer, ("", "", ""))
    turns, seconds = min(effort.repetitions, 5), effort.seconds
    maps = in_turn(turns, partial(mine.run, "map", seconds), partial(other.run, "map", seconds))
    yield maps.figure(f"map of no-ops, against {peer}", rate, "tasks/s", targets[0])
    yield maps.figure(f"map of no-ops, against {peer}: CPU", cpu, "us/task")
    apart = in_turn(turns, partial(mine.run, "submit", seconds), partial(other.run, "submit", seconds))
    yield apart.figure(f"one by one, all outstanding, against {peer}", rate, "tasks/s", targets[1])
    for load in (mine, other):
        load.ask("one", seconds=0.1)
    one = in_turn(
        turns, partial(mine.ask, "one", seconds=seconds), partial(other.ask, "one", seconds=seconds)
    )
    yield one.figure(f"one outstanding, against {peer}: p50", microseconds("p50"), "us", targets[2])
    yield one.figure(f"one outstanding, against {peer}: p99", microseconds("p99"), "us")


def _parts(answers: Sequence[Answer]) -> Iterator[Figure]:
    """Where the CPU time of a map goes: each part's, and its share of the whole."""
    whole = median(answers, cpu)
    for part in sorted(answers[0]["cpu"]):
        taken = median(answers, lambda answer, part=part: answer["cpu"].get(part, 0) / answer["count"] / 1000)  # type: ignore[misc]
        yield Figure(f"map of no-ops, CPU: {part}", taken, whole, "us/task (all)", taken / whole)


def _above_floor(programs: Programs, build: Build, mine: Load, effort: Effort) -> Iterator[Figure]:
    """A round trip against the C generator's, with C workers, through a cluster of the same kind."""
    with Load(build, "mailroom", floor=True) as floor:
        keys = ["--keys", floor.up["keys"]] if floor.up["keys"] else []
        route = Route("LocalCluster, C workers", ["--connect", floor.up["address"], *keys], [])

        def generator() -> Answer:
            run = programs.measure(route, "--outstanding", 1, "--seconds", effort.seconds)
            return {"p50": run.p50 / 1e6}

        turns = in_turn(effort.repetitions, partial(mine.ask, "one", seconds=effort.seconds), generator)
    yield turns.figure("one outstanding, against C at both ends: p50", microseconds("p50"), "us")
    above = [(a["p50"] - b["p50"]) * 1e6 for a, b in zip(turns.mine, turns.other, strict=True)]
    name = "one outstanding, more than C at both ends: p50"
    more = statistics.median(above)
    yield Figure(name, more, ABOVE_FLOOR, "us (allowed)", more / ABOVE_FLOOR, "<= 1.0")


def _here(python: str, module: str) -> bool:
    command = [python, "-c", f"import importlib.util as u; raise SystemExit(not u.find_spec({module!r}))"]
    return Path(python).exists() and subprocess.run(command).returncode == 0


def _peers(build: Build, quick: bool) -> Iterator[tuple[str, Build]]:
    """The references that are here, each with its Python; says which are not. Quick: those with a target."""
    yield REFERENCE, build
    python = str(build.programs.parent / "venv-peers/bin/python")
    for peer, module in MODULES.items():
        if quick and peer not in TARGETS:
            continue
        if _here(python, module):
            yield peer, Build(python, build.programs)
        else:
            print(f"{peer} is left out: {python} has no {module}", file=sys.stderr)


def python(programs: Programs, quick: bool, effort: Effort) -> Iterator[Figure]:
    """Two workers, warm, and tasks that do nothing."""
    build = Build(sys.executable, programs.build)
    with Load(build, "mailroom") as mine:
        for peer, its_build in _peers(build, quick):
            with Load(its_build, peer) as other:
                yield from _against(mine, other, effort, peer)
        yield from _parts([mine.run("map", effort.seconds) for _ in range(effort.repetitions)])
        yield from _above_floor(programs, build, mine, effort)
    starts = in_turn(
        effort.repetitions, partial(started, build, "mailroom"), partial(started, build, REFERENCE)
    )
    yield starts.figure(f"from the import to the first result, against {REFERENCE}", field("start"), "s")
    yield starts.figure(f"memory of all processes (PSS), against {REFERENCE}", field("pss", 1e6), "MB")
    taken = median(starts.mine, field("start"))
    yield Figure("from the import to the first result", taken, START, "s (allowed)", taken / START, "<= 1.0")
    count = 20_000 if quick else 100_000
    peaks = in_turn(1, partial(peak, build, "mailroom", count), partial(peak, build, REFERENCE, count))
    yield peaks.figure(f"map of {count:,}: the client's peak for a task", field("bytes"), "B")


BENCHMARKS: dict[str, Callable[[Programs, bool, Effort], Iterator[Figure]]] = {"python": python}
