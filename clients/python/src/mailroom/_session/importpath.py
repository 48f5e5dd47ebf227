"""The import path that a client's tasks find: as it was given, else this program's at each submit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence


class ImportPath:
    """It, and whether it has changed since it was last said.

    Args:
        given: the folders; None: those of `sys.path`, whatever they are then.
    """

    def __init__(self, given: Sequence[str] | None) -> None:
        self._follows = given is None
        self._take(sys.path if given is None else given)

    def _take(self, paths: Sequence[str]) -> None:
        self._raw = list(paths)
        told = list(filter(_can_be_told, self._raw))
        self._moves = not all(map(os.path.isabs, told))  # with the working directory
        self._from = _working_directory() if self._moves else ""
        self.folders = [
            os.path.normpath(os.path.join(self._from, path))
            for path in told
            if self._from or os.path.isabs(path)
        ]

    def tell(self, say: Callable[[list[str]], None]) -> None:
        """Says it where it is another one than it was; called at each submit."""
        if not self._follows:
            return
        if self._raw == sys.path and not (self._moves and self._from != _working_directory()):
            return
        before = self.folders
        self._take(sys.path)
        if self.folders != before:
            say(self.folders)


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _can_be_told(path: object) -> bool:
    """Python looks for no modules in what is no text; what is no UTF-8 goes into no message."""
    if not isinstance(path, (str, os.PathLike)):
        return False
    try:
        return b"\0" not in str(path).encode()
    except UnicodeEncodeError:
        return False
