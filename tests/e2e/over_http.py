"""A broker that serves HTTP, and what it says there."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.error
import urllib.request
from typing import Any

from running import SOON, Program, Programs


def serving(programs: Programs, *managers: Program, options: tuple[object, ...] = ()) -> Program:
    """A broker with a port for HTTP, that is free."""
    return programs.broker(*managers, options=("--http", 0, *options))


def address(broker: Program) -> str:
    """Where it serves HTTP."""
    return f"http://127.0.0.1:{broker.ports()['http']}"


def asks(broker: Program, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """The status, headers and text of its answer; `_` in a header's name stands for a dash."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address(broker) + path, headers=named), timeout=SOON
        ) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def metrics(broker: Program) -> dict[str, float]:
    """Its numbers: each series, as it stands there."""
    lines = asks(broker, "/metrics")[2].splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}


class Viewer:
    """Who has the page open, without a browser: reads the events.

    Args:
        broker: whose.
        reads: bytes that the system may take in beyond what was read; 0: as many as it likes.
        headers: to be sent.
    """

    def __init__(self, broker: Program, reads: int = 0, **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", broker.ports()["http"], timeout=SOON)
        self.connection.connect()
        if reads:
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, reads)
        self.connection.request("GET", "/live", headers=headers)
        self.answer = self.connection.getresponse()
        self.bytes = 0

    def reads(self) -> tuple[str, Any]:
        """The next event: its kind and its data."""
        kind, data = "", ""
        while line := self.answer.readline().decode():
            self.bytes += len(line)
            if line == "\n" and kind:
                return kind, json.loads(data)
            name, _, value = line.rstrip("\n").partition(": ")
            kind = value if name == "event" else kind
            data = value if name == "data" else data
        raise EOFError

    def close(self) -> None:
        """Leaves."""
        self.connection.close()
