"""What the death of workers and clients costs others: nothing."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import WORKER, broker, noted, python_shim, rank, settings
from cluster import client as client_of
from e2e_deaths import TOO_MUCH, exits_its_worker, kills_its_worker, says_and_ends, takes_memory
from e2e_tasks import noted as noted_task
from e2e_tasks import noted_wait, wait_for
from mailroom import Client, TooManyAttempts
from running import BIN, MARK, Program, Programs, until

PATIENCE = 60.0  # seconds
CLIENTS, KILLED = 20, 6
MANY = 40
OURS = 1000  # numbers from here on are of this test's own client


def test_a_task_that_kills_its_worker_is_given_up(programs: Programs, tmp_path: Path) -> None:
    respawn = {"first": 50, "most": 1000}
    shim = python_shim(programs, *settings(programs, respawn=respawn))
    router = broker(programs, shim.port)
    file, deaths, stop = tmp_path / "noted", tmp_path / "deaths", tmp_path / "stop"
    with Client(f"127.0.0.1:{router.port}") as client:
        beside = client.submit(wait_for, str(stop))
        until(beside.running, "the other worker is busy")
        killer = client.submit(kills_its_worker, str(deaths))
        behind = client.map(noted_task, [str(file)] * 20, range(20), range(20))
        with pytest.raises(TooManyAttempts, match=r"lost 3 times(.*\n.*signal 9 \(Killed\)){3}"):
            killer.result(PATIENCE)
        assert behind.result(PATIENCE) == list(range(20))
        stop.touch()
        assert beside.result(PATIENCE) == str(stop)
    assert noted(deaths) == [0, 0, 0]
    # one whose result had not left its worker, within a millisecond of a death, runs again
    assert set(noted(file)) == set(range(20))
    assert len(re.findall(r"signal 9 \(Killed\); the next one is started at once\n", shim.log())) == 3


def test_a_client_that_kills_many_workers_slows_nobody_else(programs: Programs, tmp_path: Path) -> None:
    respawn = {"first": 60_000, "most": 60_000}  # what it would cost to be taken for a bad command
    shim = python_shim(programs, *settings(programs, respawn=respawn))
    router = broker(programs, shim.port, options=settings(programs, limits={"kills": 4}))
    deaths = tmp_path / "deaths"
    with Client(f"127.0.0.1:{router.port}") as killer, Client(f"127.0.0.1:{router.port}") as other:
        killers = killer.map(kills_its_worker, [str(deaths)] * 100)
        router.logs("its tasks ended more than 4 workers in a minute (setting limits/kills)")
        seen, since = len(noted(deaths)), time.monotonic()
        for number in range(50):
            assert other.submit(pow, number, 2).result(PATIENCE) == number**2
        # those that it had been given already, and one in 15 s
        assert len(noted(deaths)) <= seen + 8 + (time.monotonic() - since) // 15
        until(lambda: "limits/kills" in str(killer.status(killers.uuids[0]).why), "the killer is told")
        killers.cancel()


def test_workers_that_connect_are_replaced(programs: Programs, tmp_path: Path) -> None:
    """However they end, and others of the same rank go on."""
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-w", 0, "-x", "-n", 2)
    router = broker(programs, shim.port)
    ranks = rank(programs, shim, 2)
    deaths = tmp_path / "deaths"
    with Client(f"127.0.0.1:{router.port}") as client:
        for end, how in [
            (kills_its_worker, "was killed by signal 9"),
            (exits_its_worker, "exited with status 1"),
        ]:
            with pytest.raises(TooManyAttempts, match=rf"lost 3 times(.*\n.*{how}){{3}}"):
                client.submit(end, str(deaths)).result(PATIENCE)
        assert client.map(abs, range(-20, 0)).result(PATIENCE) == list(range(20, 0, -1))
    assert noted(deaths) == [0] * 6
    ranks.signal(signal.SIGTERM)
    assert ranks.ends() == 0


def test_a_killed_manager_is_known_at_once(programs: Programs, tmp_path: Path) -> None:
    """Its link would be kept for a minute."""
    killed, other = python_shim(programs, workers=1), python_shim(programs, workers=1)
    router = broker(programs, killed.port, other.port)
    file, stop = tmp_path / "noted", tmp_path / "stop"
    with Client(f"127.0.0.1:{router.port}") as client:
        waits = client.map(noted_wait, [str(file)] * 2, range(2), [str(stop)] * 2)
        until(lambda: noted(file) == [0, 1], "each has one")
        killed.signal(signal.SIGKILL)
        router.logs("its connection was closed, and nothing listens at its address any more")
        until(lambda: client.status(waits.uuids[0]).queued == 1, "one is to run again")
        stop.touch()
        assert waits.result(PATIENCE) == [0, 1]
    assert len(noted(file)) == 3


ENDS = dict.fromkeys(("write", "print", "long", "program"), r"status 7.*(first|xxx).*second \?\[2Jline")
ENDS["slowly"] = r"signal 9.*first.*second"
ENDS["crash"] = r"signal 11.*Segmentation fault.*says_and_ends"


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("how", ENDS)
def test_what_a_worker_said_as_it_ended_stands_in_the_history(
    programs: Programs, own: bool, how: str
) -> None:
    if own:
        shim = python_shim(programs, workers=1)
    else:
        shim = programs.start("mailroom-shim", "-v", "-p", 0, "-w", 0, "-x", "-n", 1)
    router = broker(programs, shim.port)
    ranks = None if own else rank(programs, shim, 1)
    with Client(f"127.0.0.1:{router.port}") as client:
        with pytest.raises(TooManyAttempts) as caught:
            client.submit(says_and_ends, how).result(PATIENCE)
        text = str(caught.value)
        stand = len(re.findall(rf"\n.*{ENDS[how]}.*", text))
        assert len(text) < 3000
        assert "\x1b" not in text
        assert client.submit(abs, -1).result(PATIENCE) == 1
    said = shim.log if ranks is None else ranks.log
    until(lambda: "second" in said() or how == "crash", "it is written as ever")
    assert stand > 0
    # what a worker has read of its program's before it ended is shown as printed by the task
    until(lambda: stand + said().count("says_and_ends: second") >= 3, "all that was said is somewhere")
    if ranks is not None:
        ranks.signal(signal.SIGTERM)
        assert ranks.ends() == 0


@pytest.mark.parametrize("kept", [False, True])
def test_a_killed_client_holds_nobody_up(programs: Programs, tmp_path: Path, kept: bool) -> None:
    """Unless its session stands in a file, from which another process may go on with it."""
    shim = python_shim(programs, workers=1)
    router = broker(programs, shim.port)
    notes, stop = tmp_path / "notes", tmp_path / "stop"  # one file for both, in the order in which they run
    file = str(tmp_path / "session") if kept else ""
    killed = client_of(programs, "submits_and_waits", f"127.0.0.1:{router.port}", notes, stop, file)
    killed.logs("ready")
    killed.signal(signal.SIGKILL)
    killed.ends()
    router.logs("connection of client")
    with Client(f"127.0.0.1:{router.port}") as client:
        mine = client.map(noted_task, [str(notes)] * MANY, range(OURS, OURS + MANY), range(MANY))
        client.status(mine.uuids[0], PATIENCE)  # the broker has it
        stop.touch()
        assert mine.result(PATIENCE) == list(range(MANY))
    order = [int(number) for number in notes.read_text().split()]
    last = max(place for place, number in enumerate(order) if number >= OURS)
    fair = last + 1 - MANY > MANY // 2
    assert fair == kept


@contextlib.contextmanager
def memory_group(limit: int) -> Iterator[Path]:
    """A control group whose processes have `limit` bytes; skips the test where we can't make one."""
    own = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    choices = [
        (Path("/sys/fs/cgroup/memory") / path.lstrip("/"), "memory.limit_in_bytes")
        if controllers == "memory"
        else (Path("/sys/fs/cgroup") / path.lstrip("/"), "memory.max")
        for _, controllers, path in own
        if controllers in ("memory", "")
    ]
    for parent, bound in choices:
        group = parent / f"mailroom-test-{os.getpid()}"
        with contextlib.suppress(OSError):
            group.mkdir()
        if (group / bound).exists():
            try:
                (group / bound).write_text(str(limit))
                yield group
            finally:
                until(lambda: not (group / "cgroup.procs").read_text(), "the group is empty")  # noqa: B023
                group.rmdir()
            return
    pytest.skip("no control group for memory can be made here")


def test_a_worker_that_runs_out_of_memory_is_said_to(programs: Programs, tmp_path: Path) -> None:
    folder = programs.folder / "limited"
    folder.mkdir()
    with memory_group(TOO_MUCH // 4) as group:
        enter = ["sh", "-c", 'echo $$ >"$0" && exec "$@"', str(group / "cgroup.procs")]
        options = ["--port-file", str(folder / "ports"), "-v", "-p", "0", "-n", "1", "--", *WORKER]
        environment = {MARK: str(programs.folder), "XDG_RUNTIME_DIR": str(programs.sockets)}
        shim = Program([*enter, str(BIN / "mailroom-shim"), *options], folder, environment)
        programs.running.append(shim)
        router = broker(programs, shim.port)
        with Client(f"127.0.0.1:{router.port}") as client:
            greedy = client.submit(takes_memory, str(tmp_path / "deaths"))
            behind = client.submit(pow, 2, 3)
            with pytest.raises(TooManyAttempts, match=r"lost 3 times(.*\n.*signal 9 .*out of memory){3}"):
                greedy.result(PATIENCE)
            assert behind.result(PATIENCE) == 8
        router.signal(signal.SIGINT)
        assert (router.ends(), shim.ends()) == (0, 0)


def client_program(programs: Programs, port: int, stop: Path, number: int) -> Program:
    """Starts a client in a process of its own."""
    folder = programs.folder / f"client-{number}"
    folder.mkdir()
    script = Path(__file__).with_name("e2e_deaths.py")
    command = [sys.executable, str(script), str(port), str(stop), str(number)]
    program = Program(command, folder, {MARK: str(programs.folder)})
    programs.running.append(program)
    return program


def test_clients_that_are_killed_leave_the_others_unharmed(programs: Programs, tmp_path: Path) -> None:
    shims = [python_shim(programs) for _ in range(2)]
    router = broker(programs, *(shim.port for shim in shims))
    stop = tmp_path / "stop"
    clients = [client_program(programs, router.port, stop, number) for number in range(CLIENTS)]
    for client in clients:
        client.logs("ready")
    killed, others = clients[:KILLED], clients[KILLED:]
    for client in killed:
        client.signal(signal.SIGKILL)
        client.ends()
    router.logs("connection of client")
    late = client_program(programs, router.port, stop, CLIENTS)
    late.logs("ready")
    stop.touch()
    assert [client.process.wait(PATIENCE) for client in (*others, late)] == [0] * (CLIENTS - KILLED + 1)
    assert all(" turns" in client.log() for client in (*others, late))
    router.signal(signal.SIGINT)
    assert [program.ends() for program in (router, *shims)] == [0, 0, 0]
    programs.all_gone()
