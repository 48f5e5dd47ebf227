"""What a worker that connects by itself has said on its standard error as it ended, for who had started it.

Standard error is a pipe, which the worker reads as it goes; what it has not read is still there when it is
gone. A shim's guardian does the same (worker-shim/edge/words.h).
"""

from __future__ import annotations

import contextlib
import os

MOST = 4_096  # bytes of the end that are looked at
TOLD = 620  # characters that are told of, and
FIRST = 320  # how many of those are of the beginning where it is longer


class Words:
    """The pipe of one worker.

    Attributes:
        path: by which that opens both of its ends; "" where there can be none.
    """

    def __init__(self) -> None:
        self.path, self._file = "", -1
        with contextlib.suppress(OSError):
            self._file, other = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            os.close(other)
            self.path = f"/proc/{os.getpid()}/fd/{self._file}"

    def take(self) -> bytes:
        """The end of what was said, and closes the pipe."""
        said = b""
        with contextlib.suppress(OSError):
            while self._file >= 0 and (more := os.read(self._file, MOST)):
                said = (said + more)[-MOST:]
        self.close()
        return said

    def close(self) -> None:
        """Ends it."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


def shown(said: bytes) -> str:
    """What was said, on one line and without what may not be shown; the beginning and the end of it."""
    lines = [line.strip(" ") for line in said.decode("utf-8", "replace").split("\n")]
    text = " | ".join(line for line in lines if line)
    text = "".join(one if one.isprintable() else "?" for one in text)
    return text if len(text) < TOLD else f"{text[:FIRST]} ... {text[FIRST + 5 - TOLD :]}"
