"""One worker process: chooses its loop, connects to the shim, and ends with a clear text and a status.

Statuses: 0, it was told to end; LOST (3), the link is over; FAULT (4), a fault of the worker itself; RENEWED
(5), a task has left it in a state that cannot be put back.
"""

from __future__ import annotations

import faulthandler
import functools
import importlib
import importlib.util
import logging
import os
import platform
import signal
import sys
import threading
import traceback
from types import FrameType, ModuleType
from typing import NoReturn

from mailroom import errors, failures
from mailroom._base import bodies, within
from mailroom.worker import libraries
from mailroom.worker.conn import FAULT, Conn
from mailroom.worker.output import Outlet, Printed
from mailroom.worker.over_core import CoreConn

BLAS_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def set_blas_threads(count: int | None) -> None:
    """Sets how many threads BLAS libraries use; to be called before one is loaded.

    Args:
        count: None leaves what the environment says, and sets 1 where it says nothing.
    """
    for variable in BLAS_VARIABLES:
        if count is not None or variable not in os.environ:
            os.environ[variable] = str(count or 1)


@functools.cache
def outlet() -> Outlet:
    """The worker's own output, which is the manager's."""
    return Outlet(2)


@functools.cache
def streams() -> Printed:
    """What is printed here."""
    return Printed()


@functools.cache
def load(only_python: bool) -> ModuleType:
    """Loads what workers need; gives the loop."""
    with_bqskit = not only_python and importlib.util.find_spec("bqskit") is not None
    return importlib.import_module(f"mailroom.worker.{'over_bqskit' if with_bqskit else 'loop'}")


def _open_files() -> None:
    """Opens what is closed of standard input, output and error, or the next socket would be one of them."""
    for file in range(3):
        try:
            os.fstat(file)
        except OSError:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != file:
                os.dup2(nothing, file)
                os.close(nothing)
    if sys.stderr is None:  # which some libraries cannot be imported without
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def leave(text: str, status: int) -> NoReturn:
    """Ends the process at once, from any thread and whatever the others do."""
    if text:
        words = Outlet(2) if _last_words_are_kept else outlet()
        words.write(f"mailroom-worker {os.getpid()}: {text.rstrip()}\n")
    os._exit(status)


_last_words_are_kept = False  # what is on standard error when this process ends is found by who started it


def guard() -> None:
    """Leaves an interrupt to the boss, and so SIGTERM and SIGHUP where this worker's guardian ends it.

    A handler that does nothing, for what is ignored stays ignored in the programs that a task starts. A
    process that forks off this one does as any other does; one that is to be a worker calls this again.
    """
    global _guarded
    if not _guarded:
        os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_unguard)
    _guarded = _guarded or {signal.SIGINT} | {
        number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_IGN
    }
    for number in _guarded:
        signal.signal(number, _leave_to_the_boss)
        signal.siginterrupt(number, False)


_guarded: set[signal.Signals] = set()
_held = threading.local()  # the mask of a thread that forks


def _hold() -> None:
    """A signal that comes to the new process at once waits until it knows what to do."""
    _held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _guarded)


def _release() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _held.mask)


def _leave_to_the_boss(number: int, frame: FrameType | None) -> None:
    """Nothing."""


def _unguard() -> None:
    """In a process that was forked off: signals are what they are to any program."""
    for number in _guarded:
        if signal.getsignal(number) is _leave_to_the_boss:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    _release()


def run(address: str, name: str, only_python: bool = False) -> NoReturn:
    """Is a worker until the shim ends it.

    Args:
        address: of the shim's socket for workers.
        name: for HELLO, what the shim gave this process as MAILROOM_WORKER.
        only_python: leave BQSKit alone even where it is installed.
    """
    _open_files()
    faulthandler.enable(os.dup(2))  # a crash in native code says where it was
    guard()
    logging.lastResort = logging.NullHandler()  # log records go to the client
    python = ("python", platform.python_version())
    try:
        loop = load(only_python)  # what is slow to import is there before the boss hears of this worker
        runtimes = bodies.announced([*loop.RUNTIMES, python])
        conn = CoreConn(address, name, runtimes, loop.make_task, leave, outlet().file)
        libraries.begin()
        printed = streams()
        printed.install()
        printed.begin(conn.name_of_active, conn.say_printed, outlet())
        if (listener := printed.listen()) is not None:
            conn.own_thread(listener)
        if printed.keeps_last_words:
            global _last_words_are_kept
            _last_words_are_kept = True
            faulthandler.enable(2, all_threads=False)
        conn.flush_printed = printed.flush
        within.tell(conn.cluster_of_active)
        threading.excepthook = functools.partial(_thread_died, conn)
        loop.run(conn.connect(), conn)
    except (errors.ConnectError, errors.KeyFileError, errors.BadVersion) as error:
        leave(str(error), FAULT)
    except BaseException as error:
        leave(_shown(error), FAULT)
    leave("the event loop ended", FAULT)


def _shown(error: BaseException) -> str:
    try:
        return traceback.format_exc()
    except BaseException:  # one of its causes is of a class of a user's
        return failures.describe(error)


def _thread_died(conn: Conn, args: threading.ExceptHookArgs) -> None:
    """A worker without one of its own threads would live on deaf. Those of tasks are the tasks' affair."""
    if not conn.owns(args.thread):
        threading.__excepthook__(args)
        return
    thread = args.thread.name if args.thread is not None else "a thread"
    text = "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
    leave(f"{thread} died:\n{text}", FAULT)
