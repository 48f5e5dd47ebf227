"""The one clock of the package."""

from __future__ import annotations

import time


def clock() -> int:
    """The present, in ms since some time in the past."""
    return time.monotonic_ns() // 1_000_000
