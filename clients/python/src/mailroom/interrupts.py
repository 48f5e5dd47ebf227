"""What becomes of tasks when the wait for them is interrupted (by Ctrl-C, or a notebook's user).

Whoever waits catches the interrupt, has `act` do what the client was told (`Client(on_interrupt=...)`), and
lets it go on, with a text that says what was done.

An interrupt is a KeyboardInterrupt where a thread waits. Where a coroutine waits, the event loop makes a
cancellation of it, as it does of a timeout of asyncio's or of a cancelled task: `Watch` tells these apart.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

from mailroom import errors

if TYPE_CHECKING:
    from mailroom.futures import Future, MapFuture

OnInterrupt = Literal["leave", "cancel", "detach"]
CHOICES = ("leave", "cancel", "detach")

Handler = Callable[[int, FrameType | None], Any]


def check(choice: str, file: object) -> OnInterrupt:
    """The choice, if it is one.

    Raises:
        ValueError: it is none, or needs a session file that there is not.
    """
    if choice not in CHOICES:
        raise ValueError(f"on_interrupt is one of {', '.join(CHOICES)}, not {choice!r}")
    if choice == "detach" and file is None:
        raise ValueError('on_interrupt="detach" needs a session_file, or nobody could resume the session')
    return choice  # type: ignore[return-value] # it is one of them


def act(scope: Future[Any] | MapFuture[Any], interrupt: BaseException) -> None:
    """Does what the client was told, and gives the interrupt a text that says so.

    Args:
        scope: what was waited for.
        interrupt: what comes out of the wait.
    """
    futures = scope._members()
    done = sum(future.done() for future in futures)
    if done == len(futures):
        return  # whatever this is, it is not about them
    client = futures[0]._client
    counts = f"; {done:,} of {len(futures):,} tasks were done" if len(futures) > 1 else ""
    what = f"the {'map' if len(futures) > 1 else 'task'} {futures[0].name or futures[0].uuid}"
    if client.on_interrupt == "cancel":
        scope.cancel()
        text = f"{what} was cancelled"
    elif client.on_interrupt == "detach":
        text = _detach(client, what)
    else:
        text = f"{what} goes on: wait for it again, or end it with cancel()"
    interrupt.args = (text + counts,)


def _detach(client: Any, what: str) -> str:
    file = client._file
    try:
        client.detach(file)
    except (errors.MailroomError, TimeoutError, OSError) as error:
        return f"{what} goes on, and the client with it, for it could not leave its session: {error}"
    return f"{what} goes on at the broker: mailroom.Client.resume({str(file)!r}) has the session"


class Watch:
    """Notices interrupts while coroutines wait, in whatever way the event loop then ends their waits.

    It puts a handler before the one that is there when the first wait begins, and takes it away when the last
    one ends, unless somebody else has put another one there meanwhile.
    """

    def __init__(self) -> None:
        self.count = 0  # of the interrupts that came
        self._waits = 0
        self._before: Handler | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Watch:
        if threading.current_thread() is not threading.main_thread():
            return self  # no signal comes here
        current = signal.getsignal(signal.SIGINT)
        if current == self._notice:
            self._waits += 1
        elif callable(current):
            self._before, self._waits = current, 1
            self._loop = asyncio.get_running_loop()
            signal.signal(signal.SIGINT, self._notice)
        return self

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGINT) != self._notice:
            return
        self._waits -= 1
        if self._waits <= 0:
            signal.signal(signal.SIGINT, self._before)
            self._before = self._loop = None

    def _notice(self, number: int, frame: FrameType | None) -> Any:
        self.count += 1
        if self._loop is not None and not self._loop.is_closed():
            # ipykernel's handler gives the loop a callback by call_soon, which does not wake one that sleeps
            self._loop.call_soon_threadsafe(bool)
        return self._before(number, frame) if self._before is not None else None


watch = Watch()
