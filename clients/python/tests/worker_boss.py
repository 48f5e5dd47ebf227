"""A boss for tests of workers: plays the shim over ipc, and routes children to its workers."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import cloudpickle
import zmq
from mailroom_peer import wire
from mailroom_peer.link import Due, Limits, Link, Verdict
from mailroom_peer.wire import Address

from mailroom._base import bodies
from mailroom.worker.tasks import Meta

SOURCES = Path(__file__).parent.parent / "src"
TIMEOUT = 120.0


class Seat:
    """One worker, as the boss sees it."""

    def __init__(self, number: int) -> None:
        self.id = 10 + number
        self.link = Link(Limits(), 0)
        self.routing_id = b""
        self.credit = 0
        self.leaves = False
        self.sent: list[int] = []  # the numbers of submits
        self.said: list[tuple[wire.Message, bytes]] = []
        self.process: subprocess.Popen[str] | None = None


class Boss:
    """Workers under one boss; its methods are for the test's thread."""

    def __init__(
        self,
        folder: Path,
        workers: int = 1,
        only_python: bool = False,
        seats: int = 0,
        **options: Any,
    ) -> None:
        self.address = f"ipc://{folder}/shim"
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.bind(self.address)
        self._boot = os.urandom(16)
        self._changed = threading.Condition(threading.RLock())
        self._queue: deque[tuple[wire.Task, bytes]] = deque()
        self._orders: deque[tuple[Seat, wire.Message, bytes]] = deque()
        self._mailbox = 1000
        self._stop = False
        self.route = True
        self.owner: dict[Address, Seat] = {}
        self._given: dict[Address, tuple[wire.Task, bytes]] = {}
        self.seats = [Seat(number) for number in range(max(workers, seats))]
        for number, seat in enumerate(self.seats[:workers]):
            environment = {**os.environ, "MAILROOM_SHIM": self.address, "MAILROOM_WORKER": str(number)}
            environment["PYTHONPATH"] = f"{SOURCES}:{Path(__file__).parent}"
            command = [sys.executable, "-m", "mailroom.worker", *["--only-python"] * only_python]
            files = {"stderr": subprocess.PIPE, **options}
            seat.process = subprocess.Popen(command, env=environment, text=True, **files)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        for seat in self.seats:
            if seat.process is not None:
                seat.process.kill()
                seat.process.communicate()
        self._context.destroy(0)

    # What a test does

    def root(
        self,
        fn: Any,
        *args: Any,
        runtime: str = "python",
        priority: int = 128,
        meta: Meta | bytes = b"",
        session: int = 0,
    ) -> Address:
        """Submits a root task; gives its address."""
        packed = meta if isinstance(meta, bytes) else meta.pack()
        body = cloudpickle.dumps((fn, args, {}))
        return self.submit(
            fn.__name__, body, runtime=runtime, priority=priority, meta=packed, session=session
        )

    def submit(
        self,
        name: str,
        body: bytes,
        *,
        runtime: str,
        priority: int = 128,
        meta: bytes = b"",
        session: int = 0,
    ) -> Address:
        """Submits a root task of which the body is there; gives its address."""
        with self._changed:
            self._mailbox += 1
            address = Address(None, self._mailbox, 0)
            task = wire.Task(address, self._mailbox, (), None, runtime, 0, priority, 0, name, meta)
            task.session = session
            self._queue.append((task, body))
        return address

    def order(self, seat: int, message: wire.Message, body: bytes = b"") -> None:
        with self._changed:
            self._orders.append((self.seats[seat], message, body))

    def wait(self, what: Any, seat: int | None = None) -> tuple[Any, bytes]:
        """Waits for a message from a worker for which `what(message)` is true, or of the class `what`."""
        matches = (lambda message: isinstance(message, what)) if isinstance(what, type) else what
        with self._changed:

            def found() -> Any:
                seats = self.seats if seat is None else [self.seats[seat]]
                return next((pair for one in seats for pair in one.said if matches(pair[0])), None)

            pair = self._changed.wait_for(found, TIMEOUT)
            assert pair is not None, [[message for message, _ in one.said[-8:]] for one in self.seats]
            return pair

    def forget(self) -> None:
        """Forgets what workers said so far, but not that they wait."""
        with self._changed:
            assert self._changed.wait_for(lambda: all(seat.credit for seat in self.seats), TIMEOUT)
            for seat in self.seats:
                seat.said.clear()

    def free_seat(self, seat: int) -> None:
        """Gives a seat's worker no more tasks."""
        with self._changed:
            self.seats[seat].leaves = True

    def wait_given(self, task: Address) -> None:
        """Waits until a worker was given the task."""
        with self._changed:
            assert self._changed.wait_for(lambda: task in self.owner, TIMEOUT)

    def wait_acknowledged(self, seat: int) -> None:
        """Waits until a worker has what it was sent."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._orders and self.seats[seat].link.idle, TIMEOUT)

    def said(self, kind: type, seat: int = 0) -> list[Any]:
        with self._changed:
            return [message for message, _ in self.seats[seat].said if isinstance(message, kind)]

    def result(self, address: Address) -> Any:
        """Waits for a root's result; raises its error's text."""
        message, body = self.wait(
            lambda m: (
                (isinstance(m, wire.Result) and m.return_address == address)
                or (isinstance(m, wire.Error) and m.root == address)
            )
        )
        if isinstance(message, wire.Error):
            raise RuntimeError(message.text)
        return pickle.loads(body)

    def error(self, address: Address) -> BaseException:
        """Waits for a root's error; the exception that its client gets."""
        error, body = self.wait(lambda m: isinstance(m, wire.Error) and m.root == address)
        return bodies.failure(error.code, error.text, body)

    def submit_now(self, seat: int, address: Address, fn: Any, *args: Any) -> None:
        """Sends a root whatever the credit is."""
        task = wire.Task(address, address.mailbox_index, name=fn.__name__)
        self.order(seat, wire.Submit(task), cloudpickle.dumps((fn, args, {})))

    # The thread

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        while not self._stop:
            if poller.poll(2):
                while True:
                    try:
                        frames = self._socket.recv_multipart(zmq.DONTWAIT)
                    except zmq.Again:
                        break
                    self._take(frames)
            with self._changed:
                while self._orders:
                    seat, message, body = self._orders.popleft()
                    number = self._send(seat, message, body)
                    if isinstance(message, wire.Submit):
                        self._give(seat, message.task, body, number)
                self._dispatch()
                for seat in self.seats:
                    self._push(seat)
                self._changed.notify_all()

    def _take(self, frames: list[bytes]) -> None:
        routing_id, header, body = (*frames, b"")[:3]
        message = wire.decode(header)
        now = int(time.monotonic() * 1000)
        if isinstance(message, wire.Hello):
            # a worker that the test did not start takes the first free seat
            free = next((seat for seat in self.seats if not seat.routing_id), None)
            seat = self.seats[int(message.name)] if message.name.isdigit() else free
            assert seat is not None
            seat.routing_id = routing_id
            welcome = wire.Welcome(
                role=wire.Role.BOSS, boot=self._boot, link=message.link, window=8 << 20, max_body=1 << 30
            )
            self._socket.send_multipart([routing_id, wire.encode(welcome)])
            seat.link.connected(message.window, message.max_body, 0, now)
            self._send(
                seat, wire.Connect(paths=[str(Path(__file__).parent)], ranges=[(seat.id, seat.id + 1)]), b""
            )
            return
        seat = next(seat for seat in self.seats if seat.routing_id == routing_id)
        verdict, whole, why = seat.link.receive(message, len(header), body, now)
        assert verdict in (Verdict.DELIVER, Verdict.SWALLOWED), why
        if verdict is Verdict.DELIVER:
            with self._changed:
                for one, part in _each(message, bytes(whole)):
                    seat.said.append((one, part))
                    self._handle(seat, one, part)

    def _handle(self, seat: Seat, message: wire.Message, body: bytes) -> None:
        if isinstance(message, wire.Waiting):
            seat.credit = message.room - sum(number > message.receipt for number in seat.sent)
        elif isinstance(message, wire.Submit) and self.route:
            self._queue.append((message.task, body))
        elif isinstance(message, wire.SubmitBatch) and self.route:
            at = 0
            for task, length in zip(message.tasks, message.lengths, strict=True):
                self._queue.append((task, body[at : at + length]))
                at += length
        elif isinstance(message, wire.Return):
            self._queue.extendleft(self._given[address] for address in message.addresses)
        elif isinstance(message, wire.Result) and message.return_address.worker_id is not None:
            self._send(self._seat_of(message.return_address), message, body)
        elif isinstance(message, (wire.Cancel, wire.Communicate)):
            self._queue = deque(p for p in self._queue if p[0].return_address not in message.addresses)
            for other in self.seats:
                self._send(other, message, body)

    def _seat_of(self, address: Address) -> Seat:
        return next(seat for seat in self.seats if seat.id == address.worker_id)

    def _dispatch(self) -> None:
        while self._queue:
            idle = [seat for seat in self.seats if seat.credit > 0 and not seat.leaves]
            if not idle:
                return
            task, body = self._queue.popleft()
            # not where the parent is, if there is a choice, so that results travel
            parent = task.return_address.worker_id
            seat = next((seat for seat in idle if seat.id != parent), idle[0])
            seat.credit -= 1
            self._give(seat, task, body, self._send(seat, wire.Submit(task), body))

    def _give(self, seat: Seat, task: wire.Task, body: bytes, number: int) -> None:
        self.owner[task.return_address] = seat
        self._given[task.return_address] = task, body
        seat.sent.append(number)

    def _send(self, seat: Seat, message: wire.Message, body: bytes) -> int:
        number = seat.link.send(message, body)
        self._push(seat)
        return number

    def _push(self, seat: Seat) -> None:
        while (letter := seat.link.next()) is not None:
            self._socket.send_multipart([seat.routing_id, *letter])
        if seat.link.due(int(time.monotonic() * 1000)) is Due.SEND_ACK:
            self._socket.send_multipart([seat.routing_id, wire.encode(wire.Ack(ack=seat.link.received))])


def _each(message: wire.Message, body: bytes) -> list[tuple[wire.Message, bytes]]:
    """A batch of results as so many RESULTs."""
    if not isinstance(message, wire.ResultBatch):
        return [(message, body)]
    at = 0
    results: list[tuple[wire.Message, bytes]] = []
    for one, length in zip(message.results, message.lengths, strict=True):
        results.append((wire.Result(one.return_address, one.completed_by, one.uuid), body[at : at + length]))
        at += length
    return results


def started(folder: Path, workers: int, only_python: bool, **options: Any) -> Boss:
    """A boss whose workers wait for tasks; `options` are of their processes."""
    boss = Boss(folder, workers, only_python, **options)
    for seat in range(workers):
        boss.wait(wire.Waiting, seat)
    return boss
