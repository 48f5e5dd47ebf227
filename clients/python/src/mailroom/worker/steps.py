"""One step of a task, the same in both loops: what is called, awaited, and raised.

A loop sees three ends: a future that the task awaits; StopIteration with the task's value; Raised, whatever
the task raised, for nothing that a task does may end its worker. A nested task of the runtime `python` that
raises ends with a value instead, a `Failed`, which is raised where its parent awaits it.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from mailroom._base import bodies
from mailroom.failures import Raised, not_here
from mailroom.worker import forked, tasklogs
from mailroom.worker.projects import Project, Projects
from mailroom.worker.surroundings import State, Surroundings
from mailroom.worker.tasks import Failed

Load = Callable[[], tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]


class Steps(Protocol):
    """What a step needs of a task of either loop."""

    runtime: str
    breadcrumbs: tuple[Any, ...]
    context: contextvars.Context
    surroundings: State | None
    session: int
    ordinal: int
    cluster: bytes
    project: Project | None


class Teller(Protocol):
    """What a step needs of the worker's connection."""

    @property
    def foreign(self) -> bool:
        """Whether this is a process that a task has forked off."""

    @property
    def surroundings(self) -> Surroundings:
        """What a task may change of its process."""

    @property
    def projects(self) -> Projects:
        """Whose code is in force."""

    def failed(self, error: BaseException) -> Failed:
        """What the parent of a task gets that raised."""

    def flush_printed(self) -> None:
        """What the step has printed leaves."""


def nothing() -> None:
    """What a task awaited that begins."""


_NO_LOOP = (
    "a task of the runtime bqskit has no event loop: submit it with the runtime python, where an `async def`"
    " may await what asyncio awaits, or call asyncio.run(...) in a function that is not async"
)


async def call(load: Load, runtime: str, loaded: Callable[[], None] = nothing) -> Any:
    """The coroutine of a task: unpickles the function and calls it; between the two it calls `loaded`."""
    try:
        try:
            fn, args, kwargs = load()
            loaded()
        except BaseException as error:
            told = not_here(error, "the function of this task, or its arguments,")
            if told is error:
                raise
            raise told from error
        value = fn(*args, **kwargs)
    except StopIteration as error:  # which a coroutine cannot raise
        raise Raised(error) from None
    if not inspect.iscoroutine(value):
        return value
    if runtime == bodies.PYTHON:
        from mailroom.worker.coroutines import WithAsyncio  # and asyncio, for which most tasks need not wait

        return await WithAsyncio(value)
    try:
        return await value  # BQSKit's passes are coroutines, and may run loops of their own
    except RuntimeError as error:
        if str(error) != "no running event loop":
            raise
        raise RuntimeError(_NO_LOOP) from error


def step(
    conn: Teller,
    task: Steps,
    coroutine: Coroutine[Any, Any, Any],
    value: Callable[[], Any],
    failed: Failed | None,
) -> Any:
    """Runs a task to its next `await`, in its own context; gives what it awaits.

    Args:
        conn: says what it raises.
        task: the task.
        coroutine: its.
        value: gives what it awaited, among its own modules.
        failed: instead of the value.

    A process that the task has forked off, and that comes back here, ends.

    Raises:
        StopIteration: it is done; with its value.
        Raised: it failed.
    """
    surroundings = conn.surroundings
    tasklogs.set_level(task)
    try:
        conn.projects.enter(task)
        surroundings.tell_cluster(task.cluster)
        surroundings.enter(task.surroundings)
        if failed is None:
            awaited = task.context.run(coroutine.send, value())
        else:
            error = bodies.failure(failed.code, failed.text, failed.body)
            awaited = task.context.run(coroutine.throw, error)
        if conn.foreign:
            raise RuntimeError("a process that a task has forked off cannot wait for other tasks")
        return awaited
    except StopIteration:
        if conn.foreign:
            forked.end(None)
        raise
    except BaseException as raised:
        error = raised.error if type(raised) is Raised else raised
        if conn.foreign:
            forked.end(error)
    finally:
        task.surroundings = surroundings.leave()
        conn.projects.leave()
        conn.flush_printed()
    if catchable(task):
        raise StopIteration(conn.failed(error))
    raise Raised(error)


def catchable(task: Steps) -> bool:
    """Whether what the task raises is for its parent, not for its root; with BQSKit no parent is asked."""
    return task.runtime == bodies.PYTHON and bool(task.breadcrumbs)


def close(coroutine: Coroutine[Any, Any, Any] | None) -> None:
    """Ends a task that was cancelled; what its `finally` raises is for nobody."""
    if coroutine is None:
        return
    with contextlib.suppress(BaseException):
        coroutine.close()
