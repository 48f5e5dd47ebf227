"""An executor of concurrent.futures whose workers are mailroom's."""

from __future__ import annotations

import concurrent.futures
import itertools
import os
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, ParamSpec, TypeVar

from mailroom import cluster as cluster  # whose end is registered before an executor's, which so comes first
from mailroom._base.initial import Call, Initial
from mailroom._session.futures import Future
from mailroom._session.pool import Pool
from mailroom.client import Client

P = ParamSpec("P")
T = TypeVar("T")

_OTHERS = {"mp_context", "max_tasks_per_child", "thread_name_prefix"}  # of the standard library's
_ASIDE_S = 5.0  # how long the broker has to say how many workers there are


class Executor(concurrent.futures.Executor):
    """Runs calls on mailroom's workers; code for a ProcessPoolExecutor needs only this constructor instead.

    Differs from it: functions and arguments may be all that cloudpickle takes, a call may be cancelled while
    it runs, and how many run at once is up to the workers that the broker has.

    Args:
        address: the broker's, as for `Client`.
        client: a client to use instead of one of its own; it stays open.
        max_workers: how many tasks libraries that ask for it should keep under way; unless given, as many as
            there are workers. It limits nothing: for a number of workers of your own see `LocalCluster`.
        initializer: what a worker calls before its first call of this executor. It travels with each call.
        initargs: its arguments.
        options: of `Client`, such as `timeout`. Unless given, `keep` is true only with a `session_file` or a
            `session`: results are freed at the broker as they arrive.

    Raises:
        ConnectError: no broker answers.
        TypeError: `address` is none, or `initializer` cannot be called.
        ValueError: `max_workers` is below 1.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        client: Client | None = None,
        max_workers: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        **options: Any,
    ) -> None:
        if address is not None and not isinstance(address, str):
            raise TypeError(
                f"the address of a broker is a text, not {address!r}. How many workers there are is up to the"
                " broker: a LocalCluster(4) has four of its own, for Executor(cluster.address)"
            )
        if others := _OTHERS.intersection(options):
            raise TypeError(
                f"mailroom's Executor takes no {', '.join(sorted(others))}: its workers are the broker's, and"
                " are started there (LocalCluster, mailroom-shim). Leave it out"
            )
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"max_workers must be greater than 0, not {max_workers}")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        options.setdefault("keep", any(options.get(name) is not None for name in ("session_file", "session")))
        own = client is None
        self._client = Client(address, **options) if client is None else client
        self._wanted = max_workers
        self._initial = None if initializer is None else Initial(os.urandom(16), initializer, tuple(initargs))
        self._pool = Pool(self._client, own)
        weakref.finalize(self, self._pool.leave).atexit = False

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Executor cannot go to a worker; a task submits by mailroom.worker.get_runtime()")

    @property
    def workers(self) -> int:
        """How many workers the broker has now.

        Raises:
            TimeoutError: it did not say so in time.
            ConnectionLost: the executor was shut down.
        """
        return self._client.counts(_ASIDE_S)["workers"]

    @property
    def _max_workers(self) -> int:
        """What libraries read that keep a pool busy: dask, adaptive."""
        return self._wanted or max(1, self.workers)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Has a worker call `fn(*args, **kwargs)`, see `Client.submit`.

        What cannot be pickled, or is larger than the broker takes, is the future's error.

        Raises:
            RuntimeError: the executor was shut down.
        """
        with self._pool.submitting() as futures:
            futures.append(self._client._submit_call(self._call(fn), args, kwargs))
        return futures[0]

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """Gives `fn` of the first of each iterable, of the second of each, and so on, in order.

        Args:
            fn: what to call.
            iterables: its arguments; they are read at once, unless there is a `buffersize`.
            timeout: seconds from now for all values; None for ever.
            chunksize: how many calls make up one task; worth it when they are short.
            buffersize: how many tasks are submitted ahead of the values that were taken; None: all.

        Raises:
            RuntimeError: the executor was shut down.
            TimeoutError: from the iterator: a value is not there in time.
            Exception: from the iterator: what the first call that failed raised.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be at least 1")
        if buffersize is not None and not isinstance(buffersize, int):
            raise TypeError("buffersize must be an integer or None")
        if buffersize is not None and buffersize < 1:
            raise ValueError("buffersize must be None or at least 1")
        end = None if timeout is None else time.monotonic() + timeout
        calls: Iterator[tuple[Any, ...]] = zip(*iterables, strict=False)
        if chunksize > 1:
            one_by_one = calls
            calls = ((chunk,) for chunk in iter(lambda: list(itertools.islice(one_by_one, chunksize)), []))
        call = self._call(fn, chunked=chunksize > 1)
        with self._pool.submitting() as futures:
            futures += self._client._map_calls(call, itertools.islice(calls, buffersize))
        more = None if buffersize is None else _more(weakref.ref(self), call, calls)
        values = _values(futures, end, more)
        return values if chunksize == 1 else itertools.chain.from_iterable(values)

    def _call(self, fn: Callable[..., Any], *, chunked: bool = False) -> Callable[..., Any]:
        plain = self._initial is None and not chunked
        return fn if plain else Call(fn, self._initial, chunked=chunked)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more calls, and ends the session when those under way are done.

        An interrupt of it (Ctrl-C) ends it at once, and what is under way with it.

        Args:
            wait: whether to wait for that here.
            cancel_futures: whether to cancel what no worker has begun.

        Raises:
            RuntimeError: with `wait`, in a callback, where nothing arrives.
        """
        self._pool.shutdown(wait, cancel_futures)


def _more(
    executor: weakref.ref[Executor], call: Callable[..., T], calls: Iterator[tuple[Any, ...]]
) -> Iterator[Future[T]]:
    """Submits the calls one by one, as long as there is an executor."""
    for args in calls:
        there = executor()
        if there is None:
            return
        with there._pool.submitting() as futures:
            futures += there._client._map_calls(call, [args])
        del there
        yield from futures


def _values(waiting: list[Future[T]], end: float | None, more: Iterator[Future[T]] | None) -> Iterator[T]:
    """The values in order, each forgotten as it is taken; futures that nobody will see are cancelled."""
    waiting.reverse()
    try:
        while waiting:
            for future in itertools.islice(more or (), 1):
                waiting.insert(0, future)
                del future
            yield _value(waiting, None if end is None else end - time.monotonic())
    finally:
        for future in waiting:
            future.cancel()


def _value(waiting: list[Future[T]], timeout: float | None) -> T:
    """The value of the last one, which is not held any longer than that."""
    future = waiting.pop()
    try:
        return future.result(timeout)
    finally:
        future.cancel()
        del future
