#!/usr/bin/env python3
"""Measures two builds in turn, so that what a change costs is seen through the machine's noise.

    tests/bench/compare.py BEFORE AFTER [--pairs N] [--only CASE]

BEFORE and AFTER are release builds (cmake --preset release -B FOLDER). Each run has a broker of its own; the
ratio, AFTER to BEFORE, is the median of those inside each pair of runs. The case `python` measures the Python
package with its cluster, worker and client; for it the venv with the package stands beside each build, as
tests/bench/checkout and tests/bench/run leave it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pools
from programs import Programs, Run
from router_bench import broker_route, in_turn
from table import Figure

CASES: dict[str, list[str | int]] = {
    "1024 outstanding, 0 B": ["--outstanding", 1024, "--body", 0],
    "1024 outstanding, 1024 B": ["--outstanding", 1024, "--body", 1024],
    "maps of 100, 0 B": ["--map", 100, "--outstanding", 2000, "--body", 0],
    "maps of 100, 1024 B": ["--map", 100, "--outstanding", 2000, "--body", 1024],
    "1 outstanding, 0 B": ["--outstanding", 1, "--body", 0],
}
FIELDS = (("rate", "tasks/s"), ("cpu", "us CPU/task"), ("p50", "us p50"))
PYTHON = "python"
SECONDS = 0.5
"""Of a run of the case `python`."""
LARGE_MAP = 20_000
"""Tasks of the map whose memory is measured."""


def _run(build: Path, settings: Sequence[str | int]) -> Run:
    with Programs(build) as programs:
        return programs.measure(broker_route(programs), *settings, "--seconds", 1.0)


def _router(name: str, before: Path, after: Path, pairs: int) -> Iterator[Figure]:
    settings = CASES[name]
    pair = in_turn(pairs, partial(_run, after, settings), partial(_run, before, settings))
    for field, unit in FIELDS:
        yield pair.figure(name, field, unit)


def _python(before: pools.Build, after: pools.Build, pairs: int) -> Iterator[Figure]:
    with pools.Load(after, "mailroom") as mine, pools.Load(before, "mailroom") as other:
        for do, name in (("map", "map of no-ops"), ("submit", "one by one, all outstanding")):
            count = max(load.count_for(do, SECONDS) for load in (mine, other))
            runs = pools.in_turn(pairs, *(partial(load.run, do, SECONDS, count) for load in (mine, other)))
            yield runs.figure(name, pools.rate, "tasks/s")
            yield runs.figure(name, pools.cpu, "us CPU/task")
        one = pools.in_turn(pairs, *(partial(load.ask, "one", seconds=SECONDS) for load in (mine, other)))
        yield one.figure("one outstanding", pools.microseconds("p50"), "us p50")
    sides = (after, before)
    starts = pools.in_turn(pairs, *(partial(pools.started, side, "mailroom") for side in sides))
    yield starts.figure("from the import to the first result", pools.field("start"), "s")
    yield starts.figure("memory of all processes", pools.field("pss", 1e6), "MB PSS")
    peaks = pools.in_turn(
        min(pairs, 3), *(partial(pools.peak, side, "mailroom", LARGE_MAP) for side in sides)
    )
    yield peaks.figure(f"map of {LARGE_MAP:,}, the client's peak", pools.field("bytes"), "B/task")


def main() -> int:
    """Prints a row for each figure."""
    parser = argparse.ArgumentParser(
        prog="tests/bench/compare.py", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("before", type=Path, help="a release build")
    parser.add_argument("after", type=Path, help="another one")
    parser.add_argument("--pairs", type=int, default=15, help="runs of each build (15)")
    parser.add_argument(
        "--only", action="append", choices=[*CASES, PYTHON], help="one case; all but python unless given"
    )
    arguments = parser.parse_args()
    print("| figure | before | after | unit | after / before |\n|---|---:|---:|---|---:|")
    for name in arguments.only or CASES:
        if name == PYTHON:
            before, after = (pools.Build.beside(build) for build in (arguments.before, arguments.after))
            figures = _python(before, after, arguments.pairs)
        else:
            figures = _router(name, arguments.before, arguments.after, arguments.pairs)
        for figure in figures:
            medians = f"{figure.reference:,.2f} | {figure.mailroom:,.2f}"
            print(f"| {figure.name} | {medians} | {figure.unit} | {figure.ratio:.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
