"""Whom a client or a worker connects to: where nothing was said, this user's own programs on this machine.

These meet on sockets in a folder that is his alone. Why it is this folder is said in edge/line/home.h, which
has the same rules for all other programs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

VARIABLE = "MAILROOM_SOCKETS"
INSECURE = "MAILROOM_INSECURE"
PORT = 7472  # a broker's
_ADVICE = (
    "give keys (keys=, or MAILROOM_KEYS), or insecure=True (MAILROOM_INSECURE=1) where all who can be there"
    " are trusted"
)
_PATH_BYTES = 95  # of the 107 that the path of a socket may have


def broker(address: str | None) -> str:
    """The endpoint of ZeroMQ's for what a user writes: `host`, `host:port`, `tcp://host[:port]` or `ipc://path`.

    Args:
        address: None: the environment's MAILROOM_BROKER, else `localhost`. Several of TCP may stand there
            with commas between them; so they do in what is given back.

    Raises:
        ValueError: it, or one of several, names no host.
        TypeError: it is no text.
    """
    if address is None:
        address = os.environ.get("MAILROOM_BROKER") or "localhost"
    if not isinstance(address, str):
        raise TypeError(f"the address of a broker is a text, not {address!r}")
    if "," in address and not address.startswith("ipc://"):
        return ",".join(broker(one) for one in address.split(","))
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "tcp", address
    if scheme != "tcp":
        return address
    host, colon, port = rest.rpartition(":")
    if not colon or rest.endswith("]"):
        host, port = rest, str(PORT)
    if not host:
        raise ValueError(f"the broker's address {address!r}: the host is missing")
    return f"tcp://{host}:{port or PORT}"


def settle(address: str, is_open: bool) -> str:
    """Where to connect for a broker's endpoint: `localhost` is this user's own broker unless TCP is open.

    Args:
        address: what `broker` gave.
        is_open: whether there are keys, or TCP without keys will do.

    Raises:
        ValueError: it does not.
    """
    if is_open:
        return address
    if address == f"tcp://localhost:{PORT}":
        return endpoint("broker")
    refuse_strangers(address, _ADVICE)
    return address


def endpoint(name: str) -> str:
    """The endpoint of a socket there: `broker`, `workers`.

    Raises:
        ValueError: the folder is not what it must be; the text says what to do.
    """
    folder = os.environ.get(VARIABLE) or f"/tmp/mailroom-{os.geteuid()}"
    if not folder.startswith("/") or len(os.fsencode(folder)) > _PATH_BYTES:
        raise ValueError(
            f"{VARIABLE}={folder}: not a path that begins with '/' and has {_PATH_BYTES} bytes at most"
        )
    fault = _fault(folder)
    if fault:
        raise ValueError(
            f"{folder}, the folder for this user's sockets: {fault}. Another folder: set {VARIABLE} to its"
            " path, for brokers, managers and clients alike"
        )
    return f"ipc://{folder}/{name}"


def _fault(folder: str) -> str:
    """What keeps the folder from being this user's alone; it is made where it is not there."""
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        return f"it cannot be made: {error.strerror}"
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode):
        return "it is no folder"
    if status.st_uid != os.geteuid():
        return f"it belongs to another user, of number {status.st_uid}"
    if status.st_mode & 0o077:
        return f"others may enter it (mode {stat.S_IMODE(status.st_mode):04o}; chmod 700)"
    return ""


def is_insecure(said: bool | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether TCP without keys will do.

    Args:
        said: by the program; None: it did not say.
        environment: for what was not said.

    Raises:
        ValueError: the environment says something else than 0 or 1.
    """
    if said is not None:
        return said
    value = environment.get(INSECURE, "")
    if value not in ("", "0", "1"):
        raise ValueError(f"{INSECURE}={value}: neither 0 nor 1")
    return value == "1"


def refuse_strangers(address: str, hint: str) -> None:
    """Raises ValueError for an endpoint of TCP, where no key tells who answers."""
    if address.startswith("tcp://"):
        raise ValueError(
            f"{address.removeprefix('tcp://')}: over TCP without keys nothing tells who answers, and whoever"
            f" does can run code here: {hint}"
        )
