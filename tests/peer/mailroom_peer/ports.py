"""Ports that a test takes later."""

from __future__ import annotations

import contextlib
import random
import socket


def free_port() -> int:
    """A port of loopback that nobody has, and that the system gives nobody by itself: it is taken later."""
    while True:
        with contextlib.suppress(OSError):
            port = random.SystemRandom().randrange(10_000, 30_000)
            socket.create_server(("127.0.0.1", port)).close()
            return port
