"""Lets peers that hoard loose on a broker, many kinds at a time, and on managers, for as long as one likes:
their memory stays below what their books say and 64 MiB, and somebody else is served all the while."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random


def is_well(name: str, again: str, do: Callable[[], str]) -> bool:
    """Does one thing and says how it went; where it fails, how to see it again."""
    begun = time.monotonic()
    try:
        print(f"{name:40} {do()}, {time.monotonic() - begun:.1f} s", flush=True)
    except AssertionError:
        traceback.print_exc(file=sys.stdout)
        print(f"{name} failed; again: tests/e2e/soak {again}", flush=True)
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/e2e/soak", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=100, help="hoards at the broker, and as many at managers (100)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn (1)")
    arguments = parser.parse_args()
    from running import Programs  # the programs are needed from here on, and not for --help
    from soak import BROKER_HOARDS, MANAGER_HOARDS, Soak, at_a_manager

    again = f"--rounds {arguments.rounds} --seed {arguments.seed}"
    draw = Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(Path(folder))
        soak = Soak(programs, arguments.seed)

        def at_the_broker() -> str:
            soak.run(draw.choice(BROKER_HOARDS))
            return f"{soak.router.kept() >> 20} MiB kept, {soak.router.most_beside >> 20} beside at most"

        def at_one_manager() -> str:
            seed = draw.randrange(1 << 30)
            hoard = draw.choice(MANAGER_HOARDS)
            return f"{hoard.__name__}: {at_a_manager(programs, hoard, seed) >> 20} MiB beside at most"

        try:
            good = [
                is_well(f"{number}: {name}", again, do)
                for number in range(arguments.rounds)
                for name, do in (("the broker", at_the_broker), ("a manager", at_one_manager))
            ]
            soak.end()
        finally:
            programs.stop()
    print(f"{good.count(True)} passed, {good.count(False)} failed")
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
