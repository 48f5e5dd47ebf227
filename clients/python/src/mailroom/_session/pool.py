"""What an executor has under way, and the end of it. An executor that is dropped leaves this behind.

Who waits at the end: `shutdown` for all that is under way, the interpreter's end for what was left of it.
Both end with an interrupt; the latter also where the broker says nothing any more.
"""

from __future__ import annotations

import _thread
import atexit
import concurrent.futures
import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from uuid import UUID

from mailroom import errors
from mailroom._base.threads import at_once, in_exit_handler, rest
from mailroom._session import forks
from mailroom._session.answers import Status, TaskInfo
from mailroom._session.futures import Future
from mailroom._session.watch import insistent
from mailroom.states import State

_ASIDE_S = 5.0  # how long the broker has to say what runs
_QUIET_S = 2.0  # how long the end of the interpreter waits before it says for what
_SILENCE_S = 10.0  # how long it waits for a broker that does not answer

_log = logging.getLogger(__name__)
_running: weakref.WeakSet[Pool] = weakref.WeakSet()


class Session(Protocol):
    """What is asked of the client."""

    address: str

    def tasks(self, timeout: float | None = None) -> list[TaskInfo]:
        """Lists the session's tasks."""

    def status(self, task: UUID, timeout: float | None = None) -> Status:
        """Asks for the state of a task."""

    def close(self) -> None:
        """Ends the session."""

    def _refuse_to_wait(self) -> None: ...


class Pool:
    """The futures of an executor that are not done.

    Args:
        client: of the executor.
        own: whether it is closed with the executor.
    """

    def __init__(self, client: Session, own: bool) -> None:
        self._client, self._own = client, own
        self._pid = os.getpid()
        self._broken: BaseException | None = None
        self._shut = self._close_when_done = False
        self._begin()
        _running.add(self)
        forks.tell(self)

    def _begin(self) -> None:
        self._lock = threading.RLock()  # a handler of signals may shut the executor
        self._changed = threading.Condition(self._lock)
        self._callers = 0  # how many are in `submit` or `map`
        self._pending: dict[Future[Any], None] = {}  # in the order in which they came

    def _after_fork(self) -> None:
        _running.discard(self)
        self._begin()

    @contextlib.contextmanager
    def submitting(self) -> Iterator[list[Future[Any]]]:
        """Notes what is submitted, without the lock: a submit may wait, until others are done.

        Raises:
            RuntimeError: the executor was shut down, or the program ends.
            errors.InitializerFailed: its initializer has failed.
        """
        with self._lock:
            if self._broken is not None:
                raise errors.InitializerFailed(str(self._broken)) from self._broken.__cause__
            if self._shut:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if in_exit_handler():  # the standard library's refuse there; nothing may wait for what comes then
                raise RuntimeError("cannot schedule new futures after interpreter shutdown")
            self._callers += 1
        futures: list[Future[Any]] = []
        try:
            yield futures
        finally:
            with self._lock:
                self._callers -= 1
                self._pending.update(dict.fromkeys(futures))
                self._changed.notify_all()
            for future in futures:
                future.add_done_callback(self._done)
            self._close_if_done()

    def _done(self, future: concurrent.futures.Future[Any]) -> None:
        failed = None if future.cancelled() else future.exception(0)
        with self._lock:
            if isinstance(failed, errors.InitializerFailed):
                self._broken = failed
            self._pending.pop(future, None)  # type: ignore[call-overload] # it is one of ours
        self._close_if_done()

    def _close_if_done(self) -> None:
        with self._lock:
            done = self._close_when_done and not self._pending and not self._callers
        if done:
            self._close()

    def _close(self) -> None:
        _running.discard(self)
        if self._own:
            self._client.close()

    # -- the end

    def shutdown(self, wait: bool, cancel: bool) -> None:
        """See `Executor.shutdown`. An interrupt of it cancels what is under way."""
        if os.getpid() != self._pid:  # after a fork it belongs to the parent
            return
        try:
            with self._lock:
                self._shut = True
                self._close_when_done |= not wait
                while wait and self._callers:
                    self._changed.wait(at_once(None))
            if cancel:
                self._cancel_what_waits()
            if wait:
                self._wait()
                self._close()
            else:
                self._close_if_done()
        except (KeyboardInterrupt, SystemExit):
            self._give_up()
            raise

    def _wait(self) -> None:
        with self._lock:
            pending = list(self._pending)
            if pending:
                self._close_when_done = self._own and self._close_when_done
        if pending:
            self._client._refuse_to_wait()
        for future in pending:
            rest(future, None)

    def _cancel_what_waits(self) -> None:
        """Cancels what no worker has begun; where the broker does not say what that is, all."""
        with self._lock:
            pending = list(self._pending)
        begun: dict[UUID, int] = {}
        try:
            for task in self._client.tasks(_ASIDE_S) if pending else ():
                if task.state is State.RUNNING:
                    # a map's tasks are begun in their order
                    counts = self._client.status(task.uuid, _ASIDE_S) if task.total > 1 else None
                    begun[task.uuid] = 1 if counts is None else counts.total - counts.queued
        except (errors.MailroomError, TimeoutError) as error:
            _log.debug("%s does not say what runs: %s", self._client.address, error)
        except RuntimeError:  # in a callback, where nobody can ask
            threading.Thread(target=self._cancel_what_waits, name="mailroom-shutdown", daemon=True).start()
            return
        for future in pending:
            if future.slot >= begun.get(future.uuid, 0):
                future.cancel()

    def _give_up(self) -> None:
        """Ends with what is under way, for nobody waits for it."""
        _running.discard(self)
        with self._lock:
            pending = list(self._pending)
        for future in () if self._own else pending:
            future.cancel()
        self._close()

    def leave(self) -> None:
        """The executor is gone: all is closed when what is under way is done.

        The garbage collector calls it, in any thread and at any time, so it is done in a thread of its own.
        """
        if os.getpid() == self._pid:
            with contextlib.suppress(RuntimeError):  # the interpreter ends, and all with it
                _thread.start_new_thread(self._leave, ())

    def _leave(self) -> None:
        # a thread that threading has not made itself stays in its list, as a dummy
        threading.Thread(target=self.shutdown, args=(False, False), daemon=True).start()

    def end(self) -> None:
        """As ProcessPoolExecutor does: the interpreter ends when what was submitted is done.

        It says so, and does not wait for a broker that says nothing.
        """
        if os.getpid() != self._pid:
            return
        try:
            with insistent() as insist:
                self._await_the_end(insist)
        except (KeyboardInterrupt, SystemExit):
            self._give_up()

    def _await_the_end(self, insist: Callable[[], None]) -> None:
        with self._lock:
            self._shut = True
        told = False
        while pending := list(self._pending):
            insist()
            concurrent.futures.wait(pending, _QUIET_S)
            waits = next((future for future in pending if not future.done()), None)
            if waits is None:
                continue
            if not told:
                left = f"{len(self._pending)} tasks at {self._client.address} are not done"
                _log.warning("the program ends when they are: %s; Ctrl-C ends it without them", left)
                told = True
            if not self._answers(waits):
                break
        self._close()

    def _answers(self, waits: Future[Any]) -> bool:
        asked = time.monotonic()
        try:
            self._client.status(waits.uuid, _SILENCE_S)
        except (errors.MailroomError, TimeoutError) as error:
            if waits.done():
                return True
            silence = time.monotonic() - asked
            _log.warning("the program ends without its tasks after %.0f s of silence: %s", silence, error)
            return False
        return True


@atexit.register
def _end_all() -> None:
    for pool in list(_running):
        pool.end()
