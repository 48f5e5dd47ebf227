"""What Slurm does to a shim in a job: signals go to all its processes, its nodes have more CPUs than it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cluster import WORKER, noted
from conftest import Slurm
from e2e_tasks import noted_wait
from mailroom import Client, Future
from running import BIN, SOON, Program, Programs, until
from scaling import LONG, Scaling

WAITS = "read stop file; echo 0 >>$file; until test -e $stop; do sleep 0.01; done; echo done"
PLAIN = ("--plain", "--", "sh", "-c", shlex.quote(WAITS))
KINDS = {"python": ("--", *WORKER), "plain": PLAIN}


def shim(router: Program, *options: str) -> tuple[str, ...]:
    """The command of a shim that dials the broker."""
    return str(BIN / "mailroom-shim"), "-v", "--broker", f"127.0.0.1:{router.port}", "-n", "1", *options


def submit(client: Client, kind: str, file: Path, stop: Path) -> Future[int] | Future[bytes]:
    if kind == "python":
        return client.submit(noted_wait, str(file), 0, str(stop))
    return client.submit_bytes(f"{stop} {file}\n".encode())


@pytest.mark.parametrize("kind", KINDS)
def test_scancel_lets_what_runs_end(slurm: Slurm, programs: Programs, tmp_path: Path, kind: str) -> None:
    file, stop = tmp_path / "noted", tmp_path / "stop"
    router = programs.broker()
    job, log = slurm.submit(programs, *shim(router, "--drain-grace", "25000", *KINDS[kind]))
    with Client(f"127.0.0.1:{router.port}") as client:
        future = submit(client, kind, file, stop)
        until(lambda: noted(file) == [0], "the task runs")
        slurm("scancel", job)
        until(lambda: "takes nothing new" in log.read_text(), "the shim is told")
        stop.touch()
        assert future.result(SOON) == (0 if kind == "python" else b"done\n")
    until(lambda: job not in slurm("squeue", "-h", "-o", "%i").split(), "the job has ended")
    assert noted(file) == [0]
    assert "is given out again" not in router.log()


@pytest.mark.parametrize("kind", KINDS)
def test_scancel_costs_no_attempt(slurm: Slurm, programs: Programs, tmp_path: Path, kind: str) -> None:
    """However often: more often than a task may be lost."""
    file, stop = tmp_path / "noted", tmp_path / "stop"
    router = programs.broker()
    with Client(f"127.0.0.1:{router.port}") as client:
        future = submit(client, kind, file, stop)
        for times in range(1, 6):
            job, _ = slurm.submit(programs, *shim(router, "--drain-grace", "100", *KINDS[kind]))
            until(lambda times=times: noted(file) == [0] * times, "the task runs")
            if times == 5:
                stop.touch()
                assert future.result(SOON) == (0 if kind == "python" else b"done\n")
            slurm("scancel", job)
            until(
                lambda job=job: job not in slurm("squeue", "-h", "-o", "%i").split(),
                "the job has ended",
            )
    assert "is given out again" not in router.log()


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        (("-n", "1"), [1]),
        (("-n", "1", "-c", "2"), [2]),
        (("-N", "1", "-n", "2"), [1, 1]),
        (("-N", "2", "-n", "2", "-c", "2"), [2, 2]),
    ],
)
def test_the_workers_are_as_many_as_the_steps_cpus(
    slurm: Slurm, programs: Programs, options: tuple[str, ...], counts: list[int]
) -> None:
    command = [str(BIN / "mailroom-shim"), "-p", "0", "--walltime", "1:00", "--plain", "--", "cat"]
    job, log = slurm.submit(programs, "srun", *command, options=options)
    until(lambda: log.exists() and log.read_text().count(" workers: ") == len(counts), "the shims start")
    assert [int(count) for count in re.findall(r"starting (\d+) workers", log.read_text())] == counts
    slurm("scancel", job)
    until(lambda: job not in slurm("squeue", "-h", "-o", "%i").split(), "the job has ended")


@pytest.mark.parametrize("options", [(), ("--no-kill",)], ids=["ends", "goes on"])
def test_a_job_of_two_nodes_that_loses_one(
    slurm: Slurm, programs: Programs, options: tuple[str, ...]
) -> None:
    """The job ends on the other one, too, unless sbatch and srun are both told that it does not."""
    router = programs.broker()
    command = ("srun", *options, *shim(router, "--plain", "--", "cat"))
    job, _ = slurm.submit(programs, *command, options=("-N", "2", "-n", "2", *options))
    with Client(f"127.0.0.1:{router.port}") as client:
        until(lambda: client.counts(SOON)["workers"] == 2, "a shim on each", LONG)
        first = slurm("squeue", "-h", "-j", job, "-o", "%B").strip()
        second = "n1" if first == "n2" else "n2"
        slurm("scontrol", "update", f"nodename={second}", "state=down", "reason=test")
        try:
            if options:
                until(lambda: "the connection is gone" in router.log(), "its shim is gone", LONG)
                assert client.submit_bytes(b"done").result(SOON) == b"done"
                assert slurm("squeue", "-h", "-j", job, "-o", "%T").strip() == "RUNNING"
            else:
                until(
                    lambda: job in slurm("squeue", "-h", "-t", "PENDING", "-o", "%i").split(),
                    "it waits again, and not on the other node",
                    LONG,
                )
        finally:
            slurm("scancel", job)
            until(lambda: "down" not in slurm("sinfo", "-h", "-o", "%t"), "its node is back", LONG)


def test_the_time_limit_lets_what_runs_end(
    slurm: Slurm, programs: Programs, scaling: Scaling, tmp_path: Path
) -> None:
    """Slurm's shortest is a minute, so this is for a job of one's own and for one of `mailroom scale`."""
    file, stop = tmp_path / "noted", tmp_path / "stop"
    router = programs.broker()
    command = shim(router, "--drain-grace", "25000", *PLAIN)
    _, log = slurm.submit(programs, *command, options=("--time", "1"))
    with Client(f"127.0.0.1:{router.port}") as client:
        future = submit(client, "plain", file, stop)
        the_scaler_s_job_is_replaced(scaling, tmp_path / "ends")
        until(
            lambda: "takes nothing new" in log.read_text() if log.exists() else False, "the time is over", 150
        )
        assert noted(file) == [0]
        stop.touch()
        assert future.result(SOON) == b"done\n"
    assert "is given out again" not in router.log()


def the_scaler_s_job_is_replaced(scaling: Scaling, ends: Path) -> None:
    """Before Slurm's own limit, for it knows that; and what it runs ends."""
    scaling.start("--max", "2", sbatch=("--time", "1"))
    with Client(scaling.address) as client:
        first = client.submit_bytes(f"{ends}\n".encode())
        until(lambda: any("wall time is over" in log.read_text() for log in scaling.logs.iterdir()), "", 150)
        second = client.submit_bytes(f"{ends}\n".encode())
        until(lambda: len(scaling.jobs()) == 2, "the job that takes nothing new is replaced", LONG)
        ends.touch()
        assert first.result(LONG) != second.result(LONG)
