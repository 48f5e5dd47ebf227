"""What comes from the broker: results, errors, logs and answers, each to who waits for it; news of the line.

It sends nothing. The library has seen to resending, refused submits and what was cancelled.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable
from typing import Any

from mailroom import _core, errors
from mailroom._base import bodies, records
from mailroom._session.outstanding import Outstanding
from mailroom._session.questions import Questions
from mailroom._session.whys import error_of

_log = logging.getLogger("mailroom._session.correspondence")


class Arrivals:
    """The way in, for the one thread that takes events.

    Args:
        address: of the broker, for logs.
        outstanding: knows who waits for what.
        questions: knows who waits for which answer.
        on_up: a new link has begun.
        on_over: nothing will come or go any more; whether the broker has said good-bye.
    """

    def __init__(
        self,
        address: str,
        outstanding: Outstanding,
        questions: Questions,
        on_up: Callable[[], None],
        on_over: Callable[[errors.MailroomError, bool], None],
    ) -> None:
        self._address = address
        self._outstanding, self._questions = outstanding, questions
        self._on_up, self._on_over = on_up, on_over
        self._orphans = 0  # that were told since the broker has lost the session
        self._handlers: dict[int, Callable[..., None]] = {
            _core.UP: lambda *_: self._on_up(),
            _core.FAILED: self._on_failed,
            _core.LOG: self._on_log,
            _core.ANSWER: self._on_answer,
            _core.AWAY: self._on_away,
            _core.ANEW: self._on_anew,
            _core.FULL: self._on_full,
            _core.NOTE: self._on_note,
            _core.OVER: self._on_end,
        }

    def take(self, events: list[tuple[Any, ...]]) -> None:
        """Takes in what has come, in order; what a handler of logs or a callback raises is logged."""
        finish, result, outstanding = self._finish, _core.RESULT, self._outstanding
        for event in events:
            try:
                if event[0] == result:
                    finish(event[1], event[2], event[3], event[4])
                elif (handler := self._handlers.get(event[0])) is not None:
                    handler(*event[1:])
            except BaseException:  # sys.exit() in a handler of logs, too, is not for this thread
                _log.exception("what came from %s could not be taken in", self._address)
            outstanding.in_hand = None  # nor held any longer

    def _finish(self, tag: int, slot: int, body: bytes | memoryview, timing: bytes | None) -> None:
        found = self._outstanding.take_to_end(tag, slot)
        if found is None:
            return  # it was cancelled meanwhile
        future, raw = found
        future._timing = timing
        try:
            value = bodies.result(body, raw=raw)
        except BaseException as error:  # of a module that calls sys.exit() as it is imported, too
            future._end_exception(error)
        else:
            future._end_result(value)
        finally:
            if isinstance(
                body, memoryview
            ):  # which a traceback may hold for longer than there is what it shows
                body.release()

    def _on_failed(
        self, tag: int, slot: int, code: int, text: str, body: bytes, timing: bytes | None
    ) -> None:
        found = self._outstanding.take_to_end(tag, slot)
        if found is None:
            return
        future, _ = found
        future._timing = timing
        self._orphans += code == _core.ESESSION
        if code == errors.Cancelled.code:
            future._end_cancelled()
        elif code < 0:
            future._end_exception(error_of(code, text, self._address))
        else:
            future._end_exception(bodies.failure(code, text, body))

    def _on_log(self, tag: int, level: int, logger: str, text: str, body: bytes, uuid: bytes | None) -> None:
        submission = self._outstanding.get(tag)
        # what is printed then appears under the notebook's cell that submitted the task
        context = contextvars.copy_context() if submission is None else submission.context
        if logger.startswith(bodies.PRINTED):
            context.run(bodies.show_printed, logger, text)
            return
        record = records.unpack(logger, level, text, body)
        handle = records.handling(record)
        if handle is not None:
            context.run(handle, record)

    def _on_answer(self, number: int, code: int, text: str, answer: Any) -> None:
        waiting = self._questions.take(number)
        if waiting is None:
            return
        if code < 0:
            waiting.set_exception(error_of(code, text, self._address))
        elif code > 0:
            waiting.set_exception(errors.from_code(code, text))
        else:
            waiting.set_result(answer)

    def _on_away(self, number: int, code: int, text: str) -> None:
        _log.info("the link to %s is over, a new one is tried for: %s", self._address, text)

    def _on_anew(self, number: int, code: int, text: str) -> None:
        _log.warning(
            "%s has lost the session (it was started anew, or the lease was over): %d unfinished tasks were"
            " submitted again, %d of other processes are gone",
            *(self._address, number, self._orphans),
        )
        self._orphans = 0

    def _on_full(self, number: int, code: int, text: str) -> None:
        _log.warning(
            "%s has no room for more tasks of this session; what it refuses is tried again", self._address
        )

    def _on_note(self, number: int, code: int, text: str) -> None:
        text_of = (
            "%s cannot be connected to, and is tried again: %s" if code == _core.EKEYS else "%s reports: %s"
        )
        _log.warning(text_of, self._address, text)

    def _on_end(self, number: int, code: int, text: str) -> None:
        self._on_over(error_of(code, text, self._address), number == 1)
