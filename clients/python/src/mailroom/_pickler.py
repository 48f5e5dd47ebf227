"""A pickler that takes more of what a script defines than cloudpickle's does.

Functions behind `functools.cache`, `lru_cache` and `singledispatch`, classes with a `cached_property`, types
of `NewType`, and what `typing` has for parameters: pickle finds them by their names, as it does not in a
script, which workers do not import. And classes with `__slots__`, which cloudpickle makes as if without any,
and exceptions that pickle would make others of. And an Enum with all that its members hold.
What is made of them there is of the standard library alone, so that other packages' workers read it.
"""

from __future__ import annotations

import enum
import functools
import sys
import typing
import weakref
from collections import ChainMap
from collections.abc import Callable
from typing import Any, ClassVar, cast

import cloudpickle  # type: ignore[import-untyped]

from mailroom import _enums, _exceptions

_OF_ITS_OWN = ("__wrapped__", "__module__", "__name__", "__qualname__", "__doc__")


def _is_found(value: Any) -> bool:
    """Whether a worker finds it by its name."""
    name = value.__module__
    found: Any = None if name == "__main__" else sys.modules.get(name)
    parts = str(name).split(".")
    parents = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    if found is None or parents & cloudpickle.list_registry_pickle_by_value():
        return False
    for part in getattr(value, "__qualname__", value.__name__).split("."):
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


def _parameters(value: Any) -> Any:
    """Those of a function, as annotations have them."""
    if _is_found(value):
        return value.__name__
    options = ("bound", "covariant", "contravariant")
    named = {name: getattr(value, f"__{name}__") for name in options if hasattr(value, f"__{name}__")}
    return functools.partial(value.__class__, value.__name__, **named), ()


def _of_parameters(value: Any) -> Any:
    return type(value), (value.__origin__,)


def _alias(value: Any) -> Any:
    """What a `type` statement makes."""
    if _is_found(value):
        return value.__name__
    made = value.__name__, value.__value__
    return functools.partial(value.__class__, type_params=value.__type_params__), made


def _weak(value: Any) -> Any:
    return type(value), (), None, None, iter(list(value.items()))


_MORE: dict[type, Callable[[Any], Any]] = {
    type(functools.lru_cache(len)): _cached,
    functools.cached_property: _cached_property,
    typing.NewType: _new_type,
    typing.ParamSpec: _parameters,
    typing.ParamSpecArgs: _of_parameters,
    typing.ParamSpecKwargs: _of_parameters,
    weakref.WeakKeyDictionary: _weak,
    weakref.WeakValueDictionary: _weak,
}


_MORE.update(
    (getattr(typing, name), reduce)
    for name, reduce in (("TypeVarTuple", _parameters), ("TypeAliasType", _alias))
    if hasattr(typing, name)  # from Python 3.11 on, and from 3.12
)
_make_class = getattr(cloudpickle.cloudpickle, "_make_skeleton_class", None)
_make_enum = getattr(cloudpickle.cloudpickle, "_make_skeleton_enum", None)


class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """See above."""

    dispatch_table: ClassVar = ChainMap(_MORE, cloudpickle.Pickler.dispatch_table)

    def reducer_override(self, value: object) -> Any:
        """Overrides that of cloudpickle."""
        made = super().reducer_override(value)
        if made is NotImplemented:
            kind: Any = type(value)
            if issubclass(kind, BaseException):
                return _exceptions.reduce(cast("BaseException", value))
            if issubclass(kind, enum.Enum) and not _is_found(kind) and _enums.is_member(value):
                return _enums.by_name(value)
        return _whole(value, made)


def class_for_dill(save: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """What saves a script's class in dill's pickles as here: the same one comes back, and Enums do.

    Args:
        save: what dill does with classes.
    """
    reduce = getattr(cloudpickle.cloudpickle, "_class_reduce", None)

    def save_class(pickler: Any, kind: Any) -> None:
        made = NotImplemented if reduce is None else _whole(kind, reduce(kind))
        if type(made) is tuple and made[0] in (_make_class, _make_enum):
            pickler.save_reduce(*made, obj=kind)
        else:
            save(pickler, kind)

    return save_class


def _whole(kind: Any, made: Any) -> Any:
    """What cloudpickle's reducer gave for a class, with what it leaves out."""
    if type(made) is tuple and made[0] is _make_enum:
        return _enums.whole(kind, made)
    is_class = type(made) is tuple and made[0] is _make_class
    if is_class and "__slots__" in vars(kind) and tuple not in kind.__mro__:  # a named tuple's are its own
        made[1][3]["__slots__"] = kind.__slots__
    return made


class WithKeys(Pickler):
    """The same, with the keys of proxies of multiprocessing's managers, which are of no use without."""

    def reducer_override(self, value: object) -> Any:
        """Overrides the above."""
        if not isinstance(value, sys.modules["multiprocessing.managers"].BaseProxy):
            return super().reducer_override(value)
        rebuild, (kind, token, serializer, options) = value.__reduce__()
        return rebuild, (kind, token, serializer, {**options, "authkey": bytes(value._authkey)})
