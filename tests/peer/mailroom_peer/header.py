"""The base of all messages, and the writing of their headers (PROTOCOL.md section 2)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import msgpack
from mailroom import errors

from mailroom_peer import fields
from mailroom_peer.kinds import MAX_HEADER, VERSION, Kind


@dataclass(slots=True)
class Message:
    """The base of all messages; its number and acknowledgement on the link are 0 until the link sets them."""

    KIND: ClassVar[Kind]
    TYPES: ClassVar[tuple[fields.Type, ...]] = ()  # of the fields, in their order on the wire
    REQUIRED: ClassVar[int | None] = None  # how many fields a reader insists on; None: all

    seq: int = dataclasses.field(default=0, kw_only=True)
    ack: int = dataclasses.field(default=0, kw_only=True)

    @property
    def kind(self) -> int:
        """The kind's number, a `Kind` where this version knows it."""
        return self.KIND

    def encode(self, seq: int, ack: int) -> bytes:
        """The header with this number and acknowledgement; those of the message stay as they are.

        Raises:
            errors.TooLarge: a field is above its limit.
            ValueError: a field is nothing that can be sent.
        """
        values = [VERSION, self.KIND, seq, ack]
        try:
            for name, kind in SHAPES[type(self)]:
                value = getattr(self, name)
                if value is None and kind in (fields.NUMBER, fields.TEXT):
                    break  # it is left out, with those behind it
                values.append(kind.write(value) if kind.write else value)
        except fields.TooLarge as error:
            raise errors.TooLarge(f"{self.KIND.name}: {error}") from None
        header = bytes(msgpack.packb(values, unicode_errors="replace"))
        if len(header) > MAX_HEADER:
            raise errors.TooLarge(f"{self.KIND.name}: the header has more than 8 MiB")
        return header


@dataclass(slots=True)
class Unknown(Message):
    """A message of a kind that this version does not know; only its number and place are read."""

    number: int = 0

    @property
    def kind(self) -> int:
        return self.number


SHAPES: dict[type[Message], tuple[tuple[str, fields.Type], ...]] = {}
"""The names and types of each kind's own fields, in their order on the wire; messages.py fills it."""
