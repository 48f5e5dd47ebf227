"""Passes and functions that the e2e tests run on workers."""

from __future__ import annotations

import logging
import math
import time
from pathlib import Path
from typing import Any

from bqskit.compiler import BasePass
from bqskit.ir import Circuit
from bqskit.runtime import get_runtime


class Fails(BasePass):
    """Raises in a nested task."""

    async def run(self, circuit: Circuit, data: Any) -> None:
        await get_runtime().submit(fail)


def fail() -> None:
    raise ValueError("a pass that fails")


class Logs(BasePass):
    """Logs here and in nested tasks."""

    async def run(self, circuit: Circuit, data: Any) -> None:
        logging.getLogger("e2e").warning("from the pass")
        await get_runtime().map(log, range(3))


def log(number: int) -> None:
    logging.getLogger("e2e").warning("from nested task %d", number)


class Runs(BasePass):
    """Runs nested tasks, each of which adds a byte to a file, until another file is there."""

    def __init__(self, steps: Path, stop: Path) -> None:
        self.steps, self.stop = steps, stop

    async def run(self, circuit: Circuit, data: Any) -> None:
        while not self.stop.exists():
            await get_runtime().submit(step, str(self.steps))


class Steps(BasePass):
    """Runs so many nested tasks, each of which adds a byte to a file."""

    def __init__(self, steps: Path, count: int) -> None:
        self.steps, self.count = steps, count

    async def run(self, circuit: Circuit, data: Any) -> None:
        for _ in range(self.count):
            await get_runtime().submit(step, str(self.steps))


def step(path: str) -> None:
    with Path(path).open("a") as file:
        file.write(".")
    time.sleep(0.01)


def root_of(number: float) -> float:
    """Raises ValueError for a negative number."""
    return math.sqrt(number)
