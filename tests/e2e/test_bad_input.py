"""Whatever a peer says, on whatever port: it is told what was wrong, and all others' work goes on."""

from __future__ import annotations

import contextlib
import random
import signal
import struct
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest
from cluster import broker, settings
from e2e_tasks import root_of, wait_for
from house import House
from mailroom import Client, NotOwner, UnknownTask
from mailroom_peer import wire
from mailroom_peer.wire import Code, Kind, Role, State
from raw import GREETING, dealing, hello, read_to_end, tcp, zmtp
from running import BIN, SOON, Programs, until

MANY = 1000
ROLES = {"client": Role.CLIENT, "worker": Role.WORKER, "boss": Role.BOSS}
QUESTION = wire.encode(wire.Status(corr=1, uuid=uuid.UUID(int=7), seq=1))
TASK = wire.Task(runtime="python", uuid=uuid.UUID(int=7))
NEXT = wire.Task(wire.Address(mailbox_slot=1), runtime="python", uuid=uuid.UUID(int=8))

# frames, the code of the ERROR, and what its text says
RUBBISH = {
    "text": ([b"hello"], Code.MALFORMED, "the header is not an array"),
    "no-messagepack": ([b"\xc1" * 9], Code.MALFORMED, "the header is not an array"),
    "a-header-cut-short": ([QUESTION[:-3]], Code.MALFORMED, "STATUS: "),
    "too-few-fields": (
        [msgpack.packb([1, 9, 1, 0, 5])],
        Code.MALFORMED,
        "STATUS: has fewer fields than its kind: 5 came, of at least 6: field 5, uuid, is missing",
    ),
    "a-field-of-another-type": ([msgpack.packb([1, 9, 1, 0, 5, "uuid"])], Code.MALFORMED, "STATUS: uuid"),
    "an-array-without-end": ([b"\xdd\xff\xff\xff\xff\x01"], Code.MALFORMED, "the header is not an array"),
    "a-text-without-end": ([b"\x95\x01\x03\x01\x00\xdb\xff\xff\xff\xff"], Code.MALFORMED, "SHUTDOWN: text"),
    "an-empty-frame": ([b""], Code.MALFORMED, "a message has a header frame"),
    "three-frames": ([QUESTION, b"", b""], Code.MALFORMED, "a message has one or two frames"),
    "many-frames": ([QUESTION, *[b"x"] * 5000], Code.MALFORMED, "a message has one or two frames"),
    "another-version": ([msgpack.packb([2, 9, 1, 0])], Code.BAD_VERSION, "version"),
}
# what breaks the numbering of a link or its bounds
FAULTS = {
    "a-gap": (wire.Status(seq=7), Code.MALFORMED, "a gap in the numbers"),
    "no-number": (wire.Status(seq=0), Code.MALFORMED, "without a number"),
    "an-ack-of-nothing": (wire.Status(seq=1, ack=1 << 40), Code.MALFORMED, "an acknowledgement of what"),
    "a-body-without-end": (wire.Chunk(1 << 60, seq=1), Code.TOO_LARGE, "larger than max_body"),
    "a-second-hello": (hello(Role.CLIENT), Code.UNEXPECTED, "a second handshake"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    try:
        yield house
    finally:
        print(house.close())


@pytest.fixture(autouse=True)
def others_go_on(house: House) -> Iterator[None]:
    """What each test shows in the end."""
    yield
    house.goes_on()
    house.keeps_small()


@pytest.mark.parametrize("name", RUBBISH)
@pytest.mark.parametrize("port", ROLES)
def test_rubbish_from_strangers(house: House, port: str, name: str) -> None:
    frames, code, text = RUBBISH[name]
    with dealing(house.ports[port]) as peer:
        peer.send(*frames)
        error = peer.hears(wire.Error)
        assert (error.code, error.seq) == (code, 0)
        assert text in error.text


def drops(house: House, port: str, frames: list[bytes], code: Code, text: str) -> None:
    """Says `frames` after a handshake: an ERROR says what was wrong with them, and the link is over."""
    with dealing(house.ports[port]) as peer:
        peer.shakes(ROLES[port])
        if port == "worker":
            peer.hears(wire.Connect)
        peer.send(*frames)
        error = peer.hears(wire.Error)
        assert error.code == code, error
        assert text in error.text
        peer.say(wire.Status())
        error = peer.hears(wire.Error)
        assert error.code == Code.NO_HANDSHAKE
        assert "if one did, it or its link has ended here" in error.text


@pytest.mark.parametrize("name", RUBBISH)
@pytest.mark.parametrize("port", ROLES)
def test_rubbish_on_a_link(house: House, port: str, name: str) -> None:
    drops(house, port, *RUBBISH[name])


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("port", ROLES)
def test_a_link_that_breaks_its_own_rules(house: House, port: str, name: str) -> None:
    message, code, text = FAULTS[name]
    drops(house, port, [wire.encode(message)], code, text)


@pytest.mark.parametrize(
    ("port", "message"),
    [
        ("client", wire.Waiting(1, 1, 0, seq=1)),
        ("client", wire.Result(seq=1)),
        ("worker", wire.Request(seq=1)),
        ("worker", wire.Shutdown("for all of you", seq=1)),
        ("boss", wire.Waiting(1, 1, 0, seq=1)),
        ("boss", wire.Status(seq=1)),
    ],
)
def test_a_kind_that_is_not_for_this_direction(house: House, port: str, message: wire.Message) -> None:
    drops(house, port, [wire.encode(message)], Code.UNEXPECTED, f"{message.KIND.name}: ")


@pytest.mark.parametrize("port", ROLES)
def test_a_kind_that_nobody_knows(house: House, port: str) -> None:
    drops(house, port, [msgpack.packb([1, 99, 1, 0])], Code.UNEXPECTED, "kind 99")


@pytest.mark.parametrize("port", ROLES)
def test_a_role_that_is_not_for_this_port(house: House, port: str) -> None:
    dial_in = {Role.MANAGER} if port == "client" else set()  # where managers dial in as well
    for role in {Role.CLIENT, Role.BOSS, Role.MANAGER, Role.WORKER} - {ROLES[port]} - dial_in:
        with dealing(house.ports[port]) as peer:
            peer.say(hello(role))
            error = peer.hears(wire.Error)
            assert error.code == Code.REFUSED
            assert role.name.lower() in error.text


def test_a_manager_that_wants_more_ids_than_one_may_have(house: House) -> None:
    with dealing(house.broker.port) as peer:
        peer.shakes(Role.MANAGER, ids=1 << 40)
        error = peer.hears(wire.Error)
        assert error.code == Code.REFUSED
        assert "(setting limits/ids)" in error.text
    house.goes_on()


def test_a_second_boss(house: House) -> None:
    with dealing(house.shim.port) as peer:
        peer.say(hello(Role.BOSS))
        error = peer.hears(wire.Error)
        assert error.code == Code.REFUSED
        assert error.text.startswith("this manager has another boss, whose link is not over")


@pytest.mark.parametrize("port", ROLES)
def test_mail_before_the_handshake_is_answered_eight_times(house: House, port: str) -> None:
    with dealing(house.ports[port]) as peer:
        for _ in range(12):
            peer.say(wire.Submit(TASK), b"never run")
        assert {peer.hears(wire.Error).code for _ in range(8)} == {Code.NO_HANDSHAKE}
        peer.shakes(ROLES[port])  # there was no ninth ERROR before the WELCOME


def test_an_unknown_task(house: House) -> None:
    nobody = uuid.uuid4()
    with Client(f"127.0.0.1:{house.broker.port}") as client:
        assert client.status(nobody, SOON).state is State.UNKNOWN
        assert client.cancel(nobody, SOON) is State.UNKNOWN
        with pytest.raises(UnknownTask):
            client.result(nobody, SOON)
        assert client.submit(root_of, 9.0).result(SOON) == 3.0
    with dealing(house.broker.port) as peer:
        peer.shakes(Role.CLIENT)
        peer.say(wire.Request(corr=5, uuid=nobody))
        error = peer.hears(wire.Error)
        assert (error.code, error.corr, error.uuid) == (Code.UNKNOWN_TASK, 5, nobody)


def test_a_task_of_another_client(house: House) -> None:
    """Without keys, who asks on the broker's host is an admin, and may see it; its result is its owner's."""
    with Client(f"127.0.0.1:{house.broker.port}") as client:
        assert client.status(house.chain.uuid, SOON).state is State.RUNNING
        with pytest.raises(NotOwner):
            client.result(house.chain.uuid, SOON)
        assert client.submit(root_of, 9.0).result(SOON) == 3.0


@pytest.mark.parametrize(
    ("message", "body", "code", "text"),
    [
        (wire.Submit(wire.Task(runtime="python")), b"", Code.MALFORMED, "uuid"),
        (
            wire.Submit(wire.Task(runtime="python", uuid=TASK.uuid, breadcrumbs=[wire.Address(1, 2, 3)])),
            *(b"", Code.MALFORMED, "breadcrumbs"),
        ),
        (wire.SubmitBatch([TASK, NEXT], [1, 1]), b"12", Code.MALFORMED, "a client's map has one uuid"),
        (wire.SubmitBatch([TASK, TASK], [1, 1]), b"12", Code.MALFORMED, "the slots 0, 1, ... in order"),
        (wire.SubmitBatch([TASK], [5]), b"1234", Code.MALFORMED, "the lengths do not add up"),
        (wire.SubmitBatch([TASK, TASK], [(1 << 64) - 1, 5]), b"1234", Code.MALFORMED, "the lengths"),
        (wire.Cancel(corr=1), b"", Code.MALFORMED, "CANCEL: "),
    ],
    ids=["no-uuid", "ancestors", "uuids", "slots", "lengths", "lengths-that-overflow", "a-cancel-of-nothing"],
)
def test_a_submit_that_makes_no_sense(
    house: House, message: wire.Message, body: bytes, code: Code, text: str
) -> None:
    message.seq = 1
    drops(house, "client", [wire.encode(message), body], code, text)


def submit(**fields: object) -> bytes:
    """The header of a SUBMIT with these fields of its task, which need not be within their limits."""
    return msgpack.packb([1, Kind.SUBMIT, 1, 0, array_of(TASK, **fields)])


def array_of(task: wire.Task, **fields: object) -> list[object]:
    array: list[object] = msgpack.unpackb(wire.encode(wire.Submit(task)))[4]
    for name, value in fields.items():
        array[{"runtime": 4, "name": 8, "meta": 9}[name]] = value
    return array


UNFIT = {
    "name": submit(name="n" * 256),
    "runtime": submit(runtime="r" * 32),
    "meta": submit(meta=bytes(65_537)),
    "header": submit(meta=bytes(200_000)),
    "a-name-in-a-map": msgpack.packb(
        [1, Kind.SUBMIT_BATCH, 1, 0, [array_of(TASK), array_of(NEXT, name="n" * 256)], [0, 0]]
    ),
    "a-map": msgpack.packb(
        [1, Kind.SUBMIT_BATCH, 1, 0, [array_of(TASK), *[array_of(NEXT)] * 65_536], [0] * 65_537]
    ),
}
"""Headers of tasks and maps of which something is above its limit."""


@pytest.mark.parametrize("unfit", UNFIT)
def test_a_task_that_is_too_large_is_refused_and_the_link_goes_on(house: House, unfit: str) -> None:
    with dealing(house.broker.port) as peer:
        peer.shakes(Role.CLIENT)
        peer.send(UNFIT[unfit])
        error = peer.hears(wire.Error)
        assert (error.code, error.uuid, error.slot, error.about) == (Code.TOO_LARGE, TASK.uuid, None, 2)
        peer.send(wire.encode(wire.Status(uuid=TASK.uuid, seq=2)))
        assert peer.hears(wire.Status).state == State.UNKNOWN.value


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        (wire.Status(), Code.UNEXPECTED, "STATUS: a manager may not send it"),
        (wire.Shutdown("for all of you"), Code.UNEXPECTED, "SHUTDOWN: a manager may not send it"),
        (wire.Waiting(1, 1, 0), Code.UNEXPECTED, "WAITING"),
    ],
    ids=["status", "shutdown", "waiting-before-started"],
)
def test_a_manager_that_misbehaves(house: House, message: wire.Message, code: Code, text: str) -> None:
    with house.played() as peer:
        peer.say(message)
        error = peer.hears(wire.Error)
        assert error.code == code
        assert text in error.text


def test_a_manager_that_talks_rubbish(house: House) -> None:
    for frames, code, text in RUBBISH.values():
        with house.played() as peer:
            peer.send(*frames)
            error = peer.hears(wire.Error)
            assert error.code == code
            assert text in error.text


def test_a_result_of_a_task_that_the_manager_does_not_have(house: House) -> None:
    with house.played() as peer:
        peer.say(wire.Started(1, [("nothing", "1")]))
        peer.say(wire.Result(wire.Address(None, 1, 0), 1), b"forged")
        peer.say(
            wire.Error(
                code=Code.TASK_FAILED, text="x", task=wire.Address(None, 1, 0), root=wire.Address(None, 1, 0)
            )
        )
        peer.say(wire.Ids(1))
        peer.hears(wire.Connect)  # it read all of that and goes on


SPEECHES = {
    "silence": b"",
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tls": b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + bytes(200),
    "zeros": bytes(100),
    "noise": random.Random(1).randbytes(5000),
    "a-greeting-and-no-more": GREETING,
}


def test_what_is_not_zeromq_is_closed(house: House) -> None:
    with contextlib.ExitStack() as stack:
        guests = {
            (port, name): stack.enter_context(tcp(number, speech))
            for port, number in house.ports.items()
            for name, speech in SPEECHES.items()
        }
        house.goes_on()
        for guest in guests.values():
            read_to_end(guest)


def announced(size: int) -> bytes:
    """The beginning of a frame of so many bytes."""
    return b"\x02" + struct.pack(">Q", size)


@pytest.mark.parametrize("size", [17 << 20, 1 << 60, (1 << 64) - 1])
@pytest.mark.parametrize("port", ROLES)
def test_a_frame_above_the_limit_is_not_waited_for(house: House, port: str, size: int) -> None:
    with zmtp(house.ports[port], announced(size)) as guest:
        read_to_end(guest)


def test_many_connections_that_do_nothing(house: House) -> None:
    with contextlib.ExitStack() as stack:
        for number in house.ports.values():
            count = MANY if number == house.broker.port else MANY // 5
            for _ in range(count // 2):
                stack.enter_context(tcp(number))
                stack.enter_context(zmtp(number))
        # these announce all that a frame may have, and send none of it
        for _ in range(50):
            stack.enter_context(zmtp(house.broker.port, announced(15 << 20)))
        house.goes_on()
        house.keeps_small()


def test_many_clients_that_shake_hands_and_do_nothing(house: House) -> None:
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(dealing(house.broker.port)) for _ in range(100)]
        for peer in peers:
            peer.shakes(Role.CLIENT)
        house.goes_on()


def test_an_error_in_one_task_of_a_map(house: House, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    with Client(f"127.0.0.1:{house.broker.port}") as client:
        waits = client.submit(wait_for, str(stop))
        mapped = client.map(root_of, [4.0, -1.0, 9.0])
        assert isinstance(mapped.futures[1].exception(SOON), ValueError)
        assert [mapped.futures[0].result(SOON), mapped.futures[2].result(SOON)] == [2.0, 3.0]
        assert client.status(waits, SOON).state in (State.RUNNING, State.QUEUED)
        stop.touch()
        assert waits.result(SOON) == str(stop)


@pytest.mark.parametrize("bad", ["exit 3", "exec sleep 1000"], ids=["exits-at-once", "never-connects"])
def test_a_worker_that_is_none_beside_a_good_one(house: House, programs: Programs, bad: str) -> None:
    quick = settings(programs, respawn={"first": 10})
    script = f"case $MAILROOM_WORKER in w0.*) {bad};; *) exec {BIN / 'mailroom-plain'} cat;; esac"
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 2, *quick, "--", "sh", "-c", script)
    router = broker(programs, shim.port)
    with Client(f"127.0.0.1:{router.port}") as client:
        parts = [b"%d" % number for number in range(20)]
        assert client.map_bytes(parts).result(SOON) == parts
        if bad == "exit 3":
            for pause in (10, 20, 40, 80, 160):
                shim.logs(f"before it had connected; the next one is started in {pause} ms")
            shim.logs("it dies young again and again: try its command by hand")
        assert client.map_bytes(parts).result(SOON) == parts
    router.signal(signal.SIGINT)
    assert (router.ends(), shim.ends()) == (0, 0)
    programs.all_gone()


def test_the_boss_s_port_still_takes_a_boss(house: House) -> None:
    with Client(f"127.0.0.1:{broker(house.programs, house.idle_shim.port).port}") as client:
        assert client.submit(root_of, 9.0).result(SOON) == 3.0
    until(lambda: "serving the boss raw" in house.idle_shim.log(), "bosses came before")
