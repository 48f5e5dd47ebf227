"""What the broker says about tasks and managers, as users are told it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mailroom._session.shown import Shown
from mailroom._session.timing import Timing
from mailroom.states import ClientState, ManagerState, State


@dataclass(frozen=True)
class Status(Shown):
    """What the broker knows of a task, or of a map's tasks together.

    Attributes:
        state: of a map the first of running, queued, failed, cancelled, done that any of its tasks is in.
        total: how many tasks there are: 1, or the map's.
        queued: how many of them wait, and so on.
        attempts: how often it was started.
        manager: who has it, if anybody does.
        why: what it waits for, if it does.
        timing: how long it took, once it has ended; of a task that waits or runs, how long it has done so. Of
            a map: how long its ended tasks took together, and the most of all else that any of them did. None
            where the client does not ask for times (`Client(timing=False)`), or the broker keeps none.
    """

    state: State
    total: int
    queued: int
    running: int
    done: int
    failed: int
    cancelled: int
    attempts: int
    manager: str | None
    why: str | None
    timing: Timing | None = None

    @classmethod
    def of(cls, answer: tuple[Any, ...]) -> Status:
        """What a STATUS says, in the order of the attributes."""
        state, *others = answer
        others[-1] = Timing.of(others[-1])
        return cls(State(state), *others)


@dataclass(frozen=True)
class TaskInfo:
    """A task of the session's, or a batch of a map.

    Attributes:
        uuid: for `Client.future` or `Client.map_of`.
        name: what it is called in logs and statuses.
        state: as of `Status`.
        total: how many tasks there are: 1, or the batch's.
        ended: how many of them have ended.
        attempts: how often it was started.
        age: seconds since it was submitted.
        client: the name of the client that submitted it, where all clients' were asked for, else empty.
    """

    uuid: UUID
    name: str
    state: State
    total: int
    ended: int
    attempts: int
    age: float
    client: str = ""

    @classmethod
    def of(cls, task: tuple[Any, ...]) -> TaskInfo:
        """What an entry of a LIST says, in the order of the attributes."""
        uuid, name, state, total, ended, attempts, age, client = task
        return cls(UUID(bytes=uuid), name, State(state), total, ended, attempts, age / 1000, client or "")


@dataclass(frozen=True)
class ManagerInfo:
    """A manager of the broker's.

    Attributes:
        name: as it calls itself; a host's unless it was given another.
        line: where it is, `host:port`, or `dialled in`.
        state: ready, starts, away (no connection), drains.
        workers: how many there are below it.
        idle: how many of them are.
        tasks: how many it holds.
    """

    name: str
    line: str
    state: ManagerState
    workers: int
    idle: int
    tasks: int

    @classmethod
    def of(cls, manager: tuple[Any, ...]) -> ManagerInfo:
        """What an entry of a MANAGERS says, in the order of the attributes."""
        name, line, state, workers, idle, tasks = manager
        return cls(name, line, ManagerState(state), workers, idle, tasks)


class TaskList(list[TaskInfo], Shown):
    """A session's tasks, the newest first; a list, which a notebook shows as a table."""


class ManagerList(list[ManagerInfo], Shown):
    """A broker's managers; a list, which a notebook shows as a table."""


@dataclass(frozen=True)
class ClientInfo:
    """A session at the broker.

    Attributes:
        name: of its client, as that calls itself.
        key: the name of its client's key, empty without keys.
        state: here, or absent.
        tasks: how many are unfinished.
        submitted: how many there were in all.
        ended: how many of these have ended.
        bytes: how much of bodies and results the broker keeps for it.
        away: seconds that the client has been absent.
    """

    name: str
    key: str
    state: ClientState
    tasks: int
    submitted: int
    ended: int
    bytes: int
    away: float

    @classmethod
    def of(cls, client: tuple[Any, ...]) -> ClientInfo:
        """What an entry of a CLIENTS says, in the order of the attributes."""
        name, key, state, tasks, submitted, ended, kept, away = client
        return cls(name, key or "", ClientState(state), tasks, submitted, ended, kept, away / 1000)
