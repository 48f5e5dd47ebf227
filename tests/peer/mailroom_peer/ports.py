"""Ports that a test takes later, or gives back and takes again."""

from __future__ import annotations

import socket

_held: list[socket.socket] = []


def held_port() -> tuple[socket.socket, int]:
    """A port where nobody listens, and that the system gives nobody by itself while the socket is open.

    Who names it can listen there, one after the other: the socket is bound, and does not listen.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("", 0))
    return holder, int(holder.getsockname()[1])


def free_port() -> int:
    """Such a port, for as long as this process lives."""
    holder, port = held_port()
    _held.append(holder)
    return port
