"""Tasks for workers that may have been forked."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys


def has_loaded(name: str) -> bool:
    """Whether this worker had a module before this task; then it has."""
    had = name in sys.modules
    importlib.import_module(name)
    return had


def draws() -> tuple[int, list[float], float]:
    """This process, numbers that are to be its own, and one that a library has chosen."""
    import random

    import marked  # type: ignore[import-not-found]

    own = [random.random(), marked.drawn.random()]
    if "numpy" in sys.modules:
        import numpy as np

        own += [float(np.random.random()), float(np.random.default_rng().random())]
    return os.getpid(), own, marked.chosen.random()


def leaves_a_child() -> tuple[int, int]:
    """This process, and one that it forks off and that leaves its group."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        signal.pause()
        os._exit(0)
    return os.getpid(), pid


def speaks() -> None:
    """Says something in each of the ways that there are."""
    print("printed")
    print("complained", file=sys.stderr)
    os.write(1, b"written\n")
    logging.getLogger("some.name").warning("logged")
