"""What tasks log goes to their clients, whatever they do to the configuration of `logging`.

Loggers hand their records to `Logger.callHandlers`, and there they are seen: handlers come and go as a task
likes (`basicConfig(force=True)`, `dictConfig`), and are called as ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from mailroom import failures

MOST_LEVEL = (1 << 31) - 1
SILENT = 100  # a logging level above all levels


def install(see: Callable[[logging.LogRecord], None]) -> None:
    """Has every record that a logger lets through seen, before its handlers."""
    call_handlers = logging.Logger.callHandlers

    def see_and_call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        see(record)
        call_handlers(self, record)

    logging.Logger.callHandlers = see_and_call_handlers  # type: ignore[method-assign]


def level_of(task: Any) -> int:
    """The lowest level of the records that a task makes."""
    silent = 0 <= task.max_logging_depth < len(task.breadcrumbs)
    return SILENT if silent else int(task.logging_level or 0)


def set_level(task: Any) -> None:
    """Sets the root logger's level to that of a task, where it is another one: that takes time."""
    level = level_of(task)
    if logging.root.level != level:
        logging.root.setLevel(level)


def text_of(record: logging.LogRecord) -> str:
    """A record's text, with its exception's; of any record, cut where it is too long."""
    try:
        text = logging.Formatter().format(record)
    except BaseException:  # arguments that do not fit: logging itself would only complain
        text = f"{record.msg!r} {type(record.args).__name__}"
    return failures.cut(text)
