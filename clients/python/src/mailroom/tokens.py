"""What one process tells another so that it can go on with a session: where it is, and its token."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN_BYTES = 16


@dataclass(frozen=True)
class Token:
    """A session at a broker. Whoever has it has the session's tasks, so it is to be kept like a password.

    Attributes:
        session: 32 hexadecimal digits.
        address: the broker's, an endpoint of ZeroMQ's.
        options: of the client that had the session, which the next one takes over: `Client`'s arguments.
    """

    session: str
    address: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.key) != TOKEN_BYTES:
            raise ValueError(f"a session's token has {2 * TOKEN_BYTES} hexadecimal digits")

    @property
    def key(self) -> bytes:
        """The token as it is on the wire."""
        return bytes.fromhex(self.session)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes it to a file that only this user can read; one that is there is replaced as a whole."""
        path = Path(file).absolute()
        content = {"session": self.session, "address": self.address, "options": dict(self.options)}
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(number, "w", encoding="utf-8") as new:
                json.dump(content, new, indent=2)
                new.write("\n")
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            raise

    @classmethod
    def load(cls, file: str | os.PathLike[str]) -> Token:
        """Reads what `save` wrote.

        Raises:
            OSError: it cannot be read.
            ValueError: it is something else; the text names the file.
        """
        try:
            content = json.loads(Path(file).read_text(encoding="utf-8"))
            session, address, options = (content[name] for name in ("session", "address", "options"))
            if not (isinstance(session, str) and isinstance(address, str) and isinstance(options, dict)):
                raise TypeError("a field of another type")
            return cls(session, address, options)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{os.fspath(file)} is not a session file of mailroom's: {error}") from error
