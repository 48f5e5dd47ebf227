"""What tests run in pools of both kinds, mailroom's and the standard library's."""

from __future__ import annotations

import concurrent.futures
import os
import time
from collections.abc import Callable
from typing import Any

Make = Callable[..., concurrent.futures.Executor]


def same(value: Any) -> Any:
    return value


def wait_for(file: str) -> str:
    while not os.path.exists(file):
        time.sleep(0.01)
    return file


def raise_for(value: int) -> int:
    if value == 3:
        raise KeyError(value)
    return value
