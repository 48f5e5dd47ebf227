"""`mailroom.SlurmCluster`: a broker of one process's own, and jobs that end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mailroom
import pytest
from conftest import Slurm
from running import BIN, SOON, until

LONG = 60.0  # seconds: Slurm takes its time


@pytest.fixture(autouse=True)
def here(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is one that uses the tests' Slurm."""
    monkeypatch.setenv("SLURM_CONF", slurm.environment["SLURM_CONF"])
    monkeypatch.setenv("MAILROOM_BIN", str(BIN))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_a_notebook_has_jobs(slurm: Slurm, tmp_path: Path) -> None:
    with mailroom.SlurmCluster(1, "--cpus-per-task=2", workers=1, host="127.0.0.1", idle=600) as cluster:
        assert cluster.status()["running"] == 0
        with cluster.client() as client:
            assert str(client.submit(os.getenv, "SLURM_JOB_NAME").result(LONG)).startswith("mailroom-")
            assert client.submit(os.getenv, "SLURM_CPUS_PER_TASK").result(LONG) == "2"
        until(lambda: cluster.status().get("workers") == 1, "it shows its worker", LONG)
        assert "1 workers in 1 jobs, 0 wait" in repr(cluster)
        assert "mailroom.SlurmCluster" in cluster._repr_html_()
        (folder,) = (tmp_path / "state/mailroom").iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
    until(lambda: not slurm("squeue", "-h", "-o", "%A").split(), "its jobs have ended", LONG)
    assert not list((tmp_path / "state/mailroom").iterdir())


OWNER = """
import sys, time, mailroom
cluster = mailroom.SlurmCluster(1, "--cpus-per-task=1", workers=1, host="127.0.0.1", idle=600)
client = cluster.client()
client.submit(time.sleep, 600)
while not any(manager.tasks for manager in client.managers(60)):
    time.sleep(0.1)
print("it runs", flush=True)
sys.stdin.read()
"""


def test_an_owner_that_is_killed_leaves_no_job(slurm: Slurm, tmp_path: Path) -> None:
    """Neither the job, which runs a task, nor a program, nor its folder with keys."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        try:
            assert owner.stdout.readline() == "it runs\n"
        finally:
            owner.kill()
    until(lambda: not slurm("squeue", "-h", "-o", "%A").split(), "its job has ended", LONG)
    until(lambda: not list((tmp_path / "state/mailroom").iterdir()), "its folder is gone", LONG)


def test_without_slurm_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(mailroom.ClusterError, match="squeue is not found in PATH"):
        mailroom.SlurmCluster(1, host="127.0.0.1", timeout=SOON)
