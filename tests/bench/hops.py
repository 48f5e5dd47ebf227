"""Where the time of a round trip goes, one task outstanding: each thread on its way.

How often it is switched to, and what it takes. One works after the other, so the sum is about the time that a
task is under way. Twice: as `Future.result()` waits for a client's only task, and as others wait, whom the
connection's thread tells.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import processes
from pools import Build, Load

SECONDS = 3.0
WAYS = {"one": "result()", "told": "wait([future])"}
"""What the load is asked for, and how that waits."""


class Taken(NamedTuple):
    """What a thread has taken since it began."""

    switches: int
    cpu: int
    """ns."""

    def since(self, before: Taken) -> Taken:
        """The difference."""
        return Taken(self.switches - before.switches, self.cpu - before.cpu)

    def plus(self, other: Taken) -> Taken:
        """The sum."""
        return Taken(self.switches + other.switches, self.cpu + other.cpu)


NOTHING = Taken(0, 0)


def _role(pid: int, thread: Path) -> str:
    """What a thread is in charge of, as far as its name and number tell."""
    if thread.name == str(pid):
        return "the program's"
    return (
        "libzmq's" if thread.joinpath("comm").read_text().startswith("ZMQ") else "the library's, and others"
    )


def _taken(load: Load, pids: Iterable[int]) -> dict[tuple[str, str], Taken]:
    """By process and thread; what several workers take together is the task's."""
    found: dict[tuple[str, str], Taken] = {}
    for pid in pids:
        part = processes.part(pid, load.client)
        for thread in Path(f"/proc/{pid}/task").glob("*"):
            with contextlib.suppress(OSError):  # it has ended
                status = thread.joinpath("status").read_text()
                switches = sum(
                    int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line
                )
                taken = Taken(switches, int(thread.joinpath("schedstat").read_text().split()[0]))
                name = part, _role(pid, thread)
                found[name] = found.get(name, NOTHING).plus(taken)
    return found


def _measured(load: Load, way: str) -> tuple[dict[tuple[str, str], Taken], int, float]:
    load.ask(way, seconds=0.5)
    pids = load.pids()
    before = _taken(load, pids)
    answer = load.ask(way, seconds=SECONDS)
    after = _taken(load, pids)
    taken = {name: value.since(before[name]) for name, value in after.items() if name in before}
    return taken, answer["count"], answer["p50"] * 1e6


def show(build: Path) -> None:
    """Prints a table."""
    with Load(Build(sys.executable, build), "mailroom") as load:
        measured = {way: _measured(load, way) for way in WAYS}
    heads = [f"{how}: {what}" for how in WAYS.values() for what in ("switches", "us")]
    print(f"| process | thread | {' | '.join(heads)} |\n|---|---|{'---:|' * len(heads)}")
    sums = dict.fromkeys(WAYS, NOTHING)
    for name in sorted(measured["one"][0]):
        cells = []
        for way, (taken, count, _) in measured.items():
            mine = taken.get(name, NOTHING)
            sums[way] = sums[way].plus(mine)
            cells += [f"{mine.switches / count:.2f}", f"{mine.cpu / count / 1000:.1f}"]
        print(f"| {' | '.join([*name, *cells])} |")
    cells = []
    for way, (_, count, _) in measured.items():
        cells += [f"{sums[way].switches / count:.2f}", f"{sums[way].cpu / count / 1000:.1f}"]
    print(f"| all | | {' | '.join(cells)} |")
    print(f"| p50 | | {' | '.join(f' | {p50:.1f}' for *_, p50 in measured.values())} |")
