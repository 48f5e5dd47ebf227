"""What is inside a body: how calls, results and exceptions are pickled (PROTOCOL.md section 4).

Calls are pickled by cloudpickle, for `bqskit` by dill where that is not enough, as its workers read both;
`plain` has bytes. What comes back is always a pickle. Broker and shim never look inside.
"""

from __future__ import annotations

import logging
import pickle
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mailroom import _code, errors, failures

PLAIN = "plain"
PYTHON = "python"
BQSKIT = "bqskit"

PRINTED = "mailroom.printed."
"""With `stdout` or `stderr`: the logger's name of a LOG that is what a task has printed there."""


class _Pickled:
    """A function that is pickled already: a map carries it in each of its tasks but pickles it once."""

    def __init__(self, function: bytes) -> None:
        self._function = function

    def __reduce__(self) -> tuple[Callable[[bytes], object], tuple[bytes]]:
        return pickle.loads, (self._function,)


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
    return _dumps(runtime)((function, args, dict(kwargs)))


def calls(runtime: str, function: object) -> Callable[[tuple[Any, ...]], bytes]:
    """A maker of bodies for many calls of one function, from the arguments of each."""
    dumps = _dumps(runtime)
    function_too = dumps(function)
    pickled = _Pickled(function_too)

    def body(args: tuple[Any, ...]) -> bytes:
        made = dumps((pickled, args, {}))
        return _code.marked(made) if _code.of(function_too) and not _code.of(made) else made

    return body


def result(body: bytes, *, raw: bool) -> Any:
    """The value of a result: the body itself where it is `raw`, else what is pickled there.

    Raises:
        BaseException: whatever unpickling raises; where a module is missing, it says which, and where.
    """
    if raw:
        return body
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


def log_record(logger: str, level: int, text: str, body: bytes) -> logging.LogRecord:
    """The record of a task's log, or one made from its text where there is none that can be unpickled."""
    if body:
        try:
            record = _code.loads(body)
        except BaseException:
            record = None
        if isinstance(record, logging.LogRecord):
            return record
    return logging.LogRecord(logger, level, "", 0, text, (), None)


def show_printed(logger: str, text: str) -> None:
    """Prints what a task has printed; its lines begin with the task's name already."""
    stream = sys.stderr if logger.endswith("stderr") else sys.stdout
    try:
        print(text, file=stream, flush=True)
    except (OSError, ValueError, AttributeError):  # it is closed, or none: nobody wants to see it
        return
