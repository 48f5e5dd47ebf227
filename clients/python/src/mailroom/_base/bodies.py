"""What is inside a body: how calls, results and exceptions are pickled (PROTOCOL.md section 4).

Calls are pickled by cloudpickle, for `bqskit` by dill where that is not enough, as its workers read both;
`plain` has bytes. What comes back is always a pickle. Broker and shim never look inside.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mailroom import _code, _unpicklable, errors, failures

PLAIN = "plain"
PYTHON = "python"
BQSKIT = "bqskit"

PRINTED = "mailroom.printed."
"""With `stdout` or `stderr`: the logger's name of a LOG that is what a task has printed there."""


_ADVICE = (
    "A worker is another process: make it in the function that runs there, or give that what it needs of it"
    " as an argument"
)
_PROTO = b"\x80\x04"
_CALL = b"cpickle\nloads\n\x8e"  # GLOBAL; BINBYTES8, whose length and content follow; then
_CALLED = b"\x85R"  # TUPLE1, REDUCE
_END = b"}\x87."  # EMPTY_DICT, TUPLE3, STOP
_BEFORE = len(_CALL) + 8


def _nested(pickled: bytes, before: bytes = b"") -> bytes:
    """What leaves, in a pickle, the value of another one; behind what stands before it, in one copy."""
    return b"".join((before, _CALL, len(pickled).to_bytes(8, "little"), pickled, _CALLED))


def _dumps(runtime: str) -> Callable[[object], bytes]:
    return _dumps_for_dill if runtime == BQSKIT else _code.dumps


def _dumps_for_dill(value: object) -> bytes:
    """A pickle for a worker that reads it by dill, which reads cloudpickle's too.

    What a script defines and uses goes along with cloudpickle; with dill, which pickles more kinds of
    objects, only where it is told to, and no Enum.
    """
    try:
        return _code.dumps(value)
    except Exception:
        return _code.dumps_by_dill(value)


def runtime_for(runtime: str, *bodies: bytes) -> str:
    """The runtime that tasks with these bodies need: one of this Python's version where any holds code."""
    versioned = runtime in (PYTHON, BQSKIT) and any(_code.of(body) for body in bodies)
    return f"{runtime}/{_code.MAGIC}" if versioned else runtime


def plain_runtime(runtime: str) -> str:
    """A runtime without its version."""
    return runtime.partition("/")[0]


def announced(runtimes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What a worker of this Python says that it runs: each of its runtimes, and each with its version.

    Args:
        runtimes: names, and versions for people.
    """
    return [
        one
        for name, version in runtimes
        for one in ((name, version), (f"{name}/{_code.MAGIC}", _code.VERSION))
    ]


def call(runtime: str, function: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes:
    """The body of a task that calls `function` with what is given."""
    kwargs = dict(kwargs)
    try:
        return _dumps(runtime)((function, args, kwargs))
    except Exception as error:
        _unpicklable.tell(error, {"the function": function, "args": args, "kwargs": kwargs}, _ADVICE)
        raise


def function_in(shared: memoryview) -> memoryview | None:
    """The pickled function in what the bodies of `Calls` begin with; None: that was made in another way."""
    at = _code.after_mark(shared)
    return _only_nested(shared[at + len(_PROTO) :]) if shared[at : at + len(_PROTO)] == _PROTO else None


def arguments_in(rest: memoryview) -> memoryview | None:
    """The pickled arguments in the rest of such a body."""
    return _only_nested(rest[: -len(_END)]) if rest[-len(_END) :] == _END else None


def _only_nested(pickle: memoryview) -> memoryview | None:
    """The pickle that another one takes its value from, where there is nothing else."""
    inner = pickle[_BEFORE : -len(_CALLED)]
    head = _CALL + len(inner).to_bytes(8, "little")
    return inner if pickle[:_BEFORE] == head and pickle[-len(_CALLED) :] == _CALLED else None


LARGE = 4096
"""Bytes of what nested tasks have in common, from which on it is sent once for all of them."""


class Rest(bytes):
    """The rest of the body of a nested task; `shared` is what that begins with."""

    shared: bytes = b""


class Calls:
    """The bodies of many calls of one function: what they begin with, and the rest of each.

    Both end to end are one pickle, of the function, its arguments and no keyword arguments, which whoever
    gets whole bodies reads like any other.
    """

    def __init__(self, runtime: str, function: object) -> None:
        self._dumps = _dumps(runtime)
        try:
            pickled = self._dumps(function)
        except Exception as error:
            _unpicklable.tell(error, {"the function": function}, _ADVICE)
            raise
        self._holds_code = _code.of(pickled) is not None
        self.shared = _nested(pickled, _code.marked(_PROTO) if self._holds_code else _PROTO)

    def rest(self, args: tuple[Any, ...]) -> bytes:
        """The rest of the body of a call with these arguments."""
        try:
            return _nested(self._dumps(args)) + _END
        except Exception as error:
            _unpicklable.tell(error, {"args": args}, _ADVICE)
            raise

    def whole(self, args: tuple[Any, ...]) -> bytes:
        """The whole body of a call with these arguments."""
        shared, rests = self.bodies([self.rest(args)])
        return shared + rests[0]

    def nested(self, arguments: Iterable[tuple[Any, ...]]) -> list[bytes]:
        """The bodies of nested tasks with these arguments; each as its rest, where much is common to all."""
        shared, rests = self.bodies([self.rest(args) for args in arguments])
        if len(shared) < LARGE:
            return [shared + rest for rest in rests]
        made = list(map(Rest, rests))
        for rest in made:
            rest.shared = shared
        return list(made)

    def bodies(self, rests: list[bytes]) -> tuple[bytes, list[bytes]]:
        """What the bodies with these rests begin with, and what follows there in each.

        Where arguments hold code and the function holds none, the mark of that has to stand at the beginning:
        then bodies are whole.
        """
        if self._holds_code or not any(_code.of(rest[_BEFORE:]) for rest in rests):
            return self.shared, rests
        return b"", [_code.marked(self.shared + rest) for rest in rests]


def result(body: bytes | memoryview, *, raw: bool) -> Any:
    """The value of a result: the body itself where it is `raw`, else what is pickled there.

    Raises:
        BaseException: whatever unpickling raises; where a module is missing, it says which, and where.
    """
    if raw:
        return bytes(body)
    try:
        return _code.loads(body)
    except BaseException as error:
        told = failures.not_here(error, "the result of this task")
        if told is error:
            raise
        raise told from error


def failure(code: int, text: str, body: bytes) -> BaseException:
    """The exception for an error of a task: the task's own where its body has it, else one of mailroom's."""
    if code == errors.TaskFailed.code and body:
        try:
            raised = _code.loads(body)
        except BaseException as error:
            text = f"{text}\n(the exception itself cannot be unpickled here: {failures.describe(error)})"
        else:
            if isinstance(raised, BaseException):
                return failures.attach(raised, text)
    if code == errors.OtherVersion.code:
        text = f"{text}. This client has Python {_code.VERSION}, and the task holds code. {_code.ADVICE}"
    return errors.from_code(code, text)


def show_printed(logger: str, text: str) -> None:
    """Prints what a task has printed; its lines begin with the task's name already."""
    stream = sys.stderr if logger.endswith("stderr") else sys.stdout
    try:
        print(text, file=stream, flush=True)
    except (OSError, ValueError, AttributeError):  # it is closed, or none: nobody wants to see it
        return
