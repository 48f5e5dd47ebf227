"""The way of a result straight to the thread that waits for it, where that is all that is waited for.

A thread that waits for its only task drives the socket itself, so nobody need be woken between the two; the
connection's thread is a spare meanwhile, and takes what the other one does not: logs, errors, what cannot be
unpickled, futures of which somebody else is to be told.

A result stays at the library until it is settled. So an interrupt, which can come at any moment to the main
thread, loses nothing: what that has not settled the connection's thread takes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any, Protocol

from mailroom import _core
from mailroom._base import bodies
from mailroom._base.threads import at_once, milliseconds, rest
from mailroom._session.futures import Future
from mailroom._session.outstanding import Outstanding


class Core(Protocol):
    """What the connection's thread needs of the library's client, or of one that pyzmq drives."""

    def wait(self, what: int, timeout: int, /) -> int:
        """See `_core.Client`."""

    def take(self) -> list[tuple[Any, ...]]:
        """See `_core.Client`."""


def take(core: Core, direct: Direct | None, timeout: int) -> list[tuple[Any, ...]]:
    """Drives the socket until something comes, or leaves that to who awaits a result; gives what there is.

    Args:
        core: the library's client.
        direct: its; None where there is no such way.
        timeout: ms; below 0: for ever.
    """
    if direct is None:
        core.wait(_core.WAIT_EVENTS, timeout)
        return core.take()
    spare, direct.busy = direct.in_use, False
    core.wait(_core.WAIT_EVENTS | spare * _core.WAIT_SPARE, timeout)
    direct.busy = True
    events = core.take()
    if spare and events:
        direct.in_use = False
    return events


class Direct:
    """What a correspondence does for who waits for its only future.

    Args:
        core: the library's client.
        outstanding: what is waited for.

    Attributes:
        in_use: whether the connection's thread leaves the socket to who awaits a result.
        busy: whether that thread has taken something; what comes after that waits for its callbacks and logs.
    """

    def __init__(self, core: _core.Client, outstanding: Outstanding) -> None:
        self.in_use = self.busy = False
        self._core, self._outstanding = core, outstanding
        self._waiting = threading.Lock()  # one thread at a time

    def bring(self, future: Future[Any], end: float | None) -> bool:
        """Waits for a future, and ends it.

        Args:
            future: one that is not done.
            end: when to give up, in seconds of the monotonic clock; None: never.

        Returns:
            Whether it is done. If not, it comes by the connection's thread.
        """
        if self.busy or not self._outstanding.is_alone(future) or not self._waiting.acquire(blocking=False):
            return False
        ended = False
        try:
            future._direct = True  # from here on its end settles it, whoever brings that about
            self.in_use = True
            ended = self._await(future, end)
        except _core.Error:
            pass  # it was closed, which ends the future
        finally:
            future._direct = False
            if not ended or self._outstanding:
                self._hand_over()
            self._waiting.release()
        return future.done()

    def _await(self, future: Future[Any], end: float | None) -> bool:
        submission = future._submission
        got = self.wait(future, end)
        if isinstance(got, int) or self.busy:
            return bool(future._end)
        body, future._timing = got
        try:
            value = bodies.result(body, raw=submission.raw)
        except Exception:  # of a class of the task's: the other thread makes its exception of it
            return False
        except BaseException as error:
            if not self._is_its_own(future, error, end):
                raise
            return False
        if not future._end_unseen(value):
            return False
        self._outstanding.take(submission.tag, future.slot)
        return True

    def _is_its_own(self, future: Future[Any], error: BaseException, end: float | None) -> bool:
        """Whether a result raises this as it is unpickled: it may be an interrupt, or a signal handler's.

        The other thread, which no signal comes to, unpickles it too.
        """
        future._direct = False
        self._hand_over()
        rest(future, None if end is None else end - time.monotonic())
        return future.done() and type(future._exception) is type(error)

    def wait(self, future: Future[Any], end: float | None) -> tuple[bytes, bytes | None] | int:
        """Waits until a future has ended, or its result has come: body and times, or the library's code."""
        got: tuple[bytes, bytes | None] | int = _core.EINTR
        left: float | None = None
        now = left
        while (got == _core.EINTR or (got == _core.ETIMEDOUT and now != left)) and not future._end:
            left = None if end is None else max(0.0, end - time.monotonic())
            now = at_once(left)
            got = self._core.await_result(future._submission.tag, future.slot, milliseconds(now))
        return got

    def _hand_over(self) -> None:
        """Has the connection's thread drive the socket, and take what there is."""
        self.in_use = False
        with contextlib.suppress(_core.Error):
            self._core.interrupt()

    def settle(self, future: Future[Any]) -> None:
        """A future that a thread awaits has ended: that wait ends, and its result is dropped."""
        with contextlib.suppress(_core.Error):
            self._core.settle(future._submission.tag, future.slot)
