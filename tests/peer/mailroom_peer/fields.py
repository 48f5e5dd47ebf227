"""The fields of headers: what each must be, and what it is in MessagePack (PROTOCOL.md section 4).

Whoever uses addresses and tasks takes them from `mailroom_peer.wire`.
"""

from __future__ import annotations

import itertools
import uuid as uuids
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mailroom_peer.kinds import MAX_BATCH, MAX_BREADCRUMBS, MAX_META, MAX_NAME, MAX_RUNTIME, Flag

_WORKER_LIMIT = 1 << 30
_FLAGS = Flag.DELIVER | Flag.KEEP


class Address(NamedTuple):
    """A mailbox slot, and the one task whose result belongs there."""

    worker_id: int | None = None
    """None: the server."""
    mailbox_index: int = 0
    mailbox_slot: int = 0


SERVER = Address()
NO_UUID = uuids.UUID(int=0)


@dataclass(slots=True)
class Task:
    """The header of a task; section 4 says what its fields mean."""

    return_address: Address = SERVER
    comp_task_id: int = 0
    breadcrumbs: Sequence[Address] = ()
    uuid: uuids.UUID | None = None
    runtime: str = "python"
    attempt: int = 0
    priority: int = 128
    flags: int = 0
    name: str = ""
    meta: bytes = b""
    shared: int = 0
    session: int = 0


@dataclass
class ResultHeader:
    """One result of a batch. Who has no times leaves them None."""

    return_address: Address = SERVER
    completed_by: int = 0
    uuid: uuids.UUID | None = None
    ran: int | None = None
    cpu: int | None = None
    memory: int | None = None
    waited: int | None = None
    held: int | None = None
    age: int | None = None
    attempts: int | None = None
    manager: str | None = None


TIMES = ("ran", "cpu", "memory", "waited", "held", "age", "attempts", "manager")
"""The fields of a result's times, which may be left out from the end: then they are None."""


@dataclass(slots=True)
class ListedTask:
    """A task of the answer to LIST; `state` is a `State`, `age` in ms.

    `client` is whose it is, where those of all sessions were asked for.
    """

    uuid: uuids.UUID = NO_UUID
    name: str = ""
    state: int = 0
    total: int = 0
    ended: int = 0
    attempts: int = 0
    age: int = 0
    client: str = ""


@dataclass(slots=True)
class ListedManager:
    """An employee of the answer to MANAGERS; `line` is where it is, `state` a `ManagerState`."""

    name: str = ""
    line: str = ""
    state: int = 0
    workers: int = 0
    idle: int = 0
    tasks: int = 0


@dataclass(slots=True)
class ListedClient:
    """A session of the answer to CLIENTS; `state` is a `ClientState`, `bytes` are kept, `away` in ms."""

    name: str = ""
    key: str = ""
    state: int = 0
    tasks: int = 0
    submitted: int = 0
    ended: int = 0
    bytes: int = 0
    away: int = 0


class Type(NamedTuple):
    """How a field goes to and from MessagePack's values; `read` raises ValueError for what it must not be."""

    what: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any] | None = None


class TooLarge(ValueError):
    """A field is of the right type and above its limit; the text says which."""


def _number(value: Any) -> int:
    if type(value) is int and value >= 0:  # a bool is no number here
        return value
    raise ValueError


def _number32(value: Any) -> int:
    if type(value) is int and 0 <= value < 1 << 32:
        return value
    raise ValueError


def _maybe_number(value: Any) -> int | None:
    if value is None or (type(value) is int and 0 <= value < (1 << 64) - 1):
        return value
    raise ValueError


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise ValueError


def _bytes(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    raise ValueError


def _bytes16(value: Any) -> bytes:
    if type(value) is bytes and len(value) == 16:
        return value
    raise ValueError


def _uuid(value: Any) -> uuids.UUID:
    return uuids.UUID(bytes=_bytes16(value))


def _address(value: Any) -> Address:
    if type(value) is list and len(value) == 3:
        worker, mailbox, slot = value
        if (
            (worker is None or (type(worker) is int and 0 <= worker < _WORKER_LIMIT))
            and (type(mailbox) is int and mailbox >= 0)
            and (type(slot) is int and 0 <= slot < 1 << 32)
        ):
            return Address(worker, mailbox, slot)
    raise ValueError


def _array(value: Any, count: int | None = None) -> list[Any]:
    if type(value) is list and (count is None or len(value) == count):
        return value
    raise ValueError


def _maybe(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _each(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: tuple(map(read, _array(value)))


def _range(value: Any) -> tuple[int, int]:
    lower, upper = map(_number, _array(value, 2))
    if lower < upper <= _WORKER_LIMIT:
        return lower, upper
    raise ValueError


def _runtime(value: Any) -> tuple[str, str]:
    name, version = map(_text, _array(value, 2))
    if 1 <= len(name.encode()) <= MAX_RUNTIME:
        return name, version
    raise ValueError


class NotTask(ValueError):
    """A field of a task is not what it must be; the text says which."""


def _read_task(value: Any) -> Task:
    if type(value) is not list or len(value) not in (10, 11, 12):
        raise NotTask("is not an array of ten to twelve fields")
    values = []
    for (name, kind), given in zip(_TASK_FIELDS, value, strict=False):
        try:
            values.append(kind.read(given))
        except TooLarge:
            raise
        except ValueError:
            raise NotTask(f"{name} is not {kind.what}") from None
    return Task(*values)


def check_task(task: Task) -> None:
    """Refuses here what the peer would refuse, with TooLarge, which names the field."""
    _breadcrumbs(task.breadcrumbs)
    _runtime_name(task.runtime)
    _name(task.name)
    _meta(task.meta)


def _write_task(task: Task) -> list[Any]:
    """The ten fields, and those behind them where there are any."""
    check_task(task)
    uuid = task.uuid and task.uuid.bytes
    return [
        *(task.return_address, task.comp_task_id, task.breadcrumbs, uuid, task.runtime, task.attempt),
        *(task.priority, task.flags, task.name, task.meta),
        *([task.shared or None, task.session] if task.session else [task.shared] if task.shared else []),
    ]


def _breadcrumbs(value: Any) -> Any:
    if len(value) > MAX_BREADCRUMBS:
        raise TooLarge(f"breadcrumbs has more than {MAX_BREADCRUMBS} addresses")
    return value


def _runtime_name(value: Any) -> str:
    if not _text(value):
        raise ValueError("a runtime needs a name")
    if len(value.encode(errors="replace")) > MAX_RUNTIME:
        raise TooLarge(f"runtime is longer than {MAX_RUNTIME} bytes")
    return str(value)


def _name(value: Any) -> str:
    if len(_text(value)) > MAX_NAME // 4 and len(value.encode(errors="replace")) > MAX_NAME:
        raise TooLarge(f"name is longer than {MAX_NAME} bytes")
    return str(value)


def _meta(value: Any) -> bytes:
    if len(_bytes(value)) > MAX_META:
        raise TooLarge(f"meta is longer than {MAX_META} bytes")
    return bytes(value)


def _priority(value: Any) -> int:
    if _number(value) > 255:
        raise ValueError
    return int(value)


def _entries(value: Any) -> Any:
    if not value:
        raise ValueError("a batch has at least one entry")
    if len(value) > MAX_BATCH:
        raise TooLarge(f"more than {MAX_BATCH} entries")
    return value


def _read_result(value: Any) -> ResultHeader:
    if not 3 <= len(_array(value)) <= 3 + len(TIMES):
        raise ValueError
    address, completed_by, uuid, *values = value
    times = [
        _text(value) if name == "manager" else _number(value)
        for name, value in zip(TIMES, values, strict=False)
    ]
    return ResultHeader(_address(address), _number32(completed_by), _maybe(_uuid)(uuid), *times)  # type: ignore[arg-type]


def _write_result(result: ResultHeader) -> list[Any]:
    times = (getattr(result, name) for name in TIMES)
    said = itertools.takewhile(lambda value: value is not None, times)
    return [result.return_address, result.completed_by, result.uuid and result.uuid.bytes, *said]


def _from_one(value: Any) -> int:
    if value is None:
        return 0
    if not _number(value):
        raise ValueError("parts and sessions are numbered from 1")
    return int(value)


def _read_listed_task(value: Any) -> ListedTask:
    uuid, name, *numbers, client = _array(value, 8)
    state, total, ended, attempts, age = map(_number, numbers)
    return ListedTask(_uuid(uuid), _text(name), state, total, ended, attempts, age, _text(client))


def _write_listed_task(task: ListedTask) -> list[Any]:
    numbers = (task.state, task.total, task.ended, task.attempts, task.age)
    return [task.uuid.bytes, task.name, *numbers, task.client]


def _read_listed_manager(value: Any) -> ListedManager:
    name, line, *numbers = _array(value, 6)
    return ListedManager(_text(name), _text(line), *map(_number, numbers))


def _write_listed_manager(manager: ListedManager) -> list[Any]:
    return [
        *(manager.name, manager.line, manager.state),
        *(manager.workers, manager.idle, manager.tasks),
    ]


def _read_listed_client(value: Any) -> ListedClient:
    name, key, *numbers = _array(value, 8)
    return ListedClient(_text(name), _text(key), *map(_number, numbers))


def _write_listed_client(client: ListedClient) -> list[Any]:
    return [
        *(client.name, client.key, client.state, client.tasks),
        *(client.submitted, client.ended, client.bytes, client.away),
    ]


def _count(value: Any) -> tuple[str, int]:
    name, number = _array(value, 2)
    return _text(name), _number(number)


def _slot(value: Any) -> tuple[uuids.UUID, int | None]:
    uuid, slot = _array(value, 2)
    return _uuid(uuid), _maybe_number(slot)


NUMBER = Type("a number", _number)
NUMBER32 = Type("a number below 2^32", _number32)
MAYBE_NUMBER = Type("a number below 2^64 - 1 or nil", _maybe_number)
TEXT = Type("a text of valid UTF-8", _text)
MAYBE_TEXT = Type("a text of valid UTF-8 or nil", _maybe(_text))
BYTES16 = Type("16 bytes", _bytes16)
MAYBE_BYTES16 = Type("16 bytes or nil", _maybe(_bytes16))
UUID = Type("16 bytes", _uuid, lambda uuid: uuid.bytes)
MAYBE_UUID = Type("16 bytes or nil", _maybe(_uuid), lambda uuid: uuid and uuid.bytes)
ADDRESS = Type("an address", _address)
MAYBE_ADDRESS = Type("an address or nil", _maybe(_address))
TEXTS = Type("an array of texts of valid UTF-8", _each(_text))
ADDRESSES = Type("an array of addresses", _each(_address))
RANGES = Type("an array of [lower, upper] with lower < upper <= 2^30", _each(_range))
RUNTIMES = Type("an array of [name, version] with names of 1 to 31 bytes", _each(_runtime))
LENGTHS = Type("an array of one number for each entry", _each(_number))
TASK = Type("a task", _read_task, _write_task)
TASKS = Type(
    "an array of at least one task",
    lambda value: tuple(map(_read_task, _entries(_array(value)))),
    lambda tasks: [_write_task(task) for task in _entries(tasks)],
)
RESULTS = Type(
    "an array of at least one [return_address, completed_by, uuid]",
    lambda value: tuple(map(_read_result, _entries(_array(value)))),
    lambda results: [_write_result(result) for result in _entries(results)],
)

LISTED_TASKS = Type(
    "an array of [uuid, name, state, total, ended, attempts, age, client]",
    _each(_read_listed_task),
    lambda tasks: [_write_listed_task(task) for task in tasks],
)
LISTED_MANAGERS = Type(
    "an array of [name, line, state, workers, idle, tasks]",
    _each(_read_listed_manager),
    lambda managers: [_write_listed_manager(manager) for manager in managers],
)
LISTED_CLIENTS = Type(
    "an array of [name, key, state, tasks, submitted, ended, bytes, away]",
    _each(_read_listed_client),
    lambda clients: [_write_listed_client(client) for client in clients],
)
COUNTS = Type("an array of [name, value]", _each(_count))
SLOTS = Type(
    "an array of [uuid, slot], where slot is a number below 2^64 - 1 or nil",
    _each(_slot),
    lambda slots: [(uuid.bytes, slot) for uuid, slot in slots],
)

_TASK_FIELDS: tuple[tuple[str, Type], ...] = (
    ("return_address", ADDRESS),
    ("comp_task_id", NUMBER),
    (
        "breadcrumbs",
        Type("an array of addresses", lambda value: ADDRESSES.read(_breadcrumbs(_array(value)))),
    ),
    ("uuid", MAYBE_UUID),
    ("runtime", Type("a text of 1 to 31 bytes", _runtime_name)),
    ("attempt", NUMBER32),
    ("priority", Type("a number from 0 to 255", _priority)),
    ("flags", Type("a number", lambda value: _number(value) & _FLAGS)),
    ("name", Type("a text of valid UTF-8", _name)),
    ("meta", Type("bytes", _meta)),
    ("shared", Type("a number from 1 or nil", _from_one)),
    ("session", Type("a number from 1 or nil", _from_one)),
)
