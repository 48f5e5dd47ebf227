"""Maps of big things: a function that holds 20 MB, results of 40 MB; time and memory against the reference.

Each side is a fresh process with two workers, for memory that was had once is not given back at once.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import processes
from pools import REFERENCE, Build
from programs import Programs
from router_bench import Effort
from table import Figure

LOOK_SECONDS = 0.01
MAPS = {
    "function": ("200 tasks of a function of 20 MB", 20_000_000, 200),
    "page": ("24 results of 40 MB", 40_000_000, 24),
}
TARGET = "<= 1.3"


@dataclass
class Peaks:
    """The most memory that was seen, in bytes, and how long the map took.

    Attributes:
        seconds: of the map.
        together: PSS of all processes.
        parts: resident, by `processes.part`.
    """

    seconds: float = 0.0
    together: int = 0
    parts: dict[str, int] = field(default_factory=dict)

    def look(self, run: str) -> None:
        """Takes what is had now."""
        self.together = max(self.together, processes.pss(processes.of_run(run)))

    def take_parts(self, run: str, client: int) -> None:
        """Takes the peaks that the system has noted."""
        for pid in processes.of_run(run):
            part = processes.part(pid, client)
            self.parts[part] = max(self.parts.get(part, 0), processes.peak(pid))


def measure(build: Build, peer: str, what: str, size: int, tasks: int) -> Peaks:
    """Runs one map in processes of its own."""
    run = uuid.uuid4().hex
    environment = {
        **os.environ,
        processes.MARK: run,
        "MAILROOM_BIN": str(build.programs / "bin"),
        "PATH": f"{Path(build.python).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    command = [build.python, str(Path(__file__).with_name("big_load.py")), peer, what, str(size), str(tasks)]
    peaks = Peaks()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            peaks.look(run)

    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        if load.stdout.readline() != "ready\n":
            raise RuntimeError(f"{peer} did not start: {load.wait()}")
        watcher = threading.Thread(target=watch)
        watcher.start()
        load.stdin.write("go\n")
        said = load.stdout.readline()
        done.set()
        watcher.join()
        if not said:
            raise RuntimeError(f"{peer} did not finish the map: {load.wait()}")
        peaks.seconds = float(said)
        peaks.take_parts(run, load.pid)
        load.stdin.write("end\n")
    return peaks


def big(programs: Programs, quick: bool, _effort: Effort) -> Iterator[Figure]:
    """Both maps, in turn with the reference."""
    build = Build(sys.executable, programs.build)
    for what, (name, size, tasks) in MAPS.items():
        mine: list[Peaks] = []
        others: list[Peaks] = []
        for turn in range(1 if quick else 3):
            sides = [("mailroom", mine), (REFERENCE, others)]
            for peer, seen in sides if turn % 2 == 0 else reversed(sides):
                seen.append(measure(build, peer, what, size, tasks))
        yield _against(f"{name}: time", mine, others, lambda peaks: peaks.seconds, "s")
        yield _against(f"{name}: memory of all (PSS)", mine, others, lambda peaks: peaks.together / 1e6, "MB")
        yield _against(
            f"{name}: the client's peak", mine, others, lambda peaks: peaks.parts["client"] / 1e6, "MB"
        )
        for part in ("broker", "shim", "workers"):
            most = statistics.median(peaks.parts[part] / 1e6 for peaks in mine)
            yield Figure(f"{name}: peak of {part}", most, size / 1e6, "MB (one of it)", most / (size / 1e6))


def _against(
    name: str, mine: list[Peaks], others: list[Peaks], value: Callable[[Peaks], float], unit: str
) -> Figure:
    ratio = statistics.median(value(one) / value(other) for one, other in zip(mine, others, strict=True))
    took, theirs = (statistics.median(map(value, side)) for side in (mine, others))
    return Figure(name, took, theirs, unit, ratio, TARGET)


BENCHMARKS: dict[str, Callable[[Programs, bool, Effort], Iterator[Figure]]] = {"big": big}
