"""Runs of BQSKit under random faults, one after the other, on one tree of programs."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

WIDTHS = (1, 1, 3)  # circuits that a client has compiled at a time, for each client


def is_well(run: Callable[[int], None], seed: int) -> bool:
    """One run; how to repeat it is printed where it fails."""
    try:
        run(seed)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        print(f"run {seed} failed; again: tests/e2e/chaos --runs 1 --seed {seed}", flush=True)
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/e2e/chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="how many (50)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next one has the next (1)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what the programs write there")
    arguments = parser.parse_args()
    from faults import Runs, schedule  # BQSKit is needed from here on, and not for --help

    runs = Runs(WIDTHS, arguments.keep)
    try:
        good = [
            is_well(lambda seed: runs.run(schedule(seed), seed), arguments.seed + number)
            for number in range(arguments.runs)
        ]
        runs.end()
    finally:
        runs.drop()
    print(f"{good.count(True)} passed, {good.count(False)} failed")
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
