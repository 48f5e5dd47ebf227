"""Pickles that hold code, and who may read them.

A function or class that is pickled by value is bytecode, which only the same version of Python runs: another
one gives wrong values, or dies. Whether a pickle holds any is seen while it is made. It then begins with a
mark, which unpickling skips and `loads` looks at (PROTOCOL.md section 4, versions).
"""

from __future__ import annotations

import importlib.util
import io
import pickle
import platform
import sys
from collections import ChainMap
from types import CodeType
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from mailroom import errors

MAGIC = int.from_bytes(importlib.util.MAGIC_NUMBER[:2], "little")
"""The number of this Python's bytecode, the same in all releases of a minor version."""

VERSION = platform.python_version()

_OPENING = b"\x80\x05\x8c"  # PROTO 5, SHORT_BINUNICODE; a length follows
_TEXT = b"mailroom code "
_CLOSING = b"0"  # POP
_HEAD = len(_OPENING) + 256 + len(_CLOSING)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Cloudpickle's, which notes in `seen` that it has come upon code."""

    def __init__(self, file: io.BytesIO, seen: list[bool]) -> None:
        tables = cloudpickle.Pickler.dispatch_table.maps
        reduce_code = cloudpickle.Pickler.dispatch_table[CodeType]

        def note(code: CodeType) -> Any:
            seen.append(True)
            return reduce_code(code)

        self.dispatch_table = ChainMap({CodeType: note}, *tables)
        super().__init__(file)


class _WithKeys(_Pickler):
    """The same, with the keys of proxies of multiprocessing's managers, which are of no use without."""

    def reducer_override(self, value: object) -> Any:
        if not isinstance(value, sys.modules["multiprocessing.managers"].BaseProxy):
            return super().reducer_override(value)
        rebuild, (kind, token, serializer, options) = value.__reduce__()
        return rebuild, (kind, token, serializer, {**options, "authkey": bytes(value._authkey)})


def dumps(value: object) -> bytes:
    """A pickle made by cloudpickle; marked if it holds code."""
    file, seen = io.BytesIO(), list[bool]()
    kind = _WithKeys if "multiprocessing.managers" in sys.modules else _Pickler
    kind(file, seen).dump(value)
    return marked(file.getvalue()) if seen else file.getvalue()


def dumps_by_dill(value: object) -> bytes:
    """The same made by dill, with what a script defines and uses."""
    import dill  # type: ignore[import-untyped]

    class Pickler(dill.Pickler):  # type: ignore[misc]
        holds_code = False

        def save(self, obj: object, *args: Any, **kwargs: Any) -> None:
            """Overrides dill.Pickler.save."""
            self.holds_code = self.holds_code or type(obj) is CodeType
            super().save(obj, *args, **kwargs)

    file = io.BytesIO()
    pickler = Pickler(file, dill.settings["protocol"], recurse=True)
    pickler.dump(value)
    return marked(file.getvalue()) if pickler.holds_code else file.getvalue()


def marked(pickled: bytes) -> bytes:
    """A pickle that holds code of this Python."""
    text = _TEXT + f"{MAGIC} {VERSION}".encode()
    return b"".join((_OPENING, bytes([len(text)]), text, _CLOSING, pickled))


def of(pickled: bytes) -> tuple[int, str] | None:
    """Whose code a pickle holds: the number and the version of that Python; None: it holds none."""
    start = len(_OPENING) + 1
    if pickled[: len(_OPENING)] != _OPENING or pickled[start : start + len(_TEXT)] != _TEXT:
        return None
    text = bytes(pickled[start + len(_TEXT) : start + pickled[start - 1]]).decode(errors="replace")
    magic, _, version = text.partition(" ")
    return (int(magic) if magic.isdecimal() else 0), version


def check(pickled: bytes) -> None:
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


def loads(pickled: bytes) -> Any:
    """What is pickled; raises what `check` and unpickling raise."""
    check(pickled)
    return pickle.loads(pickled)


ADVICE = (
    "Use the same version of Python at both ends, or functions and classes of a module that both can import"
    " (docs/versions.md)."
)
