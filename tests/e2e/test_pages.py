"""The pages about the protocol say what is on the wire: their transcripts are played against the programs."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgpack
import pytest
from mailroom_peer import wire
from mailroom_peer.wire import Role
from raw import framed, hello, read, tcp, zmtp
from running import BIN, SOON, Program, Programs

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "clients/examples/perl"
GREETING = 64  # bytes
PING, ACK = 34, 36
NAME = r"\b(?:ID|MAILBOX|OTHER|SLOT|BOOT)\b"  # a number, or bytes, that come and go back


def steps(page: str) -> Iterator[str]:
    """The lines of the page's transcript, without what is said of them."""
    text = (ROOT / "docs" / page).read_text()
    for block in re.findall(r"```hex\n(.*?)```", text, re.DOTALL):
        yield from (line.split("#")[0].strip() for line in block.splitlines())


def sent(text: str, names: dict[str, int | bytes]) -> bytes:
    """What a page sends, with what came before in place of its names."""

    def value(name: re.Match[str]) -> str:
        found = names[name[0]]
        return found.hex() if isinstance(found, bytes) else f"{found:016x}"

    return bytes.fromhex(re.sub(NAME, value, text))


def meant(text: str) -> Any:
    """A header as a page shows it: what is not known beforehand is `_`, and `*` stands for the rest."""
    quoted = re.sub(
        rf"\b[0-9a-f]{{32}}\b|[_*]|{NAME}", lambda found: f'"{found[0]}"', text.replace("nil", "null")
    )
    return json.loads(quoted)


def agrees(came: Any, shown: Any, names: dict[str, int | bytes]) -> bool:
    """Whether a value is as it was shown; what has a name is noted, and stays the same."""
    if shown == "_":
        return True
    if isinstance(shown, str) and re.fullmatch(NAME, shown):
        return bool(names.setdefault(shown, came) == came)
    if isinstance(shown, list):
        rest = shown[-1:] == ["*"]
        shown = shown[:-1] if rest else shown
        whole = isinstance(came, list) and (len(came) >= len(shown) if rest else len(came) == len(shown))
        return whole and all(agrees(*pair, names) for pair in zip(came, shown, strict=False))
    return bool((came.hex() if isinstance(came, bytes) else came) == shown)


class Wire:
    """A connection on which a transcript is played.

    Args:
        port: of this machine.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._greeting = b""
        self._connect()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), SOON)
        self._file = self._socket.makefile("rb")

    def _close(self) -> None:
        self._file.close()
        self._socket.close()

    def _anew(self) -> None:
        """Another connection, greeted as before but for the last byte of the routing id."""
        self._close()
        self._connect()
        self._greeting = self._greeting[:-1] + bytes([self._greeting[-1] + 1])
        self._socket.sendall(self._greeting)
        self._heard("greeting")
        self._heard("READY")

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        assert len(data) == size, "the other side closed the connection"
        return data

    def _frame(self) -> tuple[int, bytes]:
        """The next frame: its flags, its bytes."""
        flags = self._take(1)[0]
        return flags, self._take(int.from_bytes(self._take(8 if flags & 2 else 1), "big"))

    def header(self) -> list[Any]:
        """The next message's, but for those that may come at any time."""
        while True:
            _, data = self._frame()
            fields: list[Any] = msgpack.unpackb(data)
            if fields[1] not in (PING, ACK):
                return fields

    def _heard(self, text: str) -> bool:
        """Takes what comes, where it is shown as a word or a text."""
        if text == "greeting":
            assert self._take(GREETING)[:1] == b"\xff"
        elif text == "READY":
            assert self._frame()[1].startswith(b"\5READY")
        elif text.startswith('"'):
            assert self._frame()[1] == text.strip('"').encode()
        else:
            return False
        return True

    def play(self, page: str) -> None:
        """Sends what the page says, and compares what comes."""
        names: dict[str, int | bytes] = {}
        greets = True
        for step in steps(page):
            sign, _, text = step.partition(" ")
            if sign == ">":
                self._socket.sendall(sent(text, names))
                self._greeting += sent(text, names) if greets else b""
            elif sign == "~":
                self._anew()
            elif sign == "<":
                greets = False
                if not self._heard(text):
                    came = self.header()
                    assert agrees(came, meant(text), names), f"{step}\ncame: {came}"


@pytest.fixture(params=["without a journal", "with a journal"])
def letters(programs: Programs, request: pytest.FixtureRequest) -> Program:
    """A broker whose workers make capital letters."""
    command = ("--plain", "--", "tr", "a-z", "A-Z")
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, *command)
    journal = ("--journal", programs.folder / "journal") if request.param == "with a journal" else ()
    return programs.broker(shim, options=journal)


def test_the_client_s_page(letters: Program) -> None:
    with Wire(letters.port) as wire:
        wire.play("client.md")


OLD_GREETING = b"\xff" + bytes(8) + b"\x7f"
"""ZMTP's signature, the same in all versions: what follows says which one is spoken."""


def test_zmtp_2_0_is_spoken_too(programs: Programs) -> None:
    """A greeting of old ZeroMQ stacks: version, type of socket, and the routing id in a frame."""
    router = programs.broker()
    version, dealer, routing_id = b"\1", b"\5", b"\1" + bytes(15)
    with tcp(router.port, OLD_GREETING + version + dealer + bytes([0, len(routing_id)]) + routing_id) as made:
        read(made, len(OLD_GREETING + version + dealer) + len(b"\0\0"))  # its routing id is empty
        made.sendall(framed(hello(Role.CLIENT)))
        flags, size = made.recv(2, socket.MSG_WAITALL)
        assert flags == 0
        assert isinstance(wire.decode(made.recv(size, socket.MSG_WAITALL)), wire.Welcome)


def test_a_heartbeat_of_zmtp_is_answered(programs: Programs) -> None:
    ttl, context = b"\0\0", b"page"
    ping, pong = b"\4PING" + ttl + context, b"\4PONG" + context
    with zmtp(programs.broker().port, bytes([4, len(ping)]) + ping) as made:
        assert made.recv(2 + len(pong), socket.MSG_WAITALL) == bytes([4, len(pong)]) + pong


def perl(script: str, *arguments: str, text: bytes) -> bytes:
    command = ["perl", str(EXAMPLES / script), *arguments]
    done = subprocess.run(command, input=text, capture_output=True, timeout=SOON * 2, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("size", [0, 5, 3_000_000])
def test_a_client_in_perl(letters: Program, size: int) -> None:
    assert perl("client.pl", f"localhost:{letters.port}", text=b"a" * size) == b"A" * size


@contextmanager
def asked(router: Program, how: tuple[str, ...], file: Path, text: str) -> Iterator[subprocess.Popen[str]]:
    """A command that waits for results of workers that reverse."""
    file.write_text(text)
    command = (BIN / "mailroom", *how, "--runtime", "reverse", "--wait", file)
    address = ("--broker", f"127.0.0.1:{router.port}", "--session", file.with_suffix(".session"))
    with subprocess.Popen([*map(str, (*command, *address))], stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def test_the_worker_s_page(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-x", "-w", 0, "-n", 1)
    router = programs.broker(shim)
    with (
        asked(router, ("map",), programs.folder / "lines", "hello\nworld\n") as command,
        Wire(shim.ports()["worker-port"]) as wire,
    ):
        wire.play("worker.md")
        assert command.communicate(timeout=SOON)[0] == "olleh\ndlrow\n"


def test_a_worker_in_perl(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 2, "--", EXAMPLES / "worker.pl")
    router = programs.broker(shim)
    with asked(router, ("submit",), programs.folder / "lines", "1\n2\n3\n") as command:
        assert command.communicate(timeout=SOON)[0] == "3\n2\n1\n"
