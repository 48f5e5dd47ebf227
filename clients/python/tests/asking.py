"""Clients that ask workers, by functions that travel as code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import cloudpickle

from mailroom import Client
from peer import PATIENCE


def by_value(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as one that travels as code: workers need not find its file."""
    cloudpickle.register_pickle_by_value(sys.modules[function.__module__])
    return function


def ask(client: Client, function: Callable[..., Any], *args: Any) -> Any:
    """What a task gives."""
    return client.submit(function, *args).result(PATIENCE)
