"""What in a worker is done in another way: `os.closerange`, and what a process can never be rid of again.

A task that closes all that it can reach, as programs do that make themselves daemons, leaves the worker its
own files; in a process that a task forks off nothing is spared. An audit hook stays for all that follows.
What `os.putenv` sets is not in `os.environ`, where the variables are that are put back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

_Text = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_closerange, _addaudithook = os.closerange, sys.addaudithook
_putenv, _unsetenv = os.putenv, os.unsetenv
_unseen: set[bytes] = set()  # names of variables that are not what `os.environ` says


def install(spoil: Callable[[str], None]) -> None:
    """Spares what is open now, but for standard input, output and error, which are put back after a step.

    Args:
        spoil: is told what a task does that nothing undoes.
    """
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

    def addaudithook(hook: Callable[[str, tuple[Any, ...]], Any]) -> None:
        spoil("an audit hook was added")
        _addaudithook(hook)

    def putenv(name: _Text, value: _Text, /) -> None:
        _putenv(name, value)
        note(name, sys._getframe(1).f_globals)

    def unsetenv(name: _Text, /) -> None:
        _unsetenv(name)
        note(name, sys._getframe(1).f_globals)

    def note(name: _Text, caller: dict[str, Any]) -> None:
        if caller is vars(os):  # os.environ itself
            _unseen.discard(os.fsencode(name))
        else:
            _unseen.add(os.fsencode(name))

    os.putenv, os.unsetenv = putenv, unsetenv
    os.closerange = closerange
    sys.addaudithook = addaudithook


def unseen() -> list[bytes]:
    """Names of variables that programs would get otherwise than `os.environ` has them."""
    return sorted(_unseen)


def put_unseen(_: object) -> None:
    """Lets programs have what `os.environ` has."""
    while _unseen:
        name = _unseen.pop()
        if name in os.environb:
            _putenv(name, os.environb[name])
        else:
            _unsetenv(name)
