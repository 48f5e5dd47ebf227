"""A pickler that takes more of what a script defines than cloudpickle's does.

Functions behind `functools.cache`, `lru_cache` and `singledispatch`, classes with a `cached_property`, and
types of `NewType`: pickle finds them by their names, as it does not in a script, which workers do not import.
What is made of them there is of the standard library alone, so that other packages' workers read it.
"""

from __future__ import annotations

import functools
import sys
import typing
import weakref
from collections import ChainMap
from collections.abc import Callable
from typing import Any, ClassVar

import cloudpickle  # type: ignore[import-untyped]

_OF_ITS_OWN = ("__wrapped__", "__module__", "__name__", "__qualname__", "__doc__")


def _is_found(value: Any) -> bool:
    """Whether a worker finds it by its name."""
    name = value.__module__
    found: Any = None if name == "__main__" else sys.modules.get(name)
    parts = str(name).split(".")
    parents = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    if found is None or parents & cloudpickle.list_registry_pickle_by_value():
        return False
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is value


def _cached(value: Any) -> Any:
    """A function that remembers what it has given; it remembers nothing yet where it arrives."""
    if _is_found(value):
        return value.__qualname__
    parameters = value.cache_parameters()
    made = value.__wrapped__, parameters["maxsize"], parameters["typed"], type(value.cache_info())
    names = {name: vars(value)[name] for name in _OF_ITS_OWN if name in vars(value)}
    return type(value), made, {**names, "cache_parameters": functools.partial(dict, parameters)}


def _cached_property(value: Any) -> Any:
    """Without its lock, which it has before Python 3.12."""
    return type(value), (value.func,), {"attrname": value.attrname}


def _new_type(value: Any) -> Any:
    if _is_found(value):
        return value.__qualname__
    return type(value), (value.__name__, value.__supertype__), dict(vars(value))


def _weak(value: Any) -> Any:
    return type(value), (), None, None, iter(list(value.items()))


_MORE: dict[type, Callable[[Any], Any]] = {
    type(functools.lru_cache(len)): _cached,
    functools.cached_property: _cached_property,
    typing.NewType: _new_type,
    weakref.WeakKeyDictionary: _weak,
    weakref.WeakValueDictionary: _weak,
}


class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """See above."""

    dispatch_table: ClassVar = ChainMap(_MORE, cloudpickle.Pickler.dispatch_table)


class WithKeys(Pickler):
    """The same, with the keys of proxies of multiprocessing's managers, which are of no use without."""

    def reducer_override(self, value: object) -> Any:
        """Overrides that of cloudpickle."""
        if not isinstance(value, sys.modules["multiprocessing.managers"].BaseProxy):
            return super().reducer_override(value)
        rebuild, (kind, token, serializer, options) = value.__reduce__()
        return rebuild, (kind, token, serializer, {**options, "authkey": bytes(value._authkey)})
