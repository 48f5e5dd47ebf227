"""What the tasks of a map call: made once in each worker, where it is large.

What their bodies begin with comes here once, with a number. Below 64 KiB it is part of each body as before,
and each task has a function of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from mailroom import _code
from mailroom._base import bodies

MOST = 8  # functions that are kept
MOST_BYTES = 256 << 20  # of their pickles together, or one that is larger

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Functions:
    """The functions that this worker has made, the one that was called last at the end."""

    def __init__(self) -> None:
        self._made: OrderedDict[int, tuple[Callable[..., Any], int, object]] = OrderedDict()

    def of(self, number: int, pickled: memoryview, project: object = None) -> Callable[..., Any]:
        """The function of a number.

        Args:
            number: which tasks with the same function have, and no others.
            pickled: it.
            project: whose code is in force: it is made anew where that is another one.

        Raises:
            BaseException: whatever unpickling raises.
        """
        made = self._made.get(number)
        if made is None or made[2] is not project:
            self._made[number] = _code.loads(pickled), len(pickled), project
            self._forget_the_oldest()
        self._made.move_to_end(number)
        return self._made[number][0]

    def forget(self, number: int) -> None:
        """No task has this number any more."""
        self._made.pop(number, None)

    def _forget_the_oldest(self) -> None:
        while len(self._made) > 1 and (
            len(self._made) > MOST or sum(size for _, size, _ in self._made.values()) > MOST_BYTES
        ):
            self._made.popitem(last=False)


class Part:
    """What a task's body begins with, by itself.

    Args:
        functions: of this worker.
        number: see `Functions.of`.
        view: the part, which is not copied.
        held: what the view needs to live.
    """

    def __init__(self, functions: Functions, number: int, view: memoryview, held: object) -> None:
        self._functions, self._number = functions, number
        self._view, self._held = view, held

    def call(self, rest: bytes, project: object) -> Call | None:
        """The function and its arguments; None: the body is not that of a map, and `whole` has it.

        Args:
            rest: of the body.
            project: see `Functions.of`.

        Raises:
            BaseException: whatever unpickling raises.
        """
        _code.check(self._view)
        function, arguments = bodies.function_in(self._view), bodies.arguments_in(memoryview(rest))
        if function is None or arguments is None:
            return None
        return self._functions.of(self._number, function, project), _code.loads(arguments), {}

    def whole(self, rest: bytes) -> bytes:
        """The body with this part before its rest."""
        return b"".join((self._view, rest))
