"""Bosses and workers that have a manager keep as much as they can, each in a way of its own; as hoards.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from random import Random

import zmq
from hoards import KIB, MIB, PIECE, heard
from mailroom_peer import wire
from mailroom_peer.wire import Address, Role
from raw import Peer, dealing, is_read
from running import SOON

WORKERS = 3


class Below:
    """A boss of a manager, and workers that connect to it by themselves.

    Args:
        port: of the manager, for its boss.
        worker_port: the same for workers.
        peers: what ends them.
    """

    def __init__(self, port: int, worker_port: int, peers: ExitStack) -> None:
        self.peers = peers
        self.boss = peers.enter_context(dealing(port))
        self.boss.shakes(Role.BOSS, window=8 * MIB, max_body=1 << 30)
        self.boss.say(wire.Connect(ranges=[(0, 100)]))
        self.workers = [self._worker(worker_port) for _ in range(WORKERS)]
        self.numbers = 0
        while sum(message.total_workers for message in self._started()) < WORKERS:
            pass

    def _worker(self, port: int) -> tuple[Peer, int]:
        """One more worker, and its id."""
        peer = self.peers.enter_context(dealing(port))
        peer.shakes(Role.WORKER, window=8 * MIB, max_body=1 << 30)
        number = peer.hears(wire.Connect).ranges[0][0]
        peer.say(wire.Started(total_workers=1, runtimes=[("python", "")]))
        peer.say(wire.Waiting(idle=1, room=1))
        return peer, number

    def _started(self) -> Iterator[wire.Started]:
        """What the boss hears of its workers next: the newest is all of them."""
        while True:
            message = heard(self.boss)
            if isinstance(message, wire.Started):
                yield message
                return

    def task(self, **more: object) -> wire.Task:
        """A root of its own."""
        self.numbers += 1
        address = Address(None, 1000 + self.numbers, 0)
        return wire.Task(**{"return_address": address, "comp_task_id": address.mailbox_index, **more})  # type: ignore[arg-type]

    def begins(self, **more: object) -> tuple[Peer, int, wire.Task]:
        """Gives a task to some worker: that, its id, and the task."""
        self.boss.say(wire.Submit(task=self.task(**more)))
        sockets = zmq.Poller()
        for peer, _ in self.workers:
            sockets.register(peer.socket, zmq.POLLIN)
        while ready := dict(sockets.poll(int(SOON * 1000))):
            for peer, number in self.workers:
                if peer.socket in ready and isinstance(message := heard(peer), wire.Submit):
                    return peer, number, message.task
        raise AssertionError("no worker was given the task")

    def read(self) -> None:
        """Waits until the manager has read all that they have said. Nobody acknowledges anything."""
        for peer in (self.boss, *(peer for peer, _ in self.workers)):
            is_read(peer)


def child_of(root: wire.Task, worker: int, slot: int) -> wire.Task:
    """A child of a task that a worker was given."""
    return replace(root, return_address=Address(worker, 5, slot), breadcrumbs=[root.return_address])


def tasks(below: Below, draw: Random) -> None:
    """Tasks that nobody has asked for, with bodies, meta or names."""
    meta, name, body = draw.choice([(64 * KIB, 0, 0), (0, 255, 0), (0, 0, 200 * KIB), (0, 0, 100)])
    for number in range(min(20_000, 80 * MIB // (meta + body + 400))):
        text = f"{number:0{name}}" if name else ""
        below.boss.say(wire.Submit(task=below.task(meta=bytes(meta), name=text)), bytes(body))


def large_tasks(below: Below, draw: Random) -> None:
    """Tasks that come in pieces, or never to an end."""
    length = draw.choice([8, 15]) * MIB
    for _ in range(8):
        for _ in range(length // PIECE - 1):
            below.boss.say(wire.Chunk(length=length), bytes(PIECE))
        below.boss.say(wire.Submit(task=below.task()), bytes(PIECE))
    below.boss.say(wire.Chunk(length=length), bytes(PIECE))


def children(below: Below, draw: Random) -> None:
    """Children that the boss does not read."""
    peer, worker, root = below.begins()
    size = draw.choice([0, 1000, 200 * KIB])
    for slot in range(min(20_000, 80 * MIB // (size + 400))):
        peer.say(wire.Submit(task=child_of(root, worker, slot)), bytes(size))


def results(below: Below, draw: Random) -> None:
    """Results that the boss does not read."""
    size = draw.choice([30 * KIB, 250 * KIB])
    for _ in range(60):
        below.boss.say(wire.Submit(task=below.task()))
    for _ in range(20):
        for peer, worker in below.workers:
            while peer.socket.poll(20):
                message = heard(peer)
                if isinstance(message, wire.Submit):
                    peer.say(wire.Result(message.task.return_address, completed_by=worker), bytes(size))
                    peer.say(wire.Waiting(idle=1, room=1, receipt=message.seq))


def messages(below: Below, draw: Random) -> None:
    """Messages for a task, from above, which its worker does not read."""
    _, _, root = below.begins()
    size = draw.choice([10, 60 * KIB])
    for _ in range(min(3000, 80 * MIB // size)):
        below.boss.say(wire.Communicate(addresses=[root.return_address]), bytes(size))


def messages_up(below: Below, draw: Random) -> None:
    """Messages for tasks elsewhere, which the boss does not read."""
    peer, worker, root = below.begins()
    peer.say(wire.Submit(task=child_of(root, worker, 0)))
    size = draw.choice([1000, 60 * KIB])
    for _ in range(min(10_000, 120 * MIB // size)):
        peer.say(wire.Communicate(addresses=[Address(worker, 6, 0)]), bytes(size))


def parts(below: Below, draw: Random) -> None:
    """Shared parts that no task begins with, of a worker."""
    peer = below.workers[0][0]
    size = draw.choice([1, 1000, 200 * KIB])
    for number in range(min(50_000, 80 * MIB // (size + 200))):
        peer.say(wire.Share(number=number + 1), bytes(size))


def endless_bodies(below: Below, draw: Random) -> None:
    """Bodies of workers whose end does not come."""
    del draw
    for peer, _ in below.workers:
        for _ in range(200):
            peer.say(wire.Chunk(length=1 << 29), bytes(PIECE))


def results_down(below: Below, draw: Random) -> None:
    """Results for mailboxes of a worker that reads nothing."""
    _, worker, _ = below.begins()
    size = draw.choice([100, 200 * KIB])
    for slot in range(min(20_000, 80 * MIB // (size + 200))):
        below.boss.say(wire.Result(Address(worker, 7, slot)), bytes(size))


def import_paths(below: Below, draw: Random) -> None:
    """Import paths of many sessions."""
    del draw
    paths = [f"/{number:0500}" for number in range(1800)]
    for session in range(100):
        below.boss.say(wire.ImportPath(paths=paths, session=session + 1))


def logs(below: Below, draw: Random) -> None:
    """Log records that the boss does not read."""
    peer, _, root = below.begins()
    body = draw.choice([0, 30 * KIB])
    for _ in range(3000):
        log = wire.Log(task=root.return_address, root=root.return_address, text="l" * 1000)
        peer.say(log, bytes(body))


def cancelled(below: Below, draw: Random) -> None:
    """Sub-tasks that never were are cancelled."""
    del draw
    peer, worker, root = below.begins()
    for mailbox in range(40):
        slots = [Address(worker, mailbox, slot) for slot in range(4096)]
        peer.say(wire.Cancel(addresses=slots, root=root.return_address))


def is_served(below: Below) -> None:
    """A task goes through."""
    peer, worker, task = below.begins()
    peer.say(wire.Result(task.return_address, completed_by=worker), b"done")
    while not isinstance(message := heard(below.boss), wire.Result):
        pass
    assert message.return_address == task.return_address


HOARDS: tuple[Callable[[Below, Random], None], ...] = (
    tasks, large_tasks, children, results, messages, messages_up, parts, endless_bodies, results_down,
    import_paths, logs, cancelled,
)  # fmt: skip
