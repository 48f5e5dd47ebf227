"""What a task finds in its process and may change: settings that belong to the process, not to the task.

After each step of a task all of them are as the worker had them before. A task that awaits finds its own
again when it goes on. What cannot be put back is a reason to renew the worker.

What importing a module has done stays as far as the module needs it again: the loggers of its name, folders
of its own in the import path, a higher limit of recursion.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # whose answers are numbers: those of `signal` take longer
import contextlib
import fcntl
import gc
import locale
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mailroom import failures
from mailroom._base import initial
from mailroom.worker import loggers

State = list[Any]


class Part(NamedTuple):
    """One setting: how it is read, and how it is set; what `put` raises, it cannot put back."""

    name: str
    read: Callable[[], Any]
    put: Callable[[Any], object]


# -- settings of the system's


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return None


def _put_folder(folder: str | None) -> None:
    if folder is not None:  # a task that had lost its own has none
        os.chdir(folder)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _put_environment(variables: dict[bytes, bytes]) -> None:
    now = os.environb
    for name in [name for name in now if name not in variables]:
        del now[name]
    for name, value in variables.items():
        if now.get(name) != value:
            now[name] = value
    time.tzset()


_SIGNALS = tuple(number for number in range(1, 32) if number not in (signal.SIGKILL, signal.SIGSTOP))
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_LIMITS = (
    *(resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE),
    *(resource.RLIMIT_STACK, resource.RLIMIT_DATA, resource.RLIMIT_NPROC, resource.RLIMIT_CORE),
)


def _put_handlers(handlers: list[Any]) -> None:
    for number, handler, now in zip(_SIGNALS, handlers, _handlers(), strict=True):
        if now != handler:
            signal.signal(number, handler)


def _handlers() -> list[Any]:
    return list(map(_signal.getsignal, _SIGNALS))


def _timers() -> list[tuple[float, float]]:
    return list(map(_signal.getitimer, _TIMERS))


def _put_timers(timers: list[tuple[float, float]]) -> None:
    for which, (delay, interval) in zip(_TIMERS, timers, strict=True):
        signal.setitimer(which, delay, interval)


def _put_limits(limits: list[tuple[int, int]]) -> None:
    for which, limit in zip(_LIMITS, limits, strict=True):
        resource.setrlimit(which, limit)


_FILES = (0, 1, 2)  # standard input, output, error
_kept: dict[int, int] = {}  # what they are, under other numbers


def _files() -> list[tuple[int, int] | None]:
    found: list[tuple[int, int] | None] = []
    for file in _FILES:
        try:
            status = os.fstat(file)
            found.append((status.st_dev, status.st_ino))
        except OSError:
            found.append(None)
    return found


def _put_files(files: list[tuple[int, int] | None]) -> None:
    for file, wanted, now in zip(_FILES, files, _files(), strict=True):
        if now != wanted and file in _kept:
            os.dup2(_kept[file], file)


# -- settings of Python's


def _put_paths(paths: list[str]) -> None:
    sys.path[:] = paths


def _put_arguments(arguments: list[str]) -> None:
    sys.argv[:] = arguments


def _streams() -> list[Any]:
    return [sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__]


def _put_streams(streams: list[Any]) -> None:
    sys.stdin, sys.stdout, sys.stderr = streams[:3]
    sys.__stdout__, sys.__stderr__ = streams[3:]  # type: ignore[misc]


def _hooks() -> list[Any]:
    return [sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook]


def _put_hooks(hooks: list[Any]) -> None:
    sys.excepthook, sys.unraisablehook, sys.displayhook, threading.excepthook = hooks


def _warnings() -> list[Any]:
    return [list(warnings.filters), warnings.showwarning, warnings.formatwarning]


def _put_warnings(state: list[Any]) -> None:
    if getattr(logging, "_warnings_showwarning", None) is not None:
        logging.captureWarnings(False)
    filters, warnings.showwarning, warnings.formatwarning = state
    warnings.filters[:] = filters  # type: ignore[index]
    with warnings.catch_warnings():  # which has what was decided by the filters forgotten
        pass


def _collection() -> list[Any]:
    return [gc.isenabled(), gc.get_threshold()]


def _put_collection(state: list[Any]) -> None:
    (gc.enable if state[0] else gc.disable)()
    gc.set_threshold(*state[1])


def _start_method() -> str | None:
    module = sys.modules.get("multiprocessing")
    return None if module is None else module.get_start_method(allow_none=True)


def _put_start_method(method: str | None) -> None:
    sys.modules["multiprocessing"].set_start_method(method, force=True)


_variables = os.environb._data  # type: ignore[attr-defined]  # without making the texts that it is shown as

QUICK = (
    Part("the environment", _variables.copy, _put_environment),
    Part("the import path", lambda: sys.path[:], _put_paths),
    Part("the arguments", lambda: sys.argv[:], _put_arguments),
    Part("standard streams", _streams, _put_streams),
    Part("hooks", _hooks, _put_hooks),
    Part("warnings", _warnings, _put_warnings),
    Part("logging", loggers.take, loggers.put),
    Part("the limit of recursion", sys.getrecursionlimit, sys.setrecursionlimit),
    Part("the switch interval", sys.getswitchinterval, sys.setswitchinterval),
    Part("garbage collection", _collection, _put_collection),
    Part("tracing", sys.gettrace, sys.settrace),
    Part("profiling", sys.getprofile, sys.setprofile),
    Part("the timeout of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout),
    Part("multiprocessing's start method", _start_method, _put_start_method),
    Part("handlers of signals", _handlers, _put_handlers),
)
"""What is looked at after each step of a task. The rest is where `mailroom._core.Worker.glance` differs."""

PARTS = (
    *QUICK,
    Part("timers", _timers, _put_timers),
    Part("the working directory", _folder, _put_folder),
    Part(
        "the mask of signals",
        lambda: _signal.pthread_sigmask(_signal.SIG_BLOCK, ()),
        lambda mask: signal.pthread_sigmask(signal.SIG_SETMASK, mask),
    ),
    Part("standard files", _files, _put_files),
    Part("the umask", _umask, os.umask),
    Part("limits of resources", lambda: list(map(resource.getrlimit, _LIMITS)), _put_limits),
    Part(
        "the priority",
        lambda: os.getpriority(os.PRIO_PROCESS, 0),
        lambda nice: os.setpriority(os.PRIO_PROCESS, 0, nice),
    ),
    Part("processors", lambda: os.sched_getaffinity(0), lambda cpus: os.sched_setaffinity(0, cpus)),
    Part(
        "the locale",
        lambda: locale.setlocale(locale.LC_ALL),
        lambda name: locale.setlocale(locale.LC_ALL, name),
    ),
)


def _read() -> State:
    return [part.read() for part in PARTS]


def _read_quick() -> tuple[Any, ...]:
    """The same for QUICK, without a call for each."""
    return (
        *(_variables, sys.path, sys.argv, _streams(), _hooks(), _warnings(), loggers.take()),
        *(sys.getrecursionlimit(), sys.getswitchinterval(), _collection(), sys.gettrace(), sys.getprofile()),
        *(socket.getdefaulttimeout(), _start_method(), _handlers()),
    )


_TIMERS_AT = next(number for number, part in enumerate(PARTS) if part.put == _put_timers)
_PATHS = next(number for number, part in enumerate(PARTS) if part.put == _put_paths)
_LOGGING = next(number for number, part in enumerate(PARTS) if part.read == loggers.take)
_RECURSION = next(number for number, part in enumerate(PARTS) if part.read is sys.getrecursionlimit)


class Surroundings:
    """A worker's own settings, in force between the steps of tasks.

    Attributes:
        spoiled: what could not be put back, and why; empty as long as all could.
    """

    def __init__(self) -> None:
        self.spoiled = ""
        self._glance: Callable[[], object] = object  # never the same: without the extension all is read
        self._seen: object = None
        self._own: State = []
        self._modules: set[str] = set()

    def begin(self) -> None:
        """Takes what is in force for what the worker wants."""
        for file in _FILES:
            if file not in _kept:
                with contextlib.suppress(OSError):
                    _kept[file] = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 100)
        self._modules = set(sys.modules)
        with contextlib.suppress(ImportError):
            from mailroom import _core

            self._glance = _core.Worker.glance
        self._take(_read())
        initial.tell(_read, _put_where_they_differ)

    def _take(self, own: State) -> None:
        """Takes settings that are in force for the worker's own."""
        self._own = own
        self._seen = self._glance()
        self._quick = tuple(own[: len(QUICK)])

    def add_paths(self, paths: Sequence[str]) -> None:
        """Appends folders to the import path for good, as the boss says; from any thread."""
        for known in (*self._own[_PATHS : _PATHS + 1], sys.path):
            known.extend(path for path in paths if path not in known)

    def enter(self, theirs: State | None) -> None:
        """Gives a task the settings with which it stopped, if it has its own."""
        if theirs is not None:
            self._put(theirs, self._own, of_a_task=True)

    def leave(self) -> State | None:
        """Puts the worker's settings back; gives the task's, where they differ."""
        if self._quick == _read_quick() and self._seen == self._glance():
            return None
        own, now = self._own, _read()
        if now == own:
            return None
        if len(sys.modules) != len(self._modules):
            self._keep_what_modules_need(now)
        self._put(own, now, of_a_task=False)
        self._take(own)  # something may have become the worker's
        return now

    def _put(self, wanted: State, now: State, *, of_a_task: bool) -> None:
        _put_timers(wanted[_TIMERS_AT])  # first: a signal might come whose handler is not what it was
        for part, value, present in zip(PARTS, wanted, now, strict=True):
            if value == present:
                continue
            try:
                part.put(value)
            except Exception as error:
                if not of_a_task:
                    self.spoiled = f"{part.name}: {failures.describe(error)}"

    def _keep_what_modules_need(self, now: State) -> None:
        """What came with modules that a task was the first to import is the worker's from now on."""
        new = set(sys.modules) - self._modules
        self._modules |= new
        files = [getattr(sys.modules.get(name), "__file__", None) for name in new]
        folders = tuple({os.path.dirname(file) + os.sep for file in files if isinstance(file, str)})
        self._own[_PATHS] += [
            path
            for path in now[_PATHS]
            if path not in self._own[_PATHS] and f"{path}{os.sep}".startswith(folders)
        ]
        self._own[_RECURSION] = max(self._own[_RECURSION], now[_RECURSION])
        loggers.keep(self._own[_LOGGING], now[_LOGGING], new)


def _put_where_they_differ(wanted: State, present: State) -> None:
    for part, value, other in zip(PARTS, wanted, present, strict=True):
        if value != other:
            part.put(value)
