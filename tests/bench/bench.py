"""Runs the benchmarks and prints one table; tests/bench/run builds first and then calls this."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import big_bench
import bqskit_bench
import costs
import hops
import journal_bench
import neighbours_bench
import others_bench
import page_bench
import prefetch_bench
import python_bench
import router_bench
import table
from programs import Programs

PYTHON = {**python_bench.BENCHMARKS, **prefetch_bench.BENCHMARKS, **big_bench.BENCHMARKS}
ROUTERS = {
    **router_bench.BENCHMARKS,
    **journal_bench.BENCHMARKS,
    **neighbours_bench.BENCHMARKS,
    **others_bench.BENCHMARKS,
    **page_bench.BENCHMARKS,
}
NAMES = [*ROUTERS, *PYTHON, *bqskit_bench.BENCHMARKS]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description="Measures mailroom against references."
    )
    parser.add_argument("--quick", action="store_true", help="short runs, shallower queues: for a first look")
    parser.add_argument(
        "--only", metavar="NAME", action="append", choices=NAMES, help=f"one of {', '.join(NAMES)}"
    )
    parser.add_argument(
        "--profile", action="store_true", help="show instead what a map of Python tasks spends its time on"
    )
    parser.add_argument(
        "--hops",
        action="store_true",
        help="show instead what each thread takes of one Python task's round trip",
    )
    parser.add_argument("--build", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def _figures(name: str, arguments: argparse.Namespace) -> Iterator[table.Figure]:
    with Programs(arguments.build) as programs:
        effort = router_bench.QUICK if arguments.quick else router_bench.FULL
        if name in ROUTERS:
            yield from ROUTERS[name](programs, effort)
        elif name in PYTHON:
            yield from PYTHON[name](programs, arguments.quick, effort)
        else:
            yield from bqskit_bench.BENCHMARKS[name](programs, arguments.quick)


def main() -> int:
    """Prints each figure as it comes, then the table; 1 if a target was missed or a benchmark failed."""
    arguments = _parse()
    if arguments.profile or arguments.hops:
        (costs if arguments.profile else hops).show(arguments.build)
        return 0
    figures: list[table.Figure] = []
    failed = False
    for name in arguments.only or NAMES:
        try:
            for figure in _figures(name, arguments):
                figures.append(figure)
                print(table.lines([figure])[-1], file=sys.stderr, flush=True)
        except Exception as error:  # the other benchmarks' figures are worth having all the same
            failed = True
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
    print("\n".join(table.lines(figures)))
    return int(failed or any(figure.met() is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
