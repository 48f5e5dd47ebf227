"""What a client and its broker say to each other, and say again after a break.

Tasks go out, results come in, questions are answered. One lock stands for the order in which mail leaves:
what is noted here as sent is sent, once on each link. Who keeps the connection up is connection.py; what
users see is client.py's.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import logging
import threading
from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from mailroom import errors
from mailroom._link.connection import Connection
from mailroom._session.arrivals import Arrivals
from mailroom._session.comparison import Comparison
from mailroom._session.futures import Future, Submission
from mailroom._session.outstanding import Outstanding
from mailroom._session.questions import Question, Questions
from mailroom._session.releases import Releases
from mailroom._session.retries import Retries
from mailroom._wire import wire

M = TypeVar("M", bound=wire.Message)

_log = logging.getLogger(__name__)


class Correspondence:
    """A session's mail. Its methods may be called from any thread.

    Args:
        address: the broker's, an endpoint of ZeroMQ's.
        session: the token.
        paths: for CONNECT.
        patience: ms without progress that submits are tried again for which the broker says BUSY.
        options: of `Connection`.

    Attributes:
        connection: see connection.py.
        outstanding: what is waited for.
        resumed: whether the broker knew the session when the present link began.
    """

    def __init__(
        self, address: str, session: bytes, paths: Sequence[str], patience: int, **options: Any
    ) -> None:
        self.outstanding = Outstanding()
        self.resumed = False
        self._session, self._paths = session, paths
        self._lock = threading.RLock()  # a handler of signals may close the client
        self._corrs = itertools.count(1)
        self._questions = Questions()
        self._generation = 0  # of the session at the broker: the next one where it knows it no more
        self._closed: errors.MailroomError | None = None
        self._comparison = Comparison(self._corrs)
        self.connection = Connection(
            address,
            role=wire.Role.CLIENT,
            on_message=self._on_message,
            on_up=self._on_up,
            on_lost=self._on_lost,
            on_alarm=self._on_alarm,
            session=session,
            start=False,
            **options,
        )
        self._retries = Retries(self._lock, patience, self.outstanding, self.connection, self._send_and_ask)
        self._releases = Releases(self.connection.alarm)
        self._arrivals = Arrivals(address, self._lock, self.outstanding, self._retries, self._release)

    @property
    def refused(self) -> int:
        """How many submits wait for the broker to have room."""
        return len(self._retries)

    @property
    def _ended(self) -> bool:
        return self._closed is not None or self.connection.over is not None

    # -- out

    def submit(self, submission: Submission) -> None:
        """Sends a submission, and waits for its results.

        Where the broker has no room for so many that they are too much to keep, the caller waits, unless
        it is an event loop, which others wait for.

        Raises:
            errors.ConnectionLost: nothing will be sent any more; errors.SessionTaken where that is why.
            errors.TooLarge: the broker does not take a body of this size.
        """
        assert submission.message is not None
        self._retries.wait()
        with self._lock:
            submission.generation = self._generation
            self.outstanding.add(submission)  # before it goes out, for the result may come at once
            try:
                if self._retries and not self._ended:
                    self._retries.add(submission)
                else:
                    self.tell(submission.message, submission.body)
            except BaseException:
                self.outstanding.take_all(submission.uuid)
                raise

    def adopt(self, submission: Submission) -> None:
        """Asks for the results of a submission of another process; raises what `submit` raises."""
        with self._lock:
            submission.generation = self._generation
            self.outstanding.add(submission)
            try:
                for future in list(submission.waiting.values()):
                    self.request(future)
            except BaseException:
                self.outstanding.take_all(submission.uuid)
                raise

    def request(self, future: Future[Any]) -> None:
        """Asks for a result that does not come by itself; raises what `submit` raises."""
        with self._lock:
            self.tell(wire.Request(corr=next(self._corrs), uuid=future.uuid, slot=future._at))

    def cancelled(self, future: Future[Any]) -> None:
        """A future was cancelled here: the broker is told, as soon as that is true of its whole map."""
        with self._lock:
            found, last = self.outstanding.take_future(future)
            if found and last:
                self._arrivals.forget(future.uuid)
                self._retries.drop(future.uuid)
                if not self._ended:
                    self.tell(wire.Cancel(corr=next(self._corrs), uuid=future.uuid))
            elif found:
                self._arrivals.abandon(future.uuid, future._at)

    def let_go(self, submission: Submission, slot: int) -> None:
        """A result is not needed any more. It takes no lock: finalizers call it."""
        if self._closed is None:
            self._releases.drop(submission, slot)

    def flush_releases(self) -> None:
        """Tells the broker at once what is not needed any more."""
        with self._lock:
            for release in self._releases.take(self._generation):
                self.tell(release)

    def tell(self, message: wire.Message, body: bytes = b"") -> None:
        """Sends a message for which no answer is waited; raises what `submit` raises."""
        with self._lock:
            if self._closed is not None and not isinstance(message, wire.Disconnect):
                raise type(self._closed)(str(self._closed))
            self.connection.send(message, body)

    def ask(
        self, question: Question, kind: type[M], timeout: float | None, *, after: wire.Shutdown | None = None
    ) -> M:
        """Sends a question and waits for its answer, over as many links as it takes.

        Args:
            question: its `corr` is set here.
            kind: of the answer.
            timeout: seconds; None for ever.
            after: what is said first. It may end the link, and then there is no answer.

        Raises:
            TimeoutError: it did not come in time.
            errors.ConnectionLost: the link ended, and there was something `after` which to ask.
            errors.MailroomError: the broker's ERROR, or what `submit` raises.
        """
        self.refuse_to_wait()
        corr = question.corr = next(self._corrs)
        try:
            with self._lock:
                if after is not None:
                    self._questions.end_with_link(corr)
                    self.tell(after)
                answer = self._questions.add(question)
                self.tell(question)
            said = answer.result(timeout)
        except concurrent.futures.TimeoutError:
            raise errors.TimedOut(f"{self.connection.address} did not answer in time") from None
        finally:
            self._questions.drop(corr)
        if not isinstance(said, kind):
            raise errors.ProtocolError(f"{said.KIND.name} came as the answer to {question.KIND.name}")
        return said

    def refuse_to_wait(self) -> None:
        """Raises RuntimeError in the connection's thread."""
        if self.connection.in_thread():
            raise RuntimeError("a callback must not wait for a future: nothing arrives until it returns")

    def say_goodbye(self, stay: bool, timeout: float) -> bool:
        """Ends the session at the broker; raises what `ask` raises.

        Args:
            stay: whether its tasks go on there.
            timeout: seconds to wait for the answer; in the connection's thread nobody does.

        Returns:
            Whether the broker answered.
        """
        goodbye = wire.Disconnect(
            detach=int(stay), text="the client left" if stay else "the client was closed"
        )
        if self.connection.in_thread():
            self.tell(goodbye)
            return False
        self.ask(goodbye, wire.Disconnect, timeout)
        return True

    # -- the end

    def close(self, error: errors.MailroomError) -> None:
        """From now on nothing but DISCONNECT is sent; whoever tries to gets `error`."""
        self._closed = error
        with self._lock:
            self._retries.clear(over=True)

    def end_futures(self, error: errors.MailroomError | None) -> None:
        """Ends all that somebody waits for: with `error`, or cancelled."""
        with self._lock:
            self._retries.clear(over=self._ended)
        for future in self.outstanding.take_everything():
            if error is None:
                future._end_cancelled()
            else:
                future._end_exception(error)
        self._questions.end(error or errors.ConnectionLost("the client was closed"))

    # -- links

    def _on_up(self, new_link: bool) -> None:
        """Says again on a new link what the broker may not know."""
        if not new_link:
            return
        welcome = self.connection.welcome
        with self._lock:
            first = self._generation == 0
            self.resumed = welcome is not None and welcome.session == self._session
            unread = self.connection.take_back()
            if self._paths:
                self.connection.send(wire.Connect(corr=next(self._corrs), paths=self._paths))
            if self.resumed:
                self._generation = self._generation or 1
                orphans: list[Future[Any]] = []
                self._repeat(unread)
                self._compare()
                self._retries.begin_anew()
            else:
                orphans = self._begin_anew()
            for question in self._questions.under_way():
                self.connection.send(question)
        gone = "the task was another process's, and the broker has lost the session"
        for future in orphans:
            future._end_exception(errors.SessionUnknown(gone))
        if not first and not self.resumed:
            self._tell_of_the_loss(len(orphans))

    def _tell_of_the_loss(self, orphans: int) -> None:
        _log.warning(
            "%s has lost the session (it was started anew, or the lease was over): %d unfinished tasks were"
            " submitted again, %d of other processes are gone",
            self.connection.address,
            len(self.outstanding),
            orphans,
        )

    def _repeat(self, unread: list[wire.Message]) -> None:
        """Sends what a broker that knows the session may not have read; it knows tasks by their uuid."""
        for message in unread:
            if isinstance(message, wire.Submit | wire.SubmitBatch):
                submission = self.outstanding.get(_uuid_of(message))
                if submission is not None and submission.uuid not in self._retries:
                    self._send_again(submission)
            elif isinstance(message, wire.Request):
                if self.outstanding.get(message.uuid) is not None:
                    self.connection.send(message)
            elif isinstance(message, wire.Release | wire.Cancel | wire.Status) and (
                getattr(message, "corr", None) not in self._questions
            ):
                self.connection.send(message)

    def _compare(self) -> None:
        """Asks what the broker has: it may have refused a submit, and that word was lost with the link."""
        there = self.outstanding.submissions()
        question = self._comparison.begin(one for one in there if one.uuid not in self._retries)
        if question is not None:
            self.connection.send(question)

    def _on_list(self, message: wire.List) -> None:
        """Submits again what should be in the list and is not; it knows tasks by their uuids."""
        if not self._comparison.is_answer(message) or self._ended:
            return
        with self._lock:
            question, missing = self._comparison.read(message)
            if question is not None:
                self.connection.send(question)
            for submission in missing:
                self._send_again(submission)

    def _begin_anew(self) -> list[Future[Any]]:
        """Submits all that is not done to a broker that knows nothing of it; gives what cannot be."""
        self._generation += 1
        self._arrivals.clear()
        self._retries.clear()
        self._comparison.clear()
        submissions, orphans = self.outstanding.renew(self._generation)
        for submission in submissions:
            self._send_again(submission)
            for future in () if submission.delivered else list(submission.waiting.values()):
                if future._asked:
                    self.request(future)
        return orphans

    def _send_again(self, submission: Submission) -> None:
        if submission.message is None:
            return
        try:
            self.connection.send(submission.message, submission.body)
        except errors.TooLarge as error:  # it is another broker
            for future in self.outstanding.take_all(submission.uuid):
                future._end_exception(error)

    def _send_and_ask(self, submission: Submission) -> None:
        """Tries again what the broker had no room for; if it has now, it says so."""
        self._send_again(submission)
        self.connection.send(wire.Status(corr=next(self._corrs), uuid=submission.uuid))

    def _on_lost(self, reason: str) -> None:
        if self._closed is not None:
            return
        if self.connection.over is not None:
            self.end_futures(self.connection.gone())
        elif self.connection.fault:
            self.connection.take_back()  # what one side could make nothing of is no better the second time
            self.end_futures(errors.ConnectionLost(f"{self.connection.address}: {reason}"))
        else:
            _log.info("the link to %s is over, a new one is tried for: %s", self.connection.address, reason)
        self._questions.end_link(reason)

    def _on_alarm(self) -> None:
        if self._ended:
            return
        self.flush_releases()
        with self._lock:
            self._retries.push()

    # -- in

    def _on_message(self, message: wire.Message, body: bytes) -> None:
        if self._questions.answered(message):
            return
        if isinstance(message, wire.List):
            self._on_list(message)
        elif not self._arrivals.take(message, body):
            _log.debug("%s sent %s, which nobody waits for", self.connection.address, message)

    def _release(self, uuid: UUID, slot: int) -> None:
        if not self._ended:
            self.tell(wire.Release([(uuid, slot)]))


def _uuid_of(message: wire.Submit | wire.SubmitBatch) -> UUID:
    task = message.task if isinstance(message, wire.Submit) else message.tasks[0]
    assert task.uuid is not None
    return task.uuid
