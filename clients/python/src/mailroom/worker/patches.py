"""What a task has put in the place of functions, classes and constants of Python's own: these are put back.

Those of modules that a worker itself needs are looked at often (`put_back`), those of all of Python's other
modules that are loaded, with what their classes have, where there is time (`put_back_all`). What a library
does so for itself, as it is imported or when it is told to, stays. What a session's own module does to the
latter ones is there for the session's tasks, and for nobody else's.
"""

from __future__ import annotations

import functools
import gc
import logging
import sys
import threading
from collections.abc import Container, Iterable, Iterator, Mapping
from operator import is_
from types import FunctionType, MethodType, ModuleType
from typing import Any

from mailroom import _core, failures
from mailroom.worker import sources

_MODULES = (
    *("sys", "os", "time", "threading", "signal", "socket", "pickle", "logging", "traceback", "warnings"),
    *("contextlib", "importlib", "msgpack", "cloudpickle", "cloudpickle.cloudpickle", "functools", "weakref"),
    *("collections", "contextvars", "inspect"),
)
_CLASSES = (logging.Logger, logging.Handler, logging.LogRecord, threading.Thread)
_look = _core.Worker.objects
_Partial, _referents = functools.partial, gc.get_referents  # whatever a task puts in their places
_CONSTANTS = (str, bytes, bool, int, float, complex, tuple, frozenset)
_SET_BY_THEIR_OWN = ("tempdir", "inited", "maxlen", "next", "ENABLE_USER_SITE", "USER_BASE", "USER_SITE")
_OFTEN_SET = (
    "_MAXHEADERS",
    "_MAXLINE",
    "_USE_POSIX_SPAWN",
    "_USE_VFORK",
)  # of constants that are nobody's to set
_OTHERS = ("environ", "environb", "modules", "root")  # that are no functions; hooks are surroundings.py's
_NOT_PATCHED = frozenset(
    (
        *(
            "builtins",
            "ast",
            "bz2",
            "codecs",
            "dis",
            "encodings",
            "errno",
            "fcntl",
            "idlelib",
            "keyword",
            "lzma",
        ),
        *("ntpath", "opcode", "posix", "stat", "sysconfig", "this", "token", "tokenize"),
    )
)
"""Of Python's own modules: what surroundings.py has, and those without functions that anybody replaces."""

_OURS = ("namedtuple_", "mailroom.")  # how the modules begin that functions say which nobody has replaced

_OFTEN = frozenset(
    ("json", "pathlib", "random", "ssl", "subprocess", "http", "urllib", "argparse", "tempfile")
)
"""Those whose classes are looked at wherever modules are."""

_MISSING = object()
_UNKNOWN = object()
_IMMUTABLE, _HEAP = 1 << 8, 1 << 9  # flags of types

Owner = ModuleType | type
Changes = dict[tuple[int, str], tuple[Owner, str, Any, Any]]
"""By owner and name: both, what is in force, and what was there before."""


class _Owners:
    """Modules and classes, with what they had of that; classes with all names, which hide others."""

    def __init__(self) -> None:
        self._names: dict[Owner, frozenset[str]] = {}
        self.saved: list[tuple[Owner, dict[str, Any]]] = []
        self._spaces: tuple[Any, ...] = ()
        self._seen = _look(())

    def add(self, owners: Iterable[Owner]) -> list[tuple[Owner, dict[str, Any]]]:
        """Takes more in; gives them with what they have."""
        new = [(owner, dict(_values_of(owner))) for owner in owners]
        as_seen = self.are_as_seen()  # of those that are known
        self.saved += new
        self._names.update((one, frozenset(vars(one))) for one, _ in new if isinstance(one, type))
        self._spaces += tuple(_space_of(owner) for owner, _ in new)
        if as_seen:
            self.see()
        return new

    def see(self) -> None:
        """Takes note of how they are now."""
        self._seen = _look(self._spaces)

    def are_as_seen(self) -> bool:
        """Whether no name of theirs stands for another object."""
        return _look(self._spaces) == self._seen

    def replaced(self) -> Iterator[tuple[Owner, dict[str, Any], str, Any]]:
        """Each owner and what it had, a name of one that was replaced, and what is in its place."""
        for owner, saved in self.saved:
            now = vars(owner)
            if not all(map(is_, (now.get(name, _MISSING) for name in saved), saved.values())):
                for name, value in list(saved.items()):
                    if not _is_same(other := now.get(name, _MISSING), value):
                        yield owner, saved, name, other
            if (names := self._names.get(owner)) is None or len(now) <= len(names):
                continue
            for name in [
                name for name in now if not (name in names or name in saved or name.startswith("_"))
            ]:
                saved[name] = _MISSING  # from now on it is one of those that are looked for
                yield owner, saved, name, now[name]


class Originals:
    """What there is when the worker begins, and what of Python's own is loaded later."""

    def __init__(self) -> None:
        self._near, self._far, self._classes_far = _Owners(), _Owners(), _Owners()
        self._near.add(_near())
        self._known: set[str] = set()
        self._classes: set[type] = set(_CLASSES)
        self._take_in_loaded()

    def put_back(self) -> str:
        """Puts back what was replaced of what workers need; gives why something cannot be, or ""."""
        if self._near.are_as_seen():
            return ""
        wrong = ""
        for owner, saved, name, other in self._near.replaced():
            if self._is_a_library_s(other, saved[name]):
                saved[name] = other
            else:
                wrong = _put(owner, name, saved[name]) or wrong
        self._near.see()
        return wrong

    def put_back_all(self, own: Container[str], changes: Changes, thoroughly: bool = True) -> str:
        """Puts back what was replaced of anything.

        Args:
            own: the names of a session's modules that are new: what they do as they are imported stays.
            changes: what that session's have done so; it is added to.
            thoroughly: whether what classes have that are seldom changed is looked at, too.

        Returns:
            Why something cannot be put back, or "".
        """
        wrong = self.put_back()
        if len(sys.modules) != self._loaded:
            wrong = self._see_loaded(own, changes) or wrong
        for owners in (self._far, self._classes_far) if thoroughly else (self._far,):
            if not owners.are_as_seen():
                wrong = self._put_back_of(owners, own, changes) or wrong
                owners.see()
        return wrong

    def _put_back_of(self, owners: _Owners, own: Container[str], changes: Changes) -> str:
        wrong = ""
        for owner, saved, name, other in owners.replaced():
            kept = changes.get((id(owner), name))
            if kept is not None and kept[2] is other:
                continue
            if self._is_a_library_s(other, saved[name]):
                saved[name] = other
            elif _maker(other) in own or (own and type(saved[name]) in _CONSTANTS):
                changes[id(owner), name] = (owner, name, other, saved[name])
            else:
                wrong = _put(owner, name, saved[name] if kept is None else kept[2]) or wrong
        return wrong

    def _is_a_library_s(self, value: object, before: object) -> bool:
        """Whether a library has put it there; who has set a constant, only what came meanwhile can tell."""
        if type(before) not in _CONSTANTS:
            return is_a_library_s(value)
        came = [module for name, module in sys.modules.items() if name not in self._known]
        return any(map(sources.is_installed, (origin for one in came for origin in sources.origins(one))))

    def exchange(self, old: Changes, new: Changes) -> str:
        """Has another session's changes in force; gives why something cannot be put back, or ""."""
        wrong = ""
        for owner, name, _, before in old.values():
            if before is not _UNKNOWN:
                wrong = _put(owner, name, before) or wrong
        for owner, name, value, _ in new.values():
            wrong = _put(owner, name, value) or wrong
        self._far.see()
        self._classes_far.see()
        return wrong

    def _take_in_loaded(self) -> list[tuple[Owner, dict[str, Any]]]:
        """Takes in what was loaded of Python's own since the last time, as it is."""
        self._loaded = len(sys.modules)
        new = [name for name in sys.modules if name not in self._known]
        self._known.update(new)
        owners = list(_far(new, self._classes))
        seldom = [one for one in owners if not _is_often_changed(one)]
        return self._far.add(filter(_is_often_changed, owners)) + self._classes_far.add(seldom)

    def _see_loaded(self, own: Container[str], changes: Changes) -> str:
        """Finds what tasks have changed of that before it was seen; gives what cannot be put back, or ""."""
        wrong = ""
        for owner, saved in self._take_in_loaded():
            for name, value in saved.items():
                maker = _maker(value)
                if maker in own:
                    changes[id(owner), name] = (owner, name, value, _UNKNOWN)
                elif maker and not (maker.startswith(_OURS) or _is_python_s(maker) or is_a_library_s(value)):
                    wrong = f"{name} of {owner!r}: what it was before is not known"
        return wrong


def is_lasting(changes: Changes) -> str:
    """What of these cannot be put back, for it was done before a worker had seen what there was; or ""."""
    for owner, name, _, before in changes.values():
        if before is _UNKNOWN:
            return f"{name} of {owner!r}"
    return ""


def _put(owner: Owner, name: str, value: Any) -> str:
    try:
        if value is _MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, value)
    except Exception as error:
        return f"{name} of {owner!r}: {failures.describe(error)}"
    return ""


def _near() -> Iterator[Owner]:
    for name, module in list(sys.modules.items()):
        if name in _MODULES:
            yield module
    yield from _CLASSES


def _far(names: Iterable[str], known: set[type]) -> Iterator[Owner]:
    """The modules of Python's own among these that are for users, and those of their classes that are new."""
    for name in names:
        module = sys.modules.get(name)
        parts = name.split(".")
        if (
            type(module) is not ModuleType
            or not _is_python_s(name)
            or parts[0] in _NOT_PATCHED
            or any(part.startswith("_") for part in parts)
        ):
            continue
        if name not in _MODULES:
            yield module
        for value in list(vars(module).values()):
            if (
                isinstance(value, type)
                and value.__flags__ & (_HEAP | _IMMUTABLE) == _HEAP
                and _is_python_s(value.__module__)
                and value not in known
            ):
                known.add(value)
                yield value


def _is_often_changed(owner: Owner) -> bool:
    return isinstance(owner, ModuleType) or owner.__module__.partition(".")[0] in _OFTEN


def _is_python_s(name: object) -> bool:
    return isinstance(name, str) and name.partition(".")[0] in sys.stdlib_module_names


def _space_of(owner: Owner) -> Any:
    """Its names, as a dict where there is a way to it: that is looked at in a third of the time."""
    if isinstance(owner, ModuleType):
        return vars(owner)
    found = _referents(vars(owner))
    return found[0] if len(found) == 1 and type(found[0]) is dict else owner


def _values_of(owner: Owner) -> Iterator[tuple[str, Any]]:
    found: Mapping[str, Any] = vars(owner)
    for name, value in found.items():
        if not isinstance(name, str) or "hook" in name or name in ("__dict__", "__weakref__", "__class__"):
            continue
        if (
            callable(value)
            or isinstance(value, (property, staticmethod, classmethod))
            or name in _OTHERS
            or (type(value) in _CONSTANTS and _is_for_constants(name))
        ):
            yield name, value


def _is_for_constants(name: str) -> bool:
    return name in _OFTEN_SET or not (name.startswith("_") or name in _SET_BY_THEIR_OWN)


def _is_same(value: Any, before: Any) -> bool:
    """Whether nothing has changed: a constant may be made again."""
    same = type(value) is type(before) and type(before) in _CONSTANTS and value == before
    return value is before or bool(same)


def _maker(value: Any) -> str:
    """The name of the module that a function was defined in, or a class; of another object, its class was."""
    while True:
        if isinstance(value, _Partial):
            value = value.func
        elif isinstance(value, (staticmethod, classmethod, MethodType)):
            value = value.__func__
        elif isinstance(value, property) and value.fget is not None:
            value = value.fget
        else:
            break
    if isinstance(value, FunctionType):  # whatever it says of itself: it may wrap what it stands for
        found = value.__globals__.get("__name__")
    elif isinstance(value, type) or type(value).__module__ == "builtins":
        found = getattr(value, "__module__", None)
    else:
        found = type(value).__module__
    return found if type(found) is str else ""


def is_a_library_s(value: object) -> bool:
    """Whether what stands in a function's place is from a library that is installed where the worker runs."""
    name = _maker(value)
    module = None if _is_python_s(name) else sys.modules.get(name)
    found = sources.origins(module) if module is not None else []
    return bool(found) and all(map(sources.is_installed, found))
