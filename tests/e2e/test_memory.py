"""Peers that have a broker keep as much as they can: its memory stays below what its books say, these below
the bound, and whoever else comes is served."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from cluster import broker, settings
from hoards import heard
from mailroom_peer import wire
from mailroom_peer.wire import Address, Code, Role, State
from raw import Peer, dealing, is_read, resident, slots_of
from running import SOON, Program, Programs, until

KIB = 1 << 10
MIB = 1 << 20
BYTES = 8 * MIB
"""What a session may have; each attack wants several times as much."""
MEMORY = 64 * MIB
BETWEEN = (48 + 8) * MIB
"""What malloc may keep of what was freed (docs/limits.md), mail that came while it was late too."""


def task(**more: object) -> wire.Task:
    """A task of an own uuid."""
    return wire.Task(**{"runtime": "python", "uuid": uuid.uuid4(), **more})  # type: ignore[arg-type]


def map_of(count: int) -> wire.SubmitBatch:
    """A map of empty tasks."""
    return wire.SubmitBatch(tasks=slots_of(task(), count), lengths=(0,) * count)


class Manager:
    """One that dials in, and answers as the test wants.

    Args:
        peer: its connection.
        room: how many tasks it wants at a time.
    """

    def __init__(self, peer: Peer, room: int = 1) -> None:
        self.peer = peer
        self.room = room
        peer.shakes(Role.MANAGER, ids=1)
        self.id = peer.hears(wire.Connect).ranges[0][0]
        peer.say(wire.Started(total_workers=1, runtimes=[("python", "")]))
        self.waits()

    def waits(self, receipt: int = 0) -> None:
        """Wants as many tasks as at first."""
        self.peer.say(wire.Waiting(idle=1, room=self.room, receipt=receipt))

    def given(self) -> Iterator[tuple[int, wire.Task]]:
        """The tasks that come, with the number of their message, until the broker gives out no more."""
        quiet = 0
        while quiet < 2:  # what follows from mail may be said behind the answer to a PING that came with it
            self.peer.say(wire.Ping())
            quiet += 1
            while not isinstance(message := self.peer.hears_any(), wire.Pong):
                for one in tasks_of(message):
                    quiet = 0
                    yield message.seq, one

    def first(self) -> wire.Task:
        """Waits for a task."""
        while not (tasks := tasks_of(self.peer.hears_any())):
            pass
        return tasks[0]


def tasks_of(message: wire.Message) -> tuple[wire.Task, ...]:
    """Those that a message gives."""
    if isinstance(message, wire.Submit):
        return (message.task,)
    return tuple(message.tasks) if isinstance(message, wire.SubmitBatch) else ()


def meta(port: int, peers: ExitStack) -> None:
    """Tasks with nothing but meta."""
    client = peers.enter_context(dealing(port))
    client.shakes(Role.CLIENT)
    for _ in range(1200):
        client.say(wire.Submit(task=task(meta=bytes(64 * KIB))))
    assert client.hears(wire.Error).code == Code.BUSY
    is_read(client)


def cancelled_maps(port: int, peers: ExitStack) -> None:
    """Maps that are cancelled and never released."""
    client = peers.enter_context(dealing(port))
    client.shakes(Role.CLIENT)
    for _ in range(60):
        submit = map_of(8192)
        client.say(submit)
        client.say(wire.Cancel(corr=1, uuid=submit.tasks[0].uuid))
    while not isinstance(answer := client.hears(wire.Message), wire.Error):  # type: ignore[type-abstract]
        pass
    assert answer.code == Code.BUSY


def cancelled_names(port: int, peers: ExitStack) -> None:
    """Single tasks with long names that are cancelled and never released."""
    client = peers.enter_context(dealing(port))
    client.shakes(Role.CLIENT)
    errors: list[wire.Error] = []

    def hears() -> None:
        answer = client.hears_any()
        errors.extend([answer] if isinstance(answer, wire.Error) else [])
        if answer.seq and answer.seq % 64 == 0:
            client.say(wire.Ack(ack=answer.seq))

    for number in range(25_000):
        submit = wire.Submit(task=task(name=f"{number:0255}"))
        client.say(submit)
        client.say(wire.Cancel(corr=1, uuid=submit.task.uuid))
        while client.socket.poll(0):  # who reads nothing is cut off, and may not hear why
            hears()
        if errors:
            break
    while not errors:
        hears()
    assert errors[0].code == Code.BUSY


def results(port: int, peers: ExitStack) -> None:
    """Results that are not read: nothing more is given out once there are as many as may be."""
    client = peers.enter_context(dealing(port))
    manager = Manager(peers.enter_context(dealing(port)), room=4)
    client.shakes(Role.CLIENT)
    for _ in range(200):
        client.say(wire.Submit(task=task(flags=wire.Flag.DELIVER)))
    is_read(client)
    count = 0
    for seq, one in manager.given():
        count += 1
        manager.peer.say(wire.Result(one.return_address, completed_by=manager.id), bytes(256 * KIB))
        manager.waits(seq)
    assert BYTES // (256 * KIB) // 4 <= count <= BYTES // (256 * KIB) + 8


def results_of_what_was_given(port: int, peers: ExitStack) -> None:
    """The same of a manager that had room for all of them at once: it gives back what it has not begun."""
    client = peers.enter_context(dealing(port))
    manager = Manager(peers.enter_context(dealing(port)), room=200)
    client.shakes(Role.CLIENT)
    for _ in range(200):
        client.say(wire.Submit(task=task(flags=wire.Flag.DELIVER)))
    is_read(client)
    waits = [one.return_address for _, one in manager.given()]
    assert len(waits) == 200
    while waits:
        manager.peer.say(wire.Result(waits.pop(0), completed_by=manager.id), bytes(256 * KIB))
        manager.peer.say(wire.Ping())
        while not isinstance(message := manager.peer.hears_any(), wire.Pong):
            if isinstance(message, wire.Recall) and waits:
                back = waits[-message.count :]
                manager.peer.say(wire.Return(reason=0, text="", addresses=back))
                waits = waits[: -len(back)]
    is_read(manager.peer)


def children(port: int, peers: ExitStack) -> None:
    """One task with many large children."""
    client = peers.enter_context(dealing(port))
    manager = Manager(peers.enter_context(dealing(port)))
    client.shakes(Role.CLIENT)
    client.say(wire.Submit(task=task()))
    root = manager.first()
    for number in range(200):
        child = replace(
            root, return_address=Address(manager.id, 5, number), breadcrumbs=[root.return_address], uuid=None
        )
        manager.peer.say(wire.Submit(task=child), bytes(MIB // 2))
    error = client.hears(wire.Error)
    assert error.code == Code.TOO_LARGE
    assert "limits/session-bytes" in error.text
    is_read(manager.peer)


def endless_bodies(port: int, peers: ExitStack) -> None:
    """Bodies whose end does not come, of several clients."""
    for _ in range(5):
        client = peers.enter_context(dealing(port))
        client.shakes(Role.CLIENT)
        for _ in range(100):
            client.say(wire.Chunk(length=512 * MIB), bytes(256 * KIB))
        is_read(client)


def messages(port: int, peers: ExitStack) -> None:
    """Messages for a task, which are kept should it be given out again."""
    client = peers.enter_context(dealing(port))
    manager = Manager(peers.enter_context(dealing(port)), room=2)
    client.shakes(Role.CLIENT)
    client.say(wire.Submit(task=task()))
    root = manager.first()
    child = Address(manager.id, 5, 0)
    manager.peer.say(
        wire.Submit(task=replace(root, return_address=child, breadcrumbs=[root.return_address], uuid=None))
    )
    manager.first()
    for _ in range(2400):
        manager.peer.say(wire.Communicate(addresses=[child]), bytes(60 * KIB))
    is_read(manager.peer)


def kept(peer: Peer) -> int:
    """What the broker's books say."""
    peer.say(wire.Counts(corr=1))
    return dict(peer.hears(wire.Counts).counts)["kept"]


def is_served(peer: Peer) -> None:
    """Somebody else gets a task in: tries again, as clients do, while who took the room is not yet gone."""
    end = time.monotonic() + SOON
    while True:
        submit = wire.Submit(task=task(runtime="nobody"))
        peer.say(submit, bytes(100 * KIB))
        assert submit.task.uuid is not None
        peer.say(wire.Status(corr=2, uuid=submit.task.uuid))
        while isinstance(answer := heard(peer), (wire.Ping, wire.Pong, wire.Ack)):
            continue
        if isinstance(answer, wire.Status):
            assert answer.state == State.QUEUED
            return
        assert isinstance(answer, wire.Error), answer
        assert answer.code == Code.BUSY, answer
        assert time.monotonic() < end, answer
        peer.hears(wire.Status)


@pytest.mark.parametrize(
    ("attack", "most"),
    [
        (meta, BYTES),
        (cancelled_maps, BYTES),
        (cancelled_names, BYTES),
        (results, BYTES + 8 * 256 * KIB),
        (results_of_what_was_given, BYTES + 8 * 256 * KIB),
        (children, BYTES),
        (endless_bodies, 5 * BYTES),
        (messages, BYTES + MEMORY // 5 * 4),  # a manager that does not read them itself
    ],
)
def test_what_a_peer_has_the_broker_keep(
    programs: Programs, attack: Callable[[int, ExitStack], None], most: int
) -> None:
    patient = {"heartbeat": 600_000}  # ms: peers that are busy with what they say answer no PING
    limits = {"session_bytes": BYTES, "memory": MEMORY}
    options = settings(programs, limits=limits, client_links=patient, manager_links=patient)
    router: Program = broker(programs, options=options)
    assert router.port  # it runs, and not only the process that becomes it
    before = resident(router.process.pid)
    with ExitStack() as peers:
        other = peers.enter_context(dealing(router.port, source="127.0.0.2"))
        other.shakes(Role.CLIENT)
        attack(router.port, peers)
        is_served(other)
        assert kept(other) < most + MIB
        until(lambda: resident(router.process.pid) - before < most + BETWEEN, "its memory is little more")
