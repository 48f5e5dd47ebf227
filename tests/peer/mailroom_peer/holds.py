"""HOLDS: what a manager says that it has, to a boss that was started anew (PROTOCOL.md section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailroom_peer import fields
from mailroom_peer.fields import Address
from mailroom_peer.header import Message
from mailroom_peer.kinds import Kind


@dataclass(slots=True)
class Holds(Message):
    """What a manager has from another process of its boss; with `more` 1 another one follows."""

    KIND = Kind.HOLDS
    TYPES = (fields.RANGES, *(fields.ADDRESSES,) * 4, fields.NUMBER)

    ranges: Sequence[tuple[int, int]] = ()
    tasks: Sequence[Address] = ()
    roots: Sequence[Address] = ()
    parts: Sequence[Address] = ()
    ended: Sequence[Address] = ()
    more: int = 0
