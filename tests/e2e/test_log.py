"""The log: it does not fill a disk, whatever peers do, and nobody who does not read it stops a program."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import zmq
from keyed import Keys
from mailroom import Client
from mailroom_peer import wire
from mailroom_peer.wire import Role
from raw import dealing, hello
from running import BIN, MARK, SOON, Programs, until

OFTEN = 300


def test_a_peer_that_makes_the_same_line_again_and_again(programs: Programs) -> None:
    """A stranger that is refused each time, on one connection after the other."""
    broker = programs.broker()
    for _ in range(OFTEN):
        with dealing(broker.port) as peer:
            peer.shakes(Role.CLIENT)
            peer.send(wire.encode(wire.Status(seq=7)))  # its link ends
            peer.hears(wire.Error)
    with Client(f"127.0.0.1:{broker.port}", name="somebody else") as client:
        broker.logs("client somebody else joined")
        assert client.counts()["managers"] == 0
    lines = broker.log().splitlines()
    gone = [line for line in lines if "is gone: " in line]
    assert 5 <= len(gone) <= 60, len(gone)
    broker.signal(signal.SIGINT)
    assert broker.ends() == 0
    assert re.search(r"WARNING \d+ more lines like this one: client .* is gone", broker.log())


def test_a_log_that_nobody_reads_stops_nothing(programs: Programs, tmp_path: Path) -> None:
    """Standard error is a pipe; its buffer is full soon, and what goes on goes on."""
    ports = tmp_path / "ports"
    environment = {**os.environ, MARK: str(programs.folder)}
    broker = subprocess.Popen(
        [BIN / "mailroomd", "-vv", "--port-file", ports, "-p", "0"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert broker.stderr is not None
    try:
        until(ports.exists, "the broker listens")
        port = int(ports.read_text().split()[1])
        fill = 70_000  # bytes: more than a pipe holds
        for number in range(fill // 60):
            with dealing(port) as peer:
                # without digits, in which lines of one matter may differ: no line is one too many
                unlike = str(number).translate(str.maketrans("0123456789", "abcdefghij"))
                peer.say(hello(Role.CLIENT, name=f"{'x' * 50}{unlike}"))
                peer.hears(wire.Welcome)
        with Client(f"127.0.0.1:{port}") as client:
            assert client.counts()["uptime"] > 0
        read = os.read(broker.stderr.fileno(), 1 << 20)
        assert len(read) > 30_000
        with Client(f"127.0.0.1:{port}", name="reader"):
            text = b""
            while b"reader" not in text:
                text += os.read(broker.stderr.fileno(), 1 << 20)
        assert re.search(rb"WARNING \d+ lines were left out: nobody read the log", text)
        broker.terminate()
        assert broker.wait(SOON) == 0
    finally:
        broker.kill()
        broker.stderr.close()


def test_a_connection_that_says_nothing_is_told_of(programs: Programs) -> None:
    """And one that says its HELLO is not."""
    shim = programs.start("mailroom-shim", "-p", 0, "-w", 0, "-x", "-n", 1)
    with zmq.Context() as context, context.socket(zmq.DEALER) as silent:
        silent.connect(f"tcp://127.0.0.1:{shim.ports()['worker-port']}")
        with dealing(shim.ports()["worker-port"]) as peer:
            peer.shakes(Role.WORKER)
            shim.logs("has said nothing for 10 s and is closed: no HELLO has come")
            assert shim.log().count("no HELLO has come") == 1


def test_a_client_without_keys_at_a_broker_with_keys_is_told_of(programs: Programs, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    broker = programs.start("mailroomd", "-p", 0, "--keys", keys.folder)
    # libzmq as the stranger may close first, and then the broker's has nothing to tell
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    with socket.create_connection(("127.0.0.1", broker.port), SOON) as stranger:
        stranger.sendall(greeting)
        broker.logs("a connection is turned away: it came without a key, and here keys are needed")
