"""Functions that tests run on workers."""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

from mailroom.worker import get_runtime


def add(a: int, b: int) -> int:
    return a + b


def fail(text: str) -> None:
    raise ValueError(text)


async def sum_of_squares(count: int) -> int:
    squares = await get_runtime().map(pow, list(range(count)), [2] * count)
    return sum(squares)


async def nested(depth: int) -> int:
    return 0 if depth == 0 else 1 + await get_runtime().submit(nested, depth - 1)


async def one_by_one(count: int) -> list[int]:
    runtime = get_runtime()
    future = runtime.map(add, list(range(count)), list(range(count)))
    seen: list[tuple[int, int]] = []
    while len(seen) < count:
        seen += await runtime.next(future)
    return [value for _, value in sorted(seen)]


async def child_fails() -> None:
    await get_runtime().submit(fail, "from the child")


async def child_with_context(size: int) -> int:
    value: int = await get_runtime().submit(add, 1, 2, log_context={"key": "x" * size})
    return value


async def blocks() -> None:
    get_runtime().submit(add, 1, 2).result()  # type: ignore[attr-defined]


def wait_for_file(path: str) -> str:
    """A task that goes on when the test says so."""
    while not Path(path).exists():
        time.sleep(0.005)
    return path


async def listen(path: str) -> list[Any]:
    Path(path + ".started").touch()
    wait_for_file(path)
    heard: list[Any] = []
    while not heard:
        heard += get_runtime().get_messages()
        time.sleep(0.005)
    return heard


async def talk(path: str) -> list[Any]:
    runtime = get_runtime()
    future = runtime.submit(listen, path)
    while not Path(path + ".started").exists():
        time.sleep(0.005)
    runtime.communicate(future, {"a": 1})
    Path(path).touch()
    heard: list[Any] = await future
    return heard


async def cancels(count: int) -> str:
    runtime = get_runtime()
    runtime.cancel(runtime.map(add, list(range(count)), list(range(count))))
    return "done"


async def parent_of(path: str) -> str:
    """Starts one child, is woken by its result, and then works until the test says so."""
    await get_runtime().submit(add, 1, 1)
    Path(path + ".awake").touch()
    return wait_for_file(path)


def log(text: str) -> None:
    logging.getLogger("some.pass").info("info %s", text)
    logging.getLogger("some.pass").warning("warning %s", text)


def log_trouble() -> None:
    try:
        raise ValueError("seen")
    except ValueError:
        logging.getLogger("some.pass").exception("it failed")


def unpicklable() -> Any:
    return threading.Lock()


class Poison:
    """Can be pickled, but not unpickled."""

    def __reduce__(self) -> Any:
        return int, ("not a number",)


def poison() -> Poison:
    return Poison()


async def takes_poison() -> None:
    await get_runtime().submit(poison)


def pid() -> int:
    return os.getpid()


def surroundings() -> dict[str, Any]:
    return {"cpus": sorted(os.sched_getaffinity(0)), **os.environ}


def end_of_process() -> None:
    os._exit(9)


def holds_the_interpreter(fifo: str) -> str:
    """Waits in a call of C that keeps the GIL, until the test writes something."""
    file = os.open(fifo, os.O_RDWR)
    ctypes.PyDLL(None).read(file, ctypes.create_string_buffer(1), 1)
    os.close(file)
    return "let go"
