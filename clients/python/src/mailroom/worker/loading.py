"""How more libraries come into what workers are forked from: a child of it loads them and takes its place.

So nobody waits for it meanwhile, and nothing is lost where a library hangs or crashes. What starts threads or
processes, or opens more than files, when it is imported cannot be forked: such a child ends, and another one
leaves that package out.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence

from mailroom import _core
from mailroom.worker import libraries, seeds
from mailroom.worker.surroundings import Surroundings

_SECONDS = 60.0  # for all that is new
_DONE, _GO = b"done", b"go"


class Loader:
    """Such a child, as either side sees it.

    Attributes:
        pid: its process, 0 in itself.
        line: to the other side.
        is_done: it has all, and waits for its turn.
    """

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid, self.line = pid, line
        self.is_done = False
        self._until = time.monotonic() + _SECONDS
        self._name = ""  # what it loads now

    @classmethod
    def forked(cls) -> Loader | None:
        """A new one; returns in both."""
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            pid = os.fork()
        except OSError:
            pid = -1
        (ours if pid == 0 else its).close()
        if pid < 0:
            ours.close()
            return None
        return cls(pid, its if pid == 0 else ours)

    # -- for who has forked it

    def time_left(self) -> float:
        """Seconds that it still has."""
        return max(0.0, self._until - time.monotonic())

    def goes_on(self) -> bool:
        """Hears it, after something came or the time was over; whether it is well."""
        with contextlib.suppress(BlockingIOError):
            while said := self.line.recv(1024, socket.MSG_DONTWAIT):
                if said == _DONE:
                    self.is_done, self._until = True, float("inf")
                else:
                    self._name = said.decode()
            return False
        return time.monotonic() < self._until

    def take_over(self) -> bool:
        """It is its turn, and this process ends, unless it has."""
        with contextlib.suppress(OSError):
            self.line.send(_GO)
            return self.line.recv(len(_GO)) == _GO  # from then on it does not end with this process
        return False

    def end(self) -> str:
        """Ends it; gives the package that it was loading."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.line.close()
        return libraries.package_of(self._name)

    # -- for itself

    def load(self, names: Sequence[str]) -> None:
        """Loads these modules; returns when it is its turn."""
        _core.Worker.end_with_parent(True)
        surroundings = Surroundings()
        surroundings.begin()
        had = _possessions()
        for name in names:
            if name in sys.modules:
                continue
            self.line.send(name.encode()[:1024])
            with contextlib.suppress(BaseException):
                if libraries.find(name):
                    importlib.import_module(name)
            surroundings.leave()  # what it has changed for all is as it was, as where a task imports it
            if surroundings.spoiled or _possessions() - had:
                os._exit(1)
        seeds.collect()
        self.line.send(_DONE)
        if self.line.recv(len(_GO)) != _GO:
            os._exit(0)
        _core.Worker.end_with_parent(False)
        self.line.send(_GO)
        self.line.close()


def _possessions() -> set[str]:
    """Threads of this process, but for those that end where it forks, its children, its open sockets."""
    found = _listed("/proc/self/fd")
    threads = os.listdir("/proc/self/task")
    if len(threads) > 1:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        threads = os.listdir("/proc/self/task")
    found |= {f"thread {number}" for number in threads}
    with contextlib.suppress(OSError), open(f"/proc/self/task/{os.getpid()}/children") as file:
        found |= {f"process {pid}" for pid in file.read().split()}
    return found


def _listed(folder: str) -> set[str]:
    found = set()
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            link = os.readlink(f"{folder}/{name}")
            if not link.startswith("/"):
                found.add(link)
    return found
