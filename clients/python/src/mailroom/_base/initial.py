"""How the calls of an executor are run at the worker: after its initializer, and in chunks.

These objects are pickled with the calls. What an initializer leaves behind, a later call of the same executor
finds in the same process: the modules as it left them, the names that it has set in a script or a notebook
(whose functions come anew with each call), the process's settings, and context variables, of which decimal's
context is one. No other client's task sees these.
"""

from __future__ import annotations

import contextvars
import functools
import inspect
from collections.abc import Callable
from typing import Any

from mailroom import errors, failures

Settings = list[Any]

_settings: Callable[[], Settings] = list
_put_settings: Callable[[Settings, Settings], object] = max  # of two that are empty


def tell(read: Callable[[], Settings], put: Callable[[Settings, Settings], object]) -> None:
    """Makes this process a worker's.

    Args:
        read: gives the settings of the process.
        put: has what differs between the first settings and the second as in the first.
    """
    global _settings, _put_settings
    _settings, _put_settings = read, put


class _Done:
    """That an initializer has run in this process, and what it left behind."""

    def __init__(
        self,
        space: dict[str, Any],
        before: dict[str, Any],
        settings: Settings,
        context: contextvars.Context,
    ) -> None:
        self.space = space  # the names of its module
        self._names = [name for name in space if name not in before or before[name] is not space[name]]
        self._before, self._after = settings, _settings()
        self._variables = [
            (variable, value)
            for variable, value in contextvars.copy_context().items()
            if variable not in context or context[variable] is not value
        ]

    def renew(self, function: object) -> None:
        """Has a call find what was left behind."""
        _put_settings(self._after, self._before)
        for variable, value in self._variables:
            variable.set(value)
        theirs = _space_of(function)
        if theirs is not self.space and theirs.get("__name__") == self.space.get("__name__"):
            theirs.update((name, self.space[name]) for name in self._names if name in self.space)


_done: dict[bytes, _Done] = {}


class Initial:
    """An initializer with its arguments, of the executor that `key` tells from others."""

    def __init__(self, key: bytes, initializer: Callable[..., object], initargs: tuple[Any, ...]) -> None:
        self._key, self._initializer, self._initargs = key, initializer, initargs

    def before(self, function: object) -> None:
        """Runs it, unless it has run in this process.

        Raises:
            errors.InitializerFailed: it raised; with that as its cause.
        """
        done = _done.get(self._key)
        space = _space_of(self._initializer)
        # a module that was forgotten and is imported anew knows nothing of it any more
        if done is not None and (done.space is space or not _is_module(space)):
            done.renew(function)
            return
        names, settings, context = dict(space), _settings(), contextvars.copy_context()
        try:
            self._initializer(*self._initargs)
        except BaseException as error:
            text = f"the initializer raised: {failures.describe(error)}"
            raise errors.InitializerFailed(text) from error
        _done[self._key] = _Done(space, names, settings, context)


class Call:
    """A function as an executor has it called.

    Args:
        function: the user's.
        initial: what is to be run before, if anything.
        chunked: whether it is called with a list of arguments for many calls, and gives a list.
    """

    def __init__(self, function: Callable[..., Any], initial: Initial | None, *, chunked: bool) -> None:
        self._function, self._initial, self._chunked = function, initial, chunked
        self.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)  # the task's name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._initial is not None:
            self._initial.before(self._function)
        if not self._chunked:
            return self._function(*args, **kwargs)
        if inspect.iscoroutinefunction(self._function):
            return self._await(*args)
        return [self._function(*one) for one in args[0]]

    async def _await(self, chunk: list[tuple[Any, ...]]) -> list[Any]:
        return [await self._function(*one) for one in chunk]


def _space_of(function: object) -> dict[str, Any]:
    """The names of the module that a function was defined in."""
    while isinstance(function, functools.partial):
        function = function.func
    space: dict[str, Any] = getattr(getattr(function, "__func__", function), "__globals__", {})
    return space


def _is_module(space: dict[str, Any]) -> bool:
    """Whether these are a module's names, not those of a function that came as code."""
    return "__builtins__" in space and "__spec__" in space
