"""The command lines and configuration files of the programs, and what they say of bad ones."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest
from mailroom import Client
from running import BIN, MARK, SOON, Program, Programs, run, until

PROGRAMS = ("mailroomd", "mailroom-shim", "mailroom-plain")


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_and_version(name: str) -> None:
    shown = run(name, "--help")
    assert shown.returncode == 0
    assert "sage: " in shown.stdout + shown.stderr
    version = run(name, "--version")
    assert version.returncode == 0
    assert version.stdout.startswith(f"{name} ")


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("mailroomd", ["-p", "70000"], "-p 70000: not a number from 0 to 65535"),
        ("mailroomd", ["-p", "x"], "-p x: "),
        ("mailroomd", ["--port=-1"], "-p -1: "),
        ("mailroomd", ["host:x"], "MANAGER host:x: "),
        ("mailroomd", ["a,b:0"], "'b:0' is not a manager's HOST or HOST:PORT"),
        ("mailroomd", ["[::1"], "MANAGER [::1: "),
        ("mailroomd", ["-i"], "-i (--import-tests)"),
        ("mailroomd", ["--no-such-thing"], "--no-such-thing"),
        ("mailroomd", ["--bind", "0.0.0.0"], "--bind 0.0.0.0: "),
        ("mailroomd", ["--bind", "::"], "--insecure"),
        ("mailroomd", ["--bind", "nowhere"], "--bind nowhere: "),
        ("mailroomd", ["--bind", "ipc://run/broker"], "--bind ipc://run/broker: not a numeric address"),
        ("mailroomd", ["--bind", "127.0.0.1:7472"], "the port is said by itself: --bind 127.0.0.1 -p 7472"),
        ("mailroom-shim", ["--bind", "[::1]:7473"], "the port is said by itself: --bind ::1 -p 7473"),
        ("mailroomd", ["--bind", "*:"], "--bind *:: not a numeric address"),
        ("mailroomd", ["--bind", "]:1"], "--bind ]:1: not a numeric address"),
        ("mailroomd", ["--bind", ":7472"], "--bind :7472: not a numeric address"),
        ("mailroomd", ["--bind", f"ipc:///{107 * 'x'}"], "ipc:///PATH (107 bytes at most)"),
        ("mailroomd", ["--allow-uid", "mail"], "--allow-uid mail: not numbers of users"),
        ("mailroom-shim", ["--broker", "ipc://run/broker"], "the path of a socket, which begins with '/'"),
        ("mailroomd", ["-c", "no-such-file"], "no-such-file: No such file"),
        (
            "mailroom-shim",
            ["-c", "one", "-c", "two"],
            "-c two: there is one configuration file, and it is one",
        ),
        ("mailroom-shim", ["-n", "many"], "-n many: "),
        ("mailroom-shim", ["-w", "70000"], "-w 70000: "),
        ("mailroom-shim", ["host"], "host: managers follow -m"),
        ("mailroom-shim", ["-m", "a", "b:x"], "-m b:x: "),
        ("mailroom-shim", ["-m", "a", "-x"], "-x and -m"),
        ("mailroom-shim", ["-m", "a", "--", "b"], "-m and a worker's command"),
        ("mailroom-shim", ["-x", "--", "b"], "-x and a worker's command"),
        ("mailroom-shim", ["--walltime", "soon"], "--walltime soon: not a time like 90 (minutes)"),
        ("mailroom-shim", ["--walltime", ""], "--walltime : not a time"),
        ("mailroom-shim", ["--walltime", "0"], "--walltime 0: not a time"),
        ("mailroom-shim", ["--walltime", "1:"], "--walltime 1:: not a time"),
        ("mailroom-shim", ["--walltime", ":30"], "--walltime :30: not a time"),
        ("mailroom-shim", ["--walltime", "1:2:3:4"], "--walltime 1:2:3:4: not a time"),
        ("mailroom-shim", ["--walltime", "2-"], "--walltime 2-: not a time"),
        ("mailroom-shim", ["--walltime", "1:2-3"], "--walltime 1:2-3: not a time"),
        ("mailroom-shim", ["--walltime", "1h"], "--walltime 1h: not a time"),
        ("mailroom-shim", ["--walltime", "400-0"], "--walltime 400-0: not a time"),
        ("mailroom-shim", ["--walltime", "99999999999999999999"], "not a time"),
        ("mailroom-shim", ["--drain-grace", "8s"], "--drain-grace 8s: not a number from 0"),
        ("mailroom-shim", ["--plain"], "--plain needs a command"),
        ("mailroomd", ["--keys", "", "--insecure"], "mailroomd: --keys : it is empty: say a value"),
        ("mailroomd", [""], "MANAGER : it is empty"),
        ("mailroom-shim", ["--broker", ""], "--broker : it is empty"),
        ("mailroom", ["list", "--keys", "", "--insecure"], "--keys: it is empty"),
        ("mailroom", ["list", "--broker-key", ""], "--broker-key: it is empty"),
        ("mailroom", ["list", "--session", ""], "--session: it is empty"),
        ("mailroom-plain", [], "usage: "),
    ],
)
@pytest.mark.usefixtures("nothing_said")
def test_a_bad_argument_is_named(name: str, arguments: list[str], named: str) -> None:
    refused = run(name, *arguments)
    assert refused.returncode == 2
    assert named in refused.stderr


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90 * 60),
        ("1:30", 90),
        ("90:00", 90 * 60),
        ("01:30:00", 90 * 60),
        ("2-12", 60 * 3600),
        ("2-12:30", 60 * 3600 + 30 * 60),
        ("0-0:0:1", 1),
        ("2-12:00:07", 60 * 3600 + 7),
    ],
)
def test_a_walltime_is_written_as_for_slurm(programs: Programs, text: str, seconds: int) -> None:
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 0, "-x", "-w", 0, "--walltime", text)
    shim.logs(f"--walltime: nothing new is taken after {seconds} s")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("porto = 1\n", "there is no setting 'porto'"),
        ("limits\n    tusks = 1\n", "there is no setting 'limits/tusks'"),
        ("limits = 3\n", "'limits' (it is a section"),
        ("port = seven\n", "port = seven: not a number"),
        ("insecure = yes\n", "insecure = yes: neither 0 nor 1"),
        ("limits\n    tasks = 0\n", "limits/tasks = 0: "),
        ('managers = "a b:0"\n', "'b:0' is not a manager's"),
        ("port\n    of = call\n", "there is no setting 'port' with settings below it"),
        ("port = 0\nbind = ipc:///run/a#b\n", "line 2: '#' begins a comment: put the value in quotes"),
        ("\ufefflimits\n    tasks = 5\n", "line 1: a byte order mark: save the file without one"),
        ("limits\n\ttasks = 5\n", "line 2: a tab before it: four spaces are wanted for each level"),
        ("# \u202e is a comment\nbind = \x1b[2Jx\n", "line 2: it has a character that is not to be seen"),
        ("limits\n    \u009btasks = 5\n", "line 2: it has a character that is not to be seen"),
        ("insecure = 1\nkeys =\n", "line 2: keys has no value: give it one, or take the line away"),
        ('keys = ""\n', "line 1: keys has no value"),
        ("keys\n    directory = # of the site\n", "line 2: directory has no value"),
        ("bind = ''\r\n", "line 1: bind has no value"),
        ('managers = " "\n', "managers =  : it is empty"),
        ("\0" * 4096, "not a configuration file: it holds bytes that are no text"),
        ("port = 1\n\0\n", "not a configuration file: it holds bytes that are no text"),
    ],
)
def test_a_bad_setting_is_named_with_its_file(content: str, named: str, tmp_path: Path) -> None:
    file = tmp_path / "mailroomd.cfg"
    file.write_text(content)
    refused = run("mailroomd", "--config", file)
    assert refused.returncode == 2
    assert str(file) in refused.stderr
    assert named in refused.stderr
    assert not set(refused.stderr) & set("\x1b\u009b\u202e\ufeff")


def test_what_is_no_file_is_no_configuration(tmp_path: Path) -> None:
    os.mkfifo(fifo := tmp_path / "fifo")
    for path, named in [
        (tmp_path, f"{tmp_path}: it is a folder"),
        (fifo, f"{fifo}: nothing came from it"),
        (Path("/dev/null"), "/dev/null: not a file"),
    ]:
        refused = run("mailroomd", "-c", path)
        assert refused.returncode == 2
        assert named in refused.stderr


def test_a_configuration_may_come_from_a_pipe() -> None:
    script = 'exec "$0" "$@" -c <(sleep 0.1; echo "port = seven")'
    refused = run("mailroomd", by=["bash", "-c", script])
    assert refused.returncode == 2
    assert "port = seven: not a number" in refused.stderr


def test_a_setting_that_stands_twice_is_said(programs: Programs, tmp_path: Path) -> None:
    file = tmp_path / "mailroomd.cfg"
    file.write_text("port = 1\nport = 0\nlimits\n    tasks = 5\nlimits\n    tasks = 6  # the last\n")
    broker = programs.start("mailroomd", "-c", file)
    assert broker.port > 1
    assert f"{file}: port is given more than once: the last one, 0, holds" in broker.log()
    assert f"{file}: limits/tasks is given more than once: the last one, 6, holds" in broker.log()


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", "2>&-", "<&-"])
def test_standard_files_that_are_closed_are_of_no_matter(
    programs: Programs, tmp_path: Path, closed: str
) -> None:
    ports = tmp_path / "ports"
    script = f'"$0" --port-file {ports} -p 0 -n 1 --plain -- tr a-z A-Z {closed} & wait'
    folder = tmp_path / "shim"
    folder.mkdir()
    environment = {MARK: str(programs.folder), "XDG_RUNTIME_DIR": str(programs.sockets)}
    programs.running.append(Program(["sh", "-c", script, str(BIN / "mailroom-shim")], folder, environment))
    until(ports.exists, "the shim listens")
    router = programs.start("mailroomd", "-v", "-p", 0, f"127.0.0.1:{ports.read_text().split()[1]}")
    with Client(f"127.0.0.1:{router.port}") as client:
        assert client.submit_bytes(b"mail").result(SOON) == b"MAIL"
    router.signal(signal.SIGINT)
    assert router.ends() == 0
    programs.all_gone()


def test_a_file_sets_what_the_command_line_leaves_open(programs: Programs, tmp_path: Path) -> None:
    file = tmp_path / "mailroomd.cfg"
    file.write_text('port = 1\nbind = "127.0.0.2"\nmanagers = "127.0.0.1:1, 127.0.0.1:2"\nverbose = 2\n')
    broker = programs.start("mailroomd", "-c", file, "-p", 0)
    assert broker.port > 1
    broker.logs(f"listening for clients on tcp://127.0.0.2:{broker.port}, serving managers")
    assert "127.0.0.1:1, 127.0.0.1:2" in broker.log()


def test_a_workers_command_can_stand_in_a_file(programs: Programs, tmp_path: Path) -> None:
    file = tmp_path / "shim.cfg"
    file.write_text("port = 0\nworkers = 1\ncommand = \"sh -c 'echo ran as $MAILROOM_WORKER'\"\n")
    programs.start("mailroom-shim", "-c", file).logs("ran as w")


@pytest.mark.parametrize("name", ["mailroomd", "mailroom-shim"])
def test_a_port_in_use_is_named(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refused = run(name, "-p", port)
    assert refused.returncode == 1
    assert f"cannot listen on tcp://127.0.0.1:{port}: Address already in use (see -p PORT)" in refused.stderr


def test_listening_for_all_is_warned_of(programs: Programs) -> None:
    broker = programs.start("mailroomd", "-p", 0, "--bind", "0.0.0.0", "--insecure")
    broker.logs("WARNING --insecure: everybody who can reach tcp://0.0.0.0:")


def test_an_address_of_another_machine_is_named() -> None:
    refused = run("mailroomd", "-p", 0, "--bind", "192.0.2.1", "--insecure")
    assert refused.returncode == 1
    assert "(see --bind)" in refused.stderr


def test_ipv6(programs: Programs) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    shim = programs.start("mailroom-shim", "-p", 0, "-n", 1, "--bind", "::1", "--", "sleep", "1000")
    broker = programs.start("mailroomd", "-v", "-p", 0, f"[::1]:{shim.port}")
    broker.logs("is connected")
