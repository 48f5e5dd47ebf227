"""The exceptions for the library's errors (enum mailroom_error)."""

from __future__ import annotations

import re

from mailroom import _core, errors
from mailroom.version import __version__

_CLASSES: dict[int, type[Exception]] = {
    _core.EINVAL: ValueError,
    _core.ENOMEM: MemoryError,
    _core.ESYSTEM: OSError,
    _core.EFORK: errors.ForkError,
    _core.ESTATE: RuntimeError,
    _core.ETOOLARGE: errors.TooLarge,
    _core.ELOST: errors.ConnectionLost,
    _core.ECLOSED: errors.ConnectionLost,
    _core.EKEYS: errors.KeyRefused,
    _core.EVERSION: errors.BadVersion,
    _core.EREFUSED: errors.Refused,
    _core.ENOTOWNER: errors.NotOwner,
    _core.ETAKEN: errors.SessionTaken,
    _core.EPROTOCOL: errors.ConnectionLost,
    _core.ESESSION: errors.SessionUnknown,
}


def _what_to_upgrade(text: str) -> errors.BadVersion:
    """Names both versions, and which of the two programs is the older one."""
    ours = f"this side, mailroom {__version__} for Python, speaks version {_core.PROTOCOL_VERSION}"
    found = re.search(r"it speaks version (\d+) of the protocol", text)
    if found is None:
        return errors.BadVersion(f"{text}; {ours}")
    version = int(found[1])
    older = (
        "upgrade this one (pip install --upgrade mailroom-router) and start the process anew, or the kernel"
        if version > _core.PROTOCOL_VERSION
        else "upgrade the broker and the managers, or install the version here that fits them"
    )
    return errors.BadVersion(
        f"the other side speaks version {version} of the protocol; {ours}: {older}", version
    )


def error_of(code: int, text: str, address: str) -> errors.MailroomError:
    """The exception for one of the codes that say why a client is over, or what became of a task with it."""
    if code == _core.EVERSION:
        return _what_to_upgrade(text)
    made = _CLASSES.get(code, errors.ConnectionLost)(text)
    return made if isinstance(made, errors.MailroomError) else errors.MailroomError(text)


def exception(error: _core.Error) -> Exception:
    """The exception for what a call of the library raised."""
    code, text = error.args
    return _CLASSES.get(code, errors.MailroomError)(text)
