"""The futures of a map's tasks together."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from mailroom import errors
from mailroom._session import shown
from mailroom._session.futures import Future
from mailroom._session.shown import Shown

T = TypeVar("T")


class Bar(Protocol[T]):
    """A map with a progress bar, which moves while somebody iterates or waits."""

    def __iter__(self) -> Iterator[Future[T]]:
        """Gives the futures as they are done."""

    def result(self) -> list[T]:
        """Waits for all, and gives the values in order."""


class MapFuture(Generic[T], Shown):
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

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (self.futures,)

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
            yield self._value(future, end)

    def _value(self, future: Future[T], end: float | None) -> T:
        __tracebackhide__ = True
        future._wait(None if end is None else max(0.0, end - time.monotonic()), self)
        if not future.done():
            raise self._timed_out()
        return future.result(0)

    def result(self, timeout: float | None = None) -> list[T]:
        """All values in order; for arguments and errors see `results`."""
        __tracebackhide__ = True
        end = None if timeout is None else time.monotonic() + timeout
        values = []
        for future in self.futures:  # without a generator, which lets no StopIteration out
            values.append(self._value(future, end))
        return values

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
                if self.futures:
                    self.futures[0]._client._interrupted(self, interrupt)
                raise interrupt.with_traceback(None) from None
            if future is None:
                return
            assert isinstance(future, Future)
            yield future

    def progress(self, *, timeout: float | None = None, **options: Any) -> Bar[T]:
        """Waits with a progress bar, see `mailroom.progress`: `for future in squares.progress(): ...`."""
        made: Bar[T] = shown.bar(self, timeout, options)
        return made

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
