"""What the broker says about tasks and managers, as users are told it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from mailroom._session.shown import Shown
from mailroom._wire import wire
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

    @classmethod
    def of(cls, answer: wire.Status) -> Status:
        """What a STATUS says."""
        return cls(
            State(answer.state),
            *(answer.total, answer.queued, answer.running, answer.done, answer.failed, answer.cancelled),
            *(answer.attempts, answer.manager, answer.why),
        )


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
    def of(cls, task: wire.ListedTask) -> TaskInfo:
        """What an entry of a LIST says."""
        state, seconds = State(task.state), task.age / 1000
        return cls(
            *(task.uuid, task.name, state, task.total, task.ended, task.attempts, seconds, task.client)
        )


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
    def of(cls, manager: wire.ListedManager) -> ManagerInfo:
        """What an entry of a MANAGERS says."""
        state = ManagerState(manager.state)
        return cls(manager.name, manager.line, state, manager.workers, manager.idle, manager.tasks)


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
    def of(cls, client: wire.ListedClient) -> ClientInfo:
        """What an entry of a CLIENTS says."""
        numbers = (client.tasks, client.submitted, client.ended, client.bytes, client.away / 1000)
        return cls(client.name, client.key, ClientState(client.state), *numbers)
