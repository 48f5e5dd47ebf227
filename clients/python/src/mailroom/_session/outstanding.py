"""What a client has submitted and waits for: the futures, by the tag that each submission has at the library.

It sends nothing. The table may be used from any thread.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

from mailroom._session.futures import Future, Submission

AnyFuture = Future[Any]


class Outstanding:
    """The submissions that have futures which are not done, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a handler of signals may close the client
        self._tags = itertools.count(1)  # 0 is that of tasks that nobody here waits for
        self._submissions: dict[int, Submission] = {}
        self.deferred: set[int] = set()  # tags of those that wait for others, and are not submitted yet
        self.in_hand: AnyFuture | None = None  # that was taken, and may not be ended yet

    def __len__(self) -> int:
        with self._lock:
            return sum(len(submission.waiting) for submission in self._submissions.values())

    def add(self, submission: Submission) -> int:
        """Takes a submission in; gives its tag."""
        tag = submission.tag = next(self._tags)
        self._submissions[tag] = submission
        return tag

    def adopt(self, submission: Submission) -> int:
        """Takes a submission in; where there is one of its uuid already, that one gets the futures."""
        with self._lock:
            there = next((one for one in self._submissions.values() if one.key == submission.key), None)
            if there is None:
                return self.add(submission)
            for slot, future in submission.waiting.items():
                future._submission = there
                there.waiting[slot] = future
            there.kept += submission.kept
            return there.tag

    def get(self, tag: int) -> Submission | None:
        """The submission of a tag, None where nobody waits for anything of it."""
        return self._submissions.get(tag)

    def is_alone(self, future: AnyFuture) -> bool:
        """Whether this future is all that is waited for."""
        submission = future._submission
        return (
            len(self._submissions) == 1
            and len(submission.waiting) == 1
            and submission.waiting.get(future.slot) is future
        )

    def find(self, uuid: UUID) -> dict[int, AnyFuture]:
        """The futures of a uuid that are not done, by slot."""
        key = uuid.bytes
        found: dict[int, AnyFuture] = {}
        with self._lock:
            for submission in self._submissions.values():
                if submission.key == key:
                    found |= submission.waiting
        return dict(sorted(found.items()))

    def take(self, tag: int, slot: int) -> tuple[AnyFuture, bool] | None:
        """Takes one future out, with whether its result is bytes; None if it is not here."""
        submission = self._submissions.get(tag)
        future = None if submission is None else submission.waiting.pop(slot, None)
        if submission is None or future is None:
            return None
        if not submission.waiting:
            self._submissions.pop(tag, None)
            self.deferred.discard(tag)
        return future, submission.raw

    def take_to_end(self, tag: int, slot: int) -> tuple[AnyFuture, bool] | None:
        """As `take`, but a fork before `in_hand` is None again finds the future all the same."""
        submission = self._submissions.get(tag)
        self.in_hand = None if submission is None else submission.waiting.get(slot)
        return self.take(tag, slot)

    def take_uuid(self, uuid: UUID) -> list[AnyFuture]:
        """Takes the futures of a uuid out."""
        with self._lock:
            tags = [tag for tag, one in self._submissions.items() if one.key == uuid.bytes]
            return [future for tag in tags for future in self.drop(tag)]

    def drop(self, tag: int) -> list[AnyFuture]:
        """Takes the futures of a tag out."""
        submission = self._submissions.pop(tag, None)
        self.deferred.discard(tag)
        if submission is None:
            return []
        futures = list(submission.waiting.values())
        submission.waiting.clear()
        return futures

    def take_deferred(self) -> list[AnyFuture]:
        """Takes the futures out that are not submitted yet."""
        with self._lock:
            return [future for tag in list(self.deferred) for future in self.drop(tag)]

    def take_everything(self) -> list[AnyFuture]:
        """Takes all futures out."""
        with self._lock:
            return [future for tag in list(self._submissions) for future in self.drop(tag)]

    def after_fork(self, error: Callable[[], BaseException]) -> None:
        """Ends all futures in a forked child, each with an `error` of its own."""
        self._lock = threading.RLock()  # another thread may have had it
        in_hand = [] if self.in_hand is None or self.in_hand.done() else [self.in_hand]
        for future in (*self.take_everything(), *in_hand):
            future._after_fork(error())
