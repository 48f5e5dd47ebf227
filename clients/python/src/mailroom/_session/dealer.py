"""One ZeroMQ connection of pyzmq's: a socket, its routing id and its monitor, made anew for each connection.

libzmq must not reconnect in silence, for what was under way would be gone and nobody would know. So a dealer
connects once and says how that ended; libmailroom says when the next one is made. It belongs to one thread,
and does and says what edge/line/line.c does for the library's own socket.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
from collections.abc import Iterator

import zmq
from zmq.utils.monitor import recv_monitor_message

from mailroom import _core
from mailroom._base.certificates import Keys
from mailroom._base.clock import clock

COPY_BELOW = 65_536  # bytes; a larger frame is handed to libzmq without a copy
CONNECT_MS = 10_000
HANDSHAKE_MS = 10_000  # for ZeroMQ's own handshake
MAX_FRAME = 16 << 20  # bytes, PROTOCOL.md section 7
_NEVER_MS = 3_600_000  # we are gone long before

_FAILED = (
    zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_AUTH
)
_WATCHED = _FAILED | zmq.Event.CLOSED | zmq.Event.DISCONNECTED | zmq.Event.HANDSHAKE_SUCCEEDED
_MISMATCH = int(zmq.Event.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
_UNKNOWN_KEY = 400  # ZAP's status

_NEEDS_KEYS = (
    "it has keys, and this program has none: give it some with the folder that `mailroom keygen` made"
    " (keys, or MAILROOM_KEYS)"
)

Frames = tuple[bytes, bytes]


def endpoints_of(address: str) -> list[str]:
    """The endpoints that an address names: one for each address that its host's name has now, of each host.

    Raises:
        OSError: the name has none; the text says why.
    """
    if not address.startswith("tcp://"):
        return [address]
    found, failure = list[str](), OSError()
    for one in address.split(","):
        try:
            found += _endpoints_of_one(one)
        except OSError as error:
            failure = error
    if not found:
        raise failure
    return found


def _endpoints_of_one(address: str) -> list[str]:
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise OSError(f"cannot resolve {host}: {error.strerror}") from None
    hosts = dict.fromkeys(str(where[0]) for *_, where in found)
    return [f"tcp://[{one}]:{port}" if ":" in one else f"tcp://{one}:{port}" for one in hosts]


class Dealer:
    """A DEALER that connects to `address`, once.

    Args:
        context: where the sockets are made.
        address: an endpoint of ZeroMQ's.
        keys: of both sides, None for a connection without.

    Attributes:
        open: whether ZeroMQ's handshake is done.
        broken: why there is no connection, or none any more; None as long as it may come or go on.
        misfit: how certain it is that the keys do not fit: 0, not at all, to `_core.MISFIT_CERTAIN`.

    Raises:
        zmq.ZMQError: the address is not an endpoint.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: str, keys: Keys | None) -> None:
        self.open = False
        self.broken: str | None = None
        self.misfit = 0
        self._keys = keys
        self._since = clock()
        self._held: Frames | None = None
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.ROUTING_ID, b"\x01" + os.urandom(15))
        # not -1, and IMMEDIATE stays 0: either makes libzmq drop what arrived and was not read when the
        # connection ends, such as the SHUTDOWN or the ERROR that says why (half of them, measured)
        self.socket.setsockopt(zmq.RECONNECT_IVL, _NEVER_MS)
        self.socket.setsockopt(zmq.CONNECT_TIMEOUT, CONNECT_MS)
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

    def watch(self) -> None:
        """Reads what the monitor saw, into `open`, `broken` and `misfit`."""
        while self.monitor.poll(0):
            said = recv_monitor_message(self.monitor)
            event, value = int(said["event"]), int(said["value"])
            if event == zmq.Event.HANDSHAKE_SUCCEEDED:
                self.open = True
            elif self.broken is not None:
                continue  # a failed handshake is a closed connection too
            elif self.open:
                self.broken = "the connection was closed"
            else:
                self.broken = self._explain(event, value)

    def _explain(self, event: int, value: int) -> str:
        """Why connecting failed, in words; also sets `misfit`."""
        unanswered = event == zmq.Event.HANDSHAKE_FAILED_NO_DETAIL and value == errno.EAGAIN
        hung_up = event in (zmq.Event.HANDSHAKE_FAILED_NO_DETAIL, zmq.Event.DISCONNECTED) and not unanswered
        if event == zmq.Event.HANDSHAKE_FAILED_PROTOCOL and value == _MISMATCH:
            self.misfit = _core.MISFIT_CERTAIN
            return _NEEDS_KEYS if self._keys is None else "it has no keys, and this program has (--keys)"
        if self._keys is not None and event == zmq.Event.HANDSHAKE_FAILED_AUTH:
            own = self._keys.own
            self.misfit = _core.MISFIT_CERTAIN if value == _UNKNOWN_KEY else 0
            return (
                f"it does not let in our key {own.name} of {own.file}: its folder of allowed keys needs"
                f" {own.name}.cert"
            )
        if self._keys is not None and hung_up:
            self.misfit = 1  # a process that ends, or a proxy without one behind it, does the same
            return (
                "it closed the connection in the handshake, as it does when its key is not the one of"
                f" {self._keys.server.file}, or when it has no keys"
            )
        if unanswered:
            return "it does not answer as a ZeroMQ peer does"
        if event == zmq.Event.HANDSHAKE_FAILED_PROTOCOL:
            return "it is not a ZeroMQ peer"
        if hung_up:
            return (
                "it closed the connection before the handshake was done, as it does when it has keys (--keys)"
            )
        if clock() - self._since >= CONNECT_MS - 100:
            return "connecting timed out"
        return "nothing listens there, or it cannot be reached"

    def send(self, header: bytes, body: bytes) -> bool:
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
            if body:
                self.socket.send(header, zmq.DONTWAIT | zmq.SNDMORE)
                self.socket.send(body, zmq.DONTWAIT, copy=len(body) < COPY_BELOW)
            else:
                self.socket.send(header, zmq.DONTWAIT)
        except zmq.Again:
            return False
        self._held = None
        return True

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
