"""Unmodified BQSKit over the real programs, through a tree of managers."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bqskit
import pytest
from bqskit.compiler.status import CompilationStatus
from bqskit.ir import Circuit
from bqskit.ir.gates import CNOTGate, CPGate, HGate, RXGate
from bqskit.passes import NOOPPass
from bqskit_tree import BIN, Tree, start_rank, start_tree
from e2e_passes import Fails, Logs, Runs, Steps, root_of
from e2e_tasks import process_id
from mailroom import Client
from mailroom.bqskit import Compiler
from mailroom_peer.ports import free_port
from running import until

pytestmark = pytest.mark.timeout(300)

TOLERANCE = 1e-6
PATIENCE = 60.0  # seconds


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The broker's port, of a tree that ends as it should."""
    tree = Tree(tmp_path_factory.mktemp("tree"))
    yield start_tree(tree)
    assert tree.stop() == [0, 0, 0, 0], tree.output()


@pytest.fixture
def compiler(port: int) -> Iterator[Compiler]:
    with Compiler("127.0.0.1", port) as compiler:
        yield compiler


def circuit_of(angle: float, qubits: int = 3) -> Circuit:
    circuit = Circuit(qubits)
    for qubit in range(qubits):
        circuit.append_gate(HGate(), qubit)
        circuit.append_gate(RXGate(), qubit, [angle + qubit])
    for qubit in range(qubits - 1):
        circuit.append_gate(CPGate(), (qubit, qubit + 1), [angle])
        circuit.append_gate(CNOTGate(), (qubit, qubit + 1))
    return circuit


def distance(one: Circuit, other: Circuit) -> float:
    return float(one.get_unitary().get_distance_from(other.get_unitary()))


def test_a_compiled_circuit_equals_its_input(compiler: Compiler) -> None:
    circuit = circuit_of(0.3)
    compiled = bqskit.compile(circuit, optimization_level=1, compiler=compiler)
    assert distance(compiled, circuit) < TOLERANCE
    assert {gate.name for gate in compiled.gate_set} <= {"U3Gate", "CNOTGate"}


def test_ten_clients_compile_at_once(port: int) -> None:
    def compile_one(number: int) -> float:
        circuit = circuit_of(0.1 * number, qubits=2)
        with Compiler("127.0.0.1", port) as compiler:
            return distance(bqskit.compile(circuit, optimization_level=1, compiler=compiler), circuit)

    with ThreadPoolExecutor(10) as pool:
        assert max(pool.map(compile_one, range(10))) < TOLERANCE


def test_an_error_in_one_task_leaves_the_others(compiler: Compiler, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    other = compiler.submit(Circuit(1), [Runs(tmp_path / "steps", stop)])
    with pytest.raises(RuntimeError, match="ValueError: a pass that fails"):
        compiler.compile(Circuit(1), [Fails()])
    assert compiler.status(other) == CompilationStatus.RUNNING
    stop.touch()
    assert compiler.result(other).num_qudits == 1


def test_status_and_results_in_any_order(compiler: Compiler, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    tasks = [compiler.submit(Circuit(size), [Runs(tmp_path / str(size), stop)]) for size in (1, 2, 3)]
    until(lambda: all((tmp_path / str(size)).exists() for size in (1, 2, 3)), "all run", PATIENCE)
    assert {compiler.status(task) for task in tasks} == {CompilationStatus.RUNNING}
    stop.touch()
    assert [compiler.result(task).num_qudits for task in reversed(tasks)] == [3, 2, 1]


def test_a_cancelled_task_stops(compiler: Compiler, tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    task = compiler.submit(Circuit(1), [Runs(steps, tmp_path / "never")])
    until(steps.exists, "a step is done", PATIENCE)
    assert compiler.cancel(task)
    assert compiler.compile(Circuit(2), [NOOPPass()]).num_qudits == 2

    def has_stopped() -> bool:
        """Whether it has done no step while another one did many."""
        before = steps.read_bytes()
        compiler.compile(Circuit(1), [Steps(tmp_path / "others", 20)])
        return steps.read_bytes() == before

    until(has_stopped, "it has heard that it is cancelled", PATIENCE)
    with pytest.raises(RuntimeError):
        compiler.result(task)


def test_logs_arrive(compiler: Compiler, caplog: pytest.LogCaptureFixture) -> None:
    compiler.compile(Circuit(1), [Logs()])
    texts = [record.getMessage() for record in caplog.records if record.name == "e2e"]
    assert sorted(texts) == [
        "from nested task 0",
        "from nested task 1",
        "from nested task 2",
        "from the pass",
    ]
    assert {record.levelno for record in caplog.records if record.name == "e2e"} == {logging.WARNING}


def test_a_map_where_one_slot_fails(port: int) -> None:
    """The same workers run plain functions."""
    with Client(f"127.0.0.1:{port}") as client:
        futures = client.map(root_of, [4.0, -1.0, 9.0]).futures
        assert isinstance(futures[1].exception(PATIENCE), ValueError)
        assert [futures[0].result(PATIENCE), futures[2].result(PATIENCE)] == [2.0, 3.0]
        assert client.submit(root_of, 16.0).result(PATIENCE) == 4.0


def test_workers_that_a_user_starts(tmp_path: Path) -> None:
    """bqskit-worker's way: the manager only waits for them."""
    tree = Tree(tmp_path)
    port, below, workers = (free_port() for _ in range(3))
    tree.start(BIN / "mailroomd", "-p", port, f"127.0.0.1:{below}")
    tree.start(BIN / "mailroom-shim", "-x", "-n", 2, "-p", below, "-w", workers)
    start_rank(tree, 2, workers)
    circuit = circuit_of(0.7, qubits=2)
    with Compiler("127.0.0.1", port) as compiler:
        assert distance(bqskit.compile(circuit, optimization_level=1, compiler=compiler), circuit) < TOLERANCE
    workers_seen: set[int] = set()
    with Client(f"127.0.0.1:{port}") as client:
        while len(workers_seen) < 2:
            workers_seen |= set(client.map(process_id, range(4)).result(PATIENCE))
    statuses = tree.stop()
    assert statuses == [0, 0, 0], tree.output()


def test_an_interrupted_rank_ends_its_workers(tmp_path: Path) -> None:
    """Without a shim: the workers try to connect, and end with their parent."""
    tree = Tree(tmp_path)
    rank = start_rank(tree, 2, free_port())
    children = Path(f"/proc/{rank.pid}/task/{rank.pid}/children")
    until(lambda: len(children.read_text().split()) == 2, "two workers", PATIENCE)
    workers = children.read_text().split()
    rank.send_signal(signal.SIGTERM)
    assert rank.wait(PATIENCE) == 0
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "they end", PATIENCE)
