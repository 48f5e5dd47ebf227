"""What workers are forked from that take the place of others: a process that has loaded what workers load.

Such a worker is there in milliseconds. The process is the workers' own command with MAILROOM_FORKS in its
environment: the number of a line to who starts the workers. It has no other socket, no thread and nothing of
the boss's, and it does what it is told on its line:

    fork SLOT, and names and values of the environment     forks a worker, says `forked SLOT PID` (or `failed
                                                           SLOT`), and holds it back until it is told
    go SLOT                                                to let it go on

The worker becomes a child of who starts workers, as one is that was started: the process between them ends.
What workers have imported meanwhile a child of this process loads, which then takes its place (loading.py).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import traceback

from mailroom import _core
from mailroom.worker import libraries, process, projects, seeds, sources
from mailroom.worker.conn import FAULT
from mailroom.worker.loading import Loader

_PACKET = 4096  # bytes
_MOST_LEFT_OUT = 8  # packages; then nothing more is loaded


def serve(line: int, only_python: bool) -> None:
    """Is such a process; comes back in each worker that is forked, whose environment is its own then.

    Args:
        line: the file descriptor of its line.
        only_python: what its workers do, see process.run.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for who starts workers
    _core.Worker.begin_forks()
    seeds.watch()
    process.streams().install()  # what a library takes for the worker's streams as it is imported are they
    try:
        process.load(only_python)
        sources.note_installed(sys.path)
        _Server(socket.socket(fileno=line)).serve()
    except BaseException:
        process.leave(f"nothing is forked any more:\n{traceback.format_exc()}", FAULT)
    projects.note_preloaded()
    seeds.renew()


class _Server:
    """What serves a line.

    Args:
        line: to who starts workers.
    """

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._held: dict[int, int] = {}  # by slot: what a worker waits for
        self._loader: Loader | None = None
        self._tried: set[str] = set()  # modules
        self._left_out: set[str] = set()  # packages

    def serve(self) -> None:
        """Returns in a worker."""
        projects.note_needed()
        seeds.collect()
        self._say(f"ready {os.getpid()}")
        while True:
            if self._loader is None:
                self._load_more()
            elif self._loader.is_done and not self._held and self._loader.take_over():
                os._exit(0)
            loader = self._loader
            files = [self._line.fileno()] + ([] if loader is None else [loader.line.fileno()])
            readable = select.select(files, [], [], None if loader is None else loader.time_left())[0]
            if files[0] in readable:
                if self._obey(self._line.recv(_PACKET)):
                    return
            elif loader is not None and not loader.goes_on():
                self._left_out.add(loader.end())
                self._loader = None

    def _say(self, text: str) -> None:
        try:
            self._line.send(text.encode())
        except OSError:
            os._exit(0)

    def _obey(self, packet: bytes) -> bool:
        """Whether this is a worker now."""
        words, *environment = packet.split(b"\0")
        verb, _, slot = words.partition(b" ")
        if verb == b"fork":
            return self._fork(int(slot), environment)
        if verb == b"go":
            self._let_go(int(slot), b"g")
        elif not packet:  # who starts workers is gone, or does not want this any more
            os._exit(0)
        return False

    def _let_go(self, slot: int, word: bytes = b"") -> None:
        file = self._held.pop(slot, -1)
        if file >= 0:
            with contextlib.suppress(OSError):  # it was killed
                os.write(file, word)
            os.close(file)

    # -- a worker

    def _fork(self, slot: int, environment: list[bytes]) -> bool:
        self._let_go(slot)  # one that nobody wanted
        waits, lets = os.pipe()
        told, tell = os.pipe()
        try:
            between = os.fork()
        except OSError:
            between = -1
        if between == 0:
            _be_between(tell)
            for file in (lets, told, tell):
                os.close(file)
            self._be_worker(waits, environment)
            return True
        os.close(waits)
        os.close(tell)
        with open(told, "rb") as answer:
            pid = answer.read().decode()
        if between > 0:
            os.waitpid(between, 0)
        self._held[slot] = lets
        self._say(f"forked {slot} {pid}" if pid else f"failed {slot}")
        if not pid:
            self._let_go(slot)
        return False

    def _be_worker(self, waits: int, environment: list[bytes]) -> None:
        for file in self._held.values():
            os.close(file)
        if self._loader is not None:
            self._loader.line.close()
        if os.read(waits, 1) != b"g":  # by now it is the child of who starts workers
            os._exit(0)
        os.close(waits)
        os.environb.update(zip(environment[::2], environment[1::2], strict=True))
        _core.Worker.forked(os.environ["MAILROOM_WORKER"])
        with contextlib.suppress(BlockingIOError):
            if not self._line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):  # it has ended just now
                os._exit(0)
        self._line.close()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    # -- more libraries

    def _load_more(self) -> None:
        """Has what workers have loaded, and this process has not, loaded by a child; returns in both."""
        if self._held or len(self._left_out) > _MOST_LEFT_OUT:
            return
        names = [
            name
            for name in libraries.read()
            if not (
                name in sys.modules or name in self._tried or libraries.package_of(name) in self._left_out
            )
        ]
        if not names:
            return
        self._loader = Loader.forked()
        if self._loader is not None and self._loader.pid == 0:
            self._loader.load(names)
            self._loader = None
            self._tried.update(names)
            self._say(f"ready {os.getpid()}")


def _be_between(tell: int) -> None:
    """Forks a worker, and ends; comes back in it."""
    try:
        if pid := os.fork():
            os.write(tell, b"%d" % pid)
            os._exit(0)
    except OSError:
        os._exit(1)
