"""The functions that the Python benchmarks run as tasks, in a module that workers import by name."""

from __future__ import annotations

import time

Span = tuple[float, float]
"""When a task began and ended, in seconds of the machine's monotonic clock, which all processes share."""


def noop(_number: int = 0) -> None:
    """Nothing."""


def nap(seconds: float) -> Span:
    """Sleeps: takes time and no processor, so that more workers than processors can be busy."""
    begin = time.monotonic()
    time.sleep(seconds)
    return begin, time.monotonic()


def spin(seconds: float) -> Span:
    """Works: for tasks that are shorter than the shortest sleep."""
    begin = now = time.monotonic()
    while now < begin + seconds:
        now = time.monotonic()
    return begin, now
