"""mailroom-plain, the worker that is no Python, under the boss that the Python workers are tested with."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from mailroom_peer import wire

from real import BIN, needed
from worker_boss import TIMEOUT, Boss

pytestmark = [needed, pytest.mark.timeout(300)]


@pytest.fixture
def boss(tmp_path: Path) -> Iterator[Boss]:
    boss = Boss(tmp_path, workers=0, seats=1)
    yield boss
    boss.close()


@pytest.fixture
def plain(boss: Boss) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "MAILROOM_SHIM": boss.address, "MAILROOM_WORKER": "0"}
    process = subprocess.Popen([str(BIN / "mailroom-plain"), "tr", "a-z", "A-Z"], env=environment, text=True)
    boss.wait(wire.Waiting)
    yield process
    process.kill()
    process.wait()


def test_it_ends_with_its_own_id_and_with_no_other(boss: Boss, plain: subprocess.Popen[str]) -> None:
    assert boss.seats[0].id == 10
    boss.order(0, wire.EmployeeLost(ranges=[(0, 10), (11, 12)]))
    task = wire.Task(wire.Address(None, 1, 0), 1, runtime="plain")
    boss.order(0, wire.Submit(task), b"mail")
    _, body = boss.wait(wire.Result)
    assert body == b"MAIL"
    boss.order(0, wire.EmployeeLost(ranges=[(3, 5), (10, 11)]))
    assert plain.wait(TIMEOUT) == 1  # it is lost, as it says
