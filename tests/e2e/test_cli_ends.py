"""How commands end: by signals, for want of a reader, a broker, room or time, and for wrong arguments."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from cluster import settings
from mailroom import Client
from running import SOON, Program, Programs, until
from shell import (
    BROKEN_PIPE,
    FAILED,
    FINE,
    INTERRUPTED,
    NO_BROKER,
    NOBODY,
    REFUSED,
    TIMEOUT,
    USAGE,
    Shell,
    held,
    shells,
    user_of,
)


def test_ctrl_c_cancels_what_is_left(user: Shell, router: Program) -> None:
    process = user.start("map")
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"echo ready\n{held(user.folder)}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SOON)
    assert (process.returncode, out) == (INTERRUPTED, "")
    assert "1 task cancelled" in err
    router.logs("left")
    assert user.says("map", text="echo free\n" * 4) == "free\n" * 4, "both workers are free again"


@pytest.mark.parametrize(
    "option",
    ["-a1-2", "--array=1-2", "--arr", "-J", "--job-name=mine", "--wrap=ls", "-W", "--wait", "--test-only"],
)
def test_what_sbatch_may_not_be_told_by_a_scaler(tmp_path: Path, option: str) -> None:
    user = Shell(tmp_path, "127.0.0.1:1")
    done = user.run("scale", "slurm", "--show", "--", "--account=lab", option, "1-2")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert f"mailroom scale: -- {option}: " in done.stderr


def test_ctrl_c_leaves_what_is_detached(user: Shell) -> None:
    process = user.start("submit", "--wait", "--detach", "-")
    process.stdin.write(held(user.folder))  # type: ignore[union-attr]
    process.stdin.close()  # type: ignore[union-attr]
    process.stdin = None
    until(lambda: "running" in user.says("list"), "it runs")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SOON)
    assert process.returncode == INTERRUPTED
    (uuid,) = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", err)
    assert user.objects("status", uuid)[0]["state"] == "running"
    (user.folder / "go").touch()
    assert user.says("result", "--wait", uuid) == "went on\n"


def test_ctrl_c_while_submitting_names_what_the_broker_may_have(programs: Programs) -> None:
    router = programs.broker(shells(programs), options=settings(programs, limits={"tasks": 5000}))
    user = user_of(programs, router)
    process = user.start("map", "--detach", "--timeout", 60)
    process.stdin.write(f"{held(user.folder)}\n" * 6000)  # type: ignore[union-attr]
    process.stdin.close()  # type: ignore[union-attr]
    process.stdin = None
    until(lambda: any(client["tasks"] == 4096 for client in user.objects("clients")), "a batch is there")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SOON)
    assert process.returncode == INTERRUPTED
    assert "the broker may have these tasks" in err
    first = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", err)[0]
    assert user.objects("status", first)[0]["total"] == 4096
    user.says("cancel", first)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_broker_that_stands_still_keeps_nobody(
    user: Shell, router: Program, number: signal.Signals
) -> None:
    process = user.start("map")
    assert process.stdin
    assert process.stdout
    process.stdin.write("echo ready\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ready\n"
    router.signal(signal.SIGSTOP)
    process.send_signal(number)
    assert process.wait(SOON) == INTERRUPTED
    router.signal(signal.SIGCONT)


def test_who_waits_for_the_session_can_be_interrupted(user: Shell) -> None:
    file = user.folder / "held.session"
    user.says("list", "--session", file)
    with file.open() as held_by_us:
        fcntl.flock(held_by_us, fcntl.LOCK_EX)
        process = user.start("list", "--session", file)
        assert process.stderr
        assert "waiting for another command" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(SOON) == INTERRUPTED
    assert user.says("list", "--session", file) == ""


def test_a_limit_on_waiting_cancels_the_rest(user: Shell) -> None:
    for seconds in (1, 5, 20):  # as long as the first line takes
        done = user.run("map", f"--wait={seconds}", text=f"echo first\n{held(user.folder)}\n")
        if done.stdout:
            break
    assert (done.returncode, done.stdout) == (TIMEOUT, "first\n")
    assert user.says("list") == ""


def test_nobody_reads_any_more(user: Shell) -> None:
    done = user.shell("{ seq 300 | sed 's/^/echo /' | mailroom map; echo $? >&2; } | head -1")
    assert done.stdout == "1\n"
    assert done.stderr == f"{BROKEN_PIPE}\n"


def test_a_broker_that_is_started_anew_gets_what_is_not_done(programs: Programs) -> None:
    shim = shells(programs)
    router = programs.broker(shim)
    user = user_of(programs, router)
    process = user.start("map")
    process.stdin.write(f"echo before\n{held(user.folder)}\n")  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]
    assert process.stdout.readline() == "before\n"  # type: ignore[union-attr]
    router.signal(signal.SIGKILL)
    router.ends()
    programs.broker(shim, port=router.port)
    (user.folder / "go").touch()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (FINE, "went on\n")
    assert "has lost the session" in err


@pytest.mark.parametrize(
    ("script", "wrong"),
    [
        ("mailroom map <&-", "standard input"),
        ("mailroom submit <&-", "standard input"),
        ("mailroom submit .", "Is a directory"),
        ("mailroom map .", "Is a directory"),
        ("echo echo | mailroom map > /dev/full", "No space left"),
        ("echo echo | mailroom map >&-", "standard output"),
        ("mailroom version > /dev/full", "No space left"),
        ("echo echo | mailroom map -o missing/out", "missing/out"),
        ("mailroom submit --wait -o missing/out -- echo", "missing/out"),
        ("mailroom list --session .", "session file ."),
        ("XDG_STATE_HOME=/proc/none mailroom list", "/proc/none"),
    ],
)
def test_files_that_cannot_be_used_are_named(user: Shell, script: str, wrong: str) -> None:
    done = user.shell(script)
    assert done.returncode == USAGE, done.stderr
    assert wrong in done.stderr


def test_no_broker_is_said_with_the_reason(user: Shell) -> None:
    refused = user.run("list", "--broker", "127.0.0.1:1", "--timeout", 0.5)
    assert refused.returncode == NO_BROKER
    assert "127.0.0.1:1 within 0.5 s" in refused.stderr
    unknown = user.run_until("resolve", "list", "--broker", "no-such-host.invalid")
    assert unknown.returncode == NO_BROKER
    assert "no-such-host.invalid" in unknown.stderr
    assert "resolve" in unknown.stderr


def test_who_is_no_broker_is_said(programs: Programs, user: Shell) -> None:
    shim = shells(programs)
    done = user.run("list", "--broker", f"127.0.0.1:{shim.port}", "--timeout", SOON)
    assert done.returncode == REFUSED
    assert "not expected on this port" in done.stderr


def test_a_broker_that_says_nothing(user: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = user.run("list", "--broker", f"127.0.0.1:{silent.getsockname()[1]}", "--timeout", 1)
    assert done.returncode == NO_BROKER
    assert "within 1 s" in done.stderr


def test_a_full_broker_is_waited_for(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "conf").write_text("limits\n    tasks = 3\n")
    router = programs.broker(shells(programs), options=("-c", tmp_path / "conf"))
    user = user_of(programs, router)
    waits = [user.says("submit", "-", text=held(user.folder)).strip() for _ in range(3)]
    (user.folder / "task.sh").write_text("echo too much")
    refused = user.run_until("limits/tasks", "submit", "task.sh")
    assert refused.returncode == REFUSED
    assert "limits/tasks" in refused.stderr
    late = user.start("submit", "--timeout", 30, "--", "echo", "in time")
    time.sleep(0.3)  # it is refused at least once
    (user.folder / "go").touch()
    out, err = late.communicate(timeout=60)
    assert late.returncode == FINE, err
    assert user.says("result", "--wait", *waits, out.strip()) == "went on\n" * 3 + "in time\n"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ([], "no command"),
        (["sumbit"], "sumbit"),
        (["--json"], "behind the command"),
        (["status"], "which task"),
        (["status", "12-34"], "12-34 is not a task's uuid"),
        (["status", NOBODY, "--frob"], "--frob"),
        (["list", "--broker", "host:99999"], "host:99999"),
        (["list", "--timeout", "soon"], "--timeout soon"),
        (["submit", "--priority", "256", "-"], "--priority 256"),
        (["submit", "--runtime", "x" * 32, "-"], "--runtime"),
        (["submit", "--name", "x" * 256, "-"], "--name"),
        (["submit", "a", "b"], "map --files"),
        (["submit", "a", "--", "b"], "only one"),
        (["submit", "-o", "x", "a"], "--wait"),
        (["submit", "missing"], "cannot read missing"),
        (["map", "missing"], "cannot read missing"),
        (["map", "a", "b"], "--files"),
        (["map", "--files"], "which files"),
        (["map", "--files", "missing"], "cannot read missing"),
        (["map", "--no-wait", "-o", "x"], "--no-wait"),
        (["result", "--slot", "-1", NOBODY], "--slot -1"),
        (["result", "--slot", "1", NOBODY, NOBODY[:-1] + "1"], "--slot"),
    ],
)
def test_wrong_arguments_are_named(user: Shell, words: list[str], wrong: str) -> None:
    done = user.run(*words)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert wrong in done.stderr, done.stderr


def test_help_tells_of_every_command(user: Shell) -> None:
    names = re.findall(r"^  ([a-z]+) ", user.says("help"), re.MULTILINE)
    assert {"submit", "map", "status", "result", "cancel", "list", "watch", "version"} <= set(names)
    for name in names:
        told = user.says("help", name)
        assert told == user.says(name, "--help")
        assert f"Usage: mailroom {name}" in told
        assert "Exit status:" in told
    assert user.says("--version") == user.says("version")


@pytest.mark.parametrize("wrong", [{}, {"HOME": "of/mine", "XDG_STATE_HOME": "state"}])
def test_without_a_home_the_user_s_own_is_taken(user: Shell, wrong: dict[str, str]) -> None:
    """As a shell does for ~; and not a file at the root of the file system, nor one below where one is."""
    environment = {
        key: value for key, value in user.environment.items() if key not in ("HOME", "XDG_STATE_HOME")
    } | wrong
    before = Path("/.local").exists()
    done = subprocess.run(
        ["mailroom", "list"], env=environment, capture_output=True, text=True, timeout=SOON, check=False
    )
    home = pwd.getpwuid(os.getuid()).pw_dir
    file = Path(
        home, ".local/state/mailroom", user.environment["MAILROOM_BROKER"].replace(":", "_") + ".session"
    )
    assert done.returncode == 0, done.stderr
    assert file.exists()
    file.unlink()
    assert Path("/.local").exists() == before


UNSEEN = "\u009b2J\u202egnp.exe\u2066"


def test_what_moves_the_cursor_or_turns_a_line_round_is_not_shown(user: Shell) -> None:
    """In an error of a task, the name of a file, and the list of tasks."""
    file = user.folder / f"job{UNSEEN}.sh"
    file.write_text(f"echo 'oh {UNSEEN} no' >&2; exit 1")
    done = user.run("map", "--files", file)
    assert done.returncode == FAILED
    assert "gnp.exe" in done.stderr
    assert not set(done.stderr) & set("\u009b\u202e\u2066"), done.stderr
    user.run("submit", "--name", f"name{UNSEEN}", file)
    shown = user.says("list")
    assert "gnp.exe" in shown
    assert not set(shown) & set("\u009b\u202e\u2066"), shown
    shown = user.says("list", "--json")
    assert not set(shown) & set("\u009b\u202e\u2066"), shown
    assert f"name{UNSEEN}" in {json.loads(line)["name"] for line in shown.splitlines()}


def test_the_log_does_not_show_them(programs: Programs) -> None:
    broker = programs.broker()
    with Client(f"127.0.0.1:{broker.port}", name=f"me{UNSEEN}"):
        broker.logs("gnp.exe")
    assert not set(broker.log()) & set("\u009b\u202e\u2066")
