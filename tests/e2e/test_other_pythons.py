"""Real other Pythons: what is called by name goes between versions, and code only to its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import other_pythons
import pytest
from running import BIN, Program, Programs, until

pytestmark = pytest.mark.timeout(300)

PACKAGE = str(Path(__file__).parents[2] / "clients/python/src")
PYTHONS = other_pythons.found()

USE = """
import sys
import mailroom

def between(a):
    return 1 < a < 10  # 3.12's code gives 3 on 3.11

with mailroom.Client(sys.argv[1]) as client:
    assert client.submit(pow, 2, 10).result(60) == 1024
    assert client.map(divmod, range(3), [2] * 3).result(60) == [(0, 0), (0, 1), (1, 0)]
    assert isinstance(client.submit(int, "x").exception(60), ValueError)
    try:
        assert client.submit(between, 5).result(60) is True
        assert client.map(between, [0, 5, 10]).result(60) == [False, True, False]
        print("runs")
    except mailroom.OtherVersion as error:
        print(error)
"""


@pytest.fixture(params=PYTHONS or [pytest.param("none", marks=pytest.mark.skip("no other Python is here"))])
def other(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """A version, and its interpreter."""
    return request.param, other_pythons.venv(request.param, PYTHONS[request.param])


def shim(programs: Programs, python: str | Path) -> str:
    """The address of a shim with a worker of this Python."""
    worker = (str(python), "-m", "mailroom.worker", "--only-python")
    started = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, "--", *worker, PYTHONPATH=PACKAGE)
    return f"127.0.0.1:{started.port}"


def use(python: str | Path, broker: Program) -> str:
    done = subprocess.run(
        [python, "-c", USE, f"127.0.0.1:{broker.port}"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={"PYTHONPATH": PACKAGE, "MAILROOM_BIN": str(BIN), "MAILROOM_INSECURE": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_one_version_at_each_end(programs: Programs, other: tuple[str, Path]) -> None:
    version, python = other
    here = ".".join(map(str, sys.version_info[:2]))
    for client, worker in ((sys.executable, python), (python, sys.executable)):
        broker = programs.start("mailroomd", "-v", "-p", 0, shim(programs, worker))
        said = use(client, broker)
        assert "no worker has the runtime python/" in said
        assert f"({version}." in said or f"Python {version}." in said
        assert f"({here}." in said or f"Python {here}." in said


def test_both_versions_among_the_workers(programs: Programs, other: tuple[str, Path]) -> None:
    _, python = other
    both = shim(programs, sys.executable), shim(programs, python)
    broker = programs.start("mailroomd", "-v", "-p", 0, *both)
    until(lambda: broker.log().count("has 1 workers") == 2, "both have their workers")
    assert use(sys.executable, broker) == "runs"
    assert use(python, broker) == "runs"
