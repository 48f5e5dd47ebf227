"""The end of a process that a task has forked off and that comes back to the worker's loop.

Nothing there is its own: it would be a second worker on the same connection. So it ends, as a program does
that has come to its last line.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import NoReturn


def end(error: BaseException | None) -> NoReturn:
    """Ends this process with the status that the interpreter gives one, and what it says then.

    Args:
        error: what was raised there and not caught; None: nothing, its function has returned.
    """
    status = 0
    with contextlib.suppress(BaseException):  # a class of a user's, or a stream that is closed
        status = _status(error)
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _status(error: BaseException | None) -> int:
    if error is None:
        return 0
    if not isinstance(error, SystemExit):
        traceback.print_exception(error)
        return 1
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    print(error.code, file=sys.stderr)
    return 1
