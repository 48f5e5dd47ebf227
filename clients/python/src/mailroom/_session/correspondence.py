"""What a client and its broker say to each other, by libmailroom's client (mailroom/client.h).

The library keeps the connection up, submits again, asks again, and knows where the broker has no room. Here
is what it cannot know: whose future a result is for. One thread takes what comes; it drives the socket while
it waits, without Python's interpreter lock, and the library's own thread does where this one is held up.
What users see is client.py's.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mailroom import _core, errors
from mailroom._base.certificates import Keys
from mailroom._base.threads import at_once, is_event_loop, milliseconds, refuse_green, rest
from mailroom._session import forks
from mailroom._session.arrivals import Arrivals
from mailroom._session.direct import Direct, take
from mailroom._session.futures import NO_KEY, Future, Submission
from mailroom._session.importpath import ImportPath
from mailroom._session.outstanding import Outstanding
from mailroom._session.questions import Questions
from mailroom._session.releases import Releases
from mailroom._session.whys import error_of, exception
from mailroom.version import __version__

if TYPE_CHECKING:
    from mailroom._session.by_pyzmq import Driven

HEARTBEAT_MS = 5_000
EXPIRY_MS = 300_000
WINDOW = 8 << 20
MAX_BODY = 1 << 30
_END_S = 2.0  # how long the library's thread has to end

_OF_THEIR_OWN = (errors.KeyRefused, errors.NotOwner, errors.BadVersion)  # what `wait` raises as it is

State = tuple[int, int, int, int, int, int, int, int, int, int, str, bytes, int, int]  # mailroom_client_state

_log = logging.getLogger(__name__)


class Correspondence:
    """A session's mail. Its methods may be called from any thread.

    Args:
        address: the broker's, an endpoint of ZeroMQ's.
        session: the token.
        paths: the import path of its tasks.
        patience: ms without progress that submits are tried again for which the broker says BUSY.
        keys: of both sides, None for a connection without.
        name: of this client, for people and logs.
        heartbeat: ms of silence after which this side asks for a sign of life.
        expiry: ms that the link outlives its connection.
        window: bytes that the broker may send ahead of this side's acknowledgement.
        max_body: the largest body that this side takes, in bytes.
        fleeting: whether no other process has the token, or will have it.
        by_pyzmq: whether a socket of pyzmq's is used, and not one of the library's own.

    Attributes:
        address: see above.
        outstanding: what is waited for.
        boot: 16 bytes that tell the broker's process from others; empty before the first handshake.
        versions: whether the broker knows runtimes with a version.

    Raises:
        ValueError: the address is none.
        RuntimeError: the threads of this process are none of the system's.
    """

    def __init__(
        self,
        address: str,
        session: bytes,
        paths: ImportPath,
        patience: int,
        *,
        keys: Keys | None = None,
        name: str = "",
        heartbeat: int = HEARTBEAT_MS,
        expiry: int = EXPIRY_MS,
        window: int = WINDOW,
        max_body: int = MAX_BODY,
        fleeting: bool = False,
        by_pyzmq: bool = False,
    ) -> None:
        refuse_green()
        self.address = address
        self.outstanding = Outstanding()
        self.boot, self.versions = b"", True
        self._questions = Questions()
        self._releases = Releases(self._wake)
        self._arrivals = Arrivals(address, self.outstanding, self._questions, self._on_up, self._on_over)
        self._pid = os.getpid()
        self._paths = paths
        self._closed: errors.MailroomError | None = None
        self._over: errors.MailroomError | None = None
        self._answered = False  # the broker, to the end of the session
        self._closing = False  # the thread is to close the connection when it is over
        self._last: State = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", b"", 1, 1)
        try:
            options: dict[str, Any] = {
                **{"broker": address, "session": session, "name": name},
                **{"software": f"mailroom-python {__version__}", "paths": paths.folders},
                **{"patience": patience, "heartbeat": heartbeat, "expiry": expiry, "max_body": max_body},
                **{"window": window, "flags": _core.INSECURE | _core.FLEETING * fleeting},
            }
            if by_pyzmq:
                from mailroom._session.by_pyzmq import Driven

                self._core: _core.Client | Driven = Driven(keys, **options)
                self._direct = None
            else:
                files = (None, None) if keys is None else (keys.own.file, keys.server.file)
                core = _core.Client(**options, keys=None, key=files[0], broker_key=files[1])
                self._core, self._direct = core, Direct(core, self.outstanding)
        except _core.Error as error:
            raise exception(error) from None
        self._thread = threading.Thread(target=self._run, name="mailroom-connection", daemon=True)

    def start(self) -> None:
        """Starts the threads: from now on something may come."""
        forks.tell(self)
        self._core.start()
        self._thread.start()

    # -- how it is

    @property
    def foreign(self) -> bool:
        """Whether this is another process than the one that made it, after a fork."""
        return os.getpid() != self._pid

    @property
    def over(self) -> errors.MailroomError | None:
        """Why nothing will come or go any more, None as long as something may."""
        return self._over

    @property
    def resumed(self) -> bool:
        """Whether the broker knew the session when the present link began."""
        return bool(self._state()[3])

    @property
    def refused(self) -> int:
        """How many submits wait for the broker to have room."""
        return self._state()[8]

    def _state(self) -> State:
        try:
            return self._core.state()
        except _core.Error:  # it is closed
            return self._last

    def in_thread(self) -> bool:
        """Whether the caller runs in the thread that takes what comes, and must not wait for it."""
        return threading.current_thread() is self._thread

    def refuse_to_wait(self) -> None:
        """Raises RuntimeError in the connection's thread, and ForkError in a forked child."""
        if self.foreign:
            raise self._fork_error()
        if self.in_thread():
            raise RuntimeError("a callback must not wait for a future: nothing arrives until it returns")

    def wait(self, timeout: float | None) -> None:
        """Waits until the first handshake is done.

        Args:
            timeout: seconds; None for ever.

        Raises:
            errors.ConnectError: it is not done in time, or was refused; KeyRefused: the keys do not fit.
            errors.NotOwner: the session is one of another key.
            errors.BadVersion: the other side speaks another version of the protocol.
        """
        code = self._wait_for(_core.WAIT_UP, timeout)
        state = self._core.state()
        self.boot, self.versions = state[11], bool(state[12])
        if code == _core.OK:
            return
        over = error_of(state[0], state[10], self.address) if state[0] != _core.OK else None
        within = "" if over is not None else f" within {timeout} s"
        kind = type(over) if isinstance(over, _OF_THEIR_OWN) else errors.ConnectError
        raised = kind(f"no connection to {self.address}{within}: {state[10] if over is None else over}")
        if isinstance(raised, errors.BadVersion) and isinstance(over, errors.BadVersion):
            raised.version = over.version
        raise raised

    def drain(self, timeout: float) -> bool:
        """Waits until the broker has acknowledged all that was sent; says whether it has.

        Args:
            timeout: seconds.
        """
        return self._wait_for(_core.WAIT_SENT, timeout) == _core.OK

    def _wait_for(self, what: int, timeout: float | None) -> int:
        """The library's code; signals are handled meanwhile."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            now = at_once(left)
            try:
                code = self._core.wait(what, milliseconds(now))
            except _core.Error as error:
                if error.args[0] != _core.ECLOSED:
                    raise
                return _core.ECLOSED  # in between, by another thread
            if code != _core.EINTR and (code != _core.ETIMEDOUT or now == left):
                return code

    # -- out

    def submit(
        self,
        submission: Submission,
        header: tuple[str, str, bytes, int, int],
        uuid: bytes | None,
        body: bytes,
    ) -> None:
        """Submits a task, and waits for its result.

        Where the broker has no room for so many that they are too much to keep, the caller waits, unless
        it is an event loop, which others wait for.

        Args:
            submission: with its future; it gets its tag and its uuid here.
            header: runtime, name, meta, priority, flags.
            uuid: that the task is to have; None: a new one.
            body: of the task.

        Raises:
            errors.ConnectionLost: nothing will be sent any more; errors.SessionTaken where that is why.
            errors.TooLarge: the broker does not take a body of this size.
        """
        runtime, name, meta, priority, flags = header
        flags |= 0 if uuid is None else _core.GIVEN
        self._put(
            submission,
            flags,
            lambda now, tag: self._core.submit(runtime, name, meta, priority, now, tag, uuid, body),
        )

    def map(
        self,
        submission: Submission,
        header: tuple[str, str, bytes, int, int],
        shared: bytes,
        parts: list[bytes],
    ) -> None:
        """Submits tasks under one uuid, the body of each `shared` and its part; else as `submit`."""
        runtime, name, meta, priority, flags = header
        self._put(
            submission,
            flags,
            lambda now, tag: self._core.map(runtime, name, meta, priority, now, tag, shared, parts),
        )

    def _put(self, submission: Submission, flags: int, put: Callable[[int, int], bytes]) -> None:
        """Has the library take a submission; `put` is called with flags and tag until there is room."""
        tag = submission.tag or self.outstanding.add(submission)  # first: the result may come at once
        try:
            while True:
                try:
                    self._paths.tell(self._core.paths)
                    submission.key = put(flags, tag)
                    return self._end_late(submission)
                except _core.Error as error:
                    flags |= self._make_room(error)
        except BaseException:
            self.outstanding.drop(tag)
            submission.key = submission.key or NO_KEY
            raise

    def _end_late(self, submission: Submission) -> None:
        """What was submitted at the very end, when nobody takes what comes any more, ends with it."""
        if self._over is not None:
            for future in self.outstanding.drop(submission.tag):
                future._end_exception(type(self._over)(str(self._over)))

    def _make_room(self, error: _core.Error) -> int:
        """Waits for room where that was the error, and raises all others; gives a flag for the next try."""
        if error.args[0] != _core.EAGAIN:
            raise self._error(error) from None
        if self.in_thread() or is_event_loop():
            return _core.INSIST
        self._wait_for(_core.WAIT_ROOM, None)
        return 0

    def adopt(self, submission: Submission, uuid: bytes) -> None:
        """Asks for the results of a submission of another process; raises what `submit` raises."""
        submission.key = uuid
        slots = sorted(submission.waiting)
        tag = self.outstanding.adopt(submission)
        try:
            self._core.adopt(uuid, slots, tag)
        except _core.Error as error:
            for slot in slots:
                self.outstanding.take(tag, slot)
            raise self._error(error) from None

    def request(self, future: Future[Any]) -> None:
        """Asks for a result that does not come by itself; raises what `submit` raises."""
        try:
            self._core.request(future.uuid.bytes, future.slot)
        except _core.Error as error:
            raise self._error(error) from None

    def cancelled(self, future: Future[Any]) -> None:
        """A future was cancelled here: the broker is told, as soon as that is true of its whole map."""
        if self.outstanding.take(future._submission.tag, future.slot) is not None and self._over is None:
            self.abandon(future)

    def abandon(self, future: Future[Any]) -> None:
        """Tells the broker of a future that was cancelled."""
        try:
            self._core.abandon(future.uuid.bytes, future.slot)
        except _core.Error as error:
            _log.debug("%s need not know of %s: %s", self.address, future, error)

    def let_go(self, submission: Submission, slot: int) -> None:
        """A result is not needed any more. Finalizers call it, in any thread and at any time."""
        if self._closed is None and not self.foreign:
            self._releases.drop(submission, slot)

    def flush_releases(self) -> None:
        """Tells the library at once what is not needed any more."""
        with contextlib.suppress(_core.Error):  # it is over: there is nobody to tell
            for uuid, slot in self._releases.take():
                self._core.release(uuid, slot)

    def release(self, uuid: bytes) -> None:
        """Frees all results of a uuid at the broker; raises what `submit` raises."""
        try:
            self._core.release(uuid, None)
        except _core.Error as error:
            raise self._error(error) from None

    def ask(
        self,
        kind: int,
        timeout: float | None,
        *,
        uuid: bytes | None = None,
        name: str | None = None,
        grace: int | None = None,
        all: int = 0,
    ) -> Any:
        """Asks the broker and waits for the answer, over as many links as it takes.

        Args:
            kind: one of the library's questions (enum mailroom_question_kind).
            timeout: seconds; None for ever.
            uuid: as that question has it, and so are
            name: this,
            grace: this, in ms,
            all: and this.

        Returns:
            What events.c of the extension makes of the answer.

        Raises:
            TimeoutError: it did not come in time.
            errors.MailroomError: the broker's ERROR, or what `submit` raises.
        """
        self.refuse_to_wait()
        try:
            number, answer = self._questions.add(lambda: self._core.ask(kind, uuid, name, grace, all))
        except _core.Error as error:
            raise self._error(error) from None
        if self._over is not None:  # at the very end: nobody takes what comes any more
            self._questions.end(type(self._over)(str(self._over)))
        try:
            rest(answer, timeout)
            return answer.result(0)
        except concurrent.futures.TimeoutError:
            raise errors.TimedOut(f"{self.address} did not answer in time") from None
        finally:
            self._questions.drop(number)
            if not answer.done():
                with contextlib.suppress(_core.Error):  # it is over
                    self._core.unask(number)

    def _error(self, error: _core.Error) -> Exception:
        """The exception for what a call of the library raised."""
        why = self._closed or self._over
        if why is not None and error.args[0] <= _core.ELOST:
            return type(why)(str(why))
        return self._fork_error() if error.args[0] == _core.EFORK else exception(error)

    def _fork_error(self) -> errors.ForkError:
        return errors.ForkError(
            f"the connection to {self.address} is process {self._pid}'s, and its futures are; make a new one"
            " after a fork"
        )

    def _after_fork(self) -> None:
        self.outstanding.after_fork(self._fork_error)

    def await_result(self, future: Future[Any], end: float | None) -> bool:
        """Waits for a future in the caller's thread, where nothing else is waited for: see `Direct.bring`."""
        return self._direct is not None and self._direct.bring(future, end)

    def settle(self, future: Future[Any]) -> None:
        """A future that a thread awaits has ended."""
        if self._direct is not None:
            self._direct.settle(future)

    # -- the end

    def say_goodbye(self, stay: bool, timeout: float) -> bool:
        """Ends the session at the broker.

        Args:
            stay: whether its tasks go on there.
            timeout: seconds to wait for the answer; in the connection's thread nobody does.

        Returns:
            Whether the broker answered.
        """
        try:
            self._core.leave(stay)
        except _core.Error:
            return False
        if self.in_thread():
            return False
        self._thread.join(timeout)  # it ends when it is over
        return self._answered

    def close(self, error: errors.MailroomError | None) -> None:
        """From now on nothing is taken: whoever tries to submit gets `error`."""
        self._closed = error

    def end(self) -> None:
        """Closes the connection, without a word to the broker. Safe to call twice, and after a fork."""
        if self.foreign:
            return
        if self.in_thread():
            self._closing = True
            return
        self._keep_state()
        self._core.close()
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def _keep_state(self) -> None:
        with contextlib.suppress(_core.Error):
            self._last = self._core.state()

    def end_futures(self, error: errors.MailroomError | None) -> None:
        """Ends all that somebody waits for: with `error`, or cancelled."""
        for future in self.outstanding.take_everything():
            if error is None:
                future._end_cancelled()
            else:
                future._end_exception(error)
        self._questions.end(error or errors.ConnectionLost("the client was closed"))

    # -- the thread

    def _run(self) -> None:
        try:
            while self._over is None:
                due = self._releases.due
                left = None if due is None else due - time.monotonic()
                events = take(self._core, self._direct, milliseconds(left))
                self._arrivals.take(events)
                del events  # with large bodies
                if due is not None and due <= time.monotonic():
                    self.flush_releases()
        except _core.Error:
            return  # it was closed
        except BaseException as error:
            _log.exception("the thread of the connection to %s ends by a fault of its own", self.address)
            self._on_over(errors.ConnectionLost(f"a fault in mailroom itself: {error!r}"), False)
            self._closing = True  # whoever asks or submits from now on gets that
        if self._closing:
            self._keep_state()
            self._core.close()

    def _wake(self) -> None:
        with contextlib.suppress(_core.Error):
            self._core.interrupt()

    def _on_up(self) -> None:
        state = self._core.state()
        self.boot, self.versions = state[11], bool(state[12])

    def _on_over(self, error: errors.MailroomError, answered: bool) -> None:
        self._over, self._answered = error, answered
        if self._closed is None:
            self.end_futures(error)
