"""mailroom: tasks for workers on many machines, by a message router.

`Client` submits calls and gives futures; `Executor` is the same as an executor of concurrent.futures;
`LocalCluster` is a whole cluster for one process, `SlurmCluster` one in jobs of Slurm. The errors are in
`mailroom.errors`, and the names below.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mailroom import _built as _built  # finds what is compiled, for all below
from mailroom.version import __version__

if TYPE_CHECKING:
    from mailroom._session.answers import ClientInfo, ManagerInfo, Status, TaskInfo
    from mailroom._session.futures import Future
    from mailroom._session.maps import MapFuture
    from mailroom._session.page import Dashboard
    from mailroom._session.timing import Timing
    from mailroom.client import Client
    from mailroom.cluster import LocalCluster
    from mailroom.errors import (
        BadVersion,
        Busy,
        Cancelled,
        ClusterError,
        ConnectError,
        ConnectionLost,
        Detached,
        KeyFileError,
        KeyRefused,
        MailroomError,
        ManagerLost,
        NotOwner,
        OtherVersion,
        Refused,
        SessionTaken,
        SessionUnknown,
        TaskFailed,
        TooLarge,
        TooManyAttempts,
        UnknownTask,
        WorkerExited,
    )
    from mailroom.executor import Executor
    from mailroom.show.progressbar import progress
    from mailroom.slurm import SlurmCluster
    from mailroom.states import ClientState, ManagerState, State
    from mailroom.tokens import Token

_HOMES = (
    *("_session.answers", "_session.futures", "_session.maps", "_session.page", "_session.timing"),
    *("client", "cluster", "errors", "executor", "show.progressbar", "slurm", "states", "tokens"),
)
"""Where the names below are from. A worker needs none of them, so they are imported when one is asked for."""


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for home in _HOMES:
        there = vars(importlib.import_module(f"{__name__}.{home}"))
        globals().update({one: there[one] for one in __all__ if one in there})
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "BadVersion",
    "Busy",
    "Cancelled",
    "Client",
    "ClientInfo",
    "ClientState",
    "ClusterError",
    "ConnectError",
    "ConnectionLost",
    "Dashboard",
    "Detached",
    "Executor",
    "Future",
    "KeyFileError",
    "KeyRefused",
    "LocalCluster",
    "MailroomError",
    "ManagerInfo",
    "ManagerLost",
    "ManagerState",
    "MapFuture",
    "NotOwner",
    "OtherVersion",
    "Refused",
    "SessionTaken",
    "SessionUnknown",
    "SlurmCluster",
    "State",
    "Status",
    "TaskFailed",
    "TaskInfo",
    "Timing",
    "Token",
    "TooLarge",
    "TooManyAttempts",
    "UnknownTask",
    "WorkerExited",
    "__version__",
    "progress",
]
