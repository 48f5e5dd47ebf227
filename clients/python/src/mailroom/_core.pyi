"""libmailroom for Python: clients/c/include/mailroom/client.h and worker.h say what each method does."""

from collections.abc import Sequence
from typing import Any

version: str

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
    ) -> None: ...
    def start(self) -> int: ...
    def why(self) -> str: ...
    def boss(self) -> str: ...
    def join(self, timeout: int, /) -> int: ...
    def next(self, timeout: int, /) -> tuple[Any, ...] | None: ...
    def waiting(self) -> int: ...
    def awake(self, running: Sequence[int] | None, /) -> int: ...
    def result(self, task: Sequence[int], body: bytes, /) -> int: ...
    def update(self, task: Sequence[int], /) -> int: ...
    def fail(self, task: Sequence[int], root: Sequence[int], text: str, body: bytes, /) -> int: ...
    def submit(self, children: tuple[tuple[Any, ...], ...], /) -> int: ...
    def cancel(self, root: Sequence[int], children: tuple[Sequence[int], ...], /) -> int: ...
    def message(self, children: tuple[Sequence[int], ...], body: bytes, /) -> int: ...
    def log(
        self, task: Sequence[int], root: Sequence[int], level: int, logger: str, text: str, body: bytes, /
    ) -> int: ...
    def leave(self, text: str, timeout: int, /) -> int: ...
    @staticmethod
    def glance() -> bytes: ...
    def counts(self) -> dict[str, int]: ...

ITEM_TASK: int
ITEM_RESULT: int
ITEM_CANCEL: int
ITEM_MESSAGE: int
ITEM_PATHS: int
ITEM_END: int
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

DELIVER: int
KEEP: int
INSIST: int
GIVEN: int

WISH_NONE: int
WISH_DIAL: int
WISH_SEND: int
WISH_CLOSE: int

FRAMES: int
FLEETING: int

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
    def interrupt(self) -> None: ...
    def start(self) -> None: ...
    def leave(self, detach: bool, /) -> None: ...
    def state(self) -> tuple[int, int, int, int, int, int, int, int, int, int, str, bytes, int]: ...
    def close(self) -> None: ...
    def frames(self, now: int, /) -> tuple[int, bytes, bytes, int | None]: ...
    def opened(self, now: int, /) -> None: ...
    def message(self, now: int, header: bytes, body: bytes, frames: int, /) -> None: ...
    def closed(self, now: int, why: str, /) -> None: ...
