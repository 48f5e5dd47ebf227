"""The table of tasks whose end a client waits for. It knows no messages; it may be used from any thread."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from mailroom.futures import Future

AnyFuture = Future[Any]


class Outstanding:
    """Futures that are not done, by uuid and slot, each with whether its result is bytes as they are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[UUID, dict[int, tuple[AnyFuture, bool]]] = {}

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._tasks.values()))

    def add(self, futures: Iterable[AnyFuture], raw: bool) -> None:
        """Takes the futures of one uuid in."""
        with self._lock:
            for future in futures:
                self._tasks.setdefault(future.uuid, {})[future.slot] = future, raw

    def find(self, uuid: UUID) -> list[AnyFuture]:
        """The futures of a uuid, by slot; none for one that is not here."""
        with self._lock:
            return [future for _, (future, _) in sorted(self._tasks.get(uuid, {}).items())]

    def take(self, uuid: UUID, slot: int) -> tuple[AnyFuture, bool] | None:
        """Takes one future out, with whether its result is bytes; None if it is not here."""
        with self._lock:
            slots = self._tasks.get(uuid, {})
            found = slots.pop(slot, None)
            if not slots:
                self._tasks.pop(uuid, None)
            return found

    def take_all(self, uuid: UUID) -> list[AnyFuture]:
        """Takes the futures of a uuid out."""
        with self._lock:
            return [future for future, _ in self._tasks.pop(uuid, {}).values()]

    def take_everything(self) -> list[AnyFuture]:
        """Takes all futures out."""
        with self._lock:
            tasks, self._tasks = self._tasks, {}
        return [future for slots in tasks.values() for future, _ in slots.values()]

    def take_last(self, future: AnyFuture) -> bool:
        """Takes a future out; says whether it was here and was the last one of its uuid."""
        return self.take(future.uuid, future.slot) is not None and not self.find(future.uuid)
