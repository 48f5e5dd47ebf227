"""Coroutines of tasks, which await what asyncio awaits, beside the futures of the runtime.

asyncio finds a running loop and a current task, as in `asyncio.run`, but nothing runs in that loop unless the
coroutine awaits something of asyncio's. Until that is done the worker does nothing else.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Generator
from typing import Any

_free: list[_Loop] = []  # that were never used: to make one takes longer than most steps
_inherited: list[_Loop] = []  # in a forked process: it must not even close what it shares with its parent


def _after_fork() -> None:
    _inherited.extend(_free)
    _free.clear()


os.register_at_fork(after_in_child=_after_fork)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that knows whether anything was made in it."""

    used = False

    def create_future(self) -> asyncio.Future[Any]:
        """Overrides BaseEventLoop's, as do the others."""
        self.used = True
        return super().create_future()

    def call_soon(self, *args: Any, **named: Any) -> asyncio.Handle:  # type: ignore[override]
        """What all is done by that a loop does at once."""
        self.used = True
        return super().call_soon(*args, **named)

    def call_at(self, *args: Any, **named: Any) -> asyncio.TimerHandle:  # type: ignore[override]
        """What all is done by that a loop does later."""
        self.used = True
        return super().call_at(*args, **named)


class _Current(asyncio.Future[Any]):
    """What `asyncio.current_task` gives, as far as timeouts and groups of tasks need one."""

    def __init__(self, loop: _Loop, coroutine: Coroutine[Any, Any, Any]) -> None:
        super().__init__(loop=loop)
        self._coroutine = coroutine
        self._cancels = 0
        self.waits_for: asyncio.Future[Any] | None = None
        self.to_raise: asyncio.CancelledError | None = None

    def cancel(self, msg: Any = None) -> bool:
        """As a Task's."""
        self._cancels += 1
        if self.waits_for is None or not self.waits_for.cancel(msg):
            self.to_raise = asyncio.CancelledError(*(() if msg is None else (msg,)))
        return True

    def cancelling(self) -> int:
        """As a Task's."""
        return self._cancels

    def uncancel(self) -> int:
        """As a Task's."""
        self._cancels = max(0, self._cancels - 1)
        return self._cancels

    def get_coro(self) -> Coroutine[Any, Any, Any]:
        """As a Task's."""
        return self._coroutine

    def get_name(self) -> str:
        """As a Task's."""
        return "mailroom"


class WithAsyncio:
    """Awaiting it awaits a coroutine, for which asyncio has a running loop."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine = self._coroutine
        loop = _free.pop() if _free else _Loop()
        current = _Current(loop, coroutine)
        step: Callable[[Any], Any] = coroutine.send
        value: Any = None
        try:
            while True:
                wanted = _step(loop, current, step, value)
                step, value = coroutine.send, None
                if wanted is None or getattr(wanted, "_asyncio_future_blocking", None) is not None:
                    _wait(loop, current, wanted)
                    if current.to_raise is not None:
                        step, value, current.to_raise = coroutine.throw, current.to_raise, None
                    continue
                try:
                    value = yield wanted
                except GeneratorExit:
                    coroutine.close()
                    raise
                except BaseException as error:  # of what is awaited: it is for the coroutine
                    step, value = coroutine.throw, error
        except StopIteration as done:
            return done.value
        finally:
            _leave(loop)


def _step(loop: _Loop, current: _Current, step: Callable[[Any], Any], value: Any) -> Any:
    """Runs the coroutine to its next `await`; gives what it awaits."""
    asyncio._set_running_loop(loop)
    asyncio.tasks._enter_task(loop, current)  # type: ignore[arg-type] # it need not be a Task
    try:
        return step(value)
    finally:
        asyncio.tasks._leave_task(loop, current)  # type: ignore[arg-type]
        asyncio._set_running_loop(None)


def _wait(loop: _Loop, current: _Current, wanted: asyncio.Future[Any] | None) -> None:
    """Runs the loop until what the coroutine awaits is done; None: once."""
    if wanted is None:
        loop.run_until_complete(asyncio.sleep(0))
        return
    wanted._asyncio_future_blocking = False
    current.waits_for = wanted
    try:
        loop.run_until_complete(_until_done(wanted))
    finally:
        current.waits_for = None


async def _until_done(wanted: asyncio.Future[Any]) -> None:
    await asyncio.wait([wanted])


def _leave(loop: _Loop) -> None:
    """The coroutine is over: what it has begun in the loop ends too."""
    if not loop.used:
        _free.append(loop)
        return
    try:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
