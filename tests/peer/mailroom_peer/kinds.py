"""The numbers of the wire: kinds, roles, error codes and limits (PROTOCOL.md sections 3 to 7).

Whoever uses them takes them from `mailroom_peer.wire`.
"""

from __future__ import annotations

from enum import IntEnum

VERSION = 1
MAX_HEADER = 8 << 20
"""Bytes."""
MAX_BREADCRUMBS = 255
"""That can be said; brokers and managers allow fewer (setting limits/breadcrumbs)."""
MAX_BATCH = 65536
MAX_NAME = 255
"""Bytes of a task's name."""
MAX_RUNTIME = 31
"""Bytes of a runtime's name."""
MAX_META = 65_536
"""Bytes of a task's meta."""


class Kind(IntEnum):
    """The kinds of messages; 0 to 16 are BQSKit's."""

    CONNECT = 0
    DISCONNECT = 1
    STARTED = 2
    SHUTDOWN = 3
    ERROR = 4
    REQUEST = 5
    RESULT = 6
    SUBMIT = 7
    SUBMIT_BATCH = 8
    STATUS = 9
    LOG = 10
    CANCEL = 11
    WAITING = 12
    UPDATE = 13
    IMPORTPATH = 14
    READY = 15
    COMMUNICATE = 16
    HELLO = 32
    WELCOME = 33
    PING = 34
    PONG = 35
    ACK = 36
    CHUNK = 37
    EMPLOYEE_LOST = 38
    RESULT_BATCH = 39
    RETURN = 40
    RECALL = 41
    DRAIN = 42
    LIST = 43
    MANAGERS = 44
    IDS = 45
    RELEASE = 46
    COUNTS = 47
    CLIENTS = 48
    SHARE = 49
    UNSHARE = 50
    TRACE = 51
    HOLDS = 52


class Role(IntEnum):
    """What the sender of HELLO or WELCOME is."""

    CLIENT = 0
    BOSS = 1
    MANAGER = 2
    WORKER = 3


class Reason(IntEnum):
    """Why an employee gives tasks back, in RETURN."""

    UNBEGUN = 0
    LOST = 1
    TO_BLAME = 2


class Code(IntEnum):
    """The codes of errors; `mailroom.errors` has the exception for each."""

    BUSY = 1
    UNKNOWN_TASK = 2
    NOT_OWNER = 3
    BAD_VERSION = 4
    TOO_LARGE = 5
    MALFORMED = 6
    TASK_FAILED = 7
    MANAGER_LOST = 8
    TOO_MANY_ATTEMPTS = 9
    CANCELLED = 10
    NO_HANDSHAKE = 11
    SHUTTING_DOWN = 12
    UNEXPECTED = 13
    WORKER_EXITED = 14
    REFUSED = 15
    TAKEN = 16
    OTHER_VERSION = 17


class Flag(IntEnum):
    """Bits of a task's flags."""

    DELIVER = 1
    KEEP = 2


class About(IntEnum):
    """What an ERROR is about."""

    NOT_SAID = 0
    """By a broker of before, or it is about the link."""
    QUESTION = 1
    """What was asked under its corr, and nothing else."""
    TASK = 2
    """What has become of a task, or a slot of it."""


class Feature(IntEnum):
    """Bits of HELLO's features that this package sets."""

    ENDED = 8
    """No worker: it tells that the one of its name has ended; `software` says how."""
    FLEETING = 2
    """A client has given its session's token to nobody."""
    SESSIONS = 16
    """It takes tasks that say whose they are."""
    SAFE = 32
    """It keeps what a broker with a journal has acknowledged until that is safe."""
