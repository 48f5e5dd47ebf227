"""Processes with mailroom or a peer in them (python_load.py), up all the time, told in turn what to run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import processes
from router_bench import alternate
from table import Figure

HERE = Path(__file__).parent
REFERENCE = "ProcessPoolExecutor"
WORKERS = 2
WARM, WARMINGS = 200, 3
"""Tasks of the first runs, which warm and show how many tasks a turn needs."""
FEWEST, MOST = 500, 50_000
"""Tasks of a turn."""
END_SECONDS = 20.0

Answer = dict[str, Any]


@dataclass(frozen=True)
class Build:
    """A Python with the package, and the release build of mailroom's programs."""

    python: str
    programs: Path

    @staticmethod
    def beside(programs: Path) -> Build:
        """The one whose venv stands beside a release build, as tests/bench/run leaves it."""
        python = programs.parent / "venv/bin/python"
        if not python.exists():
            raise FileNotFoundError(f"{python} is missing: tests/bench/checkout makes a build with its venv")
        return Build(str(python), programs.resolve())


class Load:
    """A process with mailroom or a peer in it. It ends with `with`, and all that it started."""

    def __init__(self, build: Build, peer: str, *, workers: int = WORKERS, floor: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mailroom-bench-"))
        self._run = uuid.uuid4().hex
        self._best: dict[str, float] = {}  # tasks a second, by what it was asked to do
        python = Path(build.python)
        environment = {
            **os.environ,
            processes.MARK: self._run,
            "MAILROOM_BIN": str(build.programs / "bin"),
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(HERE),  # the workers import the functions from here
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(build.programs.parent / "pycache"),  # as pip leaves packages: compiled
            "TMPDIR": str(self.folder),
        }
        program = [str(build.programs / "bench/load")] if floor else []
        self._log = self.folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    str(python),
                    str(HERE / "python_load.py"),
                    "floor" if floor else peer,
                    str(workers),
                    *program,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
                env=environment,
            )
        try:
            self.up = self._answer()
        except BaseException:
            self.close()
            raise

    def _answer(self) -> Answer:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} has ended:\n{self._log.read_text()}")
        answer: Answer = json.loads(line)
        return answer

    def ask(self, do: str, **arguments: Any) -> Answer:
        """Has it do one thing; what that took."""
        assert self._process.stdin is not None
        print(json.dumps({"do": do, **arguments}), file=self._process.stdin, flush=True)
        return self._answer()

    @property
    def client(self) -> int:
        """The process that submits."""
        return self._process.pid

    def pids(self) -> list[int]:
        """All of its processes."""
        return processes.of_run(self._run)

    def warm(self, do: str) -> None:
        """Runs some tasks, so that all is loaded and its rate is known."""
        for _ in range(WARMINGS):
            self._note(do, self.ask(do, count=WARM))

    def count_for(self, do: str, seconds: float) -> int:
        """How many tasks take about so long, by the best rate that was seen."""
        if do not in self._best:
            self.warm(do)
        return min(max(int(self._best[do] * seconds), FEWEST), MOST)

    def run(self, do: str, seconds: float, count: int = 0) -> Answer:
        """Has it run so many tasks, or as many as take about so long."""
        return self._note(do, self.ask(do, count=count or self.count_for(do, seconds)))

    def _note(self, do: str, answer: Answer) -> Answer:
        self._best[do] = max(self._best.get(do, 0.0), rate(answer))
        return answer

    def __enter__(self) -> Load:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends it by the end of its input, and what is left then by force."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"{self._process.args!r} does not end", file=sys.stderr)
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


# --- figures


def rate(answer: Answer) -> float:
    """Tasks per second."""
    return float(answer["count"] / answer["seconds"])


def cpu(answer: Answer) -> float:
    """CPU time of all processes for a task, in us."""
    return float(sum(answer["cpu"].values()) / answer["count"] / 1000)


def microseconds(field: str) -> Callable[[Answer], float]:
    """A field of an answer that is in seconds, in us."""
    return lambda answer: float(answer[field] * 1e6)


def field(name: str, unit: float = 1.0) -> Callable[[Answer], float]:
    """A field of an answer, in a unit."""
    return lambda answer: float(answer[name] / unit)


@dataclass(frozen=True)
class Turns:
    """What two sides said, in turn."""

    mine: Sequence[Answer]
    other: Sequence[Answer]

    def figure(self, name: str, value: Callable[[Answer], float], unit: str, target: str = "") -> Figure:
        """One figure: the medians, and the median of the ratios inside each turn."""
        mine, other = ([value(answer) for answer in side] for side in (self.mine, self.other))
        ratio = statistics.median(a / b for a, b in zip(mine, other, strict=True))
        return Figure(name, statistics.median(mine), statistics.median(other), unit, ratio, target)


def in_turn(count: int, mine: Callable[[], Answer], other: Callable[[], Answer]) -> Turns:
    """Asks both sides `count` times, in turn, each the first every other time."""
    return Turns(*alternate(count, mine, other))


def median(answers: Sequence[Answer], value: Callable[[Answer], float]) -> float:
    """The median of a value."""
    return statistics.median(value(answer) for answer in answers)


def started(build: Build, peer: str) -> Answer:
    """Starts one anew and ends it: how long that took, and what memory all of its processes have."""
    with Load(build, peer) as load:
        return load.up


def peak(build: Build, peer: str, count: int) -> Answer:
    """The client's peak memory in a map, in a fresh process."""
    with Load(build, peer) as load:
        load.warm("map")
        return load.ask("peak", count=count)
