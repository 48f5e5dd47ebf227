"""A network between two programs: passes connections on, resets them anywhere, or holds directions up."""

from __future__ import annotations

import random
import selectors
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType

from running import SOON

PIECE = 65536  # bytes read at once
HELD = 4 * PIECE  # bytes of one direction that wait here before the sender is held up
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # for SO_LINGER


class Pipe:
    """One direction of one connection."""

    def __init__(self, source: socket.socket, sink: socket.socket, *, forth: bool) -> None:
        self.source, self.sink, self.forth = source, sink, forth
        self.held = bytearray()

    def reads(self) -> bool:
        return len(self.held) < HELD

    def flush(self) -> None:
        """Writes what the sink takes."""
        if self.held:
            try:
                del self.held[: self.sink.send(self.held)]
            except BlockingIOError:
                return


class Proxy:
    """Listens on `port` of loopback and passes connections on to `target`, until it is left.

    Forth is from who connects to who listens.

    Args:
        target: the port to pass on to; None: nobody listens there now.
    """

    def __init__(self, target: int | None) -> None:
        self.target = target
        self.accepted = 0
        self.cuts = 0
        self._schedule: Iterator[int] = iter(())
        self._left: int | None = None  # bytes until the next cut
        self._stopped: frozenset[bool] = frozenset()  # the directions that are held up
        self._resetting = False
        self._pipes: list[Pipe] = []
        self._changed = threading.Condition()
        self._ending = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._waker, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending = True
        self._waker.send(b"\0")
        self._thread.join(SOON)
        for end in (self._waker, self._woken):  # not by the thread: it may see its end before it is woken
            end.close()

    # -- the test's thread

    @property
    def cutting(self) -> bool:
        """Whether there are cuts to come."""
        return self._left is not None

    def cut(self, distances: Iterable[int]) -> None:
        """Resets all connections several times.

        Args:
            distances: how many bytes pass, counted over all connections and both directions, until the first
                time, and from each time to the next one. What is under way then is lost.
        """
        with self._changed:
            self._schedule = iter(list(distances))
            self._left = next(self._schedule, None)

    def stop(self, *, forth: bool | None) -> None:
        """Holds up one direction of all connections, also of those to come, until `go`; None: both.

        Held up both ways, this is a network that has fallen silent: nobody is told that a connection is over.
        """
        with self._changed:
            self._stopped = frozenset((True, False) if forth is None else (forth,))
        self._waker.send(b"\0")

    def go(self) -> None:
        """Passes on again what was held up."""
        with self._changed:
            self._stopped = frozenset()
        self._waker.send(b"\0")

    def reset(self) -> None:
        """Resets all connections that there are now; what is under way is lost."""
        with self._changed:
            self._resetting = True
        self._waker.send(b"\0")

    def accepts(self, count: int) -> None:
        """Waits until so many connections have been made."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.accepted >= count, SOON), f"{count} connections"

    # -- its own

    def _run(self) -> None:
        while not self._ending:
            with selectors.DefaultSelector() as selector:
                for end, events in self._wanted().items():
                    selector.register(end, events)
                ready = {key.fileobj: events for key, events in selector.select()}
            with self._changed:
                if self._woken in ready:
                    self._woken.recv(64)
                if self._resetting:
                    self._resetting = False
                    self._reset(self._pipes)
                if self._listener in ready:
                    self._accept()
                for pipe in list(self._pipes):
                    if pipe in self._pipes and pipe.forth not in self._stopped:
                        self._serve(pipe, ready.get(pipe.source, 0), ready.get(pipe.sink, 0))
                self._changed.notify_all()
        self._reset(self._pipes)
        self._listener.close()

    def _wanted(self) -> dict[socket.socket, int]:
        wanted = {self._listener: selectors.EVENT_READ, self._woken: selectors.EVENT_READ}
        for pipe in self._pipes:
            if pipe.forth in self._stopped:
                continue
            if pipe.reads():
                wanted[pipe.source] = wanted.get(pipe.source, 0) | selectors.EVENT_READ
            if pipe.held:
                wanted[pipe.sink] = wanted.get(pipe.sink, 0) | selectors.EVENT_WRITE
        return wanted

    def _accept(self) -> None:
        dialler, _ = self._listener.accept()
        self.accepted += 1
        try:
            if self.target is None:
                raise ConnectionRefusedError
            listener = socket.create_connection(("127.0.0.1", self.target))
        except ConnectionRefusedError:
            dialler.close()
            return
        for end in (dialler, listener):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pipes += [Pipe(dialler, listener, forth=True), Pipe(listener, dialler, forth=False)]

    def _serve(self, pipe: Pipe, source: int, sink: int) -> None:
        try:
            if source & selectors.EVENT_READ and pipe.reads():
                data = pipe.source.recv(PIECE)
                if not data:
                    raise ConnectionResetError
                if self._is_cut_by(pipe, data):
                    return
                pipe.held += data
            pipe.flush()
        except BlockingIOError:
            return
        except OSError:  # one end has closed the connection: the other one is told
            self._reset([other for other in self._pipes if other.source in (pipe.source, pipe.sink)])

    def _is_cut_by(self, pipe: Pipe, data: bytes) -> bool:
        """Counts what passes; at a cut the bytes before it go on, and the rest is lost."""
        if self._left is None:
            return False
        self._left -= len(data)
        if self._left > 0:
            return False
        pipe.held += data[: len(data) + self._left]
        pipe.flush()
        self._reset(self._pipes)
        self._left = next(self._schedule, None)
        self.cuts += 1
        return True

    def _reset(self, pipes: list[Pipe]) -> None:
        for pipe in list(pipes):
            self._pipes.remove(pipe)
            pipe.source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            pipe.source.close()


def some_cuts(seed: int, count: int, largest: int) -> list[int]:
    """Distances between cuts in bytes: within a handshake, within small messages, and up to `largest`."""
    chance = random.Random(seed)
    scales = ((1, 600), (600, 5000), (5000, largest))
    return [chance.randint(*scales[number % len(scales)]) for number in range(count)]
