"""What becomes of an exception on its way: packed where it was raised, itself again where it is waited for.

Pickle alone keeps too little of one: it calls the class with `args`, which many constructors do not take, and
forgets causes. So each exception of the chain is packed by itself, with what suits it best: pickle, where
what comes back is the same; its class, `args` and attributes, set without a constructor; the same with what
cannot be pickled as its repr. Nothing here raises, whatever classes of users do.
"""

from __future__ import annotations

import functools
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from mailroom import _code
from mailroom._exceptions import has_its_way, make, native_args, set_of, slots_of
from mailroom._shown import clean

MOST_TEXT = 250_000
"""Characters of a traceback or a log's text: in UTF-8 at most the 1 MiB that broker and shim pass on."""

_MOST_LINKS = 20  # of a chain of causes
_MOST_REPR = 1_000  # characters of what stands for a value that cannot be pickled
_MOST_AGAIN = 1 << 20  # bytes of exceptions that are the cause or context of more than one
_SAME = b""  # for a context: it is the cause. An older package, which cannot unpickle it, does without

Dumps = Callable[[Any], bytes]


class RemoteTraceback(Exception):
    """The traceback of a task, at the end of the causes of the exception that it raised.

    Attributes:
        text: as it came, with what is not to reach a terminal.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{clean(self.text)}"""'


class Raised(Exception):
    """Carries what a task raised out of a coroutine, which lets not every exception pass as it is."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


def cut(text: str, most: int = MOST_TEXT) -> str:
    """A text that can be sent: not longer than `most` characters, and UTF-8; says what is left out."""
    if len(text) > most:
        half = most // 2
        text = f"{text[:half]}\n[... {len(text) - 2 * half:,} characters were cut here ...]\n{text[-half:]}"
    return text.encode("utf-8", "backslashreplace").decode()


def is_a(value: object, *kinds: type) -> bool:
    """`isinstance`, which asks a value for its class: one of a user's may raise there."""
    return issubclass(type(value), kinds)


def describe(error: BaseException) -> str:
    """The class of an exception and its text, as the last line of a traceback; of any exception."""
    try:
        return cut("".join(traceback.format_exception_only(type(error), error)).strip(), _MOST_REPR)
    except BaseException as odd:
        return f"{type(error).__name__} (whose text cannot be shown: {type(odd).__name__})"


def add_note(error: BaseException, text: str) -> None:
    """Notes something on an exception, also on one that lets no attribute be set."""
    set_of(error, "__notes__", [*_notes(error), text])


def not_here(error: BaseException, what: str) -> BaseException:
    """What unpickling raised, with what is missing, and where.

    Args:
        error: a missing module, or name in a module, becomes another one of its class; all else gets a note.
        what: was unpickled.
    """
    place = f"in process {os.getpid()} on {os.uname().nodename} ({sys.executable})"
    text = f"{what} cannot be unpickled {place}: {describe(error)}"
    if is_a(error, ModuleNotFoundError):
        name = getattr(error, "name", None)
        text = (
            f"{what} cannot be unpickled {place}, for it needs the module {name!r}, which is not there:"
            " install it, or make its folder one of the import path"
        )
    if type(error) not in (ModuleNotFoundError, ImportError, AttributeError):
        add_note(error, text)
        return error
    told: BaseException = type(error)(text)
    if isinstance(told, ImportError) and isinstance(error, ImportError):
        told.name, told.path = error.name, error.path
    return told


# -- where it was raised


def pack(error: BaseException, dumps: Dumps) -> bytes:
    """The pickle of an exception, with its causes; empty where not even its class can be pickled.

    One without causes and notes is packed as it is, so that an older package can read it.

    Args:
        error: any exception.
        dumps: how its runtime pickles.
    """
    try:
        sealed = _Sealed(error, _Packing(dumps))
        return sealed.data if sealed.is_bare or not sealed.data else bytes(pickle.dumps(sealed))
    except BaseException:  # of a user's class
        return b""


class _Packing:
    """What is made of one exception and all that it leads to, each of them once.

    Many ways may lead to one of them: what is raised from what was caught has that for its cause and for its
    context, and so has that.
    """

    def __init__(self, dumps: Dumps) -> None:
        self.dumps = dumps
        self._made: dict[int, _Sealed] = {}
        self._again = _MOST_AGAIN

    def seal(self, error: BaseException, seen: frozenset[int]) -> _Sealed:
        """One that another leads to, which are `seen`."""
        sealed = self._made.get(id(error))
        if sealed is None:
            sealed = self._made[id(error)] = _Sealed(error, self, seen)
        return sealed

    def cause(self, error: BaseException | None, seen: frozenset[int]) -> bytes | None:
        """The pickle of a cause; a remote traceback is part of the text that goes beside."""
        if error is None or id(error) in seen or len(seen) > _MOST_LINKS:
            return None
        if is_a(error, RemoteTraceback, Raised):
            return self.cause(error.__cause__, seen | {id(error)})
        known = id(error) in self._made
        sealed = self.seal(error, seen)
        if not sealed.data:
            return None
        if known:
            self._again -= len(sealed.pickled)
        return None if self._again < 0 else sealed.pickled


class _Sealed:
    """An exception that pickles as itself, whatever its class thinks of that."""

    def __init__(self, error: BaseException, packing: _Packing, seen: frozenset[int] = frozenset()) -> None:
        self.error = error  # which keeps its id
        seen |= {id(error)}
        self.data = _packed(error, packing, seen)
        cause, context = error.__cause__, error.__context__
        self.cause = packing.cause(cause, seen)
        same = self.cause is not None and context is cause
        self.context = _SAME if same else packing.cause(context, seen)
        self.suppress = error.__suppress_context__
        self.notes = [cut(str(note)) for note in _notes(error)]

    @property
    def is_bare(self) -> bool:
        """Whether there is nothing but the exception."""
        return not (self.cause or self.context or self.suppress or self.notes)

    @functools.cached_property
    def pickled(self) -> bytes:
        """This, for who leads to it."""
        return pickle.dumps(self)

    def __reduce__(self) -> Any:
        return unpack, (self.data, self.cause, self.context, self.suppress, self.notes)


def _packed(error: BaseException, packing: _Packing, seen: frozenset[int]) -> bytes:
    for attempt in (_as_it_is, _without_constructor, _without_values):
        try:
            made = attempt(error, packing, seen)
            data = bytes(packing.dumps(made))
            back = pickle.loads(data)
        except BaseException:
            continue
        if type(back) is type(error) and (made is not error or _keeps(error, back)):
            return data
    return b""


def _as_it_is(error: BaseException, packing: _Packing, seen: frozenset[int]) -> Any:
    return error


def _without_constructor(error: BaseException, packing: _Packing, seen: frozenset[int]) -> Any:
    return _Bare(type(error), native_args(error), tuple(error.args), _attributes(error))


def _without_values(error: BaseException, packing: _Packing, seen: frozenset[int]) -> Any:
    """What remains where a value cannot be pickled: its repr stands for it, for an exception another one."""

    def exception_of(value: BaseException) -> Any:
        sealed = packing.seal(value, seen) if len(seen) <= _MOST_LINKS else None
        return sealed if sealed and sealed.data else RuntimeError(describe(value))

    def value_of(value: Any) -> Any:
        if is_a(value, BaseException) and id(value) not in seen:
            return exception_of(value)
        if isinstance(value, list | tuple) and any(is_a(one, BaseException) for one in value):
            return [value_of(one) for one in value]
        try:
            pickle.loads(packing.dumps(value))
        except BaseException:
            return _repr(value)
        return value

    attributes = {name: value_of(value) for name, value in _attributes(error).items()}
    native, args = (tuple(map(value_of, args)) for args in (native_args(error), error.args))
    return _Bare(type(error), native, args, attributes)


class _Bare:
    """An exception's class and what its objects hold."""

    def __init__(
        self, kind: type, native: tuple[Any, ...], args: tuple[Any, ...], attributes: dict[str, Any]
    ) -> None:
        self._parts = kind, native, args, attributes

    def __reduce__(self) -> Any:
        return make, self._parts


def _attributes(error: BaseException) -> dict[str, Any]:
    found = slots_of(error)
    for name in ("name", "path"):  # of ImportError, NameError, AttributeError
        value = getattr(error, name, None) if is_a(error, ImportError, NameError, AttributeError) else None
        if value is not None:
            found[name] = value
    return {**found, **getattr(error, "__dict__", {})}


def _notes(error: BaseException) -> list[Any]:
    try:
        notes = getattr(error, "__notes__", None)
    except Exception:  # its class gives attributes in its own way
        notes = None
    return notes if isinstance(notes, list) else []


def _keeps(error: BaseException, back: BaseException) -> bool:
    """Whether pickle has lost nothing; a class that has its own way of pickling knows best."""
    if has_its_way(error):
        return True
    try:
        return (str(error), len(error.args), set(_attributes(error))) == (
            *(str(back), len(back.args), set(_attributes(back))),
        )
    except BaseException:
        return False


def _repr(value: object) -> str:
    try:
        return cut(repr(value), _MOST_REPR)
    except BaseException:
        return f"<{type(value).__name__}>"


# -- where it is waited for


def unpack(
    data: bytes, cause: bytes | None, context: bytes | None, suppress: bool, notes: list[str]
) -> BaseException:
    """An exception with its causes; part of pickles.

    Raises:
        BaseException: what unpickling raises.
    """
    error = _code.loads(data)
    if not isinstance(error, BaseException):
        raise TypeError(f"{type(error).__name__} is no exception")
    value: Any = None
    for name, packed in (("__cause__", cause), ("__context__", context)):
        try:
            value = value if packed == _SAME else None if packed is None else pickle.loads(packed)
        except BaseException:  # its module is not here: the traceback's text has it
            value = None
        if is_a(value, BaseException):
            set_of(error, name, value)
    set_of(error, "__suppress_context__", suppress)
    if notes:
        set_of(error, "__notes__", [clean(str(note)) for note in notes])
    return error


def attach(error: BaseException, text: str) -> BaseException:
    """Puts a task's traceback at the end of the causes of what it raised; gives that."""
    last = error
    for one in _causes(error):
        last = one
    if last is error or type(last) is not RemoteTraceback:
        set_of(last, "__cause__", RemoteTraceback(text))
    return error


def traceback_of(error: BaseException) -> str | None:
    """The text that `attach` has put there."""
    texts = (one.text for one in _causes(error) if type(one) is RemoteTraceback)
    return next(texts, None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    cause = error.__cause__
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__
