"""A worker's line to its boss by libmailroom, in a thread of its own that never waits for the interpreter.

It shakes hands, acknowledges, holds a few tasks ahead, gives them back when they are recalled, sends results
in batches and tells which task has begun (mailroom/worker.h). A task is given only where the loop has said
that it waits; between that and the task a result can wake the loop, and then the task waits in the library.
"""

from __future__ import annotations

import itertools
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mailroom import _core, errors
from mailroom._base.certificates import WORKER
from mailroom.version import __version__
from mailroom.worker import letters
from mailroom.worker.conn import FAULT, LOST, Conn, Said
from mailroom.worker.functions import Functions, Part
from mailroom.worker.tasks import Address, Failed, Kind, Task

_FOR_EVER = -1


class CoreConn(Conn):
    """See conn.py.

    Args:
        address: of the shim, an endpoint of ZeroMQ's.
        name: for HELLO; a spawned worker's MAILROOM_WORKER.
        runtimes: the names and versions of what this worker can run.
        make_task: see `Conn`.
        leave: see `Conn`.
        complain: a file descriptor for the words with which this process ends when its line does; below 0:
            none.

    Raises:
        errors.KeyFileError: a certificate is not what it must be.
    """

    def __init__(
        self,
        address: str,
        name: str,
        runtimes: Sequence[tuple[str, str]],
        make_task: Callable[[Task], Any],
        leave: Callable[[str, int], None],
        complain: int = -1,
    ) -> None:
        super().__init__(make_task, leave)
        keys = WORKER.find(address)
        self._core = _core.Worker(
            address=address,
            name=name,
            software=f"mailroom-python {__version__}",
            key=None if keys is None else keys.own.file,
            manager_key=None if keys is None else keys.server.file,
            runtimes=tuple(runtimes),
            statuses=(LOST, FAULT),
            complain=complain,
            reports_end=0,
        )
        self._boss = ""
        self._for_loop: deque[Said] = deque()
        self._gave_result = False
        self._functions = Functions()

    def connect(self) -> int:
        """See `Conn`."""
        self._check(self._core.start())
        while (id := self._core.join(_FOR_EVER)) == _core.EINTR:
            pass
        self._check(min(id, 0))
        self._boss = self._core.boss()
        return id

    @property
    def boss(self) -> str:
        """See `Conn`."""
        return self._boss

    def _check(self, code: int) -> None:
        """Raises where the library's code is an error."""
        if code == _core.ETOOLARGE:
            raise errors.TooLarge(self._core.why())
        if code < 0:  # the line is over, and this process ends
            raise errors.ConnectionLost(self._core.why())

    # -- to the loop

    def recv(self) -> Said:
        """See `Conn`."""
        try:
            while True:
                if (said := self._next(_FOR_EVER)) is not None:
                    return said
        except BaseException:  # BQSKit's Worker would kill the process without a word
            self._leave(traceback.format_exc(), FAULT)
            raise

    def take(self) -> Said | None:
        """See `Conn`."""
        return self._next(0)

    def _next(self, timeout: int) -> Said | None:
        if self._gave_result:  # the loop has worked off what it got last: it may have woken it
            self._gave_result = False
            if self._awake():
                self._core.awake(None)
        while not self._for_loop:
            item = self._core.next(timeout)
            if item is None:
                return None
            self._for_loop.extend(self._read(item))
        said = self._for_loop.popleft()
        self._gave_result = said[0] == Kind.RESULT
        return said

    def _read(self, item: tuple[Any, ...]) -> Iterator[Said]:
        kind = item[0]
        if kind == _core.ITEM_TASK:
            parts = (*item[1:-1], self._part(item[-1]))
            task = letters.task_of(*parts)
            self._renew_for(task)
            yield Kind.SUBMIT, self._make_task(task)
        elif kind == _core.ITEM_RESULT:
            yield from self._read_result(Address(*item[1]), item[2], item[3])
        elif kind == _core.ITEM_CANCEL:
            yield Kind.CANCEL, Address(*item[1])
        elif kind == _core.ITEM_MESSAGE:
            yield from self._read_communicate([Address(*one) for one in item[1]], item[2])
        elif kind == _core.ITEM_PATHS:
            self.projects.tell_paths(item[1], item[2])
        elif kind == _core.ITEM_UNSHARE:
            self._functions.forget(item[1])
        else:
            self._leave(item[2], LOST)

    def _part(self, apart: tuple[int, object] | None) -> Part | None:
        if apart is None:
            return None
        number, held = apart
        return Part(self._functions, number, _core.Worker.shared(held), held)

    # -- from the loop

    def _give_back(self, task: Task, text: str) -> None:
        self._core.give_back(task.return_address, text)

    def _came(self) -> int:
        return self._core.counts()["tasks"]

    def resumes(self, task: Any) -> None:
        """See `Conn`."""
        self._core.awake(task.return_address)

    def _has_more(self) -> bool:
        return self._core.counts()["ahead"] > 0

    def _say_waiting(self) -> None:
        self._core.waiting()

    def _say_submit(self, tasks: Sequence[Any], parent: Any) -> None:
        for shared, group in itertools.groupby(tasks, letters.shared_of):
            self._check(self._core.submit(shared, tuple(letters.child(task, parent) for task in group)))

    def _say_result(self, result: Any, body: bytes) -> None:
        self._check(self._core.result(result.return_address, body))

    def _say_update(self, task: Any) -> None:
        self._core.update(task.return_address)

    def _say_cancel(self, root: Sequence[int], address: Sequence[int]) -> None:
        self._core.cancel(tuple(root), (tuple(address),))

    def _say_message(self, addresses: Sequence[Sequence[int]], body: bytes) -> None:
        self._check(self._core.message(tuple(map(tuple, addresses)), body))

    def _say_failure(self, task: Any, failed: Failed, body: bytes) -> None:
        self._check(self._core.fail(task.return_address, letters.root_of(task), failed.text, body))

    def _say_log(self, task: Any, level: int, logger: str, text: str, body: bytes) -> None:
        self._core.log(task.return_address, letters.root_of(task), level, logger, text, body)

    def _say_goodbye(self, text: str, seconds: float) -> None:
        self._core.leave(text, int(seconds * 1000))
