"""Which variable it is that cannot be pickled: pickle names its class alone.

Only looked for when pickling has failed: pickled once more, what came last is it, and where that is held is
found from the outside inwards, the shortest way first.
"""

from __future__ import annotations

import functools
import io
import pickle
from collections import deque
from collections.abc import Iterator, Mapping
from types import CellType, FunctionType, MethodType
from typing import Any

from mailroom import _pickler

_MOST = 100_000  # objects that are looked into
_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_TOLD = (TypeError, AttributeError, pickle.PicklingError)

Way = tuple[str, str]
"""An expression, and which variable it begins with."""


def tell(error: BaseException, values: Mapping[str, object], advice: str) -> None:
    """Adds to the text of what pickling has raised which variable cannot be pickled, and what to do.

    Args:
        error: one of the kinds that pickle raises; all else stays as it is.
        values: what was pickled, by names for it.
        advice: what to do.
    """
    if type(error) not in _TOLD or len(error.args) != 1:
        return
    try:
        culprit = _last_of(tuple(values.values()))
        way = _way_to(culprit, values)
    except (Exception, SystemExit):  # of a class of the user's
        return
    if way is not None:
        own = type(culprit).__module__.startswith("mailroom.")  # whose text has said what to do
        error.args = (f"{error}: it is {way[0]}{way[1]}{'' if own else f'. {advice}'}",)


class _Last(_pickler.Pickler):
    last: object = None

    def reducer_override(self, value: object) -> Any:
        self.last = value
        return super().reducer_override(value)


def _last_of(values: tuple[object, ...]) -> object:
    pickler = _Last(io.BytesIO())
    try:
        pickler.dump(values)
    except (Exception, SystemExit):
        return pickler.last
    return None


def _way_to(culprit: object, values: Mapping[str, object]) -> Way | None:
    if culprit is None:
        return None
    found: deque[tuple[object, Way]] = deque((value, (name, "")) for name, value in values.items())
    seen = {id(value) for value in values.values()}
    while found and len(seen) < _MOST:
        value, way = found.popleft()
        if value is culprit:
            return way
        for inner, to in _within(value, way):
            if id(inner) not in seen and type(inner) not in _PLAIN:
                seen.add(id(inner))
                found.append((inner, to))
    return None


def _within(value: Any, way: Way) -> Iterator[tuple[object, Way]]:
    """What an object holds as pickles see it, and the way there."""
    text, begins = way
    if isinstance(value, FunctionType):
        yield from _used_by(value)
    elif isinstance(value, MethodType):
        yield value.__self__, (f"{text}.__self__", begins)
        yield value.__func__, way
    elif isinstance(value, functools.partial):
        yield value.func, way
        yield from ((one, (f"{text}.args[{at}]", begins)) for at, one in enumerate(value.args))
        yield from ((one, (f"{text}.keywords[{name!r}]", begins)) for name, one in value.keywords.items())
    elif isinstance(value, dict):
        yield from ((one, (f"{text}[{_short(key)}]", begins)) for key, one in value.items())
    elif isinstance(value, list | tuple):
        yield from ((one, (f"{text}[{at}]", begins)) for at, one in enumerate(value))
    elif isinstance(value, set | frozenset):
        yield from ((one, (f"an element of {text}", begins)) for one in value)
    elif isinstance(value, type):
        # Below, functions are the class's methods, and descriptors hold some
        yield from ((one, (f"{value.__name__}.{name}", begins)) for name, one in vars(value).items())
    elif isinstance(value, property):
        yield from ((one, way) for one in (value.fget, value.fset, value.fdel) if one is not None)
    elif isinstance(value, staticmethod | classmethod | functools.cached_property):
        yield getattr(value, "__func__", None) or getattr(value, "func", None), way
    else:
        held = getattr(value, "__dict__", {})
        yield from ((one, (f"{text}.{name}", begins)) for name, one in held.items())
        slots = [name for kind in type(value).__mro__ for name in _names(vars(kind).get("__slots__", ()))]
        yield from ((getattr(value, name, None), (f"{text}.{name}", begins)) for name in slots)
        yield type(value), (type(value).__name__, begins)


def _used_by(function: FunctionType) -> Iterator[tuple[object, Way]]:
    name = function.__qualname__.replace(".<locals>", "")
    code = function.__code__
    inner = [code]
    for one in inner:
        inner += [constant for constant in one.co_consts if isinstance(constant, type(code))]
    for used in dict.fromkeys(used for one in inner for used in one.co_names):
        if used in function.__globals__:
            yield function.__globals__[used], (used, f", a global variable that {name} uses")
    for used, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        if isinstance(cell, CellType) and cell != CellType():
            yield cell.cell_contents, (used, f", a variable around {name}, which uses it")
    last_ones = code.co_varnames[: code.co_argcount][-len(function.__defaults__ or ()) :]
    defaults = zip(last_ones, function.__defaults__ or (), strict=False)
    for used, value in [*defaults, *(function.__kwdefaults__ or {}).items()]:
        yield value, (used, f", the default of an argument of {name}")
    for used, value in vars(function).items():
        yield value, (f"{name}.{used}", "")


def _names(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _short(key: object) -> str:
    text = repr(key)
    return text if len(text) <= 40 else f"{text[:37]}..."
