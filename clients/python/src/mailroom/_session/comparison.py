"""What the broker has of what it should have, asked page by page on a new link. It sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from mailroom._session.futures import Submission
from mailroom._wire import wire


class Comparison:
    """Submissions that the broker should have, less those that it has named.

    Args:
        corrs: gives numbers for questions.
    """

    def __init__(self, corrs: Iterator[int]) -> None:
        self._corrs = corrs
        self._unseen: dict[UUID, Submission] = {}
        self._corr: int | None = None  # the number of the question under way

    def begin(self, submissions: Iterable[Submission]) -> wire.List | None:
        """Begins anew with what the broker should have; gives the first question, if there is any."""
        self._unseen = {one.uuid: one for one in submissions if one.message is not None}
        return self._question(None) if self._unseen else None

    def is_answer(self, message: wire.List) -> bool:
        """Whether it is the answer to the last question."""
        return message.corr == self._corr

    def read(self, page: wire.List) -> tuple[wire.List | None, list[Submission]]:
        """Reads an answer; gives the next question, or else what the broker does not have."""
        for task in page.tasks:
            self._unseen.pop(task.uuid, None)
        if page.more and page.tasks:
            return self._question(page.tasks[-1].uuid), []
        missing = list(self._unseen.values())
        self._unseen.clear()
        return None, missing

    def clear(self) -> None:
        """Nothing is asked any more."""
        self._unseen.clear()
        self._corr = None

    def _question(self, after: UUID | None) -> wire.List:
        self._corr = next(self._corrs)
        return wire.List(corr=self._corr, after=after)
