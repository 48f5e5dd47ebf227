"""Starts and stops the real programs on free ports, and finds what they leave behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mailroom_peer.ports import held_port

BIN = Path(os.environ.get("MAILROOM_BIN", Path(__file__).parents[2] / "build/dev/bin"))
SOON = 60.0  # seconds: what must happen at all happens by then, on a busy machine too
EXPIRY = 3000  # ms, of a link that is to expire in a test: longer than a busy machine holds up a program
MARK = "MAILROOM_TEST_MARK"  # in the environment of all that a test starts, and of what that starts


def until(true: Callable[[], object], what: str, seconds: float = SOON, pause: float = 0.01) -> None:
    """Waits until `true` says so, which is asked each `pause` seconds.

    Raises:
        AssertionError: it does not in time; `what` says what was waited for.
    """
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(pause)


def run(name: str, *arguments: object, by: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Runs a program that is to end by itself; `by` another one, which runs what stands behind it."""
    command = [*by, str(BIN / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SOON, check=False)


class Program:
    """A running program.

    Args:
        command: its program and arguments.
        folder: for its log and the file of its ports.
        environment: what to add to this process's.
    """

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.log_file = folder / "log"
        self.port_file = folder / "ports"
        self.command = command
        if Path(command[0]).name in ("mailroomd", "mailroom-shim"):
            command = [command[0], "--port-file", str(self.port_file), *command[1:]]
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text(errors="replace")

    def logs(self, text: str) -> None:
        """Waits until its log holds `text`."""
        until(lambda: text in self.log(), f"{text!r} in the log of {self.command}")

    def ports(self) -> dict[str, int]:
        """Waits until it listens; its ports by their names."""
        until(lambda: self.port_file.exists() or self.process.poll() is not None, "ports")
        assert self.port_file.exists(), self.log()
        words = self.port_file.read_text().split()
        return {name: int(port) for name, port in zip(words[::2], words[1::2], strict=True)}

    @property
    def port(self) -> int:
        """The port for its clients, or for its boss."""
        return self.ports()["port"]

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self.process.send_signal(number)

    def ends(self) -> int:
        """Waits until it has ended; its status."""
        return self.process.wait(SOON)


class Programs:
    """All programs of one test.

    Args:
        folder: the test's own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[Program] = []
        self._ports: list[socket.socket] = []
        self.sockets = folder / "run"
        self.sockets.mkdir(mode=0o700)

    def start(self, name: str, *arguments: object, bin: Path = BIN, **environment: str) -> Program:
        """Starts one of our programs, from the folder `bin`."""
        folder = self.folder / f"{len(self.running)}-{name}"
        folder.mkdir()
        ours = {
            MARK: str(self.folder),
            "MAILROOM_PYTHON": sys.executable,
            "XDG_RUNTIME_DIR": str(self.sockets),
        }
        command = [str(bin / name), *map(str, arguments)]
        program = Program(command, folder, {**ours, **environment})
        self.running.append(program)
        return program

    def port(self) -> int:
        """A port for a program of this test, and for the next one in its place: nobody else is given it."""
        holder, port = held_port()
        self._ports.append(holder)
        return port

    def broker(self, *managers: Program, port: int = 0, options: tuple[object, ...] = ()) -> Program:
        """Starts a broker that serves the given managers."""
        addresses = [f"127.0.0.1:{manager.port}" for manager in managers]
        return self.start("mailroomd", "-v", "-p", port or self.port(), *options, *addresses)

    def plain(self, script: str, *, workers: int = 1, port: int = 0) -> Program:
        """Starts a shim whose workers run a shell script for each task."""
        command = ["--plain", "--", "sh", "-c", script]
        return self.start("mailroom-shim", "-v", "-p", port or self.port(), "-n", workers, *command)

    def left(self) -> list[str]:
        """The processes of this test that are alive, as texts."""
        entry = f"{MARK}={self.folder}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if entry in (process / "environ").read_bytes().split(b"\0"):
                    command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found.append(f"{process.name} {command}")
            except OSError:
                continue  # it has ended just now
        return found

    def all_gone(self) -> None:
        """Waits until no process of this test is alive, and no socket's folder is left."""
        until(lambda: not self.left(), f"no process left: {self.left()}")
        until(lambda: not list(self.sockets.iterdir()), f"no folder left in {self.sockets}")

    def stop(self) -> str:
        """Kills what still runs; what all programs wrote."""
        for program in self.running:
            program.process.kill()
            program.process.wait()
        for holder in self._ports:
            holder.close()
        return "\n".join(f"## {' '.join(program.command)}\n{program.log()}" for program in self.running)
