"""The client: a session with a broker, its tasks, and what the broker says about them.

Who keeps the connection up is connection.py; how calls become tasks is submit.py; futures.py is what users
hold.
"""

from __future__ import annotations

import atexit
import concurrent.futures
import contextlib
import itertools
import logging
import os
import sys
import uuid as uuids
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from mailroom import bodies, errors, wire
from mailroom.connection import EXPIRY_MS, HEARTBEAT_MS, Connection
from mailroom.futures import Future, MapFuture
from mailroom.outstanding import Outstanding
from mailroom.submit import Options, Submitter

DEFAULT_ADDRESS = "tcp://127.0.0.1:7472"
DEFAULT_PORT = 7472
_GOODBYE_S = 2.0  # how long closing waits for the broker's answer
_ASIDE_S = 5.0  # how long Future.running waits for the broker's answer

M = TypeVar("M", bound=wire.Message)
State = wire.State
TaskId = Future[Any] | uuids.UUID
_Question = wire.Status | wire.Cancel | wire.Disconnect

_MOST_ALIVE = (State.RUNNING, State.QUEUED, State.FAILED, State.CANCELLED, State.DONE)

_log = logging.getLogger(__name__)
_open: weakref.WeakSet[Client] = weakref.WeakSet()


@dataclass(frozen=True)
class Status:
    """What the broker knows of a task, or of a map's tasks together.

    Attributes:
        state: of a map the first of running, queued, failed, cancelled, done that any of its tasks is in.
        total: how many tasks there are: 1, or the map's.
        queued: how many of them wait, and so on.
        attempts: how often it was started.
        manager: who has it, if anybody does.
        why: what it waits for, if it does.
    """

    state: State
    total: int
    queued: int
    running: int
    done: int
    failed: int
    cancelled: int
    attempts: int
    manager: str | None
    why: str | None


def endpoint(address: str) -> str:
    """The endpoint of ZeroMQ's for what a user writes: `host`, `host:port`, `tcp://host[:port]` or `ipc://path`."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "tcp", address
    if scheme != "tcp":
        return address
    host, colon, port = rest.rpartition(":")
    if not colon or rest.endswith("]"):
        host, port = rest, str(DEFAULT_PORT)
    return f"tcp://{host or '127.0.0.1'}:{port or DEFAULT_PORT}"


class Client(Submitter):
    """A session with a broker. It may be used from several threads, and is closed by `with` or `close`.

    Tasks' logs arrive as records of the loggers of this process, of the names that they had. If the broker
    was started anew, or was out of reach for too long, all unfinished futures fail with `ConnectionLost`; the
    client itself goes on.

    Args:
        address: the broker's: `host`, `host:port` (7472 unless given) or an endpoint of ZeroMQ's.
        session: the token of an earlier client's session, to go on with it; None begins a new one.
        timeout: seconds to wait for the broker.
        paths: folders that workers append to their `sys.path`; this process's unless given, () for none.
        detach: whether the session's tasks run on when the client is closed or the process ends; see `close`.
        name: of this client, for people and logs; the host and process unless given.
        heartbeat: seconds of silence after which the broker is asked for a sign of life.
        expiry: seconds that the link outlives a broken connection.

    Raises:
        ConnectError: no broker answers; the text says what happened.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        session: bytes | None = None,
        timeout: float = 10.0,
        paths: Sequence[str] | None = None,
        detach: bool = False,
        name: str | None = None,
        heartbeat: float = HEARTBEAT_MS / 1000,
        expiry: float = EXPIRY_MS / 1000,
    ) -> None:
        super().__init__(self, Options())
        if session is not None and len(session) != 16:
            raise ValueError("a session's token has 16 bytes")
        self.address = endpoint(address)
        self.session = os.urandom(16) if session is None else session
        self._paths = [os.path.abspath(path) for path in (sys.path if paths is None else paths)]
        self._detach = detach
        self._closed = False
        self._outstanding = Outstanding()
        self._corrs = itertools.count(1)
        self._answers: dict[int, concurrent.futures.Future[wire.Message]] = {}
        self._connection = Connection(
            self.address,
            role=wire.Role.CLIENT,
            on_message=self._on_message,
            on_up=self._on_up,
            on_lost=self._on_lost,
            session=self.session,
            heartbeat=int(heartbeat * 1000),
            expiry=int(expiry * 1000),
            name=f"{os.uname().nodename}:{os.getpid()}" if name is None else name,
            start=False,
        )
        self._connection.start()
        try:
            self._connection.wait(timeout)
        except BaseException:
            self._connection.close()
            raise
        _open.add(self)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{len(self._outstanding)} tasks"
        return f"<mailroom.Client {self.address} {state}>"

    # -- asking the broker

    @property
    def resumed(self) -> bool:
        """Whether the broker knew this session's token, so that its tasks are still there."""
        welcome = self._connection.welcome
        return welcome is not None and welcome.session == self.session

    def status(self, task: TaskId, timeout: float | None = None) -> Status:
        """Asks for the state of a task (or of all of a map's), by its future or uuid.

        Args:
            task: an unknown one has the state UNKNOWN.
            timeout: seconds to wait for the answer; None for ever.

        Raises:
            NotOwner: it belongs to another session.
            TimeoutError: the broker did not answer in time.
            ConnectionLost: the client is closed, or the link was lost meanwhile.
        """
        answer = self._ask(wire.Status(uuid=_uuid_of(task)), wire.Status, timeout)
        return Status(
            State(answer.state),
            *(answer.total, answer.queued, answer.running, answer.done, answer.failed, answer.cancelled),
            *(answer.attempts, answer.manager, answer.why),
        )

    def result(self, task: TaskId, timeout: float | None = None, *, raw: bool = False) -> Any:
        """Waits for the result of a task, also of one that an earlier client of the session submitted.

        Args:
            task: a future or a uuid. Of a map, the uuid of each of its batches; the result is then a list.
            timeout: seconds; None for ever.
            raw: of a uuid: whether the result is bytes as they are (of `submit_bytes`), not a pickled value.

        Raises:
            UnknownTask: there is none of that uuid, or its result was delivered before.
            Exception: see `Future.result` and `status`.
        """
        if isinstance(task, Future):
            return task.result(timeout)
        futures = self._outstanding.find(task) or self._adopt(task, raw, timeout)
        values = MapFuture(futures).result(timeout)
        return values if len(values) > 1 else values[0]

    def _adopt(self, uuid: uuids.UUID, raw: bool, timeout: float | None) -> list[Future[Any]]:
        """Futures for a task of which only the uuid is known."""
        status = self.status(uuid, timeout)
        if status.state is State.UNKNOWN:
            raise errors.UnknownTask(f"no task {uuid}, or its result was delivered")
        futures = self._futures(uuid, status.total, "", delivered=True)
        self._outstanding.add(futures, raw)
        self._send(wire.Request(corr=next(self._corrs), uuid=uuid, slot=None))
        return futures

    def cancel(self, task: TaskId | MapFuture[Any], timeout: float | None = None) -> State:
        """Cancels a task, or all tasks of a map, and waits until the broker says so.

        Args:
            task: a future or a uuid (of a map, of one of its batches), or a map.
            timeout: seconds to wait for each answer; None for ever.

        Returns:
            The state before; UNKNOWN for a task that is not there. For errors see `status`.
        """
        if isinstance(task, MapFuture):
            states = [self.cancel(uuid, timeout) for uuid in task.uuids]
            return next((state for state in _MOST_ALIVE if state in states), State.UNKNOWN)
        uuid = _uuid_of(task)
        answer = self._ask(wire.Cancel(uuid=uuid), wire.Cancel, timeout)
        for future in self._outstanding.take_all(uuid):
            future._end_cancelled()
        return State(answer.state or 0)

    # -- the end

    def close(self, *, detach: bool | None = None) -> None:
        """Ends the session. Its unfinished tasks are cancelled; safe to call twice.

        Args:
            detach: True leaves the tasks at the broker, for a later client with the same `session`; their
                futures here fail with ConnectionLost. Unless given, as the client was told when it was made.
        """
        if self._closed or self._connection.foreign:
            return
        self._closed = True
        _open.discard(self)
        stay = self._detach if detach is None else detach
        text = "the client closed the session and left its tasks to run" if stay else "the client was closed"
        goodbye = wire.Disconnect(detach=int(stay), text=text)
        try:
            if self._connection.in_thread():
                self._send(goodbye)
            else:
                self._ask(goodbye, wire.Disconnect, _GOODBYE_S)
        except (errors.MailroomError, TimeoutError, concurrent.futures.TimeoutError):
            _log.debug("%s did not answer to the end of the session", self.address)
        self._connection.close()
        self._end_futures(None if not stay else errors.ConnectionLost(text))

    def _end_futures(self, error: errors.MailroomError | None) -> None:
        """Ends all that somebody waits for: with `error`, or cancelled."""
        for future in self._outstanding.take_everything():
            if error is None:
                future._end_cancelled()
            else:
                future._end_exception(error)
        while self._answers:
            _, answer = self._answers.popitem()
            answer.set_exception(error or errors.ConnectionLost("the client was closed"))

    # -- for submit.py and futures.py

    def _submit(self, task: wire.Task, body: bytes, *, raw: bool) -> Future[Any]:
        uuid = uuids.uuid4()
        futures = self._futures(uuid, 1, task.name, delivered=_delivers(task))
        self._send_tasks(wire.Submit(replace(task, uuid=uuid)), body, futures, raw)
        return futures[0]

    def _submit_batch(self, task: wire.Task, parts: list[bytes], *, raw: bool) -> list[Future[Any]]:
        uuid = uuids.uuid4()
        futures = self._futures(uuid, len(parts), task.name, delivered=_delivers(task))
        tasks = [replace(task, return_address=wire.Address(mailbox_slot=slot)) for slot in range(len(parts))]
        tasks[0].uuid = uuid
        message = wire.SubmitBatch(tasks, [len(part) for part in parts])
        self._send_tasks(message, b"".join(parts), futures, raw)
        return futures

    def _futures(self, uuid: uuids.UUID, count: int, name: str, *, delivered: bool) -> list[Future[Any]]:
        return [Future(self, uuid, slot, name, delivered=delivered) for slot in range(count)]

    def _send_tasks(self, message: wire.Message, body: bytes, futures: list[Future[Any]], raw: bool) -> None:
        self._outstanding.add(futures, raw)  # before the message goes out, for the result may come at once
        try:
            self._send(message, body)
        except BaseException:
            self._outstanding.take_all(futures[0].uuid)
            raise

    def _cancelled(self, future: Future[Any]) -> None:
        """A future was cancelled here: the broker is told, as soon as that is true of its whole map."""
        if self._outstanding.take_last(future):
            with contextlib.suppress(errors.ConnectionLost):
                self._send(wire.Cancel(corr=next(self._corrs), uuid=future.uuid))

    def _request(self, future: Future[Any]) -> None:
        """A result that is not delivered by itself is wanted."""
        try:
            self._send(wire.Request(corr=next(self._corrs), uuid=future.uuid, slot=future.slot))
        except errors.ConnectionLost as error:
            future._end_exception(error)

    def _is_running(self, future: Future[Any]) -> bool:
        if self._connection.in_thread():
            return False
        return self.status(future, _ASIDE_S).state is State.RUNNING

    def _refuse_to_wait(self) -> None:
        if self._connection.in_thread():
            raise RuntimeError("a callback must not wait for a future: nothing arrives until it returns")

    # -- the connection

    def _send(self, message: wire.Message, body: bytes = b"") -> None:
        if self._closed and not isinstance(message, wire.Disconnect):
            raise errors.ConnectionLost("the client is closed")
        self._connection.send(message, body)

    def _ask(self, message: _Question, kind: type[M], timeout: float | None) -> M:
        """Sends a question and waits for its answer."""
        self._refuse_to_wait()
        answer: concurrent.futures.Future[wire.Message] = concurrent.futures.Future()
        message.corr = next(self._corrs)
        self._answers[message.corr] = answer
        try:
            self._send(message)
            said = answer.result(timeout)
        finally:
            self._answers.pop(message.corr, None)
        if not isinstance(said, kind):
            raise errors.ProtocolError(f"{said.KIND.name} came as the answer to {message.KIND.name}")
        return said

    def _on_up(self, new_link: bool) -> None:
        if new_link and self._paths and not self._closed:
            self._connection.send(wire.Connect(corr=next(self._corrs), paths=self._paths), first=True)

    def _on_lost(self, reason: str) -> None:
        if not self._closed:
            self._end_futures(errors.ConnectionLost(f"the link to {self.address} was lost: {reason}"))

    def _on_message(self, message: wire.Message, body: bytes) -> None:
        corr: int | None = getattr(message, "corr", None)
        answer = None if corr is None else self._answers.pop(corr, None)
        if answer is not None and isinstance(message, wire.Error):
            answer.set_exception(errors.from_code(message.code, message.text))
        elif answer is not None:
            answer.set_result(message)
        else:
            handler = _HANDLERS.get(type(message))
            if handler is None:
                _log.debug("%s sent %s, which nobody waits for", self.address, message)
            else:
                handler(self, message, body)

    def _on_result(self, message: wire.Result, body: bytes) -> None:
        self._finish(message, body)

    def _on_result_batch(self, message: wire.ResultBatch, body: bytes) -> None:
        start = 0
        for result, length in zip(message.results, message.lengths, strict=True):
            self._finish(result, body[start : start + length])
            start += length

    def _finish(self, result: wire.Result | wire.ResultHeader, body: bytes) -> None:
        found = result.uuid and self._outstanding.take(result.uuid, result.return_address.mailbox_slot)
        if not found:
            return  # of a task that was cancelled here meanwhile
        future, raw = found
        try:
            value = bodies.result(body, raw=raw)
        except Exception as error:
            future._end_exception(error)
        else:
            future._end_result(value)

    def _on_error(self, message: wire.Error, body: bytes) -> None:
        if message.uuid is None:
            _log.warning("%s reports: %s", self.address, message.text)
            return
        if message.slot is None:
            futures = self._outstanding.take_all(message.uuid)
        else:
            found = self._outstanding.take(message.uuid, message.slot)
            futures = [] if found is None else [found[0]]
        for future in futures:
            if message.code == errors.Cancelled.code:
                future._end_cancelled()
            else:
                future._end_exception(bodies.failure(message.code, message.text, body))

    def _on_log(self, message: wire.Log, body: bytes) -> None:
        record = bodies.log_record(message.logger, message.level, message.text, body)
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)

    def _on_cancel(self, message: wire.Cancel, body: bytes) -> None:
        """Somebody else cancelled a task, or it is the late answer to Future.cancel."""
        if message.uuid is not None:
            for future in self._outstanding.take_all(message.uuid):
                future._end_cancelled()


_HANDLERS: dict[type[wire.Message], Callable[[Client, Any, bytes], None]] = {
    wire.Result: Client._on_result,
    wire.ResultBatch: Client._on_result_batch,
    wire.Error: Client._on_error,
    wire.Log: Client._on_log,
    wire.Cancel: Client._on_cancel,
}


def _uuid_of(task: TaskId) -> uuids.UUID:
    return task if isinstance(task, uuids.UUID) else task.uuid


def _delivers(task: wire.Task) -> bool:
    return bool(task.flags & wire.Flag.DELIVER)


@atexit.register
def _close_all() -> None:
    for client in list(_open):
        client.close()
