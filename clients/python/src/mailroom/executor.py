"""An executor of concurrent.futures whose workers are mailroom's."""

from __future__ import annotations

import atexit
import concurrent.futures
import contextlib
import functools
import itertools
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ParamSpec, TypeVar

from mailroom._session.futures import Future
from mailroom.client import DEFAULT_ADDRESS, Client

P = ParamSpec("P")
T = TypeVar("T")

_running: weakref.WeakSet[Executor] = weakref.WeakSet()


def _run_chunk(fn: Callable[..., T], chunk: list[tuple[Any, ...]]) -> list[T]:
    """Calls `fn` for each of a chunk's arguments, at the worker."""
    return [fn(*args) for args in chunk]


class Executor(concurrent.futures.Executor):
    """Runs calls on mailroom's workers; code for a ProcessPoolExecutor needs only this constructor instead.

    Differs from it: functions and arguments may be all that cloudpickle takes, a call may be cancelled while
    it runs, and how many run at once is up to the workers that the broker has.

    Args:
        address: the broker's, as for `Client`.
        client: a client to use instead of one of its own; it stays open.
        options: of `Client`, such as `timeout`.

    Raises:
        ConnectError: no broker answers.
    """

    def __init__(
        self, address: str = DEFAULT_ADDRESS, *, client: Client | None = None, **options: Any
    ) -> None:
        self._own = client is None
        self._client = Client(address, **options) if client is None else client
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._callers = 0  # how many are in `submit` or `map`
        self._pending: set[concurrent.futures.Future[Any]] = set()
        self._shut = self._close_when_done = False
        _running.add(self)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Has a worker call `fn(*args, **kwargs)`, see `Client.submit`.

        Raises:
            RuntimeError: the executor was shut down.
        """
        with self._submitting() as futures:
            futures.append(self._client.submit(fn, *args, **kwargs))
        return futures[0]

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[T]:
        """Gives `fn` of the first of each iterable, of the second of each, and so on, in order.

        Args:
            fn: what to call.
            iterables: its arguments; they are read at once.
            timeout: seconds from now for all values; None for ever.
            chunksize: how many calls make up one task; worth it when they are short.

        Raises:
            RuntimeError: the executor was shut down.
            TimeoutError: from the iterator: a value is not there in time.
            Exception: from the iterator: what the first call that failed raised.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be at least 1")
        end = None if timeout is None else time.monotonic() + timeout
        with self._submitting() as futures:
            if chunksize == 1:
                futures += self._client.map(fn, *iterables).futures
            else:
                calls = zip(*iterables, strict=False)
                chunks = iter(lambda: list(itertools.islice(calls, chunksize)), [])
                futures += self._client.map(functools.partial(_run_chunk, fn), chunks).futures
        values = _values(tuple(futures), end)
        return values if chunksize == 1 else itertools.chain.from_iterable(values)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more calls, and ends the session when those under way are done.

        Args:
            wait: whether to wait for that here.
            cancel_futures: whether to cancel what is under way, also what is running.
        """
        with self._lock:
            self._shut = True
            self._changed.wait_for(lambda: not (wait and self._callers))
            pending = list(self._pending)
        if cancel_futures:
            for future in pending:
                future.cancel()
        if wait:
            concurrent.futures.wait(pending)
            self._close()
        else:
            with self._lock:
                self._close_when_done = True
            self._close_if_done()

    @contextlib.contextmanager
    def _submitting(self) -> Iterator[list[Future[Any]]]:
        """Notes what is submitted, without the lock: a submit may wait, until others are done."""
        with self._lock:
            if self._shut:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._callers += 1
        futures: list[Future[Any]] = []
        try:
            yield futures
        finally:
            with self._lock:
                self._callers -= 1
                self._pending.update(futures)
                self._changed.notify_all()
            for future in futures:
                future.add_done_callback(self._done)
            self._close_if_done()

    def _done(self, future: concurrent.futures.Future[Any]) -> None:
        with self._lock:
            self._pending.discard(future)
        self._close_if_done()

    def _close_if_done(self) -> None:
        with self._lock:
            done = self._close_when_done and not self._pending and not self._callers
        if done:
            self._close()

    def _close(self) -> None:
        _running.discard(self)
        if self._own:
            self._client.close()


def _values(futures: tuple[Future[T], ...], end: float | None) -> Iterator[T]:
    """The futures' values in order; those that nobody will see any more are cancelled."""
    try:
        for future in futures:
            yield future.result(None if end is None else end - time.monotonic())
    finally:
        for future in futures:
            future.cancel()


@atexit.register
def _shut_all() -> None:
    """As ProcessPoolExecutor does: the interpreter ends when what was submitted is done."""
    for executor in list(_running):
        executor.shutdown()
