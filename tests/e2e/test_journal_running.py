"""What runs while a broker with a journal dies goes on: in the same workers, and no attempt is counted."""

from __future__ import annotations

import json
import logging
import signal
from pathlib import Path

import pytest
from bqskit.compiler.compile import build_workflow
from bqskit.ir import Circuit
from cluster import settings
from compiles import EPSILON, TOLERANCE, distance, random_circuit
from e2e_passes import Runs
from grove import children
from mailroom.bqskit import Compiler
from proxy import Proxy
from running import Program, Programs, until
from shell import Shell, shells, user_of

GOES_ON = "is there again as another process: what runs here goes on"
AGAIN = "is given out again, for it was lost"  # told to the client whose task it is


def with_journal(
    programs: Programs, *managers: Program, port: int = 0, options: tuple[object, ...] = ()
) -> Program:
    journal = ("--journal", programs.folder / "journal")
    return programs.broker(*managers, port=port, options=(*journal, *options))


def killed(broker: Program) -> int:
    """Kills a broker as nothing else does; its port."""
    port = broker.port
    broker.signal(signal.SIGKILL)
    broker.ends()
    return port


def restarted(programs: Programs, broker: Program, *managers: Program) -> Program:
    """Kills a broker, and starts the next one of its cluster."""
    return with_journal(programs, *managers, port=killed(broker))


def middle_of(programs: Programs, *leaves: Program) -> Program:
    below = [f"127.0.0.1:{leaf.port}" for leaf in leaves]
    return programs.start("mailroom-shim", "-v", "-p", 0, "-m", *below)


def waiting_task(user: Shell, starts: Path, gate: Path) -> str:
    """Submits a task that notes its start and waits for a file; its uuid, when the journal has that it runs.

    Work does not wait for the journal: a broker that dies sooner does not know who has it.
    """
    starts.touch()
    wait = f"echo began >>{starts}; while ! [ -e {gate} ]; do sleep 0.05; done; echo ran"
    uuid = user.says("submit", "--", "sh", "-c", wait).strip()
    until(lambda: starts.read_text() == "began\n", "it runs")
    until(lambda: unwritten(user) == 0, "the journal has all of it")
    return uuid


def unwritten(user: Shell) -> int:
    """How many bytes the journal is behind."""
    top = json.loads(user.says("top", "--once", "--json"))
    return int(top["counts"]["journal behind"])


def state_of(user: Shell, uuid: str) -> tuple[str, int]:
    """Its state, and how many attempts it has had."""
    row = user.objects("status", uuid)[0]
    return str(row["state"]), int(row["attempts"])


@pytest.mark.parametrize("tree", [False, True])
def test_a_running_task_goes_on(programs: Programs, tmp_path: Path, tree: bool) -> None:
    leaf = shells(programs)
    manager = middle_of(programs, leaf) if tree else leaf
    broker = with_journal(programs, manager)
    user = user_of(programs, broker)
    starts, gate = tmp_path / "starts", tmp_path / "gate"
    uuid = waiting_task(user, starts, gate)
    for _ in range(2):
        broker = restarted(programs, broker, manager)
        broker.logs("is connected")
    manager.logs(GOES_ON)
    until(lambda: state_of(user, uuid) == ("running", 1), "it is known to run")
    gate.touch()
    assert user.says("result", "--wait", uuid) == "ran\n"
    assert starts.read_text() == "began\n"


def test_no_acknowledged_task_runs_twice(programs: Programs, tmp_path: Path) -> None:
    manager = middle_of(programs, *(shells(programs) for _ in range(2)))
    broker = with_journal(programs, manager)
    user = user_of(programs, broker)
    starts = tmp_path / "starts"
    starts.touch()
    numbers = range(40)
    scripts = [f"echo {number} >>{starts}; sleep 0.1; echo {number}" for number in numbers]
    uuids = [user.says("submit", "--", "sh", "-c", script).strip() for script in scripts]
    for _ in range(4):
        before = len(starts.read_text().split())
        until(lambda seen=before: len(starts.read_text().split()) >= min(seen + 3, len(numbers)), "more run")
        broker = restarted(programs, broker, manager)
    results = [user.says("result", "--wait", uuid) for uuid in uuids]
    assert results == [f"{number}\n" for number in numbers]
    assert sorted(map(int, starts.read_text().split())) == list(numbers)


def test_a_manager_that_is_away_keeps_its_work_if_it_comes_back_in_time(
    programs: Programs, tmp_path: Path
) -> None:
    away, here = shells(programs), shells(programs, workers=1)
    soon = settings(programs, redial=50, restart={"settle": 100, "grace": 600000})
    with Proxy(away.port) as proxy:
        line = f"127.0.0.1:{proxy.port}"
        broker = with_journal(programs, options=(*soon, line))
        user = user_of(programs, broker)
        starts, gate = tmp_path / "starts", tmp_path / "gate"
        uuid = waiting_task(user, starts, gate)
        proxy.target = None
        with_journal(programs, here, port=killed(broker), options=(*soon, line))
        assert user.says("result", "--wait", user.says("submit", "--", "echo", "new").strip()) == "new\n"
        assert starts.read_text() == "began\n"
        proxy.target = away.port
        away.logs(GOES_ON)
        until(lambda: state_of(user, uuid) == ("running", 1), "it is known to run")
        gate.touch()
        assert user.says("result", "--wait", uuid) == "ran\n"
        assert starts.read_text() == "began\n"


def test_a_manager_that_comes_back_too_late_has_lost_its_work(programs: Programs, tmp_path: Path) -> None:
    away, here = shells(programs), shells(programs, workers=1)
    soon = settings(programs, redial=50, restart={"settle": 100, "grace": 300})
    with Proxy(away.port) as proxy:
        line = f"127.0.0.1:{proxy.port}"
        broker = with_journal(programs, options=(*soon, line))
        user = user_of(programs, broker)
        starts, gate = tmp_path / "starts", tmp_path / "gate"
        uuid = waiting_task(user, starts, gate)
        proxy.target = None
        broker = with_journal(programs, here, port=killed(broker), options=(*soon, line))
        until(lambda: starts.read_text() == "began\n" * 2, "it runs again elsewhere")
        assert state_of(user, uuid) == ("running", 2)
        proxy.target = away.port
        away.logs("this manager was given up meanwhile")
        until(lambda: broker.log().count("is connected") >= 2, "it is there again, with nothing")
        gate.touch()
        assert user.says("result", "--wait", uuid) == "ran\n"
        assert starts.read_text() == "began\n" * 2


def workers_of(shim: Program) -> list[int]:
    """The processes of its workers: a guardian stands between the shim and them."""
    return sorted(worker for guardian in children(shim.process.pid) for worker in children(guardian))


@pytest.mark.timeout(300)
def test_a_compile_goes_on_in_the_same_workers(
    programs: Programs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    leaves = [programs.start("mailroom-shim", "-v", "-p", 0, "-n", 2) for _ in range(2)]
    manager = middle_of(programs, *leaves)
    broker = with_journal(programs, manager)
    steps, stop = tmp_path / "steps", tmp_path / "stop"
    circuit = random_circuit("over a restart")
    with caplog.at_level(logging.WARNING), Compiler("127.0.0.1", broker.port) as compiler:
        runs = compiler.submit(Circuit(3), [Runs(steps, stop)])
        until(steps.exists, "its nested tasks run")
        workers = [workers_of(leaf) for leaf in leaves]
        compiled = compiler.submit(circuit, build_workflow(circuit, synthesis_epsilon=EPSILON))
        for _ in range(3):
            before = steps.stat().st_size
            until(lambda seen=before: steps.stat().st_size > seen + 5, "more nested tasks have run")
            broker = restarted(programs, broker, manager)
        assert distance(compiler.result(compiled), circuit) < TOLERANCE
        stop.touch()
        assert compiler.result(runs).num_qudits == 3
    assert [workers_of(leaf) for leaf in leaves] == workers
    assert not [record.getMessage() for record in caplog.records if AGAIN in record.getMessage()]
