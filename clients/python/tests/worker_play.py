"""Plays a scenario of tests/sim/worker to a loop of this package's worker, without a process or a socket.

The loop runs in the test's own thread and only when the scenario says so: it rests where it would block, and
a task of it that computes lets the scenario go on inside. So the same mail always gives the same answers.
"""

from __future__ import annotations

import logging
import pickle
import queue
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from mailroom_peer import wire
from mailroom_peer.text import text_of
from mailroom_peer.wire import Address
from mailroom_peer.worker import Worker as Line

from mailroom import _core
from mailroom.worker import loop
from mailroom.worker.over_core import CoreConn

WORKER = 7
"""The id of the worker in every scenario."""

_playing: Play
"""What the tasks of this test are part of."""


class AtRest(BaseException):
    """The loop would block here until a message comes; not for tasks to catch."""


class Program:
    """What a task does: the steps of one `program` line."""

    def __init__(self, steps: str) -> None:
        self.steps = [step.split() for step in steps.split(";") if step.strip()]

    async def run(self, runtime: Any) -> None:
        futures: dict[str, Any] = {}
        left: dict[str, int] = {}
        heard = 0
        for name, *words in self.steps:
            if name in ("submit", "map"):
                count = int(words[1]) if name == "map" else 1
                programs = [words[-1]] * count
                futures[words[0]] = (
                    runtime.map(run_program, programs)
                    if name == "map"
                    else runtime.submit(run_program, programs[0])
                )
                left[words[0]] = count
            elif name == "await":
                await futures[words[0]]
            elif name in ("next", "first"):
                least = 0 if name == "next" else left[words[0]] - 1
                while left[words[0]] > least:
                    left[words[0]] -= len(await runtime.next(futures[words[0]]))
            elif name == "cancel":
                runtime.cancel(futures[words[0]])
            elif name == "communicate":
                runtime.communicate(futures[words[0]], "heard")
            elif name == "hear":
                heard += len(runtime.get_messages())
                assert heard == int(words[0]), f"{heard} messages came"
            elif name == "log":
                logging.getLogger("scenario").warning("a line")
            elif name == "raise":
                raise ValueError("the program says so")
            elif name == "compute":
                _playing.computes()
            else:
                raise NotImplementedError(name)


async def run_program(name: str) -> None:
    """The function of every task."""
    await _playing.programs[name].run(_playing.runtime)


def _fields(text: str) -> dict[str, str]:
    """field=value pairs, whose brackets are kept whole."""
    return dict(re.findall(r"(\w+)=(\[[^\]]*\]|\([^)]*\)|\S+)", text))


def _addresses(text: str | None) -> list[Address]:
    found = re.findall(r"\((nil|\d+),(\d+),(\d+)\)", text or "")
    return [Address(None if a == "nil" else int(a), int(b), int(c)) for a, b, c in found]


def _body(program: str) -> bytes:
    return bytes(cloudpickle.dumps((run_program, (program,), {})))


def _program_of(body: bytes) -> str:
    """Which program a nested task runs: its name is the last argument, whoever packed it."""
    _, args, _ = pickle.loads(body)
    return str(args[0] if isinstance(args[0], str) else _program_of(args[0]))


class Wire(Line):
    """Stands where libmailroom's worker is, which has a socket and a clock."""

    glance = _core.Worker.glance

    def counts(self) -> dict[str, int]:
        """What a CoreConn asks for: it holds no tasks ahead."""
        return {"ahead": 0}


def _leave(text: str, status: int) -> None:
    raise AssertionError(f"the worker ends: {text} ({status})")


class Play:
    """One scenario and the loop that it is played to.

    Args:
        scenario: the file.
        make_loop: makes a loop at `conn`; gives what its tasks have as runtime, what reads all that has come
            by itself, and what runs until the loop rests.
        runtime: the name of the tasks' runtime.
        make_task: the loop's kind of task.
    """

    def __init__(self, scenario: Path, runtime: str, make_task: Any, make_loop: Any) -> None:
        text = scenario.read_text()
        self.programs = {
            name: Program(steps) for name, steps in re.findall(r"^program (\w+):(.*)$", text, re.M)
        }
        self._lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", "p"))]
        self._at = 0
        self._seq = 0
        self._runtime_name = runtime
        self._conn = CoreConn("", "", [(runtime, "1")], make_task, _leave)
        self._core: Line = self._conn._core  # type: ignore[assignment]
        self._sent = self._core.sent
        self._core.read(wire.Connect(ranges=[(WORKER, WORKER + 1)]), b"")
        self.runtime, self._read, self._run = make_loop(self._conn)

    def play(self) -> None:
        """Plays it to its end; an AssertionError says which line is not true."""
        global _playing
        _playing = self
        self._run()
        assert [type(message) for message, _ in self._sent] == [wire.Started, wire.Waiting]
        self._sent.clear()
        while self._at < len(self._lines):
            before = self._at
            self._play_on(resting=True)
            if self._at == len(self._lines):
                break
            self._run()
            self._play_on(resting=True)
            assert self._at > before, f"{self._line}: nothing came"
        self._run()
        assert not self._sent, f"nobody expected {text_of(self._sent[0][0])}"

    def computes(self) -> None:
        """Called by a task that computes: mail may come meanwhile."""
        self._core.flush()
        while self._sent and self._line.startswith("<"):
            self._expect()
        if self._line == "computes":
            self._at += 1
            self._play_on(resting=False)

    @property
    def _line(self) -> str:
        return self._lines[self._at] if self._at < len(self._lines) else ""

    def _play_on(self, resting: bool) -> None:
        """Plays lines until the loop has to go on."""
        while self._line:
            if self._line.startswith("<"):
                if not self._sent:
                    return
                self._expect()
            elif self._line.startswith(">"):
                assert not self._sent, f"{self._line}: nobody expected {text_of(self._sent[0][0])}"
                while self._line.startswith(">"):
                    self._core.read(*self._message(self._line[2:]))
                    self._at += 1
                    self._read()
                if self._line == "rests":
                    assert resting
                    return
            elif self._line == "rests":
                self._run()
                assert not self._sent, f"it should rest, and says {text_of(self._sent[0][0])}"
                self._at += 1
            else:
                assert self._line == "computes", self._line
                return

    def _message(self, text: str) -> tuple[wire.Message, bytes]:
        kind, _, rest = text.partition(" ")
        given = _fields(rest)
        self._seq += 1
        addresses = _addresses(given.get("return_addresses", given.get("return_address")))
        programs = given.get("bodies", given.get("body", "")).strip("[]").split(",")
        tasks = [
            wire.Task(
                return_address=address,
                comp_task_id=int(given.get("comp_task_id", 0)),
                breadcrumbs=_addresses(given.get("breadcrumbs")),
                runtime=self._runtime_name,
            )
            for address in addresses
        ]
        bodies = [_body(program) for program in programs]
        value = pickle.dumps(None)
        lengths = [len(value)] * len(addresses)
        named = _addresses(given.get("addresses"))
        made: dict[str, Callable[[], tuple[wire.Message, bytes]]] = {
            "SUBMIT": lambda: (wire.Submit(tasks[0]), bodies[0]),
            "SUBMIT_BATCH": lambda: (wire.SubmitBatch(tasks, list(map(len, bodies))), b"".join(bodies)),
            "RESULT": lambda: (wire.Result(addresses[0]), value),
            "RESULT_BATCH": lambda: (
                wire.ResultBatch([wire.ResultHeader(address) for address in addresses], lengths),
                value * len(addresses),
            ),
            "CANCEL": lambda: (wire.Cancel(addresses=named), b""),
            "COMMUNICATE": lambda: (wire.Communicate(addresses=named), value),
        }
        message, body = made[kind]()
        message.seq = self._seq
        return message, body

    def _expect(self) -> None:
        message, body = self._sent.pop(0)
        kind, _, rest = self._line[2:].partition(" ")
        assert message.KIND.name == kind, f"{self._line}: it says {text_of(message)}"
        came = _fields(text_of(message))
        if isinstance(message, wire.SubmitBatch):
            came["return_addresses"] = "[" + ",".join(_said(t.return_address) for t in message.tasks) + "]"
        if isinstance(message, wire.Submit):
            came["body"] = _program_of(body)
        for field, value in _fields(rest).items():
            assert came[field] == value, f"{self._line}: it says {text_of(message)}"
        self._at += 1


def _said(address: Address) -> str:
    return f"({'nil' if address.worker_id is None else address.worker_id},{address[1]},{address[2]})"


@contextmanager
def _surroundings() -> Iterator[None]:
    """What a loop changes in its process."""
    patch = pytest.MonkeyPatch()
    patch.setattr(_core, "Worker", Wire)
    patch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)
    try:
        yield
    finally:
        patch.undo()


def play_to_loop(scenario: Path) -> None:
    """Plays it to the small loop of this package."""

    def make_loop(conn: CoreConn) -> Any:
        worker = loop.Worker(WORKER, conn)

        def rest() -> Any:
            if (said := conn.take()) is None:
                raise AtRest
            return said

        def run() -> None:
            with pytest.raises(AtRest):
                worker.run()

        conn.recv = rest  # type: ignore[method-assign]
        return worker, lambda: None, run

    with _surroundings():
        # as a nested task of BQSKit's fails, so that one scenario is for both
        Play(scenario, "bqskit", loop.make_task, make_loop).play()


def play_to_bqskit(scenario: Path) -> Any:
    """Plays it to BQSKit's own Worker; gives this, as it is in the end."""
    import bqskit.runtime.worker as bqskit_worker

    from mailroom.worker import over_bqskit

    class Ready(queue.Queue[Any]):
        """Where the Worker's main thread would wait for ever."""

        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            if block and self.empty():
                raise AtRest
            return super().get(block, timeout)

    class Unstarted(threading.Thread):
        """The receiving thread, whose work is done in ours."""

        def start(self) -> None:
            pass

    def make_loop(conn: CoreConn) -> Any:
        patch = pytest.MonkeyPatch()
        patch.setattr(bqskit_worker, "Thread", Unstarted)  # not `Thread.start`: the worker would keep that
        worker = over_bqskit.make_worker(WORKER, conn)
        patch.undo()
        worker._ready_task_ids = Ready()
        rested = False

        def read() -> None:
            """The receiving thread: all that has come, one by one."""
            while (said := conn.take()) is not None:
                conn.recv = lambda said=said: (setattr(worker, "_running", False), said)[1]  # type: ignore
                worker._running = True
                worker.recv_incoming()
            worker._running = True

        def run() -> None:
            """The main thread; at rest it goes on only where the queue that it waits at has something."""
            nonlocal rested
            if rested and worker._ready_task_ids.empty():
                return
            rested = False
            try:
                while True:
                    worker._try_step_next_ready_task()
            except AtRest:
                rested = True

        return worker, read, run

    with _surroundings():
        play = Play(scenario, "bqskit", over_bqskit.make_task, make_loop)
        play.play()
    return play.runtime
