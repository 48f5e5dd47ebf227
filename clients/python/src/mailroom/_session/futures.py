"""Futures of tasks: those of concurrent.futures, with a task's uuid, and with `await`; and their submissions.

What happens to a task arrives in the connection's thread, and so do the callbacks of `add_done_callback`:
they must not block, and what they raise is logged. `concurrent.futures.wait` and `as_completed` take these
futures as they are.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import contextvars
import logging
import operator
import os
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from mailroom import errors
from mailroom._base.threads import rest
from mailroom._session.shown import Shown
from mailroom._session.timing import Timing
from mailroom._session.watch import watch

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

NO_KEY = bytes(16)
"""Of a submission that the library has not taken."""

met_by_pickles: contextvars.ContextVar[dict[Any, bool] | None] = contextvars.ContextVar(
    "met_by_pickles", default=None
)
"""Where it is a dict, a future that is pickled puts itself there, with whether its value is in the pickle."""

_claiming = threading.RLock()  # a handler of signals may end futures as well
_FINISHED = concurrent.futures._base.FINISHED
_ENDS = {
    _FINISHED,
    concurrent.futures._base.CANCELLED,
    concurrent.futures._base.CANCELLED_AND_NOTIFIED,
}
_log = logging.getLogger(__name__)


def _after_fork() -> None:
    global _claiming
    _claiming = threading.RLock()  # another thread may have had it


os.register_at_fork(after_in_child=_after_fork)


class Scope(Protocol):
    """What somebody waits for: a future, or a map."""

    def cancel(self) -> bool:
        """Cancels what of it is not done; false if there was nothing."""

    def _members(self) -> tuple[Future[Any], ...]: ...


class Owner(ABC):
    """Who made a future, and does what it asks."""

    @abstractmethod
    def _let_go(self, submission: Submission, slot: int) -> None:
        """A result is not needed any more. It takes no lock: finalizers call it."""

    @abstractmethod
    def _cancelled(self, future: Future[Any]) -> None:
        """A future was cancelled here."""

    @abstractmethod
    def _request(self, future: Future[Any]) -> None:
        """A result that is not delivered by itself is wanted."""

    @abstractmethod
    def _is_running(self, future: Future[Any]) -> bool:
        """Whether the future's task, or one of its map, is running."""

    @abstractmethod
    def _refuse_to_wait(self) -> None:
        """Raises RuntimeError where nothing arrives while the caller waits."""

    def _await(self, future: Future[Any], end: float | None) -> bool:
        """Waits for the future by itself, where that is quicker; says whether it is done.

        Args:
            future: one that is not done.
            end: when to give up, in seconds of the monotonic clock; None: never.
        """
        return False

    @abstractmethod
    def _settled(self, future: Future[Any]) -> None:
        """A future that a thread awaits by itself has ended."""

    @abstractmethod
    def _interrupted(self, scope: Scope, interrupt: BaseException) -> None:
        """A wait was interrupted: the tasks get what is to be done then, the interrupt its text."""


def _call(context: contextvars.Context, fn: Callable[[Any], Any], future: object) -> None:
    try:
        context.run(fn, future)
    except Exception:
        raise  # which is logged
    except BaseException:
        if threading.current_thread() is threading.main_thread():
            raise  # an interrupt, or the end of the program
        _log.exception("a callback of %r ended by what is no Exception", future)


class Submission:
    """What goes under one uuid: a task, or the tasks of one batch.

    Args:
        raw: whether results are bytes as they are.
        keep: whether the broker keeps results until they are released.

    Attributes:
        raw: see above.
        keep: see above.
        tag: its number here and at the library.
        key: the uuid's bytes, once it is submitted.
        kept: how many results the broker keeps until they are released, as far as there are futures for them.
        waiting: the futures that are not done, by their slots.
        context: in which it was submitted, for the logs of its tasks.
    """

    __slots__ = ("_uuid", "context", "keep", "kept", "key", "raw", "tag", "waiting")

    def __init__(self, raw: bool, keep: bool) -> None:
        self.raw, self.keep = raw, keep
        self.tag = self.kept = 0
        self.key: bytes | None = None
        self.waiting: dict[int, Future[Any]] = {}
        self.context = contextvars.copy_context()
        self._uuid: UUID | None = None

    @property
    def uuid(self) -> UUID:
        """Of all its tasks; it is known when they have been submitted."""
        while self.key is None:  # a callback may come before the call that submits has returned
            time.sleep(0)
        if self._uuid is None:
            self._uuid = UUID(bytes=self.key)
        return self._uuid


class Future(concurrent.futures.Future[T], Shown):
    """The result of a task to be; made by `Client.submit` and its kin.

    Most futures of a map are done before anybody asks for them. So what a future of concurrent.futures has
    for those who wait is made when somebody does: half the time of a future, and most of its memory.

    Attributes:
        slot: the task's number in its map, 0 for a single task.
        name: what the task is called in logs and statuses.
    """

    _timing: bytes | None = None  # as it came, see timing.py
    _direct = False  # a thread waits for it by itself, see Owner._await
    _loops: list[tuple[asyncio.AbstractEventLoop, Callable[..., Any]]] | None = None  # where asyncio waits

    def __init__(
        self, client: Owner, submission: Submission, slot: int, name: str, *, delivered: bool
    ) -> None:
        self._state = concurrent.futures._base.PENDING  # what the base class would make, but for what waits
        self._result = self._exception = None
        self.slot = slot
        self.name = name
        self._client = client
        self._asked = delivered  # the result comes without being asked for, or was asked for
        self._end = ""  # how it ended, once it did
        self._submission = submission
        self._kept = submission.keep  # by the broker, as far as it was not told otherwise
        submission.kept += self._kept
        submission.waiting[slot] = self

    def __getattr__(self, name: str) -> Any:
        if name == "_condition":
            with _claiming:  # once it is there, whoever ends the future takes it
                return self.__dict__.setdefault(name, threading.Condition())
        if name in ("_waiters", "_done_callbacks"):
            return self.__dict__.setdefault(name, [])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __del__(self) -> None:
        self._let_go()  # in any thread and at any time, as the garbage collector will: no lock, no socket

    def _let_go(self) -> None:
        """Nobody will fetch the result from the broker again."""
        if self._kept:
            self._kept = False
            self._client._let_go(self._submission, self.slot)

    @property
    def uuid(self) -> UUID:
        """The task's, or of a map the one that all its tasks share."""
        return self._submission.uuid

    @property
    def timing(self) -> Timing | None:
        """How long the task took, and where, where it failed too; None: it has not ended, or nobody knows."""
        return Timing.of(self._timing)

    def __repr__(self) -> str:
        state = "cancelled" if self.cancelled() else "done" if self.done() else "pending"
        return f"<mailroom.Future {self.name!r} {self.uuid}[{self.slot}] {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        met = met_by_pickles.get()
        if met is None:
            raise TypeError(
                f"the future of {self.name or self.uuid} cannot go to a worker by a pickle of your"
                " own: give the task its result(), or the future as an argument of a submit, which waits"
            )
        there = self._state == _FINISHED and self._exception is None
        met[self] = met.get(self, True) and there
        return operator.getitem, ((self._result if there else None,), 0)

    def __await__(self) -> Generator[Any, None, T]:
        """Waits in the running event loop; cancelling the awaiting task cancels this one too.

        An interrupt (SIGINT), which the loop passes on as a cancellation, does what the client was told.
        """
        self._ask()
        return self._awaited(self).__await__()

    async def _awaited(self, scope: Scope) -> T:
        """What `await` does, as a part of `scope`."""
        import asyncio  # who awaits has it; others need not wait for it

        __tracebackhide__ = True
        if self.done():
            return self.result(0)
        # without what the task raised, of which an asyncio.Future does not take all: StopIteration
        done = concurrent.futures.Future[None]()
        super().add_done_callback(lambda future: done.set_result(None))
        with watch:
            before = watch.count
            try:
                await asyncio.shield(asyncio.wrap_future(done))
                if self.cancelled():
                    raise asyncio.CancelledError
                return self.result(0)
            except asyncio.CancelledError as cancelled:
                if watch.count != before:
                    self._client._interrupted(scope, cancelled)
                elif not self.cancelled():
                    scope.cancel()
                raise

    def add_done_callback(self, fn: Callable[[concurrent.futures.Future[T]], Any]) -> None:
        """As in concurrent.futures; `fn` is called in the context (contextvars) in which it is added.

        So what it prints appears under the notebook's cell that added it. What asyncio.wait adds is called in
        its event loop.
        """
        if getattr(fn, "__module__", "") == "asyncio.tasks":  # as the futures of asyncio's own do
            first = self._loops is None
            self._loops = [] if self._loops is None else self._loops
            self._loops.append((sys.modules["asyncio"].get_running_loop(), fn))
            if first:
                super().add_done_callback(self._tell_loops)
            elif self.done():
                self._tell_loops(self)
            return
        context = contextvars.copy_context()
        super().add_done_callback(lambda future: _call(context, fn, future))

    def _tell_loops(self, _: object) -> None:
        while self._loops:
            loop, fn = self._loops.pop()
            with contextlib.suppress(RuntimeError):  # it is closed: nobody waits in it
                loop.call_soon_threadsafe(fn, self)

    def remove_done_callback(self, fn: Callable[[concurrent.futures.Future[T]], Any]) -> int:
        """For asyncio.wait: removes what that has added, and says how many there were."""
        before = self._loops or []
        self._loops = [entry for entry in before if entry[1] is not fn]
        return len(before) - len(self._loops)

    def done(self) -> bool:
        """Whether it has ended: with a value, an exception, or cancelled."""
        return self._state in _ENDS

    def cancel(self) -> bool:
        """Cancels the task, also when it is running; its result will not come.

        The broker is told without waiting for its answer. Of a map it is told when all of its unfinished
        tasks were cancelled; until then one that is cancelled may still run, for nothing.

        Returns:
            False if the task is done already.
        """
        if not self._end_cancelled():
            return self._end == "cancelled"
        self._client._cancelled(self)
        return True

    def running(self) -> bool:
        """Asks the broker whether the task is running; of a map, whether any of its tasks is.

        False in a callback, where nobody can wait for the answer. A running task can be cancelled, unlike
        in concurrent.futures. False too where the broker does not say.
        """
        try:
            return not self.done() and self._client._is_running(self)
        except (errors.MailroomError, TimeoutError):
            return False

    def result(self, timeout: float | None = None) -> T:
        """Waits for the task's value, or raises what it raised.

        Args:
            timeout: seconds; None for ever.

        Raises:
            TimeoutError: it is not done in time.
            CancelledError: it was cancelled.
            MailroomError: it could not run, see `mailroom.errors`.
            KeyboardInterrupt: the wait was interrupted; what became of the task is up to the client's
                `on_interrupt`, and said in the text.
        """
        __tracebackhide__ = True  # of IPython's tracebacks: what is in here helps nobody who reads one
        if self._state != _FINISHED:
            self._wait(timeout, self)
        if self._state == _FINISHED and self._exception is None:
            return self._result  # type: ignore[return-value] # it is one
        error = self._what_it_raised()
        try:
            if error is not None:
                raise error
        finally:
            del error  # its traceback holds this frame
        return super().result(0)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Waits for what the task raises; None if it returns. For arguments and errors see `result`."""
        __tracebackhide__ = True
        self._wait(timeout, self)
        return self._what_it_raised()

    def _what_it_raised(self) -> BaseException | None:
        __tracebackhide__ = True
        if self._state == _FINISHED:
            return self._exception
        try:
            return super().exception(0)
        except concurrent.futures.TimeoutError:
            raise errors.TimedOut(f"the task {self.name or self.uuid} is not done in time") from None

    def _wait(self, timeout: float | None, scope: Scope) -> None:
        """Waits until it is done, as a part of `scope`."""
        __tracebackhide__ = True
        if self.done():
            return
        self._client._refuse_to_wait()
        end = None if timeout is None else time.monotonic() + timeout
        try:
            self._ask()
            if not self._client._await(self, end):
                rest(self, None if end is None else end - time.monotonic())
        except KeyboardInterrupt as interrupt:
            self._client._interrupted(scope, interrupt)
            raise interrupt.with_traceback(None) from None

    def _members(self) -> tuple[Future[Any], ...]:
        return (self,)

    def _ask(self) -> None:
        """Asks for a result that does not come by itself."""
        if not self._asked and not self.done():
            self._asked = True
            self._client._request(self)

    def _after_fork(self, error: BaseException) -> None:
        """In a child: whoever waits gets `error`, without callbacks, which are the parent's."""
        for name in ("_condition", "_waiters", "_done_callbacks", "_loops"):
            self.__dict__.pop(name, None)
        self._kept = False
        self._end, self._exception, self._state = "exception", error, _FINISHED

    # The three ends. The first one counts: a result may come while the task is cancelled here.

    def _claim(self, end: str) -> bool:
        with _claiming:
            first = not self._end
            self._end = self._end or end
        if first and self._direct:
            self._client._settled(self)
        return first

    def _end_result(self, value: T) -> None:
        if not self._end_unseen(value) and self._claim("result"):
            self.set_result(value)

    def _end_unseen(self, value: T) -> bool:
        """Ends it where nobody is to be told, for nobody has ever asked; says whether it has ended."""
        with _claiming:
            if self._end or "_condition" in self.__dict__:
                return bool(self._end)
            self._end = "result"
            self._result = value
            self._state = _FINISHED
        if self._direct:
            self._client._settled(self)
        return True

    def _end_exception(self, error: BaseException) -> None:
        if self._claim("exception"):
            self.set_exception(error)

    def _end_cancelled(self) -> bool:
        if not self._claim("cancelled"):
            return False
        super().cancel()
        self.set_running_or_notify_cancel()  # this is what wakes wait() and as_completed()
        return True
