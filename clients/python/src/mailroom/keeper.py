"""The process between a `LocalCluster` and its programs, which ends them when their owner is gone.

It is run as a script, not imported, and needs nothing but Python. From its standard input it reads one line
of JSON, then waits: the end of that input is the end of the owner, however that came about; `leave` before it
says that the owner removes its folders itself. On its standard output it says how the programs are, a line of
JSON each time.

Why a process of its own: nothing in a process that is killed can clean up after it, and a parent's death is
told to a child (PR_SET_PDEATHSIG) when the thread ends that made it, which in a notebook may be any.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LOOK_S = 0.5  # how often programs, and the owner, are looked after
_PORTS_S = 0.001  # how often it is looked whether a program has opened its port
_PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> Callable[[], None]:
    """What a child does before it becomes a program: it will not outlive this process."""
    prctl = ctypes.CDLL(None).prctl

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class Keeper:
    """The programs of one cluster.

    Args:
        plan: `folder` for logs and port files, `environment` of the programs, `timeout` in seconds for all
            to listen, `grace` in seconds that they have to end, `programs`: a name, a command and whether it
            listens, of each, and `remove`: the folders of an owner that could not do so itself. In a command
            `{NAME}` is the port of the program of that name.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._folder = Path(plan["folder"])
        self._owner = os.getppid()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._told = False

    def tell(self, *_: object) -> None:
        """It is to end, says a signal."""
        self._told = True

    def start(self) -> None:
        """Starts the programs, and waits until all of them listen, or dial.

        Raises:
            RuntimeError: one does not start; the text says how it ended.
        """
        end = time.monotonic() + self._plan["timeout"]
        for name, command, listens in self._plan["programs"]:  # who dials too early tries again later
            for other in self._running:
                if self._ports(other).exists():
                    port = self._ports(other).read_text().split()[1]
                    command = [word.replace(f"{{{other}}}", port) for word in command]
            self._start(name, command, listens)
            if listens:
                self._wait(name, self._running[name], end)

    def _ports(self, name: str) -> Path:
        return self._folder / f"{name}.port"

    def _start(self, name: str, command: list[str], listens: bool) -> None:
        ports = ["--port-file", str(self._ports(name))] if listens else []
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*command[:1], *ports, *command[1:]],
                env=self._plan["environment"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        self._running[name] = process

    def _wait(self, name: str, process: subprocess.Popen[bytes], end: float) -> None:
        while not self._ports(name).exists():  # it comes by a rename, as a whole
            if process.poll() is not None:
                raise RuntimeError(f"{name} {how(process)}")
            if time.monotonic() > end:
                raise RuntimeError(f"{name} did not listen in {self._plan['timeout']} seconds")
            if self._is_over(_PORTS_S):
                raise RuntimeError("the owner is gone")

    def pids(self) -> dict[str, int]:
        """The programs' process numbers."""
        return {name: process.pid for name, process in self._running.items()}

    def watch(self) -> str | None:
        """Waits until the owner is gone (None), or a program has ended (how)."""
        while not self._is_over(_LOOK_S):
            for name, process in self._running.items():
                if process.poll() is not None:
                    return f"{name} {how(process)}"
        return None

    def _is_over(self, seconds: float) -> bool:
        """Whether the owner has closed its end, or is gone while a child that it forked holds that open."""
        readable, _, _ = select.select([sys.stdin], [], [], seconds)
        return bool(readable) or self._told or self._is_orphan()

    def _is_orphan(self) -> bool:
        return os.getppid() != self._owner

    def stop(self) -> None:
        """Ends the programs, the last one first, those that do not want to by force."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        end = time.monotonic() + self._plan["grace"]
        for process in self._running.values():
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()  # a killed shim's guardian ends the workers
                process.wait()

    def clean(self) -> None:
        """Removes the folders of an owner that is gone and did not say that it does so."""
        readable, _, _ = select.select([sys.stdin], [], [], 0)
        said = os.read(sys.stdin.fileno(), 100) if readable else b""
        if not said and (readable or self._is_orphan()):
            for folder in self._plan["remove"]:
                shutil.rmtree(folder, ignore_errors=True)


def how(process: subprocess.Popen[bytes]) -> str:
    """How a process ended, for people."""
    status = process.returncode
    return f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"


def _say(**what: Any) -> None:
    try:
        print(json.dumps(what), flush=True)
    except OSError:  # nobody is left to read it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> int:
    """Runs a cluster's programs until its owner is gone; 1 if one of them ended before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the owner decides what it means
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as unbuffered:  # nothing is read ahead
        keeper = Keeper(json.loads(unbuffered.readline()))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, keeper.tell)
    ended: str | None = None
    try:
        keeper.start()
        _say(pids=keeper.pids())
        ended = keeper.watch()
    except RuntimeError as error:
        ended = str(error)
    finally:
        keeper.stop()
        keeper.clean()
    if ended is not None:
        _say(ended=ended)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
