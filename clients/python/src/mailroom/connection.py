"""A connection to a broker, a manager or a shim, kept up by one thread that owns the socket.

The thread shakes hands, numbers, acknowledges and cuts messages with a `Link`, answers heartbeats, and makes
a new ZeroMQ connection when one broke, so that whoever uses the connection sees messages only: each once and
in order. What messages mean is left to the caller. sockets are line.py's, the handshake is handshake.py's.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeGuard

import zmq

from mailroom import errors, wire
from mailroom.handshake import Answer, Handshake
from mailroom.line import Line
from mailroom.link import Due, Limits, Link, Verdict

HEARTBEAT_MS = 5_000
EXPIRY_MS = 300_000
WINDOW = 8 << 20
MAX_BODY = 1 << 30

_MESSAGES_A_TURN = 64
_DIAL_MS = 10_000  # from the beginning of a connection to WELCOME
_DELAY_MS = (50, 1_000)  # between connections: the shortest, and the longest
_STABLE_MS = 5_000  # a connection that lasted so long was a good one
_LINGER_MS = 200  # for what is on the socket when the connection is closed

_log = logging.getLogger(__name__)


def _clock() -> int:
    return time.monotonic_ns() // 1_000_000


def _drops(message: wire.Message) -> TypeGuard[wire.Error]:
    """Whether the peer says with `message` that it ended the link, as it could make nothing of it."""
    return (
        isinstance(message, wire.Error)
        and message.code in (errors.Malformed.code, errors.Unexpected.code)
        and message.uuid is None
        and message.task is None
    )


class Connection:
    """A link to a peer that outlives its TCP connections, and the thread that keeps it up.

    The callbacks run in that thread, one at a time: they must not block, and must not wait for an answer. An
    exception out of one is logged and goes no further.

    * `on_up(new_link)`: a handshake is done. True: a new link begins; False: the present one goes on.
    * `on_message(message, body)`: a message of the peer's, each once and in order.
    * `on_lost(reason)`: the link is over. What was sent and not answered may have been read or not. With
      `redial` a new link is tried for, and `on_up(True)` follows; without, the connection is over too.

    Args:
        address: an endpoint of ZeroMQ's (`tcp://host:port`, `ipc://path`).
        role: what this side is, `wire.Role.CLIENT` or `wire.Role.WORKER`.
        on_message: see above.
        on_up: see above.
        on_lost: see above.
        session: a client's token, 16 bytes; None for other roles.
        heartbeat: ms of silence after which this side asks for a sign of life; 0 for none.
        expiry: ms that the link outlives its connection.
        window: bytes that the peer may send ahead of this side's acknowledgement.
        max_body: the largest body that this side takes, in bytes.
        name: of this side, for people and logs; a spawned worker's is its MAILROOM_WORKER.
        redial: whether a broken connection is made anew; unless said, a client's is and a worker's is not.
            The first one is tried for until it comes, in any case.
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
        session: bytes | None = None,
        heartbeat: int = HEARTBEAT_MS,
        expiry: int = EXPIRY_MS,
        window: int = WINDOW,
        max_body: int = MAX_BODY,
        name: str = "",
        redial: bool | None = None,
        start: bool = True,
    ) -> None:
        from mailroom import __version__

        self.address = address
        self.session = session
        self._redial = role == wire.Role.CLIENT if redial is None else redial
        self._on_message, self._on_up, self._on_lost = on_message, on_up, on_lost
        self._handshake = Handshake(
            wire.Hello(
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
                software=f"mailroom-python {__version__}",
                name=name,
                ids=0,
            )
        )
        self._pid = os.getpid()
        self._lock = threading.Condition()
        self._inbox: deque[tuple[wire.Message, bytes | memoryview]] = deque()  # on the way to the thread
        self._busy = True  # the thread looks into the inbox before it sleeps
        self._closing = False
        self._over: str | None = None  # why there will be no link any more
        self._welcome: wire.Welcome | None = None
        self._progress = "not tried yet"

        # the rest is the thread's own
        self._up = False
        self._link = self._new_link()
        self._line: Line | None = None
        self._greeted = False  # HELLO is out on this line
        self._dialled_at = self._dial_at = _clock()
        self._delay = _DELAY_MS[0]
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._thread = threading.Thread(target=self._run, name="mailroom-connection", daemon=True)
        if start:
            self.start()

    # -- from any thread

    def start(self) -> None:
        """Starts the thread, where the constructor was told not to."""
        self._thread.start()

    def in_thread(self) -> bool:
        """Whether the caller runs in the connection's thread, that is in a callback, and must not wait."""
        return threading.current_thread() is self._thread

    @property
    def welcome(self) -> wire.Welcome | None:
        """What the peer said of itself in the newest handshake, None before the first."""
        return self._welcome

    @property
    def over(self) -> str | None:
        """Why nothing will come or go on this connection any more, None as long as something may."""
        return self._over

    @property
    def foreign(self) -> bool:
        """Whether this is another process than the one that made the connection, after a fork."""
        return os.getpid() != self._pid

    def send(self, message: wire.Message, body: bytes | memoryview = b"", *, first: bool = False) -> None:
        """Sends a message; it keeps its place among those sent before and after.

        Args:
            message: what to send. Its number is given later.
            body: it must not be changed afterwards.
            first: put it before all that still waits for a connection.

        Raises:
            errors.ConnectionLost: the connection is over.
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
                raise errors.ConnectionLost(self._over)
            if first:
                self._inbox.appendleft((message, body))
            else:
                self._inbox.append((message, body))
            wake, self._busy = not self._busy, True
        if wake:
            self._wake()

    def wait(self, timeout: float | None) -> None:
        """Waits until the first handshake is done.

        Args:
            timeout: seconds; None for ever.

        Raises:
            errors.ConnectError: it is not done in time, or was refused.
        """
        self._check_process()
        with self._lock:
            done = self._lock.wait_for(lambda: self._welcome is not None or self._over is not None, timeout)
            if self._welcome is None and (self._over is not None or not done):
                within = "" if self._over is not None else f" within {timeout} s"
                raise errors.ConnectError(
                    f"no connection to {self.address}{within}: {self._over or self._progress}"
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
            self._over = self._over or "this side closed it"
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
        return not self._inbox and self._link.idle

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except OSError:  # full: it will wake up; closed: nobody to wake
            return

    # -- the thread

    def _new_link(self) -> Link:
        mine = self._handshake.mine
        limits = Limits(
            heartbeat=mine.heartbeat, expiry=mine.expiry, window=mine.window, max_body=mine.max_body
        )
        return Link(limits, _clock())

    def _run(self) -> None:
        try:
            while not self._closing and self._over is None:
                self._turn()
        except Exception as error:
            _log.exception("the connection to %s ends by a fault of its own", self.address)
            self._finish(f"a fault in mailroom itself: {error!r}")
        finally:
            self._shut()

    def _shut(self) -> None:
        if self._line is not None:
            if self._up and self._closing:
                self._push()
            self._line.close(_LINGER_MS if self._up else 0)
        self._context.term()
        self._waker.close()
        self._woken.close()

    def _turn(self) -> None:
        if self._line is None and _clock() >= self._dial_at:
            self._dial()
        events = self._sleep()
        line = self._line
        if line is not None:
            if line.monitor in events:
                line.watch()
            if line.socket in events or line.broken is not None:
                self._read(line)
            if line is self._line:
                self._see_to(line)
        self._keep_time()
        if self._up:
            self._push()
        with self._lock:
            self._lock.notify_all()

    def _sleep(self) -> dict[object, int]:
        """Waits until there is something to do, and says which sockets have it."""
        poller = zmq.Poller()
        poller.register(self._woken.fileno(), zmq.POLLIN)
        if self._line is not None:
            waits = self._line.stuck or not self._greeted
            poller.register(self._line.socket, zmq.POLLIN | zmq.POLLOUT if waits else zmq.POLLIN)
            poller.register(self._line.monitor, zmq.POLLIN)
        with self._lock:
            hurry = self._up and bool(self._inbox)
            # without a handshake the inbox stays as it is, so nobody need wake the thread for it
            self._busy = hurry or not self._up
            timeout = 0 if hurry or self._closing else self._until()
        events: dict[object, int] = dict(poller.poll(timeout))
        if self._woken.fileno() in events:
            self._woken.recv(4096)
        return events

    def _until(self) -> int | None:
        """Milliseconds until something is due; None: nothing is."""
        due = [self._link.deadline() if self._made else None]
        if self._line is None:
            due.append(self._dial_at)
        elif not self._up:
            due.append(self._dialled_at + _DIAL_MS)
        times = [time for time in due if time is not None]
        return max(0, min(times) - _clock()) if times else None

    @property
    def _made(self) -> bool:
        """Whether the present link was ever connected; before, it cannot expire."""
        return self._handshake.peer_boot is not None

    def _dial(self) -> None:
        self._dialled_at = _clock()
        self._greeted = False
        try:
            self._line = Line(self._context, self.address)
        except zmq.ZMQError as error:
            self._finish(f"not an address that ZeroMQ can connect to: {error}")

    def _see_to(self, line: Line) -> None:
        """Says HELLO when the connection is there, and ends it when it broke or never came."""
        self._progress = line.progress
        if line.broken is not None:
            self._break(line.broken)
        elif not self._greeted and line.ready():
            line.send(wire.encode(self._handshake.hello(self._link.received)), b"")
            self._greeted = True
        elif not self._up and _clock() >= self._dialled_at + _DIAL_MS:
            self._break(line.progress)
        elif line.stuck:
            line.flush()

    def _read(self, line: Line) -> None:
        """Takes what has arrived; all of it when the connection broke."""
        limit = _MESSAGES_A_TURN if line.broken is None else None
        for frames in line.receive(limit):
            self._read_one(frames)
            if line is not self._line:
                return

    def _read_one(self, frames: list[bytes]) -> None:
        try:
            message = wire.decode_frames(frames)
        except errors.MailroomError as error:
            if self._up:
                self._fault(str(error))
            else:
                self._break(f"what listens there is not a mailroom broker: {error}")
            return
        if self._up and not (isinstance(message, wire.Error) and message.seq == 0):
            self._take(message, frames)
        else:
            self._answered(message)

    def _answered(self, answer: wire.Message) -> None:
        """HELLO was answered; or the peer says, in the middle of a link, that it knows of none."""
        made = self._made
        try:
            verdict = self._handshake.judge(answer)
        except (errors.BadVersion, errors.Refused) as refusal:
            self._finish(str(refusal))
            return
        except errors.MailroomError as trouble:
            self._break(str(trouble))
            return
        assert isinstance(answer, wire.Welcome)
        if verdict is Answer.NEW and made:
            self._end_link("the other side was started anew, or the link had expired there")
        self._agree(answer)
        if not self._link.connected(answer.window, answer.max_body, answer.received, _clock()):
            self._end_link("the two sides do not agree on what was received")
            self._handshake.forget()
            self._break("the link could not go on")
            return
        with self._lock:
            self._welcome = answer
            self._up = True
        self._call(self._on_up, verdict is Answer.NEW)

    def _agree(self, answer: wire.Welcome) -> None:
        """Of both sides' intervals the smaller holds; a heartbeat of 0 is none."""
        mine, limits = self._handshake.mine, self._link.limits
        limits.heartbeat = min(filter(None, (mine.heartbeat, answer.heartbeat)), default=0)
        limits.expiry = min(mine.expiry, answer.expiry)

    def _take(self, message: wire.Message, frames: list[bytes]) -> None:
        """Lets the link judge a message, and hands it on."""
        body = frames[1] if len(frames) > 1 else b""
        verdict, whole, why = self._link.receive(message, len(frames[0]), body, _clock())
        if verdict is Verdict.DELIVER:
            self._call(self._on_message, message, bytes(whole))
            if isinstance(message, wire.Disconnect) or _drops(message):
                self._end(f"the other side ended the link: {message.text}")
        elif verdict is Verdict.PING:
            self._put(wire.Pong())
        elif verdict is Verdict.FAULT:
            self._fault(why)
        elif verdict is Verdict.TOO_LARGE:
            self._end(why)

    def _keep_time(self) -> None:
        """Does what the link says is due."""
        while self._made and (due := self._link.due(_clock())) is not Due.NOTHING:
            if due is Due.SEND_ACK:
                self._put(wire.Ack())
            elif due is Due.SEND_PING:
                self._put(wire.Ping())
            elif due is Due.GIVE_UP:
                self._break("the other side is silent")
            elif due is Due.EXPIRED:
                self._end("there was no connection for too long")

    def _put(self, message: wire.Message) -> None:
        """Sends a message outside the numbering; one that cannot go now need not go."""
        line = self._line
        if line is not None and line.flush():
            message.ack = self._link.acked()
            line.send(wire.encode(message), b"")

    def _push(self) -> None:
        """Moves what waits from the inbox to the link, and what the link lets go to the socket."""
        with self._lock:
            mail = list(self._inbox)
            self._inbox.clear()
        for message, body in mail:
            try:
                self._link.send(message, body)
            except (errors.TooLarge, ValueError, TypeError):
                _log.exception("a message that cannot be sent was dropped: %s", message)
        line = self._line
        while line is not None and line.flush() and (letter := self._link.next()) is not None:
            line.send(*letter)

    # -- the ends of things, from the smallest to the largest

    def _fault(self, why: str) -> None:
        """The peer broke the protocol, so that nothing it says can be relied on: the link is over."""
        self._link.send(wire.Error(code=errors.Malformed.code, text=why))
        self._push()
        self._end(f"the other side broke the protocol: {why}")

    def _break(self, reason: str) -> None:
        """The connection is gone; the next one is dialled, if there is to be one."""
        now = _clock()
        was_up, self._up = self._up, False
        self._link.broken(now)
        if self._line is not None:
            self._line.close(0)
            self._line = None
        self._progress = reason
        if was_up and not self._redial:
            self._finish(reason)
            return
        stable = was_up and now - self._dialled_at >= _STABLE_MS
        self._delay = _DELAY_MS[0] if stable else min(2 * self._delay, _DELAY_MS[1])
        self._dial_at = now + int(self._delay * random.uniform(0.5, 1.0))
        _log.log(logging.INFO if was_up else logging.DEBUG, "%s: %s", self.address, reason)

    def _end_link(self, reason: str) -> None:
        """The link is over, and all that waits on it is dropped."""
        with self._lock:
            self._inbox.clear()
        self._link = self._new_link()
        self._call(self._on_lost, reason)

    def _end(self, reason: str) -> None:
        """The link is over, and its connection."""
        self._handshake.forget()
        if not self._redial:
            self._finish(reason)
            return
        self._end_link(reason)
        self._break(reason)

    def _finish(self, reason: str) -> None:
        """Nothing will come or go any more."""
        self._up = False
        with self._lock:
            if self._closing:
                return
            self._over = reason
            self._inbox.clear()
            self._lock.notify_all()
        self._call(self._on_lost, reason)

    def _call(self, callback: Callable[..., None] | None, *arguments: object) -> None:
        if callback is None or self._closing:
            return
        try:
            callback(*arguments)
        except Exception:
            _log.exception("a callback of the connection to %s failed", self.address)
