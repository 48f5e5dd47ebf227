"""A call that holds the interpreter's lock for long, in C: what becomes of a client's line meanwhile.

The library's own thread needs no lock. A socket of pyzmq's is read by a thread of Python's: there the
connection breaks, and heals.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mailroom_peer import wire

from broker import Broker
from peer import PATIENCE

SCRIPT = """
import ctypes, os, sys, mailroom
address, transport, fifo = sys.argv[1:]
with mailroom.Client(address, transport=transport, heartbeat=0.1) as client:
    future = client.submit(abs, -7)
    client._mail.drain(60)
    file = os.open(fifo, os.O_RDWR)
    ctypes.PyDLL(None).read(file, ctypes.create_string_buffer(1), 1)
    print(future.result(60))
"""


class Listener(Broker):
    """A broker that keeps what it does not hand on, too."""

    def __init__(self) -> None:
        self.heard: list[wire.Message] = []
        super().__init__()

    def _read(self, routing_id: bytes, frames: list[bytes]) -> None:
        self.heard.append(wire.decode_frames(frames))
        super()._read(routing_id, frames)


@pytest.fixture
def broker() -> Iterator[Listener]:
    broker = Listener()
    broker.hold = True
    yield broker
    broker.close()


@pytest.fixture
def held(broker: Listener, tmp_path: Path) -> Iterator[Callable[[str], Callable[[], str]]]:
    """Starts a client that holds its interpreter's lock; gives what lets go of it, and gives what it says."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    made: list[subprocess.Popen[str]] = []

    def start(transport: str) -> Callable[[], str]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", SCRIPT, broker.address, transport, str(fifo)]
        made.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
        broker.wait(lambda: broker.held)

        def let_go() -> str:
            fifo.write_text("x")
            return made[0].communicate(timeout=PATIENCE)[0]

        return let_go

    yield start
    for process in made:
        process.kill()
        process.communicate()


@pytest.mark.gil
def test_the_librarys_socket_goes_on(broker: Listener, held: Callable[[str], Callable[[], str]]) -> None:
    let_go = held("own")
    said = len(broker.heard)
    # as many signs of life as are twice what a connection is given up for
    broker.wait(lambda: len(broker.heard) >= said + 6)
    broker.release()
    assert let_go() == "7\n"


def test_pyzmqs_socket_is_given_up_and_goes_on_afterwards(
    broker: Listener, held: Callable[[str], Callable[[], str]]
) -> None:
    let_go = held("pyzmq")
    [line] = broker.lines.values()
    broker.wait(lambda: not line.link._connected)
    broker.release()
    assert let_go() == "7\n"
    assert len(broker.hellos) > 1
