"""What a client has submitted and waits for: the submissions with futures that are not done.

It sends nothing. The table may be used from any thread.
"""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

from mailroom._session.futures import Future, Submission

AnyFuture = Future[Any]


class Outstanding:
    """The submissions that have futures which are not done, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a handler of signals may close the client
        self._submissions: dict[UUID, Submission] = {}

    def __len__(self) -> int:
        with self._lock:
            return sum(len(submission.waiting) for submission in self._submissions.values())

    @property
    def submission_count(self) -> int:
        """How many submissions there are."""
        return len(self._submissions)

    def add(self, submission: Submission) -> None:
        """Takes a submission in; one of another process may be there already."""
        with self._lock:
            there = self._submissions.setdefault(submission.uuid, submission)
            if there is not submission:
                for slot, future in submission.waiting.items():
                    there.add(future, slot)

    def get(self, uuid: UUID) -> Submission | None:
        """The submission of a uuid, None where nobody waits for anything of it."""
        with self._lock:
            return self._submissions.get(uuid)

    def find(self, uuid: UUID) -> dict[int, AnyFuture]:
        """The futures of a uuid that are not done, by slot."""
        with self._lock:
            submission = self._submissions.get(uuid)
            return {} if submission is None else dict(sorted(submission.waiting.items()))

    def submissions(self) -> list[Submission]:
        """All of them."""
        with self._lock:
            return list(self._submissions.values())

    def take(self, uuid: UUID, slot: int) -> tuple[AnyFuture, bool] | None:
        """Takes one future out, with whether its result is bytes; None if it is not here."""
        with self._lock:
            submission = self._submissions.get(uuid)
            future = None if submission is None else submission.waiting.pop(slot, None)
            if submission is None or future is None:
                return None
            if not submission.waiting:
                self._remove(submission)
            return future, submission.raw

    def take_future(self, future: AnyFuture) -> tuple[bool, bool]:
        """Takes a future out; says whether it was here, and whether it was the last one of its uuid."""
        with self._lock:
            found = self.take(future.uuid, future._at) is not None
            return found, future.uuid not in self._submissions

    def take_all(self, uuid: UUID) -> list[AnyFuture]:
        """Takes the futures of a uuid out."""
        with self._lock:
            submission = self._submissions.get(uuid)
            if submission is None:
                return []
            futures = list(submission.waiting.values())
            submission.waiting.clear()
            self._remove(submission)
            return futures

    def take_everything(self) -> list[AnyFuture]:
        """Takes all futures out."""
        with self._lock:
            return [future for uuid in list(self._submissions) for future in self.take_all(uuid)]

    def renew(self, generation: int) -> tuple[list[Submission], list[AnyFuture]]:
        """Makes all anew for a session of which the broker knows nothing.

        Returns:
            What is to be submitted again, in order; and the futures, taken out, of what other processes had
            submitted, which is gone.
        """
        with self._lock:
            for uuid, submission in list(self._submissions.items()):
                if submission.message is not None:
                    self._submissions[uuid] = submission.renewed()
                    self._submissions[uuid].generation = generation
            gone = [uuid for uuid, submission in self._submissions.items() if submission.message is None]
            orphans = [future for uuid in gone for future in self.take_all(uuid)]
            return list(self._submissions.values()), orphans

    def _remove(self, submission: Submission) -> None:
        submission.forget_mail()
        del self._submissions[submission.uuid]
