"""What becomes of submits that the broker has no room for: kept, sent again, given up.

When to try which is backlog.py's. Who submits more may have to wait. The lock is the correspondence's: what
is noted as sent is sent.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

from mailroom._base.clock import clock
from mailroom._link.connection import Connection
from mailroom._session.backlog import Backlog
from mailroom._session.futures import Future, Submission
from mailroom._session.outstanding import Outstanding

_log = logging.getLogger(__name__)


class Retries:
    """The submits that wait for the broker to have room. All but `wait` is for who has the lock.

    Args:
        lock: of the order in which mail leaves.
        patience: ms without progress until what waits is given up.
        outstanding: knows the submits.
        connection: for the alarm.
        send: sends a submit again, and asks whether the broker has it.
    """

    def __init__(
        self,
        lock: threading.RLock,
        patience: int,
        outstanding: Outstanding,
        connection: Connection,
        send: Callable[[Submission], None],
    ) -> None:
        self._room = threading.Condition(lock)  # there is less in the backlog
        self._backlog = Backlog(patience)
        self._outstanding, self._connection, self._send = outstanding, connection, send
        self._over = False

    def __len__(self) -> int:
        return len(self._backlog)

    def __contains__(self, uuid: UUID) -> bool:
        return uuid in self._backlog

    def wait(self) -> None:
        """Waits while the backlog is too much to keep more, unless others wait for the caller's thread."""
        if not self._backlog.full or self._connection.in_thread() or _is_event_loop():
            return
        with self._room:
            self._room.wait_for(lambda: self._over or not self._backlog.full)

    def add(self, submission: Submission) -> None:
        """Takes a submit that was not sent, for others wait already."""
        self._backlog.add(submission.uuid, len(submission.body))

    def refused(self, uuid: UUID) -> bool:
        """The broker had no room for a submit: it is sent again later. False: it is not, patience is over."""
        submission = self._outstanding.get(uuid)
        if submission is None or submission.message is None:
            return False
        first = not self._backlog
        without = len(self._backlog) + (uuid not in self._backlog)
        hope = self._outstanding.submission_count > without
        if not self._backlog.refused(uuid, len(submission.body), clock(), hope=hope):
            return False
        self.push()
        if first:
            _log.warning(
                "%s has no room for more tasks of this session; what it refuses is tried again",
                self._connection.address,
            )
        return True

    def give_up(self, uuid: UUID) -> list[Future[Any]]:
        """Patience is over, for this submit and for all that wait behind it; gives their futures."""
        uuids = [uuid, *self._backlog.clear()]
        self._room.notify_all()
        return [future for one in uuids for future in self._outstanding.take_all(one)]

    def taken(self, uuid: UUID) -> None:
        """The broker has a submit, which may have waited here."""
        self._backlog.taken(uuid, clock())
        self.push()

    def drop(self, uuid: UUID) -> None:
        """A submit that may wait here need not be sent any more."""
        if self._backlog.drop(uuid):
            self.push()

    def moved(self) -> None:
        """A task has ended."""
        if self._backlog:
            self._backlog.moved(clock())
            self.push()

    def begin_anew(self) -> None:
        """On a new link of the same session: what was on its way may be lost."""
        self._backlog.begin_anew(clock())
        self.push()

    def clear(self, *, over: bool = False) -> None:
        """Forgets all; `over`: for ever, so that nobody waits any more."""
        self._over = self._over or over
        self._backlog.clear()
        self._room.notify_all()

    def push(self) -> None:
        """Sends what is due, and has the connection's alarm ring when the next is."""
        now = clock()
        while due := self._backlog.due(now):
            for uuid in due:
                submission = self._outstanding.get(uuid)
                if submission is None:
                    self._backlog.drop(uuid)
                else:
                    self._send(submission)
        if self._backlog.next is not None:
            self._connection.alarm(max(0, self._backlog.next - now))
        if not self._backlog.full:
            self._room.notify_all()


def _is_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
