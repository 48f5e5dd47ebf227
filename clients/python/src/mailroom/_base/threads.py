"""What a thread is: the system's, an event loop's, in an exit handler; how long it waits at once."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import sys
import threading
import time
from typing import Any


def refuse_green() -> None:
    """Refuses to work where a thread is none: it would wait for what waits for it.

    Raises:
        RuntimeError: gevent, or eventlet, has put its own in the place of threads.
    """
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(_here()), daemon=True)
    thread.start()
    thread.join()
    if found == [_here()]:
        raise RuntimeError(
            "the threads of this process are none of the system's (gevent's monkey.patch_all, or eventlet's"
            " monkey_patch), so a wait for a result would never end. Patch all else:"
            " `monkey.patch_all(thread=False)`, or have mailroom in a process of its own."
        )


def _here() -> str:
    """What tells the system's threads from each other, whatever Python was made to say."""
    return os.readlink("/proc/thread-self")


_LOOK_S = 0.5


def at_once(left: float | None) -> float | None:
    """How long to wait at a time: the main thread looks for signals now and then.

    One that comes in the moment before a wait does not end it, nor does one that the system has given to
    another thread: Ctrl-C would be forgotten until something else happens.

    Args:
        left: seconds that are to be waited in all; None: for ever.
    """
    if threading.get_ident() != threading.main_thread().ident:
        return left
    return _LOOK_S if left is None else min(left, _LOOK_S)


def rest(future: concurrent.futures.Future[Any], timeout: float | None) -> None:
    """Waits for a future of concurrent.futures; see `at_once`.

    Args:
        future: it.
        timeout: seconds, None: for ever.
    """
    end = None if timeout is None else time.monotonic() + timeout
    left = timeout
    while not future.done() and (left is None or left > 0):
        with contextlib.suppress(concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
            concurrent.futures.Future.exception(future, at_once(left))
        left = None if end is None else end - time.monotonic()


def in_exit_handler() -> bool:
    """Whether the program ends, and calls what `atexit` has: its main thread is over, and runs on."""
    main = threading.main_thread()
    return threading.get_ident() == main.ident and not main.is_alive()


def milliseconds(seconds: float | None) -> int:
    """A time to wait as the library takes it."""
    return -1 if seconds is None else max(0, round(1000 * seconds))


def is_event_loop() -> bool:
    """Whether an event loop of asyncio's runs in this thread, which others wait for."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
