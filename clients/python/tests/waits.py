"""Whether a thread waits; imported by the tests, and by scripts and kernels that they start."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable


def waits(*names: str) -> Callable[[], bool]:
    """Tells, whenever it is called, whether the main thread is in a function of one of these names.

    While it waits for another thread to start it is not: who interrupts it then meets the start.
    """
    main = threading.main_thread().ident
    assert main is not None

    def tell() -> bool:
        frame = sys._current_frames()[main]
        if frame.f_code.co_name not in names:
            return False
        around = frame.f_back
        while around is not None and around.f_code is not threading.Thread.start.__code__:
            around = around.f_back
        return around is None

    return tell
