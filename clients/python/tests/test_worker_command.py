"""The command mailroom-worker: its arguments, and what it makes of them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from mailroom_peer import wire

import worker_tasks as tasks
from keyring import a_set
from mailroom.worker import get_runtime
from mailroom.worker.__main__ import main
from peer import Line, Peer
from worker_boss import SOURCES, TIMEOUT, Boss

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def boss(tmp_path: Path) -> Iterator[Boss]:
    """A boss without workers of its own."""
    boss = Boss(tmp_path, workers=0, seats=2)
    yield boss
    boss.close()


def start(boss: Boss, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command, for the boss's address."""
    path = f"{SOURCES}:{Path(__file__).parent}"
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    return subprocess.Popen(
        [sys.executable, "-m", "mailroom.worker", "--shim", boss.address, "--only-python", *arguments],
        env={**inherited, **environment, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
    )


def stop(rank: subprocess.Popen[str]) -> tuple[int, str]:
    rank.send_signal(signal.SIGTERM)
    _, text = rank.communicate(timeout=TIMEOUT)
    return rank.returncode, text


def test_a_rank_with_keys(boss: Boss, tmp_path: Path) -> None:
    ring = a_set(tmp_path)
    ready = threading.Event()

    def hear(line: Line, message: wire.Message, body: bytes) -> None:
        if isinstance(message, wire.Started):  # not what the one before said last
            ready.set()

    shim = Peer(hear, own=ring["manager"], allowed={ring["worker"].public})
    shim.linked = lambda line: line.send(wire.Connect(ranges=[(7, 8)]))  # type: ignore[method-assign]
    boss.address = shim.address
    try:
        for arguments, environment in (
            (["--keys", str(tmp_path)], {}),
            (["--key", ring["worker"].file, "--manager-key", str(tmp_path / "manager.cert")], {}),
            ([], {"MAILROOM_KEYS": str(tmp_path)}),
        ):
            ready.clear()
            rank = start(boss, *arguments, **environment)
            assert ready.wait(TIMEOUT)
            assert stop(rank)[0] == 0
    finally:
        shim.close()


def test_a_rank_whose_keys_do_not_fit_ends_and_says_why(boss: Boss, tmp_path: Path) -> None:
    ring = a_set(tmp_path)
    shim = Peer(lambda line, message, body: None, own=ring["manager"], allowed=())
    boss.address = shim.address
    try:
        rank = start(boss, "--keys", str(tmp_path))
        _, text = rank.communicate(timeout=TIMEOUT)
        assert rank.returncode == 1
        assert f"of {ring['worker'].file}: its folder of allowed keys needs" in text
        (tmp_path / "manager.cert").unlink()
        rank = start(boss, "--keys", str(tmp_path))
        _, text = rank.communicate(timeout=TIMEOUT)
        assert rank.returncode == 2
        assert f"{tmp_path}/manager.cert: there is no such file" in text
    finally:
        shim.close()


def test_a_rank_of_pinned_workers(boss: Boss) -> None:
    cpu = min(os.sched_getaffinity(0))
    rank = start(boss, "-n", "2", "--cpus", str(cpu), str(cpu), "--blas-threads", "3", "-v")
    for seat in range(2):
        boss.wait(wire.Waiting, seat)
    workers = [boss.result(boss.root(tasks.surroundings)) for _ in range(2)]
    assert [worker["cpus"] for worker in workers] == [[cpu], [cpu]]
    assert [worker["OMP_NUM_THREADS"] for worker in workers] == ["3", "3"]
    status, text = stop(rank)
    assert status == 0
    assert f"2 workers for {boss.address}" in text


def test_blas_has_one_thread_unless_told_otherwise(boss: Boss) -> None:
    rank = start(boss, OPENBLAS_NUM_THREADS="5")
    boss.wait(wire.Waiting, 0)
    worker = boss.result(boss.root(tasks.surroundings))
    assert (worker["OMP_NUM_THREADS"], worker["OPENBLAS_NUM_THREADS"]) == ("1", "5")
    stop(rank)


def test_a_worker_whose_shim_is_another_one_starts_anew(boss: Boss) -> None:
    rank = start(boss)
    boss.wait(wire.Waiting, 0)
    first = boss.result(boss.root(tasks.pid))
    boss.free_seat(0)
    boss.order(0, wire.Disconnect(text="a test says so"))
    boss.wait(wire.Waiting, 1)
    assert boss.result(boss.root(tasks.pid)) != first
    assert stop(rank)[0] == 0


def test_workers_that_are_told_to_end_end_the_rank(boss: Boss) -> None:
    rank = start(boss)
    boss.wait(wire.Waiting, 0)
    boss.order(0, wire.Shutdown(text="enough"))
    assert rank.wait(TIMEOUT) == 0
    rank.communicate()


def test_workers_end_with_a_rank_that_is_killed(boss: Boss) -> None:
    rank = start(boss)
    boss.wait(wire.Waiting, 0)
    worker = os.pidfd_open(boss.result(boss.root(tasks.pid)))
    rank.kill()
    rank.communicate()
    assert select.select([worker], [], [], TIMEOUT)[0]  # readable when the process is gone
    os.close(worker)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["-n", "0"], "-n"),
        (["-n", "many"], "-n"),
        (["-n", "3", "--cpus", "0", "0"], "--cpus"),
        (["--cpus", "100000"], "--cpus"),
        (["--blas-threads", "-1"], "--blas-threads"),
        (["-p", "1", "--shim", "tcp://127.0.0.1:1"], "--shim"),
    ],
)
def test_a_bad_argument_is_named(
    capsys: pytest.CaptureFixture[str], arguments: list[str], named: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert named in capsys.readouterr().err


def test_only_a_worker_has_a_runtime() -> None:
    with pytest.raises(RuntimeError, match="this process is none"):
        get_runtime()
