"""Headers: the recorded vectors that the C side reads too, limits, and garbage."""

from __future__ import annotations

import random
import re
from uuid import UUID

import msgpack
import pytest
from mailroom import errors
from mailroom_peer import wire
from mailroom_peer.text import VECTORS, Vector, text_of, vectors

GOOD = list(vectors("messages.txt"))
BAD = list(vectors("malformed.txt"))


def _id(vector: Vector) -> str:
    return vector.name


@pytest.mark.parametrize("vector", GOOD, ids=_id)
def test_a_good_vector_means_what_it_says(vector: Vector) -> None:
    assert text_of(wire.decode(vector.header)) == vector.text


@pytest.mark.parametrize("vector", [v for v in GOOD if v.canonical], ids=_id)
def test_what_was_decoded_is_encoded_to_the_same(vector: Vector) -> None:
    message = wire.decode(vector.header)
    assert wire.decode(wire.encode(message)) == message
    assert msgpack.unpackb(wire.encode(message)) == msgpack.unpackb(vector.header)


@pytest.mark.parametrize("vector", BAD, ids=_id)
def test_a_malformed_vector_is_refused_with_its_code(vector: Vector) -> None:
    with pytest.raises(errors.MailroomError) as refusal:
        wire.decode(vector.header)
    assert wire.Code(refusal.value.code).name == vector.code
    assert vector.why in str(refusal.value)


def test_there_is_a_vector_of_every_kind() -> None:
    kinds = {message.kind for message in (wire.decode(v.header) for v in GOOD)}
    assert kinds >= set(wire.Kind)


def test_kinds_codes_roles_and_states_have_the_numbers_of_the_c_side() -> None:
    header = (VECTORS.parents[1] / "common/wire/kinds.h").read_text()
    listed: list[wire.Kind | wire.Code] = [*wire.Kind, *wire.Code]
    assert all(re.search(rf"X\({number.name}, {number.value}[,)]", header) for number in listed)
    assert header.count("    X(") == len(listed)
    assert all(f"ROLE_{role.name} = {role.value}" in header for role in wire.Role)
    assert all(f"STATE_{state.name} = {state.value}" in header for state in wire.State)


def test_a_header_cut_anywhere_is_malformed() -> None:
    for vector in GOOD:
        if vector.canonical:
            for size in range(len(vector.header)):
                with pytest.raises(errors.Malformed):
                    wire.decode(vector.header[:size])


def test_garbage_is_refused_with_an_error_of_ours() -> None:
    draw = random.Random(20261123)
    outcomes = {True: 0, False: 0}
    for vector in GOOD:
        for _ in range(100):
            header = bytearray(vector.header)
            for _ in range(draw.randint(1, 3)):
                header[draw.randrange(len(header))] = draw.randrange(256)
            try:
                message = wire.decode(bytes(header))
            except errors.MailroomError:
                outcomes[False] += 1
            else:
                outcomes[True] += 1
                assert isinstance(message, wire.Unknown) or wire.decode(wire.encode(message)) == message
    assert min(outcomes.values()) > 1000


def test_a_batch_has_65536_entries_and_no_more() -> None:
    tasks = [wire.Task(runtime="plain")] * wire.MAX_BATCH
    batch = wire.SubmitBatch(tasks, [0] * wire.MAX_BATCH)
    assert wire.decode(wire.encode(batch)) == wire.SubmitBatch(tuple(tasks), tuple(batch.lengths))
    with pytest.raises(errors.TooLarge, match="SUBMIT_BATCH"):
        wire.encode(wire.SubmitBatch([*tasks, wire.Task()], [0] * (wire.MAX_BATCH + 1)))
    header = [1, wire.Kind.SUBMIT_BATCH, 1, 0, [0] * (wire.MAX_BATCH + 1), []]
    with pytest.raises(errors.TooLarge, match="SUBMIT_BATCH"):
        wire.decode(msgpack.packb(header))


def test_a_header_of_more_than_8_mib_is_too_large() -> None:
    with pytest.raises(errors.TooLarge):
        wire.decode(bytes(wire.MAX_HEADER + 1))


@pytest.mark.parametrize(
    ("task", "names"),
    [
        (wire.Task(name="é" * 128), "name"),
        (wire.Task(runtime="x" * 32), "runtime"),
        (wire.Task(breadcrumbs=[wire.Address()] * 256), "breadcrumbs"),
        (wire.Task(meta=bytes(65_537)), "meta"),
    ],
)
def test_what_the_peer_would_refuse_is_not_written(task: wire.Task, names: str) -> None:
    with pytest.raises(errors.TooLarge, match=names):
        wire.encode(wire.Submit(task))


def test_a_header_above_8_mib_is_not_written() -> None:
    with pytest.raises(errors.TooLarge, match="SUBMIT_BATCH: the header has more than 8 MiB"):
        wire.encode(wire.SubmitBatch([wire.Task(meta=bytes(65_536))] * 129, [0] * 129))


def test_a_name_of_255_bytes_and_a_runtime_of_31_pass() -> None:
    task = wire.Task(name="x" * 255, runtime="é" * 15 + "x", uuid=UUID(int=5))
    assert wire.decode(wire.encode(wire.Submit(task))) == wire.Submit(task)


def test_a_text_that_is_no_unicode_goes_out_as_question_marks() -> None:
    message = wire.decode(wire.encode(wire.Shutdown(text="a\udcff")))
    assert isinstance(message, wire.Shutdown)
    assert message.text == "a?"


def test_encode_with_numbers_leaves_the_message_as_it_is() -> None:
    ping = wire.Ping()
    assert wire.decode(ping.encode(5, 6)) == wire.Ping(seq=5, ack=6)
    assert ping == wire.Ping()


@pytest.mark.parametrize("count", [0, 3])
def test_a_message_has_one_or_two_frames(count: int) -> None:
    with pytest.raises(errors.Malformed, match="frames"):
        wire.decode_frames([wire.encode(wire.Ping())] * count)


def test_the_second_frame_is_the_body() -> None:
    assert wire.decode_frames([wire.encode(wire.Ping()), b"x"]) == wire.Ping()
