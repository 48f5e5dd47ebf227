"""Functions and classes of Python's own that a task has put others in the place of: they are put back.

They are those of modules that a worker itself needs, and most tasks. What a library does so for itself, as it
is imported or when it is told to, stays.
"""

from __future__ import annotations

import logging
import operator
import sys
import threading
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from mailroom import _core, failures
from mailroom.worker import sources

_MODULES = (
    *("sys", "os", "time", "threading", "signal", "socket", "pickle", "logging", "traceback", "warnings"),
    *("contextlib", "importlib", "msgpack", "cloudpickle", "cloudpickle.cloudpickle"),
)
_CLASSES = (logging.Logger, logging.Handler, logging.LogRecord, threading.Thread)
_look = _core.Worker.objects
_OTHERS = ("environ", "environb", "modules", "root")  # that are no functions; hooks are surroundings.py's


class Originals:
    """What there is when the worker begins."""

    def __init__(self) -> None:
        self._saved = [(owner, dict(_functions_of(owner))) for owner in _owners()]
        self._spaces = tuple(vars(one) if isinstance(one, ModuleType) else one for one, _ in self._saved)
        self._seen = _look(self._spaces)

    def put_back(self) -> str:
        """Puts back what was replaced; gives why something cannot be, or ""."""
        if _look(self._spaces) == self._seen:
            return ""
        wrong = self._put_back()
        self._seen = _look(self._spaces)
        return wrong

    def _put_back(self) -> str:
        for owner, saved in self._saved:
            now = vars(owner)
            if all(map(operator.is_, map(now.get, saved), saved.values())):
                continue
            for name, value in list(saved.items()):
                if now.get(name) is value:
                    continue
                if _is_a_library_s(now.get(name)):
                    saved[name] = now[name]
                    continue
                try:
                    setattr(owner, name, value)
                except Exception as error:
                    return f"{name} of {owner!r}: {failures.describe(error)}"
        return ""


def _owners() -> Iterator[ModuleType | type]:
    for name, module in list(sys.modules.items()):
        if name in _MODULES:
            yield module
    yield from _CLASSES


def _functions_of(owner: ModuleType | type) -> Iterator[tuple[str, Any]]:
    found: Mapping[str, Any] = vars(owner)
    for name, value in found.items():
        if not isinstance(name, str) or "hook" in name or name in ("__dict__", "__weakref__", "__class__"):
            continue
        if callable(value) or isinstance(value, (property, staticmethod, classmethod)) or name in _OTHERS:
            yield name, value


def _is_a_library_s(value: object) -> bool:
    """Whether what stands in a function's place is from a module that is installed where the worker runs."""
    origin = getattr(value, "__module__", None)
    module = sys.modules.get(origin) if type(origin) is str else None
    found = sources.origins(module) if module is not None else []
    return bool(found) and all(map(sources.is_installed, found))
