"""The client: a session with a broker, its tasks, and what the broker says about them.

What goes over the line and when is correspondence.py's; how calls become tasks is submit.py's; futures.py is
what users hold, answers.py what they are told.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sys
import uuid as uuids
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mailroom import display, errors, interrupts, wire
from mailroom.answers import Status, TaskInfo, TaskList
from mailroom.certificates import CLIENT, absolute, of_cluster
from mailroom.connection import EXPIRY_MS, HEARTBEAT_MS
from mailroom.correspondence import Correspondence
from mailroom.futures import Future, MapFuture
from mailroom.operators import Operators
from mailroom.outstanding import Submission
from mailroom.submit import Options, Submitter
from mailroom.tokens import TOKEN_BYTES, Token

DEFAULT_ADDRESS = "tcp://127.0.0.1:7472"
DEFAULT_PORT = 7472
_GOODBYE_S = 2.0  # how long closing waits for the broker's answer
_LISTINGS = 10  # how often a list is begun that changes while it is asked for
_ASIDE_S = 5.0  # how long Future.running waits for the broker's answer

State = wire.State
TaskId = Future[Any] | uuids.UUID
PathLike = str | os.PathLike[str]

_MOST_ALIVE = (State.RUNNING, State.QUEUED, State.FAILED, State.CANCELLED, State.DONE)
_DETACHED = "the client left its session, whose tasks go on at the broker: Client.resume has their results"

_log = logging.getLogger(__name__)
_open: weakref.WeakSet[Client] = weakref.WeakSet()


def endpoint(address: str) -> str:
    """The endpoint of ZeroMQ's for what a user writes: `host`, `host:port`, `tcp://host[:port]` or `ipc://path`."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "tcp", address
    if scheme != "tcp":
        return address
    host, colon, port = rest.rpartition(":")
    if not colon or rest.endswith("]"):
        host, port = rest, str(DEFAULT_PORT)
    return f"tcp://{host or '127.0.0.1'}:{port or DEFAULT_PORT}"


class Client(Submitter, Operators):
    """A session with a broker. It may be used from several threads, and is closed by `with` or `close`.

    Tasks' logs arrive as records of the loggers of this process, of the names that they had.

    A broken connection is made anew, and meanwhile whoever waits goes on waiting. If the broker has lost the
    session (it was started anew, or was out of reach for longer than its lease), what is not done is
    submitted again under the same uuids, and a warning is logged.

    Results stay at the broker as long as their futures live here, so that another process can fetch them if
    this one is killed (see `session_file`, `detach` and `resume`); when a future is collected, or by
    `release`, the broker is told to free its result.

    Args:
        address: the broker's: `host`, `host:port` (7472 unless given) or an endpoint of ZeroMQ's.
        session: the token of an earlier client's session, to go on with it; None begins a new one. If the
            broker does not know it, it begins a new one too: see `resumed`, and `resume`, which is strict.
        session_file: where to keep the token, readable by this user alone, so that another process can resume
            the session when this one was killed. If the file is there already, its session is gone on with,
            and `resumed` says whether the broker still had it. The file is removed with the session, which
            `close` ends; a process that ends without it leaves both, as a kernel does that is restarted.
        timeout: seconds to wait for the broker.
        paths: folders that workers append to their `sys.path`; this process's unless given, () for none.
        detach: whether the session's tasks run on when the client is closed; see `close`.
        keep: whether results stay at the broker until their futures are collected; else, until they have
            arrived.
        patience: submits that the broker has no room for (its limits/tasks, limits/session-bytes) are tried
            again as long as tasks of this client are unfinished there, and then for so many seconds, until
            their futures raise `Busy`. With 0 they raise it at once.
        on_interrupt: what an interrupt of a wait for results (Ctrl-C, a kernel's interrupt) does to what is
            waited for: `leave` it as it is, `cancel` it, or `detach` the whole client, which needs a
            `session_file`. Then KeyboardInterrupt is raised, and says what was done.
        keys: the folder with the client's secret certificate and the broker's public one, as `mailroom
            keygen` makes it; the environment's MAILROOM_KEYS unless given, empty for none whatever that says.
        key: the client's secret certificate (MAILROOM_KEY), in place of the folder's client.cert_secret.
        broker_key: the broker's public one (MAILROOM_BROKER_KEY), in place of the folder's broker.cert.
        name: of this client, for people and logs; the host and process unless given.
        heartbeat: seconds of silence after which the broker is asked for a sign of life.
        expiry: seconds that the link outlives a broken connection.

    Raises:
        ConnectError: no broker answers; the text says what happened.
        KeyRefused: the broker refused the key, is not the one of the key here, or one side has no keys.
        KeyFileError: a certificate is missing, or not what it must be.
        NotOwner: the session was begun with another key.
        BadVersion: the broker speaks another version of the protocol.
        ValueError: `session` is no token, `session_file` is another broker's or no session file, or
            `on_interrupt` is none, or needs one.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        session: bytes | None = None,
        session_file: PathLike | None = None,
        timeout: float = 10.0,
        paths: Sequence[str] | None = None,
        detach: bool = False,
        keep: bool = True,
        patience: float = 30.0,
        on_interrupt: interrupts.OnInterrupt = "leave",
        keys: PathLike | None = None,
        key: PathLike | None = None,
        broker_key: PathLike | None = None,
        name: str | None = None,
        heartbeat: float = HEARTBEAT_MS / 1000,
        expiry: float = EXPIRY_MS / 1000,
    ) -> None:
        super().__init__(self, Options(keep=keep))
        self.address = endpoint(address)
        self.on_interrupt = interrupts.check(on_interrupt, session or session_file)
        self.session = self._choose(session, session_file)
        self._file: Path | None = None
        self._keep = keep
        keys = of_cluster(self.address) if keys is None else keys
        files = {"keys": absolute(keys), "key": absolute(key), "broker_key": absolute(broker_key)}
        self._for_token: dict[str, Any] = {name: file for name, file in files.items() if file is not None}
        self._for_token |= {"keep": keep, "patience": patience, "heartbeat": heartbeat, "expiry": expiry}
        self._detach = detach
        self._closed = False
        self._mail = Correspondence(
            self.address,
            self.session,
            [os.path.abspath(path) for path in (sys.path if paths is None else paths)],
            int(patience * 1000),
            keys=CLIENT.find(self.address, keys, key, broker_key),
            heartbeat=int(heartbeat * 1000),
            expiry=int(expiry * 1000),
            name=f"{os.uname().nodename}:{os.getpid()}" if name is None else name,
        )
        self._mail.connection.start()
        try:
            self._mail.connection.wait(timeout)
            if session_file is not None:
                self._keep_in(session_file)
        except BaseException:
            self._mail.connection.close()
            raise
        _open.add(self)

    def _choose(self, session: bytes | None, file: PathLike | None) -> bytes:
        """The session's token: as given, of the file, or a new one."""
        if session is None and file is not None and Path(file).exists():
            token = Token.load(file)
            if token.address != self.address:
                raise ValueError(f"{os.fspath(file)} is of a session at {token.address}, not {self.address}")
            return token.key
        if session is not None and len(session) != TOKEN_BYTES:
            raise ValueError(f"a session's token has {TOKEN_BYTES} bytes")
        return os.urandom(TOKEN_BYTES) if session is None else session

    def _keep_in(self, file: PathLike) -> None:
        self.token.save(file)
        self._file = Path(file).absolute()

    @classmethod
    def resume(cls, token: Token | PathLike, **options: Any) -> Client:
        """Goes on with the session of another process: `tasks` lists its tasks, `future` fetches a result.

        The process that had the session, if it lives and has not left it, gets `SessionTaken`.

        Args:
            token: what `detach` or `Client.token` gave, or the path of a file with it (`session_file`).
            options: arguments of the client that differ from those of the client before.

        Raises:
            SessionUnknown: the broker has no such session: its lease is over, it was closed, or the broker
                was started anew.
            ConnectError: no broker answers.
            OSError, ValueError: the file cannot be read, or is none.
        """
        file = None if isinstance(token, Token) else token
        known = token if isinstance(token, Token) else Token.load(token)
        client = cls(**{**known.options, "address": known.address, **options}, session=known.key)
        if not client.resumed:
            client.close(detach=False)
            raise errors.SessionUnknown(
                f"{client.address} has no session of this token: its lease is over, it was closed, or the"
                " broker was started anew"
            )
        if file is not None:
            client._keep_in(file)
        return client

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{len(self._mail.outstanding)} tasks"
        return f"<mailroom.Client {self.address} {state}>"

    def _repr_html_(self) -> str:
        return display.client(self)

    # -- asking the broker

    @property
    def resumed(self) -> bool:
        """Whether the broker knew this session when the present link began, so that its tasks were there."""
        return self._mail.resumed

    @property
    def token(self) -> Token:
        """What another process needs to resume this session."""
        return Token(self.session.hex(), self.address, self._for_token)

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
        return Status.of(self._mail.ask(wire.Status(uuid=_uuid_of(task)), wire.Status, timeout))

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
        page = wire.List(all=int(everyones), more=1)
        while page.more:
            after = page.tasks[-1].uuid if page.tasks else None
            page = self._mail.ask(wire.List(after=after, all=page.all), wire.List, timeout)
            yield from map(TaskInfo.of, page.tasks)

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
        return there or self._adopt(uuid, [slot], 0, raw)[0]

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
            there |= dict(zip(missing, self._adopt(uuid, missing, total, raw), strict=True))
            futures += [there[slot] for slot in range(total)]
        return MapFuture(futures)

    def _adopt(self, uuid: uuids.UUID, slots: list[int], total: int, raw: bool) -> list[Future[Any]]:
        """Futures for tasks of another process, of which only the uuid is known."""
        submission = Submission(uuid, total, raw, self._keep)
        futures = [Future[Any](self, submission, slot, "", delivered=True) for slot in slots]
        self._mail.adopt(submission)
        return futures

    def release(self, task: TaskId | MapFuture[Any]) -> None:
        """Frees results at the broker, which no process can fetch then; futures here keep their values.

        Args:
            task: a future, a map, or a uuid (of all its tasks). What is not done is left as it is.

        Raises:
            ConnectionLost: the client is closed.
        """
        if isinstance(task, uuids.UUID):
            self._mail.tell(wire.Release([(task, None)]))
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
        answer = self._mail.ask(wire.Cancel(uuid=uuid), wire.Cancel, timeout)
        for future in self._mail.outstanding.take_all(uuid):
            future._end_cancelled()
        return State(answer.state or 0)

    # -- the end

    def detach(self, file: PathLike | None = None, *, timeout: float | None = 60.0) -> Token:
        """Leaves the session, whose tasks go on at the broker, and closes the client.

        Futures here that are not done raise `Detached`. Another process, or this one, goes on with `resume`
        within the broker's lease (an hour unless it was set otherwise there). Results of futures that were
        collected before are gone; hold on to the futures of what is still wanted.

        Args:
            file: where to save the token, readable by this user alone.
            timeout: seconds to wait until the broker has all that was submitted; None for ever.

        Returns:
            The token.

        Raises:
            TimeoutError: the broker has not; the client is as before.
            Busy: the broker has no room for all that was submitted; the client is as before.
            Exception: see `status`.
        """
        if file is not None:
            self.token.save(file)
        self._mail.flush_releases()
        self.status(uuids.uuid4(), timeout)  # an answer: all before it was read
        if self._mail.refused:
            raise errors.Busy(f"the broker has no room for {self._mail.refused} of the submits; see release")
        self.close(detach=True)
        return self.token

    def close(self, *, detach: bool | None = None) -> None:
        """Ends the session. Its unfinished tasks are cancelled; safe to call twice.

        Args:
            detach: True leaves the tasks at the broker, for a later client with the same token; their
                futures here raise `Detached`. Unless given, as the client was told when it was made. See
                `detach`, which also makes sure that the broker has everything.
        """
        connection = self._mail.connection
        if self._closed or connection.foreign:
            return
        self._closed = True
        _open.discard(self)
        stay = self._detach if detach is None else detach
        over = connection.over is not None
        self._mail.close(
            errors.Detached(_DETACHED) if stay else errors.ConnectionLost("the client is closed")
        )
        goodbye = wire.Disconnect(
            detach=int(stay), text="the client left" if stay else "the client was closed"
        )
        try:
            if connection.in_thread():
                self._mail.tell(goodbye)
            elif not over:
                self._mail.ask(goodbye, wire.Disconnect, _GOODBYE_S)
                self._remove_file(stay)
        except (errors.MailroomError, TimeoutError):
            _log.debug("%s did not answer to the end of the session", self.address)
        connection.close()
        self._mail.end_futures(errors.Detached(_DETACHED) if stay else None)

    def _remove_file(self, stay: bool) -> None:
        if self._file is not None and not stay:
            with contextlib.suppress(OSError, ValueError):
                if Token.load(self._file).key == self.session:
                    self._file.unlink()

    # -- for submit.py and futures.py

    def _submit(self, task: wire.Task, body: bytes, *, raw: bool) -> Future[Any]:
        return self._submit_as(uuids.uuid4(), task, body, raw=raw)

    def _submit_as(self, uuid: uuids.UUID, task: wire.Task, body: bytes, *, raw: bool) -> Future[Any]:
        wire.check_task(task)
        message = wire.Submit(replace(task, uuid=uuid))
        submission = Submission(uuid, 1, raw, _keeps(task), message, body)
        future = Future[Any](self, submission, 0, task.name, delivered=submission.delivered)
        self._mail.submit(submission)
        return future

    def _submit_batch(self, task: wire.Task, parts: list[bytes], *, raw: bool) -> list[Future[Any]]:
        wire.check_task(task)
        uuid = uuids.uuid4()
        tasks = [replace(task, return_address=wire.Address(mailbox_slot=slot)) for slot in range(len(parts))]
        tasks[0].uuid = uuid
        message = wire.SubmitBatch(tasks, [len(part) for part in parts])
        submission = Submission(uuid, len(parts), raw, _keeps(task), message, b"".join(parts))
        delivered = submission.delivered
        futures = [
            Future[Any](self, submission, slot, task.name, delivered=delivered) for slot in range(len(parts))
        ]
        self._mail.submit(submission)
        return futures

    def _let_go(self, submission: Submission, slot: int) -> None:
        self._mail.let_go(submission, slot)

    def _cancelled(self, future: Future[Any]) -> None:
        self._mail.cancelled(future)

    def _request(self, future: Future[Any]) -> None:
        """A result that is not delivered by itself is wanted."""
        try:
            self._mail.request(future)
        except errors.MailroomError as error:
            future._end_exception(error)

    def _is_running(self, future: Future[Any]) -> bool:
        if self._mail.connection.in_thread():
            return False
        return self.status(future, _ASIDE_S).state is State.RUNNING

    def _refuse_to_wait(self) -> None:
        self._mail.refuse_to_wait()


def _uuid_of(task: TaskId) -> uuids.UUID:
    return task if isinstance(task, uuids.UUID) else task.uuid


def _keeps(task: wire.Task) -> bool:
    return bool(task.flags & wire.Flag.KEEP)


@atexit.register
def _close_all() -> None:
    for client in list(_open):
        # a session that is kept in a file is for the next process: a kernel that is restarted ends like this
        client.close(detach=client._detach or client._file is not None)
