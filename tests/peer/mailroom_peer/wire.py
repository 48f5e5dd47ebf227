"""The messages of mailroom as Python values, and their headers as bytes (PROTOCOL.md sections 2 to 6).

A message is a dataclass under its name on the wire; `encode` makes its header, `decode` reads one. Numbers,
links and sockets are for others: `seq` and `ack` are only carried. The recorded vectors in tests/vectors hold
this and the C side to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgpack
from mailroom import errors
from mailroom.states import ClientState, ManagerState, State

from mailroom_peer import fields
from mailroom_peer.fields import Address, ListedClient, ListedManager, ListedTask, ResultHeader, Task
from mailroom_peer.header import SHAPES, Message, Unknown
from mailroom_peer.holds import Holds
from mailroom_peer.kinds import (
    MAX_BATCH,
    MAX_BREADCRUMBS,
    MAX_HEADER,
    MAX_META,
    MAX_NAME,
    MAX_RUNTIME,
    VERSION,
    About,
    Code,
    Feature,
    Flag,
    Kind,
    Reason,
    Role,
)
from mailroom_peer.link_messages import Ack, Chunk, Hello, Ping, Pong, Welcome
from mailroom_peer.messages import (
    KINDS,
    Cancel,
    Clients,
    Communicate,
    Connect,
    Counts,
    Disconnect,
    Drain,
    EmployeeLost,
    Error,
    Ids,
    ImportPath,
    List,
    Log,
    Managers,
    Ready,
    Recall,
    Release,
    Request,
    Result,
    ResultBatch,
    Return,
    Share,
    Shutdown,
    Started,
    Status,
    Submit,
    SubmitBatch,
    Trace,
    Unshare,
    Update,
    Waiting,
)

__all__ = [
    "MAX_BATCH",
    "MAX_BREADCRUMBS",
    "MAX_HEADER",
    "MAX_META",
    "MAX_NAME",
    "MAX_RUNTIME",
    "VERSION",
    "About",
    "Ack",
    "Address",
    "Cancel",
    "Chunk",
    "ClientState",
    "Clients",
    "Code",
    "Communicate",
    "Connect",
    "Counts",
    "Disconnect",
    "Drain",
    "EmployeeLost",
    "Error",
    "Feature",
    "Flag",
    "Hello",
    "Holds",
    "Ids",
    "ImportPath",
    "Kind",
    "List",
    "ListedClient",
    "ListedManager",
    "ListedTask",
    "Log",
    "ManagerState",
    "Managers",
    "Message",
    "Ping",
    "Pong",
    "Ready",
    "Reason",
    "Recall",
    "Release",
    "Request",
    "Result",
    "ResultBatch",
    "ResultHeader",
    "Return",
    "Role",
    "Share",
    "Shutdown",
    "Started",
    "State",
    "Status",
    "Submit",
    "SubmitBatch",
    "Task",
    "Trace",
    "Unknown",
    "Unshare",
    "Update",
    "Waiting",
    "Welcome",
    "check_task",
    "decode",
    "decode_frames",
    "encode",
]

_COMMON = 4
"""Fields of every header: version, kind, seq, ack."""
_NESTING = 4


def check_task(task: Task) -> None:
    """Raises errors.TooLarge where a field of a task is above its limit, which `encode` would find later."""
    try:
        fields.check_task(task)
    except fields.TooLarge as error:
        raise errors.TooLarge(str(error)) from None


def encode(message: Message) -> bytes:
    """The header of a message, with the number and the acknowledgement that it carries.

    Raises:
        errors.TooLarge: a field is above its limit.
        ValueError: a field is nothing that can be sent.
    """
    return message.encode(message.seq, message.ack)


def decode_frames(frames: Sequence[bytes]) -> Message:
    """The message in these frames, whose first is its header; raises what `decode` raises."""
    if not 1 <= len(frames) <= 2:
        raise errors.Malformed(f"a message has one or two frames, not {len(frames)}")
    return decode(frames[0])


def decode(header: bytes | memoryview) -> Message:
    """Reads a header; a kind that this version does not know gives `Unknown`.

    Raises:
        errors.Malformed: it is none, or a field is not what it must be; the text says which.
        errors.BadVersion: it is of another version.
        errors.TooLarge: it, or a field, is above its limit.
    """
    if len(header) > MAX_HEADER:
        raise errors.TooLarge("the header has more than 8 MiB")
    try:
        values = msgpack.unpackb(header)
    except msgpack.ExtraData as error:
        values, why = error.unpacked, "there are bytes after the header"
    except (ValueError, OverflowError, TypeError):
        values, why = _read_values(header), None
    else:
        why = ""
    kind, number, seq, ack = _decode_common(values)
    if kind is None:
        return Unknown(number, seq=seq, ack=ack)
    if why:
        raise errors.Malformed(why)
    if why is None:
        raise errors.Malformed(f"{kind.KIND.name}: {_unread(kind, len(values) - _COMMON)}")
    return _decode_fields(kind, values, seq, ack)


def _decode_fields(kind: type[Message], values: list[Any], seq: int, ack: int) -> Message:
    types = SHAPES[kind]
    given = len(values) - _COMMON
    required = len(types) if kind.REQUIRED is None else kind.REQUIRED
    if given < required:
        raise errors.Malformed(
            f"{kind.KIND.name}: has fewer fields than its kind: {len(values)} came, of at least"
            f" {_COMMON + required}: field {len(values)}, {types[given][0]}, is missing"
        )
    read = []
    for (name, type_), value in zip(types, values[_COMMON:], strict=False):
        try:
            read.append(type_.read(value))
        except fields.TooLarge as error:
            raise errors.TooLarge(f"{kind.KIND.name}: {error}") from None
        except fields.NotTask as error:
            raise errors.Malformed(f"{kind.KIND.name}: {error}") from None
        except ValueError:
            raise errors.Malformed(f"{kind.KIND.name}: {name} is not {type_.what}") from None
    message = kind(*read, seq=seq, ack=ack)
    if (lengths := getattr(message, "lengths", None)) is not None and len(lengths) != len(read[0]):
        raise errors.Malformed(f"{kind.KIND.name}: lengths is not {fields.LENGTHS.what}")
    if given > len(types) and not all(
        _may_follow(value, _NESTING) for value in values[_COMMON + len(types) :]
    ):
        raise errors.Malformed("a further field is of no type that a header may have")
    return message


def _may_follow(value: Any, nesting: int) -> bool:
    """Whether a field of a later version is of a type that any version may have."""
    if type(value) is list:
        return nesting > 0 and all(_may_follow(element, nesting - 1) for element in value)
    return value is None or type(value) in (str, bytes) or (type(value) is int and value >= 0)


def _decode_common(values: Any) -> tuple[type[Message] | None, int, int, int]:
    """The class (None: of a later version), the kind, seq and ack, from the first four of these fields."""
    if type(values) is not list:
        raise errors.Malformed("the header is not an array")
    common = values[:_COMMON]
    numbers = [value for value in common if type(value) is int and value >= 0]
    if not numbers or numbers[0] is not common[0]:
        raise errors.Malformed("version is not a number")
    if numbers[0] != VERSION:
        text = f"version {numbers[0]} of the protocol is not spoken here"
        raise errors.BadVersion(text, numbers[0])
    if len(common) < _COMMON:
        raise errors.Malformed("the header has fewer than four fields: version, kind, seq and ack come first")
    if len(numbers) < _COMMON:
        raise errors.Malformed("kind, seq or ack is not a number")
    return KINDS.get(numbers[1]), numbers[1], numbers[2], numbers[3]


def _read_values(header: bytes | memoryview) -> list[Any] | None:
    """The fields of a header that is not readable as a whole, as far as they go; None: not an array."""
    unpacker = msgpack.Unpacker(max_buffer_size=max(len(header), 1))
    unpacker.feed(header)
    values: list[Any] = []
    try:
        count = unpacker.read_array_header()
        if count > len(header) - unpacker.tell():
            return None
    except (ValueError, msgpack.OutOfData):
        return None
    try:
        while len(values) < count:
            values.append(unpacker.unpack())
    except (ValueError, OverflowError, TypeError, msgpack.OutOfData):
        pass
    return values


def _unread(kind: type[Message], index: int) -> str:
    """What to say of a field that no value could be read from."""
    if index < len(SHAPES[kind]):
        name, type_ = SHAPES[kind][index]
        return f"{name} is not {type_.what}"
    return "a further field is of no type that a header may have"
