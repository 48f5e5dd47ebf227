"""What a worker's loop and its connection tell each other, and the runtime that tasks see.

The shapes are those of BQSKit's runtime (RuntimeAddress, RuntimeResult, RuntimeTask), so that one connection
serves BQSKit's own Worker and the small loop of this package alike. Nothing here knows a socket, and nothing
needs BQSKit.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

import msgpack

from mailroom import _code, _core, errors, failures
from mailroom._base import bodies
from mailroom.worker.functions import Call, Part

MUST_AWAIT = "A task cannot block on a nested task: its worker would wait for itself. Await the future."


def check_who_awaits() -> None:
    """Refuses an await in a task of asyncio's, whose loop knows no futures of the runtime.

    Raises:
        RuntimeError: it is one.
    """
    asyncio: Any = sys.modules.get("asyncio")
    loop = None if asyncio is None else asyncio._get_running_loop()
    if loop is not None and isinstance(asyncio.current_task(loop), asyncio.Task):
        raise RuntimeError(
            "A future of get_runtime() is awaited by the task itself, not by one of asyncio's (gather,"
            " TaskGroup, create_task): nested tasks run side by side from their submit on. Submit all, then"
            " await each, or use get_runtime().map."
        )


class Kind(IntEnum):
    """What loop and connection say to each other, by the numbers that BQSKit's messages have too."""

    ERROR = _core.KIND_ERROR
    RESULT = _core.KIND_RESULT
    SUBMIT = _core.KIND_SUBMIT
    SUBMIT_BATCH = _core.KIND_SUBMIT_BATCH
    CANCEL = _core.KIND_CANCEL
    WAITING = _core.KIND_WAITING
    UPDATE = _core.KIND_UPDATE
    COMMUNICATE = _core.KIND_COMMUNICATE


class Address(NamedTuple):
    """A mailbox slot, and the one task whose result belongs there; equal to BQSKit's RuntimeAddress."""

    worker_id: int
    """-1: the server."""
    mailbox_index: int
    mailbox_slot: int


class Result(NamedTuple):
    """A task's result under way to its mailbox; the shape of BQSKit's RuntimeResult."""

    return_address: Address
    result: Any
    completed_by: int


@dataclass(frozen=True)
class Failed:
    """What a nested task raised, under way to its mailbox in place of a result; part of pickles.

    Attributes:
        code: of `errors`.
        text: the traceback, which begins with where it happened.
        body: the exception as `failures.pack` made it; empty where it cannot be pickled.
    """

    code: int
    text: str
    body: bytes


class Came(NamedTuple):
    """What came for a task, and is unpickled when the task gets it, among its own modules.

    Attributes:
        body: the pickle.
        what: it is, for people.
    """

    body: bytes
    what: str


class Unreadable(Exception):
    """It cannot be unpickled.

    Args:
        what: it is.
        error: why not.
    """

    def __init__(self, what: str, error: BaseException) -> None:
        super().__init__(what)
        self.what, self.error = what, error


def read(value: Any) -> Any:
    """What a task gets, unpickled where it came so.

    Raises:
        Unreadable: it cannot be.
    """
    if type(value) is not Came:
        return value
    try:
        return _code.loads(value.body)
    except BaseException as error:
        raise Unreadable(value.what, failures.not_here(error, f"the {value.what}")) from error


def read_each(values: list[Any]) -> list[Any]:
    """The same of each of them."""
    return list(map(read, values)) if any(type(value) is Came for value in values) else values


def read_numbered(values: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """The same of each that has a number."""
    return [(number, read(value)) for number, value in values]


@dataclass
class Task:
    """A task as it came, under the names of BQSKit's RuntimeTask.

    Attributes:
        serialized_fnargs: the pickled `(fn, args, kwargs)`, or what follows `part` there.
        part: what it begins with, where that came by itself.
        runtime: the kind of worker that it needs; its children need the same.
        priority: 0 to 255; its children have the same.
        output: whether its client wants what it prints, and what its children do.
        cluster: of its client, see `Meta`.
        session: whose it is, by the broker's number; 0: not said.
        ordinal: how many tasks came to this worker before it.
        project: whose code is in force while it runs; None until it begins.
    """

    return_address: Address
    comp_task_id: int
    breadcrumbs: tuple[Address, ...]
    serialized_fnargs: bytes
    name: str
    logging_level: int
    max_logging_depth: int
    log_context: dict[str, str]
    runtime: str
    priority: int
    output: bool
    cluster: bytes
    session: int = 0
    ordinal: int = 0
    part: Part | None = None
    project: Any = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Meta:
    """The settings that travel with a task of the runtimes `bqskit` and `python` (PROTOCOL.md section 4).

    Attributes:
        logging_level: log records below it are not made; None makes all of them, as in BQSKit.
        max_logging_depth: tasks with more ancestors make no log records; -1: all may.
        log_context: what the task's log records name beside their text.
        output: whether the client is sent what the task prints.
        cluster: how the task's broker began its boot id, which a client inside the task compares; b"" for
            none.
    """

    logging_level: int | None = logging.WARNING
    max_logging_depth: int = -1
    log_context: dict[str, str] = field(default_factory=dict)
    output: bool = False
    cluster: bytes = b""

    def pack(self) -> bytes:
        """The bytes for a task's `meta`.

        Raises:
            errors.TooLarge: the log_context is.
        """
        depth = None if self.max_logging_depth < 0 else self.max_logging_depth
        context = [text for pair in self.log_context.items() for text in pair]
        more = [int(self.output), self.cluster] if self.output or self.cluster else []
        meta = bytes(msgpack.packb([self.logging_level, depth, context, *more]))
        if len(meta) > _core.MAX_META:
            raise errors.TooLarge(
                f"log_context, with that of the parent, takes {len(meta)} bytes; {_core.MAX_META} at most"
            )
        return meta

    @classmethod
    @functools.lru_cache(maxsize=64)  # a map's tasks have the same
    def unpack(cls, data: bytes) -> Meta:
        """Reads a task's `meta`; an empty one stands for Python's own default, WARNING."""
        if not data:
            return cls()
        level, depth, context, *more = msgpack.unpackb(data)
        pairs = zip(context[::2], context[1::2], strict=True)
        output, cluster = (*more, *(0, b"")[len(more) :])[:2]
        return cls(level, -1 if depth is None else depth, dict(pairs), bool(output), cluster)


class Runtime(Protocol):
    """What a running task may ask of its worker; BQSKit's RuntimeHandle.

    Futures are awaited, in the task that made them. There is no other way to wait: a worker that blocks
    cannot run the task it waits for. What a nested task raises is raised there, with its traceback as the
    cause; of a map the first one that failed, and the others are cancelled.
    """

    def submit(
        self,
        fn: Callable[..., Any],
        *args: Any,
        task_name: str | None = None,
        log_context: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Awaitable[Any]:
        """Makes `fn(*args, **kwargs)` a task of its own; await the future for its result."""

    def map(
        self,
        fn: Callable[..., Any],
        *args: Sequence[Any],
        task_name: Sequence[str | None] | str | None = None,
        log_context: Sequence[dict[str, str]] | dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Awaitable[list[Any]]:
        """Makes a task of each `fn(*one_of_each, **kwargs)`; await the future for the list of results."""

    async def next(self, future: Any) -> list[tuple[int, Any]]:
        """Waits for at least one more result of a map and gives the new ones, each with its index."""

    def cancel(self, future: Any) -> None:
        """Cancels the tasks of a future, and all that they submitted."""

    def communicate(self, future: Any, msg: Any) -> None:
        """Sends a message to the tasks of a future, which read it by `get_messages`."""

    def get_messages(self) -> list[Any]:
        """The messages that came for this task since the last call."""

    def get_cache(self) -> dict[str, Any]:
        """A dict for what is costly to make anew in each task: this session's, in this worker process."""


class Unread(Protocol):
    """A task of either loop that was not called yet."""

    serialized_fnargs: bytes
    part: Part | None
    project: Any


def load(task: Unread, loads: Callable[[bytes], Call] = _code.loads) -> Call:
    """What a task calls, and with what; its body is not needed any more, and is let go.

    Args:
        task: it.
        loads: unpickles a body that came whole; raises what is wrong with it.
    """
    part, body = task.part, task.serialized_fnargs
    task.part, task.serialized_fnargs = None, b""
    call = None if part is None else part.call(body, task.project)
    return call or loads(body if part is None else part.whole(body))


def name_of(fn: Callable[..., Any]) -> str:
    """The name of a task that was given none."""
    return str(getattr(fn, "__name__", None) or type(fn).__name__)


def calls(fn: Callable[..., Any], args: tuple[Sequence[Any], ...], kwargs: dict[str, Any]) -> list[bytes]:
    """The bodies of a map's tasks; the function, with what is the same for all, is pickled once.

    Raises:
        RuntimeError: there is nothing to map over.
    """
    of_all = bodies.Calls(bodies.PYTHON, functools.partial(fn, **kwargs) if kwargs else fn)
    made = of_all.nested(zip(*args, strict=False))
    if not made:
        raise RuntimeError("Unable to map 0 tasks.")
    return made


def per_task(value: Any, count: int, what: str) -> list[Any]:
    """A map's option for each of its tasks: a list as it is, anything else `count` times.

    Raises:
        RuntimeError: the list has another length than the map.
    """
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    if len(values) != count:
        raise RuntimeError(
            f"{what} needs one entry for each of the {count} tasks, or one for all; it has {len(values)}."
        )
    return values
