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

COPY_BELOW = 65_536  # bytes; a larger frame is handed to libzmq without a copy
MAX_FRAME = 16 << 20  # bytes, PROTOCOL.md section 7
_NEVER_MS = 3_600_000  # we are gone long before
HANDSHAKE_MS = 10_000  # for ZeroMQ's own handshake

_BROKEN = (
    zmq.Event.CLOSED
    | zmq.Event.DISCONNECTED
    | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_AUTH
)
_WATCHED = _BROKEN | zmq.Event.CONNECT_DELAYED | zmq.Event.CONNECTED

Frames = tuple[bytes, "bytes | memoryview"]


class Line:
    """A DEALER that connects to `address`, once.

    Args:
        context: where the sockets are made.
        address: an endpoint of ZeroMQ's.

    Raises:
        zmq.ZMQError: the address is not an endpoint.

    Attributes:
        broken: why there is no connection any more, None as long as it may come or go on.
        progress: how far it came, as a text for people.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: str) -> None:
        self.broken: str | None = None
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
        self.monitor = self.socket.get_monitor_socket(int(_WATCHED))
        try:
            self.socket.connect(address)
        except zmq.ZMQError:
            self.close(0)
            raise

    @property
    def stuck(self) -> bool:
        """Whether a message is held back until the socket takes it."""
        return self._held is not None

    def watch(self) -> None:
        """Reads what the monitor saw, into `broken` and `progress`."""
        while self.monitor.poll(0):
            event = int(recv_monitor_message(self.monitor)["event"])
            if event & zmq.Event.CONNECT_DELAYED:
                self.progress = "nothing answers there"
            elif event & zmq.Event.CONNECTED:
                self._connected = True
                self.progress = "something accepts connections there, but it is not a mailroom broker"
            elif not self._connected:
                self.broken = self.progress = "connection refused, or the host cannot be reached"
            elif event & (zmq.Event.HANDSHAKE_FAILED_NO_DETAIL | zmq.Event.HANDSHAKE_FAILED_PROTOCOL):
                self.broken = self.progress = (
                    "what listens there does not speak ZeroMQ: not a mailroom broker"
                )
            elif event & zmq.Event.HANDSHAKE_FAILED_AUTH:
                self.broken = self.progress = "the other side refused the key"
            else:
                self.broken = self.broken or "the other side closed the connection, or the network did"

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
