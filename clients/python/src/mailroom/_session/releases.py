"""Results that nobody needs any more, collected until the library is told. It sends nothing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator

from mailroom._session.futures import NO_KEY, Submission

DELAY_S = 0.1  # from the first slot until it is told, with all that came meanwhile


class Releases:
    """Slots whose futures are gone.

    Args:
        wake: has the thread that tells look at `due`; it must take no lock.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._dropped: deque[tuple[Submission, int]] = deque()
        self.due: float | None = None  # when `take` is to be called, by the monotonic clock; None: not yet

    def drop(self, submission: Submission, slot: int) -> None:
        """Takes a slot in. It takes no lock: the garbage collector may call it in the middle of anything."""
        self._dropped.append((submission, slot))
        if self.due is None:
            self.due = time.monotonic() + DELAY_S
            self._wake()

    def take(self) -> Iterator[tuple[bytes, int | None]]:
        """All that was dropped: uuids with a slot, or None where it was the last of them."""
        self.due = None  # before the first one is taken, so that what comes meanwhile sets it again
        dropped: dict[Submission, list[int]] = {}
        for _ in range(len(self._dropped)):
            submission, slot = self._dropped.popleft()
            if submission.key != NO_KEY:
                dropped.setdefault(submission, []).append(slot)
        for submission, slots in dropped.items():
            submission.kept -= len(slots)
            for one in slots if submission.kept else (None,):
                yield submission.uuid.bytes, one
