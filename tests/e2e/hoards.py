"""Peers that have a broker or a manager keep as much as they can, each in a way of its own. They break no
rule of ZeroMQ's, and none of the protocol's but that of reading what one is sent.

Each takes the place that it is let loose on and a source of chance, and leaves its connections open there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from random import Random

from mailroom_peer import wire
from mailroom_peer.wire import Address, Role
from raw import Peer, dealing, is_read, slots_of
from running import SOON

KIB = 1 << 10
MIB = 1 << 20
PIECE = 256 * KIB
NOBODY = "nobody"
"""A runtime that no manager has."""


class Place:
    """Where the peers of one hoard are, and which runtime its managers have.

    Args:
        port: of the program.
        peers: what ends them.
        name: of the hoard: the runtime of its tasks.
        source: the address of loopback that they come from.
    """

    def __init__(self, port: int, peers: ExitStack, name: str, source: str = "127.0.0.1") -> None:
        self.source = source
        self.port = port
        self.peers = peers
        self.name = name

    def connects(self) -> Peer:
        """A connection of theirs."""
        return self.peers.enter_context(dealing(self.port, source=self.source))

    def client(self, **more: object) -> Peer:
        """A client, which has shaken hands."""
        peer = self.connects()
        peer.shakes(Role.CLIENT, **more)
        return peer

    def task(self, **more: object) -> wire.Task:
        """A task of an own uuid, for this hoard's managers."""
        return wire.Task(**{"runtime": self.name, "uuid": uuid.uuid4(), **more})  # type: ignore[arg-type]

    def map_of(self, count: int, **more: object) -> wire.SubmitBatch:
        """A map of tasks with nothing in them."""
        return wire.SubmitBatch(tasks=slots_of(self.task(**more), count), lengths=(0,) * count)


class Manager:
    """One that dials in, and wants tasks of one runtime.

    Args:
        place: where it is.
        room: how many it wants at a time.
    """

    def __init__(self, place: Place, room: int) -> None:
        self.peer = place.connects()
        self.room = room
        self.read = 0
        self.peer.shakes(Role.MANAGER, ids=1, window=1 << 30)
        self.id = self.peer.hears(wire.Connect).ranges[0][0]
        self.peer.say(wire.Started(total_workers=1, runtimes=[(place.name, "")]))
        self.waits()

    def waits(self) -> None:
        """Wants as many tasks as at first."""
        self.peer.say(wire.Waiting(idle=1, room=self.room, receipt=self.read))

    def given(self) -> Iterator[wire.Task]:
        """The tasks that come, until the broker has read all that was said here and gives out no more."""
        quiet = 0
        while quiet < 2:  # what follows from mail may be said behind the answer to a PING that came with it
            tasks = self._told()
            quiet = 0 if tasks else quiet + 1
            yield from tasks

    def first(self) -> wire.Task:
        """Waits for a task."""
        while not (tasks := self._tasks(heard(self.peer))):
            pass
        return tasks[0]

    def _told(self) -> list[wire.Task]:
        """The tasks that come before the broker answers a PING."""
        return [task for message in answered(self.peer) for task in self._tasks(message)]

    def _tasks(self, message: wire.Message) -> list[wire.Task]:
        self.read = message.seq or self.read
        if isinstance(message, wire.Submit):
            return [message.task]
        return list(message.tasks) if isinstance(message, wire.SubmitBatch) else []

    def child(self, root: wire.Task, mailbox: int, slot: int) -> wire.Task:
        """A child of a task that it was given."""
        address = Address(self.id, mailbox, slot)
        return replace(root, return_address=address, breadcrumbs=[root.return_address], uuid=None)


def heard(peer: Peer) -> wire.Message:
    """Waits for the next message, and acknowledges it."""
    assert peer.socket.poll(int(SOON * 1000)), "nothing has come"
    message = wire.decode_frames(peer.socket.recv_multipart())
    if message.seq:
        peer.say(wire.Ack(ack=message.seq))
    return message


def answered(peer: Peer) -> list[wire.Message]:
    """What comes until all that was said is read, or the link is over."""
    peer.say(wire.Ping())
    messages: list[wire.Message] = []
    while not isinstance(message := heard(peer), wire.Pong):
        if isinstance(message, wire.Error) and message.seq == 0:
            break
        messages.append(message)
    return messages


def between(draw: Random, least: int, most: int) -> int:
    """A number, the small ones as often as the large ones."""
    return min(most, int(least * (most / least) ** draw.random()))


def texts(place: Place, draw: Random) -> None:
    """Tasks with nothing but meta, or a name, or both, or a small body."""
    client = place.client()
    meta, name, body = draw.choice(
        [(64 * KIB, 0, 0), (0, 255, 0), (3000, 100, 0), (40, 9, 100), (0, 0, 5000)]
    )
    for number in range(min(20_000, 40 * MIB // (meta + body + 400))):
        text = f"{number:0{name}}" if name else ""
        client.say(wire.Submit(task=place.task(meta=bytes(meta), name=text)), bytes(body))
    is_read(client)


def cancelled_maps(place: Place, draw: Random) -> None:
    """Maps that are cancelled, and released or not."""
    client = place.client()
    size = between(draw, 2, 30_000)
    released = draw.random() < 0.3
    submit = place.map_of(size)
    for _ in range(min(2000, 200_000 // size)):
        submit.tasks[0].uuid = uuid.uuid4()
        client.say(submit)
        client.say(wire.Cancel(corr=1, uuid=submit.tasks[0].uuid))
        if released:
            client.say(wire.Release(slots=[(submit.tasks[0].uuid, None)]))
    is_read(client)


def cancelled_tasks(place: Place, draw: Random) -> None:
    """Single tasks, with long names or none, that are cancelled and never released."""
    client = place.client()
    size = draw.choice([0, 20, 255])
    for number in range(10_000):
        submit = wire.Submit(task=place.task(name=f"{number:0{size}}" if size else ""))
        client.say(submit)
        client.say(wire.Cancel(corr=1, uuid=submit.task.uuid))
    answered(client)


def results(place: Place, draw: Random) -> None:
    """Results that are not read."""
    manager = Manager(place, room=draw.choice([1, 8, 100, 1_000_000]))
    client = place.client()
    size = between(draw, 10, 700 * KIB)
    flags = draw.choice([0, wire.Flag.DELIVER, wire.Flag.DELIVER | wire.Flag.KEEP])
    for _ in range(min(10_000, 50 * MIB // (size + 400))):
        client.say(wire.Submit(task=place.task(flags=flags)))
    is_read(client)
    for one in manager.given():
        pieces = size // PIECE
        for _ in range(pieces):
            manager.peer.say(wire.Chunk(length=size), bytes(PIECE))
        manager.peer.say(
            wire.Result(one.return_address, completed_by=manager.id), bytes(size - pieces * PIECE)
        )
        manager.waits()
    is_read(manager.peer)


def failures(place: Place, draw: Random) -> None:
    """Tasks that fail with long texts, which nobody reads."""
    manager = Manager(place, room=1000)
    client = place.client()
    size, body = draw.choice([(60 * KIB, 0), (100, 0), (1000, 10 * KIB)])
    for _ in range(min(5000, 30 * MIB // (size + body))):
        client.say(wire.Submit(task=place.task(flags=draw.choice([0, 1]))))
    is_read(client)
    for one in manager.given():
        error = wire.Error(code=7, text="x" * size, task=one.return_address, root=one.return_address)
        manager.peer.say(error, bytes(body))
        manager.waits()
    is_read(manager.peer)


def children(place: Place, draw: Random) -> None:
    """One task with many children, small or large."""
    manager = Manager(place, room=1)
    client = place.client()
    client.say(wire.Submit(task=place.task()))
    root = manager.first()
    size = draw.choice([0, 100, 9 * KIB, 200 * KIB])
    for slot in range(min(20_000, 40 * MIB // (size + 400))):
        manager.peer.say(wire.Submit(task=manager.child(root, 5, slot)), bytes(size))
    is_read(manager.peer)


def cancelled_children(place: Place, draw: Random) -> None:
    """One task that cancels children which never were."""
    manager = Manager(place, room=1)
    client = place.client()
    client.say(wire.Submit(task=place.task()))
    root = manager.first()
    for mailbox in range(30):
        slots = [Address(manager.id, mailbox, slot) for slot in range(4096)]
        manager.peer.say(wire.Cancel(addresses=slots, root=root.return_address))
    is_read(manager.peer)


def endless_bodies(place: Place, draw: Random) -> None:
    """Bodies whose end does not come, of clients and of a manager."""
    for _ in range(draw.randint(1, 5)):
        client = place.client() if draw.random() < 0.8 else Manager(place, 1).peer
        length = draw.choice([30, 512]) * MIB
        for _ in range(100):
            client.say(wire.Chunk(length=length), bytes(PIECE))
        is_read(client)


def messages(place: Place, draw: Random) -> None:
    """Messages for tasks, which are kept should these be given out again."""
    manager = Manager(place, room=50)
    client = place.client()
    client.say(wire.Submit(task=place.task()))
    root = manager.first()
    named = [Address(manager.id, 5, slot) for slot in range(draw.choice([1, 40]))]
    for address in named:
        manager.peer.say(
            wire.Submit(
                task=replace(root, return_address=address, breadcrumbs=[root.return_address], uuid=None)
            )
        )
    if draw.random() < 0.5:
        list(manager.given())
    size = draw.choice([10, 1000, 60 * KIB])
    for _ in range(min(2000, 40 * MIB // size)):
        manager.peer.say(wire.Communicate(addresses=named), bytes(size))
    is_read(manager.peer)


def losses(place: Place, draw: Random) -> None:
    """Tasks that are given back again and again, each time with a long text."""
    manager = Manager(place, room=100_000)
    client = place.client()
    for _ in range(1000):
        client.say(wire.Submit(task=place.task()))
    is_read(client)
    for _ in range(3):
        addresses = [one.return_address for one in manager.given()]
        for at in range(0, len(addresses), 4000):
            manager.peer.say(wire.Return(reason=1, text="y" * 3000, addresses=addresses[at : at + 4000]))
        manager.waits()
    is_read(manager.peer)


def questions(place: Place, draw: Random) -> None:
    """Clients that ask and do not read the answers."""
    kinds: list[Callable[[], wire.Message]] = [
        lambda: wire.Counts(corr=1),
        lambda: wire.List(corr=1),
        lambda: wire.Status(corr=1, uuid=uuid.uuid4()),
        lambda: wire.Connect(corr=1),
        lambda: wire.Cancel(corr=1, uuid=uuid.uuid4()),
    ]
    for _ in range(draw.randint(1, 20)):
        client = place.client()
        if draw.random() < 0.5:
            client.say(place.map_of(2000))
            for _ in range(200):
                client.say(wire.Submit(task=place.task(name="n" * 255)))
        kind = draw.choice(kinds)
        for _ in range(3000):
            client.say(kind())
        is_read(client)


def parts(place: Place, draw: Random) -> None:
    """Shared parts that no task begins with, of a client or a manager."""
    peer = place.client() if draw.random() < 0.6 else Manager(place, 1).peer
    size = draw.choice([1, 1000, 200 * KIB])
    for number in range(min(50_000, 50 * MIB // (size + 200))):
        peer.say(wire.Share(number=number + 1), bytes(size))
    is_read(peer)


def import_paths(place: Place, draw: Random) -> None:
    """Clients, each with as many import paths as it may have."""
    for number in range(draw.randint(1, 20)):
        client = place.client()
        for half in range(2):
            client.say(wire.Connect(paths=[f"/{number}/{half}/{path:050}" for path in range(900)]))
        is_read(client)


def sessions(place: Place, draw: Random) -> None:
    """Many clients, which stay or go, with a task or without."""
    stays, tasks = draw.random() < 0.5, draw.random() < 0.5
    for _ in range(100):
        with ExitStack() as peers:
            client = Place(place.port, place.peers if stays else peers, place.name).client()
            if tasks:
                client.say(wire.Submit(task=place.task()))
            is_read(client)


def strangers(place: Place, draw: Random) -> None:
    """Connections that do not shake hands, and say a little."""
    for _ in range(50):
        place.connects().send(wire.encode(wire.Counts()))


def heap_of_mail(place: Place, draw: Random) -> None:
    """All that a window takes, and more, before any of it is acted on."""
    submit = place.map_of(60_000)
    for _ in range(draw.randint(1, 6)):
        client = place.client()
        for _ in range(6):
            submit.tasks[0].uuid = uuid.uuid4()
            client.say(submit)
    is_read(client)


def receipts(place: Place, draw: Random) -> None:
    """A manager that never says which tasks it has read."""
    manager = Manager(place, room=(1 << 32) - 1)
    client = place.client()
    for _ in range(3):
        for _ in range(2000):
            client.say(wire.Submit(task=place.task(flags=1)))
            client.say(wire.Ack(ack=0))
        answered(client)
        for one in manager.given():
            manager.peer.say(wire.Result(one.return_address, completed_by=manager.id))
        answered(client)
    manager.read = 0
    manager.waits()
    is_read(manager.peer)


def many_managers(place: Place, draw: Random) -> None:
    """Managers, a hundred of them, which all have part of many roots."""
    managers = [Manager(place, room=3) for _ in range(100)]
    client = place.client()
    client.say(place.map_of(5000))
    is_read(client)
    for manager in managers:
        for root in manager.given():
            for slot in range(3):
                manager.peer.say(wire.Submit(task=manager.child(root, 5, slot)))
            break
        is_read(manager.peer)


def pieces(place: Place, draw: Random) -> None:
    """Worker ids that are lost one by one."""
    peer = place.connects()
    peer.shakes(Role.MANAGER, ids=4096)
    lower, upper = peer.hears(wire.Connect).ranges[0]
    for worker in range(lower, upper, 2):
        peer.say(wire.EmployeeLost(ranges=[(worker, worker + 1)]))
    is_read(peer)


HOARDS: tuple[Callable[[Place, Random], None], ...] = (
    texts, cancelled_maps, cancelled_tasks, results, failures, children, cancelled_children, endless_bodies,
    messages, losses, questions, parts, import_paths, sessions, strangers, heap_of_mail, receipts,
    many_managers, pieces,
)  # fmt: skip
