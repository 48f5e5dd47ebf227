"""What comes from the broker unasked: results, errors, logs and cancellations, each to the future it is for.

It sends nothing. What it does with submits that were refused is retries.py's.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

from mailroom import errors
from mailroom._base import bodies
from mailroom._session.outstanding import Outstanding
from mailroom._session.retries import Retries
from mailroom._wire import wire

_log = logging.getLogger(__name__)


class Arrivals:
    """The way in. `take` is for the connection's thread, all else for who has the lock.

    Args:
        address: of the broker, for logs.
        lock: of the order in which mail leaves.
        outstanding: knows who waits for what.
        retries: the submits that the broker may have refused.
        release: tells the broker, if there is still one to tell, that it need not keep a result.
    """

    def __init__(
        self,
        address: str,
        lock: threading.RLock,
        outstanding: Outstanding,
        retries: Retries,
        release: Callable[[UUID, int], None],
    ) -> None:
        self._address, self._lock = address, lock
        self._outstanding, self._retries, self._release = outstanding, retries, release
        self._abandoned: dict[UUID, set[int]] = {}  # slots that were cancelled alone, and may still run

    def abandon(self, uuid: UUID, slot: int) -> None:
        """A slot was cancelled alone: the broker need not keep what comes of it."""
        self._abandoned.setdefault(uuid, set()).add(slot)

    def forget(self, uuid: UUID) -> None:
        """All of a uuid was cancelled."""
        self._abandoned.pop(uuid, None)

    def clear(self) -> None:
        """The broker knows nothing of what was abandoned."""
        self._abandoned.clear()

    def take(self, message: wire.Message, body: bytes) -> bool:
        """Takes a message in; false if it is of a kind that nobody waits for."""
        handler = _HANDLERS.get(type(message))
        if handler is None:
            return False
        handler(self, message, body)
        return True

    def _on_result(self, message: wire.Result, body: bytes) -> None:
        self._finish(message, body)

    def _on_result_batch(self, message: wire.ResultBatch, body: bytes) -> None:
        start = 0
        for result, length in zip(message.results, message.lengths, strict=True):
            self._finish(result, body[start : start + length])
            start += length

    def _finish(self, result: wire.Result | wire.ResultHeader, body: bytes) -> None:
        if result.uuid is None:
            return
        slot = result.return_address.mailbox_slot
        found = self._outstanding.take(result.uuid, slot)
        if found is None:
            self._ended_alone(result.uuid, slot)
            return
        self._moved()
        future, raw = found
        try:
            value = bodies.result(body, raw=raw)
        except Exception as error:
            future._end_exception(error)
        else:
            future._end_result(value)

    def _ended_alone(self, uuid: UUID, slot: int) -> None:
        """Something came that nobody waits for: if it was cancelled here, the broker need not keep it."""
        slots = self._abandoned.get(uuid, set())
        if slot in slots:
            slots.remove(slot)
            if not slots:
                del self._abandoned[uuid]
            self._release(uuid, slot)

    def _moved(self) -> None:
        if self._retries:
            with self._lock:
                self._retries.moved()

    def _on_error(self, message: wire.Error, body: bytes) -> None:
        if message.uuid is None:
            _log.warning("%s reports: %s", self._address, message.text)
            return
        if message.about == wire.About.QUESTION:
            return  # the late answer to one that nobody waits for any more: of the task it says nothing
        if message.slot is None:
            with self._lock:
                busy = message.code == errors.Busy.code
                if busy and self._retries.refused(message.uuid):
                    return
                if busy:
                    futures = self._retries.give_up(message.uuid)
                else:
                    self._retries.drop(message.uuid)
                    futures = self._outstanding.take_all(message.uuid)
        else:
            found = self._outstanding.take(message.uuid, message.slot)
            futures = [] if found is None else [found[0]]
            if found is None:
                self._ended_alone(message.uuid, message.slot)
            else:
                self._moved()
        for future in futures:
            if message.code == errors.Cancelled.code:
                future._end_cancelled()
            else:
                future._end_exception(bodies.failure(message.code, message.text, body))

    def _on_status(self, message: wire.Status, body: bytes) -> None:
        """The broker has a submit that was tried again."""
        if message.state != wire.State.UNKNOWN:
            with self._lock:
                self._retries.taken(message.uuid)

    def _on_log(self, message: wire.Log, body: bytes) -> None:
        submission = None if message.uuid is None else self._outstanding.get(message.uuid)
        # what is printed then appears under the notebook's cell that submitted the task
        context = contextvars.copy_context() if submission is None else submission.context
        if message.logger.startswith(bodies.PRINTED):
            context.run(bodies.show_printed, message.logger, message.text)
            return
        record = bodies.log_record(message.logger, message.level, message.text, body)
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            context.run(logger.handle, record)

    def _on_cancel(self, message: wire.Cancel, body: bytes) -> None:
        """Somebody else cancelled a task, or it is the late answer to Future.cancel."""
        if message.uuid is not None:
            for future in self._outstanding.take_all(message.uuid):
                future._end_cancelled()


_HANDLERS: dict[type[wire.Message], Callable[[Arrivals, Any, bytes], None]] = {
    wire.Result: Arrivals._on_result,
    wire.ResultBatch: Arrivals._on_result_batch,
    wire.Error: Arrivals._on_error,
    wire.Status: Arrivals._on_status,
    wire.Log: Arrivals._on_log,
    wire.Cancel: Arrivals._on_cancel,
}
