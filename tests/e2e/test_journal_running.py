"""What runs while a broker with a journal dies goes on: in the same workers, and no attempt is counted."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from running import Program, Programs, until
from shell import shells, user_of

GOES_ON = "is there again as another process: what runs here goes on"


def with_journal(programs: Programs, *managers: Program, port: int = 0) -> Program:
    return programs.broker(*managers, port=port, options=("--journal", programs.folder / "journal"))


def restarted(programs: Programs, broker: Program, *managers: Program) -> Program:
    """Kills a broker as nothing else does, and starts the next one of its cluster."""
    port = broker.port
    broker.signal(signal.SIGKILL)
    broker.ends()
    return with_journal(programs, *managers, port=port)


def middle_of(programs: Programs, *leaves: Program) -> Program:
    below = [f"127.0.0.1:{leaf.port}" for leaf in leaves]
    return programs.start("mailroom-shim", "-v", "-p", 0, "-m", *below)


@pytest.mark.parametrize("tree", [False, True])
def test_a_running_task_goes_on(programs: Programs, tmp_path: Path, tree: bool) -> None:
    leaf = shells(programs)
    manager = middle_of(programs, leaf) if tree else leaf
    broker = with_journal(programs, manager)
    user = user_of(programs, broker)
    starts, gate = tmp_path / "starts", tmp_path / "gate"
    starts.touch()
    wait = f"echo began >>{starts}; while ! [ -e {gate} ]; do sleep 0.05; done; echo ran"
    uuid = user.says("submit", "--", "sh", "-c", wait).strip()  # it is safe then
    until(lambda: starts.read_text() == "began\n", "it runs")
    for _ in range(2):
        broker = restarted(programs, broker, manager)
        broker.logs("is connected")
    manager.logs(GOES_ON)
    until(lambda: user.objects("status", uuid)[0]["state"] == "running", "it is known to run")
    assert user.objects("status", uuid)[0]["attempts"] == 1
    gate.touch()
    assert user.says("result", "--wait", uuid) == "ran\n"
    assert starts.read_text() == "began\n"
