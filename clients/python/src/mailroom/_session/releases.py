"""Results that nobody needs any more, collected until the broker is told. It sends nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from uuid import UUID

from mailroom._session.futures import Submission
from mailroom._wire import wire

DELAY_MS = 100  # from the first slot to the message that names it
MOST = 4096  # slots in one message


class Releases:
    """Slots whose futures are gone.

    Args:
        alarm: has `take` called in so many ms; it must take no lock.
    """

    def __init__(self, alarm: Callable[[int], None]) -> None:
        self._alarm = alarm
        self._dropped: deque[tuple[Submission, int]] = deque()
        self._set = False

    def drop(self, submission: Submission, slot: int) -> None:
        """Takes a slot in. It takes no lock: the garbage collector may call it in the middle of anything."""
        self._dropped.append((submission, slot))
        if not self._set:
            self._set = True
            self._alarm(DELAY_MS)

    def take(self, generation: int) -> list[wire.Release]:
        """The messages for all that was dropped, but for what the broker lost with an earlier generation."""
        self._set = False  # before the first one is taken, so that what comes meanwhile sets it again
        dropped: dict[Submission, list[int]] = {}
        for _ in range(len(self._dropped)):
            submission, slot = self._dropped.popleft()
            if submission.generation == generation:
                dropped.setdefault(submission, []).append(slot)
        slots: list[tuple[UUID, int | None]] = []
        for submission, those in dropped.items():
            if len(those) == submission.total:
                slots.append((submission.uuid, None))
            else:
                slots += [(submission.uuid, slot) for slot in those]
        return [wire.Release(slots[start : start + MOST]) for start in range(0, len(slots), MOST)]
