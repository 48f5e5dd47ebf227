"""A broker for tests of the client: it answers as PROTOCOL.md says and runs tasks, at once or later."""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mailroom_peer import wire
from mailroom_peer.wire import State

from peer import Line, Peer


@dataclass
class Root:
    """One slot of one uuid."""

    task: wire.Task
    body: bytes
    line: Line
    state: State = State.QUEUED
    result: tuple[wire.Message, bytes] | None = None
    wanted: bool = False
    delivered: bool = False


class Broker(Peer):
    """`hold` keeps tasks queued until `release`; `full` refuses tasks as BUSY. All sessions are one."""

    def __init__(self, **options: Any) -> None:
        self.full = False
        self.page = 4096  # tasks in an answer to LIST
        self.managers: list[wire.ListedManager] = []
        self.roots: dict[UUID, dict[int, Root]] = {}
        self.got: list[wire.Message] = []
        self.hold = False
        self.held: list[Root] = []
        super().__init__(self._handle, **options)

    def release(self) -> None:
        """Runs what was held."""

        def run() -> None:
            self.hold = False
            held, self.held = self.held, []
            for root in held:
                self._run_root(root)

        self.do(run)

    def restart(self) -> None:
        """As a process that was started anew: another boot, which knows nothing."""
        self.do(self._forget_tasks)
        super().restart()

    def _forget_tasks(self) -> None:
        self.roots.clear()
        self.held.clear()

    def linked(self, line: Line) -> None:
        """Sends again what an old link may not have delivered."""
        for root in [root for slots in self.roots.values() for root in slots.values()]:
            unread = root.line.link.unread()
            lost = root.result is not None and any(message is root.result[0] for message in unread)
            root.line, root.wanted = line, root.wanted or lost
            self._deliver(root)

    def kinds(self, kind: type[wire.Message]) -> list[Any]:
        return [message for message in self.got if type(message) is kind]

    def _handle(self, line: Line, message: wire.Message, body: bytes) -> None:
        self.got.append(message)
        answers: dict[type[wire.Message], Any] = {
            wire.Connect: self._connect,
            wire.Submit: self._submit,
            wire.SubmitBatch: self._submit_batch,
            wire.Status: self._status,
            wire.Cancel: self._cancel,
            wire.Request: self._request,
            wire.Disconnect: self._disconnect,
            wire.Release: self._release,
            wire.List: self._list,
            wire.Managers: self._managers,
            wire.Drain: self._drain,
        }
        answers[type(message)](line, message, body)

    def _connect(self, line: Line, message: wire.Connect, body: bytes) -> None:
        line.send(wire.Ready(corr=message.corr))

    def _submit(self, line: Line, message: wire.Submit, body: bytes) -> None:
        assert message.task.uuid is not None
        if not self._refuses(line, message.task.uuid):
            self._take(message.task.uuid, Root(message.task, body, line))

    def _refuses(self, line: Line, uuid: UUID) -> bool:
        """Whether a submit is not executed: its uuid was used before, or there is no room."""
        if uuid in self.roots:
            self._status(line, wire.Status(uuid=uuid), b"")
        elif self.full:
            line.send(wire.Error(code=wire.Code.BUSY, text="no room", uuid=uuid))
        return uuid in self.roots or self.full

    def _submit_batch(self, line: Line, message: wire.SubmitBatch, body: bytes) -> None:
        uuid, start = message.tasks[0].uuid, 0
        assert uuid is not None
        assert sum(message.lengths) == len(body)
        if self._refuses(line, uuid):
            return
        for task, length in zip(message.tasks, message.lengths, strict=True):
            self._take(uuid, Root(task, body[start : start + length], line))
            start += length

    def _take(self, uuid: UUID, root: Root) -> None:
        root.task.uuid = uuid
        root.wanted = bool(root.task.flags & wire.Flag.DELIVER)
        self.roots.setdefault(uuid, {})[root.task.return_address.mailbox_slot] = root
        if self.hold:
            self.held.append(root)
        else:
            self._run_root(root)

    def _run_root(self, root: Root) -> None:
        if root.state is not State.QUEUED:
            return
        slot = root.task.return_address.mailbox_slot
        try:
            if root.task.runtime == "plain":
                value = root.body.upper()
            else:
                fn, args, kwargs = pickle.loads(root.body)
                value = pickle.dumps(fn(*args, **kwargs))
        except BaseException as error:
            root.state = State.FAILED
            said = wire.Error(
                code=wire.Code.TASK_FAILED, text=traceback.format_exc(), uuid=root.task.uuid, slot=slot
            )
            root.result = said, _pickled(error)
        else:
            root.state = State.DONE
            root.result = wire.Result(wire.Address(None, 77, slot), 5, root.task.uuid), value
        self._deliver(root)

    def _deliver(self, root: Root) -> None:
        if root.wanted and root.result is not None:
            root.line.send(*root.result)
            root.wanted = False
            root.delivered = True

    def _status(self, line: Line, message: wire.Status, body: bytes) -> None:
        states = [root.state for root in self.roots.get(message.uuid, {}).values()]
        order = (State.RUNNING, State.QUEUED, State.FAILED, State.CANCELLED, State.DONE)
        state = next((state for state in order if state in states), State.UNKNOWN)
        counts = [states.count(one) for one in (State.QUEUED, State.RUNNING, State.DONE, State.FAILED)]
        cancelled = states.count(State.CANCELLED)
        line.send(
            wire.Status(message.corr, message.uuid, state, len(states), *counts, cancelled, 1, "m1", None)
        )

    def _cancel(self, line: Line, message: wire.Cancel, body: bytes) -> None:
        assert message.uuid is not None
        roots = self.roots.get(message.uuid, {}).values()
        state = max((root.state for root in roots), default=State.UNKNOWN)
        for root in roots:
            root.state, root.wanted = State.CANCELLED, False
        line.send(wire.Cancel(message.corr, message.uuid, state))

    def _request(self, line: Line, message: wire.Request, body: bytes) -> None:
        slots = self.roots.get(message.uuid)
        if slots is None:
            error = wire.Error(code=wire.Code.UNKNOWN_TASK, text="no such task", corr=message.corr)
            error.uuid = message.uuid
            line.send(error)
            return
        for slot, root in slots.items():
            if message.slot == slot or (message.slot is None and not root.delivered):
                root.line, root.wanted = line, True
                self._deliver(root)

    def _release(self, line: Line, message: wire.Release, body: bytes) -> None:
        for uuid, slot in message.slots:
            slots = self.roots.get(uuid, {})
            for one in [slot] if slot is not None else list(slots):
                if one in slots and slots[one].state in (State.DONE, State.FAILED, State.CANCELLED):
                    del slots[one]
            if not slots:
                self.roots.pop(uuid, None)

    def _list(self, line: Line, message: wire.List, body: bytes) -> None:
        uuids = list(reversed(self.roots))
        start = 0 if message.after is None else uuids.index(message.after) + 1
        tasks = []
        for uuid in uuids[start : start + self.page]:
            roots = list(self.roots[uuid].values())
            ended = [root for root in roots if root.state not in (State.QUEUED, State.RUNNING)]
            state = roots[0].state
            tasks.append(
                wire.ListedTask(uuid, roots[0].task.name, state, len(roots), len(ended), 1, age=2500)
            )
        line.send(wire.List(message.corr, None, int(len(uuids) > start + self.page), tasks))

    def _managers(self, line: Line, message: wire.Managers, body: bytes) -> None:
        line.send(wire.Managers(message.corr, self.managers))

    def _drain(self, line: Line, message: wire.Drain, body: bytes) -> None:
        if message.manager in [manager.name for manager in self.managers]:
            line.send(wire.Drain(message.corr, message.manager, message.grace))
        else:
            line.send(wire.Error(code=wire.Code.REFUSED, text="no such manager", corr=message.corr))

    def _disconnect(self, line: Line, message: wire.Disconnect, body: bytes) -> None:
        line.send(wire.Disconnect(message.corr, 0, "goodbye"))


def _pickled(error: BaseException) -> bytes:
    try:
        return pickle.dumps(error)
    except Exception:
        return b""
