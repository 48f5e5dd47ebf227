"""Maps of tasks that take their time: what a worker has ahead is neither too little nor too much."""

from __future__ import annotations

import heapq
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pools import REFERENCE, WORKERS, Answer, Build, Load, Turns, field, in_turn
from programs import Programs
from router_bench import Effort
from table import Figure

MANY = 4
"""Workers of the mixes."""
LOOPS = {"mailroom": "", "mailroom with BQSKit's Worker": ", BQSKit's Worker"}


@dataclass(frozen=True)
class Tasks:
    """A map of tasks of known lengths."""

    name: str
    function: str
    lengths: Sequence[float]
    workers: int = WORKERS
    target: str = ""


def ideal(spans: Sequence[Sequence[float]], workers: int) -> list[float]:
    """When these tasks would end if each, in this order, began as soon as a worker is free."""
    free = [0.0] * workers
    ends = []
    for begin, end in spans:
        ends.append(free[0] + end - begin)
        heapq.heapreplace(free, ends[-1])
    return ends


def _makespans(build: Build, tasks: Tasks, turns: int, mine: str = "mailroom") -> Turns:
    """mailroom and the reference with the same tasks, in turn."""
    sides = (mine, REFERENCE)
    loads = [Load(build, side, workers=tasks.workers) for side in sides]
    try:
        for load in loads:
            load.warm("map")
        arguments = {"function": tasks.function, "lengths": list(tasks.lengths)}
        return in_turn(turns, *(partial(load.ask, "timed", **arguments) for load in loads))
    finally:
        for load in loads:
            load.close()


def _against_best(
    name: str, answers: Sequence[Answer], pair: Callable[[Answer], tuple[float, float]], target: str = ""
) -> Figure:
    pairs = [pair(answer) for answer in answers]
    ratio = statistics.median(took / least for took, least in pairs)
    took, least = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Figure(name, took, least, "s (best possible)", ratio, target)


def _all(answer: Answer, workers: int) -> tuple[float, float]:
    """The makespan, and the best possible."""
    return answer["makespan"], max(ideal(answer["spans"], workers))


def _short(answer: Answer, workers: int, long: int) -> tuple[float, float]:
    """When the last of the short ones ended, and would have ended at best."""
    ends = [end for _, end in answer["spans"]], ideal(answer["spans"], workers)
    took, least = (max(side[:long] + side[long + 1 :]) for side in ends)
    return took, least


def alike(build: Build, quick: bool) -> Iterator[Figure]:
    """Tasks of one length."""
    part = 4 if quick else 1
    for tasks in (
        Tasks("tasks of 10 us", "spin", [10e-6] * (8000 // part)),
        Tasks("tasks of 1 ms", "nap", [1e-3] * (1000 // part), target="<= 1.05"),
        Tasks("tasks of 100 ms", "nap", [0.1] * (24 // part), target="<= 1.05"),
    ):
        seen = _makespans(build, tasks, 3)
        pair = partial(_all, workers=tasks.workers)
        yield _against_best(f"{tasks.name}: makespan", seen.mine, pair, tasks.target)
        yield seen.figure(f"{tasks.name}: makespan, against {REFERENCE}", field("makespan"), "s")


def mixes(build: Build, quick: bool) -> Iterator[Figure]:
    """One long task among short ones: in the middle, where workers have come to expect short ones."""
    half, long = (150, 1.0) if quick else (500, 10.0)
    for side, suffix in LOOPS.items():
        name = f"{long:.0f} s among {2 * half:,} of 1 ms, {MANY} workers{suffix}"
        tasks = Tasks(name, "nap", [*[0.001] * half, long, *[0.001] * half], MANY)
        seen = _makespans(build, tasks, 3 if quick else 1, side)
        yield _against_best(f"{name}: makespan", seen.mine, partial(_all, workers=MANY), "<= 1.05")
        short = partial(_short, workers=MANY, long=half)
        yield _against_best(f"{name}: until the short ones are done", seen.mine, short, "<= 2")
        yield _against_best(f"{name}: the same with {REFERENCE}", seen.other, short)


def prefetch(programs: Programs, quick: bool, _effort: Effort) -> Iterator[Figure]:
    """Makespans against the best possible, and against the reference's."""
    build = Build(sys.executable, programs.build)
    yield from alike(build, quick)
    yield from mixes(build, quick)


BENCHMARKS: dict[str, Callable[[Programs, bool, Effort], Iterator[Figure]]] = {"prefetch": prefetch}
