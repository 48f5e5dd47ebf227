"""From what a worker's loop says to what libmailroom takes, and back: no state, no threads.

`conn.py` decides when something is said; this file how.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Sequence
from typing import Any, Protocol

from mailroom import _code, _core, errors, failures
from mailroom._base import bodies, records
from mailroom.worker import tasklogs
from mailroom.worker.functions import Part
from mailroom.worker.tasks import Address, Failed, Meta, Task


class AnyTask(Protocol):
    """What BQSKit's RuntimeTask and the Task of this package have in common."""

    return_address: Any
    comp_task_id: int
    breadcrumbs: tuple[Any, ...]
    serialized_fnargs: bytes
    logging_level: int
    max_logging_depth: int
    log_context: dict[str, str]


class AnyParent(Protocol):
    """What a task of either loop hands on to those that it submits."""

    runtime: str
    priority: int
    output: bool
    cluster: bytes


def root_of(task: AnyTask) -> Sequence[int]:
    """The address of the client's task that `task` belongs to."""
    address: Sequence[int] = task.breadcrumbs[0] if task.breadcrumbs else task.return_address
    return address


def dumps(value: Any) -> bytes:
    """Pickles a result, a message or an exception: by pickle, and by cloudpickle what that cannot."""
    try:
        return _code.dumps_by_pickle(value)
    except Exception:  # of `__main__` of the client, or local
        return _code.dumps(value)


_FAILED = b"\x8c\x15mailroom.worker.tasks\x94\x8c\x06Failed"  # near the beginning of a pickle of one


def failed_in(body: bytes) -> Failed | None:
    """What a nested task raised, out of its result; None: it gave a value, which is not looked at."""
    if _FAILED not in body[:64]:
        return None
    value = _code.loads(body)
    return value if type(value) is Failed else None


def _refuse(text: str) -> None:
    raise RuntimeError(text)


def task_of(
    address: Sequence[int],
    comp_task_id: int,
    breadcrumbs: Sequence[Sequence[int]],
    runtime: str,
    priority: int,
    name: str,
    packed: bytes,
    body: bytes,
    session: int = 0,
    ordinal: int = 0,
    part: Part | None = None,
) -> Task:
    """A task as it came; one whose meta cannot be read becomes a task that raises, and so fails."""
    try:
        meta = Meta.unpack(packed)
    except Exception as error:
        meta, part = Meta(), None
        body = pickle.dumps((_refuse, (f"The meta of this task cannot be read: {error!r}",), {}))
    return Task(
        Address(*address),
        comp_task_id,
        tuple(Address(*one) for one in breadcrumbs),
        body,
        name,
        meta.logging_level or 0,  # BQSKit's "all"
        meta.max_logging_depth,
        meta.log_context,
        bodies.plain_runtime(runtime),
        priority,
        meta.output,
        meta.cluster,
        session,
        ordinal,
        part,
    )


def child(task: AnyTask, parent: AnyParent) -> tuple[Any, ...]:
    """A nested task as libmailroom takes it; it has much of its parent's.

    Raises:
        errors.TooLarge: the task has too many ancestors.
    """
    _check_ancestors(task)
    return (
        *(task.return_address, task.comp_task_id, task.breadcrumbs),
        *(bodies.runtime_for(parent.runtime, shared_of(task) or task.serialized_fnargs), parent.priority),
        *(_name(task), _meta(task, parent), task.serialized_fnargs),
    )


def shared_of(task: AnyTask) -> bytes:
    """What the body of a nested task begins with, beside its own."""
    body = task.serialized_fnargs
    return body.shared if type(body) is bodies.Rest else b""


def _check_ancestors(task: AnyTask) -> None:
    if len(task.breadcrumbs) > _core.MAX_BREADCRUMBS:
        raise errors.TooLarge(
            f"A task can have {_core.MAX_BREADCRUMBS} ancestors; this one has {len(task.breadcrumbs)}."
        )


def _name(task: AnyTask) -> str:
    text = str(task).replace("\0", " ").encode(errors="replace")
    return text[: _core.MAX_NAME].decode(errors="ignore")


def _meta(task: AnyTask, parent: AnyParent) -> bytes:
    own = task.logging_level, task.max_logging_depth, task.log_context
    return Meta(*own, parent.output, parent.cluster).pack()


def failed(text: str, error: BaseException) -> Failed:
    """What a task raised.

    Args:
        text: where it happened, and the traceback.
        error: the exception, which goes beside where it can be pickled.
    """
    return Failed(errors.TaskFailed.code, failures.cut(text), failures.pack(error, dumps))


def log_record(record: logging.LogRecord, suffix: str = "") -> tuple[int, str, str, bytes]:
    """Level, logger, text and body for the LOG of a task's record; `suffix` is said at its end."""
    text = tasklogs.text_of(record) + suffix
    level = min(max(int(record.levelno), 0), tasklogs.MOST_LEVEL)
    return level, failures.cut(str(record.name), 1_000), text, records.pack(record)
