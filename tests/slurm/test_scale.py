"""`mailroom scale slurm` at a real Slurm: jobs come and go with tasks, and no task is lost with a job."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from mailroom import Client
from running import BIN, MARK, SOON, until
from scaling import LONG, Scaling


def submit(client: Client, stop: Path, count: int) -> list[Callable[[float], bytes]]:
    return [client.submit_bytes(f"{stop}\n".encode()).result for _ in range(count)]


def test_jobs_come_with_tasks_and_go_without(scaling: Scaling, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    scaler = scaling.start("--max", "2", "--max-pending", "2")
    with Client(scaling.address) as client:
        until(lambda: "0 tasks wait" in scaler.log(), "its first look")
        assert scaling.jobs() == []
        results = submit(client, stop, 3)
        until(lambda: len(scaling.jobs("RUNNING")) == 2, "two jobs", LONG)
        until(
            lambda: client.counts(SOON)["idle"] == 0 and client.counts(SOON)["queued"] <= 1, "they work", LONG
        )
        names = {manager.name for manager in client.managers(SOON)}
        assert {name.rpartition("/")[2] for name in names} == set(scaling.jobs())
        assert {manager.workers for manager in client.managers(SOON)} == {
            1
        }  # of the job's, not of a job around it
        stop.touch()
        assert {result(LONG).decode().strip() for result in results} <= set(scaling.jobs())
        until(lambda: not scaling.jobs(), "its jobs leave", LONG)
    assert set(scaling.ended().values()) == {"COMPLETED"}
    assert len(scaling.ended()) == 2, scaler.log()


def test_killed_and_started_again_it_goes_on(scaling: Scaling, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    scaler = scaling.start("--max", "1")
    with Client(scaling.address) as client:
        results = submit(client, stop, 2)
        until(lambda: len(scaling.jobs("RUNNING")) == 1, "a job", LONG)
        scaler.signal(signal.SIGKILL)
        scaler.ends()
        again = scaling.start("--max", "1")
        until(lambda: "1 jobs run" in again.log(), "it sees the job", LONG)
        stop.touch()
        for result in results:
            result(LONG)
        until(lambda: not scaling.jobs(), "its job leaves", LONG)
    assert list(scaling.ended().values()) == ["COMPLETED"]
    assert "submitted" not in again.log()


def test_jobs_that_die_say_why(scaling: Scaling, tmp_path: Path) -> None:
    scaler = scaling.start("--setup", "echo no such module: python3 >&2; exit 3")
    with Client(scaling.address) as client:
        submit(client, tmp_path / "stop", 1)
        scaler.logs("died as it began")
        scaler.logs("jobs die as they begin")
    assert re.search(
        r"job \d+ died as it began \(FAILED, NonZeroExitCode\), the next ones come in 10 s; "
        r"it wrote: no such module",
        scaler.log(),
    )
    before, _, after = scaler.log().partition("died as it began")
    # One that completes is replaced, before Slurm says that it failed; from then on none is.
    assert before.count("submitted job") <= 2
    assert "submitted job" not in after.partition("jobs die as they begin")[0]


def test_what_sbatch_refuses_is_told(scaling: Scaling, tmp_path: Path) -> None:
    scaler = scaling.start(sbatch=("--partition", "nowhere"))
    with Client(scaling.address) as client:
        submit(client, tmp_path / "stop", 1)
        scaler.logs("the next attempt is in 10 s")
    assert "sbatch exited with status 1" in scaler.log()
    assert "invalid partition" in scaler.log()
    assert scaling.jobs() == []


def test_what_is_cancelled_preempted_or_lost_is_done_elsewhere(scaling: Scaling, tmp_path: Path) -> None:
    """One after the other; no task fails, and jobs are replaced, or wait again."""
    slurm, stop = scaling.slurm, tmp_path / "stop"
    scaler = scaling.start("--max", "1", "--per-job", "1", sbatch=("--exclusive",))

    def working() -> list[str]:
        has_task = {one.name.rpartition("/")[2] for one in client.managers(SOON) if one.tasks}
        return [job for job in scaling.jobs("RUNNING") if job in has_task]

    def waits_again(job: str) -> bool:
        return job in scaling.jobs("PENDING") and job not in scaling.jobs("COMPLETING")

    def again(job: str) -> None:
        """Slurm begins it in two minutes; it fails in the second in which it was ended (docs/slurm.md)."""
        ended = int(time.time())
        until(lambda: int(time.time()) > ended, "the next second")
        slurm("scontrol", "update", f"jobid={job}", "starttime=now")

    def seen() -> bool:  # one that was not yet has died as it began
        told = [line for line in scaler.log().splitlines() if " tasks wait; " in line]
        return "; 1 jobs run and 0 wait, with 1 workers" in told[-1]

    def runs() -> str:
        until(working, "a job works", LONG)
        until(seen, "the scaler sees that it does", LONG)
        return working()[0]

    def goes_on(job: str) -> None:
        again(job)
        assert runs() == job

    with Client(scaling.address) as client:
        (result,) = submit(client, stop, 1)
        first = runs()
        slurm("scancel", first)
        until(lambda: first not in scaling.jobs("RUNNING"), "it is cancelled", LONG)
        second = runs()
        assert second != first
        above = [
            slurm(
                "sbatch",
                "--parsable",
                "-p",
                "first",
                "--output=/dev/null",
                "--exclusive",
                "--wrap",
                "sleep 300",
            ).strip()
            for _ in "ab"
        ]
        until(lambda: waits_again(second), "it is preempted", LONG)
        slurm("scancel", *above)
        goes_on(second)
        node = slurm("squeue", "-h", "-j", second, "-o", "%N").strip()
        slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        try:
            until(lambda: waits_again(second), "it is lost", LONG)
            goes_on(second)
            stop.touch()
            assert result(LONG).strip()
        finally:
            until(lambda: "down" not in slurm("sinfo", "-h", "-o", "%t"), "its node is back", LONG)
    assert "died as it began" not in scaler.log()


def test_no_environment_makes_an_array_of_a_job(scaling: Scaling, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    scaler = scaling.start("--max", "1", SBATCH_ARRAY_INX="1-2")
    with Client(scaling.address) as client:
        (result,) = submit(client, stop, 1)
        scaler.logs("1 jobs run and 0 wait")
        stop.touch()
        result(LONG)
        until(lambda: not scaling.jobs(), "its job leaves", LONG)
    assert len(scaling.ended()) == 1


def test_end_jobs(scaling: Scaling) -> None:
    scaler = scaling.start("--min", "1", "--end-jobs")
    until(lambda: len(scaling.jobs("RUNNING")) == 1, "a job", LONG)
    scaler.signal(signal.SIGTERM)
    assert scaler.ends() == 130
    until(lambda: not scaling.jobs(), "it is gone", LONG)


def test_show_and_once(scaling: Scaling) -> None:
    environment = {**scaling.slurm.environment, MARK: str(scaling.programs.folder)}
    options = [str(BIN / "mailroom"), *scaling.command("--show", sbatch=("--comment", "it's"))]
    shown = subprocess.run(options, capture_output=True, text=True, env=environment, check=True).stdout
    assert "--comment 'it'\\''s'" in shown
    assert f"mailroom-shim --broker {scaling.address}" in shown
    checked = subprocess.run(["sh", "-n"], input=shown.partition("\n")[2], text=True, check=False)
    assert checked.returncode == 0
    once = [str(BIN / "mailroom"), *scaling.command("--min", "1", "--once", "--json")]
    done = subprocess.run(once, capture_output=True, text=True, env=environment, check=False, timeout=LONG)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(rf'.*"submitted": \[{scaling.jobs()[0]}\].*\n', done.stdout), done.stdout
