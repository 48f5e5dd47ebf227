"""Notices interrupts (SIGINT) while coroutines wait; what one does then is the client's affair.

An interrupt is a KeyboardInterrupt where a thread waits. Where a coroutine waits, the event loop makes a
cancellation of it, as it does of a timeout of asyncio's or of a cancelled task: `Watch` tells these apart.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

Handler = Callable[[int, FrameType | None], Any]


class Watch:
    """Notices interrupts while coroutines wait, in whatever way the event loop then ends their waits.

    It puts a handler before the one that is there when the first wait begins, and takes it away when the last
    one ends, unless somebody else has put another one there meanwhile.
    """

    def __init__(self) -> None:
        self.count = 0  # of the interrupts that came
        self._waits = 0
        self._before: Handler | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Watch:
        if threading.current_thread() is not threading.main_thread():
            return self  # no signal comes here
        current = signal.getsignal(signal.SIGINT)
        if current == self._notice:
            self._waits += 1
        elif callable(current):
            self._before, self._waits = current, 1
            self._loop = sys.modules["asyncio"].get_running_loop()
            signal.signal(signal.SIGINT, self._notice)
        return self

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGINT) != self._notice:
            return
        self._waits -= 1
        if self._waits <= 0:
            signal.signal(signal.SIGINT, self._before)
            self._before = self._loop = None

    def _notice(self, number: int, frame: FrameType | None) -> Any:
        self.count += 1
        if self._loop is not None and not self._loop.is_closed():
            # ipykernel's handler gives the loop a callback by call_soon, which does not wake one that sleeps
            self._loop.call_soon_threadsafe(bool)
        return self._before(number, frame) if self._before is not None else None


watch = Watch()


@contextlib.contextmanager
def insistent() -> Iterator[Callable[[], None]]:
    """Gives what raises an interrupt again that came and went no further: for a wait that only one would end.

    It is raised wherever the main thread is. What it meets there may drop it: a callback of the collector's
    does, and so may a handler of logging.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: None
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> Any:
        came.append(number)
        return before(number, frame)

    def insist() -> None:
        if came:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield insist
    finally:
        if signal.getsignal(signal.SIGINT) is note:
            signal.signal(signal.SIGINT, before)
