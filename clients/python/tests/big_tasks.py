"""What the tests of big maps run on workers."""

from __future__ import annotations

import gc
import os
import uuid
import weakref
from typing import Any

from mailroom.worker import get_runtime

ALIVE: weakref.WeakSet[Summed] = weakref.WeakSet()


class Summed:
    """A function with data, which knows when it was unpickled.

    Args:
        data: it.
    """

    def __init__(self, data: bytes) -> None:
        self.data, self.seen = data, 0
        self.made = ""

    def __getstate__(self) -> dict[str, Any]:
        return {"data": self.data, "seen": self.seen}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.made = uuid.uuid4().hex
        ALIVE.add(self)

    def __call__(self, number: int) -> tuple[int, str, int, int]:
        """Where it ran, of which unpickling, how many tasks it saw before, and the sum."""
        self.seen += 1
        return os.getpid(), self.made, self.seen - 1, len(self.data) + number


def alive(number: int) -> int:
    """How many of them there are in this worker; `number` is not used."""
    gc.collect()
    return len(ALIVE)


async def nested(size: int, count: int, of_bqskit: bool = False) -> Any:
    """A map whose function has data, by a task."""
    if of_bqskit:
        from bqskit.runtime import get_runtime as theirs

        return await theirs().map(Summed(bytes(size)), list(range(count)))
    return await get_runtime().map(Summed(bytes(size)), range(count))


async def nested_named(size: int) -> Any:
    """The same where the data is what all tasks are given by a name."""
    return await get_runtime().map(length, range(3), data=bytes(size))


def length(number: int, data: bytes) -> int:
    """Of the data, with the number added."""
    return len(data) + number


class Odd:
    """A function that cannot be unpickled."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __setstate__(self, state: dict[str, Any]) -> None:
        raise ValueError("it cannot be made here")

    def __call__(self, number: int) -> int:
        return number
