"""Signals that reach all processes at once, as Slurm and systemd send them: they are for the shim."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cluster import broker, noted, python_shim, settings
from e2e_signals import ends_a_fork, ignored_by_a_program
from e2e_tasks import noted_wait
from mailroom import Client, Future
from running import SOON, Program, Programs, until

GRACE = 600_000  # ms: longer than the test
WAITS = "read stop file; echo 0 >>$file; until test -e $stop; do sleep 0.01; done; echo done"
OPEN = ("env", "--default-signal=TERM")  # for a command that does not ignore it


def below(programs: Programs) -> list[int]:
    """The processes that programs of the test have started."""
    started = {program.process.pid for program in programs.running}
    return [pid for line in programs.left() if (pid := int(line.split(" ", 1)[0])) not in started]


def send(pids: list[int], number: signal.Signals) -> None:
    """Sends it to all, of whom none runs until each has it: 200 ms later it would be another signal."""
    for step in (signal.SIGSTOP, number, signal.SIGCONT):
        for pid in pids:
            try:
                os.kill(pid, step)
            except ProcessLookupError:
                continue  # a program that a script ran for a moment


def signal_all(programs: Programs, shim: Program, number: signal.Signals) -> None:
    """Sends it to a shim and all that descends from it, the shim last: the others know before it does."""
    send([*below(programs), shim.process.pid], number)


def signal_below(programs: Programs, shim: Program, number: signal.Signals) -> None:
    """Sends it to all that descends from a shim."""
    send(below(programs), number)


def signal_group(programs: Programs, shim: Program, number: signal.Signals) -> None:
    """Sends it to the process group of the shim."""
    os.killpg(shim.process.pid, number)


@pytest.mark.parametrize("send", [signal_all, signal_group])
@pytest.mark.parametrize("kind", ["python", "plain"])
def test_what_runs_ends_within_the_grace_time(
    programs: Programs,
    tmp_path: Path,
    send: Callable[[Programs, Program, signal.Signals], None],
    kind: str,
) -> None:
    file, stop = tmp_path / "noted", tmp_path / "stop"
    options = ("--drain-grace", GRACE)
    if kind == "python":
        shim = python_shim(programs, *options, workers=1)
    else:
        command = ("--plain", "--", "sh", "-c", WAITS)
        shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, *options, *command)
    router = broker(programs, shim.port)
    with Client(f"127.0.0.1:{router.port}") as client:
        future: Future[int] | Future[bytes]
        if kind == "python":
            future = client.submit(noted_wait, str(file), 0, str(stop))
        else:
            future = client.submit_bytes(f"{stop} {file}\n".encode())
        until(lambda: noted(file) == [0], "the task runs")
        send(programs, shim, signal.SIGTERM)
        shim.logs("takes nothing new")
        stop.touch()
        assert future.result(SOON) == (0 if kind == "python" else b"done\n")
    assert shim.ends() == 0
    assert noted(file) == [0]
    assert "is given out again" not in router.log()


def test_a_command_that_dies_of_it_costs_no_attempt(programs: Programs, tmp_path: Path) -> None:
    file, stop = tmp_path / "noted", tmp_path / "stop"
    command = ("--plain", "--", *OPEN, "sh", "-c", WAITS)
    router = programs.start("mailroomd", "-v", "-p", 0)
    with Client(f"127.0.0.1:{router.port}") as client:
        future = client.submit_bytes(f"{stop} {file}\n".encode())
        for times in range(1, 6):
            shim = programs.start(
                "mailroom-shim", "-v", "--broker", f"127.0.0.1:{router.port}", "-n", 1, *command
            )
            until(lambda times=times: noted(file) == [0] * times, "the task runs")
            if times < 5:
                signal_all(programs, shim, signal.SIGTERM)
                assert shim.ends() == 0
        stop.touch()
        assert future.result(SOON) == b"done\n"
    assert "is given out again" not in router.log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_dies_of_what_its_worker_got_is_begun_again(
    programs: Programs, tmp_path: Path, number: signal.Signals
) -> None:
    """Its manager may get it late."""
    file, stop = tmp_path / "noted", tmp_path / "stop"
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, "--plain", "--", *OPEN, "sh", "-c", WAITS)
    router = broker(programs, shim.port)
    with Client(f"127.0.0.1:{router.port}") as client:
        future = client.submit_bytes(f"{stop} {file}\n".encode())
        until(lambda: noted(file) == [0], "the task runs")
        signal_below(programs, shim, number)
        until(lambda: noted(file) == [0, 0], "it runs again")
        stop.touch()
        assert future.result(SOON) == b"done\n"
    assert "is given out again" not in router.log()


def test_a_worker_that_dies_of_it_costs_no_attempt(programs: Programs, tmp_path: Path) -> None:
    """A worker of any kind: one that does not ignore it, as a program of a user's own may."""
    file, stop = tmp_path / "noted", tmp_path / "stop"
    worker = ("--", "python3", str(Path(__file__).with_name("e2e_signals.py")))
    router = programs.start("mailroomd", "-v", "-p", 0)
    with Client(f"127.0.0.1:{router.port}") as client:
        future = client.submit(noted_wait, str(file), 0, str(stop))
        for times in range(1, 6):
            shim = programs.start(
                "mailroom-shim", "-v", "--broker", f"127.0.0.1:{router.port}", "-n", 1, *worker
            )
            until(lambda times=times: noted(file) == [0] * times, "the task runs")
            if times < 5:
                signal_all(programs, shim, signal.SIGTERM)
                assert shim.ends() == 0
        stop.touch()
        assert future.result(SOON) == 0
    assert "is given out again" not in router.log()


def test_a_command_is_told_when_the_grace_time_is_over(programs: Programs, tmp_path: Path) -> None:
    told, ready = tmp_path / "told", tmp_path / "ready"
    script = f"trap 'echo told >{told}; exit 1' TERM; touch {ready}; while :; do sleep 0.01; done"
    patient = settings(programs, grace=GRACE)
    options = (*patient, "--drain-grace", 50, "--plain", "--", *OPEN, "sh", "-c", script)
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, *options)
    router = broker(programs, shim.port)
    with Client(f"127.0.0.1:{router.port}") as client:
        client.submit_bytes(b"")
        until(ready.exists, "the command runs")
        shim.signal(signal.SIGTERM)
        assert shim.ends() == 0
        assert told.read_text() == "told\n"
    assert len(programs.left()) == 1, programs.left()  # the broker


def test_a_command_that_does_not_listen_is_not_waited_for(programs: Programs, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    patient = settings(programs, grace=GRACE)
    options = (*patient, "--drain-grace", 50, "--plain", "--", "sh", "-c", f"touch {ready}; sleep 1000")
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, *options)
    router = broker(programs, shim.port)
    with Client(f"127.0.0.1:{router.port}") as client:
        client.submit_bytes(b"")
        until(ready.exists, "the command runs")
        shim.signal(signal.SIGTERM)
        assert shim.ends() == 0
    assert len(programs.left()) == 1, programs.left()  # the broker


def test_a_hangup_for_all_is_the_shim_s(programs: Programs, tmp_path: Path) -> None:
    """It reads its keys again; a terminal of its own, which may be gone, it has none."""
    file, stop = tmp_path / "noted", tmp_path / "stop"
    shims = (
        programs.plain(f"cat; while ! [ -e {stop} ]; do sleep 0.1; done"),
        python_shim(programs, workers=1),
    )
    router = broker(programs, *(shim.port for shim in shims))
    with Client(f"127.0.0.1:{router.port}") as client:
        command = client.submit_bytes(b"text")
        function = client.submit(noted_wait, str(file), 0, str(stop))
        until(lambda: command.running() and noted(file) == [0], "both run")
        for shim in shims:
            signal_all(programs, shim, signal.SIGHUP)
            shim.logs("there is no table of keys to read again")
        stop.touch()
        assert command.result(SOON) == b"text"
        assert function.result(SOON) == 0
        assert noted(file) == [0]
    assert "is given out again" not in router.log()


def ignored(status: str) -> set[int]:
    """The signals that the process of this /proc/PID/status ignores."""
    found = re.search(r"SigIgn:\s*([0-9a-f]+)", status)
    assert found, status
    return {number + 1 for number in range(64) if int(found[1], 16) >> number & 1}


def test_an_interrupt_is_not_ignored_by_a_command(programs: Programs) -> None:
    shim = programs.plain("exec cat /proc/self/status")
    router = broker(programs, shim.port)
    with Client(f"127.0.0.1:{router.port}") as client:
        numbers = ignored(client.submit_bytes(b"").result(SOON).decode())
    assert signal.SIGINT not in numbers
    assert {signal.SIGTERM, signal.SIGHUP} <= numbers


def test_neither_is_ignored_by_what_a_function_starts(programs: Programs) -> None:
    router = broker(programs, python_shim(programs, workers=1).port)
    with Client(f"127.0.0.1:{router.port}") as client:
        numbers = ignored(client.submit(ignored_by_a_program).result(SOON))
        assert client.submit(ends_a_fork).result(SOON) == -signal.SIGTERM
    assert not numbers & {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def test_a_worker_that_was_started_by_hand_ends_by_it(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-w", 0, "-x", "-n", 1)
    broker(programs, shim.port)
    address = f"tcp://127.0.0.1:{shim.ports()['worker-port']}"
    for number in (signal.SIGINT, signal.SIGTERM):
        worker = programs.start("mailroom-plain", "cat", MAILROOM_SHIM=address, MAILROOM_WORKER=number.name)
        shim.logs(f"worker {number.name} has started")
        worker.signal(number)
        assert worker.ends() == 0


def test_the_mask_of_signals_is_empty_in_a_command(programs: Programs) -> None:
    shim = programs.plain("exec cat /proc/self/status")
    router = broker(programs, shim.port)
    with Client(f"127.0.0.1:{router.port}") as client:
        status = client.submit_bytes(b"").result(SOON).decode()
    assert re.search(r"SigBlk:\s*0+\n", status)


def test_env_gives_a_command_its_own_way(tmp_path: Path) -> None:
    """What docs/deployment.md says of coreutils is so."""
    command = ["sh", "-c", f"trap '' TERM; exec {' '.join(OPEN)} cat /proc/self/status"]
    status = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert signal.SIGTERM not in ignored(status)
