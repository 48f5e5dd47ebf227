"""The real programs for the BQSKit tests: a broker, a manager of two managers, two workers under each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from mailroom_peer.ports import free_port
from running import until

BIN = Path(os.environ.get("MAILROOM_BIN", Path(__file__).parents[2] / "build/dev/bin"))
ENDS_IN = 60.0  # seconds


class Tree:
    """Programs that are started together, in any order, and ended together.

    Args:
        folder: for what they print.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *command: object) -> subprocess.Popen[bytes]:
        """Starts a program; what it prints is in the folder."""
        output = self.folder / f"{len(self.processes)}-{Path(str(command[0])).name}.txt"
        with output.open("wb") as file:
            process = subprocess.Popen(
                list(map(str, command)),
                env={**os.environ, "MAILROOM_PYTHON": sys.executable},
                stdout=file,
                stderr=file,
                stdin=subprocess.DEVNULL,
            )
        self.processes.append(process)
        return process

    def output(self) -> str:
        """What all of them printed, for a test that failed."""
        return "\n".join(f"{path.name}:\n{path.read_text()}" for path in sorted(self.folder.glob("*.txt")))

    def stop(self) -> list[int]:
        """Ends the programs with an interrupt of the first one; gives the status of each."""
        self.processes[0].send_signal(signal.SIGINT)
        try:
            return [process.wait(ENDS_IN) for process in self.processes]
        finally:
            for process in self.processes:
                process.kill()
                process.wait()


def start_rank(tree: Tree, workers: int, port: int) -> subprocess.Popen[bytes]:
    """Workers as a user starts them, for a manager on this host."""
    return tree.start(sys.executable, "-m", "mailroom.worker", "-n", workers, "-p", port, "-v")


def start_tree(tree: Tree) -> int:
    """A broker, a manager of two managers, two workers each; gives the broker's port."""
    port, middle, left, right = (free_port() for _ in range(4))
    tree.start(BIN / "mailroomd", "-p", port, f"127.0.0.1:{middle}")
    for leaf in (left, right):
        tree.start(BIN / "mailroom-shim", "-v", "-n", 2, "-p", leaf)
    tree.start(BIN / "mailroom-shim", "-v", "-p", middle, "-m", f"127.0.0.1:{left}", f"127.0.0.1:{right}")
    until(lambda: tree.output().count("serving the boss") == 3, "all are there: who is not hears no SHUTDOWN")
    return port
