"""How an Enum of a script is pickled: with what cloudpickle leaves out of it.

It makes the members anew, each from its value, before the class has its methods. So what `__init__` or
`__new__` gave them is lost, a `__new__` that is inherited is called with the wrong arguments, and names for
the same member, or for a sum of flags, are no members any more. Here they are made without either, and then
get what they hold. All that is called there is of the standard library and of cloudpickle.
"""

from __future__ import annotations

import enum
from typing import Any

_BY_ENUM = [getattr(kind, "__reduce_ex__", None) for kind in (enum.Enum, enum.Flag)]
_OF_ENUM = {"_name_", "__objclass__", "_sort_order_"}  # which its metaclass sets


class _Reduced:
    """Pickles as what it is made of."""

    def __init__(self, *parts: Any) -> None:
        self._parts = parts

    def __reduce__(self) -> Any:
        return self._parts


def _held(member: Any) -> _Reduced:
    """A member, whose attributes are set as it is unpickled."""
    held = {name: value for name, value in vars(member).items() if name not in _OF_ENUM}
    return _Reduced(*by_name(member), held)


def _found(kind: Any) -> _Reduced:
    """What is found by a value, now that the members have theirs."""
    found = {value: _Reduced(*by_name(member)) for value, member in kind._value2member_map_.items()}
    return _Reduced(dict.update, (_Reduced(getattr, (kind, "_value2member_map_")), found))


def by_name(member: Any) -> Any:
    """A member, which is not always found by its value: a function's copy is equal to none."""
    return getattr, (type(member), member._name_)


def is_member(value: Any) -> bool:
    """Whether it has a name, and a class that has left it to Enum how it is pickled."""
    kind = type(value)
    return kind.__reduce_ex__ in _BY_ENUM and kind._member_map_.get(value._name_) is value


def whole(kind: Any, reduced: Any) -> Any:
    """What cloudpickle's reducer gave for an Enum, with the above."""
    function, arguments, (state, _), *rest = reduced
    names = kind._member_map_
    if not names:
        return reduced
    values = {name: member._value_ for name, member in names.items()}
    state = {name: value for name, value in state.items() if name not in names}
    more = None
    if _is_constructed(kind):
        base = kind._member_type_
        values = {name: _argument(member, base) for name, member in names.items()}
        # What can be called with anything, and does nothing, stands for the constructor
        values = {"__new__": base.__new__, "__init__": "".format, **values}
        state = {"__init__": kind.__init__, **state}
        more = {"members": list(map(_held, _each(kind))), "found": _found(kind)}
    return (function, (*arguments[:3], values, *arguments[4:]), (state, more), *rest)


def _each(kind: Any) -> list[Any]:
    """Its members, each once; those that are sums of flags too."""
    return list({id(one): one for one in kind._member_map_.values()}.values())


def _is_constructed(kind: Any) -> bool:
    """Whether members are not made from their values: by a class of a user's, or one below that is not so."""
    own = [one for one in kind.__mro__ if issubclass(one, enum.Enum) and one.__module__ != "enum"]
    base = kind._member_type_
    return any({"__init__", "__new_member__"} & vars(one).keys() for one in own) or (
        base is not object and not hasattr(base, "__getnewargs__")
    )


def _argument(member: Any, base: Any) -> Any:
    """What its class below makes the member of: its own value."""
    if hasattr(base, "__getnewargs__"):
        arguments = base.__getnewargs__(member)
    elif base.__reduce__ is not object.__reduce__:
        arguments = base.__reduce__(member)[1]
    else:
        return member._value_
    return arguments[0] if len(arguments) == 1 else arguments
