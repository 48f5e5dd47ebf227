"""What tasks seldom change of their process: it is looked at where there is time, not after each step.

That is when a worker has nothing to do, before another session's task, and now and then between. What
surroundings.py has is put back before the next step.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # whose answers are numbers
import contextlib
import copyreg
import faulthandler
import functools
import gc
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mailroom import failures
from mailroom.worker import spared
from mailroom.worker.patches import is_a_library_s


class Part(NamedTuple):
    """One setting: how it is read, and how it is set; what `put` raises, it cannot put back."""

    name: str
    read: Callable[[], Any]
    put: Callable[[Any], object]


_MISSING = object()
_cancel = faulthandler.cancel_dump_traceback_later


def _of(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, _MISSING)


class _Context(str):
    """A context of decimal's, as it was."""

    __slots__ = ("settings",)
    settings: dict[str, Any]


_SETTINGS = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
_CONTEXTS = ("DefaultContext", "BasicContext", "ExtendedContext")


def _contexts() -> list[_Context | None]:
    """What contexts begin with, as far as decimal is loaded."""
    return [_context(_of("decimal", name)) for name in _CONTEXTS]


def _context(context: Any) -> _Context | None:
    if context is _MISSING:
        return None
    found = _Context(context)
    found.settings = {name: getattr(context, name) for name in _SETTINGS}
    found.settings.update(traps=dict(context.traps), flags=dict(context.flags))
    return found


def _put_contexts(contexts: list[_Context | None]) -> None:
    for name, wanted in zip(_CONTEXTS, contexts, strict=True):
        context = _of("decimal", name)
        if context is _MISSING:  # a task has forgotten the module
            continue
        settings = wanted.settings if wanted is not None else _as_documented(name, context)
        for setting, value in settings.items():
            if setting in ("traps", "flags"):
                getattr(context, setting).update(value)
            else:
                setattr(context, setting, value)


def _as_documented(name: str, context: Any) -> dict[str, Any]:
    """What a context is like that a task was the first to see; of the others it is not known."""
    if name != _CONTEXTS[0]:
        return {}
    traps = dict.fromkeys(context.traps, False)
    traps.update({_of("decimal", one): True for one in ("InvalidOperation", "DivisionByZero", "Overflow")})
    numbers = {"prec": 28, "Emin": -999_999, "Emax": 999_999, "capitals": 1, "clamp": 0}
    return {**numbers, "rounding": "ROUND_HALF_EVEN", "traps": traps}


def _collector() -> list[Any]:
    return [gc.get_debug(), gc.callbacks[:]]


def _put_collector(state: list[Any]) -> None:
    gc.set_debug(state[0])
    gc.callbacks[:] = [one for one in gc.callbacks if one in state[1] or is_a_library_s(one)]
    gc.callbacks += [one for one in state[1] if one not in gc.callbacks]


def _names() -> list[Any]:
    process = _of("multiprocessing.process", "_current_process")
    return [
        threading.main_thread().name,
        None if process is _MISSING else (process._name, bytes(process._config.get("authkey", b""))),
    ]


def _put_names(state: list[Any]) -> None:
    threading.main_thread().name = state[0]
    process = _of("multiprocessing.process", "_current_process")
    if process is not _MISSING and state[1] is not None:
        process._name = state[1][0]
        if state[1][1]:
            process.authkey = state[1][1]


_OF_SYS = ("executable", "prefix", "exec_prefix", "platlibdir", "dont_write_bytecode", "pycache_prefix")
_ABSENT = "tracebacklimit"  # unless somebody sets it


def _of_sys() -> list[Any]:
    names = vars(sys)
    return [*map(names.get, _OF_SYS), names.get(_ABSENT, _MISSING), sys.getdlopenflags(), sys.breakpointhook]


def _put_of_sys(state: list[Any]) -> None:
    for name, value in zip(_OF_SYS, state, strict=False):
        setattr(sys, name, value)
    limit, flags, sys.breakpointhook = state[len(_OF_SYS) :]
    if limit is not _MISSING:
        sys.tracebacklimit = limit
    else:
        vars(sys).pop(_ABSENT, None)
    sys.setdlopenflags(flags)


def _watching() -> list[Any]:
    """Whether memory is traced, and which tools watch the interpreter (from Python 3.12 on)."""
    tracing = _of("tracemalloc", "is_tracing")
    monitoring = getattr(sys, "monitoring", None)
    tools = [] if monitoring is None else list(map(monitoring.get_tool, range(6)))
    return [tracing is not _MISSING and tracing(), tools]


def _put_watching(state: list[Any]) -> None:
    if not state[0] and (stop := _of("tracemalloc", "stop")) is not _MISSING:
        stop()
    for number, tool in enumerate(state[1]):
        if tool is None:
            sys.monitoring.free_tool_id(number)  # type: ignore[attr-defined,unused-ignore]


def _opener() -> object:
    """What `urllib.request.install_opener` was told; one that it has made itself is like any other."""
    return _of("urllib.request", "_opener") is not _MISSING and _of("urllib.request", "_opener") is not None


def _put_opener(_: object) -> None:
    sys.modules["urllib.request"]._opener = None  # type: ignore[attr-defined]


def _levels() -> list[Any]:
    levels, names = _of("logging", "_levelToName"), _of("logging", "_nameToLevel")
    return [list(map(levels.get, _LEVELS)), list(map(names.get, _LEVEL_NAMES))]


def _put_levels(state: list[Any]) -> None:
    _of("logging", "_levelToName").update(zip(_LEVELS, state[0], strict=True))
    _of("logging", "_nameToLevel").update(zip(_LEVEL_NAMES, state[1], strict=True))


_LEVELS = (0, 10, 20, 30, 40, 50)
_LEVEL_NAMES = ("NOTSET", "DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL")


def _tables() -> list[Any]:
    """How large fields of csv may be; how what copyreg has from the start is pickled."""
    limit = _of("csv", "field_size_limit")
    return [None if limit is _MISSING else limit(), list(map(copyreg.dispatch_table.get, _REDUCED))]


def _put_tables(state: list[Any]) -> None:
    limit = _of("csv", "field_size_limit")
    if limit is not _MISSING:
        limit(state[0] or _CSV_LIMIT)
    copyreg.dispatch_table.update(zip(_REDUCED, state[1], strict=True))


_REDUCED, _CSV_LIMIT = tuple(copyreg.dispatch_table), 128 << 10


def _put_crash_reports(enabled: bool) -> None:
    if enabled:
        faulthandler.enable(2, all_threads=False)


def _name() -> str:
    """What `ps` and `top` call this process."""
    with open("/proc/self/comm") as file:
        return file.read()


def _put_name(name: str) -> None:
    with open("/proc/self/comm", "w") as file:
        file.write(name.rstrip("\n"))


_LIMITS = tuple(
    getattr(resource, f"RLIMIT_{name}")
    for name in ("MEMLOCK", "RSS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME")
    if hasattr(resource, f"RLIMIT_{name}")
)


def _put_limits(limits: list[tuple[int, int]]) -> None:
    for which, limit in zip(_LIMITS, limits, strict=True):
        resource.setrlimit(which, limit)


def _badness() -> bytes:
    """How soon this process is ended where there is no memory left."""
    with open("/proc/self/oom_score_adj", "rb") as file:
        return file.read()


def _put_badness(badness: bytes) -> None:
    with open("/proc/self/oom_score_adj", "wb") as file:
        file.write(badness)


def put_handlers(numbers: Iterable[int], handlers: Iterable[Any]) -> None:
    """Sets the handlers of these signals that are others, as `_signal.getsignal` gives them."""
    for number, handler in zip(numbers, handlers, strict=True):
        if _signal.getsignal(number) != handler:
            signal.signal(number, handler)


_REAL_TIME = range(signal.SIGRTMIN, signal.SIGRTMAX + 1)


def _refuse(_: object) -> None:
    raise RuntimeError("a process cannot go back")


PARTS = (
    Part("decimal's contexts", _contexts, _put_contexts),
    Part("the garbage collector", _collector, _put_collector),
    Part("names of thread and process", _names, _put_names),
    Part("settings of sys", _of_sys, _put_of_sys),
    Part("what watches the interpreter", _watching, _put_watching),
    Part("urllib's opener", _opener, _put_opener),
    Part("reports of crashes", faulthandler.is_enabled, _put_crash_reports),
    Part("tables", _tables, _put_tables),
    Part("variables for programs", spared.unseen, spared.put_unseen),
    Part(
        "handlers of real-time signals",
        lambda: list(map(_signal.getsignal, _REAL_TIME)),
        functools.partial(put_handlers, _REAL_TIME),
    ),
    Part("the name of the process", _name, _put_name),
    Part("names of levels", _levels, _put_levels),
    Part("more limits of resources", lambda: list(map(resource.getrlimit, _LIMITS)), _put_limits),
    Part("who is ended for memory", _badness, _put_badness),
    Part("users and groups", lambda: (os.getresuid(), os.getresgid(), os.getgroups()), _refuse),
    Part("the process group", lambda: (os.getpgrp(), os.getsid(0)), _refuse),
    Part(
        "the scheduler's policy",
        lambda: os.sched_getscheduler(0),
        lambda policy: os.sched_setscheduler(0, policy, os.sched_param(0)),
    ),
)


class Leftovers:
    """These settings, as they were when the worker began."""

    def __init__(self) -> None:
        self._own = _read()

    def put_back(self) -> str:
        """Puts back what has changed; gives why something cannot be, or ""."""
        _cancel()  # which would end this process, whatever runs then
        with contextlib.suppress(ValueError):  # BQSKit's other thread looks too, which may not
            _signal.set_wakeup_fd(-1)
        now = _read()
        if now == self._own:
            return ""
        for number, part in enumerate(PARTS):
            if now[number] == self._own[number]:
                continue
            try:
                part.put(self._own[number])
            except Exception as error:
                return f"{part.name}: {failures.describe(error)}"
        self._own = _read()  # with what has come with a module
        return ""


def _read() -> list[Any]:
    return [part.read() for part in PARTS]
