"""One ZeroMQ connection: a socket, its routing id and its monitor, made anew for each TCP connection.

libzmq must not reconnect in silence, for what was under way would be gone and nobody would know. So a line
connects once and says when it broke; who makes the next one is connection.py's affair. A line belongs to one
thread.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import zmq
from zmq.utils.monitor import recv_monitor_message

from mailroom._base.certificates import Keys

COPY_BELOW = 65_536  # bytes; a larger frame is handed to libzmq without a copy
MAX_FRAME = 16 << 20  # bytes, PROTOCOL.md section 7
_NEVER_MS = 3_600_000  # we are gone long before
HANDSHAKE_MS = 10_000  # for ZeroMQ's own handshake

CERTAIN = 10  # of keys that do not fit; so many connections that hang up in the handshake are as certain

_NEEDS_KEYS = (
    "it lets in only who has a key: give the folder that `mailroom keygen` made (keys, or MAILROOM_KEYS)"
)
_HAS_NONE = "it was started without keys"

_FAILED = (
    zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_AUTH
)
_MISMATCH = int(zmq.Event.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
_UNKNOWN_KEY = 400  # ZAP's status
_WATCHED = (
    _FAILED | zmq.Event.CLOSED | zmq.Event.DISCONNECTED | zmq.Event.CONNECT_DELAYED | zmq.Event.CONNECTED
)

Frames = tuple[bytes, "bytes | memoryview"]


class Line:
    """A DEALER that connects to `address`, once.

    Args:
        context: where the sockets are made.
        address: an endpoint of ZeroMQ's.
        keys: of both sides, None for a connection without.

    Raises:
        zmq.ZMQError: the address is not an endpoint.

    Attributes:
        refused: how certain it is that the keys do not fit: 0, not at all, to `CERTAIN`.
        broken: why there is no connection any more, None as long as it may come or go on.
        progress: how far it came, as a text for people.
    """

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], address: str, keys: Keys | None = None
    ) -> None:
        self.broken: str | None = None
        self.refused = 0
        self._keys = keys
        self.progress = "the name cannot be resolved, or nothing answers there"
        self._connected = False
        self._held: Frames | None = None
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.ROUTING_ID, b"\x01" + os.urandom(15))
        # not -1, and IMMEDIATE stays 0: either makes libzmq drop what arrived and was not read when the
        # connection ends, such as the SHUTDOWN or the ERROR that says why (half of them, measured)
        self.socket.setsockopt(zmq.RECONNECT_IVL, _NEVER_MS)
        self.socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
        self.socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME)
        if "[" in address:
            self.socket.setsockopt(zmq.IPV6, 1)
        # the link's window bounds the bytes under way; libzmq counts messages, whatever their size
        self.socket.setsockopt(zmq.SNDHWM, 0)
        self.socket.setsockopt(zmq.RCVHWM, 0)
        if keys is not None:
            self.socket.setsockopt(zmq.CURVE_SERVERKEY, keys.server.public)
            self.socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.own.public)
            self.socket.setsockopt(zmq.CURVE_SECRETKEY, keys.own.secret)
        self.monitor = self.socket.get_monitor_socket(int(_WATCHED))
        try:
            self.socket.connect(address)
        except zmq.ZMQError:
            self.close(0)
            raise

    @property
    def connected(self) -> bool:
        """Whether TCP has connected: what is sent goes out as soon as ZeroMQ's handshake is done."""
        return self._connected and self.broken is None

    @property
    def stuck(self) -> bool:
        """Whether a message is held back until the socket takes it."""
        return self._held is not None

    def watch(self) -> None:
        """Reads what the monitor saw, into `broken` and `progress`."""
        while self.monitor.poll(0):
            said = recv_monitor_message(self.monitor)
            event, value = int(said["event"]), int(said["value"])
            if event & zmq.Event.CONNECT_DELAYED:
                self.progress = "nothing answers there"
            elif event & zmq.Event.CONNECTED:
                self._connected = True
                self.progress = "something accepts connections there, but it is not a mailroom broker"
            elif not self._connected:
                self.broken = self.progress = "connection refused, or the host cannot be reached"
            elif event & _FAILED:
                self.broken = self.progress = self._why_failed(event, value)
            else:
                self.broken = self.broken or "the other side closed the connection, or the network did"

    def _why_failed(self, event: int, value: int) -> str:
        """What ZeroMQ's handshake failed for; also sets `refused`.

        Where one side has keys and the other has none, both find out, and who is first hangs up on the other.
        """
        keys = self._keys
        mismatch = event & zmq.Event.HANDSHAKE_FAILED_PROTOCOL and value == _MISMATCH
        hung_up = event & zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
        if keys is not None and event & zmq.Event.HANDSHAKE_FAILED_AUTH:
            self.refused = CERTAIN if value == _UNKNOWN_KEY else 0
            return (
                f"it refused the key of {keys.own.file} ({keys.own.role} {keys.own.name}): it is not in the"
                " table of allowed keys there, or its role may not connect there"
            )
        if mismatch:
            self.refused = CERTAIN
            return _NEEDS_KEYS if keys is None else f"{_HAS_NONE}: start it with --keys, or connect without"
        if hung_up and keys is None:
            return f"{_NEEDS_KEYS}; or it is not a mailroom broker, and hung up"
        if hung_up and keys is not None:
            self.refused = (
                1  # a process that ends, and a proxy in front of one that is not there, do the same
            )
            return (
                f"it hung up in the handshake: the key of the {keys.server.role} there is another one than"
                f" that of {keys.server.file}, or {_HAS_NONE}"
            )
        return "what listens there does not speak ZeroMQ: not a mailroom broker"

    def send(self, header: bytes, body: bytes | memoryview) -> bool:
        """Puts a message on the connection.

        Returns:
            False when the socket does not take it now: it is held and goes out with `flush`; send nothing
            until then.
        """
        self._held = (header, body)
        return self.flush()

    def flush(self) -> bool:
        """Tries again to send what is held; true if nothing is held any more."""
        if self._held is None:
            return True
        header, body = self._held
        try:
            if len(body):
                self.socket.send(header, zmq.DONTWAIT | zmq.SNDMORE)
                self.socket.send(body, zmq.DONTWAIT, copy=len(body) < COPY_BELOW)
            else:
                self.socket.send(header, zmq.DONTWAIT)
        except zmq.Again:
            return False
        self._held = None
        return True

    def ready(self) -> bool:
        """Whether the connection is there, so that a message can go out."""
        return bool(int(self.socket.getsockopt(zmq.EVENTS)) & zmq.POLLOUT)

    def receive(self, limit: int | None) -> Iterator[list[bytes]]:
        """Gives the messages that have arrived, each as its frames: at most `limit`, or all."""
        for _ in itertools.repeat(None) if limit is None else range(limit):
            try:
                yield self.socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return

    def close(self, linger: int) -> None:
        """Closes the connection; libzmq may take `linger` ms to send what it has."""
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(linger)
