"""Programs whose threads gevent has replaced are told so at once; with the threads left alone all works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from peer import PATIENCE
from processes import MARK, SOURCES
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]


def ran(script: str, mark: str, folder: Path) -> tuple[str, str]:
    """What a script prints on its two outputs."""
    environment = {**os.environ, MARK: mark, "PYTHONPATH": str(SOURCES), "TMPDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    "call",
    ["Client('ipc:///nowhere', timeout=5)", "Executor('ipc:///nowhere', timeout=5)", "LocalCluster(1)"],
)
@pytest.mark.parametrize("order", ["gevent first", "mailroom first"])
def test_green_threads_are_refused(call: str, order: str, mark: str, tmp_path: Path) -> None:
    lines = ["from gevent import monkey; monkey.patch_all()", "import mailroom"]
    if order == "mailroom first":
        lines.reverse()
    said, complained = ran("\n".join([*lines, f"mailroom.{call}"]), mark, tmp_path)
    assert said == ""
    assert "RuntimeError: the threads of this process are none of the system's (gevent's" in complained
    assert "monkey.patch_all(thread=False)" in complained
    assert not list(tmp_path.iterdir())


def test_all_else_may_be_green(mark: str, tmp_path: Path) -> None:
    script = """
from gevent import monkey; monkey.patch_all(thread=False)
import gevent, mailroom
with mailroom.LocalCluster(1) as cluster, mailroom.Executor(cluster.address) as executor:
    jobs = [gevent.spawn(lambda n=n: executor.submit(pow, n, 2).result()) for n in range(3)]
    gevent.joinall(jobs, raise_error=True)
    print([job.value for job in jobs], list(executor.map(abs, [-1, -2])))
"""
    assert ran(script, mark, tmp_path) == ("[0, 1, 4] [1, 2]\n", "")
    assert not list(tmp_path.iterdir())
