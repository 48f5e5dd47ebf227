"""Tasks that change what belongs to their process; tests run them on workers."""

from __future__ import annotations

import asyncio
import builtins
import contextvars
import copyreg
import csv
import decimal
import faulthandler
import functools
import gc
import http.client
import inspect
import json
import locale
import logging
import logging.config
import math
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import unittest.mock
import urllib.request
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from mailroom.worker import get_runtime


def seldom_set() -> dict[str, Any]:
    """What hardly anybody sets, as far as it can be sent."""
    return {
        "constants": (
            *(sys.platform, os.name, os.linesep, math.pi, subprocess._USE_VFORK),  # type: ignore[attr-defined]
            *(
                http.client.HTTPConnection.debuglevel,
                json.JSONEncoder.item_separator,
                pickle.DEFAULT_PROTOCOL,
            ),
        ),
        "wakeup": signal.set_wakeup_fd(-1),
        "memory to lock": resource.getrlimit(resource.RLIMIT_MEMLOCK),
        "badness": Path("/proc/self/oom_score_adj").read_text(),
    }


def surroundings() -> dict[str, Any]:
    """What a task finds, as far as it can be sent."""
    mask = os.umask(0)
    os.umask(mask)
    log = logging.getLogger("some.pass")
    return {
        "folder": os.getcwd(),
        "path": list(sys.path),
        "environment": dict(os.environ),
        "argv": list(sys.argv),
        "zone": time.tzname,
        "umask": mask,
        "handlers": [repr(signal.getsignal(number)) for number in range(1, 32)],
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "timer": signal.getitimer(signal.ITIMER_REAL),
        "limits": [resource.getrlimit(which) for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)],
        "cpus": os.sched_getaffinity(0),
        "locale": locale.setlocale(locale.LC_ALL),
        "recursion": sys.getrecursionlimit(),
        "gc": (gc.isenabled(), gc.get_threshold()),
        "hooks": [repr(hook) for hook in (sys.excepthook, threading.excepthook, sys.unraisablehook)],
        "tracing": (repr(sys.gettrace()), repr(sys.getprofile())),
        "threads": (repr(threading.gettrace()), repr(threading.getprofile()), threading.stack_size()),
        "loops": (repr(sys.get_asyncgen_hooks()), type(asyncio.get_event_loop_policy()).__name__),
        "depth": sys.get_coroutine_origin_tracking_depth(),
        "digits": sys.get_int_max_str_digits(),
        "some modules": (str(sys.modules["os"]), str(sys.modules["pickle"])),
        "warnings": [str(filter) for filter in warnings.filters],
        "showwarning": repr(warnings.showwarning),
        "timeout": socket.getdefaulttimeout(),
        "decimal": decimal.getcontext().prec,
        "files": [os.fstat(file).st_ino for file in range(3)],
        "streams": [(id(stream), stream.closed) for stream in (sys.stdout, sys.stderr, sys.__stdout__)],
        "root": (logging.root.level, list(map(repr, logging.root.handlers)), logging.root.disabled),
        "logging": (logging.root.manager.disable, repr(logging.lastResort), logging.raiseExceptions),
        "factory": repr(logging.getLogRecordFactory()),
        "functions": list(map(repr, (print, len, time.sleep, pickle.dumps, threading.Thread, socket.socket))),
        "methods": [repr(logging.Logger.handle), repr(logging.LogRecord)],
        "finders": [list(map(repr, finders)) for finders in (sys.meta_path, sys.path_hooks)],
        "modules": sorted({"sys", "os", "pickle", "msgpack", "mailroom"} - set(sys.modules)),
        "temporary": tempfile.gettempdir(),
        "json": (repr(json.dumps), repr(json.loads), repr(json.JSONEncoder.default), json.dumps({"a": 1})),
        "others": (
            repr(os.path.join),
            repr(functools.wraps),
            repr(decimal.Decimal.from_float),
            Path("a").name,
        ),
        "contexts": (repr(decimal.DefaultContext), repr(decimal.BasicContext)),
        "collector": (list(map(repr, gc.callbacks)), gc.get_debug()),
        "thread": threading.main_thread().name,
        "sys": (sys.executable, getattr(sys, "tracebacklimit", None), sys.dont_write_bytecode),
        "input": sys.stdin.closed,
        "tables": (csv.field_size_limit(), pickle.loads(pickle.dumps(1j))),
        "crashes": faulthandler.is_enabled(),
        "needed": (repr(functools.partial), repr(contextvars.copy_context), inspect.iscoroutine(1)),
        "memory": tracemalloc.is_tracing(),
        "opener": urllib.request._opener,  # type: ignore[attr-defined]
        **seldom_set(),
        "names": (logging.getLevelName(10), logging.getLevelName("DEBUG")),
        "log": (log.level, log.disabled, log.propagate, list(map(repr, log.handlers)), len(log.filters)),
    }


def configures() -> None:
    logging.basicConfig(force=True, level=logging.CRITICAL)


def configures_by_dict() -> None:
    logging.config.dictConfig({"version": 1, "root": {"level": "CRITICAL", "handlers": []}})


def silences_a_logger() -> None:
    log = logging.getLogger("some.pass")
    log.disabled, log.propagate = True, False
    log.setLevel(100)
    log.addFilter(lambda record: False)


def replaces_logging() -> None:
    logging.setLogRecordFactory(lambda *args, **kwargs: 1 / 0)  # type: ignore[arg-type,return-value]
    logging.root.handlers = [logging.NullHandler()]
    logging.raiseExceptions = False


def blocks_signals() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGINT})


def sets_an_alarm() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 100)  # `surroundings` would find it


def handles_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def moves(folder: str = "/") -> None:
    os.chdir(folder)


def adds_paths() -> None:
    sys.path.insert(0, "/no/such/folder")
    sys.path.append("relative")


def forgets_paths() -> None:
    sys.path.clear()


def sets_variables() -> None:
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    os.environ["A_TASKS_OWN"] = "1"
    del os.environ["PATH"]


def forgets_variables() -> None:
    os.environ.clear()


def turns_warnings_into_errors() -> None:
    warnings.simplefilter("error")
    logging.captureWarnings(True)


def closes_streams() -> None:
    sys.stdout.close()
    sys.stderr.close()


def replaces_streams() -> None:
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def closes_files() -> None:
    os.closerange(0, 3)
    socket.socket()


def redirects_files() -> None:
    file = os.open(os.devnull, os.O_RDWR)
    os.dup2(file, 1)
    os.dup2(file, 2)


def limits_itself() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def pins_itself() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def sets_the_interpreter() -> None:
    sys.setrecursionlimit(300)
    sys.setswitchinterval(1.0)
    gc.disable()
    gc.set_threshold(7)
    sys.excepthook = threading.excepthook = sys.unraisablehook = print
    sys.argv[:] = ["another"]
    os.umask(0o777)
    socket.setdefaulttimeout(0.001)
    locale.setlocale(locale.LC_ALL, "C")
    decimal.getcontext().prec = 3


def traces() -> None:
    sys.settrace(lambda *_: None)
    sys.setprofile(lambda *_: None)


def replaces_names() -> None:
    builtins.print = None  # type: ignore[assignment]
    builtins.len = lambda _: 0
    builtins.a_name_of_its_own = 1  # type: ignore[attr-defined]


def replaces_functions() -> None:
    time.sleep = pickle.dumps = threading.Thread = None  # type: ignore[assignment,misc]
    socket.socket = logging.LogRecord = None  # type: ignore[assignment,misc]
    logging.Logger.handle = lambda *_: None  # type: ignore[method-assign]


def forgets_finders() -> None:
    sys.meta_path.clear()
    sys.path_hooks.clear()
    sys.path_importer_cache.clear()


def forgets_modules() -> None:
    for name in [name for name in sys.modules if name not in ("sys", "builtins")]:
        del sys.modules[name]


def replaces_lists() -> None:
    sys.path = sys.argv = sys.meta_path = warnings.filters = None  # type: ignore[assignment]


def chooses_a_folder_of_files() -> None:
    tempfile.tempdir = "/no/such/folder"


def traces_threads() -> None:
    threading.settrace(lambda *_: None)
    threading.setprofile(lambda *_: None)
    threading.stack_size(1 << 20)
    sys.set_coroutine_origin_tracking_depth(5)
    sys.set_int_max_str_digits(0)


def chooses_loops() -> None:
    class Own(asyncio.DefaultEventLoopPolicy):
        pass

    asyncio.set_event_loop_policy(Own())
    sys.set_asyncgen_hooks(firstiter=print)


def replaces_modules() -> None:
    sys.modules["os"] = None  # type: ignore[assignment]
    sys.modules["pickle"] = ModuleType("pickle")


def closes_all_files() -> None:
    os.closerange(0, 4096)


def replaces_functions_of_json() -> None:
    json.dumps = json.loads  # type: ignore[assignment]  # another one of Python's own
    json.loads = functools.wraps(json.loads)(lambda text: None)  # which says that it is json's
    json.JSONEncoder.default = lambda *_: None  # type: ignore[method-assign,assignment]


def replaces_other_functions() -> None:
    unittest.mock.patch("os.path.join").start()
    unittest.mock.patch.object(Path, "name", "another").start()
    functools.wraps = None  # type: ignore[assignment]


def deletes_functions() -> None:
    del json.dumps, json.JSONEncoder.default


def sets_decimals_contexts() -> None:
    decimal.DefaultContext.prec = 3
    decimal.DefaultContext.traps[decimal.Inexact] = True
    decimal.BasicContext.rounding = decimal.ROUND_UP


def watches_the_collector() -> None:
    gc.callbacks.append(lambda *_: None)
    gc.set_debug(gc.DEBUG_UNCOLLECTABLE)


def renames() -> None:
    threading.main_thread().name = "another"
    logging.addLevelName(10, "another")


def sets_sys() -> None:
    sys.executable = "/no/such/program"
    sys.tracebacklimit = 0
    sys.dont_write_bytecode = not sys.dont_write_bytecode


def traces_memory() -> None:
    tracemalloc.start()


def installs_an_opener() -> None:
    urllib.request.install_opener(urllib.request.build_opener())


def closes_its_input() -> None:
    sys.stdin.close()


def changes_tables() -> None:
    csv.field_size_limit(1)
    copyreg.pickle(complex, lambda _: (str, ("another",)))


def reports_no_crash() -> None:
    faulthandler.disable()


def replaces_what_workers_need() -> None:
    functools.partial = contextvars.copy_context = None  # type: ignore[assignment,misc]
    inspect.iscoroutine = lambda _: True  # type: ignore[assignment]


def plays_another_system() -> None:
    """As tests do, by `mock.patch`, and never takes it back."""
    sys.platform, os.name, os.linesep = "win32", "nt", "\r\n"


def sets_constants() -> None:
    math.pi = 3  # type: ignore[misc]
    subprocess._USE_VFORK = False  # type: ignore[attr-defined]
    http.client.HTTPConnection.debuglevel = 1
    json.JSONEncoder.item_separator = ";"
    pickle.DEFAULT_PROTOCOL = 0


def limits_what_is_seldom_limited() -> None:
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]))
    Path("/proc/self/oom_score_adj").write_text("500")


def wakes_another() -> None:
    """Whatever stands under this number by then gets a byte for each signal."""
    file = os.open(os.devnull, os.O_WRONLY | os.O_NONBLOCK)
    signal.set_wakeup_fd(file)
    os.close(file)


def ends_it_later() -> None:
    faulthandler.dump_traceback_later(3.0, exit=True)  # nobody can ask for it: what runs then would end


SPOILERS = [
    *(ends_it_later, plays_another_system, sets_constants),
    *(configures, configures_by_dict, silences_a_logger, replaces_logging, blocks_signals, sets_an_alarm),
    *(handles_signals, moves, adds_paths, forgets_paths, sets_variables, forgets_variables, traces),
    *(turns_warnings_into_errors, closes_streams, replaces_streams, closes_files, redirects_files),
    *(limits_itself, pins_itself, sets_the_interpreter, replaces_names, replaces_functions, forgets_finders),
    *(forgets_modules, replaces_lists, chooses_a_folder_of_files, traces_threads, chooses_loops),
    *(replaces_modules, closes_all_files, replaces_functions_of_json, replaces_other_functions),
    *(deletes_functions, sets_decimals_contexts, watches_the_collector, renames, sets_sys, traces_memory),
    *(installs_an_opener, closes_its_input, changes_tables, reports_no_crash),
    *(replaces_what_workers_need, limits_what_is_seldom_limited, wakes_another),
]


def raises_afterwards(number: int) -> None:
    SPOILERS[number]()
    raise ValueError("after all")


def adds_an_audit_hook() -> None:
    """Is told of all that this process does from now on."""
    sys.addaudithook(lambda *_: None)


def loses_its_folder(folder: str) -> None:
    """Leaves a worker without a folder to go back to: the one that it had is gone."""
    os.rmdir(folder)
    os.chdir("/")


async def awaits_with_its_own(folder: str) -> tuple[str, str | None, str]:
    os.chdir(folder)
    os.environ["A_TASKS_OWN"] = "1"
    found: str = await get_runtime().submit(os.getcwd)
    return os.getcwd(), os.environ.get("A_TASKS_OWN"), found


def prints(text: str) -> None:
    print(text)


def prints_in_many_ways() -> str:
    print("out")
    print("err", file=sys.stderr)
    print("two\nlines")
    sys.stdout.buffer.write(b"bytes\n")
    sys.stdout.buffer.flush()
    print("begun", end="")
    return "printed"


async def prints_and_submits() -> str:
    print("parent")
    await get_runtime().submit(prints, "child")
    return "printed"


def prints_much(lines: int) -> int:
    for number in range(lines):
        print(f"line {number} {'x' * 100}")
    return lines


def prints_in_a_child() -> str:
    child = os.fork()
    if child == 0:
        print("in a child")
        logging.getLogger("some.pass").error("in a child")
        os._exit(0)
    return str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def waits_for(path: str) -> None:
    print("before it waits", flush=True)
    while not Path(path).exists():
        time.sleep(0.005)
