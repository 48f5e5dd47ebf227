"""The errors of mailroom, one class for each code on the wire (PROTOCOL.md section 6).

`from_code` makes the exception for a code. Who raises which, and when, is said where it is raised.
"""

from __future__ import annotations

import concurrent.futures
import sys
from concurrent.futures import CancelledError

from mailroom._shown import clean

try:
    from concurrent.futures.process import BrokenProcessPool
except RuntimeError:  # first imported after the main thread's end, where nobody can have that name any more
    from concurrent.futures import BrokenExecutor as BrokenProcessPool  # type: ignore[assignment]

if sys.version_info >= (3, 11):
    TimedOut = TimeoutError
else:

    class TimedOut(concurrent.futures.TimeoutError, TimeoutError):
        """The time that was given is over: one class of both names, which are one from Python 3.11 on."""


class MailroomError(Exception):
    """The base of all errors that mailroom raises.

    Its text, `str(error)`, has '?' for characters that could move a terminal's cursor or hide what stands
    there: workers, brokers and other programs have a say in it. `args` has it as it came.

    Attributes:
        code: the error's number on the wire, 0 for one that was found on this side.
    """

    code = 0

    def __str__(self) -> str:
        return clean(super().__str__())


class ConnectError(MailroomError, ConnectionError):
    """No broker answered at the address; the text names the address and says what happened."""


class KeyFileError(MailroomError, ValueError):
    """A certificate file is not what it must be; the text names the file, what is wrong, and what to do."""


class KeyRefused(ConnectError):
    """The two sides' keys do not fit: the text says whose. Trying again would not help."""


class ConnectionLost(MailroomError, ConnectionError):
    """The link is over: this side closed it, or one side could make nothing of what the other one said.

    A task that was under way then may have run, or may still run.
    """


class Detached(ConnectionLost):
    """The client has left its session, whose tasks go on at the broker; see `Client.resume`."""


class SessionUnknown(MailroomError, LookupError):
    """The broker has no session of this token.

    Its lease is over, it was closed, or the broker was started anew.
    """


class ClusterError(MailroomError, RuntimeError):
    """A `LocalCluster` did not start; the text says which part, where its logs are, and how they end."""


class InitializerFailed(MailroomError, BrokenProcessPool):
    """The initializer of an executor raised at a worker; what it raised is the cause."""


class ForkError(MailroomError, RuntimeError):
    """A connection was used in a child process that was forked after it was made."""


class ProtocolError(MailroomError):
    """The other side said what this version does not understand, or does not understand this one."""


class Busy(MailroomError):
    """A bound on tasks or bytes is reached; try again later."""

    code = 1


class UnknownTask(MailroomError, LookupError):
    """This session has no task of that uuid, or its result was delivered already."""

    code = 2


class NotOwner(MailroomError, PermissionError):
    """The task belongs to another session."""

    code = 3


class BadVersion(ProtocolError):
    """The other side speaks another version of the protocol; the text names both, and what to upgrade.

    Attributes:
        version: the other side's, None where it is not known.
    """

    code = 4

    def __init__(self, text: str, version: int | None = None) -> None:
        super().__init__(text)
        self.version = version


class TooLarge(MailroomError, ValueError):
    """A body, a batch or a field is above its limit."""

    code = 5


class Malformed(ProtocolError):
    """The other side could not read a message."""

    code = 6


class TaskFailed(MailroomError):
    """The task raised an exception; its traceback is the text.

    A task whose exception could be pickled raises that one instead, with the traceback as its cause.
    """

    code = 7


class ManagerLost(MailroomError):
    """The manager that had the task is gone."""

    code = 8


class TooManyAttempts(MailroomError, BrokenProcessPool):
    """The task brought down its worker too often. Others go on, whatever the name of the base says."""

    code = 9


class Cancelled(CancelledError, MailroomError):
    """The task was cancelled."""

    code = 10


class NoHandshake(ProtocolError):
    """A message came before the handshake."""

    code = 11


class ShuttingDown(MailroomError):
    """The other side ends."""

    code = 12


class Unexpected(ProtocolError):
    """A message of this kind is not for this direction, or not for this moment."""

    code = 13


class WorkerExited(MailroomError, BrokenProcessPool):
    """The worker process that had the task ended; the text says how."""

    code = 14


class Refused(MailroomError, PermissionError):
    """The handshake was refused; the text says why."""

    code = 15


class SessionTaken(MailroomError):
    """Another process took this session over, with its token; the tasks are its now."""

    code = 16


class OtherVersion(MailroomError, RuntimeError):
    """What holds code of one version of Python is to be run, or unpickled, by another; the text names both.

    Functions and classes that are pickled by value are such code; those of a module are not.
    """

    code = 17


_BY_CODE: dict[int, type[MailroomError]] = {
    kind.code: kind
    for kind in (
        *(Busy, UnknownTask, NotOwner, BadVersion, TooLarge, Malformed, TaskFailed, ManagerLost),
        *(TooManyAttempts, Cancelled, NoHandshake, ShuttingDown, Unexpected, WorkerExited, Refused),
        *(SessionTaken, OtherVersion),
    )
}


def from_code(code: int, text: str) -> MailroomError:
    """Makes the exception for an error of the wire.

    Args:
        code: the error's number; one that this version does not know gives a plain `MailroomError`.
        text: what the other side says about it.
    """
    return _BY_CODE.get(code, MailroomError)(text)
