"""The numbered, acknowledged line to one peer (PROTOCOL.md section 3), without a socket or a clock.

The twin of common/link/link.c, held to the same vectors; times are milliseconds given by the caller. It
numbers what is sent, keeps it until it is acknowledged, and safe where the peer has a journal, holds back
what is beyond the peer's window, cuts large bodies into chunks and puts them together, says what is a
duplicate, when an ACK, a PING or giving up is due, and goes on after a new handshake. What messages mean, and
the handshake itself, are left to others (connection.py, handshake.py).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import msgpack

from mailroom_peer import wire

CHUNK = 262_144  # bytes: a larger body is cut into pieces of this size
ACK_MESSAGES = 64  # an ACK is due after this many messages,
ACK_BYTES = 1 << 20  # this many bytes,
ACK_DELAY = 100  # or this many ms, whichever comes first
SILENT_INTERVALS = 3  # heartbeats without a sign of life until the connection is given up

Body = bytes | memoryview

_PASSING = (wire.Ping, wire.Pong, wire.Ack)
_HANDSHAKE = (wire.Hello, wire.Welcome)
_ARRAY16 = 0xDC  # MessagePack's mark of an array of 16 fields and more


@dataclass
class Limits:
    """What this side keeps to; `heartbeat` and `expiry` are what both agreed on, set after the handshake.

    Attributes:
        heartbeat: ms, 0 for none.
        expiry: ms that the link outlives its connection.
        window: bytes of unacknowledged messages that this side lets the peer send.
        max_body: bytes.
        max_queue: bytes waiting for the peer's window above which logs are dropped and the link is full.
        keep_unsafe: bytes of what the peer has acknowledged and not made safe, with more no further is sent.
    """

    heartbeat: int = 0
    expiry: int = 60_000
    window: int = 8 << 20
    max_body: int = 1 << 30
    max_queue: int = 8 << 20
    keep_unsafe: int = 64 << 20


class Verdict(Enum):
    """What a received message is."""

    DELIVER = "a message for the caller"
    SWALLOWED = "a duplicate, a chunk or a message of the link's own: nothing to do"
    PING = "answer PONG at once"
    FAULT = "it broke the protocol: ERROR MALFORMED, and the link is ended"
    TOO_LARGE = "its body is beyond max_body: ERROR TOO_LARGE, and the link is ended"


class Due(Enum):
    """What is to be done now."""

    NOTHING = "nothing"
    SEND_ACK = "send ACK"
    SEND_PING = "send PING"
    GIVE_UP = "the connection is silent: close it, and call `broken`"
    EXPIRED = "no connection for too long: the link is over"


class Received(NamedTuple):
    """A verdict; with DELIVER the whole body, with FAULT and TOO_LARGE what is wrong, else both are empty."""

    verdict: Verdict
    body: bytes
    why: str


_SWALLOWED = Received(Verdict.SWALLOWED, b"", "")
_PING = Received(Verdict.PING, b"", "")


class _Letter:
    """A message that is kept until it is acknowledged; its header was encoded with zeros for seq and ack."""

    __slots__ = ("body", "cost", "header", "message", "seq")

    def __init__(self, header: bytes, body: Body, seq: int, message: wire.Message | None) -> None:
        self.header = header
        self.body = body
        self.seq = seq
        self.message = message  # that is whole with this letter; None for its earlier pieces
        # against the window; seq and ack take up to 8 bytes more each when they are stamped
        self.cost = len(header) + 16 + len(body) + 64

    def stamped(self, ack: int) -> bytes:
        """The header with its number and this acknowledgement."""
        at = 5 if self.header[0] == _ARRAY16 else 3  # behind the array's mark, version and kind
        numbers = msgpack.packb(self.seq) + msgpack.packb(ack)
        return b"".join((self.header[:at], numbers, self.header[at + 2 :]))


class Link:
    """A link without a connection; it does not expire before it has had one.

    Args:
        limits: the link's own, not shared with others.
        now: ms.

    Attributes:
        limits: see `Limits`.
        received: the highest number received in order.
        dropped_logs: how many logs were dropped because the queue was full.
        duplicates: how many messages came that had been seen.
        journals: this side has a journal, and tells what is safe.
    """

    def __init__(self, limits: Limits, now: int) -> None:
        self.limits = limits
        self.received = 0
        self.dropped_logs = 0
        self.duplicates = 0
        self.journals = False
        self._peer_journals = False
        self._connected = False
        self._peer_window = self._peer_max_body = 0

        self._next_seq = 1  # the next number to give
        self._read: deque[_Letter] = deque()  # acknowledged, and not safe at the peer's
        self._unsafe = 0  # cost of _read
        self._sent: deque[_Letter] = deque()  # put on the present (or last) connection, not acknowledged
        self._unsent: deque[_Letter] = deque()  # the numbers after those
        self._ahead = 0  # cost of _sent
        self._waiting = 0  # cost of _unsent

        self._acknowledged = 0  # what the peer was told of `received`
        self._unacked_bytes = 0  # received since then
        self._ack_since: int | None = None  # when the first of them came
        self._safe = 0  # of `received` this is in this side's journal,
        self._told_safe = 0  # and the peer was told so of this
        self._safe_since: int | None = None  # when there was more of it
        self._heard_at = now  # the last message, or the handshake
        self._pinged_at: int | None = None  # the last PING since then
        self._broken_at: int | None = None  # None while connected, and before the first connection

        self._pieces: list[bytes] = []  # of a body that comes in chunks
        self._pieces_size = 0
        self._pieces_length = 0  # of the whole body; 0: no chunk is under way

    @property
    def kept(self) -> int:
        """How many messages are kept until they are acknowledged, and safe."""
        return len(self._read) + len(self._sent) + len(self._unsent)

    @property
    def unsent(self) -> int:
        """How many of those were not put on the present (or last) connection."""
        return len(self._unsent)

    @property
    def idle(self) -> bool:
        """Whether all that was sent is acknowledged, and safe."""
        return self.kept == 0

    def unread(self) -> list[wire.Message]:
        """The messages that were sent and are not safe, in order; the peer may have them or not."""
        letters = (*self._read, *self._sent, *self._unsent)
        return [letter.message for letter in letters if letter.message is not None]

    @property
    def full(self) -> bool:
        """Whether more than max_queue bytes wait for the peer's window."""
        return self._waiting > self.limits.max_queue

    def accepts(self, size: int) -> bool:
        """Whether the peer accepts a body of `size` bytes."""
        return size <= self._peer_max_body

    def connected(self, peer_window: int, peer_max_body: int, peer_received: int, now: int) -> bool:
        """The handshake is done; the HELLO or WELCOME of this side must have carried `received`.

        Args:
            peer_window: bytes, as the peer announced.
            peer_max_body: bytes, as the peer announced.
            peer_received: the highest number that the peer has received; the rest will be sent again.
            now: ms.

        Returns:
            False, with the link unchanged, when `peer_received` is impossible (more than was sent, or less
            than was acknowledged): then the link cannot go on.
        """
        unsent_seq = self._next_seq - len(self._unsent)
        if not unsent_seq - len(self._sent) - 1 <= peer_received < unsent_seq:
            return False
        self._release(peer_received)
        self._unsent.extendleft(reversed(self._sent))
        self._sent.clear()
        self._waiting += self._ahead
        self._ahead = 0
        self._peer_window, self._peer_max_body = peer_window, peer_max_body
        self._connected = True
        self._heard_at = now
        self._pinged_at = self._broken_at = None
        self.acked()  # the handshake told it
        return True

    def settle(self, journals: bool, safe: int) -> None:
        """The same handshake, behind `connected`.

        Args:
            journals: the peer has a journal, and says what is safe there.
            safe: the highest number that is.
        """
        self._peer_journals = journals
        if journals:
            self._drop_safe(safe)

    def made_safe(self, now: int) -> None:
        """All that was received is in this side's journal."""
        if self._safe < self.received:
            self._safe = self.received
            self._safe_since = now if self._safe_since is None else self._safe_since

    def tell_safe(self) -> int:
        """What is safe, 0 without a journal; counts as told."""
        if not self.journals:
            return 0
        self._told_safe = self._safe
        self._safe_since = None
        return self._safe

    def broken(self, now: int) -> None:
        """The connection is gone: the link waits for the next one until it expires. Twice does no harm."""
        if self._connected:
            self._connected = False
            self._broken_at = now

    def send(self, message: wire.Message, body: Body = b"") -> int:
        """Takes a message into the line.

        Args:
            message: what to send; its number and acknowledgement are the link's affair.
            body: at most what the peer accepts (see `accepts`); it must not be changed afterwards.

        Returns:
            Its number; a body above the chunk size takes several, and this is the last one. 0 for a log that
            was dropped because the queue is full.

        Raises:
            errors.TooLarge: a field is above its limit; nothing is sent.
            ValueError: a field is nothing that can be sent; nothing is sent.
        """
        if isinstance(message, wire.Log) and self.full:
            self.dropped_logs += 1
            return 0
        header = message.encode(0, 0)
        if len(body) > CHUNK:
            chunk = wire.Chunk(length=len(body)).encode(0, 0)
            body = memoryview(body)
            while len(body) > CHUNK:
                self._append(chunk, body[:CHUNK], None)
                body = body[CHUNK:]
        return self._append(header, body, message)

    def _append(self, header: bytes, body: Body, message: wire.Message | None) -> int:
        letter = _Letter(header, body, self._next_seq, message)
        self._unsent.append(letter)
        self._waiting += letter.cost
        self._next_seq += 1
        return letter.seq

    def next(self) -> tuple[bytes, Body] | None:
        """The header and body to put on the connection now; counts as an acknowledgement.

        Returns:
            None: there is none, no window or no connection.
        """
        if not self._connected or not self._unsent:
            return None
        letter = self._unsent[0]
        if self._sent and self._ahead + letter.cost > self._peer_window:
            return None  # but for the first, a message above the window would never go
        if self._read and self._unsafe + self._ahead + letter.cost > self.limits.keep_unsafe:
            return None
        self._sent.append(self._unsent.popleft())
        self._ahead += letter.cost
        self._waiting -= letter.cost
        return letter.stamped(self.acked()), letter.body

    def acked(self) -> int:
        """The acknowledgement for a message outside the numbering, which is sent now: counts as told."""
        self._acknowledged = self.received
        self._unacked_bytes = 0
        self._ack_since = None
        return self.received

    def _release(self, ack: int) -> None:
        """The peer has the messages up to number `ack`: they are dropped where it cannot lose them."""
        while self._sent and self._sent[0].seq <= ack:
            letter = self._sent.popleft()
            self._ahead -= letter.cost
            if self._peer_journals:
                self._read.append(letter)
                self._unsafe += letter.cost

    def _drop_safe(self, safe: int) -> None:
        while self._read and self._read[0].seq <= safe:
            self._unsafe -= self._read.popleft().cost

    def receive(self, message: wire.Message, header_size: int, body: bytes, now: int) -> Received:
        """Says what a message is that was received on this link's present connection.

        HELLO, WELCOME and an ERROR with number 0 are not for here.

        Args:
            message: as it was decoded.
            header_size: bytes of its header frame.
            body: its body frame, empty where there is none.
            now: ms.
        """
        passing = isinstance(message, _PASSING)
        self._heard_at = now
        self._pinged_at = None
        if isinstance(message, _HANDSHAKE):
            return _fault("a handshake on a link that has one")
        if passing != (message.seq == 0):
            return _fault("a PING, PONG or ACK with a number" if passing else "a message without a number")
        if message.ack >= self._next_seq - len(self._unsent):
            return _fault("an acknowledgement of what was not sent")
        self._release(message.ack)
        if isinstance(message, wire.Ack) and self._peer_journals:
            self._drop_safe(message.safe)
        if passing:
            return _PING if isinstance(message, wire.Ping) else _SWALLOWED
        if message.seq <= self.received:
            self.duplicates += 1
            return _SWALLOWED
        if message.seq != self.received + 1:
            return _fault("a gap in the numbers")
        return self._take(message, header_size, body, now)

    def _take(self, message: wire.Message, header_size: int, body: bytes, now: int) -> Received:
        """Takes the message whose turn it is."""
        length = message.length if isinstance(message, wire.Chunk) else None
        wrong = self._check_body(length, len(body))
        if wrong is not None:
            return wrong
        self.received += 1
        self._unacked_bytes += header_size + len(body)
        if self._ack_since is None:
            self._ack_since = now
        if length is None and self._pieces_length == 0:
            return Received(Verdict.DELIVER, body, "")
        self._pieces.append(body)
        self._pieces_size += len(body)
        if length is not None:
            self._pieces_length = length
            return _SWALLOWED
        self._unacked_bytes += ACK_BYTES  # at once: until then its sender has all of it
        whole = b"".join(self._pieces)
        self._pieces = []
        self._pieces_size = self._pieces_length = 0
        return Received(Verdict.DELIVER, whole, "")

    def _check_body(self, length: int | None, size: int) -> Received | None:
        """What is wrong with the body of the next numbered message; `length` is what a chunk announces."""
        total = self._pieces_size + size
        if (size if length is None else length) > self.limits.max_body:
            return Received(Verdict.TOO_LARGE, b"", "a body is larger than max_body")
        if length is None:
            if self._pieces_length not in (0, total):
                return _fault("the pieces of a body do not add up to its length")
        elif self._pieces_length not in (0, length):
            return _fault("a chunk gives another length than the one before it")
        elif size > CHUNK:
            return _fault("a chunk's piece is larger than 262144 bytes")
        elif total >= length:
            return _fault("the chunks leave nothing of their body for its message")
        return None

    def _ack_deadline(self) -> int | None:
        if self._ack_since is None:
            return None
        much = self.received - self._acknowledged >= ACK_MESSAGES or self._unacked_bytes >= min(
            ACK_BYTES, self.limits.window // 2
        )
        return self._ack_since if much else self._ack_since + ACK_DELAY

    def _safe_deadline(self) -> int | None:
        if self._safe_since is None or self._safe <= self._told_safe:
            return None
        much = self._safe - self._told_safe >= ACK_MESSAGES
        return self._safe_since if much else self._safe_since + ACK_DELAY

    def _heartbeat_deadline(self) -> int | None:
        """When the next PING, or giving up, is due: an interval after the last sign of life or PING."""
        if self.limits.heartbeat == 0:
            return None
        since = self._heard_at if self._pinged_at is None else self._pinged_at
        return since + self.limits.heartbeat

    def deadline(self) -> int | None:
        """The next ms at which `due` has something to say if nothing else happens; None: never."""
        if not self._connected:
            return None if self._broken_at is None else self._broken_at + self.limits.expiry
        times = (self._ack_deadline(), self._safe_deadline(), self._heartbeat_deadline())
        return min((time for time in times if time is not None), default=None)

    def due(self, now: int) -> Due:
        """One thing that is due at `now`.

        Call it until it says NOTHING, when all that has arrived was received, and at `deadline`. GIVE_UP and
        EXPIRED are said again until the caller has acted on them.
        """
        deadline = self.deadline()
        if deadline is None or deadline > now:
            return Due.NOTHING
        if not self._connected:
            return Due.EXPIRED
        for acknowledge in (self._ack_deadline(), self._safe_deadline()):
            if acknowledge is not None and acknowledge <= now:
                self.acked()
                return Due.SEND_ACK
        return self._silent(now)

    def _silent(self, now: int) -> Due:
        """The connection has been silent for an interval.

        It is given up only when a PING has had an interval to be answered: after a stall of this side's own,
        three intervals may have gone by without one.
        """
        if self._pinged_at is not None and now - self._heard_at >= SILENT_INTERVALS * self.limits.heartbeat:
            return Due.GIVE_UP
        self._pinged_at = now
        return Due.SEND_PING


def _fault(why: str) -> Received:
    return Received(Verdict.FAULT, b"", why)
