"""Programs and peers with keys."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import zmq
import zmq.auth
from mailroom_peer import wire
from raw import Peer, dealing
from running import SOON, Program, Programs, run, until
from zmq.utils.monitor import recv_monitor_message


class Keys:
    """A folder of keys, as `mailroom keygen` makes it.

    Args:
        folder: where.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keygen()

    def _keygen(self, *names: str) -> None:
        made = run("mailroom", "keygen", self.folder, *names)
        assert made.returncode == 0, made.stderr

    def add(self, role: str, name: str) -> None:
        """Makes one more key, which is let in."""
        self._keygen(f"{role}:{name}")

    def allowed(self, name: str) -> Path:
        """Its file in the table."""
        return self.folder / "allowed" / f"{name}.cert"

    def revoke(self, name: str, *programs: Program) -> None:
        """Takes a key out of the table, and has programs read that again."""
        self.allowed(name).unlink()
        self.reload(*programs)

    def restore(self, name: str, *programs: Program) -> None:
        """Puts it back."""
        shutil.copy(self.folder / f"{name}.cert", self.allowed(name))
        self.reload(*programs)

    @staticmethod
    def reload(*programs: Program) -> None:
        """Has programs read the table again."""
        for program in programs:
            before = program.log().count("SIGHUP: ")
            program.signal(signal.SIGHUP)
            until(lambda: program.log().count("SIGHUP: ") > before, "the table is read again")  # noqa: B023

    def part(self, folder: Path, *files: str) -> Path:
        """Another folder, with these files of this one only."""
        folder.mkdir()
        for name in files:
            source = self.folder / name
            if source.is_dir():
                shutil.copytree(source, folder / name)
            else:
                shutil.copy2(source, folder / name)
        return folder

    def sets(self, made: zmq.Socket[bytes], own: str, server: str, served: Keys | None = None) -> None:
        """Gives a socket the key of that name, for a server with that key of these, or of others."""
        server_key, _ = zmq.auth.load_certificate((served or self).folder / f"{server}.cert")
        public, secret = zmq.auth.load_certificate(self.folder / f"{own}.cert_secret")
        assert secret is not None
        made.curve_serverkey = server_key
        made.curve_publickey = public
        made.curve_secretkey = secret

    @contextmanager
    def dealing(self, port: int, own: str, server: str = "broker") -> Iterator[Peer]:
        """A peer with a key."""
        with dealing(port, lambda made: self.sets(made, own, server)) as peer:
            yield peer

    def plain(self, programs: Programs, script: str, *options: object) -> Program:
        """A shim with keys whose workers run a shell script for each task."""
        return programs.start(
            "mailroom-shim",
            *("-v", "-p", 0, "-n", 1, "--keys", self.folder, *options),
            *("--plain", "--", "sh", "-c", script),
        )

    def broker(self, programs: Programs, *managers: Program, options: tuple[object, ...] = ()) -> Program:
        """A broker with keys, which has read its table."""
        broker = programs.broker(*managers, options=("--keys", self.folder, *options))
        assert broker.port
        return broker


def submits(peer: Peer, body: bytes) -> UUID:
    """Submits a task for a plain worker, whose result is to come by itself."""
    uuid = uuid4()
    task = wire.Task(uuid=uuid, runtime="plain", flags=wire.Flag.DELIVER, name="a task")
    peer.say(wire.Submit(task=task), body)
    return uuid


def computes(peer: Peer, body: bytes = b"a") -> UUID:
    """One task goes all the way and back."""
    uuid = submits(peer, body)
    assert peer.hears(wire.Result).uuid == uuid
    return uuid


def outcome(port: int, prepare: Callable[[zmq.Socket[bytes]], None] = lambda made: None) -> zmq.Event:
    """How ZeroMQ's handshake ends with a port: the event that a client's monitor is told."""
    ended = (
        zmq.Event.HANDSHAKE_SUCCEEDED
        | zmq.Event.HANDSHAKE_FAILED_AUTH
        | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
        | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
    )
    with zmq.Context() as context, context.socket(zmq.DEALER) as made:
        made.setsockopt(zmq.LINGER, 0)
        made.setsockopt(zmq.RECONNECT_IVL, -1)
        prepare(made)
        monitor = made.get_monitor_socket(ended)
        made.connect(f"tcp://127.0.0.1:{port}")
        assert monitor.poll(int(SOON * 1000)), "no end of the handshake"
        event = zmq.Event(recv_monitor_message(monitor)["event"])
        made.disable_monitor()
        monitor.close()
        return event


def open_files(program: Program) -> int:
    """How many files, and so connections, it has open."""
    return len(list(Path(f"/proc/{program.process.pid}/fd").iterdir()))
