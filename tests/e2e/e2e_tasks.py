"""Functions that the e2e tests run on workers; each that runs can leave a note of it."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Sequence
from typing import TypeVar

from mailroom.worker import get_runtime

T = TypeVar("T")


def note(path: str, line: object) -> None:
    """Adds a line to a file that several processes write to."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def noted(path: str, number: int, value: T) -> T:
    """Notes its number and gives its value back."""
    note(path, number)
    return value


async def noted_below(path: str, numbers: Sequence[int]) -> list[int]:
    """Runs `noted` in a task of its own for each number."""
    return list(await get_runtime().map(noted, [path] * len(numbers), numbers, numbers))


def step(path: str, number: int) -> None:
    """A small task that takes a moment."""
    time.sleep(0.01)
    note(path, number)


async def steps_until(path: str, end: str) -> int:
    """Runs one step after the other until the file `end` is there; how many it were."""
    number = 0
    while not os.path.exists(end):
        await get_runtime().submit(step, path, number)
        number += 1
    return number


async def rounds_until(path: str, end: str, width: int) -> int:
    """Runs rounds of `width` steps at once until the file `end` is there; how many steps it were."""
    done = 0
    while not os.path.exists(end):
        await get_runtime().map(step, [path] * width, range(done, done + width))
        done += width
    return done


def wait_for(path: str) -> str:
    """Holds its worker until a file is there."""
    while not os.path.exists(path):
        time.sleep(0.01)
    return path


def noted_wait(path: str, number: int, end: str) -> int:
    """Notes that it was begun, and holds its worker until the file `end` is there."""
    note(path, number)
    while not os.path.exists(end):
        time.sleep(0.01)
    return number


def process_id(number: int) -> int:
    """Takes long enough for another worker to take the next one."""
    time.sleep(0.05)
    return os.getpid()


def noted_when(stop: str, path: str, number: int, value: T) -> T:
    """As `noted`, once a file is there."""
    wait_for(stop)
    return noted(path, number, value)


def root_of(number: float) -> float:
    """Raises ValueError for a negative number."""
    return math.sqrt(number)


async def nested_sum(first: int, count: int) -> int:
    """The sum of `count` numbers, each of which comes from a task of its own."""
    return sum(await get_runtime().map(abs, range(first, first + count)))


async def nested_to(depth: int) -> int:
    """Each level is a task of the one above it; how deep it went."""
    return 0 if depth == 0 else 1 + await get_runtime().submit(nested_to, depth - 1)


def log_much(lines: int) -> int:
    """Writes so many log records, without a pause."""
    for number in range(lines):
        logging.getLogger("e2e").warning("line %d", number)
    return lines
