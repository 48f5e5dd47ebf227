"""libmailroom for Python: clients/c/include/mailroom/client.h and worker.h say what each method does."""

from collections.abc import Callable, Sequence
from typing import Any

version: str

def for_exceptions(reduce: Callable[[BaseException], Any], /) -> Callable[[object], Any]: ...

class Worker:
    def __init__(
        self,
        *,
        address: str,
        name: str,
        software: str,
        key: str | None,
        manager_key: str | None,
        runtimes: tuple[tuple[str, str], ...],
        statuses: tuple[int, int],
        complain: int,
        reports_end: int,
    ) -> None: ...
    def start(self) -> int: ...
    def why(self) -> str: ...
    def boss(self) -> str: ...
    def join(self, timeout: int, /) -> int: ...
    def next(self, timeout: int, /) -> tuple[Any, ...] | None: ...
    def waiting(self) -> int: ...
    def awake(self, running: Sequence[int] | None, /) -> int: ...
    def result(self, task: Sequence[int], body: bytes, /) -> int: ...
    def give_back(self, task: tuple[int, int, int], text: str) -> int: ...
    def update(self, task: Sequence[int], /) -> int: ...
    def fail(self, task: Sequence[int], root: Sequence[int], text: str, body: bytes, /) -> int: ...
    def submit(self, shared: bytes, children: tuple[tuple[Any, ...], ...], /) -> int: ...
    def cancel(self, root: Sequence[int], children: tuple[Sequence[int], ...], /) -> int: ...
    def message(self, children: tuple[Sequence[int], ...], body: bytes, /) -> int: ...
    def log(
        self, task: Sequence[int], root: Sequence[int], level: int, logger: str, text: str, body: bytes, /
    ) -> int: ...
    def leave(self, text: str, timeout: int, /) -> int: ...
    @staticmethod
    def glance() -> bytes: ...
    @staticmethod
    def objects(spaces: tuple[dict[str, Any] | type, ...], /) -> int: ...
    @staticmethod
    def listen(output: int, error: int, /) -> None: ...
    @staticmethod
    def await_written() -> None: ...
    @staticmethod
    def written() -> tuple[tuple[bytes, int], tuple[bytes, int]] | None: ...
    @staticmethod
    def shared(held: object, /) -> memoryview: ...
    @staticmethod
    def begin_forks() -> None: ...
    @staticmethod
    def end_with_parent(ends: bool, /) -> None: ...
    @staticmethod
    def forked(name: str, /) -> None: ...
    def counts(self) -> dict[str, int]: ...

ITEM_TASK: int
ITEM_RESULT: int
ITEM_CANCEL: int
ITEM_MESSAGE: int
ITEM_PATHS: int
ITEM_END: int
ITEM_UNSHARE: int
UP: int
BACK: int
AWAY: int
ANEW: int
FULL: int
RESULT: int
FAILED: int
LOG: int
ANSWER: int
NOTE: int
OVER: int

WAIT_EVENTS: int
WAIT_UP: int
WAIT_SENT: int
WAIT_ROOM: int
WAIT_OVER: int
WAIT_SPARE: int

ASK_STATUS: int
ASK_CANCEL: int
ASK_LIST: int
ASK_MANAGERS: int
ASK_DRAIN: int
ASK_COUNTS: int
ASK_CLIENTS: int
ASK_SHUTDOWN: int
ASK_PAGE: int

DELIVER: int
KEEP: int
TIMED: int
INSIST: int
GIVEN: int

WISH_NONE: int
WISH_DIAL: int
WISH_SEND: int
WISH_CLOSE: int

MISFIT_CERTAIN: int

FRAMES: int
FLEETING: int
INSECURE: int

KIND_ERROR: int
KIND_RESULT: int
KIND_SUBMIT: int
KIND_SUBMIT_BATCH: int
KIND_CANCEL: int
KIND_WAITING: int
KIND_UPDATE: int
KIND_COMMUNICATE: int

PROTOCOL_VERSION: int
MAX_BREADCRUMBS: int
MAX_META: int
MAX_NAME: int

OK: int
EINVAL: int
ENOMEM: int
ESYSTEM: int
EFORK: int
ESTATE: int
ETIMEDOUT: int
EINTR: int
EAGAIN: int
ETOOLARGE: int
ELOST: int
ECLOSED: int
EKEYS: int
EVERSION: int
EREFUSED: int
ENOTOWNER: int
ETAKEN: int
EPROTOCOL: int
ESESSION: int

class Error(Exception):
    """An error of the library's: its code, and why."""

    args: tuple[int, str]

class Client:
    def __init__(
        self,
        *,
        broker: str,
        keys: str | None,
        key: str | None,
        broker_key: str | None,
        session: bytes,
        name: str | None,
        software: str | None,
        paths: list[str],
        patience: int,
        heartbeat: int,
        expiry: int,
        window: int,
        max_body: int,
        flags: int,
    ) -> None: ...
    def submit(
        self,
        runtime: str,
        name: str,
        meta: bytes,
        priority: int,
        flags: int,
        tag: int,
        uuid: bytes | None,
        body: bytes,
        /,
    ) -> bytes: ...
    def map(
        self,
        runtime: str,
        name: str,
        meta: bytes,
        priority: int,
        flags: int,
        tag: int,
        shared: bytes,
        parts: list[bytes],
        /,
    ) -> bytes: ...
    def adopt(self, uuid: bytes, slots: list[int], tag: int, /) -> None: ...
    def request(self, uuid: bytes, slot: int | None, /) -> None: ...
    def abandon(self, uuid: bytes, slot: int | None, /) -> None: ...
    def release(self, uuid: bytes, slot: int | None, /) -> None: ...
    def ask(self, kind: int, uuid: bytes | None, name: str | None, grace: int | None, all: int, /) -> int: ...
    def unask(self, number: int, /) -> None: ...
    def take(self) -> list[tuple[Any, ...]]: ...
    def wait(self, what: int, timeout: int, /) -> int: ...
    def await_result(self, tag: int, slot: int, timeout: int, /) -> tuple[bytes, bytes | None] | int: ...
    def settle(self, tag: int, slot: int, /) -> None: ...
    def interrupt(self) -> None: ...
    def start(self) -> None: ...
    def paths(self, folders: list[str], /) -> None: ...
    def leave(self, detach: bool, /) -> None: ...
    def state(self) -> tuple[int, int, int, int, int, int, int, int, int, int, str, bytes, int, int]: ...
    def close(self) -> None: ...
    def frames(self, now: int, /) -> tuple[int, bytes, bytes, int | None]: ...
    def opened(self, now: int, /) -> None: ...
    def message(self, now: int, header: bytes, body: bytes, frames: int, /) -> None: ...
    def closed(self, now: int, why: str, misfit: int, /) -> None: ...
