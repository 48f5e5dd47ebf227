"""A worker's line to its boss without a socket: the twin of clients/c/core/worker.c that holds nothing ahead.

It has the methods of `mailroom._core.Worker` that a loop calls; `read` takes what the boss says, and `sent`
has what is said to it. The boss is told of room for one task whenever the loop waits. Between that and the
task a result can wake the loop: then the task goes back with RETURN, unbegun and unseen by the loop, and
before that WAITING 0 0 says that there is no room, or the boss would give it here again at once. So did the
workers of this package before libmailroom's, and so does the simulator's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from mailroom import _core

from mailroom_peer import wire
from mailroom_peer.wire import Address

OK = 0
Item = tuple[Any, ...]


class Worker:
    """See above.

    Attributes:
        sent: messages and their bodies, which whoever looks takes away.
        id: this worker's, as CONNECT has it.
    """

    def __init__(self, **options: Any) -> None:
        self.sent: list[tuple[wire.Message, bytes]] = []
        self.id = -1
        self._runtimes = options["runtimes"]
        self._items: deque[Item] = deque()  # for the loop, in order
        self._waits = False  # the loop, for a task; and the boss was told so
        self._given = 0  # the number of the last submit of which the loop has got a task,
        self._unread = False  # and whether it has not waited since
        self._returned = 0  # the number of the last submit that went back
        self._receipt = 0
        self._cancels: list[Address] = []  # that wait to leave together, all below one root
        self._cancels_root: Address | None = None

    # -- from the boss

    def read(self, message: wire.Message, body: bytes) -> None:
        """Takes what the boss says."""
        if isinstance(message, wire.Connect):
            self.id = message.ranges[0][0]
            self._say(wire.Started(total_workers=1, runtimes=tuple(self._runtimes)))
        elif isinstance(message, (wire.Submit, wire.SubmitBatch)):
            self._take_in(list(_tasks(message, body)), message.seq)
        elif isinstance(message, wire.Result):
            self._items.append(_result(message, body))
        elif isinstance(message, wire.ResultBatch):
            self._items += map(_result, message.results, _parts(message.lengths, body))
        elif isinstance(message, wire.Cancel):
            for address in message.addresses:
                self._items.append((_core.ITEM_CANCEL, _shown(address)))
        elif isinstance(message, wire.Communicate):
            self._items.append((_core.ITEM_MESSAGE, tuple(map(_shown, message.addresses)), body))

    def _take_in(self, tasks: list[Item], number: int) -> None:
        if self._waits:
            self._items += tasks
            self._given = number
        else:
            self._give_back(tasks, number)

    def _give_back(self, tasks: list[Item], number: int) -> None:
        """A submit that went back counts as read once all before it are."""
        self._returned = number
        if not self._unread:
            self._receipt = number
            self._say_no_room()
        self._say(wire.Return(wire.Reason.UNBEGUN, "", tuple(_address(task[1]) for task in tasks)))

    def _say_no_room(self) -> None:
        self._waits = False
        self._say(wire.Waiting(idle=0, room=0, receipt=self._receipt))

    # -- for the loop

    def next(self, timeout: int) -> Item | None:
        """The next item, of tasks only where it waits for one; None: there is none now."""
        item = next((one for one in self._items if self._waits or one[0] != _core.ITEM_TASK), None)
        if item is None:
            return None
        self._items.remove(item)
        if item[0] == _core.ITEM_TASK:
            self._waits, self._unread = False, True
        return item

    def waiting(self) -> int:
        """See `_core.Worker`."""
        self._unread = False
        self._receipt = max(self._given, self._returned)
        self._waits = True
        self._say(wire.Waiting(idle=1, room=1, receipt=self._receipt))
        return OK

    def awake(self, running: Sequence[int] | None) -> int:
        """See `_core.Worker`."""
        if not self._waits:
            return OK
        self._say_no_room()
        tasks = [item for item in self._items if item[0] == _core.ITEM_TASK]
        if tasks:
            self._items = deque(item for item in self._items if item not in tasks)
            self._give_back(tasks, self._given)
        return OK

    # -- from the loop

    def result(self, task: Sequence[int], body: bytes) -> int:
        """See `_core.Worker`."""
        return self._say(wire.Result(_address(task), self.id, None), body)

    def update(self, task: Sequence[int]) -> int:
        """See `_core.Worker`."""
        return self._say(wire.Update(addresses=(_address(task),)))

    def fail(self, task: Sequence[int], root: Sequence[int], text: str, body: bytes) -> int:
        """See `_core.Worker`."""
        error = wire.Error(code=wire.Code.TASK_FAILED, text=text, task=_address(task), root=_address(root))
        return self._say(error, body)

    def submit(self, shared: bytes, children: Sequence[Sequence[Any]]) -> int:
        """See `_core.Worker`; one message, however large, with whole bodies."""
        tasks = []
        for address, root, breadcrumbs, runtime, priority, name, meta, _ in children:
            crumbs = tuple(map(_address, breadcrumbs))
            tasks.append(
                wire.Task(_address(address), root, crumbs, None, runtime, 0, priority, 0, name, meta)
            )
        bodies = [shared + child[-1] for child in children]
        if len(tasks) == 1:
            return self._say(wire.Submit(tasks[0]), bodies[0])
        return self._say(wire.SubmitBatch(tasks, list(map(len, bodies))), b"".join(bodies))

    def message(self, children: Sequence[Sequence[int]], body: bytes) -> int:
        """See `_core.Worker`."""
        return self._say(wire.Communicate(addresses=tuple(map(_address, children))), body)

    def log(
        self, task: Sequence[int], root: Sequence[int], level: int, logger: str, text: str, body: bytes
    ) -> int:
        """See `_core.Worker`."""
        return self._say(wire.Log(_address(task), _address(root), None, level, logger, text), body)

    def cancel(self, root: Sequence[int], children: Sequence[Sequence[int]]) -> int:
        """See `_core.Worker`; they leave with what is said next, or with `flush`."""
        if _address(root) != self._cancels_root:
            self.flush()
        self._cancels_root = _address(root)
        self._cancels += map(_address, children)
        return OK

    def flush(self) -> None:
        """Has cancels leave that wait for others."""
        if self._cancels:
            addresses, self._cancels = tuple(self._cancels), []
            self.sent.append((wire.Cancel(addresses=addresses, root=self._cancels_root), b""))

    def _say(self, message: wire.Message, body: bytes = b"") -> int:
        self.flush()
        self.sent.append((message, body))
        return OK


def _shown(address: Address) -> tuple[int, int, int]:
    """As a loop has it: the server is -1."""
    return (-1 if address[0] is None else address[0], address[1], address[2])


def _address(shown: Sequence[int]) -> Address:
    return Address(None if shown[0] < 0 else shown[0], shown[1], shown[2])


def _parts(lengths: Sequence[int], body: bytes) -> Iterator[bytes]:
    at = 0
    for length in lengths:
        yield body[at : at + length]
        at += length


def _tasks(message: wire.Submit | wire.SubmitBatch, body: bytes) -> Iterator[Item]:
    if isinstance(message, wire.Submit):
        message = wire.SubmitBatch([message.task], [len(body)])
    for task, part in zip(message.tasks, _parts(message.lengths, body), strict=True):
        crumbs = tuple(map(_shown, task.breadcrumbs))
        yield (
            *(_core.ITEM_TASK, _shown(task.return_address), task.comp_task_id, crumbs, task.runtime),
            *(task.priority, task.name, task.meta, part, None),
        )


def _result(result: wire.Result | wire.ResultHeader, body: bytes) -> Item:
    return (_core.ITEM_RESULT, _shown(result.return_address), result.completed_by, body)
