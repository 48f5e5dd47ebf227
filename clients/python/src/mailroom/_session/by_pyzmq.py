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
from mailroom._session.dealer import Dealer, endpoints_of

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 100  # messages until others have their turn
_LINGER_MS = 1000


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
        self._handed_in = self._seen_to = 0  # how often something was; and of how much the library knows
        self._waits = self._interrupts = 0  # those under way; and how often they were ended
        self._interrupted = self._stop = False  # the next wait; all
        self._dealer: Dealer | None = None
        self._endpoints: list[str] = []  # that are to be tried yet, before the first one again
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
        self.leave, self.paths = self._handing_in(self._core.leave), self._handing_in(self._core.paths)

    def _handing_in(self, method: Callable[P, T]) -> Callable[P, T]:
        """A method of the library's after which its thread looks what there is to do."""

        def call(*arguments: P.args, **named: P.kwargs) -> T:
            given = method(*arguments, **named)
            with self._changed:
                self._handed_in += 1
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
            if self._waits:
                self._interrupts += 1
                self._changed.notify_all()
            else:
                self._interrupted = True

    def wait(self, what: int, timeout: int) -> int:
        """See `_core.Client`."""
        end = None if timeout < 0 else time.monotonic() + timeout / 1000
        with self._changed:
            self._waits += 1
            try:
                return self._await(what, end)
            finally:
                self._waits -= 1

    def _await(self, what: int, end: float | None) -> int:
        """Waits in turns, under the lock; gives the library's code."""
        before = self._interrupts
        while True:
            over, _, was_up, _, _, _, _, _, _, unsent, *_, room = self._core.state()
            if (
                (what & _core.WAIT_EVENTS and self._events)
                or (what & _core.WAIT_UP and was_up)
                or (what & _core.WAIT_SENT and was_up and not unsent and self._seen_to == self._handed_in)
                or (what & _core.WAIT_ROOM and room)
                or (what & _core.WAIT_OVER and over)
            ):
                return _core.OK
            if over or self._stop:
                return over or _core.ECLOSED
            if self._interrupted or self._interrupts != before:
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
                    handed_in = self._handed_in
                    due = self._do(context)
                    with self._changed:
                        self._seen_to = handed_in
                        self._events += self._core.take()
                        self._changed.notify_all()
                    self._look(context, due)
            except _core.Error:
                return  # it was closed
            finally:
                self._close(_LINGER_MS)
                self._waker.close()

    def _do(self, context: zmq.Context[zmq.Socket[bytes]]) -> int | None:
        """Does what the library wishes; gives when it is to be asked again."""
        while self._dealer is None or self._dealer.flush():
            kind, header, body, due = self._core.frames(clock())
            if kind == _core.WISH_NONE:
                return due
            if kind == _core.WISH_DIAL:
                self._dial(context)
            elif kind == _core.WISH_CLOSE:
                self._close(_LINGER_MS)
            elif self._dealer is not None:
                self._dealer.send(header, body)
        return clock() + 1  # until the socket takes it

    def _dial(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        try:
            if not self._endpoints:  # else the one before was a broker that refuses
                self._endpoints = endpoints_of(self._address)
            self._dial_next(context)
        except OSError as error:
            self._core.closed(clock(), str(error), 0)

    def _dial_next(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._close(0)
        endpoint = self._endpoints.pop(0)
        try:
            self._dealer, self._opened = Dealer(context, endpoint, self._keys), False
        except zmq.ZMQError as error:
            self._core.closed(clock(), f"cannot connect to {endpoint}: {error}", 0)

    def _close(self, linger: int) -> None:
        if self._dealer is not None:
            self._dealer.close(linger)
            self._dealer = None

    def _look(self, context: zmq.Context[zmq.Socket[bytes]], due: int | None) -> None:
        """Waits until something comes, and gives it to the library."""
        poller, dealer = zmq.Poller(), self._dealer
        poller.register(self._woken.fileno(), zmq.POLLIN)
        if dealer is not None:
            poller.register(dealer.socket, zmq.POLLIN)
            poller.register(dealer.monitor, zmq.POLLIN)
        ready = dict(poller.poll(None if due is None else max(0, due - clock())))
        if self._woken.fileno() in ready:
            self._woken.recv(4096)
        if dealer is None:
            return
        dealer.watch()
        if not self._opened and dealer.open:
            self._opened = True
            self._core.opened(clock())
        for frames in dealer.receive(None if dealer.broken else _AT_ONCE) if self._opened else ():
            self._core.message(clock(), frames[0], b"".join(frames[1:2]), len(frames))
        if dealer.broken is not None:
            self._end(context, dealer, dealer.broken)

    def _end(self, context: zmq.Context[zmq.Socket[bytes]], dealer: Dealer, why: str) -> None:
        """A connection is gone, or did not come: the next address is tried, or it was the last one."""
        if self._endpoints and not self._opened:
            self._dial_next(context)
            return
        self._close(0)
        self._core.closed(clock(), why, dealer.misfit)
