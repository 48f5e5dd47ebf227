"""The connection between a worker's loop and the wire, in the shape that BQSKit's Worker talks to.

Threads: the loop's main thread sends, and another one (with BQSKit's Worker) receives; the socket belongs to
a third, the one of `mailroom._link.connection.Connection`.

Which task the loop gets, and when. The boss gives a task only where it was told of room: by WAITING, sent
when the loop has nothing ready. Between WAITING and the task's arrival a RESULT can wake a suspended parent.
The task that comes then goes back with RETURN, unbegun and unseen by the loop: the boss gives it to somebody
who is idle, or here again when the loop waits. That must not stop the worker, so:

1. A task goes back only when another WAITING of the loop is certain to come: when the loop was given
   something since its last one, and when there is evidence that it is awake (a task active, or one in its
   ready queue), for the loop cannot come to rest without saying WAITING. No evidence, no RETURN: a RESULT by
   itself is none, for it may be one of ten that the parent waits for. Evidence and WAITING are looked at
   under one lock: when the task arrives, whatever the loop is doing then, and again when it is read.
2. The boss is told that there is no room now (WAITING 0 0) as soon as a RESULT is seen to have woken the
   loop. Should it be missed that the loop is awake, the task starts when the parent's step is over.
3. The receipt is the number of the last submit that the loop has read. One that went back counts as read once
   all before it are, or the boss would wait for its receipt for ever. Where they are, WAITING 0 0 says so
   before the RETURN: the boss must neither give the task here again at once, nor charge a task for the
   worker's death because it was the last one given. The loop names a submit by its first task's address; the
   numbers of those submits are kept that it can still name.
4. What comes for a task that went back (a message, a cancel) finds nothing, and need not: the boss sends the
   messages again with the task, and gives out no task that it has cancelled.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from mailroom import errors, failures
from mailroom._base.certificates import WORKER
from mailroom._link import connection
from mailroom._wire import wire
from mailroom._wire.wire import Kind
from mailroom.failures import Raised
from mailroom.worker import letters, steps, tasklogs
from mailroom.worker.surroundings import Surroundings
from mailroom.worker.tasks import Address, Failed, Result, Task

MERGE_SECONDS = 0.001  # how long a CANCEL waits for those that follow it
DRAIN_SECONDS = 10.0  # for the last words of a worker that ends by itself
MERGE_MOST = 16_384  # addresses in a CANCEL

Said = tuple[Kind, Any]


class WorkerConn:
    """Carries what a worker's loop says to its boss and back.

    Args:
        address: of the shim, an endpoint of ZeroMQ's.
        name: for HELLO; a spawned worker's MAILROOM_WORKER.
        runtimes: the names and versions of what this worker can run.
        make_task: makes the loop's kind of task.
        leave: ends this process with a text for people and an exit status; called from any thread.
    """

    def __init__(
        self,
        address: str,
        name: str,
        runtimes: list[tuple[str, str]],
        make_task: Callable[[Task], Any],
        leave: Callable[[str, int], None],
    ) -> None:
        self._runtimes, self._make_task, self._leave = runtimes, make_task, leave
        self._worker: Any = None
        self._failed: Callable[[Address], None] = lambda address: None
        self._suffix: Callable[[Any], str] = lambda task: ""
        self._awake: Callable[[], bool] = bool
        self._changed = threading.Condition()
        self._arrived: deque[tuple[wire.Message, bytes]] = deque()
        self._for_loop: deque[Said] = deque()
        self._handed: deque[tuple[Address, int]] = (
            deque()
        )  # submits kept, which the loop has not named as read
        self._receipt = 0
        self._returned = 0  # the number of the last submit that went back
        self._waiting = False  # WAITING was sent, and nothing is known to have woken the loop since
        self._gave_result = False
        self._ids: list[tuple[int, int]] = []  # this worker's own
        self._cancels: list[wire.Address] = []  # that wait to leave together, all below one root
        self._cancels_root: wire.Address | None = None
        self._threads: list[threading.Thread] = []
        self.surroundings = Surroundings()
        self.flush_printed: Callable[[], None] = lambda: None
        self.connection = connection.Connection(
            address,
            role=wire.Role.WORKER,
            on_message=self._on_message,
            on_lost=self._on_lost,
            heartbeat=0,
            keys=WORKER.find(address),
            name=name,
            start=False,
        )

    # -- for the process

    def connect(self) -> int:
        """Connects, and waits for the boss's CONNECT; gives this worker's id."""
        self.connection.start()
        self.connection.wait(None)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._arrived)
                message, _ = self._arrived.popleft()
            if isinstance(message, wire.Connect) and message.ranges:
                self.surroundings.add_paths(message.paths)
                return message.ranges[0][0]
            if isinstance(message, wire.ImportPath):
                self.surroundings.add_paths(message.paths)

    def attach(
        self,
        worker: Any,
        awake: Callable[[], bool],
        failed: Callable[[Address], None] = lambda address: None,
        suffix: Callable[[Any], str] = lambda task: "",
    ) -> None:
        """Names the loop.

        Args:
            worker: it.
            awake: how to see that it is certain to say WAITING again.
            failed: hears that a `Failed` has come, before the loop does.
            suffix: what the log records of a task say at their end.
        """
        self._worker, self._awake, self._failed, self._suffix = worker, awake, failed, suffix
        self.surroundings.begin()

    @property
    def worker(self) -> Any:
        """The loop."""
        return self._worker

    def own_thread(self, thread: threading.Thread) -> None:
        """Names a thread that this worker cannot be without."""
        self._threads.append(thread)

    def owns(self, thread: threading.Thread | None) -> bool:
        """Whether it is one of this worker's, and not one that a task has started."""
        return thread in self._threads or self.connection.runs_in(thread)

    # -- from the wire to the loop

    def _on_lost(self, reason: str) -> None:
        # the next process would do no better with keys, or with a version, that do not fit
        hopeless = isinstance(self.connection.gone(), errors.KeyRefused | errors.BadVersion)
        self._leave(f"the link to {self.connection.address} is over: {reason}", FAULT if hopeless else LOST)

    def _on_message(self, message: wire.Message, body: bytes) -> None:
        try:
            self._take_in(message, body)
        except BaseException:  # a message that is lost would be a task that never ends
            self._leave(traceback.format_exc(), FAULT)
            raise

    def _take_in(self, message: wire.Message, body: bytes) -> None:
        # at once, whatever the loop is doing
        if isinstance(message, wire.Shutdown):
            self._leave("", 0)
        if isinstance(message, wire.Disconnect):
            self._leave(f"the shim ends: {message.text}", LOST)
        if isinstance(message, wire.Connect):
            self._ids.extend(message.ranges)
        if isinstance(message, wire.EmployeeLost) and self._is_lost(message.ranges):
            self._leave("the shim counts this worker as lost, and its id is used no more", LOST)
        with self._changed:
            if isinstance(message, (wire.Submit, wire.SubmitBatch)):
                headers = _headers(message)
                if self._goes_back():
                    self._return(message.seq, headers)
                    return
                self._handed.append((letters.from_wire(headers[0].return_address), message.seq))
            self._arrived.append((message, body))
            self._changed.notify()

    def _goes_back(self) -> bool:
        return not self._waiting or self._awake()

    def _return(self, number: int, headers: Sequence[wire.Task]) -> None:
        self._returned = number
        if not self._handed:
            self._receipt = number
            self._send_no_room()
        self._emit(wire.Return(wire.Reason.UNBEGUN, "", tuple(header.return_address for header in headers)))

    def _is_lost(self, ranges: Sequence[tuple[int, int]]) -> bool:
        return any(lower < upto and own < upper for own, upto in self._ids for lower, upper in ranges)

    def recv(self) -> Said:
        """The next message for the loop; waits for it."""
        try:
            while (said := self.take()) is None:
                with self._changed:
                    self._changed.wait_for(lambda: self._for_loop or self._arrived)
        except BaseException:  # BQSKit's Worker would kill the process without a word
            self._leave(traceback.format_exc(), FAULT)
            raise
        return said

    def take(self) -> Said | None:
        """The next message for the loop, None if there is none now."""
        while True:
            with self._changed:
                self._see_if_woken()
                if self._for_loop:
                    said = self._for_loop.popleft()
                    self._gave_result = said[0] == Kind.RESULT
                    return said
                if not self._arrived:
                    return None
                message, body = self._arrived.popleft()
            said_now = list(self._read(message, body))
            with self._changed:
                self._for_loop.extend(said_now)

    def _see_if_woken(self) -> None:
        """Point 2: the loop has worked off what it got last."""
        if self._gave_result and self._waiting and self._awake():
            self._send_no_room()
        self._gave_result = False

    def _send_no_room(self) -> None:
        self._waiting = False
        self._emit(wire.Waiting(idle=0, room=0, receipt=self._receipt))

    def _read(self, message: wire.Message, body: bytes) -> Iterator[Said]:
        if isinstance(message, (wire.Submit, wire.SubmitBatch)):
            yield from self._read_submit(message, body)
        elif isinstance(message, wire.Result):
            yield from self._read_result(message, body)
        elif isinstance(message, wire.ResultBatch):
            for result, part in zip(message.results, letters.bodies_of(message.lengths, body), strict=True):
                yield from self._read_result(result, part)
        elif isinstance(message, wire.Cancel):
            for address in map(letters.from_wire, message.addresses):
                yield Kind.CANCEL, address
        elif isinstance(message, wire.Communicate):
            yield from self._read_communicate(list(map(letters.from_wire, message.addresses)), body)
        elif isinstance(message, (wire.ImportPath, wire.Connect)):
            self.surroundings.add_paths(message.paths)

    def _read_submit(self, message: wire.Submit | wire.SubmitBatch, body: bytes) -> Iterator[Said]:
        headers = _headers(message)
        with self._changed:
            if self._goes_back():
                self._handed.remove((letters.from_wire(headers[0].return_address), message.seq))
                self._return(message.seq, headers)
                return
            self._waiting = False
        if isinstance(message, wire.Submit):
            yield Kind.SUBMIT, self._make_task(letters.task_in(message.task, body))
            return
        pairs = zip(headers, letters.bodies_of(message.lengths, body), strict=True)
        yield Kind.SUBMIT_BATCH, [self._make_task(letters.task_in(*pair)) for pair in pairs]

    def _read_result(self, result: wire.Result | wire.ResultHeader, body: bytes) -> Iterator[Said]:
        address = letters.from_wire(result.return_address)
        try:
            value = pickle.loads(body)
        except BaseException as error:  # of a class of a task's
            self._fail(
                lambda task: address.mailbox_index in task.owned_mailboxes, "result of a nested task", error
            )
            return
        if type(value) is Failed:
            self._failed(address)
        yield Kind.RESULT, Result(address, value, result.completed_by)

    def _fail(self, concerned: Callable[[Any], bool], what: str, error: BaseException) -> None:
        """What cannot be unpickled here is the failure of the task that it is for."""
        for task in filter(concerned, list(self._worker._tasks.values())):
            error = failures.not_here(error, f"the {what}")
            text = f"The {what} cannot be unpickled:\n{_from_the_task_on(error)}"
            self._emit_failure(task, letters.failed(task, self._placed(text), error))

    def _read_communicate(self, addresses: list[Address], body: bytes) -> Iterator[Said]:
        try:
            value = pickle.loads(body)
        except BaseException as error:
            self._fail(lambda task: task.return_address in addresses, "message of the parent task", error)
            return
        yield Kind.COMMUNICATE, (addresses, value)

    # -- from the loop to the wire

    def send(self, said: tuple[int, Any]) -> None:
        """Sends what the loop says.

        Raises:
            errors.TooLarge: a nested task is above a limit; an error of the task that submits it.
        """
        kind, payload = said
        if kind == Kind.WAITING:
            self._send_waiting(payload[1])
        elif kind in (Kind.SUBMIT, Kind.SUBMIT_BATCH):
            tasks = [payload] if kind == Kind.SUBMIT else payload
            for letter in letters.submits(tasks, self._active):
                self._emit(*letter)
        elif kind == Kind.RESULT:
            self._send_result(payload)
        elif kind == Kind.UPDATE:
            self._emit(wire.Update(addresses=(letters.to_wire(self._active.return_address),)))
        elif kind == Kind.CANCEL:
            self._send_cancel(letters.to_wire(payload))
        elif kind == Kind.COMMUNICATE:
            addresses = tuple(map(letters.to_wire, payload[0]))
            self._emit(wire.Communicate(addresses=addresses), letters.dumps(payload[1]))
        elif kind == Kind.ERROR:
            self._send_error(payload)
        elif kind == Kind.STARTED:
            self._emit(wire.Started(total_workers=1, runtimes=tuple(self._runtimes)))

    @property
    def _active(self) -> Any:
        return None if self._worker is None else self._worker._active_task

    def _emit(self, message: wire.Message, body: bytes = b"") -> None:
        with self._changed:
            self._flush_cancels()
            self.connection.send(message, body)

    def _send_waiting(self, read: Address | None) -> None:
        if self.surroundings.spoiled and not self._worker._tasks:
            self._renew()
        with self._changed:
            while any(address == read for address, _ in self._handed):
                _, self._receipt = self._handed.popleft()
            if not self._handed:
                self._receipt = max(self._receipt, self._returned)
            self._waiting = True
            self._emit(wire.Waiting(idle=1, room=1, receipt=self._receipt))

    def _renew(self) -> None:
        """Ends this worker while it has nothing: what a task has done to it cannot be put back."""
        self.connection.drain(DRAIN_SECONDS)
        self._leave(f"it is renewed, for a task has spoiled it: {self.surroundings.spoiled}", RENEWED)

    def _send_result(self, result: Any) -> None:
        task = self._active
        message = wire.Result(letters.to_wire(result.return_address), result.completed_by, None)
        try:
            self._emit(message, letters.dumps(result.result))
        except BaseException as error:  # BQSKit's Worker would end
            text = f"The result of {task} cannot be sent:\n{_from_the_task_on(error)}"
            failed = letters.failed(task, self._placed(text), error)
            if steps.catchable(task):
                self._emit(message, letters.dumps(failed))
            else:
                self._emit_failure(task, failed)

    def _send_error(self, payload: Any) -> None:
        if isinstance(payload, str):  # the loop itself died
            self._emit(wire.Disconnect(text=f"the worker's loop died:\n{failures.cut(payload)}"))
            self.connection.drain(1.0)
            self._leave(payload, FAULT)
        error = sys.exc_info()[1]
        assert error is not None
        self.fail(self._active, error.error if isinstance(error, Raised) else error)

    def fail(self, task: Any, error: BaseException) -> None:
        """Says that a task raised, which is its root's end."""
        self._emit_failure(task, self.failed(task, error))

    def failed(self, task: Any, error: BaseException) -> Failed:
        """What a task raised: for its boss, or its parent."""
        thrown = task.thrown
        origin = thrown[1].origin if thrown is not None and thrown[0] is error else None
        return letters.failed(task, self._placed(_from_the_task_on(error)), error, origin)

    def _placed(self, text: str) -> str:
        """A traceback with where it is from."""
        welcome = self.connection.welcome
        boss = f" of {welcome.name}" if welcome is not None and welcome.name else ""
        where = f"On worker {self._worker._id}{boss} (process {os.getpid()} on {os.uname().nodename}):"
        return f"{where}\n{text}"

    def _emit_failure(self, task: Any, failed: Failed) -> None:
        message, body = letters.error(task, failed)
        try:
            self._emit(message, body)
        except errors.TooLarge:  # the exception is; its text is not
            self._emit(message)

    def send_log(self, record: logging.LogRecord) -> None:
        """Sends a log record of the running task, where its level is one that its client wants."""
        task = self._active
        # our own records are not the task's, and sending one could make the next
        if task is None or self.connection.foreign or (f"{record.name}.").startswith(_NOT_THE_TASKS):
            return
        if record.levelno < tasklogs.level_of(task):
            return
        self._emit(*letters.log_record(task, record, self._suffix(task)))

    def say_printed(self, stream: str, text: str) -> bool:
        """Sends what the running task has printed, where its client wants it; says whether it does."""
        task = self._active
        if task is None or not task.output or self.connection.foreign:
            return False
        with contextlib.suppress(errors.MailroomError):  # the link is over, and the worker ends
            self._emit(*letters.printed(task, stream, text))
        return True

    def name_of_active(self) -> str:
        """Of the running task, for people."""
        return "" if self._active is None else str(self._active)

    def cluster_of_active(self) -> bytes:
        """Of the running task, see `Meta`."""
        return b"" if self._active is None else bytes(self._active.cluster)

    def _send_cancel(self, address: wire.Address) -> None:
        """BQSKit's Worker cancels a map slot by slot: the slots leave together."""
        root = letters.to_wire(letters.root_of(self._active))
        with self._changed:
            if root != self._cancels_root:
                self._flush_cancels()
                self._cancels_root = root
            self._cancels.append(address)
            if len(self._cancels) >= MERGE_MOST:
                self._flush_cancels()
            elif len(self._cancels) == 1:
                timer = threading.Timer(MERGE_SECONDS, self._flush_cancels)
                timer.daemon = True
                timer.start()

    def _flush_cancels(self) -> None:
        with self._changed:
            if self._cancels:
                addresses, self._cancels = tuple(self._cancels), []
                self.connection.send(wire.Cancel(addresses=addresses, root=self._cancels_root))


_NOT_THE_TASKS = ("mailroom.", "bqskit.runtime.")  # how loggers' names begin

LOST = 3  # exit status: the shim is gone, or is another one
FAULT = 4  # exit status: the worker itself failed
RENEWED = 5  # exit status: another one is to take its place


def _from_the_task_on(error: BaseException) -> str:
    """An error's traceback without the loop's frames, which say nothing to who wrote the task."""
    first = error.__traceback__
    while first is not None and first.tb_next is not None and _is_of_a_loop(first):
        first = first.tb_next
    try:
        return "".join(traceback.format_exception(type(error), error, first))
    except BaseException as odd:  # of a class of the task's
        return f"{failures.describe(error)}\n(its traceback cannot be shown: {failures.describe(odd)})"


def _is_of_a_loop(frame: TracebackType) -> bool:
    folder = os.path.dirname(frame.tb_frame.f_code.co_filename)
    return folder == os.path.dirname(__file__) or folder.endswith(os.path.join("bqskit", "runtime"))


def _headers(message: wire.Submit | wire.SubmitBatch) -> Sequence[wire.Task]:
    return [message.task] if isinstance(message, wire.Submit) else message.tasks
