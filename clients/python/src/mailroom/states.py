"""The states that users are told, by their numbers on the wire (PROTOCOL.md section 5)."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """A task's state."""

    UNKNOWN = 0
    QUEUED = 1
    RUNNING = 2
    DONE = 3
    FAILED = 4
    CANCELLED = 5


class ManagerState(IntEnum):
    """How it is with an employee of the broker, in MANAGERS."""

    READY = 0
    STARTS = 1
    AWAY = 2
    DRAINS = 3


class ClientState(IntEnum):
    """Whether a session's client is connected, in CLIENTS."""

    HERE = 0
    ABSENT = 1
