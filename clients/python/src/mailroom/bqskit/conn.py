"""What a Compiler talks to in place of BQSKit's connection to its server: a session of a mailroom `Client`.

Logs do not come this way: the client emits them as they arrive, before the result of their task.
"""

from __future__ import annotations

import uuid as uuids
from typing import Any

from bqskit.compiler.status import CompilationStatus
from bqskit.compiler.task import CompilationTask
from bqskit.runtime.message import RuntimeMessage

from mailroom import _core
from mailroom._base import bodies
from mailroom._session.futures import Future
from mailroom._session.tasks import Header
from mailroom.client import Client
from mailroom.states import State
from mailroom.worker.tasks import Meta

_STATUS = {
    State.QUEUED: CompilationStatus.RUNNING,
    State.RUNNING: CompilationStatus.RUNNING,
    State.DONE: CompilationStatus.DONE,
    State.FAILED: CompilationStatus.DONE,  # asking for the result raises
}
"""BQSKit has no word for the others: UNKNOWN."""

Said = tuple[RuntimeMessage, Any]


class ServerConn:
    """A session with a broker in the shape of BQSKit's connection.

    `ask` may be used from several threads; `send` and `recv`, which BQSKit's own code calls, from one.

    Args:
        client: the session; it is closed with the connection.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tasks: dict[uuids.UUID, Future[Any]] = {}  # whose results nobody has asked for
        self._answer: Said | None = None
        self.closed = False

    def ask(self, message: RuntimeMessage, payload: Any) -> Said | None:
        """Does what BQSKit's server does with a message, and gives its answer, if it has one.

        Raises:
            Exception: what the task raised, or why there is no answer, see `mailroom.errors`.
        """
        if message == RuntimeMessage.CONNECT:  # the client has sent the import paths itself
            return RuntimeMessage.READY, None
        if message == RuntimeMessage.SUBMIT:
            self._submit(payload)
            return None
        if message == RuntimeMessage.REQUEST:
            return message.RESULT, self._result(payload)
        if message == RuntimeMessage.STATUS:
            return message, self._status(payload)
        if message == RuntimeMessage.CANCEL:
            self._client.cancel(payload)
            self._tasks.pop(payload, None)
            return message, None
        if message == RuntimeMessage.DISCONNECT:
            self.close()
            return message, None
        raise ValueError(f"A compiler does not send {message.name}.")

    def _submit(self, task: CompilationTask) -> None:
        options, cluster = self._client._options, self._client._cluster()
        meta = Meta(task.logging_level or 0, task.max_logging_depth, {}, options.output, cluster)
        # a result is here already when it is asked for, and still there when this process is gone
        flags = _core.DELIVER | _core.KEEP | options.timing * _core.TIMED
        header = Header(bodies.BQSKIT, "CompilationTask", meta.pack(), 128, flags)
        body = bodies.call(bodies.BQSKIT, CompilationTask.run, (task,), {})
        header = self._client._for_bodies(header, [body])
        self._tasks[task.task_id] = self._client._submit(header, body, raw=False, uuid=task.task_id)

    def _result(self, task_id: uuids.UUID) -> Any:
        future = self._tasks.get(task_id)
        if future is None:  # of an earlier session with the same token, or of none
            return self._client.result(task_id)
        try:
            future._wait(None, future)
        finally:
            if future.done():  # else the wait was interrupted
                self._tasks.pop(task_id, None)
        return future.result()

    def _status(self, task_id: uuids.UUID) -> CompilationStatus:
        future = self._tasks.get(task_id)
        if future is not None and future.done():
            return CompilationStatus.DONE
        return _STATUS.get(self._client.status(task_id).state, CompilationStatus.UNKNOWN)

    def send(self, message: Said) -> None:
        """Does what `ask` does; the answer is for `recv`."""
        self._answer = self.ask(*message)

    def recv(self) -> Said:
        """The answer to what was sent last.

        Raises:
            EOFError: there is none, and there will be none.
        """
        answer, self._answer = self._answer, None
        if answer is None:
            raise EOFError
        return answer

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether `recv` has something to give."""
        return self._answer is not None

    def close(self) -> None:
        """Ends the session; it waits at most 2 s for the broker. Safe to call twice."""
        self.closed = True
        self._client.close()
