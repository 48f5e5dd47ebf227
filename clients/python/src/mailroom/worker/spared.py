"""`os.closerange` in a worker: a task that closes all that it can reach leaves the worker its own.

Programs that make themselves daemons do so. In a process that a task forks off nothing is spared.
"""

from __future__ import annotations

import os

_closerange = os.closerange


def install() -> None:
    """Spares what is open now, but for standard input, output and error, which are put back after a step."""
    numbers = sorted(map(int, os.listdir("/proc/self/fd")))  # with that of the list itself
    own = [file for file in numbers if file > 2 and os.path.exists(f"/proc/self/fd/{file}")]
    worker = os.getpid()

    def closerange(fd_low: int, fd_high: int, /) -> None:
        if os.getpid() != worker:
            _closerange(fd_low, fd_high)
            return
        for file in own:
            if fd_low <= file < fd_high:
                _closerange(fd_low, file)
                fd_low = file + 1
        _closerange(fd_low, fd_high)

    os.closerange = closerange
