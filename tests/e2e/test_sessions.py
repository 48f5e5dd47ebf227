"""A session outlives its links, its processes and the broker; against the real programs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cluster
import jupyter_client
import pytest
from cluster import broker, noted, python_shim, settings, submitted
from e2e_tasks import noted as noted_task
from e2e_tasks import noted_when, wait_for
from mailroom import Client, SessionTaken, SessionUnknown, State, Token
from mailroom.bqskit import Compiler
from proxy import Proxy, some_cuts
from running import Program, Programs, until

PATIENCE = 60.0  # seconds
FAST = 20  # ms between attempts to connect
MANY = 10_000


def kill(program: Program) -> None:
    program.signal(signal.SIGKILL)
    assert program.ends() == -signal.SIGKILL


def bqskit_shim(programs: Programs) -> Program:
    """A shim whose workers run passes of BQSKit's."""
    return programs.start(
        "mailroom-shim", "-v", "-p", 0, "-n", 2, "--", sys.executable, "-m", "mailroom.worker"
    )


@pytest.fixture
def stop(tmp_path: Path) -> Path:
    """The file that lets tasks go on."""
    return tmp_path / "stop"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


def test_a_process_detaches_and_another_one_fetches(programs: Programs, notes: Path, stop: Path) -> None:
    router = broker(programs, python_shim(programs).port)
    file = programs.folder / "session"
    first = cluster.client(programs, "detach", f"127.0.0.1:{router.port}", notes, stop, file)
    done, single, mapped = submitted(first)
    assert first.ends() == 0
    with Client.resume(file) as client:
        assert {task.uuid: (task.total, task.ended) for task in client.tasks(PATIENCE)} == {
            **{mapped: (50, 0), single: (1, 0), done: (1, 1)}
        }
        stop.touch()
        futures = client.map_of(mapped, timeout=PATIENCE)
        assert futures.result(PATIENCE) == list(range(50))
        assert client.future(single).result(PATIENCE) == "single"
        assert client.future(done).result(PATIENCE) == "done"
    assert noted(notes) == list(range(52))
    assert not file.exists()


def test_a_process_that_is_killed_in_a_map_leaves_all_results(
    programs: Programs, notes: Path, stop: Path
) -> None:
    """Those that it had already, too."""
    router = broker(programs, python_shim(programs).port)
    file = programs.folder / "session"
    first = cluster.client(programs, "map_half", f"127.0.0.1:{router.port}", notes, stop, file)
    [mapped] = submitted(first)
    kill(first)
    with Client.resume(file) as client:
        futures = client.map_of(mapped, timeout=PATIENCE)
        assert [future.result(PATIENCE) for future in futures.futures[:100]] == list(range(100))
        stop.touch()
        assert futures.result(PATIENCE) == list(range(200))
    assert noted(notes) == list(range(200))


def test_a_process_that_is_killed_in_a_compilation_leaves_its_result(
    programs: Programs, tmp_path: Path, stop: Path
) -> None:
    router = broker(programs, bqskit_shim(programs).port)
    file, steps = tmp_path / "session", tmp_path / "steps"
    first = cluster.client(programs, "compile_it", f"tcp://127.0.0.1:{router.port}", steps, stop, file)
    [task_id] = submitted(first)
    until(steps.exists, "the compilation runs", PATIENCE)
    kill(first)
    compiler = Compiler.resume(file)
    assert [task.uuid for task in compiler.tasks()] == [task_id]
    stop.touch()
    assert compiler.result(task_id).num_qudits == 3
    compiler.close()


@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGTERM])
def test_a_client_that_waits_does_not_mind_a_new_broker(
    programs: Programs, notes: Path, stop: Path, ends: signal.Signals
) -> None:
    shim = python_shim(programs)
    quick = settings(programs, redial=FAST)
    router = broker(programs, shim.port, options=quick)
    with Client(f"127.0.0.1:{router.port}") as client:
        assert client.submit(noted_task, str(notes), 0, "before").result(PATIENCE) == "before"
        held = client.submit(wait_for, str(stop))
        half = 100
        stops = ["/"] * half + [str(stop)] * half
        numbers = range(1, 1 + 2 * half)
        until(held.running, "the task runs")
        mapped = client.map(noted_when, stops, [str(notes)] * 2 * half, numbers, numbers)
        assert mapped.futures[0].result(PATIENCE) == 1
        port = router.port
        router.signal(ends)
        router.ends()
        broker(programs, shim.port, options=quick, port=port)
        stop.touch()
        assert held.result(PATIENCE) == str(stop)
        assert mapped.result(PATIENCE) == list(numbers)
        assert not client.resumed
        assert client.submit(pow, 2, 3).result(PATIENCE) == 8
    assert set(noted(notes)) == {0, *numbers}


def test_many_submits_through_cuts_run_once_each(programs: Programs, notes: Path) -> None:
    router = broker(programs, python_shim(programs).port, options=settings(programs, redial=FAST))
    with Proxy(router.port) as front, Client(f"127.0.0.1:{front.port}") as client:
        front.cut(some_cuts(11, 12, 200_000))
        futures = [client.submit(noted_task, str(notes), number, number) for number in range(MANY)]
        assert [future.result(PATIENCE) for future in futures] == list(range(MANY))
        assert front.cuts == 12
        assert client.resumed or "goes on" in router.log()
    assert noted(notes) == list(range(MANY))


def test_links_that_expire_while_tasks_are_submitted(programs: Programs, notes: Path) -> None:
    """Each time a new link of the same session begins: nothing is lost, and nothing runs twice."""
    options = settings(programs, redial=FAST, client_links={"heartbeat": 50, "expiry": 100})
    router = broker(programs, python_shim(programs).port, options=options)
    with Proxy(router.port) as front, Client(f"127.0.0.1:{front.port}") as client:
        futures = []
        gone = "is absent: its session stays for its lease"

        def times() -> tuple[int, int]:
            """How often a link has expired, on a busy machine by itself too, and a new one begun."""
            return router.log().count(gone), router.log().count(" is back")

        for round in range(3):
            expired, _ = times()
            front.stop(forth=bool(round % 2))
            numbers = range(len(futures), len(futures) + 300)
            futures += [client.submit(noted_task, str(notes), number, number) for number in numbers]
            until(lambda: times()[0] > expired, "the link has expired")  # noqa: B023
            front.go()
            until(lambda: len(set(times())) == 1, "a new one")
        assert [future.result(PATIENCE) for future in futures] == list(range(900))
        assert client.resumed
    assert noted(notes) == list(range(900))


def test_a_session_is_taken_over(programs: Programs, stop: Path) -> None:
    router = broker(programs, python_shim(programs).port)
    with Client(f"127.0.0.1:{router.port}") as first:
        future = first.submit(wait_for, str(stop))
        until(future.running, "the task runs")
        with Client.resume(first.token) as second:
            with pytest.raises(SessionTaken, match="another process"):
                future.result(PATIENCE)
            with pytest.raises(SessionTaken):
                first.submit(pow, 2, 3)
            stop.touch()
            assert second.future(future.uuid).result(PATIENCE) == str(stop)


def test_a_forged_token_opens_nothing(programs: Programs) -> None:
    router = broker(programs, python_shim(programs).port)
    with Client(f"127.0.0.1:{router.port}") as client:
        future = client.submit(pow, 2, 3)
        assert future.result(PATIENCE) == 8
        with pytest.raises(SessionUnknown, match="no session of this token"):
            Client.resume(Token("5a" * 16, client.address))
        assert client.result(future, PATIENCE) == 8
        assert [task.uuid for task in client.tasks(PATIENCE)] == [future.uuid]


def test_a_lease_ends(programs: Programs, stop: Path) -> None:
    options = settings(programs, session={"lease": 50})
    router = broker(programs, python_shim(programs).port, options=options)
    client = Client(f"127.0.0.1:{router.port}", name="tenant")
    future = client.submit(wait_for, str(stop))
    until(future.running, "the task runs")
    token = client.detach()
    router.logs("client tenant left")
    with pytest.raises(SessionUnknown, match="lease"):
        Client.resume(token)


def test_a_full_session_goes_on_when_results_are_released(programs: Programs) -> None:
    size = 100_000
    options = settings(programs, limits={"session_bytes": 20 * size})
    router = broker(programs, python_shim(programs).port, options=options)
    with Client(f"127.0.0.1:{router.port}", patience=PATIENCE) as client:
        kept = [client.submit(bytes, size) for _ in range(20)]
        assert [len(future.result(PATIENCE)) for future in kept] == [size] * 20
        more = [client.submit(pow, 2, number) for number in range(10)]
        until(lambda: client._mail.refused == 10, "submits are refused")
        assert not any(future.done() for future in more)
        assert client.tasks(PATIENCE)[0].uuid == kept[-1].uuid
        del kept[:10]
        assert [future.result(PATIENCE) for future in more] == [2**number for number in range(10)]
        assert client.status(kept[0], PATIENCE).state is State.DONE


class Kernel:
    """A notebook's kernel."""

    def __init__(self) -> None:
        self.manager, self.client = jupyter_client.manager.start_new_kernel(kernel_name="python3")

    def run(self, code: str) -> str:
        """Runs a cell; gives what it printed."""
        printed: list[str] = []

        def see(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])

        reply = self.client.execute_interactive(code, timeout=PATIENCE, output_hook=see)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(printed)

    def kill(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def start_kernel() -> Iterator[Callable[[], Kernel]]:
    kernels: list[Kernel] = []

    def start() -> Kernel:
        kernels.append(Kernel())
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.kill()


@pytest.mark.timeout(300)
def test_a_notebook_s_kernel_is_killed_and_another_one_has_the_circuit(
    programs: Programs, tmp_path: Path, stop: Path, start_kernel: Callable[[], Kernel]
) -> None:
    router = broker(programs, bqskit_shim(programs).port)
    file, steps = tmp_path / "session", tmp_path / "steps"
    first = start_kernel()
    first.run(f"import sys; sys.path[:] = {sys.path!r}")
    first.run(
        f"""
from pathlib import Path
from bqskit.ir import Circuit
from bqskit.ir.gates import CNOTGate, HGate
from e2e_passes import Runs
from mailroom.bqskit import Compiler
circuit = Circuit(2)
circuit.append_gate(HGate(), 0)
circuit.append_gate(CNOTGate(), (0, 1))
compiler = Compiler("127.0.0.1", {router.port}, session_file={str(file)!r})
task = compiler.submit(circuit, [Runs(Path({str(steps)!r}), Path({str(stop)!r}))])
"""
    )
    until(steps.exists, "the compilation runs", PATIENCE)
    first.kill()
    second = start_kernel()
    second.run(f"import sys; sys.path[:] = {sys.path!r}")
    stop.touch()
    said = second.run(
        f"""
from mailroom.bqskit import Compiler
compiler = Compiler.resume({str(file)!r})
[task] = compiler.tasks()
circuit = compiler.result(task.uuid)
print(task.name, [str(operation.gate) for operation in circuit])
compiler.close()
"""
    )
    assert said == "CompilationTask ['HGate', 'CNOTGate']\n"
