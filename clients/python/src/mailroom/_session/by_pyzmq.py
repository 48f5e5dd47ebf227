"""libmailroom's client driven by a socket of pyzmq's: frames in, frames out (`Client(transport="pyzmq")`).

It has the methods of `mailroom._core.Client` that a correspondence calls. The thread that reads the socket is
Python's, so a call that holds the interpreter's lock for longer than the heartbeat's patience breaks the
connection, which then heals.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import zmq

from mailroom import _core
from mailroom._base.certificates import Keys
from mailroom._base.clock import clock
from mailroom._link.line import Line

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 100  # messages until others have their turn
_LINGER_MS = 1000
_LONG = 1024  # submits that wait for room


class Driven:
    """A client of the library's, and the thread that drives it.

    Args:
        keys: of both sides, None for a connection without.
        options: of `_core.Client`, but for its keys.
    """

    def __init__(self, keys: Keys | None, **options: Any) -> None:
        flags = options.pop("flags") | _core.FRAMES
        self._core = _core.Client(**{**options, "keys": None, "key": None, "broker_key": None}, flags=flags)
        self._address, self._keys = str(options["broker"]), keys
        self._changed = threading.Condition()
        self._events: list[tuple[Any, ...]] = []
        self._interrupted = self._stop = False
        self._line: Line | None = None
        self._opened = False
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="mailroom-pyzmq", daemon=True)
        self.state = self._core.state
        self.submit, self.map = self._handing_in(self._core.submit), self._handing_in(self._core.map)
        self.adopt, self.request = self._handing_in(self._core.adopt), self._handing_in(self._core.request)
        self.abandon = self._handing_in(self._core.abandon)
        self.release = self._handing_in(self._core.release)
        self.ask, self.unask = self._handing_in(self._core.ask), self._handing_in(self._core.unask)
        self.leave = self._handing_in(self._core.leave)

    def _handing_in(self, method: Callable[P, T]) -> Callable[P, T]:
        """A method of the library's after which its thread looks what there is to do."""

        def call(*arguments: P.args, **named: P.kwargs) -> T:
            given = method(*arguments, **named)
            self._wake()
            return given

        return call

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except OSError:  # full: it will wake up; closed: nobody to wake
            return

    def start(self) -> None:
        """See `_core.Client`."""
        self._thread.start()

    def take(self) -> list[tuple[Any, ...]]:
        """See `_core.Client`."""
        with self._changed:
            events, self._events = self._events, []
        return events

    def interrupt(self) -> None:
        """See `_core.Client`."""
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()

    def wait(self, what: int, timeout: int) -> int:
        """See `_core.Client`."""
        end = None if timeout < 0 else time.monotonic() + timeout / 1000
        with self._changed:
            while True:
                over, _, was_up, _, _, _, _, _, refused, unsent, *_ = self._core.state()
                if (
                    (what & _core.WAIT_EVENTS and self._events)
                    or (what & _core.WAIT_UP and was_up)
                    or (what & _core.WAIT_SENT and was_up and not unsent)
                    or (what & _core.WAIT_ROOM and refused < _LONG)
                    or (what & _core.WAIT_OVER and over)
                ):
                    return _core.OK
                if over or self._stop:
                    return over or _core.ECLOSED
                if self._interrupted:
                    self._interrupted = False
                    return _core.EINTR
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return _core.ETIMEDOUT
                self._changed.wait(left)

    def close(self) -> None:
        """See `_core.Client`."""
        self._stop = True
        self._wake()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(2.0)
        self._core.close()
        with self._changed:
            self._changed.notify_all()

    # -- the thread

    def _run(self) -> None:
        with zmq.Context() as context:
            try:
                while not self._stop:
                    due = self._do(context)
                    with self._changed:
                        self._events += self._core.take()
                        self._changed.notify_all()
                    self._look(due)
            except _core.Error:
                return  # it was closed
            finally:
                self._close_line(_LINGER_MS)
                self._waker.close()

    def _do(self, context: zmq.Context[zmq.Socket[bytes]]) -> int | None:
        """Does what the library wishes; gives when it is to be asked again."""
        while self._line is None or self._line.flush():
            kind, header, body, due = self._core.frames(clock())
            if kind == _core.WISH_NONE:
                return due
            if kind == _core.WISH_DIAL:
                self._dial(context)
            elif kind == _core.WISH_CLOSE:
                self._close_line(_LINGER_MS)
            elif self._line is not None:
                self._line.send(header, body)
        return clock() + 1  # until the socket takes it

    def _dial(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._close_line(0)
        try:
            self._line, self._opened = Line(context, self._address, self._keys), False
        except zmq.ZMQError as error:
            self._core.closed(clock(), f"cannot connect to {self._address}: {error}")

    def _close_line(self, linger: int) -> None:
        if self._line is not None:
            self._line.close(linger)
            self._line = None

    def _look(self, due: int | None) -> None:
        """Waits until something comes, and gives it to the library."""
        poller, line = zmq.Poller(), self._line
        poller.register(self._woken.fileno(), zmq.POLLIN)
        if line is not None:
            poller.register(line.socket, zmq.POLLIN)
            poller.register(line.monitor, zmq.POLLIN)
        ready = dict(poller.poll(None if due is None else max(0, due - clock())))
        if self._woken.fileno() in ready:
            self._woken.recv(4096)
        if line is None:
            return
        line.watch()
        if not self._opened and line.connected:
            self._opened = True
            self._core.opened(clock())
        for frames in line.receive(None if line.broken else _AT_ONCE):
            self._core.message(clock(), frames[0], b"".join(frames[1:2]), len(frames))
        if line.broken is not None:
            self._close_line(0)
            self._core.closed(clock(), line.broken)
