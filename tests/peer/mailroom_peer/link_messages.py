"""The messages of the link itself (PROTOCOL.md section 3).

Whoever uses them takes them from `mailroom_peer.wire`, which reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailroom_peer import fields
from mailroom_peer.header import Message
from mailroom_peer.kinds import Kind, Role


@dataclass(slots=True)
class Hello(Message):
    """The dialler's half of the handshake, as section 3 says. Times in ms, sizes in bytes."""

    KIND = Kind.HELLO
    TYPES = (
        *(fields.NUMBER32, fields.BYTES16, fields.BYTES16, fields.MAYBE_BYTES16, fields.NUMBER),
        *(fields.MAYBE_BYTES16, fields.NUMBER, fields.NUMBER, fields.NUMBER, fields.NUMBER),
        *(fields.TEXT, fields.TEXT, fields.NUMBER, fields.NUMBER),
        *(fields.MAYBE_BYTES16, fields.NUMBER, fields.NUMBER),
    )
    REQUIRED = 13

    role: int = Role.CLIENT
    boot: bytes = bytes(16)
    link: bytes = bytes(16)
    peer_boot: bytes | None = None
    received: int = 0
    session: bytes | None = None
    heartbeat: int = 0
    expiry: int = 0
    window: int = 0
    max_body: int = 0
    software: str = ""
    name: str = ""
    ids: int = 0
    features: int = 0
    cluster: bytes | None = None
    epoch: int = 0
    safe: int = 0


@dataclass(slots=True)
class Welcome(Hello):
    """The listener's half of the handshake."""

    KIND = Kind.WELCOME


@dataclass(slots=True)
class Ping(Message):
    """Asks for a PONG."""

    KIND = Kind.PING


@dataclass(slots=True)
class Pong(Message):
    """Answers a PING."""

    KIND = Kind.PONG


@dataclass(slots=True)
class Ack(Message):
    """Carries an acknowledgement, and what of it is safe where its sender has a journal."""

    KIND = Kind.ACK
    TYPES = (fields.NUMBER,)
    REQUIRED = 0

    safe: int = 0


@dataclass(slots=True)
class Chunk(Message):
    """A piece of a large body, which has `length` bytes as a whole."""

    KIND = Kind.CHUNK
    TYPES = (fields.NUMBER,)

    length: int = 0
