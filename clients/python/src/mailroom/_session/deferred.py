"""Calls with futures among their arguments: they are submitted when those are done, and no thread waits.

A pickle meets each future that it holds, wherever that is in the arguments: one that has a value leaves that
there. Where one has none yet, the pickle is made anew when all are done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from mailroom._session.futures import Future, met_by_pickles

P = ParamSpec("P")
T = TypeVar("T")


class Met:
    """The futures that a pickle has met, and whether each has left its value there."""

    def __init__(self) -> None:
        self.futures: dict[Future[Any], bool] = {}

    def pickled(self, dump: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `dump` makes."""
        before = met_by_pickles.get()
        met_by_pickles.set(self.futures)
        try:
            return dump(*args, **kwargs)
        finally:
            met_by_pickles.set(before)

    @property
    def lack(self) -> bool:
        """Whether a value is not there, so that the pickle cannot be used."""
        return bool(self.futures) and not all(self.futures.values())


class _Calls(threading.local):
    """What is to be called in this thread, where one call is the cause of the next."""

    waiting: deque[Callable[[], None]] | None = None


_calls = _Calls()


def _call(then: Callable[[], None]) -> None:
    """Calls it, or has it called when the call is over that this one comes out of: a chain may be long."""
    if _calls.waiting is not None:
        _calls.waiting.append(then)
        return
    _calls.waiting = deque([then])
    try:
        while _calls.waiting:
            _calls.waiting.popleft()()
    finally:
        _calls.waiting = None


def when_done(futures: list[Future[Any]], then: Callable[[], None]) -> None:
    """Calls `then` when all are done, in the thread in which the last one is."""
    lock, left = threading.Lock(), len(futures)

    def one_is_done(_: object) -> None:
        nonlocal left
        with lock:
            left -= 1
            is_last = not left
        if is_last:
            _call(then)

    for one in futures:
        one._ask()
        one.add_done_callback(one_is_done)
