"""Peers that go beyond each limit: they are told which one, with its setting; they cost little memory,
and all others' work goes on."""

from __future__ import annotations

import logging
import os
import struct
import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import zmq
from cluster import broker, settings
from e2e_tasks import log_much, nested_to
from house import House
from mailroom import TooLarge
from mailroom_peer import wire
from mailroom_peer.wire import Code, Role, State
from raw import Peer, dealing, hello, is_read, read_to_end, resident, slots_of, zmtp
from running import SOON, Programs, until

KIB = 1 << 10
MIB = 1 << 20
TASKS = 1000
LOGS = 20
CLIENTS = 40
LIMITS = {
    "tasks": TASKS,
    "session_bytes": 8 * MIB,
    "clients": CLIENTS,
    "breadcrumbs": 8,
    "header": 64 * KIB,
    "frame": MIB,
    "logs": LOGS,
}
UNREAD = "it does not read what it is sent"
LINKS = {"max_queue": MIB, "max_unread": MIB, "max_body": 2 * MIB}
BOUND = 128 * MIB
"""What one client may take of the broker: 8 MiB of tasks and results, 1 MiB of logs, 1 MiB of answers,
and what ZeroMQ holds between: a window (1 MiB), and up to 10,000 messages that came, where the broker's
thread hardly runs (4 KiB each here, in pieces of 8 KiB as they were read, kept while a part of them is)."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    nested = {"limits": {"breadcrumbs": LIMITS["breadcrumbs"]}}  # of a task that no idle manager takes
    house = House(tmp_path_factory.mktemp("house"), below=nested, limits=LIMITS, client_links=LINKS)
    try:
        yield house
    finally:
        print(house.close())


@pytest.fixture(autouse=True)
def others_go_on(house: House) -> Iterator[None]:
    """What each test shows in the end."""
    yield
    house.goes_on()
    house.keeps_small(BOUND)  # malloc keeps some of what a flood took


def task(**more: object) -> wire.Task:
    """One that no worker has the runtime for, so that it waits."""
    return wire.Task(runtime="nobody", uuid=uuid.uuid4(), **more)  # type: ignore[arg-type]


def map_of(count: int) -> tuple[wire.Task, ...]:
    """The tasks of one map: only the first one says its uuid."""
    return slots_of(task(), count)


def hears_the_last(peer: Peer) -> wire.Error:
    """Reads on to the ERROR that ends the link, which stands outside the numbering."""
    while True:
        assert peer.socket.poll(int(SOON * 1000)), "no ERROR has come"
        message = wire.decode_frames(peer.socket.recv_multipart())
        if isinstance(message, wire.Error) and message.seq == 0:
            return message


def highest(house: House, peer: Peer, messages: Iterator[wire.Message], body: bytes = b"") -> int:
    """Says it all, as fast as it goes, until its link is over; the most memory that the broker had meanwhile.

    The broker closes the connection 10 s later, and what it has said there is lost to who has not read it.
    """
    most, ended = 0, house.broker.log().count(UNREAD)
    for number, message in enumerate(messages):
        peer.say(message, body)
        if number % 500 == 0:
            most = max(most, resident(house.broker.process.pid))
            if house.broker.log().count(UNREAD) > ended:
                break
    return most


def test_a_client_that_submits_without_end_and_reads_nothing(house: House) -> None:
    before = resident(house.broker.process.pid)
    with dealing(house.broker.port) as peer:
        peer.socket.setsockopt(zmq.SNDHWM, 0)
        peer.shakes(Role.CLIENT)
        submits = (wire.Submit(task=task()) for _ in range(60_000))
        most = highest(house, peer, submits, os.urandom(4 * KIB))  # twice as much as may be kept
        error = hears_the_last(peer)
        assert error.code == Code.BUSY
        assert "(setting client-links/max-unread" in error.text
        assert max(most, resident(house.broker.process.pid)) - before < BOUND


def test_a_client_that_is_busy_and_waits_goes_on(house: House) -> None:
    with dealing(house.broker.port) as peer:
        peer.shakes(Role.CLIENT)
        many = wire.SubmitBatch(
            tasks=map_of(TASKS),
            lengths=(0,) * TASKS,
        )
        peer.say(many)
        peer.say(wire.Submit(task=task()))
        error = peer.hears(wire.Error)
        assert error.code == Code.BUSY
        assert f"may have {TASKS} (setting limits/tasks)" in error.text
        peer.say(wire.Cancel(corr=1, uuid=many.tasks[0].uuid))
        peer.hears(wire.Cancel)
        again = wire.Submit(task=task())
        peer.say(again)
        assert again.task.uuid is not None
        peer.say(wire.Status(corr=2, uuid=again.task.uuid))
        assert peer.hears(wire.Status).state == State.QUEUED


def test_a_client_that_asks_without_end_and_reads_nothing(house: House) -> None:
    token, submit = os.urandom(16), wire.Submit(task=task())
    assert submit.task.uuid is not None
    before = resident(house.broker.process.pid)
    with dealing(house.broker.port) as peer:
        peer.socket.setsockopt(zmq.SNDHWM, 0)
        peer.shakes(Role.CLIENT, session=token)
        peer.say(submit)
        asked = (wire.Status(corr=number, uuid=submit.task.uuid) for number in range(30_000))
        most = highest(house, peer, asked)
        error = hears_the_last(peer)
        assert error.code == Code.BUSY
        assert "of them answers (setting client-links/max-unread" in error.text
        assert max(most, resident(house.broker.process.pid)) - before < BOUND
    with dealing(house.broker.port) as peer:  # its session is there
        assert peer.shakes(Role.CLIENT, session=token).session == token
        peer.say(wire.Status(corr=1, uuid=submit.task.uuid))
        assert peer.hears(wire.Status).state == State.QUEUED


def test_a_client_that_asks_for_a_map_again_and_again(house: House) -> None:
    """However often it asks, what has ended is said as it is."""
    with dealing(house.broker.port) as peer:
        peer.shakes(Role.CLIENT)
        tasks = map_of(TASKS)
        assert tasks[0].uuid is not None
        peer.say(wire.SubmitBatch(tasks=tasks, lengths=(0,) * TASKS))
        for number in range(3000):  # three times what is looked at for all who ask
            peer.say(wire.Status(corr=number, uuid=tasks[0].uuid))
            status = peer.hears(wire.Status)
            assert (status.state, status.queued, status.running) == (State.QUEUED, TASKS, 0)
        peer.say(wire.Cancel(corr=1, uuid=tasks[0].uuid))
        peer.hears(wire.Cancel)
        peer.say(wire.Status(corr=2, uuid=tasks[0].uuid))
        status = peer.hears(wire.Status)
        assert (status.state, status.cancelled) == (State.CANCELLED, TASKS)


@pytest.mark.parametrize(
    ("text", "message", "body"),
    [
        ("(setting limits/header)", wire.Submit(task=task(meta=bytes(64 * KIB))), b""),
        ("(setting client-links/max-body)", wire.Chunk(16 * MIB), bytes(KIB)),
        ("(setting client-links/max-body)", wire.Chunk(1 << 60), bytes(KIB)),
    ],
)
def test_what_is_too_large_ends_its_link(house: House, text: str, message: wire.Message, body: bytes) -> None:
    with dealing(house.broker.port) as peer:
        peer.shakes(Role.CLIENT)
        peer.say(message, body)
        error = peer.hears(wire.Error)
        assert (error.code, text in error.text) == (Code.TOO_LARGE, True), error


def test_what_can_never_be_taken_is_refused_for_good(house: House) -> None:
    with dealing(house.broker.port) as peer:
        peer.shakes(Role.CLIENT)
        count = TASKS + 1
        tasks = map_of(count)
        peer.say(wire.SubmitBatch(tasks=tasks, lengths=(0,) * count))
        error = peer.hears(wire.Error)
        assert (error.code, error.uuid) == (Code.TOO_LARGE, tasks[0].uuid)
        assert "(setting limits/tasks)" in error.text


def test_a_frame_that_is_too_large_closes_its_connection(house: House) -> None:
    with zmtp(house.broker.port, b"\x02" + struct.pack(">Q", 2 * MIB) + bytes(64 * KIB)) as made:
        read_to_end(made)


def test_a_message_of_frames_without_end_is_dropped_when_it_ends(house: House) -> None:
    """ZeroMQ keeps its frames until the last has come: docs/limits.md says what bounds that."""
    with zmtp(house.broker.port) as made:
        for _ in range(100):
            made.sendall((b"\x01\x01x") * 1000)
        made.sendall(b"\x00\x01x")
        assert b"one or two frames" in made.recv(4096)


def test_a_message_of_many_frames_is_dropped_a_few_at_a_time(house: House) -> None:
    """What is behind it on the same connection is read once all of its frames are dropped."""
    with dealing(house.broker.port) as peer:
        peer.send(*[b"x"] * 20_000)
        error = peer.hears(wire.Error)
        assert (error.code, "one or two frames" in error.text) == (Code.MALFORMED, True), error
        peer.shakes(Role.CLIENT)


def test_tasks_that_nest_too_deep(house: House) -> None:
    assert house.client.submit(nested_to, LIMITS["breadcrumbs"]).result(SOON) == LIMITS["breadcrumbs"]
    with pytest.raises(TooLarge, match=r"at most 8 are allowed \(setting limits/breadcrumbs\)"):
        house.client.submit(nested_to, LIMITS["breadcrumbs"] + 1).result(SOON)


def test_a_storm_of_log_records(house: House, caplog: pytest.LogCaptureFixture) -> None:
    def count() -> tuple[int, int]:
        """How many came, and how many it was told were dropped."""
        lines = [record.getMessage() for record in caplog.records]
        dropped = [line for line in lines if line.endswith("log records were dropped (setting limits/logs)")]
        return sum(line.startswith("line ") for line in lines), sum(int(line.split()[0]) for line in dropped)

    with caplog.at_level(logging.WARNING):
        assert house.client.submit(log_much, 5000).result(SOON) == 5000
        until(lambda: sum(count()) == 5000, "the lines about all that was dropped")
    came, dropped = count()
    assert dropped > came >= 10 * LOGS  # a burst


def test_many_clients_and_those_that_left_make_room(house: House) -> None:
    with ExitStack() as peers:
        refused, joined = None, []
        for _ in range(CLIENTS + 5):
            peer = peers.enter_context(dealing(house.broker.port))
            peer.say(hello(Role.CLIENT))
            answer = peer.hears(wire.Message)  # type: ignore[type-abstract]
            if isinstance(answer, wire.Error):
                refused = answer
            else:
                joined.append(peer)
        assert refused is not None
        assert refused.code == Code.BUSY
        assert f"of at most {CLIENTS} " in refused.text
        assert "(setting limits/clients)" in refused.text
        for peer in joined:
            peer.say(wire.Disconnect(corr=1, detach=1))
            peer.hears(wire.Disconnect)
        for _ in range(CLIENTS):
            peer = peers.enter_context(dealing(house.broker.port))
            peer.shakes(Role.CLIENT)
            peer.say(wire.Disconnect(corr=1, detach=1))
            peer.hears(wire.Disconnect)


def test_who_has_most_is_busy_near_the_memory(programs: Programs) -> None:
    """Without keys a host is one user: all its sessions are BUSY when it has most, another host is not."""
    options = settings(programs, limits={"memory": 16 * MIB})
    port = broker(programs, options=options).port
    with ExitStack() as peers:
        greedy = [peers.enter_context(dealing(port)) for _ in range(4)]
        modest = peers.enter_context(dealing(port, source="127.0.0.2"))
        for peer in (*greedy, modest):
            peer.shakes(Role.CLIENT)
        for peer in greedy:
            for _ in range(8):
                peer.say(wire.Submit(task=task()), os.urandom(900 * KIB))
            if peer is not greedy[-1]:
                is_read(peer)  # so that there is no room for the last one, whoever is quicker
        error = greedy[-1].hears(wire.Error)
        assert error.code == Code.BUSY
        assert "(setting limits/memory)" in error.text
        submit = wire.Submit(task=task())
        modest.say(submit, os.urandom(900 * KIB))
        assert submit.task.uuid is not None
        modest.say(wire.Status(corr=1, uuid=submit.task.uuid))
        assert modest.hears(wire.Status).state == State.QUEUED
