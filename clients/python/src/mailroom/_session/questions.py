"""Questions to the broker that have no answer yet. It sends nothing."""

from __future__ import annotations

import concurrent.futures

from mailroom import errors
from mailroom._wire import wire

Question = (
    wire.Status
    | wire.Cancel
    | wire.Disconnect
    | wire.List
    | wire.Managers
    | wire.Drain
    | wire.Counts
    | wire.Clients
)
Answer = concurrent.futures.Future[wire.Message]


class Questions:
    """The questions under way, by their numbers (`corr`), and who waits for an answer."""

    def __init__(self) -> None:
        self._asked: dict[int, tuple[Question, Answer]] = {}
        self._of_this_link: set[int] = set()  # the numbers of questions that end with the link

    def __len__(self) -> int:
        return len(self._asked)

    def __contains__(self, corr: object) -> bool:
        return corr in self._asked

    def end_with_link(self, corr: int) -> None:
        """The question of this number, when it is asked, is over with the present link."""
        self._of_this_link.add(corr)

    def add(self, question: Question) -> Answer:
        """Takes a question in, which has its number; gives what its answer will be in."""
        assert question.corr is not None
        answer = Answer()
        self._asked[question.corr] = question, answer
        return answer

    def drop(self, corr: int) -> None:
        """Nobody waits for this answer any more."""
        self._asked.pop(corr, None)
        self._of_this_link.discard(corr)

    def answered(self, message: wire.Message) -> bool:
        """Gives a message to who waits for it; false where nobody does."""
        corr: int | None = getattr(message, "corr", None)
        _, answer = (None, None) if corr is None else self._asked.pop(corr, (None, None))
        if answer is None:
            return False
        if isinstance(message, wire.Error):
            answer.set_exception(errors.from_code(message.code, message.text))
        else:
            answer.set_result(message)
        return True

    def under_way(self) -> list[Question]:
        """Those that a new link has to ask again."""
        return [question for question, _ in list(self._asked.values())]

    def end_link(self, reason: str) -> None:
        """The link is over, and with it what was asked of it alone."""
        for corr in list(self._of_this_link):
            if (asked := self._asked.pop(corr, None)) is not None:
                asked[1].set_exception(errors.ConnectionLost(reason))

    def end(self, error: errors.MailroomError) -> None:
        """There will be no answers any more."""
        while self._asked:
            _, (_, answer) = self._asked.popitem()
            answer.set_exception(error)
