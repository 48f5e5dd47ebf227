"""A worker's line to its boss by this package's own link, where libmailroom's is not there.

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
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mailroom import errors
from mailroom._base.certificates import WORKER
from mailroom._link import connection
from mailroom._wire import wire
from mailroom._wire.wire import Kind
from mailroom.worker import letters
from mailroom.worker.conn import FAULT, LOST, Conn, Said
from mailroom.worker.tasks import Address, Failed, Task

MERGE_SECONDS = 0.001  # how long a CANCEL waits for those that follow it
MERGE_MOST = 16_384  # addresses in a CANCEL


class WorkerConn(Conn):
    """See conn.py.

    Args:
        address: of the shim, an endpoint of ZeroMQ's.
        name: for HELLO; a spawned worker's MAILROOM_WORKER.
        runtimes: the names and versions of what this worker can run.
        make_task: see `Conn`.
        leave: see `Conn`.
    """

    def __init__(
        self,
        address: str,
        name: str,
        runtimes: Sequence[tuple[str, str]],
        make_task: Callable[[Task], Any],
        leave: Callable[[str, int], None],
    ) -> None:
        super().__init__(make_task, leave)
        self._runtimes = runtimes
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

    @property
    def boss(self) -> str:
        """See `Conn`."""
        welcome = self.connection.welcome
        return "" if welcome is None else welcome.name

    def owns(self, thread: threading.Thread | None) -> bool:
        """See `Conn`."""
        return super().owns(thread) or self.connection.runs_in(thread)

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
            yield from self._read_one(message, body)
        elif isinstance(message, wire.ResultBatch):
            for result, part in zip(message.results, letters.bodies_of(message.lengths, body), strict=True):
                yield from self._read_one(result, part)
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

    def _read_one(self, result: wire.Result | wire.ResultHeader, body: bytes) -> Iterator[Said]:
        return self._read_result(letters.from_wire(result.return_address), result.completed_by, body)

    # -- from the loop to the wire

    def _emit(self, message: wire.Message, body: bytes = b"") -> None:
        with self._changed:
            self._flush_cancels()
            self.connection.send(message, body)

    def resumes(self, task: Any) -> None:
        """See `Conn`: point 2 has told the boss."""

    def _say_started(self) -> None:
        self._emit(wire.Started(total_workers=1, runtimes=tuple(self._runtimes)))

    def _say_waiting(self, read: Address | None) -> None:
        with self._changed:
            while any(address == read for address, _ in self._handed):
                _, self._receipt = self._handed.popleft()
            if not self._handed:
                self._receipt = max(self._receipt, self._returned)
            self._waiting = True
            self._emit(wire.Waiting(idle=1, room=1, receipt=self._receipt))

    def _say_submit(self, tasks: Sequence[Any], parent: Any) -> None:
        for letter in letters.submits(tasks, parent):
            self._emit(*letter)

    def _say_result(self, result: Any, body: bytes) -> None:
        self._emit(wire.Result(letters.to_wire(result.return_address), result.completed_by, None), body)

    def _say_update(self, task: Any) -> None:
        self._emit(wire.Update(addresses=(letters.to_wire(task.return_address),)))

    def _say_message(self, addresses: Sequence[Sequence[int]], body: bytes) -> None:
        self._emit(wire.Communicate(addresses=tuple(map(letters.to_wire, addresses))), body)

    def _say_failure(self, task: Any, failed: Failed, body: bytes) -> None:
        self._emit(letters.error(task, failed), body)

    def _say_log(self, task: Any, level: int, logger: str, text: str, body: bytes) -> None:
        address, root = letters.to_wire(task.return_address), letters.to_wire(letters.root_of(task))
        with contextlib.suppress(errors.ConnectionLost):  # the worker ends
            self._emit(wire.Log(address, root, None, level, logger, text), body)

    def _say_goodbye(self, text: str, seconds: float) -> None:
        self._emit(wire.Disconnect(text=text))
        self.connection.drain(seconds)

    def _say_cancel(self, root: Sequence[int], address: Sequence[int]) -> None:
        """BQSKit's Worker cancels a map slot by slot: the slots leave together."""
        with self._changed:
            if letters.to_wire(root) != self._cancels_root:
                self._flush_cancels()
                self._cancels_root = letters.to_wire(root)
            self._cancels.append(letters.to_wire(address))
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


def _headers(message: wire.Submit | wire.SubmitBatch) -> Sequence[wire.Task]:
    return [message.task] if isinstance(message, wire.Submit) else message.tasks
