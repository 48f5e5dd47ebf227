"""BQSKit's own Worker, unmodified, as the loop of this process, for the runtimes `bqskit` and `python`.

BQSKit's Worker pickles nested tasks by dill. Those of the runtime `python` may go to a worker where neither
dill nor BQSKit is installed, so for them `PythonRuntime` stands before the Worker and hands it a function of
this package with the call pickled by cloudpickle.
"""

from __future__ import annotations

import contextvars
import functools
import inspect
import logging
import pickle
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from importlib.metadata import version
from typing import Any

import bqskit.compiler.task
import bqskit.passes
import bqskit.runtime.worker
import dill  # type: ignore[import-untyped]
from bqskit.runtime.address import RuntimeAddress
from bqskit.runtime.future import RuntimeFuture
from bqskit.runtime.task import RuntimeTask
from bqskit.runtime.worker import WorkerMailbox

from mailroom import _code
from mailroom._base import bodies
from mailroom.failures import Raised
from mailroom.worker import _set_runtime, steps, tasklogs
from mailroom.worker.conn import Conn
from mailroom.worker.functions import Part
from mailroom.worker.surroundings import State
from mailroom.worker.tasks import (
    MUST_AWAIT,
    Address,
    Failed,
    Kind,
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

_code.watch_dill()
RUNTIMES = [("bqskit", version("bqskit"))]

_PLAIN = RuntimeTask((len, (), {}), RuntimeAddress(0, 0, 0), 0, ())


class BqskitTask(RuntimeTask):  # type: ignore[misc]
    """BQSKit's task, with mailroom's steps and pickles.

    What it raises does not end the Worker, and what it submits may use what its script defines: plain dill,
    which RuntimeTask pickles with, leaves that out.
    """

    conn: Conn  # of this process
    surroundings: State | None = None
    part: Part | None = None
    session = ordinal = 0
    project: Any = None

    def __init__(
        self,
        fnargs: tuple[Any, Any, Any],
        return_address: RuntimeAddress,
        comp_task_id: int,
        breadcrumbs: tuple[RuntimeAddress, ...],
        logging_level: int | None = None,
        max_logging_depth: int = -1,
        task_name: str | None = None,
        log_context: dict[str, str] | None = None,
    ) -> None:
        """A nested task; overrides RuntimeTask, whose constructor pickles by dill."""
        self.__dict__.update(_PLAIN.__dict__)
        made = fnargs[0] is call
        self.serialized_fnargs = fnargs[1][0] if made else _body(return_address, *fnargs)
        self._name = name_of(fnargs[0]) if task_name is None else task_name
        self.return_address = return_address
        self.comp_task_id = comp_task_id
        self.breadcrumbs = breadcrumbs
        self.logging_level = logging_level or 0
        self.max_logging_depth = max_logging_depth
        self.log_context = log_context or {}
        self.owned_mailboxes: list[int] = []
        self.msg_buffer: list[Any] = []

    def load(self) -> Any:
        """The function and its arguments."""
        return load(self, _code.loads if self.runtime == bodies.PYTHON else _loads_for_dill)

    def run(self) -> Coroutine[Any, Any, Any]:
        """Overrides RuntimeTask.run."""
        return steps.call(self.load, self.runtime, self.conn.projects.loaded)

    def cancel(self) -> None:
        """Overrides RuntimeTask.cancel, which lets a task's `finally` end the Worker."""
        steps.close(self.coro)

    def step(self, send_val: Any = None) -> Any:
        """Overrides RuntimeTask.step, which leaves the root logger's level where a task raises."""
        assert self.coro is not None
        worker = self.conn.worker
        if getattr(self, "desired_box_id", None) is not None:
            self.conn.resumes(self)
        value, failed = self._taken(worker, send_val)
        fresh = bool(getattr(self, "wake_on_next", False))
        reader = read_numbered if fresh else read_each if type(value) is list else read
        self.wake_on_next, self.desired_box_id = False, None
        try:
            return steps.step(self.conn, self, self.coro, functools.partial(reader, value), failed)
        except StopIteration as done:
            self._end(worker, done.value)
            raise
        except (
            Raised
        ):  # nothing of it is awaited any more; BQSKit's Worker would keep it until it is cancelled
            for box in self.owned_mailboxes:
                worker._mailboxes.pop(box, None)
            self.owned_mailboxes = []
            worker._tasks.pop(self.return_address, None)
            raise
        finally:
            _forget_map()

    def _taken(self, worker: bqskit.runtime.worker.Worker, value: Any) -> tuple[Any, Failed | None]:
        """What was awaited, or what of it failed."""
        box = self.desired_box_id
        if type(value) is Failed:
            return None, value
        if box is None or not isinstance(value, list):
            return value, None
        results = [one for _, one in value] if self.wake_on_next else value
        failed = next((one for one in results if type(one) is Failed), None)
        if failed is None:
            return value, None
        if self.wake_on_next:  # the others are for the next time
            rest = [(slot, one) for slot, one in value if one is not failed]
            worker._mailboxes[box].fresh_results[:0] = rest
            worker._mailboxes[box].woken = any(type(one) is Failed for _, one in rest)
        else:
            self._drop(worker, box, len(value))
        return None, failed

    def _end(self, worker: bqskit.runtime.worker.Worker, value: Any) -> None:
        """Cancels what BQSKit's Worker takes for complete, and tells of a `Failed` that stays here."""
        for index in self.owned_mailboxes:
            box = worker._mailboxes[index]
            if isinstance(box, FailedBox) and box.woken:
                self._drop(worker, index, box.expected_num_results)
        if type(value) is Failed and self.return_address.worker_id == worker._id:
            _note_failed(worker, self.return_address)

    def _drop(self, worker: bqskit.runtime.worker.Worker, index: int, slots: int) -> None:
        for slot in range(slots):
            self.conn.send((Kind.CANCEL, Address(worker._id, index, slot)))


_map: tuple[int, bodies.Calls | None] = (-1, None)  # the last one of this step: mailbox, function


def _body(address: RuntimeAddress, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """The body of a task that BQSKit's Worker makes; it makes those of a map one by one."""
    global _map
    if _map[0] != address.mailbox_index:
        calls = bodies.Calls(bodies.BQSKIT, functools.partial(fn, **kwargs) if kwargs else fn)
        _map = (address.mailbox_index, calls if len(calls.shared) >= bodies.LARGE else None)
    if _map[1] is None:
        return bodies.call(bodies.BQSKIT, fn, args, kwargs)
    return _map[1].nested([args])[0]


def _forget_map() -> None:
    global _map
    _map = (-1, None)


class FailedBox(WorkerMailbox):  # type: ignore[misc]
    """The mailbox of a map of which one has failed: who awaits it need not wait for the others."""

    woken = False

    @property
    def ready(self) -> bool:
        """Overrides WorkerMailbox.ready."""
        return self.woken or bool(super().ready)

    def deposit_result(self, result: Any) -> None:
        """Overrides WorkerMailbox.deposit_result."""
        super().deposit_result(result)
        self.woken = self.woken or type(result.result) is Failed


def _note_failed(worker: bqskit.runtime.worker.Worker, address: Sequence[int]) -> None:
    """A nested task failed, and that will be in its mailbox next."""
    box = worker._mailboxes.get(address[1])
    if box is not None and not box.expecting_single_result:
        box.__class__ = FailedBox


def _loads_for_dill(pickled: bytes) -> Any:
    """What a body has that its client may have pickled by dill."""
    _code.check(pickled)
    return dill.loads(pickled)


def make_task(task: Task) -> BqskitTask:
    """A RuntimeTask as if it had been made here; its constructor would pickle the function anew."""
    made = BqskitTask.__new__(BqskitTask)
    made.__dict__.update(_PLAIN.__dict__)
    made.serialized_fnargs, made.part = task.serialized_fnargs, task.part
    made._name = task.name
    made.return_address = _address(task.return_address)
    made.comp_task_id = task.comp_task_id
    made.breadcrumbs = tuple(map(_address, task.breadcrumbs))
    made.logging_level = task.logging_level
    made.max_logging_depth = task.max_logging_depth
    made.log_context = task.log_context
    made.owned_mailboxes = []
    made.msg_buffer = []
    made.context = contextvars.copy_context()
    # for its children, see conn.py
    made.runtime = task.runtime
    made.priority = task.priority
    made.output = task.output
    made.cluster = task.cluster
    made.session = task.session
    made.ordinal = task.ordinal
    return made


def _address(address: Address) -> RuntimeAddress:
    return RuntimeAddress(*address)


def _once(worker: bqskit.runtime.worker.Worker, handle: Callable[[Any], None]) -> Callable[[Any], None]:
    """Takes each result once, of those that come and of those of this worker itself.

    BQSKit's mailboxes count results: a map would end without one of its own. See PROTOCOL.md section 3,
    "A boss that goes on".
    """
    lock = threading.Lock()

    def came_before(box: Any, slot: int) -> bool:
        with lock:
            if not hasattr(box, "came"):
                box.came = bytearray(box.expected_num_results)
            before = bool(box.came[slot])
            box.came[slot] = True
        return before

    def take(result: Any) -> None:
        box = worker._mailboxes.get(result.return_address.mailbox_index)
        if box is None or not came_before(box, result.return_address.mailbox_slot):
            handle(result)

    return take


class _Cancelled:
    """The addresses that were cancelled last, where BQSKit's Worker has a set of all that ever were.

    Nothing comes for a task after its CANCEL: they are for what runs, or is on its way, while it comes. The
    Worker's receiving thread adds while its main thread may go through them.
    """

    MOST = 4096  # as many as one CANCEL has

    def __init__(self) -> None:
        self._addresses: dict[RuntimeAddress, None] = {}  # the oldest first

    def add(self, address: RuntimeAddress) -> None:
        self._addresses[address] = None
        if len(self._addresses) > self.MOST:
            del self._addresses[next(iter(self._addresses))]

    def __contains__(self, address: object) -> bool:
        return address in self._addresses

    def __iter__(self) -> Iterator[RuntimeAddress]:
        return iter(list(self._addresses))


def _unless_cancelled(
    worker: bqskit.runtime.worker.Worker, add: Callable[[RuntimeTask], None]
) -> Callable[[RuntimeTask], None]:
    """Begins a task, but for one that was cancelled before it came.

    BQSKit's Worker passes that over when it is its turn, and keeps it for ever.
    """

    def begin(task: RuntimeTask) -> None:
        addresses = (task.return_address, *task.breadcrumbs)
        if any(address in worker._cancelled_task_ids for address in addresses):
            worker._ready_task_ids.put(task.return_address)  # whose turn it is without a task
        else:
            add(task)

    return begin


def make_worker(worker_id: int, conn: Conn) -> bqskit.runtime.worker.Worker:
    """BQSKit's Worker at a connection."""
    factory = logging.getLogRecordFactory()
    worker = bqskit.runtime.worker.Worker(worker_id, conn)
    # It takes records from their factory: also those that logging then drops, and with what cannot be pickled
    logging.setLogRecordFactory(factory)
    tasklogs.install(conn.send_log)
    BqskitTask.conn = conn
    bqskit.runtime.worker.RuntimeTask = BqskitTask  # what it makes of `submit` and `map`

    def awake() -> bool:
        return worker._active_task is not None or not worker._ready_task_ids.empty()

    def suffix(task: Any) -> str:
        """What BQSKit's Worker says at the end of records."""
        if task.logging_level > logging.DEBUG:
            return ""
        context = ", ".join(f"{key}={value}" for key, value in task.log_context.items())
        return f" [wid={worker._id}{', ' if context else ''}{context}]"

    worker._cancelled_task_ids = _Cancelled()
    worker._handle_result = _once(worker, worker._handle_result)
    worker._add_task = _unless_cancelled(worker, worker._add_task)
    messages = worker.get_messages
    worker.get_messages = lambda: [read(message) for message in messages()]
    worker.get_cache = lambda: conn.projects.cache(worker._active_task.session)
    conn.attach(worker, awake, functools.partial(_note_failed, worker), suffix)
    return worker


def run(worker_id: int, conn: Conn) -> None:
    """Runs BQSKit's Worker; returns when its loop has died."""
    # BQSKit's Worker sends records to the client; nothing is for this process's own streams
    logging.getLogger("bqskit.runtime").propagate = False
    worker = make_worker(worker_id, conn)
    bqskit.runtime.worker._worker = worker
    _set_runtime(PythonRuntime(worker))
    conn.own_thread(worker.incoming_thread)
    worker._loop()


async def call(pickled: bytes) -> Any:
    """What a nested task of `PythonRuntime` is to BQSKit's Worker, which sends what is pickled as it is."""
    fn, args, kwargs = pickle.loads(pickled)
    value = fn(*args, **kwargs)
    return await value if inspect.iscoroutine(value) else value


class PythonFuture(RuntimeFuture):  # type: ignore[misc]
    """BQSKit's future, which says why it cannot be waited for in another way than by await."""

    def result(self, timeout: float | None = None) -> Any:
        """Always raises: a worker that blocks cannot run the task it waits for."""
        raise RuntimeError(MUST_AWAIT)

    def __await__(self) -> Any:
        check_who_awaits()
        return (yield from super().__await__())


class PythonRuntime:
    """The runtime of `python` tasks on BQSKit's Worker; documented in tasks.Runtime."""

    def __init__(self, worker: bqskit.runtime.worker.Worker) -> None:
        self._worker = worker
        self.cancel = worker.cancel
        self.communicate = worker.communicate
        self.get_messages = worker.get_messages
        self.get_cache = worker.get_cache
        self.next = worker.next

    def submit(
        self,
        fn: Callable[..., Any],
        *args: Any,
        task_name: str | None = None,
        log_context: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> PythonFuture:
        """See tasks.Runtime."""
        body = bodies.call(bodies.PYTHON, fn, args, kwargs)
        future = self._worker.submit(
            call, body, task_name=task_name or name_of(fn), log_context=log_context or {}
        )
        return PythonFuture(future.mailbox_id)

    def map(
        self,
        fn: Callable[..., Any],
        *args: Sequence[Any],
        task_name: Sequence[str | None] | str | None = None,
        log_context: Sequence[dict[str, str]] | dict[str, str] | None = None,
        **kwargs: Any,
    ) -> PythonFuture:
        """See tasks.Runtime."""
        made = calls(fn, args, kwargs)
        names = [name or name_of(fn) for name in per_task(task_name, len(made), "task_name")]
        contexts = [context or {} for context in per_task(log_context, len(made), "log_context")]
        future = self._worker.map(call, made, task_name=names, log_context=contexts)
        return PythonFuture(future.mailbox_id)
