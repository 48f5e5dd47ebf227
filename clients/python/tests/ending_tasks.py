"""Tasks that end in unusual ways; tests run them on workers."""

from __future__ import annotations

import argparse
import builtins
import dataclasses
import functools
import importlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

from mailroom.worker import get_runtime

Group: Any = getattr(builtins, "ExceptionGroup", Exception)  # from Python 3.11 on


def exits(code: Any) -> None:
    sys.exit(code)


def forks(how: str) -> int:
    """What a process that is forked off ends with, when it comes back."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if how == "raises":
        raise ValueError("in the forked one")
    if how == "exits":
        sys.exit(7)
    return 5


async def forks_and_waits() -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return int(await get_runtime().submit(pow, 2, 3))


def reads_options() -> None:
    argparse.ArgumentParser(prog="sweep").parse_args(["--no-such-option"])


def raises(error: Callable[[], BaseException]) -> None:
    raise error()


class OfItsOwn(BaseException):
    """No Exception."""


class Picky(Exception):
    """Its constructor wants more than its arguments say."""

    def __init__(self, code: int, *, where: str) -> None:
        super().__init__(f"code {code}")
        self.code, self.where = code, where


def picky() -> Picky:
    return Picky(7, where="here")


def from_a_cause() -> None:
    try:
        int("many")
    except ValueError as cause:
        error = picky()
        error.__notes__ = ["a note"]  # type: ignore[attr-defined]
        raise error from cause


def from_each_cause(depth: int) -> None:
    """Raises from what it has caught, so that each cause is a context too, as that of this has them."""
    try:
        if depth:
            from_each_cause(depth - 1)
        int("many")
    except ValueError as cause:
        raise ValueError(depth) from cause


def among_others(depth: int) -> BaseException:
    """Groups within groups, and last what cannot be pickled."""
    if not depth:
        return Locked()
    group: BaseException = Group(str(depth), [among_others(depth - 1), picky()])
    return group


class WithStatus(Group):  # type: ignore[misc]
    """A group that takes more than a group does."""

    def __new__(cls, text: str, errors: list[Exception], status: int) -> Any:
        return super().__new__(cls, text, errors)

    def __init__(self, text: str, errors: list[Exception], status: int) -> None:
        self.status = status


def with_status() -> WithStatus:
    return WithStatus("some", [picky(), Locked()], 7)


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    """Lets no attribute be set."""

    number: int = 5


class Told(Exception):
    """Its constructor makes a text of what it is given."""

    def __init__(self, value: object) -> None:
        super().__init__(f"value {value}")
        self.value = value


class Coded(Exception):
    """Keeps no `__dict__` for what it holds."""

    __slots__ = ("code",)

    def __init__(self, code: object) -> None:
        super().__init__("no convergence")
        self.code = code


class Sealed(Told):
    """Lets no attribute be set from outside."""

    def __setattr__(self, name: str, value: object) -> None:
        if name != "value":
            raise AttributeError(name)
        super().__setattr__(name, value)


class Counted(Exception):
    """Has a way of its own, which is to forget."""

    def __init__(self, count: int) -> None:
        super().__init__(f"count {count}")
        self.count = count

    def __reduce__(self) -> Any:
        return type(self), (self.count + 1,)


class NoFile(OSError):
    def __init__(self, path: str) -> None:
        super().__init__(2, f"no data in {path}", path)
        self.path = path


def of_itself() -> Told:
    error = Told(8)
    error.value = [error]
    return error


def exceptions() -> dict[str, Any]:
    """What tasks return and are given: exceptions, and what holds them."""
    return {
        "alone": Told(3),
        "in containers": {"failed": [(1, Told(4)), (2, picky())]},
        "slots": Coded(6),
        "frozen": Frozen(9),
        "sealed": Sealed(1),
        "of the system": NoFile("run.h5"),
        "in a group": Group("some", [Told(5), ValueError(1)]),
        "of itself": of_itself(),
        "twice": [shared := Told(7), shared],
        "its own way": Counted(1),
    }


def parts(value: Any) -> Any:
    """What is in one of those, to be compared."""
    if isinstance(value, dict):
        return {key: parts(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [parts(one) for one in value] + [value[0] is value[-1]]
    if not isinstance(value, BaseException):
        return value
    names = ("value", "code", "where", "number", "count", "errno", "strerror", "filename", "path")
    held = {name: getattr(value, name) for name in names if hasattr(value, name)}
    own = {name: "itself" if one == [value] else one for name, one in held.items()}
    return [type(value).__name__, str(value), parts(list(getattr(value, "exceptions", [0]))), own]


def given(name: str) -> Any:
    return exceptions()[name]


async def passed_on(name: str) -> Any:
    """A nested task's, which gets one as an argument, too."""
    return await get_runtime().submit(same, exceptions()[name])


def same(value: Any) -> Any:
    return value


class Locked(Exception):
    """Holds what cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("locked", threading.Lock())
        self.lock, self.number = threading.Lock(), 3


class Unspeakable(Exception):
    """Neither its text nor its pickle can be had."""

    def __str__(self) -> str:
        raise SystemExit(3)

    def __reduce__(self) -> Any:
        raise SystemExit(4)


class Silent(Exception):
    """Who asks for anything of it gets an end of the process."""

    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(f"no {name}")


class Generous(Exception):
    """Looks for what it does not have where nothing is."""

    def __getattr__(self, name: str) -> Any:
        raise KeyError(name)


class Liar(Exception):
    """Who asks for its class gets an error."""

    __class__ = property(lambda self: 1 / 0)  # type: ignore[assignment]


class Awaited:
    """Gives the loop what it does not know."""

    def __await__(self) -> Any:
        yield Liar()


async def awaits_what_nobody_knows() -> None:
    await Awaited()


class EndsWherePickled:
    def __reduce__(self) -> Any:
        sys.exit("while it was pickled")


class TellsWherePickled:
    """Of whose text there may be more than of anything else."""

    def __reduce__(self) -> Any:
        raise ValueError("while it was pickled")

    def __repr__(self) -> str:
        return "the value's own text"


class EndsWhereUnpickled:
    def __reduce__(self) -> Any:
        return sys.exit, ("while it was unpickled",)


def gives(kind: Callable[[], Any]) -> Any:
    return kind()


async def awaits(kind: Callable[[], Any]) -> str:
    await get_runtime().submit(gives, kind)
    return "went on"


def large_error() -> None:
    raise ValueError("x" * 9_000_000)


def odd_text() -> None:
    raise ValueError("half a pair: \ud800")


def large_log() -> str:
    logging.getLogger("some.pass").warning("y" * 9_000_000)
    return "logged"


def odd_logs() -> str:
    log = logging.getLogger("some.pass\ud800")
    log.warning("half a pair: \ud800")
    log.warning("%s", EndsWherePickled())
    log.warning("with a lock", extra={"lock": threading.Lock()})
    log.log(2**70, "a level of its own")
    log.warning("%d", "does not fit")
    return "logged"


def thread_raises() -> int:
    thread = threading.Thread(target=raises, args=[lambda: ValueError("in a thread")])
    thread.start()
    thread.join()
    return 42


async def catches(error: Callable[[], BaseException], kind: type[BaseException]) -> tuple[str, str]:
    try:
        await get_runtime().submit(raises, error)
    except kind as caught:
        return repr(caught), str(caught.__cause__)
    return "nothing", ""


def tenth(number: int) -> float:
    return 10 / number


async def catches_of_a_map(numbers: list[int]) -> str:
    try:
        await get_runtime().map(tenth, numbers)
    except ZeroDivisionError:
        values: list[float] = await get_runtime().map(tenth, [1, 2])
        return f"{values}"
    return "nothing"


async def catches_as_they_come(numbers: list[int]) -> tuple[list[float], int]:
    runtime = get_runtime()
    future = runtime.map(tenth, numbers)
    values: list[float] = []
    failed = 0
    while len(values) + failed < len(numbers):
        try:
            values += [value for _, value in await runtime.next(future)]
        except ZeroDivisionError:
            failed += 1
    return sorted(values), failed


async def hands_on(depth: int) -> None:
    if depth == 0:
        raise picky()
    await get_runtime().submit(hands_on, depth - 1)


async def raises_when_cancelled(go: str) -> None:
    try:
        await get_runtime().submit(gives, lambda: None)
        await get_runtime().submit(wait_for, go)
    finally:
        raise OfItsOwn("on the way out")


def wait_for(path: str) -> None:
    import time
    from pathlib import Path

    while not Path(path).exists():
        time.sleep(0.005)


def signals_of_a_program() -> tuple[bool, bool, bool]:
    """Whether a program has SIGINT and SIGTERM ignored, or any signal blocked."""
    status = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True, check=True).stdout
    values = dict(line.split(":\t") for line in status.splitlines() if line.startswith("Sig"))
    ignored = int(values["SigIgn"], 16)
    return (
        bool(ignored >> (signal.SIGINT - 1) & 1),
        bool(ignored >> (signal.SIGTERM - 1) & 1),
        bool(int(values["SigBlk"], 16)),
    )


def leaves_memory(folder: str, kills: bool) -> None:
    """Has some of /dev/shm, whose name it tells by a file, and does not come to an end by itself."""
    memory = SharedMemory(create=True, size=1)
    (Path(folder) / memory.name).touch()
    if kills:
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()


def misses(what: str) -> None:
    if what == "attribute":
        functools.no_such_name  # type: ignore[attr-defined]  # noqa: B018
    elif what == "global":
        no_such_name  # type: ignore[name-defined]  # noqa: B018, F821
    else:
        importlib.import_module("no_such_name")


def gives_locks() -> dict[str, Any]:
    return {"all": [1, threading.Lock()]}


async def sends_a_lock() -> str:
    try:
        await get_runtime().submit(gives, threading.Lock())
    except TypeError as error:
        return str(error)
    return ""
