"""A cluster at work, with all its ports open to whoever comes, to be treated badly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zmq
from cluster import broker, noted, python_shim, rank, settings
from e2e_tasks import root_of, steps_until
from mailroom import Client, Future
from mailroom_peer import wire
from raw import Peer, hello, resident
from running import SOON, Program, Programs, until

GROWTH = 64 << 20  # bytes: what 1000 connections may take, and what one bad peer may not
QUICK = 50  # ms between attempts to connect


class House:
    """A broker and a shim whose workers connect, a client whose task goes on and on, and a manager's port
    that the test itself answers on.

    Args:
        folder: for all that they write.
        below: settings of the shims, as `cluster.settings` takes them.
        sections: the same of the broker.
    """

    def __init__(
        self, folder: Path, *, below: Mapping[str, object] | None = None, **sections: object
    ) -> None:
        self.programs = Programs(folder)
        self.steps, self.end = folder / "steps", folder / "end"
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.manager = self._context.socket(zmq.ROUTER)
        self.manager.setsockopt(zmq.LINGER, 0)
        false_port = self.manager.bind_to_random_port("tcp://127.0.0.1")
        options = settings(self.programs, **below) if below else ()
        self.shim = self.programs.start("mailroom-shim", "-v", "-p", 0, "-w", 0, "-x", "-n", 2, *options)
        self.workers = rank(self.programs, self.shim, 2)
        self.idle_shim = python_shim(self.programs, *options, workers=1)
        self.broker = broker(
            self.programs,
            self.shim.port,
            false_port,
            options=settings(self.programs, redial=QUICK, **sections),
        )
        self.client = Client(f"127.0.0.1:{self.broker.port}")
        self.chain: Future[Any] = self.client.submit(steps_until, str(self.steps), str(self.end))
        self.ports = {
            "client": self.broker.port,
            "worker": self.shim.ports()["worker-port"],
            "boss": self.idle_shim.port,
        }
        self.goes_on()
        self.sizes = {program: resident(program.process.pid) for program in self._attacked()}

    def _attacked(self) -> tuple[Program, ...]:
        return self.broker, self.shim, self.idle_shim

    def goes_on(self) -> None:
        """Waits until the client's task has made progress, and a new one has come back."""
        steps = len(noted(self.steps))
        assert self.client.submit(root_of, 4.0).result(SOON) == 2.0
        until(lambda: len(noted(self.steps)) > steps + 2, "steps of the running task")

    def keeps_small(self, growth: int = GROWTH) -> None:
        """Nobody's memory has grown by so many bytes."""
        for program, size in self.sizes.items():
            assert resident(program.process.pid) - size < growth, program.command

    @contextmanager
    def played(self) -> Iterator[Peer]:
        """Answers the broker as a manager does; HELLOs of connections that it has given up may come first."""
        peer = None
        while True:
            assert self.manager.poll(int(SOON * 1000)), "the broker does not dial"
            sender, *frames = self.manager.recv_multipart()
            message = wire.decode_frames(frames)
            if isinstance(message, wire.Hello):
                peer = Peer(self.manager, sender)
                peer.say(hello(wire.Role.MANAGER, kind=wire.Welcome, link=message.link, ids=1))
            elif peer and isinstance(message, wire.Connect):
                break
        yield peer

    def close(self) -> str:
        """Ends it all; what it wrote."""
        self.end.touch()
        steps = self.chain.result(SOON)
        assert noted(self.steps) == list(range(steps))
        self.client.close()
        self.manager.close()
        self._context.term()
        return self.programs.stop()
