"""The drop-in for BQSKit's Compiler, against a broker that the test plays."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bqskit")

import dill
from bqskit.compiler import BasePass, CompilationTask
from bqskit.compiler.status import CompilationStatus
from bqskit.ir import Circuit
from mailroom_peer import wire
from mailroom_peer.ports import free_port

from mailroom._base import records
from mailroom.bqskit import Compiler
from mailroom.worker.tasks import Meta
from peer import PATIENCE, Line, Peer

pytestmark = pytest.mark.timeout(300)


class Nothing(BasePass):
    """A pass that leaves the circuit as it is."""

    async def run(self, circuit: Circuit, data: Any) -> None:
        pass


class Broker(Peer):
    """Keeps what it was sent; answers what needs no decision of the test's."""

    def __init__(self) -> None:
        super().__init__(self._take)
        self.got: list[wire.Message] = []
        self.tasks: dict[uuid.UUID, tuple[wire.Task, bytes]] = {}
        self.states: dict[uuid.UUID, wire.State] = {}
        self.silent = False
        self.line: Line

    def _take(self, line: Line, message: wire.Message, body: bytes) -> None:
        self.line = line
        self.got.append(message)
        if isinstance(message, wire.Connect):
            line.send(wire.Ready(corr=message.corr))
        elif isinstance(message, wire.Submit):
            assert message.task.uuid is not None
            self.tasks[message.task.uuid] = message.task, body
        elif isinstance(message, wire.Status):
            state = self.states.get(message.uuid, wire.State.UNKNOWN)
            line.send(wire.Status(corr=message.corr, uuid=message.uuid, state=state, total=1))
        elif isinstance(message, wire.Cancel):
            line.send(wire.Cancel(corr=message.corr, uuid=message.uuid, state=wire.State.RUNNING))
        elif isinstance(message, wire.Disconnect) and not self.silent:
            line.send(wire.Disconnect(corr=message.corr))

    def got_all(self, kind: type) -> list[Any]:
        return [message for message in self.got if isinstance(message, kind)]

    def finish(self, task: uuid.UUID, value: object) -> None:
        self.wait(lambda: task in self.tasks)
        self.do(lambda: self.line.send(wire.Result(uuid=task), pickle.dumps(value)))

    def fail(self, task: uuid.UUID, text: str) -> None:
        self.wait(lambda: task in self.tasks)
        error = wire.Error(code=wire.Code.TASK_FAILED, text=text, uuid=task, slot=0)
        self.do(lambda: self.line.send(error, pickle.dumps(ValueError("short"))))


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.close()


@pytest.fixture
def compiler(broker: Broker) -> Iterator[Compiler]:
    with Compiler("127.0.0.1", broker.port) as compiler:
        yield compiler


def test_a_task_is_what_bqskits_server_would_make_of_it(broker: Broker, compiler: Compiler) -> None:
    circuit = Circuit(2)
    task_id = compiler.submit(circuit, [Nothing()], logging_level=logging.INFO, max_logging_depth=3)
    broker.wait(lambda: task_id in broker.tasks)
    header, body = broker.tasks[task_id]
    assert (header.runtime, header.return_address, header.breadcrumbs) == ("bqskit", wire.Address(), ())
    cluster = compiler._client._mail.boot[:8]
    assert Meta.unpack(header.meta) == Meta(logging.INFO, 3, {}, cluster=cluster)
    function, (task,), kwargs = dill.loads(body)
    assert function.__qualname__ == CompilationTask.run.__qualname__
    assert (task.task_id, task.circuit, kwargs) == (task_id, circuit, {})
    [connect] = broker.got_all(wire.Connect)
    assert list(connect.paths) == [os.path.abspath(path) for path in sys.path]


def test_results_may_be_asked_for_in_any_order(broker: Broker, compiler: Compiler) -> None:
    ids = [compiler.submit(Circuit(1), [Nothing()]) for _ in range(3)]
    for size, task_id in enumerate(ids, start=1):
        broker.finish(task_id, Circuit(size))
    assert [compiler.result(task_id).num_qudits for task_id in reversed(ids)] == [3, 2, 1]


def test_compile_gives_the_result_without_a_nap(
    broker: Broker, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bqskit.compiler.compiler.time", None)
    answerer = threading.Thread(target=finish_first, args=(broker,))
    answerer.start()
    assert compiler.compile(Circuit(1), [Nothing()]).num_qudits == 5
    answerer.join()


def finish_when_asked(broker: Broker, task_id: uuid.UUID) -> None:
    broker.wait(lambda: broker.got_all(wire.Request))
    broker.finish(task_id, Circuit(3))


def finish_first(broker: Broker) -> None:
    broker.wait(lambda: broker.tasks)
    broker.finish(next(iter(broker.tasks)), Circuit(5))


def test_a_failed_task_raises_and_leaves_the_others(broker: Broker, compiler: Compiler) -> None:
    bad, good = (compiler.submit(Circuit(1), [Nothing()]) for _ in range(2))
    broker.fail(bad, "Traceback of the worker")
    with pytest.raises(RuntimeError, match="Traceback of the worker") as caught:
        compiler.result(bad)
    assert isinstance(caught.value.__cause__, ValueError)
    assert compiler.conn is not None
    broker.finish(good, Circuit(2))
    assert compiler.result(good).num_qudits == 2


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (wire.State.QUEUED, CompilationStatus.RUNNING),
        (wire.State.RUNNING, CompilationStatus.RUNNING),
        (wire.State.DONE, CompilationStatus.DONE),
        (wire.State.FAILED, CompilationStatus.DONE),
        (wire.State.CANCELLED, CompilationStatus.UNKNOWN),
        (wire.State.UNKNOWN, CompilationStatus.UNKNOWN),
    ],
)
def test_status(broker: Broker, compiler: Compiler, state: wire.State, status: CompilationStatus) -> None:
    task_id = compiler.submit(Circuit(1), [Nothing()])
    broker.states[task_id] = state
    assert compiler.status(task_id) == status


def test_a_result_that_is_here_is_done(broker: Broker, compiler: Compiler) -> None:
    """The broker forgets a result that was delivered."""
    task_id = compiler.submit(Circuit(1), [Nothing()])
    broker.finish(task_id, Circuit(1))
    broker.states[task_id] = wire.State.RUNNING
    while compiler.status(task_id) == CompilationStatus.RUNNING:
        pass
    assert compiler.status(task_id) == CompilationStatus.DONE


def test_an_unknown_task_is_an_answer(compiler: Compiler) -> None:
    with pytest.raises(RuntimeError, match="no task"):
        compiler.result(uuid.uuid4())
    assert compiler.status(uuid.uuid4()) == CompilationStatus.UNKNOWN


def test_cancel_ends_who_waits_for_the_task(broker: Broker, compiler: Compiler) -> None:
    task_id = compiler.submit(Circuit(1), [Nothing()])
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            compiler.result(task_id)
        except RuntimeError as error:
            raised.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert compiler.cancel(task_id)
    waiter.join(PATIENCE)
    assert len(raised) == 1
    assert [message.uuid for message in broker.got_all(wire.Cancel)] == [task_id]


def test_logs_are_emitted_before_the_result(
    broker: Broker, compiler: Compiler, caplog: pytest.LogCaptureFixture
) -> None:
    task_id = compiler.submit(Circuit(1), [Nothing()])
    broker.wait(lambda: task_id in broker.tasks)
    record = logging.LogRecord("some.pass", logging.WARNING, "", 0, "seen %s", ("it",), None)
    log = wire.Log(uuid=task_id, level=logging.WARNING, logger="some.pass", text="seen it")
    broker.do(lambda: broker.line.send(log, records.pack(record)))
    broker.finish(task_id, Circuit(1))
    compiler.result(task_id)
    assert ("some.pass", logging.WARNING, "seen it") in caplog.record_tuples


def test_close_disconnects_and_the_interrupt_was_left_alone(broker: Broker) -> None:
    before = signal.getsignal(signal.SIGINT)
    compiler = Compiler("127.0.0.1", broker.port)
    assert signal.getsignal(signal.SIGINT) is before
    compiler.close()
    compiler.close()
    assert signal.getsignal(signal.SIGINT) is before
    assert [message.detach for message in broker.got_all(wire.Disconnect)] == [0]
    with pytest.raises(RuntimeError, match="closed"):
        compiler.submit(Circuit(1), [Nothing()])


def test_close_does_not_wait_for_ever(broker: Broker) -> None:
    broker.silent = True
    compiler = Compiler("127.0.0.1", broker.port)
    compiler.close()


@pytest.mark.parametrize("detach", [False, True])
def test_the_end_of_the_process_cancels_or_detaches(broker: Broker, detach: bool) -> None:
    code = f"from mailroom.bqskit import Compiler; Compiler('127.0.0.1', {broker.port}, detach={detach})"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment())
    broker.wait(lambda: broker.got_all(wire.Disconnect))
    assert broker.got_all(wire.Disconnect)[0].detach == detach


def test_another_process_s_compilation_is_fetched(broker: Broker, tmp_path: Path) -> None:
    file = tmp_path / "session"
    killed = Compiler("127.0.0.1", broker.port, session_file=file)
    task_id = killed.submit(Circuit(1), [Nothing()])
    broker.wait(lambda: task_id in broker.tasks)
    assert broker.tasks[task_id][0].flags == wire.Flag.DELIVER | wire.Flag.KEEP
    killed._client._mail.end()  # without a word
    broker.states[task_id] = wire.State.RUNNING
    compiler = Compiler.resume(file)
    assert compiler.session == killed.session
    assert compiler.status(task_id) == CompilationStatus.RUNNING
    answerer = threading.Thread(target=finish_when_asked, args=(broker, task_id))
    answerer.start()
    assert compiler.result(task_id).num_qudits == 3
    answerer.join()
    token = compiler.detach(file)
    with pytest.raises(RuntimeError, match="closed"):
        compiler.status(task_id)
    Compiler("127.0.0.1", broker.port, session=bytes.fromhex(token.session)).close()
    killed.close()


def test_a_session_that_the_broker_does_not_know_is_an_error(broker: Broker) -> None:
    with pytest.raises(RuntimeError, match="no session of this token"):
        Compiler("127.0.0.1", broker.port, session=bytes(16))


def test_it_may_be_made_in_any_thread(broker: Broker) -> None:
    made: list[Compiler] = []
    thread = threading.Thread(target=lambda: made.append(Compiler("127.0.0.1", broker.port)))
    thread.start()
    thread.join(PATIENCE)
    made[0].close()


def test_it_says_that_it_needs_an_address() -> None:
    with pytest.raises(TypeError, match="give the address"):
        Compiler(None)  # type: ignore[arg-type]


WITHOUT_BQSKIT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "bqskit":
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Missing())
import mailroom.bqskit
"""


def test_it_says_what_to_install() -> None:
    command = [sys.executable, "-c", WITHOUT_BQSKIT]
    end = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert 'pip install "mailroom-router[bqskit]"' in end.stderr


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent / "src")}


def test_it_says_where_nobody_answers() -> None:
    port = free_port()
    with pytest.raises(RuntimeError, match=f"127.0.0.1:{port}"):
        Compiler("127.0.0.1", port, timeout=0.5)
