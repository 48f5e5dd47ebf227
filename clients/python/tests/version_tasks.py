"""Functions that tests of versions call by name on workers."""

from __future__ import annotations

import sys
import types
from typing import Any

from mailroom import _code
from mailroom.worker import get_runtime


def add(a: int, b: int) -> int:
    return a + b


async def add_by_child(a: int, b: int) -> int:
    value: int = await get_runtime().submit(add, a, b)
    return value


async def magic_of_children(count: int) -> bool:
    """Whether children that hold code all run on a Python as this one."""
    here = _code.MAGIC
    one = await get_runtime().submit(lambda: sys.modules["mailroom._code"].MAGIC)
    several = await get_runtime().map(lambda _: sys.modules["mailroom._code"].MAGIC, list(range(count)))
    return {one, *several} == {here}


def give_code() -> Any:
    return lambda a: 1 < a < 10


def raise_of_a_class_by_value() -> None:
    module = types.ModuleType("nowhere")
    exec("class Odd(Exception):\n    def __str__(self):\n        return 'by value'\n", module.__dict__)
    raise module.__dict__["Odd"]()
