"""Headers drawn by hypothesis: round trips, any legal width, one field wrong, mutations, any bytes.

The oracle is MessagePack's own reader in Python, which is another one than the decoder uses (the one in C).
"""

from __future__ import annotations

import dataclasses
from typing import Any

import msgpack
import pytest
from drawn import BY_TYPE, VALUES, messages, written
from hypothesis import event, example, given
from hypothesis import strategies as st
from mailroom import errors
from mailroom_peer import wire
from mailroom_peer.header import SHAPES
from mailroom_peer.messages import KINDS
from mailroom_peer.text import vectors
from msgpack import fallback

HEADERS = {vector.name: vector.header for vector in vectors("messages.txt")}
COMMON = 4
TASK_FIELDS = 10  # of a task, in front of those that may be left out


def values_of(message: wire.Message) -> list[Any]:
    """The fields that `encode` wrote, by the oracle."""
    values = fallback.unpackb(wire.encode(message))
    assert type(values) is list
    return values


def refusal(header: bytes) -> errors.MailroomError | None:
    """Why it is refused; an error of the decoder's own is raised."""
    try:
        wire.decode(header)
    except (errors.Malformed, errors.TooLarge, errors.BadVersion) as error:
        return error
    return None


def check(header: bytes) -> wire.Message | None:
    """Whatever these bytes are, they are refused with an error of ours, or mean what the oracle reads."""
    why = refusal(header)
    if why is not None:
        assert str(why)
        return None
    message = wire.decode(header)
    if isinstance(message, wire.Unknown):
        assert message.kind not in KINDS
        return message
    given_values = fallback.unpackb(header)
    expected = [*as_written(given_values), *missing(message, len(given_values))]
    assert repr(values_of(message)) == repr(expected[: COMMON + len(SHAPES[type(message)])])
    return message


def missing(message: wire.Message, given_fields: int) -> list[Any]:
    """What fields mean that were left out."""
    if given_fields >= COMMON + len(SHAPES[type(message)]):
        return []
    defaults = values_of(dataclasses.replace(type(message)(), seq=message.seq, ack=message.ack))
    return defaults[given_fields:]


def as_written(values: list[Any]) -> list[Any]:
    """What was read, as it is written: tasks without unknown flags, and without nil at their ends."""
    tasks = []
    if values[1] == wire.Kind.SUBMIT:
        tasks = [values[COMMON]]
    elif values[1] == wire.Kind.SUBMIT_BATCH:
        tasks = values[COMMON]
    for task in tasks:
        task[7] &= 3
        while len(task) > TASK_FIELDS and task[-1] is None:
            task.pop()
    return values


def test_there_is_a_strategy_for_each_field_of_each_kind() -> None:
    assert {type_ for shape in SHAPES.values() for _, type_ in shape} == set(BY_TYPE)


@given(messages())
def test_a_message_comes_back_as_it_was(message: wire.Message) -> None:
    header = wire.encode(message)
    assert wire.decode(header) == message
    assert fallback.unpackb(header)[:COMMON] == [1, message.kind, message.seq, message.ack]


@given(messages(), st.data())
def test_a_writer_may_choose_any_width(message: wire.Message, data: st.DataObject) -> None:
    values = values_of(message)
    header = written(values, lambda forms: data.draw(st.integers(0, forms - 1)))
    assert fallback.unpackb(header) == values
    assert wire.decode(header) == message


FURTHER = st.recursive(
    st.none() | st.integers(0, (1 << 64) - 1) | st.text(max_size=9) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(messages(), st.lists(FURTHER, min_size=1, max_size=3))
def test_further_fields_are_ignored(message: wire.Message, more: list[Any]) -> None:
    values = values_of(message)
    assert wire.decode(msgpack.packb([*values, *more])) == message


@given(messages(), st.binary(min_size=1, max_size=9))
def test_bytes_behind_the_header_are_malformed(message: wire.Message, rest: bytes) -> None:
    with pytest.raises(errors.Malformed, match="bytes after the header"):
        wire.decode(wire.encode(message) + rest)


@given(messages().filter(lambda message: SHAPES[type(message)]), VALUES, st.data())
def test_a_field_that_is_something_else_is_named_or_is_right(
    message: wire.Message, value: Any, data: st.DataObject
) -> None:
    values = values_of(message)
    at = data.draw(st.integers(COMMON, len(values) - 1), label="field")
    values[at] = value
    header = msgpack.packb(values)
    why = refusal(header)
    event("accepted" if why is None else type(why).__name__)
    if why is None:
        check(header)
    elif "lengths" not in str(why):  # a batch's other array may be what no longer fits
        assert message.KIND.name in str(why)
        assert isinstance(message, wire.Submit | wire.SubmitBatch) or (
            SHAPES[type(message)][at - COMMON][0] in str(why) or "entries" in str(why)
        )


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_vector_means_what_it_says(name: str) -> None:
    check(HEADERS[name])


@given(
    st.sampled_from(sorted(HEADERS)).map(HEADERS.__getitem__) | messages().map(wire.encode),
    st.lists(
        st.tuples(st.integers(0), st.integers(0, 255), st.sampled_from(["set", "insert", "delete", "cut"]))
    ),
)
def test_a_mutated_header_is_refused_or_means_what_it_says(
    header: bytes, mutations: list[tuple[int, int, str]]
) -> None:
    changed = bytearray(header)
    for place, byte, what in mutations:
        at = place % (len(changed) + 1)
        if what == "insert":
            changed.insert(at, byte)
        elif what == "cut":
            del changed[at:]
        elif at < len(changed):
            changed[at : at + 1] = bytes([byte] * (what == "set"))
    event("accepted" if check(bytes(changed)) is not None else "refused")


# nested deeper than any reader goes; longer than there is; a map's keys; a time and an extension
@example(b"\x91" * 100_000)
@example(b"\x94\x01\x21\x00\xdd\xff\xff\xff\xff")
@example(b"\x95\x01\x22\x00\x00\x82\xc0\x01\xc3\x02")
@example(b"\x95\x01\x22\x00\x00\xd6\xff\x00\x00\x00\x00")
@example(b"\x95\x01\x22\x00\x00\xc7\x00\x05")
@example(b"\x94\x01\x22\x00\xa2\xff\xfe")
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_mean_what_they_say(header: bytes) -> None:
    check(header)


@given(st.integers(0, 50), st.lists(VALUES, max_size=14))
def test_any_fields_are_refused_or_mean_what_they_say(kind: int, values: list[Any]) -> None:
    check(msgpack.packb([1, kind, 1, 0, *values]))
