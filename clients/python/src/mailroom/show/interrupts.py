"""What becomes of tasks when the wait for them is interrupted (by Ctrl-C, or a notebook's user).

Whoever waits catches the interrupt, has `act` do what the client was told (`Client(on_interrupt=...)`), and
lets it go on, with a text that says what was done. watch.py notices interrupts of coroutines.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from mailroom import errors
from mailroom._session.futures import Scope

OnInterrupt = Literal["leave", "cancel", "detach"]
CHOICES = ("leave", "cancel", "detach")


class Told(Protocol):
    """A client, as far as interrupts concern it."""

    on_interrupt: OnInterrupt
    _file: Path | None

    def detach(self, file: Path | None = None) -> object:
        """Leaves the session, whose tasks go on."""


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


def act(client: Told, scope: Scope, interrupt: BaseException) -> None:
    """Does what the client was told, and gives the interrupt a text that says so.

    Args:
        client: who was told.
        scope: what was waited for.
        interrupt: what comes out of the wait.
    """
    futures = scope._members()
    done = sum(future.done() for future in futures)
    if done == len(futures):
        return  # whatever this is, it is not about them
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


def _detach(client: Told, what: str) -> str:
    file = client._file
    try:
        client.detach(file)
    except (errors.MailroomError, TimeoutError, OSError) as error:
        return f"{what} goes on, and the client with it, for it could not leave its session: {error}"
    return f"{what} goes on at the broker: mailroom.Client.resume({str(file)!r}) has the session"
