"""The messages, a dataclass for each kind (PROTOCOL.md section 5).

Whoever uses them takes them from `mailroom_peer.wire`, which reads them.
"""

from __future__ import annotations

import dataclasses
import uuid as uuids
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom_peer import fields
from mailroom_peer.fields import Address, ListedClient, ListedManager, ListedTask, ResultHeader, Task
from mailroom_peer.header import SHAPES, Message
from mailroom_peer.holds import Holds
from mailroom_peer.kinds import Kind
from mailroom_peer.link_messages import Ack, Chunk, Hello, Ping, Pong, Welcome


@dataclass(slots=True)
class Connect(Message):
    """A client's import paths, or the id ranges [lower, upper) of an employee."""

    KIND = Kind.CONNECT
    TYPES = (fields.MAYBE_NUMBER, fields.TEXTS, fields.RANGES)

    corr: int | None = None
    paths: Sequence[str] = ()
    ranges: Sequence[tuple[int, int]] = ()


@dataclass(slots=True)
class Disconnect(Message):
    """Ends the session or the link; `detach` 1 leaves the session's tasks alone."""

    KIND = Kind.DISCONNECT
    TYPES = (fields.MAYBE_NUMBER, fields.NUMBER32, fields.TEXT)

    corr: int | None = None
    detach: int = 0
    text: str = ""


@dataclass(slots=True)
class Started(Message):
    """How many workers there are, and which runtimes, as (name, version)."""

    KIND = Kind.STARTED
    TYPES = (fields.NUMBER, fields.RUNTIMES)

    total_workers: int = 0
    runtimes: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Shutdown(Message):
    """End, and everything below."""

    KIND = Kind.SHUTDOWN
    TYPES = (fields.TEXT,)

    text: str = ""


@dataclass(slots=True)
class Error(Message):
    """Something went wrong; `code` is a `Code`, or a number of a later version."""

    KIND = Kind.ERROR
    TYPES = (
        *(fields.NUMBER, fields.TEXT, fields.MAYBE_NUMBER, fields.MAYBE_UUID, fields.MAYBE_NUMBER),
        *(3 * (fields.MAYBE_ADDRESS,)),
        *(4 * (fields.NUMBER,)),
        *(fields.MAYBE_NUMBER, *(4 * (fields.NUMBER,)), fields.TEXT),
    )
    REQUIRED = 7

    code: int = 0
    text: str = ""
    corr: int | None = None
    uuid: uuids.UUID | None = None
    slot: int | None = None
    task: Address | None = None
    root: Address | None = None
    within: Address | None = None
    about: int = 0
    """An `About`."""
    ran: int | None = None
    cpu: int | None = None
    memory: int | None = None
    worker: int | None = None
    waited: int | None = None
    held: int | None = None
    age: int | None = None
    attempts: int | None = None
    manager: str | None = None


@dataclass(slots=True)
class Request(Message):
    """Asks for the result of one slot, or of all (None)."""

    KIND = Kind.REQUEST
    TYPES = (fields.MAYBE_NUMBER, fields.UUID, fields.MAYBE_NUMBER)

    corr: int | None = None
    uuid: uuids.UUID = fields.NO_UUID
    slot: int | None = None


@dataclass(slots=True)
class Result(ResultHeader, Message):
    """A task's result, which is the body."""

    KIND = Kind.RESULT
    TYPES = (fields.ADDRESS, fields.NUMBER32, fields.MAYBE_UUID, *(7 * (fields.NUMBER,)), fields.TEXT)
    REQUIRED = 3


@dataclass(slots=True)
class Submit(Message):
    """A task, whose content is the body."""

    KIND = Kind.SUBMIT
    TYPES = (fields.TASK,)

    task: Task = dataclasses.field(default_factory=Task)


@dataclass(slots=True)
class SubmitBatch(Message):
    """Tasks; the body holds their contents end to end, of these lengths."""

    KIND = Kind.SUBMIT_BATCH
    TYPES = (fields.TASKS, fields.LENGTHS)

    tasks: Sequence[Task] = ()
    lengths: Sequence[int] = ()


@dataclass(slots=True)
class Status(Message):
    """Asks for a task's state, or says it; `state` is a `State`, the numbers count slots in each state."""

    KIND = Kind.STATUS
    TYPES = (
        *(fields.MAYBE_NUMBER, fields.UUID, *(8 * (fields.NUMBER,)), fields.MAYBE_TEXT, fields.MAYBE_TEXT),
        *(7 * (fields.NUMBER,)),
    )
    REQUIRED = 2

    corr: int | None = None
    uuid: uuids.UUID = fields.NO_UUID
    state: int = 0
    total: int = 0
    queued: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    attempts: int = 0
    manager: str | None = None
    why: str | None = None
    timed: int | None = None
    ran: int | None = None
    cpu: int | None = None
    memory: int | None = None
    waited: int | None = None
    held: int | None = None
    age: int | None = None


@dataclass(slots=True)
class Log(Message):
    """A task's log record: the finished line, and as body the pickled record where there is one."""

    KIND = Kind.LOG
    TYPES = (fields.ADDRESS, fields.ADDRESS, fields.MAYBE_UUID, fields.NUMBER, fields.TEXT, fields.TEXT)

    task: Address = fields.SERVER
    root: Address = fields.SERVER
    uuid: uuids.UUID | None = None
    level: int = 0
    logger: str = ""
    text: str = ""


@dataclass(slots=True)
class Cancel(Message):
    """Cancels a uuid's tasks, or these addresses, all below `root`; as an answer, the state before."""

    KIND = Kind.CANCEL
    TYPES = (
        *(fields.MAYBE_NUMBER, fields.MAYBE_UUID, fields.MAYBE_NUMBER),
        *(fields.ADDRESSES, fields.MAYBE_ADDRESS),
    )
    REQUIRED = 4

    corr: int | None = None
    uuid: uuids.UUID | None = None
    state: int | None = None
    addresses: Sequence[Address] = ()
    root: Address | None = None


@dataclass(slots=True)
class Waiting(Message):
    """Idle workers, tasks wanted, last submit read, queued, full runtimes, own room; a worker's task."""

    KIND = Kind.WAITING
    TYPES = (
        *(fields.NUMBER32, fields.NUMBER32, fields.NUMBER, fields.NUMBER32, fields.TEXTS, fields.NUMBER32),
        *(fields.NUMBER, fields.MAYBE_ADDRESS),
    )
    REQUIRED = 3

    idle: int = 0
    room: int = 0
    receipt: int = 0
    queued: int = 0
    full: Sequence[str] = ()
    own_room: int = 0
    begun: int = 0
    running: Address | None = None


@dataclass(slots=True)
class Update(Message):
    """Tasks that finished without a RESULT to the boss."""

    KIND = Kind.UPDATE
    TYPES = (fields.ADDRESSES, *(3 * (fields.NUMBER,)))
    REQUIRED = 1

    addresses: Sequence[Address] = ()
    ran: int | None = None
    cpu: int | None = None
    memory: int | None = None


@dataclass(slots=True)
class ImportPath(Message):
    """The import paths of a session's tasks; none: it is over. Session 0: of all tasks that name none."""

    KIND = Kind.IMPORTPATH
    TYPES = (fields.TEXTS, fields.NUMBER)
    REQUIRED = 1

    paths: Sequence[str] = ()
    session: int = 0


@dataclass(slots=True)
class Ready(Message):
    """The answer to a client's CONNECT."""

    KIND = Kind.READY
    TYPES = (fields.MAYBE_NUMBER,)

    corr: int | None = None


@dataclass(slots=True)
class Communicate(Message):
    """A message from a parent to these tasks, which is the body."""

    KIND = Kind.COMMUNICATE
    TYPES = (fields.ADDRESSES,)

    addresses: Sequence[Address] = ()


@dataclass(slots=True)
class EmployeeLost(Message):
    """The workers with the ids of these ranges [lower, upper) are gone."""

    KIND = Kind.EMPLOYEE_LOST
    TYPES = (fields.RANGES,)

    ranges: Sequence[tuple[int, int]] = ()


@dataclass(slots=True)
class ResultBatch(Message):
    """Results; the body holds their contents end to end, of these lengths."""

    KIND = Kind.RESULT_BATCH
    TYPES = (fields.RESULTS, fields.LENGTHS)

    results: Sequence[ResultHeader] = ()
    lengths: Sequence[int] = ()


@dataclass(slots=True)
class Return(Message):
    """Gives these tasks back; `reason` is a `Reason`."""

    KIND = Kind.RETURN
    TYPES = (fields.NUMBER, fields.TEXT, fields.ADDRESSES)

    reason: int = 0
    text: str = ""
    addresses: Sequence[Address] = ()


@dataclass(slots=True)
class Recall(Message):
    """Asks for up to `count` queued tasks back that have one of these runtimes."""

    KIND = Kind.RECALL
    TYPES = (fields.NUMBER, fields.TEXTS)

    count: int = 0
    runtimes: Sequence[str] = ()


@dataclass(slots=True)
class Drain(Message):
    """Lets an employee finish what it has, and leave; `grace` in ms."""

    KIND = Kind.DRAIN
    TYPES = (fields.MAYBE_NUMBER, fields.TEXT, fields.MAYBE_NUMBER)

    corr: int | None = None
    manager: str = ""
    grace: int | None = None


@dataclass(slots=True)
class List(Message):
    """Asks for the session's tasks behind `after`, or says them; `more` is 1 where there are others.

    `all` asks for those of all sessions: 1 at first, then what the last answer says.
    """

    KIND = Kind.LIST
    TYPES = (fields.MAYBE_NUMBER, fields.MAYBE_UUID, fields.NUMBER, fields.LISTED_TASKS, fields.NUMBER)
    REQUIRED = 2

    corr: int | None = None
    after: uuids.UUID | None = None
    more: int = 0
    tasks: Sequence[ListedTask] = ()
    all: int = 0


@dataclass(slots=True)
class Managers(Message):
    """Asks for the employees of the broker, or says them."""

    KIND = Kind.MANAGERS
    TYPES = (fields.MAYBE_NUMBER, fields.LISTED_MANAGERS)
    REQUIRED = 1

    corr: int | None = None
    managers: Sequence[ListedManager] = ()


@dataclass(slots=True)
class Ids(Message):
    """Asks for `count` more worker ids."""

    KIND = Kind.IDS
    TYPES = (fields.NUMBER,)

    count: int = 0


@dataclass(slots=True)
class Release(Message):
    """Ended slots (None: all of the task) whose results are not needed any more."""

    KIND = Kind.RELEASE
    TYPES = (fields.SLOTS,)

    slots: Sequence[tuple[uuids.UUID, int | None]] = ()


@dataclass(slots=True)
class Counts(Message):
    """Asks for numbers about the broker, or says them, each with its name; and an admin where its page is."""

    KIND = Kind.COUNTS
    TYPES = (fields.MAYBE_NUMBER, fields.COUNTS, fields.MAYBE_TEXT, fields.MAYBE_TEXT)
    REQUIRED = 1

    corr: int | None = None
    counts: Sequence[tuple[str, int]] = ()
    page: str | None = None
    refuses: str | None = None


@dataclass(slots=True)
class Clients(Message):
    """Asks for the sessions of the broker, or says them."""

    KIND = Kind.CLIENTS
    TYPES = (fields.MAYBE_NUMBER, fields.LISTED_CLIENTS, fields.MAYBE_TEXT)
    REQUIRED = 1

    corr: int | None = None
    clients: Sequence[ListedClient] = ()
    end: str | None = None


@dataclass(slots=True)
class Share(Message):
    """The part that bodies of tasks begin with, which is the body."""

    KIND = Kind.SHARE
    TYPES = (fields.NUMBER,)

    number: int = 0


@dataclass(slots=True)
class Unshare(Message):
    """No further task names this part."""

    KIND = Kind.UNSHARE
    TYPES = (fields.NUMBER,)

    number: int = 0


@dataclass(slots=True)
class Trace(Message):
    """How many tasks a second the boss wants to hear of; or one that has ended, and how many more have."""

    KIND = Kind.TRACE
    TYPES = (
        *(fields.NUMBER, fields.TEXT, *(3 * (fields.MAYBE_ADDRESS,)), fields.MAYBE_NUMBER),
        *(9 * (fields.NUMBER,)),
    )
    REQUIRED = 1

    count: int = 0
    name: str | None = None
    task: Address | None = None
    parent: Address | None = None
    root: Address | None = None
    worker: int | None = None
    state: int | None = None
    depth: int | None = None
    ran: int | None = None
    cpu: int | None = None
    memory: int | None = None
    waited: int | None = None
    held: int | None = None
    age: int | None = None
    attempts: int | None = None


KINDS: dict[int, type[Message]] = {
    kind.KIND: kind
    for kind in (
        *(Connect, Disconnect, Started, Shutdown, Error, Request, Result, Submit, SubmitBatch, Status),
        *(Log, Cancel, Waiting, Update, ImportPath, Ready, Communicate),
        *(Hello, Welcome, Ping, Pong, Ack, Chunk),
        *(EmployeeLost, ResultBatch, Return, Recall, Drain, List, Managers, Ids, Release, Counts, Clients),
        *(Share, Unshare, Trace, Holds),
    )
}
"""The class of each number."""

SHAPES.update(
    (kind, tuple(zip((field.name for field in dataclasses.fields(kind)[2:]), kind.TYPES, strict=True)))
    for kind in KINDS.values()
)
