"""Making tasks out of calls: options, bodies and batches. What happens to the tasks then is tasks.py's."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn, ParamSpec, TypeVar

import msgpack

from mailroom import _core, errors
from mailroom._base import bodies
from mailroom._session.deferred import Met
from mailroom._session.futures import Future
from mailroom._session.maps import MapFuture
from mailroom._session.tasks import Header, Tasks

P = ParamSpec("P")
T = TypeVar("T")
Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

MAX_RUNTIME = 31  # bytes
MAX_NAME = 255  # bytes
BATCH_TASKS = 4096
BATCH_BYTES = 8 << 20


@dataclass(frozen=True)
class Options:
    """How tasks are submitted, see `Submitter.options`."""

    name: str | None = None
    priority: int = 128
    runtime: str | None = None
    deliver: bool = True
    keep: bool = True
    log_level: int | None = None
    output: bool = False
    timing: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.priority <= 255:
            raise ValueError(f"a priority is from 0 to 255, not {self.priority}")
        if self.runtime is not None and not 0 < len(self.runtime.encode()) <= MAX_RUNTIME:
            raise ValueError(f"a runtime's name has 1 to {MAX_RUNTIME} bytes: {self.runtime!r}")

    def task(self, name: str, default_runtime: str, cluster: bytes) -> Header:
        """A task's header with these options; `cluster` is that of its broker."""
        level = logging.getLogger().getEffectiveLevel() if self.log_level is None else self.log_level
        name = (
            (name if self.name is None else self.name)
            .encode("utf-8", "replace")[:MAX_NAME]
            .decode("utf-8", "ignore")
        )
        flags = self.deliver * _core.DELIVER | self.keep * _core.KEEP | self.timing * _core.TIMED
        meta = _meta(level, int(self.output), cluster)
        return Header(self.runtime or default_runtime, name, meta, self.priority, flags)


@functools.lru_cache(maxsize=64)
def _meta(level: int, output: int, cluster: bytes) -> bytes:
    packed: bytes = msgpack.packb([level, None, [], output, cluster])
    return packed


def batches(parts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Cuts the bodies of a map into batches below the limits; a body above them is alone in its batch."""
    batch: list[bytes] = []
    size = 0
    for part in parts:
        if batch and (len(batch) >= BATCH_TASKS or size + len(part) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += len(part)
    if batch:
        yield batch


class Submitter:
    """The ways to submit, with options: a `Client` is one, and `options` makes others for the same client.

    Options stand apart from the calls, so that they cannot collide with a function's own arguments:

        client.options(name="sweep", priority=200).submit(solve, matrix, name="a")
    """

    def __init__(self, client: Tasks, options: Options) -> None:
        self._client = client
        self._options = options

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Client cannot go to a worker: a task submits by mailroom.worker.get_runtime(), and to another"
            " cluster by a client of its own"
        )

    def options(
        self,
        *,
        name: str | None = None,
        priority: int | None = None,
        runtime: str | None = None,
        deliver: bool | None = None,
        keep: bool | None = None,
        log_level: int | None = None,
        output: bool | None = None,
    ) -> Submitter:
        """The same client with other options; what is not given stays as it is.

        Args:
            name: what tasks are called in logs and statuses; unless given, as their function is.
            priority: 0 to 255, the higher goes first among this client's tasks; 128 unless given.
            runtime: which kind of worker runs them; `python` for functions, `plain` for bytes unless given.
            deliver: False leaves results at the broker until somebody asks for them (the future's `result`,
                or `Client.result` of a later client of the session).
            keep: whether results stay at the broker until their futures are collected or released, or only
                until they have arrived; as the client was told unless given.
            log_level: the lowest level of the logs that tasks send back; unless given, the root logger's.
            output: whether what tasks print is printed here; as the client was told unless given.
        """
        given = {
            "name": name,
            "priority": priority,
            "runtime": runtime,
            "deliver": deliver,
            "keep": keep,
            "log_level": log_level,
            "output": output,
        }
        changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        return Submitter(self._client, replace(self._options, **changes))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Has a worker call `fn(*args, **kwargs)`.

        Futures among the arguments are waited for, without a thread, and their values take their places.

        Returns:
            The future of what it returns or raises.

        Raises:
            ConnectionLost: the client is closed.
            TooLarge: the pickled call is larger than the broker takes.
            RuntimeError: this is a task of the same cluster, which has `mailroom.worker.get_runtime()`.
            Exception: what pickling raises.
        """
        task, met = self._task(fn), Met()
        body = met.pickled(bodies.call, task.runtime, fn, args, kwargs)
        return self._submit_pickled(task, met, body, (fn, args, kwargs))

    def submit_bytes(self, body: bytes, *, runtime: str | None = None) -> Future[bytes]:
        """Gives bytes to a worker as they are: a plain program's standard input; its output comes back.

        Args:
            body: the bytes.
            runtime: as the option; unless either is given, `plain`. For errors see `submit`.
        """
        return self._client._submit(self._bytes_task(runtime), body, raw=True)

    def map(self, fn: Callable[..., T], /, *iterables: Iterable[Any]) -> MapFuture[T]:
        """Has workers call `fn` with the first of each iterable, with the second of each, and so on.

        All tasks go out at once, in batches of at most 4096 tasks or 8 MiB, but for those with futures among
        their arguments, see `submit`. A task that fails does not end the others. Where the call waits for the
        broker to have room, and is interrupted, it is cancelled.

        Returns:
            The future of all; iterating it gives the values in order. For errors see `submit`.
        """
        task, met = self._task(fn), Met()
        calls = met.pickled(bodies.Calls, task.runtime, fn)
        arguments = zip(*iterables, strict=False)
        if met.lack:
            return _gathered([self.submit(fn, *args)] for args in arguments)
        return _gathered(self._map_parts(task, calls, arguments))

    def map_bytes(self, parts: Iterable[bytes], *, runtime: str | None = None) -> MapFuture[bytes]:
        """`submit_bytes` for each of `parts`, as one map."""
        task = self._bytes_task(runtime)
        return _gathered(self._client._submit_batch(task, b"", batch, raw=True) for batch in batches(parts))

    def _submit_call(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Future[T]:
        """`submit`, but what cannot be pickled, or is too large, is the future's error."""
        task, met = self._task(fn), Met()
        try:
            body = met.pickled(bodies.call, task.runtime, fn, args, kwargs)
        except Exception as error:
            return self._client._unsent(task.name, error)
        try:
            return self._submit_pickled(task, met, body, (fn, args, kwargs))
        except errors.TooLarge as error:
            return self._client._unsent(task.name, error)

    def _submit_pickled(self, task: Header, met: Met, body: bytes, call: Call) -> Future[Any]:
        """Submits a call that was pickled; later, and pickled anew, where values lacked that it needs."""
        if met.lack:
            anew = functools.partial(Met().pickled, bodies.call, task.runtime, *call)
            return self._client._submit_later(task, list(met.futures), anew)
        return self._client._submit(self._client._for_bodies(task, [body]), body, raw=False)

    def _map_calls(self, fn: Callable[..., T], arguments: Iterable[tuple[Any, ...]]) -> list[Future[T]]:
        """`map`, but what cannot be pickled, or is too large, is the error of its future alone."""
        task, met = self._task(fn), Met()
        try:
            calls = met.pickled(bodies.Calls, task.runtime, fn)
        except Exception as error:
            return [self._client._unsent(task.name, error) for _ in arguments]
        if met.lack:
            return [self._submit_call(fn, args, {}) for args in arguments]
        aside: dict[int, Future[T]] = {}

        def parts() -> Iterator[bytes]:
            for number, args in enumerate(arguments):
                met = Met()
                try:
                    part = met.pickled(calls.rest, args)
                except Exception as error:
                    aside[number] = self._client._unsent(task.name, error)
                    continue
                if met.lack:
                    aside[number] = self._submit_call(fn, args, {})
                else:
                    yield part

        sent: list[Future[T]] = []
        try:
            for batch in batches(parts()):
                sent += self._send(task, calls, batch)
        except BaseException:
            for future in (*sent, *aside.values()):  # which nobody else will ever see
                future.cancel()
            raise
        rest = iter(sent)
        return [aside.get(number) or next(rest) for number in range(len(sent) + len(aside))]

    def _send(self, task: Header, calls: bodies.Calls, rests: list[bytes]) -> list[Future[Any]]:
        try:
            return self._send_calls(task, calls, rests)
        except errors.TooLarge as error:
            if len(rests) == 1:
                return [self._client._unsent(task.name, error)]
            return [future for rest in rests for future in self._send(task, calls, [rest])]

    def _send_calls(self, task: Header, calls: bodies.Calls, rests: list[bytes]) -> list[Future[Any]]:
        shared, parts = calls.bodies(rests)
        header = self._client._for_bodies(task, [shared] if shared else parts)
        return self._client._submit_batch(header, shared, parts, raw=False)

    def _task(self, fn: object) -> Header:
        return self._options.task(_name_of(fn), bodies.PYTHON, self._client._cluster())

    def _bytes_task(self, runtime: str | None) -> Header:
        options = self._options if runtime is None else replace(self._options, runtime=runtime)
        return options.task(options.runtime or bodies.PLAIN, bodies.PLAIN, self._client._cluster())

    def _map_parts(
        self, task: Header, calls: bodies.Calls, arguments: Iterable[tuple[Any, ...]]
    ) -> Iterator[list[Future[Any]]]:
        """Submits the calls in batches; one for which a value lacks is a task of its own between two."""
        left, met = iter(arguments), Met()
        later: list[Future[Any]] = []

        def parts() -> Iterator[bytes]:
            nonlocal met
            for args in left:
                met = Met() if met.futures else met
                part = met.pickled(calls.rest, args)
                if met.lack:
                    anew = functools.partial(Met().pickled, calls.whole, args)
                    later.append(self._client._submit_later(task, list(met.futures), anew))
                    return
                yield part

        while True:
            for batch in batches(parts()):
                yield self._send_calls(task, calls, batch)
            if not later:
                return
            yield later[:]
            later.clear()


def _gathered(submits: Iterable[list[Future[T]]]) -> MapFuture[T]:
    """The futures of a map. Where some cannot be submitted, those before, which nobody sees, end."""
    futures: list[Future[T]] = []
    try:
        for some in submits:
            futures += some
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    return MapFuture(futures)


def _name_of(fn: object) -> str:
    return str(getattr(fn, "__qualname__", type(fn).__qualname__))
