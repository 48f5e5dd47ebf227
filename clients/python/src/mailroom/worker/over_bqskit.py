"""BQSKit's own Worker, unmodified, as the loop of this process, for the runtimes `bqskit` and `python`.

BQSKit's Worker pickles nested tasks by dill. Those of the runtime `python` may go to a worker where neither
dill nor BQSKit is installed, so for them `PythonRuntime` stands before the Worker and hands it a function of
this package with the call pickled by cloudpickle.
"""

from __future__ import annotations

import copy
import inspect
import logging
import pickle
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import bqskit.compiler.task
import bqskit.passes
import bqskit.runtime.worker
import cloudpickle  # type: ignore[import-untyped]
from bqskit.runtime.address import RuntimeAddress
from bqskit.runtime.future import RuntimeFuture
from bqskit.runtime.task import RuntimeTask

from mailroom.worker import _set_runtime
from mailroom.worker.conn import WorkerConn
from mailroom.worker.tasks import MUST_AWAIT, Address, Task, calls, name_of, per_task

RUNTIMES = [("bqskit", version("bqskit"))]

_PLAIN = RuntimeTask((len, (), {}), RuntimeAddress(0, 0, 0), 0, ())


def make_task(task: Task) -> RuntimeTask:
    """A RuntimeTask as if it had been made here; its constructor would pickle the function anew."""
    made = copy.copy(_PLAIN)
    made.serialized_fnargs = task.serialized_fnargs
    made._name = task.name
    made.return_address = _address(task.return_address)
    made.comp_task_id = task.comp_task_id
    made.breadcrumbs = tuple(map(_address, task.breadcrumbs))
    made.logging_level = task.logging_level
    made.max_logging_depth = task.max_logging_depth
    made.log_context = task.log_context
    made.owned_mailboxes = []
    made.msg_buffer = []
    # for its children, see conn.py
    made.runtime = task.runtime
    made.priority = task.priority
    return made


def _address(address: Address) -> RuntimeAddress:
    return RuntimeAddress(*address)


def run(worker_id: int, conn: WorkerConn) -> None:
    """Runs BQSKit's Worker; returns when its loop has died."""
    # BQSKit's Worker sends records to the client; nothing is for this process's own streams
    logging.getLogger("bqskit.runtime").propagate = False
    worker = bqskit.runtime.worker.Worker(worker_id, conn)
    bqskit.runtime.worker._worker = worker
    _set_runtime(PythonRuntime(worker))
    conn.attach(worker, lambda: worker._active_task is not None or not worker._ready_task_ids.empty())
    worker._loop()


async def call(pickled: bytes) -> Any:
    """What a nested task of the runtime `python` is to BQSKit's Worker."""
    fn, args, kwargs = pickle.loads(pickled)
    value = fn(*args, **kwargs)
    return await value if inspect.iscoroutine(value) else value


class PythonFuture(RuntimeFuture):  # type: ignore[misc]
    """BQSKit's future, which says why it cannot be waited for in another way than by await."""

    def result(self, timeout: float | None = None) -> Any:
        """Always raises: a worker that blocks cannot run the task it waits for."""
        raise RuntimeError(MUST_AWAIT)


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
        body = cloudpickle.dumps((fn, args, kwargs))
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
        bodies = calls(fn, args, kwargs)
        names = [name or name_of(fn) for name in per_task(task_name, len(bodies), "task_name")]
        contexts = [context or {} for context in per_task(log_context, len(bodies), "log_context")]
        future = self._worker.map(call, bodies, task_name=names, log_context=contexts)
        return PythonFuture(future.mailbox_id)
