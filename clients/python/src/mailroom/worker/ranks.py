"""Several workers under one command: starts them, replaces those that end, ends them with itself.

One that ended because it was told to is not replaced, nor one that fails as soon as it is started. What a
task has ended is replaced at once; who dies young again and again is waited for, a little longer each time.

Each worker is a process of its own with an environment of its own (BLAS reads it when it is loaded), ended by
the kernel when this one dies, however it dies.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from mailroom import _core
from mailroom._base.certificates import WORKER
from mailroom.worker.conn import FAULT, LOST, RENEWED
from mailroom.worker.output import Outlet
from mailroom.worker.words import Words, shown

_PR_SET_PDEATHSIG = 1
_LOOK = 60.0  # seconds between two looks at the workers where no signal says that one has ended
_RESTART_SECONDS = 1.0  # between a worker's end and its successor, where its shim is gone
_YOUNG = 10.0  # seconds: a worker that ends before it is so old has died young
_TELL_MS = 5_000  # for a shim to note it
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0  # seconds, from the second young death in a row on


def run(shim: str, cpus: list[int | None], only_python: bool, verbose: int) -> int:
    """Keeps one worker for each entry of `cpus` until it is told to end, or the workers are.

    Args:
        shim: the shim's address for workers.
        cpus: the cpu that each worker is pinned to, or None.
        only_python: see process.run.
        verbose: 1 and above: say on standard error what happens to the workers.

    Returns:
        The exit status: 0 if all workers ended because they were told to, 1 if one failed.
    """
    say: Callable[[str], None] = (
        (lambda text: print(f"mailroom-worker: {text}", file=sys.stderr)) if verbose else (lambda text: None)
    )
    signal.signal(signal.SIGTERM, _interrupt)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # waited for, with a time limit
    arguments = ["--only-python"] * only_python
    places, outlet = [_Place(cpu) for cpu in cpus], Outlet(2)
    try:
        for number, place in enumerate(places):
            place.start(shim, number, arguments)
        say(f"{len(places)} workers for {shim}")
        while any(place.goes_on for place in places):
            _look(places, shim, say, outlet)
            if not any(place.goes_on for place in places):
                break
            for number, place in enumerate(places):
                if place.is_due():
                    place.start(shim, number, arguments)
            dues = [place.due for place in places if place.due is not None]
            wait = max(0.0, min(dues) - time.monotonic()) if dues else _LOOK
            signal.sigtimedwait({signal.SIGCHLD}, wait)
    except KeyboardInterrupt:
        say("ending the workers")
    finally:
        for place in places:
            if place.worker is not None:
                place.worker.kill()
    return int(any(place.failed for place in places))


class _Place:
    """Where one worker runs after the other.

    Args:
        cpu: that they are pinned to, or None.
    """

    def __init__(self, cpu: int | None) -> None:
        self.cpu = cpu
        self.worker: subprocess.Popen[bytes] | None = None
        self.due: float | None = None  # when the next one is started
        self.failed = False
        self.words: Words | None = None  # of its worker
        self._started = 0.0
        self._young = 0  # deaths in a row
        self._generation = 0
        self.name = ""  # of its last worker

    @property
    def goes_on(self) -> bool:
        """Whether a worker is there, or will be."""
        return self.worker is not None or self.due is not None

    def is_due(self) -> bool:
        """Whether it is time for the next one."""
        return self.due is not None and self.due <= time.monotonic()

    def start(self, shim: str, number: int, arguments: list[str]) -> None:
        """Starts the next one."""
        self.words = Words()
        self._generation += 1
        self.name = _name(number, self._generation)
        self.worker = _start(shim, self.name, self.cpu, arguments, self.words.path)
        self._started, self.due = time.monotonic(), None

    def take_words(self) -> bytes:
        """What its worker said as it ended."""
        words, self.words = self.words, None
        return words.take() if words is not None else b""

    def ended(self, status: int) -> None:
        """Its worker has ended."""
        now = time.monotonic()
        young = now - self._started < _YOUNG
        self.worker = None
        self._young = self._young + 1 if young and status not in (LOST, RENEWED) else 0
        if status == LOST:
            self.due = now + _RESTART_SECONDS
        elif status == FAULT and young:
            self.failed = True
        elif status != 0:
            self.due = now + (
                min(_FIRST_PAUSE * 2 ** (self._young - 2), _LONGEST_PAUSE) if self._young > 1 else 0
            )


def _look(places: list[_Place], shim: str, say: Callable[[str], None], outlet: Outlet) -> None:
    """Notes which workers have ended."""
    for number, place in enumerate(places):
        if place.worker is None or (status := place.worker.poll()) is None:
            continue
        how = f"was killed by signal {-status} ({signal.strsignal(-status)})" if status < 0 else ""
        how = how or f"exited with status {status}"
        said = place.take_words()
        outlet.write(said.decode("utf-8", "backslashreplace"))
        if words := shown(said):
            how += f"; it said: {words}"
        say(f"worker {number} {how}")
        place.ended(status)
        if status not in (0, LOST):  # the shim is gone; of one that is renewed its last words may be lost
            threading.Thread(target=_tell, args=(shim, place.name, how), daemon=True).start()


def _tell(shim: str, name: str, how: str) -> None:
    """Tells the shim that a worker has ended: it would wait for a silent connection to come back."""
    keys = WORKER.find(shim)
    core = _core.Worker(
        address=shim,
        name=name,
        software=how,
        key=None if keys is None else keys.own.file,
        manager_key=None if keys is None else keys.server.file,
        runtimes=(),
        statuses=(LOST, FAULT),
        complain=-1,
        reports_end=1,
    )
    if core.start() == _core.OK:
        core.join(_TELL_MS)  # it is over when the shim has noted it


def _name(number: int, generation: int) -> str:
    """Of a worker: no other one of this host has that name, nor had."""
    return f"{os.uname().nodename}/{os.getpid()}/{number}" + (f".{generation}" if generation > 1 else "")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _start(
    shim: str, name: str, cpu: int | None, arguments: list[str], words: str
) -> subprocess.Popen[bytes]:
    # An interrupt within a fork would be raised in one of Python's hooks there, which swallow it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        return _start_undisturbed(shim, name, cpu, arguments, words, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_undisturbed(
    shim: str, name: str, cpu: int | None, arguments: list[str], words: str, mask: set[int | signal.Signals]
) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask - {signal.SIGCHLD})
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(LOST)
        if cpu is not None:
            os.sched_setaffinity(0, [cpu])

    return subprocess.Popen(
        [sys.executable, "-m", "mailroom.worker", *arguments],
        env={**os.environ, "MAILROOM_SHIM": shim, "MAILROOM_WORKER": name, "MAILROOM_STDERR": words},
        preexec_fn=prepare,
    )
