"""The configuration of `logging`, which a task may change for itself: what it is, and how it is put back.

The root logger's level is not part of it: each step of a task begins with the task's own.
"""

from __future__ import annotations

import logging
from collections.abc import Set
from typing import Any

_Settings = tuple[logging.Logger, int, bool, bool, list[Any], list[Any]]
State = tuple[dict[str, _Settings], list[Any]]


def take() -> State:
    """The settings of all loggers that have any, and those of the module."""
    manager, root = logging.root.manager, logging.root
    found = {
        name: (one, one.level, one.disabled, one.propagate, one.handlers[:], one.filters[:])
        for name, one in list(manager.loggerDict.items())
        if isinstance(one, logging.Logger)
        and (one.level or one.handlers or one.filters or one.disabled or not one.propagate)
    }
    found[""] = (root, 0, root.disabled, root.propagate, root.handlers[:], root.filters[:])
    module = [
        *(manager.disable, logging.raiseExceptions, logging.lastResort, logging.getLogRecordFactory()),
        *(logging.getLoggerClass(), logging.Logger.callHandlers),
    ]
    return found, module


def put(state: State) -> None:
    """Puts settings back; a logger that is not in them has none of its own."""
    settings, (disable, raise_exceptions, last_resort, factory, kind, call_handlers) = state
    logging.disable(disable)
    logging.raiseExceptions, logging.lastResort = raise_exceptions, last_resort
    logging.setLogRecordFactory(factory)
    logging.setLoggerClass(kind)
    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
    for name, (logger, *_) in {**take()[0], **settings}.items():
        default: _Settings = (logger, logging.NOTSET, False, True, [], [])
        _, level, logger.disabled, logger.propagate, handlers, filters = settings.get(name, default)
        logger.handlers[:], logger.filters[:] = handlers, filters
        if logger is not logging.root:
            logger.setLevel(level)


def keep(own: State, now: State, modules: Set[str]) -> None:
    """Takes over the settings of loggers that modules, newly imported, have made for themselves."""
    for name, settings in now[0].items():
        if name not in own[0] and any(name == one or name.startswith(f"{one}.") for one in modules):
            own[0][name] = settings
