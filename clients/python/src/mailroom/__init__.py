"""mailroom: tasks for workers on many machines, by a message router.

`Client` submits calls and gives futures; `Executor` is the same as an executor of concurrent.futures. The
errors are in `mailroom.errors`, and the names below.
"""

from __future__ import annotations

from mailroom.client import Client, State, Status
from mailroom.errors import (
    Busy,
    Cancelled,
    ConnectError,
    ConnectionLost,
    MailroomError,
    ManagerLost,
    NotOwner,
    TaskFailed,
    TooLarge,
    TooManyAttempts,
    UnknownTask,
    WorkerExited,
)
from mailroom.executor import Executor
from mailroom.futures import Future, MapFuture

__version__ = "0.1.0"

__all__ = [
    "Busy",
    "Cancelled",
    "Client",
    "ConnectError",
    "ConnectionLost",
    "Executor",
    "Future",
    "MailroomError",
    "ManagerLost",
    "MapFuture",
    "NotOwner",
    "State",
    "Status",
    "TaskFailed",
    "TooLarge",
    "TooManyAttempts",
    "UnknownTask",
    "WorkerExited",
    "__version__",
]
