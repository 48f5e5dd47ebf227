"""The programs' lives: start in any order, bad guests, signals, deaths, and nothing left behind."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import tempfile
import urllib.request
from pathlib import Path

import pytest
from cluster import settings
from mailroom import Client, TaskFailed, TooLarge, TooManyAttempts
from mailroom_peer.ports import free_port
from running import SOON, Programs, until

# A worker without the protocol, whose children run off: to the background, a group, a session of their own.
STRAYS = "(sleep 1000 &); setsid sh -c 'setsid sleep 1000 & sleep 1000' & sleep 1000"


def client(broker_port: int) -> Client:
    return Client(f"tcp://127.0.0.1:{broker_port}")


def sleeps(programs: Programs) -> set[str]:
    """The processes of the test that sleep."""
    return {line for line in programs.left() if line.endswith(" sleep 1000 ") and line.count(" ") == 3}


def are_ended(programs: Programs, before: set[str]) -> None:
    """Waits until those processes have ended, though others may sleep by now."""
    until(lambda: not before & sleeps(programs), "the sleeps are ended")


@pytest.mark.parametrize("broker_first", [True, False])
def test_any_start_order(programs: Programs, broker_first: bool) -> None:
    port = free_port()
    if broker_first:
        broker = programs.start("mailroomd", "-v", "-p", 0, f"localhost:{port}")
        broker.logs("cannot be reached")
        programs.plain("cat", port=port)
    else:
        broker = programs.broker(programs.plain("cat", port=port))
    with client(broker.port) as session:
        assert session.submit_bytes(b"mail").result(SOON) == b"mail"


def test_a_name_that_does_not_resolve_holds_nothing_up(programs: Programs) -> None:
    shim = programs.plain("cat")
    broker = programs.start("mailroomd", "-v", "-p", 0, "no-such-host.invalid", f"127.0.0.1:{shim.port}")
    broker.logs("cannot resolve no-such-host.invalid")
    with client(broker.port) as session:
        assert session.submit_bytes(b"mail").result(SOON) == b"mail"


def test_guests_that_speak_something_else_do_no_harm(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-w", 0, "-x", "-n", 1)
    broker = programs.broker(shim)
    address = f"tcp://127.0.0.1:{shim.ports()['worker-port']}"
    programs.start("mailroom-plain", "cat", MAILROOM_SHIM=address, MAILROOM_WORKER="by hand")
    silent = []
    for port in (broker.port, *shim.ports().values()):
        with pytest.raises((http.client.HTTPException, OSError)):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=0.5)
        silent.append(socket.create_connection(("127.0.0.1", port)))
        silent[-1].sendall(b"\xff" * 9 if port == broker.port else b"GET")
    with client(broker.port) as session:
        assert session.submit_bytes(b"mail").result(SOON) == b"mail"
    for guest in silent:
        guest.close()


def test_a_manager_that_is_none_is_said_to_be_none(programs: Programs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        broker = programs.start("mailroomd", "-v", "-p", 0, f"127.0.0.1:{other.getsockname()[1]}")
        broker.logs("it does not answer as a ZeroMQ peer does")


def test_a_tree_of_managers(programs: Programs) -> None:
    below = [programs.plain("cat", workers=2) for _ in range(2)]
    above = programs.start(
        "mailroom-shim", "-v", "-p", 0, "-m", *[f"127.0.0.1:{shim.port}" for shim in below]
    )
    broker = programs.broker(above)
    parts = [b"%d" % number for number in range(40)]
    with client(broker.port) as session:
        assert list(session.map_bytes(parts)) == parts
    for shim in below:  # one of them may have done it all, and who is not connected hears of no end
        shim.logs("serving the boss")
    broker.signal(signal.SIGINT)
    assert [program.ends() for program in (broker, above, *below)] == [0, 0, 0, 0]
    programs.all_gone()


def test_an_interrupt_of_the_broker_ends_everything(programs: Programs) -> None:
    shim = programs.plain("cat", workers=2)
    broker = programs.broker(shim)
    broker.logs("has 2 workers")
    broker.signal(signal.SIGINT)
    assert (broker.ends(), shim.ends()) == (0, 0)
    programs.all_gone()


def test_a_terminated_broker_leaves_its_managers_to_the_next_one(programs: Programs) -> None:
    shim = programs.plain("cat")
    first = programs.broker(shim)
    first.logs("has 1 workers")
    first.signal(signal.SIGTERM)
    assert first.ends() == 0
    second = programs.broker(shim)
    with client(second.port) as session:
        assert session.submit_bytes(b"mail").result(SOON) == b"mail"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_shim_ends_with_its_workers_and_their_children(programs: Programs, number: signal.Signals) -> None:
    shim = programs.start("mailroom-shim", "-p", 0, "-n", 2, "--", "sh", "-c", STRAYS)
    until(lambda: len(sleeps(programs)) == 8, "strays")
    shim.signal(number)
    assert shim.ends() == 0
    programs.all_gone()


def test_a_killed_shim_leaves_nothing(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-p", 0, "-n", 2, "--", "sh", "-c", STRAYS)
    until(lambda: len(sleeps(programs)) == 8, "strays")
    shim.signal(signal.SIGKILL)
    shim.ends()
    programs.all_gone()


def children(pid: int) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(process.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(process.parent.name))
    return found


def test_a_killed_guardian_is_replaced_with_its_workers(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-p", 0, "-n", 2, "--", "sh", "-c", STRAYS)
    seen: set[str] = set()
    for what in ("they are ended, and others are started", "they are ended", "ending them and this process"):
        until(lambda: len(sleeps(programs) - seen) == 8, "strays")
        assert not seen & sleeps(programs)
        seen.update(sleeps(programs))
        (guardian,) = children(shim.process.pid)
        os.kill(guardian, signal.SIGKILL)
        shim.logs(f"the guardian of the workers (process {guardian}) is gone: {what}")
    assert shim.ends() == 1
    programs.all_gone()


def test_what_a_killed_guardian_takes_along_runs_again(programs: Programs) -> None:
    shim = programs.plain("read word; test $word = stay && sleep 1000; echo $word", workers=2)
    broker = programs.broker(shim)
    with client(broker.port) as session:
        stays = session.submit_bytes(b"stay\n")
        until(lambda: len(sleeps(programs)) == 1, "it runs")
        before = sleeps(programs)
        (guardian,) = children(shim.process.pid)
        os.kill(guardian, signal.SIGKILL)
        until(lambda: len(sleeps(programs)) == 1 and sleeps(programs) != before, "it runs again")
        assert session.submit_bytes(b"word\n").result(SOON) == b"word\n"
        assert session.status(stays.uuid).attempts == 2
        assert re.search(rf"was ended with its guardian \(process {guardian}\)", shim.log())
        stays.cancel()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["sh", "-c", "exit 3"], "exited with status 3"),
        (["sh", "-c", "kill -6 $$"], "was killed by signal 6 (Aborted)"),
        (["no-such-command"], "could not be started: no-such-command: No such file or directory"),
    ],
)
def test_a_worker_that_exits_at_once_is_told_of_and_waited_for(
    programs: Programs, command: list[str], said: str
) -> None:
    shim = programs.start("mailroom-shim", "-p", 0, "-n", 1, "--", *command)
    shim.logs(said)
    shim.logs("the next one is started in 400 ms")


def test_a_killed_worker_is_replaced_and_its_strays_are_ended(programs: Programs) -> None:
    shim = programs.plain("read word; setsid sleep 1000 & test $word = stay && sleep 1000; echo $word")
    broker = programs.broker(shim)
    broker.logs("has 1 workers")
    with client(broker.port) as session:
        stays = session.submit_bytes(b"stay\n")
        for _ in range(3):
            until(lambda: len(sleeps(programs)) == 2, "two sleeps")
            before = sleeps(programs)
            (worker,) = [line for line in programs.left() if "/mailroom-plain sh" in line]
            os.kill(int(worker.split()[0]), signal.SIGKILL)
            are_ended(programs, before)
        with pytest.raises(TooManyAttempts, match=r"lost 3 times(.*\n.*signal 9 \(Killed\)){3}"):
            stays.result(SOON)
        until(lambda: not sleeps(programs), "no sleep")
        assert session.submit_bytes(b"again\n").result(SOON) == b"again\n"


@pytest.mark.parametrize("what", ["the folder", "all around it"])
def test_a_folder_that_was_cleaned_away_is_made_anew(programs: Programs, what: str) -> None:
    with tempfile.TemporaryDirectory(prefix="run", ignore_cleanup_errors=True) as run:  # a short path
        command = ("--plain", "--", "cat")
        shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, *command, XDG_RUNTIME_DIR=run)
        broker = programs.broker(shim)
        with client(broker.port) as session:
            assert session.submit_bytes(b"mail").result(SOON) == b"mail"
            (folder,) = Path(run).iterdir()
            shutil.rmtree(folder if what == "the folder" else run)
            (worker,) = [line for line in programs.left() if "/mailroom-plain cat" in line]
            os.kill(int(worker.split()[0]), signal.SIGKILL)
            assert session.submit_bytes(b"again").result(SOON) == b"again"
        (anew,) = re.findall(rf"{folder}, was removed: workers find it at (\S+) from now on", shim.log())
        broker.signal(signal.SIGINT)
        assert (broker.ends(), shim.ends()) == (0, 0)
        assert not Path(anew).exists()
    programs.all_gone()


def test_a_shim_removes_the_folders_of_those_that_nobody_could_clean_up_after(programs: Programs) -> None:
    with tempfile.TemporaryDirectory(prefix="run") as run:  # a short path
        command = ("mailroom-shim", "-p", 0, "-n", 1, "--plain", "--", "cat")
        dead, alive = (programs.start(*command, XDG_RUNTIME_DIR=run) for _ in range(2))
        assert dead.port != alive.port  # they listen
        others = {path.name for path in Path(run).iterdir()}
        assert len(others) == 2
        shim = dead.process.pid
        guardian = Path(f"/proc/{shim}/task/{shim}/children").read_text().split()[0]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # neither sees the other one end
            os.kill(shim, number)
            os.kill(int(guardian), number)
        dead.ends()
        assert {path.name for path in Path(run).iterdir()} == others
        (Path(run) / "mailroom-others").mkdir()
        anew = programs.start(*command, XDG_RUNTIME_DIR=run)
        assert anew.port
        left = {path.name for path in Path(run).iterdir()}
        assert len(left & others) == 1
        assert len(left) == 3
        for one in (alive, anew):
            one.signal(signal.SIGINT)
            assert one.ends() == 0
        assert [path.name for path in Path(run).iterdir()] == ["mailroom-others"]
    programs.all_gone()


def test_a_command_is_a_worker(programs: Programs) -> None:
    broker = programs.broker(programs.plain("tr a-z A-Z", workers=2))
    with client(broker.port) as session:
        assert session.submit_bytes(b"").result(SOON) == b""
        for size in (1, 8191, 8192, 262144, 262145, 3_000_000):
            assert session.submit_bytes(b"m" * size).result(SOON) == b"M" * size


def test_a_command_that_fails_gives_its_status_and_what_it_said(programs: Programs) -> None:
    script = "read how; seq 1 5000 >&2; echo last words >&2; test $how = kill && kill -9 $$; exit 7"
    broker = programs.broker(programs.plain(script))
    with client(broker.port) as session:
        where = rf"On worker \d+ \(process \d+ on {re.escape(os.uname().nodename)}\): "
        with pytest.raises(TaskFailed, match=rf"{where}exited with status 7\n(?s:.*)last words") as failed:
            session.submit_bytes(b"exit\n").result(SOON)
        assert len(str(failed.value)) < 9000
        with pytest.raises(TaskFailed, match=r"was killed by signal 9 \(Killed\)"):
            session.submit_bytes(b"kill\n").result(SOON)


def test_a_command_that_cannot_be_run_fails_the_task(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-p", 0, "-n", 1, "--plain", "--", "no-such-command")
    broker = programs.broker(shim)
    with client(broker.port) as session, pytest.raises(TaskFailed, match="cannot run no-such-command"):
        session.submit_bytes(b"").result(SOON)


def test_a_cancelled_command_is_killed_with_its_group(programs: Programs) -> None:
    broker = programs.broker(
        programs.plain("read word; test $word = stay && (sleep 1000 & sleep 1000); echo $word")
    )
    with client(broker.port) as session:
        stays = session.submit_bytes(b"stay\n")
        until(lambda: len(sleeps(programs)) == 2, "two sleeps")
        session.cancel(stays)
        until(lambda: not sleeps(programs), "no sleep")
        assert session.submit_bytes(b"next\n").result(SOON) == b"next\n"


def test_a_manager_that_takes_smaller_bodies(programs: Programs) -> None:
    """It gets no larger task while another manager takes it; alone, it is not what such a task waits for."""
    command = ("--plain", "--", "cat")
    small = programs.start(
        *("mailroom-shim", "-v", "-p", 0, "-n", 2),
        *settings(programs, boss_links={"max_body": 65536}),
        *command,
    )
    large = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, *command)
    router = programs.broker(small, large)
    parts = [b"x" * (70_000 if number % 2 else 10) for number in range(40)]
    with client(router.port) as session:
        until(lambda: sorted(each.workers for each in session.managers()) == [1, 2], "the workers")
        assert list(session.map_bytes(parts)) == parts
        large.signal(signal.SIGINT)
        assert large.ends() == 0
        with pytest.raises(TooLarge, match=r"body of 70000 bytes is larger than any .* 65536 bytes at most"):
            session.submit_bytes(parts[1]).result(SOON)
        assert session.submit_bytes(parts[0]).result(SOON) == parts[0]
