"""Pickles that hold code, and who may read them.

A function or class that is pickled by value is bytecode, which only the same version of Python runs: another
one gives wrong values, or dies. Whether a pickle holds any is seen while it is made: what saves code in
cloudpickle and in dill tells, in this whole process, and changes nothing else but dill's way with a script's
classes, which is cloudpickle's then. The pickle then begins with a mark, which unpickling skips and `loads`
looks at (PROTOCOL.md section 4, versions).
"""

from __future__ import annotations

import abc
import enum
import functools
import importlib.util
import io
import pickle
import platform
import sys
import threading
from collections.abc import Callable
from types import CodeType
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from mailroom import _core, _exceptions, _pickler, errors

MAGIC = int.from_bytes(importlib.util.MAGIC_NUMBER[:2], "little")
"""The number of this Python's bytecode, the same in all releases of a minor version."""

VERSION = platform.python_version()

_OPENING = b"\x80\x05\x8c"  # PROTO 5, SHORT_BINUNICODE; a length follows
_TEXT = b"mailroom code "
_CLOSING = b"0"  # POP


_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})  # which hold nothing
_pickling = threading.local()  # `found`: whether code has come up in what this thread pickles
_dill_is_watched = False


def _noting(save: Callable[..., Any]) -> Callable[..., Any]:
    """What saves code, and notes that it has."""

    def note(*args: Any) -> Any:
        _pickling.found = True
        return save(*args)

    return note


def watch_dill() -> None:
    """Where dill is in use; a library that pickles by it is there before what it pickles is.

    BQSKit's workflows and circuits go by it within each pickle, and where they are copied.
    """
    global _dill_is_watched
    pickler = None if _dill_is_watched else getattr(sys.modules.get("dill"), "Pickler", None)
    if pickler is not None:  # else it is not there, or being imported
        table = pickler.dispatch
        table[CodeType] = _noting(table[CodeType])
        save_class = _pickler.class_for_dill(table[type])
        table.update(dict.fromkeys((type, abc.ABCMeta, enum.EnumMeta), save_class))
        _dill_is_watched = True


# What pickles parts of itself by itself, as BQSKit's workflows do, saves code by these tables as well
cloudpickle.Pickler.dispatch_table[CodeType] = _noting(cloudpickle.Pickler.dispatch_table[CodeType])


def watched(dump: Callable[[Any], bytes], value: object) -> bytes:
    """A pickle made by `dump`; marked if it holds code."""
    watch_dill()
    before = getattr(_pickling, "found", False)
    _pickling.found = False
    try:
        pickled = bytes(dump(value))
        return marked(pickled) if _pickling.found else pickled
    finally:
        _pickling.found = before or _pickling.found


def dumps(value: object) -> bytes:
    """A pickle made by cloudpickle; marked if it holds code."""
    return watched(_by_cloudpickle, value)


def dumps_by_pickle(value: object) -> bytes:
    """The same made by pickle, for what needs no more."""
    return pickle.dumps(value, 5) if type(value) in _ATOMS else watched(_by_pickle, value)


def dumps_by_dill(value: object) -> bytes:
    """The same made by dill, with what a script defines and uses."""
    return watched(_by_dill, value)


def _by_cloudpickle(value: object) -> bytes:
    file = io.BytesIO()
    kind = _pickler.WithKeys if "multiprocessing.managers" in sys.modules else _pickler.Pickler
    kind(file).dump(value)
    return file.getvalue()


_reduce = staticmethod(_core.for_exceptions(_exceptions.reduce))


class _Pickler(pickle.Pickler):
    """The standard library's, which is compiled, and which nothing slows but exceptions."""

    reducer_override: Any = _reduce


def _by_pickle(value: object) -> bytes:
    file = io.BytesIO()
    _Pickler(file, 5).dump(value)
    return file.getvalue()


def _by_dill(value: object) -> bytes:
    file = io.BytesIO()
    _dill_pickler()(file, recurse=True).dump(value)
    return file.getvalue()


@functools.cache
def _dill_pickler() -> Any:
    import dill  # type: ignore[import-untyped]

    own = {"__module__": dill.Pickler.__module__, "reducer_override": _reduce}  # it asks for the module
    return type("Pickler", (dill.Pickler,), own)


def marked(pickled: bytes) -> bytes:
    """A pickle that holds code of this Python."""
    text = _TEXT + f"{MAGIC} {VERSION}".encode()
    return b"".join((_OPENING, bytes([len(text)]), text, _CLOSING, pickled))


def of(pickled: bytes | memoryview) -> tuple[int, str] | None:
    """Whose code a pickle holds: the number and the version of that Python; None: it holds none."""
    start = len(_OPENING) + 1
    if pickled[: len(_OPENING)] != _OPENING or pickled[start : start + len(_TEXT)] != _TEXT:
        return None
    text = bytes(pickled[start + len(_TEXT) : start + pickled[start - 1]]).decode(errors="replace")
    magic, _, version = text.partition(" ")
    return (int(magic) if magic.isdecimal() else 0), version


def after_mark(pickled: memoryview) -> int:
    """Where the pickle itself begins."""
    start = len(_OPENING) + 1
    return 0 if of(pickled) is None else start + pickled[start - 1] + len(_CLOSING)


def check(pickled: bytes | memoryview) -> None:
    """Refuses a pickle with code that this Python cannot run.

    Raises:
        errors.OtherVersion: it holds that of another version.
    """
    found = of(pickled)
    if found is not None and found[0] != MAGIC:
        raise errors.OtherVersion(
            "it holds code (a function or class pickled by value)"
            f" of Python {found[1]} (bytecode {found[0]}),"
            f" which Python {VERSION} (bytecode {MAGIC}, {sys.executable}) cannot run. {ADVICE}"
        )


def loads(pickled: bytes | memoryview) -> Any:
    """What is pickled; raises what `check` and unpickling raise."""
    check(pickled)
    return pickle.loads(pickled)


ADVICE = (
    "Use the same version of Python at both ends, or functions and classes of a module that both can import"
    " (docs/versions.md)."
)
