"""How a log record travels in the body of a LOG: as plain values, so that reading it can run no code.

The body is JSON: an object of the record's attributes that are texts, numbers, booleans or None, those that
came as `extra` among them. Level, logger and finished text are fields of the LOG itself (common/PROTOCOL.md
section 5).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from mailroom._shown import clean

MOST_BODY = 1 << 20
"""Bytes of a body; a record that is larger goes as its text alone."""
_MOST_NAME = 1000
"""Characters of a logger's name in which one above it is looked for: workers cut names to as many."""

_PLAIN = (str, int, float, bool, type(None))
# What is in the LOG itself, or is said by its text.
_ELSEWHERE = frozenset(
    ("name", "levelno", "msg", "message", "asctime", "args", "exc_info", "exc_text", "stack_info")
)
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("levelname", "pathname", "filename", "module"), (str,)),
    **dict.fromkeys(("funcName", "threadName", "processName", "taskName"), (str, type(None))),
    **dict.fromkeys(("lineno", "thread", "process"), (int, type(None))),
    **dict.fromkeys(("created", "msecs", "relativeCreated"), (float, int)),
}
"""Types of the attributes that all records have: what formatters rely on."""


def pack(record: logging.LogRecord) -> bytes:
    """The body for a record; empty where it would be too large, or there can be none."""
    plain = {name: value for name, value in vars(record).items() if _may_travel(name, value)}
    try:
        body = json.dumps(plain, separators=(",", ":")).encode()
    except ValueError:  # a number of thousands of digits
        return b""
    return body if len(body) <= MOST_BODY else b""


def unpack(logger: str, level: int, text: str, body: bytes) -> logging.LogRecord:
    """The record of a LOG; of whatever cannot be read in its body it has what a record has by itself.

    Its texts have '?' for what is not to reach a terminal, where handlers may write them.
    """
    record = logging.LogRecord(clean(logger), level, "", 0, clean(text), (), None)
    try:
        said = json.loads(body) if 0 < len(body) <= MOST_BODY else {}
    except (ValueError, RecursionError):  # a pickled record by a worker of before, which is not opened
        said = {}
    if isinstance(said, dict):
        vars(record).update(
            (name, clean(value) if isinstance(value, str) else value)
            for name, value in said.items()
            if _may_travel(name, value)
        )
    return record


def handling(record: logging.LogRecord) -> Callable[[logging.LogRecord], object] | None:
    """What hands a record from afar to the handlers of its logger; None: its level is not wanted here.

    A logger that nobody here has made is not made for it, as the one above it that there is has its level
    and its handlers: loggers stay for good, and one of a name with thousands of dots makes thousands, and
    gigabytes of their names.
    """
    logger = _nearest(record.name)
    if record.name in ("", logger.name):
        return logger.handle if logger.isEnabledFor(record.levelno) else None
    # its own filters, and that it is disabled, are not for those below it
    wanted = record.levelno > logger.manager.disable and record.levelno >= logger.getEffectiveLevel()
    return logger.callHandlers if wanted else None


def _nearest(name: str) -> logging.Logger:
    """The logger of a name, or the nearest above it, that this process has."""
    loggers = logging.root.manager.loggerDict
    found, above = loggers.get(name), name[:_MOST_NAME]
    while not isinstance(found, logging.Logger):
        above = above.rpartition(".")[0]
        if not above:
            return logging.root
        found = loggers.get(above)
    return found


def _may_travel(name: Any, value: object) -> bool:
    """Whether an attribute is one that a record may have from afar: no method of its is hidden by it."""
    if (
        type(name) is not str
        or type(value) not in _PLAIN
        or name in _ELSEWHERE
        or hasattr(logging.LogRecord, name)
    ):
        return False
    return name not in _KINDS or isinstance(value, _KINDS[name])
