"""What tasks print: for the client that asked for it, else for the worker's own output, with the task's name.

`sys.stdout` and `sys.stderr` are streams that cannot be closed. Whole lines leave at once, unless they come
fast: then together, a moment later; what is begun leaves when its task's step ends. Nobody may read the
worker's own output, or it may be closed: then lines are left out there, and nothing waits.

What C code and programs that a task starts write to the file descriptors 1 and 2 goes the same way: they are
pipes, which a thread without Python empties (written.c of the extension).
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

TOGETHER_SECONDS = 0.05  # how long lines that come fast wait for those behind them
MOST_TEXT = 64 << 10  # characters that leave together
_PIECE = 4_096  # bytes that a pipe takes whole or not at all

Say = Callable[[str, str], bool]
"""Takes the name of a stream and what a task has printed there; whether its client wants it."""


class Outlet:
    """A file descriptor of this process, written to without ever waiting, and without a word if that fails.

    The file itself is shared with others, so it is not made non-blocking: a pipe or a terminal is opened
    anew. Text above what a pipe takes at the moment is left out, and counted.

    Attributes:
        file: a descriptor that can be written to without waiting, below 0: there is none.
    """

    def __init__(self, file: int) -> None:
        self._write: Callable[[bytes], int] = lambda data: len(data)
        self._left_out = 0
        self._lock = threading.Lock()
        self.file = -1
        with contextlib.suppress(OSError):
            self.file, self._write = _writer(file)

    def write(self, text: str) -> None:
        """Writes whole lines, or leaves them out."""
        data = text.encode("utf-8", "backslashreplace")
        with self._lock:
            if self._left_out:
                note = f"mailroom-worker {os.getpid()}: {self._left_out} bytes of output were left out here\n"
                if not self._put(note.encode()):
                    self._left_out += len(data)
                    return
                self._left_out = 0
            for at in range(0, len(data), _PIECE):
                if not self._put(data[at : at + _PIECE]):
                    self._left_out += len(data) - at
                    return

    def _put(self, data: bytes) -> bool:
        try:
            while data:
                data = data[self._write(data) :]
        except OSError:  # it is full, or nobody reads it
            return False
        return True


def _writer(file: int) -> tuple[int, Callable[[bytes], int]]:
    kind = os.fstat(file).st_mode
    if stat.S_ISSOCK(kind):
        line = socket.socket(fileno=os.dup(file))
        return -1, lambda data: line.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
    if stat.S_ISFIFO(kind) or stat.S_ISCHR(kind):
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        own = os.open(f"/proc/self/fd/{file}", flags)
    else:
        own = os.dup(file)
    return own, lambda data: os.write(own, data)


Written = tuple[tuple[bytes, int], tuple[bytes, int]]
"""For output and error: what was written there, and how much behind that was left out."""


_NOTHING: Written = ((b"", 0), (b"", 0))


class Pipes:
    """Standard output and error as pipes, from now on.

    Attributes:
        wait: waits until something was written.
        written: gives what was written until now; None: nothing.
        kept: whether who started this worker finds in standard error what is left there when it ends.

    Raises:
        ImportError: this package has no extension.
        OSError: there are no descriptors, or no threads, left.
    """

    def __init__(self) -> None:
        from mailroom import _core

        self.written = _core.Worker.written
        self.wait = _core.Worker.await_written
        ends = []
        self.kept = False
        for file in (1, 2):
            pipe = _kept_pipe() if file == 2 else None
            self.kept |= pipe is not None
            end, other = pipe or os.pipe2(os.O_CLOEXEC)
            os.set_blocking(end, False)
            os.dup2(other, file)
            os.close(other)
            ends.append(end)
        self._decoders = [codecs.getincrementaldecoder("utf-8")("replace") for _ in ends]
        _core.Worker.listen(*ends)

    def read(self, written: Written, add: Callable[[str, str], None], *, final: bool) -> None:
        """Hands over what was written: a stream's name, and a text."""
        for name, decoder, (data, left_out) in zip(
            ("stdout", "stderr"), self._decoders, written, strict=True
        ):
            text = decoder.decode(data, final=final)
            if left_out:
                text += f"\n({left_out} bytes of output were left out here)\n"
            if text:
                add(name, text)


def _kept_pipe() -> tuple[int, int] | None:
    """Both ends of the FIFO that this worker's standard error is to be, if there is one."""
    path = os.environ.pop("MAILROOM_STDERR", "")
    with contextlib.suppress(OSError):
        if path and stat.S_ISFIFO(os.stat(path).st_mode):
            end = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            return end, os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    return None


class _Sink(io.RawIOBase):
    """Where a stream's bytes go."""

    def __init__(self, printed: Printed, name: str, file: int) -> None:
        self._printed, self._name, self._file = printed, name, file

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file

    def write(self, data: Any) -> int:
        if self._file == 2 and self._printed.keeps_last_words:
            with contextlib.suppress(OSError):  # a task has closed it
                return os.write(self._file, data)
        text = bytes(data).decode("utf-8", "replace")
        self._printed.add(self._name, text)
        return len(data)


_AS_EVER: dict[str, Any] = {
    **{"encoding": "utf-8", "errors": "backslashreplace", "newline": "\n"},
    **{"line_buffering": True, "write_through": False},
}


class _Stream(io.TextIOWrapper):
    """Python's `sys.stdout`, which a task cannot close."""

    changed = False  # by a task, in what `reconfigure` changes

    def reconfigure(self, **options: Any) -> None:
        """A task's; it is as it was when the step ends."""
        self.changed = True
        super().reconfigure(**options)

    def put_back(self) -> None:
        """Ends that."""
        super().reconfigure(**_AS_EVER)
        self.changed = False

    def close(self) -> None:
        self.flush()

    def detach(self) -> NoReturn:
        raise io.UnsupportedOperation("a worker's standard streams stay as they are")


class Printed:
    """What is printed and has not left yet; until `begin` it is left out."""

    def __init__(self) -> None:
        self._name: Callable[[], str] = str
        self._say: Say = lambda stream, text: True
        self._outlet: Outlet | None = None
        self._installed = False
        self._lock = threading.RLock()
        self._lines: dict[str, str] = {}  # by stream
        self._left = 0.0  # when something did
        self._timer: threading.Timer | None = None
        self._forked = False
        self._pipes: Pipes | None = None
        self._reads = False  # the thread has what was written in hand
        self._streams = [
            _Stream(
                io.BufferedWriter(_Sink(self, name, file), 1),
                "utf-8",
                "backslashreplace",
                "\n",
                line_buffering=True,
            )
            for name, file in (("stdout", 1), ("stderr", 2))
        ]

    def install(self) -> None:
        """Makes these the streams of this process."""
        sys.stdout, sys.stderr = self._streams
        sys.__stdout__, sys.__stderr__ = self._streams  # type: ignore[misc]
        if not self._installed:
            os.register_at_fork(after_in_child=self._in_child)
        self._installed = True

    def begin(self, name: Callable[[], str], say: Say, outlet: Outlet) -> None:
        """Says where it goes.

        Args:
            name: the running task's, empty where none runs.
            say: see `Say`.
            outlet: for what no client wants.
        """
        self._name, self._say, self._outlet, self._forked = name, say, outlet, False

    def listen(self) -> threading.Thread | None:
        """Takes what is written beside these streams, too; gives the thread that does, if it can be."""
        try:
            self._pipes = Pipes()
        except (ImportError, OSError):
            return None
        thread = threading.Thread(target=self._listen, name="mailroom-output", daemon=True)
        thread.start()
        return thread

    @property
    def keeps_last_words(self) -> bool:
        """Whether standard error is to pass through its pipe, where it is found should this process die."""
        return self._pipes is not None and self._pipes.kept

    def _listen(self) -> None:
        assert self._pipes is not None
        while True:
            self._pipes.wait()
            with self._lock:  # a step that ends meanwhile waits, so nothing is taken for the next task's
                self._reads = True
                if (written := self._pipes.written()) is not None:
                    self._pipes.read(written, self.add, final=False)
                self._reads = False

    def _in_child(self) -> None:
        """A process that a task forks off ends without a word to these streams: there, nothing waits."""
        self._lock, self._timer, self._lines, self._forked = threading.RLock(), None, {}, True
        self._pipes, self._reads = None, False

    def add(self, name: str, text: str) -> None:
        """Takes what was printed on a stream."""
        with self._lock:
            self._lines[name] = lines = self._lines.get(name, "") + text
            if "\n" not in text and len(lines) < MOST_TEXT:
                return
            if self._forked or len(lines) >= MOST_TEXT or time.monotonic() - self._left > TOGETHER_SECONDS:
                self._leave(whole_lines=True)
            elif self._timer is None:
                self._timer = threading.Timer(TOGETHER_SECONDS, self._late)
                self._timer.daemon = True
                self._timer.start()

    def _late(self) -> None:
        with self._lock:
            self._timer = None
            self._leave(whole_lines=True)

    def flush(self) -> None:
        """All that a task has printed leaves: its step ends."""
        for stream in self._streams:
            stream.flush()
            if stream.changed:
                stream.put_back()
        if self._pipes is not None and ((written := self._pipes.written()) is not None or self._reads):
            with self._lock:
                self._pipes.read(written or _NOTHING, self.add, final=True)
        if self._lines:
            with self._lock:
                self._leave(whole_lines=False)

    def _leave(self, *, whole_lines: bool) -> None:
        self._left = time.monotonic()
        lines, self._lines = self._lines, {}
        name = self._name()
        for stream, text in lines.items():
            begun = ""
            if whole_lines and len(text) < MOST_TEXT:
                text, newline, begun = text.rpartition("\n")
                text += newline
            if begun:
                self._lines[stream] = begun
            for at in range(0, len(text), MOST_TEXT):
                piece = text[at : at + MOST_TEXT].removesuffix("\n")
                named = "\n".join(f"{name}: {line}" if name else line for line in piece.split("\n"))
                if not self._say(stream, named) and self._outlet is not None:
                    self._outlet.write(named + "\n")
