"""Hypothesis strategies for messages, and for what is nearly one; MessagePack with numbers of any width."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from mailroom_peer import fields, wire
from mailroom_peer.header import SHAPES
from mailroom_peer.messages import KINDS

NUMBERS = st.one_of(
    st.integers(0, 300), st.integers(0, (1 << 64) - 1), st.sampled_from([0xFFFF, 0x10000, 1 << 32])
)
NUMBERS32 = NUMBERS.map(lambda number: number % (1 << 32))
MAYBE_NUMBERS = st.none() | NUMBERS.map(lambda number: number % ((1 << 64) - 1))
# no surrogates: they cannot be written as UTF-8
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
UUIDS = st.uuids()
ADDRESSES = st.builds(wire.Address, st.none() | st.integers(0, (1 << 30) - 1), NUMBERS, NUMBERS32)
RUNTIMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=7)
BYTES16 = st.binary(min_size=16, max_size=16)


def tuples(of: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=least, max_size=5).map(tuple)


TASKS = st.builds(
    wire.Task,
    *(ADDRESSES, NUMBERS, tuples(ADDRESSES), st.none() | UUIDS, RUNTIMES, NUMBERS32, st.integers(0, 255)),
    *(st.integers(0, 3), TEXTS, st.binary(max_size=300), NUMBERS),
)
RESULTS = st.builds(wire.ResultHeader, ADDRESSES, NUMBERS32, st.none() | UUIDS)
RANGES = (
    st.lists(st.integers(0, 1 << 30), min_size=2, max_size=2, unique=True)
    .map(sorted)
    .map(lambda pair: (pair[0], pair[1]))
)
BY_TYPE: dict[fields.Type, st.SearchStrategy[Any]] = {
    fields.NUMBER: NUMBERS,
    fields.NUMBER32: NUMBERS32,
    fields.MAYBE_NUMBER: MAYBE_NUMBERS,
    fields.TEXT: TEXTS,
    fields.MAYBE_TEXT: st.none() | TEXTS,
    fields.BYTES16: BYTES16,
    fields.MAYBE_BYTES16: st.none() | BYTES16,
    fields.UUID: UUIDS,
    fields.MAYBE_UUID: st.none() | UUIDS,
    fields.ADDRESS: ADDRESSES,
    fields.MAYBE_ADDRESS: st.none() | ADDRESSES,
    fields.TEXTS: tuples(TEXTS),
    fields.ADDRESSES: tuples(ADDRESSES),
    fields.RANGES: tuples(RANGES),
    fields.RUNTIMES: tuples(st.tuples(RUNTIMES, TEXTS)),
    fields.LENGTHS: tuples(NUMBERS),
    fields.TASK: TASKS,
    fields.TASKS: tuples(TASKS, 1),
    fields.RESULTS: tuples(RESULTS, 1),
    fields.COUNTS: tuples(st.tuples(TEXTS, NUMBERS)),
    fields.SLOTS: tuples(st.tuples(UUIDS, MAYBE_NUMBERS)),
}
"""What a field of each type may be; those of lists for people are made of their dataclasses' annotations."""


def _listed(kind: type[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    by_name = {"int": NUMBERS, "str": TEXTS, "uuids.UUID": UUIDS}
    return tuples(st.builds(kind, *(by_name[text] for text in kind.__annotations__.values())))


BY_TYPE[fields.LISTED_TASKS] = _listed(wire.ListedTask)
BY_TYPE[fields.LISTED_MANAGERS] = _listed(wire.ListedManager)
BY_TYPE[fields.LISTED_CLIENTS] = _listed(wire.ListedClient)


@st.composite
def messages(draw: st.DrawFn) -> wire.Message:
    """A message of any kind, with any fields that it may have."""
    kind = draw(st.sampled_from(list(KINDS.values())))
    values = [draw(BY_TYPE[type_]) for _, type_ in SHAPES[kind]]
    if kind in (wire.SubmitBatch, wire.ResultBatch):
        values[1] = tuple(draw(NUMBERS) for _ in values[0])
    return kind(*values, seq=draw(NUMBERS), ack=draw(NUMBERS))


# anything that MessagePack can say, of the types of headers and of others
VALUES = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 64) - 1), st.floats(), TEXTS),
        *(st.binary(max_size=40), BYTES16),
    ),
    lambda inner: st.lists(inner, max_size=10) | st.dictionaries(st.integers(0, 9), inner, max_size=3),
    max_leaves=12,
)

_WIDTHS: dict[type[Any], list[tuple[int, int, bytes, str]]] = {
    int: [
        *((0, 1 << 7, b"", "B"), (0, 1 << 8, b"\xcc", "B"), (0, 1 << 16, b"\xcd", ">H")),
        *((0, 1 << 32, b"\xce", ">I"), (0, 1 << 64, b"\xcf", ">Q"), (0, 1 << 7, b"\xd0", "b")),
        *((0, 1 << 15, b"\xd1", ">h"), (0, 1 << 31, b"\xd2", ">i"), (0, 1 << 63, b"\xd3", ">q")),
    ],
    str: [
        *((0xA0, 32, b"", "B"), (0, 1 << 8, b"\xd9", "B"), (0, 1 << 16, b"\xda", ">H")),
        (0, 1 << 32, b"\xdb", ">I"),
    ],
    bytes: [(0, 1 << 8, b"\xc4", "B"), (0, 1 << 16, b"\xc5", ">H"), (0, 1 << 32, b"\xc6", ">I")],
    list: [(0x90, 16, b"", "B"), (0, 1 << 16, b"\xdc", ">H"), (0, 1 << 32, b"\xdd", ">I")],
}
"""The forms of each type: what is added to the number or length, its limit, the mark, how it is packed."""


def written(value: Any, choose: Callable[[int], int]) -> bytes:
    """A value in MessagePack, each number and length in a legal form of `choose`'s choice out of so many."""
    if value is None:
        return b"\xc0"
    data = value.encode() if isinstance(value, str) else value
    number = data if isinstance(data, int) else len(data)
    forms = [form for form in _WIDTHS[type(value)] if number < form[1]]
    base, _, mark, packing = forms[choose(len(forms))]
    head = mark + struct.pack(packing, base + number)
    if isinstance(data, list):
        return head + b"".join(written(element, choose) for element in data)
    return head if isinstance(data, int) else head + data
