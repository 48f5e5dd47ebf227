"""Lets peers that hoard loose on a broker, or on a manager, and holds the memory of that to its books: it has
little more than these say, these stay below the bound, and whoever else comes is served."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from random import Random

import hoards
import hoards_below
from cluster import broker, settings
from hoards import MIB, Manager, Place
from hoards_below import Below
from mailroom_peer import wire
from raw import dealing, resident
from running import Program, Programs, until

BYTES = 24 * MIB
"""What a session may have."""
MEMORY = 256 * MIB
BETWEEN = 64 * MIB
"""What malloc keeps for the next burst, and ZeroMQ of mail that was not looked at yet."""
MOST = 6  # hoards at a time
QUICK = {"expiry": 500, "heartbeat": 2000}  # ms
PATIENT = {"expiry": 500, "heartbeat": 6000}  # ms: of a hundred peers, each is read in its turn
BYSTANDER = "bystander"
"""The runtime of who is served."""


class Watched:
    """A program, and what it may keep.

    Args:
        program: just started.
        memory: bytes that it may keep.
    """

    def __init__(self, program: Program, memory: int) -> None:
        self.program = program
        self.memory = memory
        self.port = program.port
        self.least = resident(program.process.pid)
        self.most_beside = 0

    def kept(self) -> int:
        """What its books say."""
        with dealing(self.port, source="127.0.0.3") as peer:
            peer.send(wire.encode(wire.Counts()))
            return dict(peer.hears(wire.Counts).counts)["kept"]

    def is_well(self) -> None:
        """Waits until its memory is what the books say and little more; they are within their bound."""
        until(self._holds, f"memory of {self.program.command[0]} is beyond its books")

    def _holds(self) -> bool:
        kept = self.kept()
        assert kept <= self.memory, f"{kept} bytes are kept, and {self.memory} may be"
        beside = resident(self.program.process.pid) - self.least - kept
        if beside <= BETWEEN:
            self.most_beside = max(self.most_beside, beside)
        return beside <= BETWEEN


class Soak:
    """A broker, those that hoard there, and a bystander: a client and a manager of its own.

    Args:
        programs: of the test.
        seed: of all that is drawn.
    """

    def __init__(self, programs: Programs, seed: int) -> None:
        options = settings(
            programs,
            session={"lease": 500},
            client_links=PATIENT,
            manager_links=PATIENT,
            limits={"session_bytes": BYTES, "memory": MEMORY},
        )
        self.router = Watched(broker(programs, options=options), MEMORY)
        self.draw = Random(seed)
        self.peers: list[ExitStack] = []
        self.count = 0

    def run(self, hoard: Callable[[Place, Random], None]) -> None:
        """One more hoard, beside those that are there; and somebody is served."""
        while len(self.peers) >= MOST:
            self.peers.pop(self.draw.randrange(len(self.peers))).close()
        peers = ExitStack()
        self.peers.append(peers)
        self.count += 1
        hoard(Place(self.router.port, peers, f"hoard{self.count % MOST}"), self.draw)
        self.serve()
        self.router.is_well()

    def serve(self) -> None:
        """A task of somebody else's goes through."""
        with ExitStack() as peers:
            place = Place(self.router.port, peers, BYSTANDER, source="127.0.0.2")
            client, manager = place.client(), Manager(place, room=1)
            client.say(wire.Submit(task=place.task(flags=wire.Flag.DELIVER)), b"task")
            task = manager.first()
            manager.peer.say(wire.Result(task.return_address, completed_by=manager.id), b"done")
            assert client.hears(wire.Result).uuid is not None

    def end(self) -> None:
        """All of them leave: nothing is kept any more."""
        while self.peers:
            self.peers.pop().close()
        # seldom: each question's connection is kept, too, until the broker sees that it is gone
        until(lambda: self.router.kept() < MIB, "what they had is given up", 60, pause=1)
        self.router.is_well()


def at_a_manager(programs: Programs, hoard: Callable[[Below, Random], None], seed: int) -> int:
    """One hoard at a manager of its own; then another boss, and its workers, are served. The bytes beside."""
    options = settings(programs, boss_links=QUICK, worker_links=QUICK, limits={"memory": MEMORY // 8})
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-x", "-w", 0, "-n", hoards_below.WORKERS, *options)
    watched = Watched(shim, MEMORY // 8 + MEMORY // 16)  # one body more may be under way
    with ExitStack() as peers:
        below = Below(watched.port, shim.ports()["worker-port"], peers)
        hoard(below, Random(seed))
        below.read()
        watched.is_well()
    with ExitStack() as peers:
        shim.logs("the boss raw is gone")
        hoards_below.is_served(Below(watched.port, shim.ports()["worker-port"], peers))
    until(lambda: watched.kept() < MIB, "what they had is given up")
    watched.is_well()
    return watched.most_beside


BROKER_HOARDS = hoards.HOARDS
MANAGER_HOARDS = hoards_below.HOARDS
__all__ = ["BROKER_HOARDS", "MANAGER_HOARDS", "Soak", "at_a_manager"]
