"""Messages as text and recorded vectors: the Python side of tests/support/message_text.h and vectors.h."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from mailroom_peer import fields, wire

VECTORS = Path(__file__).resolve().parents[2] / "vectors"

_NAMED: dict[str, tuple[type[wire.Code | wire.State | wire.Role], Callable[[str], str]]] = {
    "code": (wire.Code, str),
    "state": (wire.State, str.lower),
    "role": (wire.Role, str.lower),
}


class Vector(NamedTuple):
    """One block of a file of vectors."""

    name: str
    header: bytes
    text: str
    canonical: bool
    code: str
    why: str


def vectors(file: str) -> Iterator[Vector]:
    for block in (VECTORS / file).read_text().split("\n\n"):
        lines = [line.partition(":") for line in block.splitlines() if not line.startswith("#")]
        values = {key: value.strip() for key, _, value in lines}
        if "name" in values:
            yield Vector(
                values["name"],
                bytes.fromhex(values["hex"]),
                values.get("text", ""),
                values.get("canonical") == "yes",
                values.get("code", ""),
                values.get("why", ""),
            )


def _quoted(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_./:+@-]+", value) and value != "nil":
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\x{ord(found[0]):02x}", escaped) + '"'


def _bytes(value: bytes) -> str:
    text = _quoted(value.decode("latin-1"))
    return re.sub(r"[\x80-\xff]", lambda found: f"\\x{ord(found[0]):02x}", text)


def _fields(message: Any, names: list[str]) -> str:
    return " ".join(f"{name}={_value(name, getattr(message, name))}" for name in names)


def _names(message: Any) -> list[str]:
    left_out = ["seq", "ack"]
    if isinstance(message, wire.Task) and not message.session:
        left_out += ["session"] if message.shared else ["session", "shared"]
    if isinstance(message, wire.Update):
        left_out += [name for name in fields.TIMES[:3] if getattr(message, name) is None]
    if isinstance(message, (wire.Result, wire.ResultHeader, wire.Status)):
        optional = (
            "timed",
            *fields.TIMES[:-1],
            *(["manager"] if not isinstance(message, wire.Status) else []),
        )
        left_out += [name for name in optional if getattr(message, name, None) is None]
    if isinstance(message, wire.Error):
        left_out += [name for name in fields.TIMES if getattr(message, name) is None]
        left_out += ["worker"] if message.ran is None else []
    if isinstance(message, wire.Trace) and message.name is None:
        left_out += [field.name for field in dataclasses.fields(message)[3:]]
    return [field.name for field in dataclasses.fields(message) if field.name not in left_out]


def _value(name: str, value: Any) -> str:
    if value is None:
        return "nil"
    if name in _NAMED:
        numbers, style = _NAMED[name]
        return style(numbers(value).name) if value in list(numbers) else str(value)
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, bytes):
        return value.hex() if name in ("boot", "link", "peer_boot", "session", "cluster") else _bytes(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, (wire.ListedManager, wire.ListedClient)):  # whose state is not a task's
        values = (f"{name}={_value('', getattr(value, name))}" for name in _names(value))
        return "{" + " ".join(values) + "}"
    if isinstance(value, wire.Address) or (
        isinstance(value, tuple) and name in ("range", "runtime", "slot", "count")
    ):
        return "(" + ",".join(_value("", part) for part in value) + ")"
    if isinstance(value, (tuple, list)):
        element = name.removesuffix("s") if name in ("ranges", "runtimes", "slots", "counts") else ""
        return "[" + ",".join(_value(element, part) for part in value) + "]"
    if isinstance(value, (wire.Task, wire.ResultHeader, wire.ListedTask)):
        return "{" + _fields(value, _names(value)) + "}"
    return f"{value}"  # of an IntEnum too, whose str() is its name before Python 3.11


def text_of(message: wire.Message) -> str:
    """A message as one line, as message_text.h says."""
    if isinstance(message, wire.Unknown):
        return f"{message.number} seq={message.seq} ack={message.ack}"
    shown: Any = message.task if isinstance(message, wire.Submit) else message
    head = f"{message.KIND.name} seq={message.seq} ack={message.ack}"
    return " ".join(filter(None, (head, _fields(shown, _names(shown)))))
