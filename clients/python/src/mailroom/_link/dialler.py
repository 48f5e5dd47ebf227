"""One link kept up over as many ZeroMQ connections as it takes, in one thread.

It dials, shakes hands, reads and writes, keeps the link's times, and tells a `Watcher` what happened. Threads
are connection.py's, one ZeroMQ connection is line.py's, numbers and acknowledgements are link.py's.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from typing import Protocol, TypeGuard

import zmq

from mailroom import errors
from mailroom._base.certificates import Keys
from mailroom._base.clock import clock
from mailroom._link.handshake import Answer, Handshake
from mailroom._link.line import CERTAIN, Line
from mailroom._link.link import Body, Due, Limits, Link, Verdict
from mailroom._wire import wire
from mailroom.version import __version__

_MESSAGES_A_TURN = 64
_DIAL_MS = 10_000  # from the beginning of a connection to WELCOME
_DELAY_MS = (50, 1_000)  # between connections: the shortest, and the longest
_STABLE_MS = 5_000  # a connection that lasted so long was a good one
_LINGER_MS = 200  # for what is on the socket when the connection is closed

_log = logging.getLogger(__name__)


def _is_about_the_link(message: wire.Message) -> TypeGuard[wire.Error]:
    """Whether it is an ERROR that is not about a task."""
    return isinstance(message, wire.Error) and message.uuid is None and message.task is None


_DROPPED = (errors.Malformed.code, errors.Unexpected.code)
"""What a peer says that ends the link because it could make nothing of a message."""


def _what_to_upgrade(error: errors.BadVersion) -> str:
    """Names both versions, and which of the two programs is the older one."""
    here = f"this side, mailroom {__version__} for Python, speaks version {wire.VERSION}"
    if error.version is None:
        return f"{error}; {here}"
    older = (
        "upgrade this one (pip install --upgrade mailroom-router) and start the process anew, or the kernel"
        if error.version > wire.VERSION
        else "upgrade the broker and the managers, or install the version here that fits them"
    )
    return f"the other side speaks version {error.version} of the protocol; {here}: {older}"


class Watcher(Protocol):
    """Who is told what happens to the link."""

    def welcomed(self, welcome: wire.Welcome, new_link: bool) -> None:
        """A handshake is done; a new link begins, or the present one goes on."""

    def delivered(self, message: wire.Message, body: bytes) -> None:
        """A message came."""

    def link_over(self, reason: str, unread: list[wire.Message], *, fault: bool) -> None:
        """The link is over; a new one is tried for.

        Args:
            reason: for people.
            unread: what was sent and not acknowledged, in order.
            fault: whether one side could make nothing of what the other sent.
        """

    def finished(self, error: errors.MailroomError) -> None:
        """The link is over, and nothing more is tried. It is not told twice."""


class Dialler:
    """A link and the present ZeroMQ connection to `address`, if there is one.

    Args:
        address: an endpoint of ZeroMQ's.
        mine: what this side announces.
        redial: whether a connection that broke is made anew.
        watcher: is told what happens, in the thread that calls `turn`.
        keys: of both sides, None for a connection without.

    Attributes:
        up: whether messages can go out: a handshake was done on the present connection.
        progress: how far the present connection came, or how the last one ended, as a text for people.
    """

    def __init__(
        self, address: str, mine: wire.Hello, redial: bool, watcher: Watcher, keys: Keys | None = None
    ) -> None:
        self.up = False
        self.progress = "not tried yet"
        self._address = address
        self._redial = redial
        self._watcher = watcher
        self._handshake = Handshake(mine)
        self._link = self._new_link()
        self._line: Line | None = None
        self._greeted = False  # HELLO is out on this line
        self._finished = False
        self._keys = keys
        self._met = False  # a handshake was done, some time
        self._refused = 0  # see Line.refused: of the connections since then
        self._dialled_at = self._dial_at = clock()
        self._delay = _DELAY_MS[0]
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()

    @property
    def idle(self) -> bool:
        """Whether the peer has acknowledged all that was sent."""
        return self._link.idle

    def close(self) -> None:
        """Closes the connection and frees what it took; what was sent already may still go out."""
        if self._line is not None:
            self._line.close(_LINGER_MS if self.up else 0)
        self._context.term()

    def dial(self) -> None:
        """Begins the next connection, if there is none and it is time for it."""
        if self._line is not None or clock() < self._dial_at:
            return
        self._dialled_at = clock()
        self._greeted = False
        try:
            self._line = Line(self._context, self._address, self._keys)
        except zmq.ZMQError as error:
            self._finish(
                errors.ConnectionLost(f"not an address that ZeroMQ can connect to: {error}"),
            )

    def register(self, poller: zmq.Poller) -> None:
        """Names the sockets that `turn` wants to know about."""
        if self._line is not None:
            waits = self._line.stuck or not self._greeted
            poller.register(self._line.socket, zmq.POLLIN | zmq.POLLOUT if waits else zmq.POLLIN)
            poller.register(self._line.monitor, zmq.POLLIN)

    def until(self) -> int | None:
        """Milliseconds until `dial` or `turn` has something to do without an event; None: for ever."""
        due = [self._link.deadline() if self._made else None]
        if self._line is None:
            due.append(self._dial_at)
        elif not self.up:
            due.append(self._dialled_at + _DIAL_MS)
        times = [time for time in due if time is not None]
        return max(0, min(times) - clock()) if times else None

    def turn(self, events: dict[object, int]) -> None:
        """Does what there is to do.

        Args:
            events: what the poller said.
        """
        line = self._line
        if line is not None:
            if line.monitor in events:
                line.watch()
            if line.socket in events or line.broken is not None:
                self._read(line)
            if line is self._line:
                self._see_to(line)
        self._keep_time()

    def push(self, mail: Iterable[tuple[wire.Message, Body]]) -> None:
        """Gives messages to the link, and what the link lets go to the socket. For when it is `up`."""
        for message, body in mail:
            try:
                self._link.send(message, body)
            except (errors.TooLarge, ValueError, TypeError):
                _log.exception("a message that cannot be sent was dropped: %s", message)
        line = self._line
        while line is not None and line.flush() and (letter := self._link.next()) is not None:
            line.send(*letter)

    def _new_link(self) -> Link:
        mine = self._handshake.mine
        limits = Limits(
            heartbeat=mine.heartbeat, expiry=mine.expiry, window=mine.window, max_body=mine.max_body
        )
        return Link(limits, clock())

    @property
    def _made(self) -> bool:
        """Whether the present link was ever connected; before, it cannot expire."""
        return self._handshake.peer_boot is not None

    def _see_to(self, line: Line) -> None:
        """Says HELLO when the connection is there, and ends it when it broke or never came."""
        self.progress = line.progress
        if line.refused:
            self._refuse(line.broken or line.progress, line.refused)
        elif line.broken is not None:
            self._break(line.broken)
        elif not self._greeted and line.ready():
            line.send(wire.encode(self._handshake.hello(self._link.received)), b"")
            self._greeted = True
        elif not self.up and clock() >= self._dialled_at + _DIAL_MS:
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
        except errors.BadVersion as error:
            self._finish(errors.BadVersion(_what_to_upgrade(error), error.version))
            return
        except errors.MailroomError as error:
            if self.up:
                self._fault(str(error))
            else:
                self._break(f"what listens there is not a mailroom broker: {error}")
            return
        if self.up and not (isinstance(message, wire.Error) and message.seq == 0):
            self._take(message, frames)
        else:
            self._answered(message)

    def _answered(self, answer: wire.Message) -> None:
        """HELLO was answered; or the peer says, in the middle of a link, that it knows of none."""
        made = self._made
        try:
            verdict = self._handshake.judge(answer)
        except (errors.BadVersion, errors.NotOwner, errors.Refused, errors.SessionTaken) as refusal:
            self._finish(refusal)
            return
        except errors.MailroomError as trouble:
            self._break(str(trouble))
            return
        assert isinstance(answer, wire.Welcome)
        if verdict is Answer.NEW and made:
            self._end_link("the other side was started anew, or the link had expired there")
        self._agree(answer)
        if not self._link.connected(answer.window, answer.max_body, answer.received, clock()):
            self._end_link("the two sides do not agree on what was received")
            self._handshake.forget()
            self._break("the link could not go on")
            return
        self.up = self._met = True
        self._refused = 0
        self._watcher.welcomed(answer, verdict is Answer.NEW)

    def _agree(self, answer: wire.Welcome) -> None:
        """Of both sides' intervals the smaller holds; a heartbeat of 0 is none."""
        mine, limits = self._handshake.mine, self._link.limits
        limits.heartbeat = min(filter(None, (mine.heartbeat, answer.heartbeat)), default=0)
        limits.expiry = min(mine.expiry, answer.expiry)

    def _take(self, message: wire.Message, frames: list[bytes]) -> None:
        """Lets the link judge a message, and hands it on."""
        body = frames[1] if len(frames) > 1 else b""
        verdict, whole, why = self._link.receive(message, len(frames[0]), body, clock())
        if verdict is Verdict.DELIVER:
            self._watcher.delivered(message, bytes(whole))
            if isinstance(message, wire.Disconnect) and message.corr is not None:
                self._finish(errors.ConnectionLost("this side left"))
            elif isinstance(message, wire.Disconnect):
                self._end(f"the other side ended the link: {message.text}")
            elif _is_about_the_link(message):
                self._end_by(message)
        elif verdict is Verdict.PING:
            self._put(wire.Pong())
        elif verdict is Verdict.FAULT:
            self._fault(why)
        elif verdict is Verdict.TOO_LARGE:
            self._end(why, fault=True)

    def _end_by(self, error: wire.Error) -> None:
        """Ends the link where the peer says with `error` that it has."""
        if error.code == errors.SessionTaken.code:
            self._finish(errors.SessionTaken(error.text))
        elif error.code in _DROPPED:
            self._end(f"the other side ended the link: {error.text}", fault=True)

    def _keep_time(self) -> None:
        """Does what the link says is due."""
        while self._made and (due := self._link.due(clock())) is not Due.NOTHING:
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

    # -- the ends of things, from the smallest to the largest

    def _fault(self, why: str) -> None:
        """The peer broke the protocol, so that nothing it says can be relied on: the link is over."""
        self.push([(wire.Error(code=errors.Malformed.code, text=why), b"")])
        self._end(f"the other side broke the protocol: {why}", fault=True)

    def _break(self, reason: str) -> None:
        """The connection is gone; the next one is dialled, if there is to be one."""
        now = clock()
        was_up, self.up = self.up, False
        self._link.broken(now)
        if self._line is not None:
            self._line.close(0)
            self._line = None
        self.progress = reason
        if was_up and not self._redial:
            self._finish(errors.ConnectionLost(reason))
            return
        stable = was_up and now - self._dialled_at >= _STABLE_MS
        self._delay = _DELAY_MS[0] if stable else min(2 * self._delay, _DELAY_MS[1])
        self._dial_at = now + int(self._delay * random.uniform(0.5, 1.0))
        _log.log(logging.INFO if was_up else logging.DEBUG, "%s: %s", self._address, reason)

    def _refuse(self, reason: str, certainty: int) -> None:
        """The keys do not fit. At first that is an error of the user's; later it may be mended over there."""
        self._refused += certainty
        if self._met and self._refused == certainty:
            _log.warning("%s: %s; it is tried again", self._address, reason)
        if self._met or self._refused < CERTAIN:
            self._break(reason)
        else:
            self._finish(errors.KeyRefused(reason))

    def _end_link(self, reason: str, *, fault: bool = False) -> None:
        """The link is over, and all that waits on it is dropped."""
        unread = self._link.unread()
        self._link = self._new_link()
        self._watcher.link_over(reason, unread, fault=fault)

    def _end(self, reason: str, *, fault: bool = False) -> None:
        """The link is over, and its connection."""
        self._handshake.forget()
        if not self._redial:
            self._finish(errors.ConnectionLost(reason))
            return
        self._end_link(reason, fault=fault)
        self._break(reason)

    def _finish(self, error: errors.MailroomError) -> None:
        """Nothing will come or go any more."""
        self.up = False
        if not self._finished:
            self._finished = True
            self._watcher.finished(error)
