#!/usr/bin/env python3
"""Measures two builds of mailroomd in turn, so that what a change costs is seen through the machine's noise.

    tests/bench/compare.py BEFORE AFTER [--pairs N] [--only CASE]

BEFORE and AFTER are release builds (cmake --preset release -B FOLDER). Each run has a broker of its own; the
ratio is the median of those inside each pair of runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from programs import Programs, Run
from router_bench import broker_route, in_turn

CASES: dict[str, list[str | int]] = {
    "1024 outstanding, 0 B": ["--outstanding", 1024, "--body", 0],
    "1024 outstanding, 1024 B": ["--outstanding", 1024, "--body", 1024],
    "maps of 100, 0 B": ["--map", 100, "--outstanding", 2000, "--body", 0],
    "maps of 100, 1024 B": ["--map", 100, "--outstanding", 2000, "--body", 1024],
    "1 outstanding, 0 B": ["--outstanding", 1, "--body", 0],
}
FIELDS = (("rate", "tasks/s"), ("cpu", "us CPU/task"), ("p50", "us p50"))


def _run(build: Path, settings: Sequence[str | int]) -> Run:
    with Programs(build) as programs:
        return programs.measure(broker_route(programs), *settings, "--seconds", 1.0)


def main() -> int:
    """Prints a row for each figure."""
    parser = argparse.ArgumentParser(
        prog="tests/bench/compare.py", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("before", type=Path, help="a release build")
    parser.add_argument("after", type=Path, help="another one")
    parser.add_argument("--pairs", type=int, default=15, help="runs of each build (15)")
    parser.add_argument("--only", action="append", choices=list(CASES), help="one case")
    arguments = parser.parse_args()
    print("| figure | before | after | unit | ratio |\n|---|---:|---:|---|---:|")
    for name in arguments.only or CASES:
        settings = CASES[name]
        pair = in_turn(
            arguments.pairs,
            partial(_run, arguments.before, settings),
            partial(_run, arguments.after, settings),
        )
        for field, unit in FIELDS:
            figure = pair.figure(name, field, unit)
            medians = f"{figure.mailroom:,.2f} | {figure.reference:,.2f}"
            print(f"| {name} | {medians} | {unit} | {figure.ratio:.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
