"""What can go wrong with real processes, schedules of it that a seed gives again, and runs under it."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from compiles import Load
from grove import EXPIRY, LEAVES, PATIENCE, Grove
from running import Programs

SHORT = (0.1, 0.4)  # seconds: a heartbeat or two
LONG = (1.2 * EXPIRY / 1000, 2.0 * EXPIRY / 1000)  # no link outlives this
OVER = 4.0  # seconds in which faults begin
ALL = ("broker", "middle", *LEAVES)
AGAIN = "is given out again, for it was lost"  # as the client hears whose task it is

Undo = Callable[[], object]


@dataclass(frozen=True)
class Fault:
    """Something that happens at a time.

    Attributes:
        seconds: until it is over; 0: it is over at once; None: it stays until all is mended.
    """

    at: float
    kind: str
    where: str
    seconds: float | None

    def __str__(self) -> str:
        lasts = " for good" if self.seconds is None else f" for {self.seconds:.2f} s" if self.seconds else ""
        return f"at {self.at:.2f} s: {self.kind} {self.where}{lasts}"


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _pause(pids: list[int]) -> Undo:
    _signal(pids, signal.SIGSTOP)
    return lambda: _signal(pids, signal.SIGCONT)


def _kill(grove: Grove, where: str, chance: random.Random) -> Undo:
    site = grove.sites[where]
    site.kill()
    return site.start


def _kill_guardian(grove: Grove, where: str, chance: random.Random) -> Undo:
    """Its workers end with it; the shim starts others, or ends too where it is the third within a minute."""
    site = grove.sites[where]
    if site.program is not None:
        _signal(site.all_processes()[1:2], signal.SIGKILL)
    return lambda: None


def _kill_worker(grove: Grove, where: str, chance: random.Random) -> Undo:
    if grove.sites[where].program is not None and (workers := grove.sites[where].workers()):
        _signal([chance.choice(workers)], signal.SIGKILL)
    return lambda: None


def _stop(grove: Grove, where: str, chance: random.Random) -> Undo:
    return _pause([] if grove.sites[where].program is None else [grove.sites[where].pid])


def _stop_worker(grove: Grove, where: str, chance: random.Random) -> Undo:
    workers = [] if grove.sites[where].program is None else grove.sites[where].workers()
    return _pause(workers[:1])


def _stop_node(grove: Grove, where: str, chance: random.Random) -> Undo:
    return _pause([] if grove.sites[where].program is None else grove.sites[where].all_processes())


def _cut(grove: Grove, where: str, chance: random.Random) -> Undo:
    grove.sites[where].proxy.reset()
    return lambda: None


def _silence(grove: Grove, where: str, chance: random.Random) -> Undo:
    grove.sites[where].proxy.stop(forth=chance.choice((None, None, True, False)))
    return grove.sites[where].proxy.go


KINDS: dict[str, tuple[Callable[[Grove, str, random.Random], Undo], tuple[str, ...]]] = {
    "kill": (_kill, ALL),
    "kill the guardian of": (_kill_guardian, LEAVES),
    "kill a worker of": (_kill_worker, LEAVES),
    "stop": (_stop, ALL),
    "stop a worker of": (_stop_worker, LEAVES),
    "stop all processes of": (_stop_node, LEAVES),
    "cut the connection to": (_cut, ALL),
    "silence the connection to": (_silence, ALL),
}
"""By its name: how it is done, and what to."""

MOMENTS = ("kill a worker of", "cut the connection to")  # what is mended by the programs themselves


def schedule(seed: int, kinds: Iterable[str] = tuple(KINDS)) -> list[Fault]:
    """One to five faults of these kinds, in order; the same for the same seed. One leaf may stay dead."""
    chance = random.Random(seed)
    faults: list[Fault] = []
    for _ in range(chance.randint(1, 5)):
        kind = chance.choice(list(kinds))
        where = chance.choice(KINDS[kind][1])
        at, seconds = (
            chance.uniform(0.2, OVER),
            chance.choice((chance.uniform(*SHORT), chance.uniform(*LONG))),
        )
        stays = kind == "kill" and where in LEAVES and chance.random() < 0.3
        stays = stays and all(fault.seconds is not None for fault in faults)
        lasts = 0.0 if kind in MOMENTS else seconds
        faults.append(Fault(at, kind, where, None if stays else lasts))
    return sorted(faults, key=lambda fault: fault.at)


def broker_kills(seed: int) -> list[Fault]:
    """Two to five kills of the broker, each shorter than links live; the same for the same seed."""
    chance = random.Random(seed)
    times = (chance.uniform(0.2, OVER) for _ in range(chance.randint(2, 5)))
    return [Fault(at, "kill", "broker", chance.uniform(*SHORT)) for at in sorted(times)]


class Losses(logging.Handler):
    """Notes what the clients' logs say of tasks that were lost; a context manager."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if AGAIN in record.getMessage():
            self.texts.append(record.getMessage())

    def __enter__(self) -> Losses:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)


def carry_out(grove: Grove, faults: list[Fault], seed: int) -> None:
    """Does all of it, each at its time, and waits until it is over."""
    chance = random.Random(seed)
    begin = time.monotonic()
    order = itertools.count()
    due: list[tuple[float, int, Fault | Undo]] = [(fault.at, next(order), fault) for fault in faults]
    heapq.heapify(due)
    while due:
        at, _, what = heapq.heappop(due)
        time.sleep(max(0.0, begin + at - time.monotonic()))
        if not isinstance(what, Fault):
            what()
            continue
        undo = KINDS[what.kind][0](grove, what.where, chance)
        if what.seconds is not None:
            heapq.heappush(due, (at + what.seconds, next(order), undo))


def _run(grove: Grove, faults: list[Fault], seed: int, widths: tuple[int, ...]) -> str:
    began = time.monotonic()
    workers = grove.workers()
    with Losses() as losses:
        load = Load(grove.port, seed, widths)
        carry_out(grove, faults, seed)
        load.ends(PATIENCE)
    ended = time.monotonic()
    if grove.journal and faults:
        assert not losses.texts, losses.texts
        assert grove.workers() == workers, "what ran goes on in the same workers"
    grove.mend()
    held = grove.settle()
    return "\n  ".join(
        [
            f"{load.done} circuits in {ended - began:.1f} s, all well {time.monotonic() - ended:.1f} s later",
            *held,
        ]
    )


class Runs:
    """One run after the other on one tree of programs; after one that failed on a new tree.

    Args:
        widths: see compiles.Load.
        keep: a folder for what the programs write; None: it goes with them.
        journal: whether the broker has one. Then the faults are kills of the broker, and no task is lost.
    """

    def __init__(self, widths: tuple[int, ...], keep: Path | None = None, *, journal: bool = False) -> None:
        self._widths, self._keep, self._journal = widths, keep, journal
        self._stack = ExitStack()
        self._programs: Programs | None = None
        self._grove: Grove | None = None

    def _tree(self) -> Grove:
        """The tree, warmed up: its workers have compiled something."""
        if self._grove is None:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            if self._keep is not None:
                folder = Path(tempfile.mkdtemp(dir=self._keep))
            self._programs = Programs(folder)
            self._grove = self._stack.enter_context(Grove(self._programs, journal=self._journal))
            _run(self._grove, [], 0, self._widths)
        return self._grove

    def run(self, faults: list[Fault], seed: int) -> None:
        """Compiles while the faults happen; prints them, and what came of it or what the programs wrote.

        Raises:
            AssertionError: a compile failed or differs from its input, or the tree does not recover; with a
                journal also: a task was lost, or a worker is another one.
        """
        print(f"run {seed}: {'; '.join(map(str, faults))}", flush=True)
        try:
            print(f"  {_run(self._tree(), faults, seed, self._widths)}", flush=True)
        except BaseException:
            print(self.drop(), flush=True)
            raise

    def end(self) -> None:
        """Ends the tree as a user does.

        Raises:
            AssertionError: something is left.
        """
        try:
            if self._grove is not None:
                self._grove.end()
        except AssertionError:
            print(self.drop(), flush=True)
            raise
        self.drop()

    def drop(self) -> str:
        """Kills the tree; what its programs wrote."""
        logs = self._programs.stop() if self._programs else ""
        self._stack.close()
        self._programs = self._grove = None
        return logs
