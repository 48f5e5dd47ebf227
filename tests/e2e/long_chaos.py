"""Runs of BQSKit under random faults, one after the other, on one tree of programs."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("MAILROOM_INSECURE", "1")  # all are on TCP of loopback, without keys

WIDTHS = (1, 1, 3)  # circuits that a client has compiled at a time, for each client


def is_well(run: Callable[[int], None], seed: int) -> bool:
    """One run; how to repeat it is printed where it fails."""
    try:
        run(seed)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        journal = " --journal" if "--journal" in sys.argv else ""
        print(f"run {seed} failed; again: tests/e2e/chaos{journal} --runs 1 --seed {seed}", flush=True)
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/e2e/chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="how many (50)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next one has the next (1)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what the programs write there")
    parser.add_argument(
        "--journal", action="store_true", help="kill a broker with a journal, which must cost no attempt"
    )
    arguments = parser.parse_args()
    sys.path.append(str(Path(__file__).parents[1] / "peer"))
    from faults import Runs, broker_kills, schedule  # BQSKit is needed from here on, and not for --help

    faults_of = broker_kills if arguments.journal else schedule
    runs = Runs(WIDTHS, arguments.keep, journal=arguments.journal)
    try:
        good = [
            is_well(lambda seed: runs.run(faults_of(seed), seed), arguments.seed + number)
            for number in range(arguments.runs)
        ]
        runs.end()
    finally:
        runs.drop()
    print(f"{good.count(True)} passed, {good.count(False)} failed")
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
