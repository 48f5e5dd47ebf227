"""A small worker for Python functions where BQSKit is not installed, with the semantics of BQSKit's Worker.

It differs in what makes it small. One thread does everything: messages are read between the steps of tasks
and where a task asks for its messages, so no state is shared and a receipt is always exact. A boss gives one
task for each WAITING, so there is no queue of delayed tasks, and it sends nothing for a cancelled task after
its CANCEL, so there is no list of cancelled ones.

What a message is on the wire is conn.py's affair.
"""

from __future__ import annotations

import contextvars
import functools
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from mailroom._base import bodies
from mailroom.failures import Raised
from mailroom.worker import _set_runtime, steps, tasklogs
from mailroom.worker.conn import Conn
from mailroom.worker.surroundings import State
from mailroom.worker.tasks import (
    MUST_AWAIT,
    Address,
    Failed,
    Kind,
    Result,
    Task,
    calls,
    check_who_awaits,
    load,
    name_of,
    per_task,
    read,
    read_each,
    read_numbered,
)

RUNTIMES: list[tuple[str, str]] = []
"""What this loop runs beside `python`."""

_ONLY_FUTURES = "A task can only await the futures of mailroom.worker.get_runtime(), and asyncio's."
_AWAITED_BEFORE = "Cannot await a future that was cancelled or was awaited before."


class Future:
    """The result of a nested task, or of a map; to be awaited in the task that made it."""

    def __init__(self, mailbox: int) -> None:
        self.mailbox = mailbox
        self.wants_next = False

    def __await__(self) -> Generator[Future, Any, Any]:
        check_who_awaits()
        return (yield self)

    def result(self, timeout: float | None = None) -> Any:
        """Always raises: a worker that blocks cannot run the task it waits for."""
        raise RuntimeError(MUST_AWAIT)

    def __reduce__(self) -> Any:
        raise TypeError("A future belongs to the task that made it; it cannot be sent to another one.")


@dataclass
class LoopTask(Task):
    """A task on this worker, with its coroutine."""

    coroutine: Coroutine[Future, Any, Any] | None = None
    waits_for: Future | None = None
    owned_mailboxes: list[int] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    surroundings: State | None = None

    def descends_from(self, address: Address) -> bool:
        """Whether `address` is this task or one of its ancestors."""
        return address == self.return_address or address in self.breadcrumbs


def make_task(task: Task) -> LoopTask:
    """The task with what this loop needs to know of it."""
    made = LoopTask.__new__(LoopTask)
    made.__dict__ = {
        **vars(task),
        **{"coroutine": None, "waits_for": None, "surroundings": None, "owned_mailboxes": [], "messages": []},
        "context": contextvars.copy_context(),
    }
    return made


def run(worker_id: int, conn: Conn) -> NoReturn:
    """Is this process's worker."""
    worker = Worker(worker_id, conn)
    _set_runtime(worker)
    worker.run()


class Mailbox:
    """Where the results of one submit or map arrive."""

    def __init__(self, slots: int, single: bool) -> None:
        self.single = single
        self.results: list[Any] = [None] * slots
        self.missing = slots
        self._came = bytearray(slots)  # which of them
        self.fresh: list[tuple[int, Any]] = []
        self.failed: deque[Failed] = deque()
        self.waiter: LoopTask | None = None

    def put(self, slot: int, result: Any) -> None:
        """Takes what came for a slot, once: see PROTOCOL.md section 3, "A boss that goes on"."""
        if self._came[slot]:
            return
        self._came[slot] = True
        self.missing -= 1
        if type(result) is Failed:
            self.failed.append(result)
            return
        self.results[slot] = result
        self.fresh.append((slot, result))

    def has(self, future: Future) -> bool:
        """Whether there is what is waited for, or will not be."""
        return not self.missing or bool(self.failed) or (future.wants_next and bool(self.fresh))

    def take(self, future: Future) -> tuple[Callable[[], Any], Failed | None]:
        """What gives the task what it waited for, or what is to be raised in it."""
        if self.failed:
            return steps.nothing, self.failed.popleft()
        if future.wants_next:
            fresh, self.fresh = self.fresh, []
            return functools.partial(read_numbered, fresh), None
        if self.single:
            return functools.partial(read, self.results[0]), None
        return functools.partial(read_each, self.results), None


class Worker:
    """Runs the tasks that arrive on `conn` for ever.

    Args:
        worker_id: this worker's id in the tree.
        conn: where messages come from and go to.
    """

    def __init__(self, worker_id: int, conn: Conn) -> None:
        self._id = worker_id
        self._conn = conn
        self._tasks: dict[Address, LoopTask] = {}
        self._ready: deque[LoopTask] = deque()
        self._mailboxes: dict[int, Mailbox] = {}
        self._next_mailbox = 0
        self._told = False  # the boss knows that nothing is ready here
        self._active_task: LoopTask | None = None
        tasklogs.install(conn.send_log)
        conn.attach(self, lambda: self._active_task is not None or bool(self._ready))

    def run(self) -> NoReturn:
        """The loop; it ends with the process."""
        fresh = False  # what has come is read, all of it
        while True:
            if not fresh:
                self._read()
            fresh = False
            if self._ready:
                self._step(self._ready.popleft())
                continue
            if not self._told:
                self._conn.send((Kind.WAITING, None))
                self._told = True
            self._handle(*self._conn.recv())
            fresh = True

    # What arrives

    def _read(self) -> None:
        while (said := self._conn.take()) is not None:
            self._handle(*said)

    def _handle(self, kind: Kind, payload: Any) -> None:
        if kind == Kind.SUBMIT:
            self._start(payload)
        elif kind == Kind.RESULT:
            self._deposit(payload)
        elif kind == Kind.CANCEL:
            self._drop(payload)
        elif kind == Kind.COMMUNICATE:
            addresses, message = payload
            for address in addresses:
                if address in self._tasks:
                    self._tasks[address].messages.append(message)

    def _start(self, task: LoopTask) -> None:
        self._told = False
        task.coroutine = steps.call(functools.partial(load, task), task.runtime, self._conn.projects.loaded)
        self._tasks[task.return_address] = task
        self._ready.append(task)

    def _deposit(self, result: Result) -> None:
        box = self._mailboxes.get(result.return_address.mailbox_index)
        if box is None:  # its task was cancelled or is done
            return
        box.put(result.return_address.mailbox_slot, result.result)
        task = box.waiter
        if task is not None and task.waits_for is not None and box.has(task.waits_for):
            box.waiter = None
            self._ready.append(task)
            self._told = (
                False  # also where it is cancelled before its step: the connection counts on a WAITING
            )

    def _drop(self, address: Address) -> None:
        for task in [task for task in self._tasks.values() if task.descends_from(address)]:
            self._forget(task)
            if task is not self._active_task:
                steps.close(task.coroutine)
        self._ready = deque(task for task in self._ready if task.return_address in self._tasks)

    def _forget(self, task: LoopTask) -> None:
        self._tasks.pop(task.return_address, None)
        for mailbox in task.owned_mailboxes:
            self._mailboxes.pop(mailbox, None)

    # Running a task

    def _step(self, task: LoopTask) -> None:
        self._told = False
        self._active_task = task
        assert task.coroutine is not None
        try:
            value: Callable[[], Any] = steps.nothing
            failed = None
            if task.waits_for is not None:
                self._conn.resumes(task)
                value, failed = self._collect(task, task.waits_for)
            self._suspend(task, steps.step(self._conn, task, task.coroutine, value, failed))
        except StopIteration as done:
            self._finish(task, done.value)
        except Raised as raised:
            self._fail(task, raised.error)
        finally:
            self._active_task = None
            if task.return_address not in self._tasks:  # it ended, or was cancelled while it ran
                self._forget(task)
                steps.close(task.coroutine)

    def _collect(self, task: LoopTask, future: Future) -> tuple[Callable[[], Any], Failed | None]:
        box = self._mailboxes[future.mailbox]
        value, failed = box.take(future)
        if not future.wants_next:
            if box.missing:  # one failed, and nobody can await the others any more
                self.cancel(future)
            else:
                self._mailboxes.pop(future.mailbox)
                task.owned_mailboxes.remove(future.mailbox)
        future.wants_next = False  # `next` sets it again; it does not come to that where it raises
        task.waits_for = None
        return value, failed

    def _suspend(self, task: LoopTask, future: object) -> None:
        box = self._mailboxes.get(future.mailbox) if type(future) is Future else None
        if task.return_address not in self._tasks:
            return  # cancelled while it ran
        if box is None or type(future) is not Future:
            self._fail(task, RuntimeError(_AWAITED_BEFORE if type(future) is Future else _ONLY_FUTURES))
            return
        task.waits_for = future
        if box.has(future):
            self._ready.append(task)
        else:
            box.waiter = task

    def _finish(self, task: LoopTask, value: Any) -> None:
        self._read()
        if task.return_address not in self._tasks:
            return  # cancelled while it ran
        result = Result(task.return_address, value, self._id)
        if task.return_address.worker_id == self._id:
            self._deposit(result)
            self._conn.send((Kind.UPDATE, -1))
        else:
            self._conn.send((Kind.RESULT, result))
        for mailbox in list(task.owned_mailboxes):
            if self._mailboxes[mailbox].missing:
                self.cancel(Future(mailbox))
        self._forget(task)

    def _fail(self, task: LoopTask, error: BaseException) -> None:
        if task.return_address in self._tasks:
            if steps.catchable(task):
                self._finish(task, self._conn.failed(error))
            else:
                self._conn.fail(task, error)
                self._forget(task)

    # What a task may ask for; documented in tasks.Runtime

    @property
    def _running(self) -> LoopTask:
        if self._active_task is None:
            raise RuntimeError("Only a running task can use its runtime.")
        return self._active_task

    def _send_out(self, made: list[bytes], names: list[str], contexts: list[dict[str, str] | None]) -> Future:
        parent = self._running
        mailbox = self._next_mailbox
        tasks = [
            LoopTask(
                Address(self._id, mailbox, slot),
                parent.comp_task_id,
                (*parent.breadcrumbs, parent.return_address),
                body,
                names[slot],
                parent.logging_level,
                parent.max_logging_depth,
                {**parent.log_context, **(contexts[slot] or {})},
                parent.runtime,
                parent.priority,
                parent.output,
                parent.cluster,
                parent.session,
            )
            for slot, body in enumerate(made)
        ]
        self._conn.send((Kind.SUBMIT_BATCH, tasks))
        self._next_mailbox += 1
        parent.owned_mailboxes.append(mailbox)
        return Future(mailbox)

    def submit(
        self,
        fn: Callable[..., Any],
        *args: Any,
        task_name: str | None = None,
        log_context: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Future:
        """See tasks.Runtime."""
        body = bodies.call(bodies.PYTHON, fn, args, kwargs)
        future = self._send_out([body], [task_name or name_of(fn)], [log_context])
        self._mailboxes[future.mailbox] = Mailbox(1, single=True)
        return future

    def map(
        self,
        fn: Callable[..., Any],
        *args: Sequence[Any],
        task_name: Sequence[str | None] | str | None = None,
        log_context: Sequence[dict[str, str]] | dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Future:
        """See tasks.Runtime."""
        made = calls(fn, args, kwargs)
        names = [name or name_of(fn) for name in per_task(task_name, len(made), "task_name")]
        future = self._send_out(made, names, per_task(log_context, len(made), "log_context"))
        self._mailboxes[future.mailbox] = Mailbox(len(made), single=False)
        return future

    async def next(self, future: Future) -> list[tuple[int, Any]]:
        """See tasks.Runtime."""
        future.wants_next = True
        fresh: list[tuple[int, Any]] = await future
        return fresh

    def cancel(self, future: Future) -> None:
        """See tasks.Runtime."""
        self._running.owned_mailboxes.remove(future.mailbox)
        box = self._mailboxes.pop(future.mailbox)
        for slot in range(len(box.results)):
            self._conn.send((Kind.CANCEL, Address(self._id, future.mailbox, slot)))

    def communicate(self, future: Future, msg: Any) -> None:
        """See tasks.Runtime."""
        slots = range(len(self._mailboxes[future.mailbox].results))
        addresses = [Address(self._id, future.mailbox, slot) for slot in slots]
        self._conn.send((Kind.COMMUNICATE, (addresses, msg)))

    def get_messages(self) -> list[Any]:
        """See tasks.Runtime."""
        self._read()
        messages, self._running.messages = self._running.messages, []
        return [read(message) for message in messages]

    def get_cache(self) -> dict[str, Any]:
        """See tasks.Runtime."""
        return self._conn.projects.cache(self._running.session)
