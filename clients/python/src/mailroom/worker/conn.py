"""The connection of a worker's loop, in the shape that BQSKit's Worker talks to: what of it is Python's.

Results, errors, logs and what is printed are pickled and put into words here. What carries them, and decides
which task the loop gets and when, is libmailroom's line (over_core.py), in a thread that needs no
interpreter.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from mailroom import _unpicklable, errors, failures
from mailroom._base.bodies import PRINTED
from mailroom.failures import Raised
from mailroom.worker import letters, steps, tasklogs
from mailroom.worker.projects import Projects
from mailroom.worker.surroundings import Surroundings
from mailroom.worker.tasks import Address, Came, Failed, Kind, Result, Task, Unreadable

DRAIN_SECONDS = 10.0  # for the last words of a worker that ends by itself
_ADVICE = "A result goes to another process: give what can be pickled"

Said = tuple[Kind, Any]


class Conn(ABC):
    """Carries what a worker's loop says to its boss and back.

    Args:
        make_task: makes the loop's kind of task.
        leave: ends this process with a text for people and an exit status; called from any thread.

    Attributes:
        surroundings: what tasks find in this process.
        projects: whose code they find there.
        flush_printed: has what the running task has printed leave.
    """

    def __init__(self, make_task: Callable[[Task], Any], leave: Callable[[str, int], None]) -> None:
        self._make_task, self._leave = make_task, leave
        self._worker: Any = None
        self._failed: Callable[[Address], None] = lambda address: None
        self._suffix: Callable[[Any], str] = lambda task: ""
        self._awake: Callable[[], bool] = bool
        self._threads: list[threading.Thread] = []
        self._pid = os.getpid()
        self.surroundings = Surroundings()
        self.projects = Projects(self.surroundings)
        self.flush_printed: Callable[[], None] = lambda: None

    # -- the line

    @abstractmethod
    def connect(self) -> int:
        """Connects, and waits for the boss's CONNECT; gives this worker's id."""

    @property
    @abstractmethod
    def boss(self) -> str:
        """The boss's name, empty where it has none."""

    @abstractmethod
    def recv(self) -> Said:
        """The next message for the loop; waits for it."""

    @abstractmethod
    def take(self) -> Said | None:
        """The next message for the loop, None if there is none now."""

    @abstractmethod
    def _came(self) -> int:
        """How many tasks have come; some may wait to be given to the loop."""

    @abstractmethod
    def resumes(self, task: Any) -> None:
        """Says that a task that was suspended runs again."""

    @abstractmethod
    def _has_more(self) -> bool:
        """Whether the next task is there already."""

    @abstractmethod
    def _say_waiting(self) -> None: ...

    @abstractmethod
    def _say_submit(self, tasks: Sequence[Any], parent: Any) -> None: ...

    @abstractmethod
    def _say_result(self, result: Any, body: bytes) -> None: ...

    @abstractmethod
    def _say_update(self, task: Any) -> None: ...

    @abstractmethod
    def _say_cancel(self, root: Sequence[int], address: Sequence[int]) -> None: ...

    @abstractmethod
    def _say_message(self, addresses: Sequence[Sequence[int]], body: bytes) -> None: ...

    @abstractmethod
    def _say_failure(self, task: Any, failed: Failed, body: bytes) -> None: ...

    @abstractmethod
    def _say_log(self, task: Any, level: int, logger: str, text: str, body: bytes) -> None: ...

    @abstractmethod
    def _say_goodbye(self, text: str, seconds: float) -> None:
        """Says that this worker ends, and waits until all is on its way."""

    # -- for the process

    def attach(
        self,
        worker: Any,
        awake: Callable[[], bool],
        failed: Callable[[Address], None] = lambda address: None,
        suffix: Callable[[Any], str] = lambda task: "",
    ) -> None:
        """Names the loop.

        Args:
            worker: it.
            awake: how to see that it is certain to say WAITING again.
            failed: hears that a `Failed` has come, before the loop does.
            suffix: what the log records of a task say at their end.
        """
        self._worker, self._awake, self._failed, self._suffix = worker, awake, failed, suffix
        self.surroundings.begin()
        self.projects.begin(lambda: worker._tasks, self._came)

    @property
    def worker(self) -> Any:
        """The loop."""
        return self._worker

    def own_thread(self, thread: threading.Thread) -> None:
        """Names a thread that this worker cannot be without."""
        self._threads.append(thread)

    def owns(self, thread: threading.Thread | None) -> bool:
        """Whether it is one of this worker's, and not one that a task has started."""
        return thread in self._threads

    @property
    def foreign(self) -> bool:
        """Whether this is a process that a task has forked off."""
        return os.getpid() != self._pid

    # -- to the loop

    def _read_result(self, address: Address, completed_by: int, body: bytes) -> Iterator[Said]:
        value: Failed | Came | None = letters.failed_in(body)
        if value is None:
            value = Came(body, "result of a nested task")
        else:
            self._failed(address)
        yield Kind.RESULT, Result(address, value, completed_by)

    def _read_communicate(self, addresses: list[Address], body: bytes) -> Iterator[Said]:
        yield Kind.COMMUNICATE, (addresses, Came(body, "message of the parent task"))

    def _renew_for(self, *tasks: Task) -> None:
        """Ends this worker, which has nothing, where the tasks that it is given cannot be run in it."""
        for task in tasks:
            reason = self.projects.must_renew(task.session)
            if not reason:
                continue
            text = f"it is renewed for a task: {reason}"
            for one in tasks:
                self._give_back(one, text)
            self._say_goodbye(text, DRAIN_SECONDS)
            self._leave(text, RENEWED)

    @abstractmethod
    def _give_back(self, task: Task, text: str) -> None:
        """Says that a task was not begun, and why."""

    # -- from the loop

    def send(self, said: tuple[int, Any]) -> None:
        """Sends what the loop says; that it has started has been said when it joined.

        Raises:
            errors.TooLarge: a nested task is above a limit; an error of the task that submits it.
        """
        kind, payload = said
        if kind == Kind.WAITING:
            if not self._has_more():
                self.projects.rest()
            if self.surroundings.spoiled and not self._worker._tasks:
                self._renew()
            self._say_waiting()
        elif kind in (Kind.SUBMIT, Kind.SUBMIT_BATCH):
            self._say_submit([payload] if kind == Kind.SUBMIT else payload, self._active)
        elif kind == Kind.RESULT:
            self._send_result(payload)
        elif kind == Kind.UPDATE:
            self._say_update(self._active)
        elif kind == Kind.CANCEL:
            self._say_cancel(letters.root_of(self._active), payload)
        elif kind == Kind.COMMUNICATE:
            self._say_message(payload[0], letters.dumps(payload[1]))
        elif kind == Kind.ERROR:
            self._send_error(payload)

    @property
    def _active(self) -> Any:
        return None if self._worker is None else self._worker._active_task

    def _renew(self) -> None:
        """Ends this worker while it has nothing: what a task has done to it cannot be put back."""
        text = f"it is renewed, for a task has spoiled it: {self.surroundings.spoiled}"
        self._say_goodbye(text, DRAIN_SECONDS)
        self._leave(text, RENEWED)

    def _send_result(self, result: Any) -> None:
        task = self._active
        try:
            self._say_result(result, letters.dumps(result.result))
        except BaseException as error:  # BQSKit's Worker would end
            _leave_out_the_end(error)
            _unpicklable.tell(error, {"the result": result.result}, _ADVICE)
            text = f"The result of {task} cannot be sent:\n{_from_the_task_on(error)}"
            failed = letters.failed(self._placed(text), error)
            if steps.catchable(task):
                self._say_result(result, letters.dumps(failed))
            else:
                self._emit_failure(task, failed)

    def _send_error(self, payload: Any) -> None:
        if isinstance(payload, str):  # the loop itself died
            self._say_goodbye(f"the worker's loop died:\n{failures.cut(payload)}", 1.0)
            self._leave(payload, FAULT)
        error = sys.exc_info()[1]
        assert error is not None
        self.fail(self._active, error.error if type(error) is Raised else error)

    def fail(self, task: Any, error: BaseException) -> None:
        """Says that a task raised, which is its root's end."""
        self._emit_failure(task, self.failed(error))

    def failed(self, error: BaseException) -> Failed:
        """What a task raised: for its boss, or its parent."""
        text = ""
        if type(error) is Unreadable:  # whose class is asked by nobody: it may lie
            text, error = f"The {error.what} cannot be unpickled:\n", error.error
        return letters.failed(self._placed(text + _from_the_task_on(error)), error)

    def _placed(self, text: str) -> str:
        """A traceback with where it is from."""
        boss = f" of {self.boss}" if self.boss else ""
        where = f"On worker {self._worker._id}{boss} (process {os.getpid()} on {os.uname().nodename}):"
        return f"{where}\n{text}"

    def _emit_failure(self, task: Any, failed: Failed) -> None:
        try:
            self._say_failure(task, failed, failed.body)
        except errors.TooLarge:  # the exception is; its text is not
            self._say_failure(task, failed, b"")

    def send_log(self, record: logging.LogRecord) -> None:
        """Sends a log record of the running task, where its level is one that its client wants."""
        task = self._active
        # our own records are not the task's, and sending one could make the next
        if task is None or self.foreign or (f"{record.name}.").startswith(_NOT_THE_TASKS):
            return
        if record.levelno < tasklogs.level_of(task):
            return
        self._say_log(task, *letters.log_record(record, self._suffix(task)))

    def say_printed(self, stream: str, text: str) -> bool:
        """Sends what the running task has printed, where its client wants it; says whether it does."""
        task = self._active
        if task is None or not task.output or self.foreign:
            return False
        self._say_log(task, logging.INFO, PRINTED + stream, failures.cut(text), b"")
        return True

    def name_of_active(self) -> str:
        """Of the running task, for people."""
        return "" if self._active is None else str(self._active)

    def cluster_of_active(self) -> bytes:
        """Of the running task, see `Meta`."""
        return b"" if self._active is None else bytes(self._active.cluster)


_NOT_THE_TASKS = ("mailroom.", "bqskit.runtime.")  # how loggers' names begin

LOST = 3  # exit status: the shim is gone, or is another one
FAULT = 4  # exit status: the worker itself failed
RENEWED = 5  # exit status: another one is to take its place


_traceback_of = vars(BaseException)["__traceback__"].__get__  # without an exception's class being asked
_context = vars(BaseException)["__context__"]


def _leave_out_the_end(error: BaseException) -> None:
    """Cuts off what was handled before: the StopIteration with a task's value, whose text may be as long."""
    while (before := _context.__get__(error)) is not None:
        if type(before) is StopIteration:
            _context.__set__(error, None)
            return
        error = before


def _from_the_task_on(error: BaseException) -> str:
    """An error's traceback without the loop's frames, which say nothing to who wrote the task."""
    first: TracebackType | None = _traceback_of(error)
    while first is not None and first.tb_next is not None and _is_of_a_loop(first):
        first = first.tb_next
    try:
        return "".join(traceback.format_exception(type(error), error, first))
    except BaseException as odd:  # of a class of the task's
        return f"{failures.describe(error)}\n(its traceback cannot be shown: {failures.describe(odd)})"


def _is_of_a_loop(frame: TracebackType) -> bool:
    folder = os.path.dirname(frame.tb_frame.f_code.co_filename)
    return folder == os.path.dirname(__file__) or folder.endswith(os.path.join("bqskit", "runtime"))
