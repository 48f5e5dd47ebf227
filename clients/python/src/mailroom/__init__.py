"""mailroom: tasks for workers on many machines, by a message router.

`Client` submits calls and gives futures; `Executor` is the same as an executor of concurrent.futures;
`LocalCluster` is a whole cluster for one process. The errors are in `mailroom.errors`, and the names below.
"""

from __future__ import annotations

from mailroom import _built as _built  # finds what is compiled, for all below
from mailroom._session.answers import ClientInfo, ManagerInfo, Status, TaskInfo
from mailroom._session.futures import Future
from mailroom._session.maps import MapFuture
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
from mailroom.states import ClientState, ManagerState, State
from mailroom.tokens import Token
from mailroom.version import __version__

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
    "State",
    "Status",
    "TaskFailed",
    "TaskInfo",
    "Token",
    "TooLarge",
    "TooManyAttempts",
    "UnknownTask",
    "WorkerExited",
    "__version__",
    "progress",
]
