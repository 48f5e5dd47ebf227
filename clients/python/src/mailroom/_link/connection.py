"""A connection to a broker, a manager or a shim, kept up by one thread that owns the socket.

Whoever uses a connection sees messages only, each once and in order; what they mean is the user's affair.
This file is where threads meet: the inbox, the callbacks, waiting, closing. What the thread does: dialler.py.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections import deque
from collections.abc import Callable

import zmq

from mailroom import errors
from mailroom._base.certificates import Keys
from mailroom._base.clock import clock
from mailroom._link.dialler import Dialler
from mailroom._link.link import Body
from mailroom._wire import wire
from mailroom.version import __version__

HEARTBEAT_MS = 5_000
EXPIRY_MS = 300_000
WINDOW = 8 << 20
MAX_BODY = 1 << 30

_OF_THEIR_OWN = (errors.KeyRefused, errors.NotOwner, errors.BadVersion)
"""What `wait` raises as it is."""

_log = logging.getLogger(__name__)


class Connection:
    """A link to a peer that outlives its TCP connections, and the thread that keeps it up.

    The callbacks run in that thread, one at a time: they must not block, and must not wait for an answer. An
    exception out of one is logged and goes no further.

    * `on_up(new_link)`: a handshake is done. True: a new link begins; False: the present one goes on.
    * `on_message(message, body)`: a message of the peer's, each once and in order.
    * `on_lost(reason)`: the link is over. What was sent and not answered may have been read or not, see
      `take_back`. With `redial` a new link is tried for, and `on_up(True)` follows; without, and when `over`
      says so, the connection is over too.
    * `on_alarm()`: it is time for what `alarm` was called for.

    Args:
        address: an endpoint of ZeroMQ's (`tcp://host:port`, `ipc://path`).
        role: what this side is, `wire.Role.CLIENT` or `wire.Role.WORKER`.
        on_message: see above.
        on_up: see above.
        on_lost: see above.
        on_alarm: see above.
        session: a client's token, 16 bytes; None for other roles.
        heartbeat: ms of silence after which this side asks for a sign of life; 0 for none.
        expiry: ms that the link outlives its connection.
        window: bytes that the peer may send ahead of this side's acknowledgement.
        max_body: the largest body that this side takes, in bytes.
        name: of this side, for people and logs; a spawned worker's is its MAILROOM_WORKER.
        redial: whether a broken connection is made anew; unless said, a client's is and a worker's is not.
            The first one is tried for until it comes, in any case.
        features: for HELLO, bits of `wire.Feature`.
        software: for HELLO, in place of this package's name and version.
        keys: of both sides, None for a connection without.
        start: False leaves it to the caller to call `start`, once it is ready for callbacks.
    """

    def __init__(
        self,
        address: str,
        *,
        role: wire.Role,
        on_message: Callable[[wire.Message, bytes], None],
        on_up: Callable[[bool], None] | None = None,
        on_lost: Callable[[str], None] | None = None,
        on_alarm: Callable[[], None] | None = None,
        session: bytes | None = None,
        heartbeat: int = HEARTBEAT_MS,
        expiry: int = EXPIRY_MS,
        window: int = WINDOW,
        max_body: int = MAX_BODY,
        name: str = "",
        redial: bool | None = None,
        features: int = 0,
        software: str = "",
        keys: Keys | None = None,
        start: bool = True,
    ) -> None:
        self.address = address
        self.session = session
        redial = role == wire.Role.CLIENT if redial is None else redial
        self._on_message, self._on_up, self._on_lost = on_message, on_up, on_lost
        self._on_alarm = on_alarm
        self._alarm_at: int | None = None  # ms
        mine = wire.Hello(
            role=role,
            boot=os.urandom(16),
            link=bytes(16),
            peer_boot=None,
            received=0,
            session=session,
            heartbeat=heartbeat,
            expiry=expiry,
            window=window,
            max_body=max_body,
            software=software or f"mailroom-python {__version__}",
            name=name,
            ids=0,
            features=features,
        )
        self._pid = os.getpid()
        self._lock = threading.Condition()
        self._inbox: deque[tuple[wire.Message, Body]] = deque()  # on the way to the thread
        self._busy = True  # the thread looks into the inbox before it sleeps
        self._closing = False
        self._over: errors.MailroomError | None = None  # why there will be no link any more
        self._unread: list[wire.Message] = []  # of links that are over, and not taken back
        self._fault = False
        self._welcome: wire.Welcome | None = None
        self._dialler = Dialler(address, mine, redial, self, keys)
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="mailroom-connection", daemon=True)
        if start:
            self.start()

    # -- from any thread

    def start(self) -> None:
        """Starts the thread, where the constructor was told not to."""
        self._thread.start()

    def in_thread(self) -> bool:
        """Whether the caller runs in the connection's thread, that is in a callback, and must not wait."""
        return self.runs_in(threading.current_thread())

    def runs_in(self, thread: threading.Thread | None) -> bool:
        """Whether `thread` is the connection's own."""
        return thread is self._thread

    @property
    def welcome(self) -> wire.Welcome | None:
        """What the peer said of itself in the newest handshake, None before the first."""
        return self._welcome

    @property
    def over(self) -> str | None:
        """Why nothing will come or go on this connection any more, None as long as something may."""
        return None if self._over is None else str(self._over)

    @property
    def fault(self) -> bool:
        """Whether the last link ended because one side could make nothing of what the other sent."""
        return self._fault

    def gone(self) -> errors.MailroomError:
        """A new exception that says why the connection is `over`."""
        assert self._over is not None
        return type(self._over)(str(self._over))

    @property
    def foreign(self) -> bool:
        """Whether this is another process than the one that made the connection, after a fork."""
        return os.getpid() != self._pid

    def send(self, message: wire.Message, body: Body = b"") -> None:
        """Sends a message; it keeps its place among those sent before and after.

        What is sent while there is no connection goes out on the next link, unless it is taken back.

        Args:
            message: what to send. Its number is given later.
            body: it must not be changed afterwards.

        Raises:
            errors.ConnectionLost: the connection is over; errors.SessionTaken and others where they say why.
            errors.TooLarge: the peer does not take a body of this size.
            errors.ForkError: the connection was made in a parent process.
        """
        self._check_process()
        if self._welcome is not None and len(body) > self._welcome.max_body:
            raise errors.TooLarge(
                f"a body of {len(body)} bytes; {self.address} takes {self._welcome.max_body} at most"
            )
        with self._lock:
            if self._over is not None:
                raise self.gone()
            self._inbox.append((message, body))
            wake, self._busy = not self._busy, True
        if wake:
            self._wake()

    def take_back(self) -> list[wire.Message]:
        """What the peer may not have read: of links that are over, and what waits for the next one.

        In order, without the bodies. Only `on_up(True)` and `on_lost` can call it: nothing of it is sent
        any more, unless the caller does.
        """
        with self._lock:
            back = [*self._unread, *(message for message, _ in self._inbox)]
            self._unread = []
            self._inbox.clear()
        return back

    def alarm(self, delay: int) -> None:
        """Has `on_alarm` called once, in `delay` ms or earlier. It takes no lock: finalizers may call it."""
        at = clock() + delay
        if self._alarm_at is None or at < self._alarm_at:
            self._alarm_at = at
            self._wake()

    def wait(self, timeout: float | None) -> None:
        """Waits until the first handshake is done.

        Args:
            timeout: seconds; None for ever.

        Raises:
            errors.ConnectError: it is not done in time, or was refused; KeyRefused: the keys do not fit.
            errors.NotOwner: the session is one of another key.
            errors.BadVersion: the other side speaks another version of the protocol.
        """
        self._check_process()
        with self._lock:
            done = self._lock.wait_for(lambda: self._welcome is not None or self._over is not None, timeout)
            if self._welcome is None and (self._over is not None or not done):
                within = "" if self._over is not None else f" within {timeout} s"
                raise (type(self._over) if isinstance(self._over, _OF_THEIR_OWN) else errors.ConnectError)(
                    f"no connection to {self.address}{within}: {self._over or self._dialler.progress}"
                )

    def drain(self, timeout: float) -> bool:
        """Waits until the peer has acknowledged all that was sent.

        Args:
            timeout: seconds.

        Returns:
            Whether it has. False at once when the connection is over.
        """
        self._check_process()
        with self._lock:
            self._lock.wait_for(lambda: self._over is not None or self._all_acknowledged(), timeout)
            return self._over is None and self._all_acknowledged()

    def close(self, timeout: float = 2.0) -> None:
        """Closes the connection, without a word to the peer and without a callback; what waits is dropped.

        Safe to call twice, from a callback, at the end of the interpreter, and in a forked child, where it
        does nothing.

        Args:
            timeout: seconds to wait for the thread's end.
        """
        if self.foreign:
            return
        with self._lock:
            self._closing = True
            self._over = self._over or errors.ConnectionLost("this side closed it")
            self._lock.notify_all()
        self._wake()
        if not self.in_thread() and self._thread.is_alive():
            self._thread.join(timeout)

    def _check_process(self) -> None:
        if self.foreign:
            raise errors.ForkError(
                f"the connection to {self.address} is process {self._pid}'s; make a new one after a fork"
            )

    def _all_acknowledged(self) -> bool:
        return not self._inbox and self._dialler.idle

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except OSError:  # full: it will wake up; closed: nobody to wake
            return

    # -- the thread

    def _run(self) -> None:
        try:
            while not self._closing and self._over is None:
                self._turn()
        except Exception as error:
            _log.exception("the connection to %s ends by a fault of its own", self.address)
            self.finished(errors.ConnectionLost(f"a fault in mailroom itself: {error!r}"))
        finally:
            if self._closing and self._dialler.up:
                self._dialler.push(self._take_inbox())
            self._dialler.close()
            self._waker.close()
            self._woken.close()

    def _turn(self) -> None:
        self._dialler.dial()
        self._dialler.turn(self._sleep())
        if self._alarm_at is not None and self._alarm_at <= clock():
            self._alarm_at = None  # before the call, for what comes meanwhile
            self._call(self._on_alarm)
        if self._dialler.up:
            self._dialler.push(self._take_inbox())
        with self._lock:
            self._lock.notify_all()

    def _sleep(self) -> dict[object, int]:
        """Waits until there is something to do, and says which sockets have it."""
        poller = zmq.Poller()
        poller.register(self._woken.fileno(), zmq.POLLIN)
        self._dialler.register(poller)
        with self._lock:
            hurry = self._dialler.up and bool(self._inbox)
            # without a handshake the inbox stays as it is, so nobody need wake the thread for it
            self._busy = hurry or not self._dialler.up
            timeout = 0 if hurry or self._closing or self._over is not None else self._until()
        events: dict[object, int] = dict(poller.poll(timeout))
        if self._woken.fileno() in events:
            self._woken.recv(4096)
        return events

    def _until(self) -> int | None:
        """Milliseconds until there is something to do without an event; None: for ever."""
        alarm = None if self._alarm_at is None else max(0, self._alarm_at - clock())
        return min((ms for ms in (alarm, self._dialler.until()) if ms is not None), default=None)

    def _take_inbox(self) -> list[tuple[wire.Message, Body]]:
        with self._lock:
            mail = list(self._inbox)
            self._inbox.clear()
        return mail

    def _call(self, callback: Callable[..., None] | None, *arguments: object) -> None:
        if callback is None or self._closing:
            return
        try:
            callback(*arguments)
        except Exception:
            _log.exception("a callback of the connection to %s failed", self.address)

    # -- what the dialler tells, in the thread

    def welcomed(self, welcome: wire.Welcome, new_link: bool) -> None:
        """See dialler.py."""
        with self._lock:
            self._welcome = welcome
        self._call(self._on_up, new_link)
        self._unread.clear()

    def delivered(self, message: wire.Message, body: bytes) -> None:
        """See dialler.py."""
        self._call(self._on_message, message, body)

    def link_over(self, reason: str, unread: list[wire.Message], *, fault: bool) -> None:
        """See dialler.py."""
        with self._lock:
            self._unread += [*unread, *(message for message, _ in self._inbox)]
            self._inbox.clear()
            self._fault = fault
        self._call(self._on_lost, reason)

    def finished(self, error: errors.MailroomError) -> None:
        """See dialler.py."""
        with self._lock:
            self._over = self._over or error
            self._inbox.clear()
            self._lock.notify_all()
        self._call(self._on_lost, str(error))
