"""How exceptions are pickled: by pickle, unless that would make another one of them.

Pickle calls the class with `args`, which many constructors do not take, or take for something else: what
`def __init__(self, value): super().__init__(f"value {value}")` has made comes back with its text twice. Slots
are not in a pickle at all, and a class that lets no attribute be set cannot be unpickled. Such an exception
is made without its constructor. A class that says itself how it is pickled knows best.
"""

from __future__ import annotations

import builtins
import copyreg
from collections.abc import Mapping
from typing import Any

_Group: Any = getattr(builtins, "BaseExceptionGroup", ())  # from Python 3.11 on
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: the class is not one of the interpreter's own
_ITS_WAY = {"__reduce__", "__reduce_ex__"}
_ODD = {"__init__", "__new__", "__setattr__", "__setstate__", "__slots__"}


def reduce(error: BaseException) -> Any:
    """What a pickler's reducer_override gives for an exception."""
    names = {name for kind in _own_classes(error) for name in vars(kind)}
    if not names & _ODD or names & _ITS_WAY or type(error) in copyreg.dispatch_table:
        return NotImplemented
    plain: Any = error.__reduce__()
    if _makes(plain, error):
        return NotImplemented
    kind, native = type(error), native_args(error)
    state = {**slots_of(error), **(plain[2] if len(plain) > 2 and isinstance(plain[2], dict) else {})}
    made: Any = make, (kind, native, (), {}), {"args": error.args, **state}  # which may lead to itself
    return made if _makes(made, error) else (make, (kind, native, error.args, state))


def make(
    kind: type[BaseException], native: tuple[Any, ...], args: tuple[Any, ...], attributes: Mapping[str, Any]
) -> BaseException:
    """An exception of a class whose constructor is not called; part of pickles."""
    error: BaseException = _native(kind).__new__(kind, *native)
    _native(kind).__init__(error, *native)
    set_of(error, "args", args)
    for name, value in attributes.items():
        set_of(error, name, value)
    return error


make.__module__ = "mailroom.failures"  # where those who unpickle it look for it


def set_of(error: BaseException, name: str, value: object) -> None:
    """Sets an attribute past a class that lets none be set."""
    try:
        object.__setattr__(error, name, value)
    except (AttributeError, TypeError):
        return


def native_args(error: BaseException) -> tuple[Any, ...]:
    """The arguments of the interpreter's own class below: OSError keeps a file's name beside `args`."""
    if isinstance(error, _Group):  # whose `args` are those of its class, which may take more
        return error.message, list(error.exceptions)
    return tuple(_native(type(error)).__reduce__(error)[1])


def slots_of(error: BaseException) -> dict[str, Any]:
    """What it holds in slots."""
    found: dict[str, Any] = {}
    for kind in type(error).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__") and hasattr(error, name):
                found[name] = getattr(error, name)
    return found


def has_its_way(error: BaseException) -> bool:
    """Whether its class says itself how it is pickled."""
    return any(_ITS_WAY & vars(kind).keys() for kind in _own_classes(error))


def _own_classes(error: BaseException) -> list[type]:
    return [kind for kind in type(error).__mro__ if kind.__flags__ & _HEAP_TYPE]


def _native(kind: type) -> type[BaseException]:
    return next(base for base in kind.__mro__ if not base.__flags__ & _HEAP_TYPE)


def _makes(reduced: tuple[Any, ...], error: BaseException) -> bool:
    """Whether this gives the same exception where it is unpickled."""
    function, args, *state = reduced
    try:
        back = function(*args)
        if state and state[0] is not None:
            back.__setstate__(state[0])
        return type(back) is type(error) and _are_same(back, error)
    except Exception:  # of its constructor
        return False


def _are_same(back: BaseException, error: BaseException) -> bool:
    here, there = ({**getattr(one, "__dict__", {}), **slots_of(one)} for one in (error, back))
    return (
        str(back) == str(error)
        and _are_equal(back.args, error.args)
        and here.keys() == there.keys()
        and all(_are_equal(value, there[name]) for name, value in here.items())
    )


def _are_equal(one: object, other: object) -> bool:
    """Whether they are; what can only be compared with itself is if it is of the same class."""
    if one is other or type(one) is not type(other):
        return one is other
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_are_equal, one, other))
    return type(one).__eq__ is object.__eq__ or bool(one == other)
