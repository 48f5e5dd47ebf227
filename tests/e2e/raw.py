"""Peers that say whatever a test wants them to say, on a ZeroMQ connection or on a bare TCP one."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import zmq
from mailroom_peer import wire
from running import SOON

M = TypeVar("M", bound=wire.Message)

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
"""ZMTP 3.1's, of a peer without security."""
READY = b"\x04\x29\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00"
"""ZMTP's handshake command of a DEALER."""


class Peer:
    """One end of a ZeroMQ connection; it numbers what it says and does no more of its own.

    Args:
        made: the socket.
        to: where a ROUTER's messages go: the routing id of the other end.
    """

    def __init__(self, made: zmq.Socket[bytes], to: bytes | None = None) -> None:
        self.socket = made
        self._to = [] if to is None else [to]
        self._numbers = itertools.count(1)

    def send(self, *frames: bytes) -> None:
        """Sends frames as they are."""
        self.socket.send_multipart([*self._to, *frames])

    def say(self, message: wire.Message, body: bytes = b"") -> None:
        """Sends a message with the next number of the link; a handshake and the link's own have none."""
        numbered = not isinstance(message, (wire.Hello, wire.Ping, wire.Pong, wire.Ack))
        message.seq = next(self._numbers) if numbered else 0
        self.send(*filter(None, (wire.encode(message), body)))

    def hears(self, kind: type[M]) -> M:
        """Waits for the next message but those that keep the link; it must be of this kind."""
        while True:
            assert self.socket.poll(int(SOON * 1000)), f"{kind.__name__} has not come"
            frames = self.socket.recv_multipart()[len(self._to) :]
            message = wire.decode_frames(frames)
            if not isinstance(message, (wire.Ping, wire.Pong, wire.Ack)):
                assert isinstance(message, kind), message
                return message

    def hears_any(self) -> wire.Message:
        """Waits for the next message, whatever it is."""
        assert self.socket.poll(int(SOON * 1000)), "nothing has come"
        return wire.decode_frames(self.socket.recv_multipart()[len(self._to) :])

    def shakes(self, role: wire.Role, **more: Any) -> wire.Welcome:
        """Says HELLO as such a peer and waits for the WELCOME."""
        self._numbers = itertools.count(1)
        self.say(hello(role, **more))
        return self.hears(wire.Welcome)


def hello(role: wire.Role, kind: type[wire.Hello] = wire.Hello, **more: Any) -> wire.Hello:
    """A good HELLO or WELCOME, but for what is given."""
    good = {
        "boot": os.urandom(16),
        "link": os.urandom(16),
        "session": os.urandom(16) if role == wire.Role.CLIENT else None,
        "expiry": 60_000,
        "window": 1 << 20,
        "max_body": 1 << 20,
        "software": "a test",
        "name": "raw",
    }
    return kind(role=role, **{**good, **more})


def slots_of(task: wire.Task, count: int) -> tuple[wire.Task, ...]:
    """The tasks of a map that are all like this one; only the first one says its uuid."""
    first = replace(task, return_address=wire.Address(None, 0, 0))
    rest = (wire.Address(None, 0, slot) for slot in range(1, count))
    return (first, *(replace(first, uuid=None, return_address=address) for address in rest))


def is_read(peer: Peer) -> None:
    """Waits until all that the peer has said was read, or its link is over. Acknowledges nothing."""
    peer.say(wire.Ping())
    while True:
        assert peer.socket.poll(int(SOON * 1000)), "no PONG has come"
        message = wire.decode_frames(peer.socket.recv_multipart())
        if isinstance(message, wire.Pong) or (isinstance(message, wire.Error) and message.seq == 0):
            return


@contextmanager
def dealing(
    port: int, prepare: Callable[[zmq.Socket[bytes]], None] = lambda made: None, source: str = "127.0.0.1"
) -> Iterator[Peer]:
    """A DEALER that connects to a port of loopback, from this address; `prepare` may set options before."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as made:
        made.setsockopt(zmq.LINGER, 0)
        made.setsockopt(zmq.ROUTING_ID, b"\x01" + os.urandom(15))
        prepare(made)
        made.connect(f"tcp://{source}:0;127.0.0.1:{port}")
        yield Peer(made)


@contextmanager
def tcp(port: int, said: bytes = b"") -> Iterator[socket.socket]:
    """A bare TCP connection, on which this was said."""
    with socket.create_connection(("127.0.0.1", port), timeout=SOON) as made:
        made.sendall(said)
        yield made


def read(made: socket.socket, size: int) -> None:
    """Waits for so many bytes."""
    while size > 0:
        part = made.recv(size)
        assert part, "it was closed"
        size -= len(part)


@contextmanager
def zmtp(port: int, said: bytes = b"") -> Iterator[socket.socket]:
    """A TCP connection on which ZMTP's handshake is done, and then this was said."""
    with tcp(port, GREETING) as made:
        read(made, len(GREETING))
        made.sendall(READY)
        read(made, len(READY))
        made.sendall(said)
        yield made


def framed(message: wire.Message) -> bytes:
    """A message of one frame as it stands in ZMTP's stream."""
    header = wire.encode(message)
    return bytes([0, len(header)]) + header


def read_to_end(made: socket.socket) -> bytes:
    """Waits until the other side closes; all that it said before."""
    parts = []
    try:
        while part := made.recv(4096):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def resident(pid: int) -> int:
    """How much memory a process has in use, in bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
