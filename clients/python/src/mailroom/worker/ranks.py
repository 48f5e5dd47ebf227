"""Several workers under one command: starts them, replaces those whose shim is gone, ends them with itself.

Each worker is a process of its own with an environment of its own (BLAS reads it when it is loaded), ended by
the kernel when this one dies, however it dies.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

from mailroom.worker.conn import LOST, RENEWED

_PR_SET_PDEATHSIG = 1
_RESTART_SECONDS = 1.0  # between a worker's end and its successor


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
    arguments = ["--only-python"] * only_python
    workers: dict[int, subprocess.Popen[bytes]] = {}
    failed = False
    try:
        for number, cpu in enumerate(cpus):
            workers[number] = _start(shim, number, cpu, arguments)
        say(f"{len(workers)} workers for {shim}")
        while workers:
            pid, status = os.waitpid(-1, 0)
            ended = [number for number, worker in workers.items() if worker.pid == pid]
            if not ended:
                continue
            number = ended[0]
            worker = workers.pop(number)
            worker.returncode = os.waitstatus_to_exitcode(status)
            say(f"worker {number} ended with status {worker.returncode}")
            if worker.returncode in (LOST, RENEWED):
                time.sleep(_RESTART_SECONDS if worker.returncode == LOST else 0)
                workers[number] = _start(shim, number, cpus[number], arguments)
            failed = failed or worker.returncode not in (0, LOST, RENEWED)
    except KeyboardInterrupt:
        say("ending the workers")
    finally:
        for worker in workers.values():
            worker.kill()
    return int(failed)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _start(shim: str, number: int, cpu: int | None, arguments: list[str]) -> subprocess.Popen[bytes]:
    # An interrupt within a fork would be raised in one of Python's hooks there, which swallow it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        return _start_undisturbed(shim, number, cpu, arguments, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_undisturbed(
    shim: str, number: int, cpu: int | None, arguments: list[str], mask: set[int | signal.Signals]
) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(LOST)
        if cpu is not None:
            os.sched_setaffinity(0, [cpu])

    return subprocess.Popen(
        [sys.executable, "-m", "mailroom.worker", *arguments],
        env={**os.environ, "MAILROOM_SHIM": shim, "MAILROOM_WORKER": f"{os.uname().nodename}/{number}"},
        preexec_fn=prepare,
    )
