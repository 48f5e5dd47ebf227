"""What a task finds in its process and may change: settings that belong to the process, not to the task.

After each step of a task all of them are as the worker had them before. A task that awaits finds its own
again when it goes on. What cannot be put back is a reason to renew the worker.

What is seldom changed is looked at less often (leftovers.py, patches.py).

What importing a module has done stays as far as the module needs it again: the loggers of its name, folders
of its own in the import path, a higher limit of recursion.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # whose answers are numbers: those of `signal` take longer
import builtins
import contextlib
import fcntl
import functools
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
from collections.abc import Callable, Container
from typing import Any

from mailroom import _core, failures
from mailroom._base import initial, within
from mailroom.worker import everywhere, leftovers, loggers, spared
from mailroom.worker.leftovers import Leftovers, Part
from mailroom.worker.patches import Changes, Originals

State = list[Any]


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


def _copy(value: Any) -> Any:
    """Of a list; what a task has put in its place is taken as it is."""
    return value[:] if type(value) is list else value


def _paths() -> Any:
    return _copy(getattr(sys, "path", None))


def _put_paths(paths: list[str]) -> None:
    sys.path = _the_path
    sys.path[:] = paths


def _arguments() -> Any:
    return _copy(getattr(sys, "argv", None))


def _put_arguments(arguments: list[str]) -> None:
    sys.argv = _the_arguments
    sys.argv[:] = arguments


_the_path, _the_arguments = sys.path, sys.argv  # others may have these very lists
_the_filters: Any = warnings.filters


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
    return [_copy(warnings.filters), warnings.showwarning, warnings.formatwarning]


def _put_warnings(state: list[Any]) -> None:
    if getattr(logging, "_warnings_showwarning", None) is not None:
        logging.captureWarnings(False)
    filters, warnings.showwarning, warnings.formatwarning = state
    warnings.filters = _the_filters
    warnings.filters[:] = filters  # type: ignore[index]
    with warnings.catch_warnings():  # which has what was decided by the filters forgotten
        pass


def _tracing() -> list[Any]:
    return [sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()]


def _put_tracing(state: list[Any]) -> None:
    sys.settrace(state[0])
    sys.setprofile(state[1])
    threading.settrace(state[2])
    threading.setprofile(state[3])


def _numbers() -> list[Any]:
    return [_digits(), threading.stack_size(), sys.get_coroutine_origin_tracking_depth()]


def _put_numbers(state: list[Any]) -> None:
    if state[0] is not None:
        sys.set_int_max_str_digits(state[0])
    threading.stack_size(state[1])
    sys.set_coroutine_origin_tracking_depth(state[2])


_digits: Callable[[], int | None] = getattr(sys, "get_int_max_str_digits", lambda: None)  # from 3.10.7 on


def _loops() -> list[Any]:
    """What event loops are made by, as far as asyncio is loaded."""
    policy = getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)
    usual = type(policy).__module__.startswith("asyncio.")  # it is made where one is first asked for
    return [None if usual else policy, sys.get_asyncgen_hooks()]


def _put_loops(state: list[Any]) -> None:
    module = sys.modules.get("asyncio.events")
    if hasattr(module, "_event_loop_policy"):
        module._event_loop_policy = state[0]  # type: ignore[union-attr]
    sys.set_asyncgen_hooks(*state[1])


def _collection() -> list[Any]:
    return [gc.isenabled(), gc.get_threshold()]


def _put_collection(state: list[Any]) -> None:
    (gc.enable if state[0] else gc.disable)()
    gc.set_threshold(*state[1])


def _folder_of_files() -> str | None:
    """Of temporary ones, where a task has chosen it: `tempfile` notes what it finds by itself there, too."""
    module = sys.modules.get("tempfile")
    folder: str | None = None if module is None else module.tempdir
    return None if folder in _usual else folder


def _put_folder_of_files(folder: str | None) -> None:
    sys.modules["tempfile"].tempdir = folder  # type: ignore[attr-defined]


_usual = {
    *(os.path.abspath(os.environ[name]) for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)),
    *("/tmp", "/var/tmp", "/usr/tmp", _folder()),
}


def _start_method() -> str | None:
    module = sys.modules.get("multiprocessing")
    return None if module is None else module.get_start_method(allow_none=True)


def _put_start_method(method: str | None) -> None:
    sys.modules["multiprocessing"].set_start_method(method, force=True)


_variables = os.environb._data  # type: ignore[attr-defined]  # without making the texts that it is shown as

QUICK = (
    Part("the environment", _variables.copy, _put_environment),
    Part("the import path", _paths, _put_paths),
    Part("the arguments", _arguments, _put_arguments),
    Part("standard streams", _streams, _put_streams),
    Part("hooks", _hooks, _put_hooks),
    Part("warnings", _warnings, _put_warnings),
    Part("logging", loggers.take, loggers.put),
    Part("the limit of recursion", sys.getrecursionlimit, sys.setrecursionlimit),
    Part("the switch interval", sys.getswitchinterval, sys.setswitchinterval),
    Part("garbage collection", _collection, _put_collection),
    Part("tracing and profiling", _tracing, _put_tracing),
    Part("limits of Python's", _numbers, _put_numbers),
    Part("event loops", _loops, _put_loops),
    Part("the timeout of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout),
    Part("multiprocessing's start method", _start_method, _put_start_method),
    Part("the folder of temporary files", _folder_of_files, _put_folder_of_files),
    Part("handlers of signals", _handlers, functools.partial(leftovers.put_handlers, _SIGNALS)),
)
"""What is looked at after each step of a task. The rest is where `mailroom._core.Worker.glance` differs."""

PARTS = (
    *QUICK,
    Part("builtins", everywhere.names, everywhere.put_names),
    Part("what finds modules", everywhere.finders, everywhere.put_finders),
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


def _read_all() -> State:
    return [part.read() for part in (*PARTS, *leftovers.PARTS)]


_of_sys = vars(sys).get  # without an error where it was deleted


def _read_quick() -> tuple[Any, ...]:
    """The same for QUICK, without a call for each."""
    return (
        *(_variables, _of_sys("path"), _of_sys("argv"), _streams(), _hooks(), _warnings(), loggers.take()),
        *(sys.getrecursionlimit(), sys.getswitchinterval(), _collection(), _tracing(), _numbers(), _loops()),
        *(socket.getdefaulttimeout(), _start_method(), _folder_of_files(), _handlers()),
    )


_monotonic, _glance = time.monotonic, _core.Worker.glance  # whatever a task puts in their places
_names = vars(builtins)
_REST_S = 0.0002  # between two looks at functions, each of which takes some microseconds
_TIMERS_AT = next(number for number, part in enumerate(PARTS) if part.put == _put_timers)
_ENVIRONMENT = next(number for number, part in enumerate(PARTS) if part.put == _put_environment)
_STREAMS = next(number for number, part in enumerate(PARTS) if part.put == _put_streams)
_PATHS = next(number for number, part in enumerate(PARTS) if part.put == _put_paths)
_LOGGING = next(number for number, part in enumerate(PARTS) if part.read == loggers.take)
_BUILTINS = next(number for number, part in enumerate(PARTS) if part.read is everywhere.names)
_FINDERS = next(number for number, part in enumerate(PARTS) if part.read is everywhere.finders)
_RECURSION = next(number for number, part in enumerate(PARTS) if part.read is sys.getrecursionlimit)


class Surroundings:
    """A worker's own settings, in force between the steps of tasks.

    Attributes:
        spoiled: what could not be put back, and why; empty as long as all could.
    """

    def __init__(self) -> None:
        self.spoiled = ""
        self._seen: object = None
        self._own: State = []
        self._modules: set[str] = set()
        self._originals: Originals | None = None
        self._leftovers: Leftovers | None = None
        self._look_at = 0.0
        self._cluster = b""

    def begin(self) -> None:
        """Takes what is in force for what the worker wants."""
        for file in _FILES:
            if file in _kept:
                os.close(_kept.pop(file))
            with contextlib.suppress(OSError):
                _kept[file] = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 100)
        spared.install(self._spoil)
        self._modules = set(sys.modules)
        self._take(_read())
        initial.tell(_read_all, _put_where_they_differ)
        self._originals, self._leftovers = Originals(), Leftovers()

    def _spoil(self, what: str) -> None:
        self.spoiled = what

    def _take(self, own: State) -> None:
        """Takes settings that are in force for the worker's own."""
        self._own = own
        self._seen = _glance()
        self._quick = tuple(own[: len(QUICK)])

    def use_paths(self, paths: list[str]) -> None:
        """Makes this the import path, between steps; what modules add to it for themselves is added here."""
        self._own[_PATHS] = paths
        sys.path[:] = paths
        self._quick = tuple(self._own[: len(QUICK)])

    def tell_cluster(self, cluster: bytes) -> None:
        """Has programs that tasks start find whose tasks these are, between steps."""
        if cluster and cluster != self._cluster:
            self._cluster = cluster
            name, value = within.VARIABLE.encode(), within.variable(cluster)
            os.environb[name] = self._own[_ENVIRONMENT][name] = value
            self._quick = tuple(self._own[: len(QUICK)])

    def enter(self, theirs: State | None) -> None:
        """Gives a task the settings with which it stopped, if it has its own."""
        if len(sys.modules) != len(self._modules):
            self._modules = set(sys.modules)  # what comes on now is what this step has imported
        if theirs is not None:
            self._put(theirs, self._own, of_a_task=True)

    def leave(self) -> State | None:
        """Puts the worker's settings back; gives the task's, where they differ."""
        if self._seen != _glance():
            _names.update(self._own[_BUILTINS])  # first, for all that follows uses them
        try:
            theirs = self._leave()
            now = _monotonic()
            if now >= self._look_at and self._originals is not None:
                self.spoiled = self._originals.put_back() or self.spoiled
                self._look_at = now + _REST_S
            return theirs
        except Exception as error:
            self.spoiled = f"what a task has changed cannot be put back: {failures.describe(error)}"
            return None

    def look_through(self, own: Container[str], changes: Changes, thoroughly: bool) -> None:
        """Puts back what is seldom looked at, between steps.

        Args:
            own: see `Originals.put_back_all`, and so are
            changes: this
            thoroughly: and this.
        """
        if self._originals is None or self._leftovers is None:
            return
        try:
            self._open_input()
            wrong = self._originals.put_back_all(own, changes, thoroughly)
            self.spoiled = self._leftovers.put_back() or wrong or self.spoiled
        except Exception as error:
            self.spoiled = f"what a task has changed cannot be put back: {failures.describe(error)}"

    def _open_input(self) -> None:
        """A standard input that a task has closed is another one."""
        streams = self._own[_STREAMS]
        if streams[0] is not None and streams[0].closed:
            sys.stdin = streams[0] = open(0, closefd=False)  # noqa: SIM115
            self._quick = tuple(self._own[: len(QUICK)])

    def exchange(self, old: Changes, new: Changes) -> None:
        """Has what another session's modules have changed in force, see `Originals.exchange`."""
        if self._originals is not None and (old or new):
            self.spoiled = self._originals.exchange(old, new) or self.spoiled

    def _leave(self) -> State | None:
        if self._quick == _read_quick() and self._seen == _glance():
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
            for path in now[_PATHS] or ()
            if path not in self._own[_PATHS] and f"{path}{os.sep}".startswith(folders)
        ]
        for part in (_BUILTINS, _FINDERS):
            self._own[part] = everywhere.with_more(self._own[part], now[part])
        self._own[_RECURSION] = max(self._own[_RECURSION], now[_RECURSION])
        loggers.keep(self._own[_LOGGING], now[_LOGGING], new)


def _put_where_they_differ(wanted: State, present: State) -> None:
    for part, value, other in zip((*PARTS, *leftovers.PARTS), wanted, present, strict=True):
        if value != other:
            part.put(value)
