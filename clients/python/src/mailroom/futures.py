"""Futures of tasks: those of concurrent.futures, with a task's uuid, and with `await`.

What happens to a task arrives in the connection's thread, and so do the callbacks of `add_done_callback`:
they must not block, and what they raise is logged. `concurrent.futures.wait` and `as_completed` take these
futures as they are.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mailroom import display, errors, interrupts
from mailroom.progressbar import Progress

if TYPE_CHECKING:
    from mailroom.client import Client
    from mailroom.outstanding import Submission

T = TypeVar("T")

_claiming = threading.Lock()


class Future(concurrent.futures.Future[T]):
    """The result of a task to be; made by `Client.submit` and its kin.

    Attributes:
        uuid: the task's, or of a map the one that all its tasks share.
        slot: the task's number in its map, 0 for a single task.
        name: what the task is called in logs and statuses.
    """

    def __init__(
        self, client: Client, submission: Submission, slot: int, name: str, *, delivered: bool
    ) -> None:
        super().__init__()
        self.uuid = submission.uuid
        self.slot = slot
        self.name = name
        self._client = client
        self._asked = delivered  # the result comes without being asked for, or was asked for
        self._end = ""  # how it ended, once it did
        self._submission, self._at = submission, slot  # what it belongs to, and its slot at the broker
        self._kept = submission.keep  # by the broker, as far as it was not told otherwise
        submission.waiting[slot] = self

    def __del__(self) -> None:
        self._let_go()  # in any thread and at any time, as the garbage collector will: no lock, no socket

    def _let_go(self) -> None:
        """Nobody will fetch the result from the broker again."""
        if self._kept:
            self._kept = False
            self._client._let_go(self._submission, self._at)

    def __repr__(self) -> str:
        state = "cancelled" if self.cancelled() else "done" if self.done() else "pending"
        return f"<mailroom.Future {self.name!r} {self.uuid}[{self.slot}] {state}>"

    def _repr_html_(self) -> str:
        return display.future(self)

    def __await__(self) -> Generator[Any, None, T]:
        """Waits in the running event loop; cancelling the awaiting task cancels this one too.

        An interrupt (SIGINT), which the loop passes on as a cancellation, does what the client was told.
        """
        self._ask()
        return self._awaited(self).__await__()

    async def _awaited(self, scope: Future[Any] | MapFuture[Any]) -> T:
        """What `await` does, as a part of `scope`."""
        __tracebackhide__ = True
        if self.done():
            return super().result()
        with interrupts.watch as watch:
            before = watch.count
            try:
                return await asyncio.shield(asyncio.wrap_future(self))
            except asyncio.CancelledError as cancelled:
                if watch.count != before:
                    interrupts.act(scope, cancelled)
                elif not self.cancelled():
                    scope.cancel()
                raise

    def add_done_callback(self, fn: Callable[[concurrent.futures.Future[T]], Any]) -> None:
        """As in concurrent.futures; `fn` is called in the context (contextvars) in which it is added.

        So what it prints appears under the notebook's cell that added it.
        """
        context = contextvars.copy_context()
        super().add_done_callback(lambda future: context.run(fn, future))

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
        in concurrent.futures.
        """
        return not self.done() and self._client._is_running(self)

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
        error = self.exception(timeout)
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
        try:
            return super().exception(0)
        except concurrent.futures.TimeoutError:
            raise errors.TimedOut(f"the task {self.name or self.uuid} is not done in time") from None

    def _wait(self, timeout: float | None, scope: Future[Any] | MapFuture[Any]) -> None:
        """Waits until it is done, as a part of `scope`."""
        __tracebackhide__ = True
        if self.done():
            return
        self._client._refuse_to_wait()
        try:
            self._ask()
            super().exception(timeout)
        except (concurrent.futures.CancelledError, concurrent.futures.TimeoutError):
            return  # whoever waits sees it
        except KeyboardInterrupt as interrupt:
            interrupts.act(scope, interrupt)
            raise interrupt.with_traceback(None) from None

    def _members(self) -> tuple[Future[Any], ...]:
        return (self,)

    def _ask(self) -> None:
        """Asks for a result that does not come by itself."""
        if not self._asked and not self.done():
            self._asked = True
            self._client._request(self)

    # The three ends. The first one counts: a result may come while the task is cancelled here.

    def _claim(self, end: str) -> bool:
        with _claiming:
            first = not self._end
            self._end = self._end or end
        return first

    def _end_result(self, value: T) -> None:
        if self._claim("result"):
            self.set_result(value)

    def _end_exception(self, error: BaseException) -> None:
        if self._claim("exception"):
            self.set_exception(error)

    def _end_cancelled(self) -> bool:
        if not self._claim("cancelled"):
            return False
        super().cancel()
        self.set_running_or_notify_cancel()  # this is what wakes wait() and as_completed()
        return True


class MapFuture(Generic[T]):
    """What a map's tasks give; made by `Client.map` and its kin. Iterating gives the values in order.

    Attributes:
        futures: of the tasks, in the order of the map's arguments.
        uuids: of the batches that the map was cut into, in order.
    """

    def __init__(self, futures: Sequence[Future[T]]) -> None:
        self.futures = tuple(futures)
        self.uuids = tuple(dict.fromkeys(future.uuid for future in self.futures))

    def __len__(self) -> int:
        return len(self.futures)

    def __iter__(self) -> Iterator[T]:
        return self.results()

    def __repr__(self) -> str:
        failed = sum(future._end == "exception" for future in self.futures)
        and_failed = f", {failed} failed" if failed else ""
        return f"<mailroom.MapFuture {self.count_done()} of {len(self)} done{and_failed}>"

    def _repr_html_(self) -> str:
        return display.map_future(self)

    def __await__(self) -> Generator[Any, None, list[T]]:
        """All values, in order; the first task that failed raises. For cancelling see `Future.__await__`."""
        for future in self.futures:
            future._ask()
        return self._awaited().__await__()

    async def _awaited(self) -> list[T]:
        __tracebackhide__ = True
        values = []
        for future in self.futures:  # a comprehension would be a frame of its own
            values.append(await future._awaited(self))
        return values

    def results(self, timeout: float | None = None) -> Iterator[T]:
        """Gives the values in order, each as soon as it and all before it are there.

        Args:
            timeout: seconds from now for all of them; None for ever.

        Raises:
            TimeoutError: they are not done in time.
            Exception: what the first task that failed raised.
            KeyboardInterrupt: the wait was interrupted; what became of the map is up to the client's
                `on_interrupt`, and said in the text.
        """
        return self._results(None if timeout is None else time.monotonic() + timeout)

    def _results(self, end: float | None) -> Iterator[T]:
        __tracebackhide__ = True
        for future in self.futures:
            future._wait(None if end is None else max(0.0, end - time.monotonic()), self)
            if not future.done():
                raise self._timed_out()
            yield future.result(0)

    def result(self, timeout: float | None = None) -> list[T]:
        """All values in order; for arguments and errors see `results`."""
        __tracebackhide__ = True
        return list(self.results(timeout))

    def as_completed(self, timeout: float | None = None) -> Iterator[Future[T]]:
        """Gives the futures as they are done, those that failed too.

        Args:
            timeout: seconds from now for all of them; None for ever.

        Raises:
            TimeoutError: they are not done in time.
            KeyboardInterrupt: see `results`.
        """
        for future in self.futures:
            future._ask()
        return self._as_completed(concurrent.futures.as_completed(self.futures, timeout))

    def _timed_out(self) -> TimeoutError:
        done = self.count_done()
        return errors.TimedOut(f"{len(self) - done:,} of {len(self):,} tasks are not done in time")

    def _as_completed(self, completed: Iterator[concurrent.futures.Future[T]]) -> Iterator[Future[T]]:
        __tracebackhide__ = True
        while True:
            try:
                future = next(completed, None)
            except concurrent.futures.TimeoutError:
                raise self._timed_out() from None
            except KeyboardInterrupt as interrupt:
                interrupts.act(self, interrupt)
                raise interrupt.with_traceback(None) from None
            if future is None:
                return
            assert isinstance(future, Future)
            yield future

    def progress(self, *, timeout: float | None = None, **options: Any) -> Progress[T]:
        """Waits with a progress bar, see `mailroom.progress`: `for future in squares.progress(): ...`."""
        return Progress(self, timeout, options)

    def partial(self) -> dict[int, T]:
        """The values that are there now, by their number in the map, of the tasks that did not fail."""
        return {
            number: future.result()
            for number, future in enumerate(self.futures)
            if future._end == "result" and future.done()
        }

    def done(self) -> bool:
        """Whether all tasks are done."""
        return all(future.done() for future in self.futures)

    def count_done(self) -> int:
        """How many tasks are done, cancelled and failed ones with them."""
        return sum(future.done() for future in self.futures)

    def cancel(self) -> bool:
        """Cancels all tasks that are not done; false if there was none."""
        return sum(future.cancel() for future in self.futures if not future.done()) > 0

    def _members(self) -> tuple[Future[Any], ...]:
        return self.futures
