"""The tasks of a session: made futures, asked about, fetched, freed and cancelled. A part of `Client`."""

from __future__ import annotations

import contextlib
import uuid as uuids
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mailroom import _core, errors
from mailroom._base import bodies, within
from mailroom._session.answers import Status, TaskInfo, TaskList
from mailroom._session.correspondence import Correspondence
from mailroom._session.deferred import when_done
from mailroom._session.futures import Future, Owner, Submission
from mailroom._session.maps import MapFuture
from mailroom.states import State

_LISTINGS = 10  # how often a list is begun that changes while it is asked for
_ASIDE_S = 5.0  # how long Future.running waits for the broker's answer
_MOST_ALIVE = (State.RUNNING, State.QUEUED, State.FAILED, State.CANCELLED, State.DONE)

TaskId = Future[Any] | uuids.UUID


class Header(NamedTuple):
    """What a task is besides its body, as the library takes it (struct mailroom_submit)."""

    runtime: str
    name: str
    meta: bytes
    priority: int
    flags: int


class Tasks(Owner):
    """What is asked of a session's tasks, for a class that has the session's `_mail`."""

    _mail: Correspondence
    _keep: bool  # whether results stay at the broker until their futures are collected

    def status(self, task: TaskId, timeout: float | None = None) -> Status:
        """Asks for the state of a task (or of all of a map's), by its future or uuid.

        Args:
            task: an unknown one has the state UNKNOWN.
            timeout: seconds to wait for the answer; None for ever.

        Raises:
            NotOwner: it belongs to another session.
            TimeoutError: the broker did not answer in time.
            ConnectionLost: the client is closed.
            SessionTaken: another process has resumed the session.
        """
        return Status.of(self._mail.ask(_core.ASK_STATUS, timeout, uuid=_uuid_of(task).bytes))

    def tasks(self, timeout: float | None = None, *, all: bool = False) -> TaskList:
        """Lists the session's tasks, the newest first, those of earlier processes too; a map's batch is one.

        Args:
            timeout: seconds to wait for each answer; None for ever. For errors see `status`.
            all: whether to list those of all sessions, session by session; for admins.

        Raises:
            Refused: this client is no admin; the text says who is.
        """
        for _ in range(_LISTINGS):
            with contextlib.suppress(errors.UnknownTask):  # the last one of a page was released meanwhile
                return TaskList(self._listed(timeout, all))
        raise errors.UnknownTask("the tasks change too fast to be listed; try again")

    def _listed(self, timeout: float | None, everyones: bool) -> Iterator[TaskInfo]:
        after, more, whose = None, 1, int(everyones)
        while more:
            page, more, whose = self._mail.ask(_core.ASK_LIST, timeout, uuid=after, all=whose)
            after = page[-1][0] if page else after
            yield from map(TaskInfo.of, page)

    def result(self, task: TaskId, timeout: float | None = None, *, raw: bool = False) -> Any:
        """Waits for the result of a task, also of one that another process of the session submitted.

        Args:
            task: a future or a uuid. Of a map, the uuid of each of its batches; the result is then a list.
            timeout: seconds; None for ever.
            raw: of a uuid: whether the result is bytes as they are (of `submit_bytes`), not a pickled value.

        Raises:
            UnknownTask: there is none of that uuid, or its result was released.
            Exception: see `Future.result` and `status`.
        """
        if isinstance(task, Future):
            return task.result(timeout)
        values = self.map_of(task, raw=raw, timeout=timeout).result(timeout)
        return values if len(values) > 1 else values[0]

    def future(self, task: uuids.UUID | str, slot: int = 0, *, raw: bool = False) -> Future[Any]:
        """A future of a task that another process of the session submitted; its result is asked for at once.

        Args:
            task: the uuid, see `tasks`. One that the broker does not have ends with `UnknownTask`.
            slot: of a map: the number of the task in its batch.
            raw: whether the result is bytes as they are (of `submit_bytes`), not a pickled value.

        Raises:
            ConnectionLost: the client is closed.
        """
        uuid = uuids.UUID(task) if isinstance(task, str) else task
        there = self._mail.outstanding.find(uuid).get(slot)
        return there or self._adopt(uuid, [slot], raw)[0]

    def map_of(
        self, *tasks: uuids.UUID | str, raw: bool = False, timeout: float | None = None
    ) -> MapFuture[Any]:
        """The futures of a map that another process of the session submitted.

        Args:
            tasks: the uuids of the map's batches, in their order (`MapFuture.uuids`).
            raw: whether the results are bytes as they are (of `map_bytes`), not pickled values.
            timeout: seconds to wait until the broker says how many tasks there are; None for ever.

        Raises:
            UnknownTask: there is none of that uuid, or all its results were released.
            Exception: see `status`.
        """
        futures: list[Future[Any]] = []
        for task in tasks:
            uuid = uuids.UUID(task) if isinstance(task, str) else task
            status = self.status(uuid, timeout)
            if status.state is State.UNKNOWN:
                raise errors.UnknownTask(f"no task {uuid}, or its result was released")
            total = status.total
            there = self._mail.outstanding.find(uuid)
            missing = [slot for slot in range(total) if slot not in there]
            there |= dict(zip(missing, self._adopt(uuid, missing, raw), strict=True))
            futures += [there[slot] for slot in range(total)]
        return MapFuture(futures)

    def release(self, task: TaskId | MapFuture[Any]) -> None:
        """Frees results at the broker, which no process can fetch then; futures here keep their values.

        Args:
            task: a future, a map, or a uuid (of all its tasks). What is not done is left as it is.

        Raises:
            ConnectionLost: the client is closed.
        """
        if isinstance(task, uuids.UUID):
            self._mail.release(task.bytes)
            return
        for future in task.futures if isinstance(task, MapFuture) else (task,):
            if future.done():
                future._let_go()

    def cancel(self, task: TaskId | MapFuture[Any], timeout: float | None = None) -> State:
        """Cancels a task, or all tasks of a map, and waits until the broker says so.

        Args:
            task: a future or a uuid (of a map, of one of its batches), or a map.
            timeout: seconds to wait for each answer; None for ever.

        Returns:
            The state before; UNKNOWN for a task that is not there. For errors see `status`.
        """
        if isinstance(task, MapFuture):
            states = [self.cancel(uuid, timeout) for uuid in task.uuids]
            return next((state for state in _MOST_ALIVE if state in states), State.UNKNOWN)
        uuid = _uuid_of(task)
        before = self._mail.ask(_core.ASK_CANCEL, timeout, uuid=uuid.bytes)
        for future in self._mail.outstanding.take_uuid(uuid):
            future._end_cancelled()
        return State(before[0])

    # -- futures

    def _submit(self, task: Header, body: bytes, *, raw: bool, uuid: uuids.UUID | None = None) -> Future[Any]:
        """A task with its future.

        Args:
            task: its header.
            body: its body.
            raw: whether the result is bytes as they are.
            uuid: that it is to have, None: a new one.
        """
        within.refuse(self._cluster())
        submission = Submission(raw, bool(task.flags & _core.KEEP))
        future = Future[Any](self, submission, 0, task.name, delivered=bool(task.flags & _core.DELIVER))
        self._mail.submit(submission, task, None if uuid is None else uuid.bytes, body)
        return future

    def _unsent(self, name: str, error: Exception) -> Future[Any]:
        """The future of a call that does not get as far as the broker."""
        submission = Submission(False, False)
        submission.key = uuids.uuid4().bytes
        future = Future[Any](self, submission, 0, name, delivered=True)
        future._end_exception(error)
        return future

    def _submit_later(
        self, task: Header, waits_for: list[Future[Any]], body: Callable[[], bytes]
    ) -> Future[Any]:
        """A task with its future, which is submitted when other futures are done.

        Args:
            task: its header.
            waits_for: the futures; one that ends without a value ends this one as well.
            body: makes its body.
        """
        within.refuse(self._cluster())
        submission = Submission(False, bool(task.flags & _core.KEEP))
        submission.key = uuids.uuid4().bytes
        future = Future[Any](self, submission, 0, task.name, delivered=True)
        self._mail.outstanding.add(submission)  # it ends with the session, as all do
        self._mail.outstanding.deferred.add(submission.tag)

        def submit() -> None:
            self._mail.outstanding.deferred.discard(submission.tag)
            if future.done():
                return
            try:
                if any(one.cancelled() for one in waits_for):
                    future.cancel()
                    return
                for error in (one.exception(0) for one in waits_for):
                    if error is not None:
                        raise error
                made = body()
                self._mail.submit(submission, self._for_bodies(task, [made]), submission.key, made)
            except BaseException as raised:
                self._mail.outstanding.drop(submission.tag)
                future._end_exception(raised)
            if future.cancelled():  # in the middle of that
                self._mail.abandon(future)

        when_done(waits_for, submit)
        return future

    def _submit_batch(
        self, task: Header, shared: bytes, parts: list[bytes], *, raw: bool
    ) -> list[Future[Any]]:
        """Tasks with their futures, whose bodies are `shared` and each a part."""
        within.refuse(self._cluster())
        submission = Submission(raw, bool(task.flags & _core.KEEP))
        name, delivered = task.name, bool(task.flags & _core.DELIVER)
        futures = [
            Future[Any](self, submission, slot, name, delivered=delivered) for slot in range(len(parts))
        ]
        self._mail.map(submission, task, shared, parts)
        return futures

    def _adopt(self, uuid: uuids.UUID, slots: list[int], raw: bool) -> list[Future[Any]]:
        """Futures for tasks of another process, of which only the uuid is known."""
        within.refuse(self._cluster())
        submission = Submission(raw, self._keep)
        futures = [Future[Any](self, submission, slot, "", delivered=True) for slot in slots]
        if slots:
            self._mail.adopt(submission, uuid.bytes)
        return futures

    def _cluster(self) -> bytes:
        """What tells the broker's cluster from others, empty before the first handshake."""
        return self._mail.boot[: within.SIZE]

    def _for_bodies(self, task: Header, parts: list[bytes]) -> Header:
        """The header for tasks with these bodies: where one holds code its runtime names this Python."""
        if not self._mail.versions:
            return task  # the broker is of before versions, and could not say that nobody has this one
        return task._replace(runtime=bodies.runtime_for(task.runtime, *parts))

    def _let_go(self, submission: Submission, slot: int) -> None:
        self._mail.let_go(submission, slot)

    def _cancelled(self, future: Future[Any]) -> None:
        self._mail.cancelled(future)

    def _request(self, future: Future[Any]) -> None:
        try:
            self._mail.request(future)
        except errors.MailroomError as error:
            future._end_exception(error)

    def _is_running(self, future: Future[Any]) -> bool:
        if self._mail.in_thread():
            return False
        return self.status(future, _ASIDE_S).state is State.RUNNING

    def _await(self, future: Future[Any], end: float | None) -> bool:
        return self._mail.await_result(future, end)

    def _settled(self, future: Future[Any]) -> None:
        self._mail.settle(future)

    def _refuse_to_wait(self) -> None:
        self._mail.refuse_to_wait()


def _uuid_of(task: TaskId) -> uuids.UUID:
    return task if isinstance(task, uuids.UUID) else task.uuid
