"""What test_signals runs on workers; as a program, a worker that SIGTERM kills."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import time


def ignored_by_a_program() -> str:
    """The status of a program that a task starts."""
    return subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True, check=True).stdout


def ends_a_fork() -> int | None:
    """Terminates a process that was forked here; its exit code."""
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,))
    process.start()
    process.terminate()
    process.join()
    return process.exitcode


def main() -> None:
    """A worker whose own code undoes what it was given: SIGTERM ends it, once it works."""
    from mailroom.worker import process

    def unguard() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    process.guard = unguard
    process.run(os.environ["MAILROOM_SHIM"], os.environ["MAILROOM_WORKER"], only_python=True)


if __name__ == "__main__":
    main()
