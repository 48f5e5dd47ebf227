"""Submits that the broker has no room for: which are tried again, and when; and when patience is over.

It sends nothing and has no clock. What was refused waits, and what is submitted meanwhile waits behind it, in
order. One is tried at a time, more while the broker takes them, so that a full broker is not flooded.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from uuid import UUID

RETRY_MS = (100, 2_000)  # between attempts: the shortest pause, and the longest
MOST_AT_ONCE = 64  # submits that are tried before the broker has said what it makes of them
LONG = 1024  # submits
LARGE = 64 << 20  # bytes


@dataclass(slots=True)
class _Entry:
    size: int
    tried: bool = False  # it is on its way, and the answer has not come


class Backlog:
    """The submits that wait, by their uuids.

    Args:
        patience: ms without any progress (a submit that the broker takes, a task that ends), and without hope
            of some, until it is over.
    """

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._entries: dict[UUID, _Entry] = {}  # in the order of the submits
        self._bytes = 0
        self._under_way = 0  # entries that are
        self._at_once = 1
        self._pause = RETRY_MS[0]
        self._try_at: int | None = None  # ms; None: an answer is waited for, or there is nothing
        self._moved_at = 0  # ms, the last progress

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, uuid: UUID) -> bool:
        return uuid in self._entries

    @property
    def full(self) -> bool:
        """Whether so much waits that whoever submits more had better wait too."""
        return len(self._entries) >= LONG or self._bytes >= LARGE

    @property
    def next(self) -> int | None:
        """When `due` has something, in ms; None: not before an answer comes."""
        return self._try_at

    def add(self, uuid: UUID, size: int) -> None:
        """Takes a submit that was not sent, for others wait already."""
        self._entries[uuid] = _Entry(size)
        self._bytes += size

    def refused(self, uuid: UUID, size: int, now: int, *, hope: bool) -> bool:
        """The broker has no room for a submit. Returns false when patience is over.

        Args:
            uuid: of the submit.
            size: of its body, in bytes.
            now: ms.
            hope: whether there may be room without anybody's doing, for there are tasks that have not ended.
        """
        if hope or not self._entries:
            self._moved_at = now
        if now - self._moved_at >= self._patience:
            return False
        entry = self._entries.get(uuid)
        if entry is None:
            self.add(uuid, size)
        if entry is not None or self._try_at is None:
            self._at_once = 1
            self._try_at = now + self._pause
            self._pause = min(2 * self._pause, RETRY_MS[1])
        if entry is not None:
            self._came_back(entry)
        return True

    def taken(self, uuid: UUID, now: int) -> None:
        """The broker has a submit: others are tried at once."""
        if self.drop(uuid):
            self._at_once = min(2 * self._at_once, MOST_AT_ONCE)
            self._moved_at = now
            self._try_at = now if self._entries else None
            self._pause = RETRY_MS[0]

    def moved(self, now: int) -> None:
        """A task has ended, so that there may be room soon."""
        self._moved_at = now
        self._pause = RETRY_MS[0]
        if self._try_at is not None:
            self._try_at = min(self._try_at, now + self._pause)

    def due(self, now: int) -> list[UUID]:
        """What is to be sent now."""
        if self._try_at is None or now < self._try_at:
            return []
        self._try_at = None
        waiting = (uuid for uuid, entry in self._entries.items() if not entry.tried)
        chosen = list(islice(waiting, max(0, self._at_once - self._under_way)))
        for uuid in chosen:
            self._entries[uuid].tried = True
        self._under_way += len(chosen)
        return chosen

    def drop(self, uuid: UUID) -> bool:
        """Forgets a submit; says whether it was here."""
        entry = self._entries.pop(uuid, None)
        if entry is not None:
            self._bytes -= entry.size
            self._came_back(entry)
        if not self._entries:
            self._try_at = None
        elif self._try_at is None and not self._under_way:
            self._try_at = self._moved_at  # no answer comes that would have the next one tried
        return entry is not None

    def _came_back(self, entry: _Entry) -> None:
        self._under_way -= entry.tried
        entry.tried = False

    def begin_anew(self, now: int) -> None:
        """On a new link: what was on its way may have been lost with the old one."""
        for entry in self._entries.values():
            self._came_back(entry)
        self._at_once, self._moved_at = 1, now
        self._try_at = now if self._entries else None

    def clear(self) -> list[UUID]:
        """Forgets all; gives what waited."""
        waited = list(self._entries)
        for uuid in waited:
            self.drop(uuid)
        return waited
