"""What tests talk to instead of a broker: a listener with the package's own link, and a proxy to cut."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

import pytest
import zmq
from mailroom_peer import wire
from mailroom_peer.link import Due, Limits, Link, Verdict
from zmq.auth.thread import ThreadAuthenticator

from mailroom import errors
from mailroom._base.certificates import Certificate

PATIENCE = 60.0  # seconds until a test gives up waiting


def refusal(attempt: Callable[[float], object], reason: str) -> str:
    """What is raised when the time to connect in is over, which is as long as it takes to meet the reason.

    Args:
        attempt: connects in so many seconds.
        reason: a regular expression, for what is raised.
    """
    text = ""
    for timeout in (0.2, 1.0, 5.0, 20.0):
        with pytest.raises(errors.ConnectError) as raised:
            attempt(timeout)
        text = str(raised.value)
        if re.search(reason, text):
            break
    return text


Handler = Callable[["Line", wire.Message, bytes], None]


def clock() -> int:
    return time.monotonic_ns() // 1_000_000


class Line:
    """One link, as the listener sees it."""

    def __init__(self, peer: Peer, hello: wire.Hello, routing_id: bytes) -> None:
        self.peer = peer
        self.hello = hello
        self.routing_id = routing_id
        self.link = Link(Limits(heartbeat=hello.heartbeat, window=hello.window), clock())

    def send(self, message: wire.Message, body: bytes = b"") -> None:
        """From the peer's thread: from a handler or what `Peer.do` was given."""
        self.link.send(message, body)


class Peer:
    """A ROUTER in a thread of its own that shakes hands and hands messages to `handler` in that thread."""

    def __init__(
        self,
        handler: Handler,
        *,
        port: int = 0,
        window: int = 8 << 20,
        max_body: int = 1 << 30,
        own: Certificate | None = None,
        allowed: Collection[bytes] = (),
    ) -> None:
        self.boot = os.urandom(16)
        self.cluster: bytes | None = None
        self.epoch = 0
        self.window, self.max_body = window, max_body
        self.handler = handler
        self.lines: dict[bytes, Line] = {}  # by link
        self.sessions: set[bytes | None] = set()
        self.hellos: list[wire.Hello] = []
        self.refuse: wire.Error | bytes | None = None  # in place of WELCOME; bytes: the header as it is
        self.mute = False
        self._todo: list[Callable[[], None]] = []
        self._changed = threading.Condition(threading.RLock())
        self._context: zmq.Context[Any] = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.SNDHWM, 0)  # the link's window bounds it; a ROUTER would drop the rest
        self._socket.setsockopt(zmq.LINGER, 0)
        self._guard: ThreadAuthenticator | None = None
        if own is not None:
            self._lock_up(own, allowed)
        self._socket.bind(f"tcp://127.0.0.1:{port or '*'}")
        self.port = int(self._socket.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")[2])
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._waker, self._woken = socket.socketpair()
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _lock_up(self, own: Certificate, allowed: Collection[bytes]) -> None:
        """Lets in only those keys, as ZeroMQ's own authenticator does it."""
        callback = type("Table", (), {"callback": lambda self, domain, key: key in allowed})
        self._guard = ThreadAuthenticator(self._context)
        self._guard.start()
        self._guard.configure_curve_callback("*", callback())
        self._socket.setsockopt(zmq.CURVE_SERVER, 1)
        self._socket.setsockopt(zmq.CURVE_SECRETKEY, own.secret)

    # -- from the test's thread

    def do(self, action: Callable[[], None]) -> None:
        """Runs `action` in the peer's thread, and waits for that."""
        done = threading.Event()
        with self._changed:
            self._todo.append(lambda: (action(), done.set()))  # type: ignore[func-returns-value]
        self._waker.send(b"\0")
        assert done.wait(PATIENCE)

    def restart(self) -> None:
        """As a process that was started anew: another boot, and no links."""

        def forget() -> None:
            self.boot = os.urandom(16)
            self.lines.clear()
            self.sessions.clear()

        self.do(forget)

    def forget_links(self) -> None:
        """As if all links had expired; sessions stay."""
        self.do(self.lines.clear)

    def linked(self, line: Line) -> None:
        """A new link is made, in the peer's thread."""

    def wait(self, until: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(until, PATIENCE)

    def close(self) -> None:
        self._stop = True
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")
        self._thread.join(PATIENCE)
        if self._guard is not None:
            self._guard.stop()
        self._context.destroy(0)

    # -- the thread

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._woken.fileno(), zmq.POLLIN)
        while not self._stop:
            poller.poll(self._until())
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(64, socket.MSG_DONTWAIT)
            with self._changed:
                todo, self._todo = self._todo, []
                for action in todo:
                    action()
                while True:
                    try:
                        routing_id, *frames = self._socket.recv_multipart(zmq.DONTWAIT)
                    except zmq.Again:
                        break
                    if not self.mute:
                        self._read(routing_id, frames)
                for line in list(self.lines.values()):
                    self._push(line)
                self._changed.notify_all()
        self._socket.close(0)

    def _until(self) -> int | None:
        deadlines = [line.link.deadline() for line in self.lines.values() if line.link._connected]
        times = [deadline for deadline in deadlines if deadline is not None]
        return max(0, min(times) - clock()) if times else None

    def _read(self, routing_id: bytes, frames: list[bytes]) -> None:
        message = wire.decode_frames(frames)
        if type(message) is wire.Hello:
            self._welcome(routing_id, message)
            return
        line = next((line for line in self.lines.values() if line.routing_id == routing_id), None)
        if line is None:
            error = wire.Error(code=wire.Code.NO_HANDSHAKE, text="say HELLO first")
            self._socket.send_multipart([routing_id, wire.encode(error)])
            return
        body = frames[1] if len(frames) > 1 else b""
        verdict, whole, why = line.link.receive(message, len(frames[0]), body, clock())
        assert verdict not in (Verdict.FAULT, Verdict.TOO_LARGE), why
        if verdict is Verdict.DELIVER:
            self.handler(line, message, bytes(whole))
        elif verdict is Verdict.PING:
            self._socket.send_multipart([routing_id, wire.encode(wire.Pong(ack=line.link.acked()))])

    def _welcome(self, routing_id: bytes, hello: wire.Hello) -> None:
        self.hellos.append(hello)
        if self.refuse is not None:
            refusal = self.refuse if isinstance(self.refuse, bytes) else wire.encode(self.refuse)
            self._socket.send_multipart([routing_id, refusal])
            return
        known = self.lines.get(hello.link)
        goes_on = known is not None and hello.peer_boot == self.boot and hello.boot == known.hello.boot
        if known is None or not goes_on:
            known = self.lines[hello.link] = Line(self, hello, routing_id)
        known.routing_id = routing_id
        welcome = wire.Welcome(
            role=wire.Role.BOSS,
            boot=self.boot,
            link=hello.link,
            peer_boot=hello.boot if goes_on else None,
            received=known.link.received,
            session=hello.session if hello.session in self.sessions else None,
            heartbeat=hello.heartbeat,
            expiry=hello.expiry,
            window=self.window,
            max_body=self.max_body,
            software="peer",
            cluster=self.cluster,
            epoch=self.epoch,
        )
        self.sessions.add(hello.session)
        if not goes_on:
            self.linked(known)
        self._socket.send_multipart([routing_id, wire.encode(welcome)])
        assert known.link.connected(hello.window, hello.max_body, hello.received if goes_on else 0, clock())

    def _push(self, line: Line) -> None:
        while (due := line.link.due(clock())) not in (Due.NOTHING, Due.EXPIRED):
            if due is Due.SEND_ACK and not self.mute:
                self._socket.send_multipart([line.routing_id, wire.encode(wire.Ack(ack=line.link.acked()))])
            elif due is Due.GIVE_UP:
                line.link.broken(clock())
                line.routing_id = b""  # who says something there is told to shake hands again
        while not self.mute and (letter := line.link.next()) is not None:
            header, body = letter
            self._socket.send_multipart(
                [line.routing_id, header, body] if body else [line.routing_id, header]
            )


class Proxy:
    """Passes TCP connections on to a port, until they are cut."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.accepted = 0
        self.passed = 0  # bytes since the last cut
        self.refuse = False
        self.instead: dict[bytes, bytes] = {}  # what is passed on in place of what
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._lock = threading.Condition()
        self._cut_after: int | None = None
        self._stop = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._waker, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop:
            readable, _, _ = select.select([self._listener, self._woken, *self._pairs], [], [])
            with self._lock:
                for one in readable:
                    if one is self._woken:
                        one.recv(64)
                    elif one is self._listener:
                        self._accept()
                    elif one in self._pairs:
                        self._pass(one)
                if self._cut_after is not None and self._pairs and self.passed >= self._cut_after:
                    self._cut_after = None
                    while self._pairs:
                        self._drop(next(iter(self._pairs)))
                self._lock.notify_all()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self.refuse:
            client.close()
            return
        server = socket.create_connection(("127.0.0.1", self.target))
        self._pairs |= {client: server, server: client}
        self.accepted += 1

    def _pass(self, one: socket.socket) -> None:
        try:
            data = one.recv(65536)
            for what, other in self.instead.items():
                data = data.replace(what, other)
            self._pairs[one].sendall(data)
        except OSError:
            data = b""
        self.passed += len(data)
        if not data:
            self._drop(one)

    def _drop(self, one: socket.socket) -> None:
        other = self._pairs.pop(one)
        self._pairs.pop(other)
        for end in (one, other):
            # a reset, so that what is under way is lost, as when a machine or a network goes away
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            end.close()

    def cut_later(self, after: int) -> None:
        """Has all connections cut once there are any and `after` more bytes have passed.

        Who wants it inside what is sent next asks before: all of that may have passed by the next line.
        """
        with self._lock:
            self.passed, self._cut_after = 0, after
            self._waker.send(b"\0")

    def cut(self, after: int = 0) -> None:
        """Does so, and waits for it."""
        self.cut_later(after)
        with self._lock:
            assert self._lock.wait_for(lambda: self._cut_after is None, PATIENCE)

    def close(self) -> None:
        self._stop = True
        self._waker.send(b"\0")
        self._thread.join(PATIENCE)
        while self._pairs:
            self._drop(next(iter(self._pairs)))
        self._listener.close()
