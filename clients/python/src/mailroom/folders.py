"""Temporary folders that no process's end leaves behind.

Who has one holds a lock on it (flock), and so does each process that it gives the lock's descriptor to. The
kernel frees the lock with the last of them, however they ended: a folder with the mark of such a one, and
without a lock, is what nobody could remove, and the next to make a folder does. (systemd-tmpfiles, which
cleans /tmp, leaves locked folders alone.) worker-shim/edge/folder.c makes its folders in the same way.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

PREFIX = "mailroom-"
MARK = ".held"
"""The file in a folder whose lock says whether it is still needed."""


class Held:
    """A new temporary folder of this user's alone (mode 0700), which is held.

    Args:
        parent: where it is; the folder for temporary files unless given.

    Attributes:
        path: where it is.
        fd: the lock's descriptor, -1 once it was let go.
    """

    def __init__(self, parent: str | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).absolute()
        self.fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        with contextlib.suppress(OSError):  # a file system without locks, where nobody looks for them
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (self.path / MARK).touch()

    def let_go(self, *, keep: bool) -> None:
        """Is not needed by this process any more.

        Args:
            keep: whether it stays, for people to look at.
        """
        if self.fd < 0:
            return
        if keep:
            (self.path / MARK).unlink(missing_ok=True)
        else:
            shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.fd)
        self.fd = -1


def sweep() -> None:
    """Removes the folders of this user's whose processes are gone, where such folders are made."""
    for parent in {tempfile.gettempdir(), "/tmp"}:
        with contextlib.suppress(OSError):
            _sweep(os.scandir(parent))


def sweep_in(parent: Path) -> None:
    """The same in another folder where such folders are made."""
    with contextlib.suppress(OSError):
        _sweep(os.scandir(parent))


def _sweep(entries: Iterable[os.DirEntry[str]]) -> None:
    for entry in entries:
        if entry.name.startswith(PREFIX):
            with contextlib.suppress(OSError):  # it is gone, or held, or somebody else's
                _remove_if_free(entry.path)


def _remove_if_free(folder: str) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.stat(MARK, dir_fd=fd)
        if os.fstat(fd).st_uid == os.getuid():
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(fd)
