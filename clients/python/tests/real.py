"""The real programs for tests of the client: a broker, and shims with Python workers or a plain program."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mailroom_peer.ports import held_port

import mailroom

BIN = Path(os.environ.get("MAILROOM_BIN", Path(__file__).parents[3] / "build/dev/bin"))
ENDS_IN = 60.0  # seconds

needed = pytest.mark.skipif(not (BIN / "mailroomd").exists(), reason=f"the programs are not built in {BIN}")


class Programs:
    """Programs that are started and ended together; what they print is in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []
        self._ports: list[socket.socket] = []

    def start(
        self, program: str, *arguments: object, port: int = 0, folder: Path = BIN
    ) -> tuple[subprocess.Popen[bytes], int]:
        """Starts a program of a folder; gives the process and the port, for 0 one that no other is given."""
        if not port:
            holder, port = held_port()
            self._ports.append(holder)
        file = self.folder / f"{len(self.running)}-{program}.port"
        command = [folder / program, "-p", port, "--port-file", file, *arguments]
        environment = {**os.environ, "PYTHONPATH": str(Path(mailroom.__file__).parents[1])}
        with file.with_suffix(".txt").open("wb") as output:
            process = subprocess.Popen(
                list(map(str, command)),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.running.append(process)
        end = time.monotonic() + ENDS_IN
        while not (file.exists() and file.read_text().endswith("\n")):
            assert process.poll() is None, file.with_suffix(".txt").read_text()
            assert time.monotonic() < end
            time.sleep(0.01)  # a file has no event that could be waited for
        return process, int(file.read_text().split()[1])  # "port 7472"

    def start_python(self, workers: int) -> int:
        """A shim with workers that run Python functions; gives its port."""
        worker = (sys.executable, "-m", "mailroom.worker", "--only-python")
        return self.start("mailroom-shim", "-n", workers, "--", *worker)[1]

    def worker_port(self) -> int:
        """Of the shim (-x) that was started last."""
        lines = (self.folder / f"{len(self.running) - 1}-mailroom-shim.port").read_text().split("\n")
        return int(next(line.split()[1] for line in lines if line.startswith("worker-port")))

    def start_plain(self, script: str) -> int:
        """A shim whose tasks run a shell script; gives its port."""
        return self.start("mailroom-shim", "-n", 1, "--plain", "--", "sh", "-c", script)[1]

    def start_broker(
        self, *managers: int, port: int = 0, settings: str = ""
    ) -> tuple[subprocess.Popen[bytes], int]:
        """A broker for managers on these ports; gives the process and its port."""
        options: list[object] = []
        if settings:
            file = self.folder / "broker.conf"
            file.write_text(settings)
            options = ["-c", file]
        managers_there = (f"127.0.0.1:{manager}" for manager in managers)
        return self.start("mailroomd", *options, *managers_there, port=port)

    def stop(self) -> None:
        """Ends all programs, the last one first."""
        for process in reversed(self.running):
            process.send_signal(signal.SIGINT)
        try:
            assert [process.wait(ENDS_IN) for process in self.running] == [0] * len(self.running)
        finally:
            for process in self.running:
                process.kill()
                process.wait()
            for holder in self._ports:
                holder.close()
