"""From what a worker's loop says to messages of the wire, and back: no state, no threads.

`conn.py` decides when something is said; this file how.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from mailroom import _code, errors, failures
from mailroom._base import bodies
from mailroom._wire import wire
from mailroom.worker import tasklogs
from mailroom.worker.tasks import SERVER, Address, Failed, Meta, Task

Letter = tuple[wire.Message, bytes]

BATCH_TASKS = 4_096  # a larger map leaves in several batches, which a boss can begin on at once
BATCH_BYTES = 4 << 20  # of bodies in a batch, and of its header: half of what PROTOCOL.md section 7 allows


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


def to_wire(address: Sequence[int]) -> wire.Address:
    """An address for a message."""
    worker, mailbox, slot = address
    return wire.Address(None if worker == SERVER else worker, mailbox, slot)


def from_wire(address: wire.Address) -> Address:
    """An address out of a message."""
    return Address(SERVER if address[0] is None else address[0], address[1], address[2])


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


def _refuse(text: str) -> None:
    raise RuntimeError(text)


def task_in(header: wire.Task, body: bytes) -> Task:
    """A task out of a SUBMIT."""
    return task_of(
        from_wire(header.return_address),
        header.comp_task_id,
        tuple(from_wire(address) for address in header.breadcrumbs),
        header.runtime,
        header.priority,
        header.name,
        header.meta,
        body,
    )


def task_of(
    address: Sequence[int],
    comp_task_id: int,
    breadcrumbs: Sequence[Sequence[int]],
    runtime: str,
    priority: int,
    name: str,
    packed: bytes,
    body: bytes,
) -> Task:
    """A task as it came; one whose meta cannot be read becomes a task that raises, and so fails."""
    try:
        meta = Meta.unpack(packed)
    except Exception as error:
        meta = Meta()
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
    )


def task_out(task: AnyTask, parent: AnyParent) -> wire.Task:
    """The header of a nested task, which has much of its parent's.

    Raises:
        errors.TooLarge: the task has too many ancestors.
    """
    _check_ancestors(task)
    return wire.Task(
        return_address=to_wire(task.return_address),
        comp_task_id=task.comp_task_id,
        breadcrumbs=tuple(to_wire(address) for address in task.breadcrumbs),
        uuid=None,
        runtime=bodies.runtime_for(parent.runtime, task.serialized_fnargs),
        attempt=0,
        priority=parent.priority,
        flags=0,
        name=_name(task),
        meta=_meta(task, parent),
    )


def child(task: AnyTask, parent: AnyParent) -> tuple[Any, ...]:
    """The same for libmailroom; raises what `task_out` raises."""
    _check_ancestors(task)
    return (
        *(task.return_address, task.comp_task_id, task.breadcrumbs),
        *(bodies.runtime_for(parent.runtime, task.serialized_fnargs), parent.priority),
        *(_name(task), _meta(task, parent), task.serialized_fnargs),
    )


def _check_ancestors(task: AnyTask) -> None:
    if len(task.breadcrumbs) > wire.MAX_BREADCRUMBS:
        raise errors.TooLarge(
            f"A task can have {wire.MAX_BREADCRUMBS} ancestors; this one has {len(task.breadcrumbs)}."
        )


def _name(task: AnyTask) -> str:
    text = str(task).replace("\0", " ").encode(errors="replace")
    return text[: wire.MAX_NAME].decode(errors="ignore")


def _meta(task: AnyTask, parent: AnyParent) -> bytes:
    own = task.logging_level, task.max_logging_depth, task.log_context
    return Meta(*own, parent.output, parent.cluster).pack()


def submits(tasks: Sequence[AnyTask], parent: AnyParent) -> list[Letter]:
    """The messages that submit `tasks`, in order, cut below the limits of a batch.

    Raises:
        errors.TooLarge: as `task_out`.
    """
    headers = [task_out(task, parent) for task in tasks]
    letters: list[Letter] = []
    for cut in _cuts(headers, tasks):
        parts = [task.serialized_fnargs for task in tasks[cut]]
        if len(parts) == 1:
            letters.append((wire.Submit(task=headers[cut][0]), parts[0]))
        else:
            lengths = tuple(len(part) for part in parts)
            letters.append((wire.SubmitBatch(tasks=tuple(headers[cut]), lengths=lengths), b"".join(parts)))
    return letters


def _cuts(headers: Sequence[wire.Task], tasks: Sequence[AnyTask]) -> Iterator[slice]:
    start, size = 0, 0
    for index, (header, task) in enumerate(zip(headers, tasks, strict=True)):
        # an address takes 20 bytes at most, the fixed fields fewer than 100
        cost = max(
            len(task.serialized_fnargs), 100 + 20 * len(header.breadcrumbs) + wire.MAX_NAME + len(header.meta)
        )
        if index > start and (size + cost > BATCH_BYTES or index - start == BATCH_TASKS):
            yield slice(start, index)
            start, size = index, 0
        size += cost
    yield slice(start, len(tasks))


def bodies_of(lengths: Sequence[int], body: bytes) -> Iterator[bytes]:
    """The bodies of a batch, which lie end to end."""
    at = 0
    for length in lengths:
        yield body[at : at + length]
        at += length


def failed(text: str, error: BaseException) -> Failed:
    """What a task raised.

    Args:
        text: where it happened, and the traceback.
        error: the exception, which goes beside where it can be pickled.
    """
    return Failed(errors.TaskFailed.code, failures.cut(text), failures.pack(error, dumps))


def error(task: AnyTask, failed: Failed) -> wire.Error:
    """The ERROR of a task that raised."""
    return wire.Error(
        code=failed.code,
        text=failed.text,
        corr=None,
        uuid=None,
        slot=None,
        task=to_wire(task.return_address),
        root=to_wire(root_of(task)),
    )


def log_record(record: logging.LogRecord, suffix: str = "") -> tuple[int, str, str, bytes]:
    """Level, logger, text and body for the LOG of a task's record; `suffix` is said at its end."""
    text = tasklogs.text_of(record) + suffix
    level = min(max(int(record.levelno), 0), tasklogs.MOST_LEVEL)
    return level, failures.cut(str(record.name), 1_000), text, tasklogs.pickled(record, text)
