"""Questions to the broker that have no answer yet. It sends nothing; the library asks again on a new link."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any

from mailroom import errors

Answer = concurrent.futures.Future[Any]


class Questions:
    """The questions under way, by their numbers, and who waits for an answer."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # an answer may come before its number is known
        self._asked: dict[int, Answer] = {}

    def add(self, ask: Callable[[], int]) -> tuple[int, Answer]:
        """Asks, by what gives the question's number; gives it, and what the answer will be in."""
        answer = Answer()
        with self._lock:
            number = ask()
            self._asked[number] = answer
        return number, answer

    def drop(self, number: int) -> None:
        """Nobody waits for this answer any more."""
        self._asked.pop(number, None)

    def take(self, number: int) -> Answer | None:
        """Who waits for the answer of this number, if anybody does."""
        with self._lock:
            return self._asked.pop(number, None)

    def end(self, error: errors.MailroomError) -> None:
        """There will be no answers any more."""
        while self._asked:
            _, answer = self._asked.popitem()
            answer.set_exception(error)
