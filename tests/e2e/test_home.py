"""Without keys and --insecure a user's programs meet on sockets in a folder of his; nobody else gets in."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from mailroom import Client, Executor
from running import BIN, SOON, Programs, run, until
from shell import NO_BROKER, USAGE, Shell

NOBODY = 65534
UPPER = ("--plain", "--", "tr", "a-z", "A-Z")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, nothing_said: None) -> Iterator[Path]:
    """A folder for this test's sockets, which is not there yet."""
    with tempfile.TemporaryDirectory(prefix="mailroom-test-", dir="/tmp") as above:
        monkeypatch.setenv("MAILROOM_SOCKETS", f"{above}/sockets")
        yield Path(above) / "sockets"


@pytest.fixture
def user(programs: Programs, home: Path) -> Shell:
    user = Shell(programs.folder, "")
    user.environment["MAILROOM_SOCKETS"] = str(home)
    return user


def test_programs_without_addresses_find_each_other(programs: Programs, home: Path, user: Shell) -> None:
    programs.start("mailroom-shim", "-n", 1, *UPPER)  # which waits for its broker
    broker = programs.start("mailroomd")
    broker.logs(f"listening for clients on ipc://{home}/broker, serving managers that dial in")
    programs.start("mailroom-shim", "-n", 1, *UPPER)  # another one, on the same machine
    until(lambda: user.says("managers").count("dialled in") == 2, "both managers")
    with Client() as client, Client("localhost") as other, Client("localhost:7472") as third:
        assert client.submit_bytes(b"mail").result(SOON) == b"MAIL"
        assert {client.address, other.address, third.address} == {f"ipc://{home}/broker"}
    with Executor() as pool:
        until(lambda: pool.workers == 2, "their workers")
    task = user.says("submit", "-", text="room").strip()
    assert user.says("result", "--wait", "--broker", "localhost", task) == "ROOM"  # in the same session
    checked = user.says("check", "--runtime", "plain")
    assert f"{home}/broker takes connections" in checked
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    broker.signal(signal.SIGTERM)
    assert broker.ends() == 0
    assert not list(home.iterdir())


def test_names_of_before_still_do(programs: Programs, user: Shell) -> None:
    programs.start("mailroom-shim", "-n", 1, "--broker", "localhost", *UPPER)
    programs.start("mailroomd", "localhost").logs("serving managers that dial in")
    until(lambda: "dialled in" in user.says("managers", "--broker", "localhost:7472"), "the manager")


def test_a_second_broker_is_refused_and_takes_nothing_over(
    programs: Programs, home: Path, user: Shell
) -> None:
    programs.start("mailroomd").logs("listening")
    second = run("mailroomd")
    assert second.returncode == 1
    assert f"cannot listen on ipc://{home}/broker: Address already in use (see --bind)" in second.stderr
    assert user.run("managers").returncode == 0


def test_what_a_killed_broker_left_is_no_hindrance(programs: Programs, home: Path, user: Shell) -> None:
    broker = programs.start("mailroomd")
    broker.logs("listening")
    broker.process.kill()
    broker.ends()
    assert (home / "broker").is_socket()
    checked = user.run("check")
    assert checked.returncode == NO_BROKER
    assert (
        f"nothing listens on {home}/broker: is mailroomd running on this machine, as this user"
        in checked.stdout
    )
    programs.start("mailroomd").logs("listening")
    assert user.run("managers").returncode == 0


@pytest.mark.parametrize("what", ["the socket", "the folder"])
def test_a_socket_that_was_removed_is_there_again(
    programs: Programs, home: Path, user: Shell, what: str
) -> None:
    programs.start("mailroom-shim", "-n", 1, *UPPER)
    broker = programs.start("mailroomd")
    with Client() as client:
        assert client.submit_bytes(b"mail").result(SOON) == b"MAIL"
        (home / "broker").unlink() if what == "the socket" else shutil.rmtree(home)
        broker.logs(f"WARNING the socket {home}/broker was removed, and is there again")
        assert client.submit_bytes(b"room").result(SOON) == b"ROOM"
        with Client() as other:
            assert other.submit_bytes(b"again").result(SOON) == b"AGAIN"
    assert (stat.S_IMODE(home.stat().st_mode), broker.log().count("was removed")) == (0o700, 1)
    broker.signal(signal.SIGTERM)
    assert broker.ends() == 0
    assert not list(home.iterdir())


def test_a_socket_that_cannot_be_made_anew(programs: Programs, home: Path, user: Shell) -> None:
    broker = programs.start("mailroomd")
    broker.logs("listening")
    shutil.rmtree(home.parent)
    broker.logs(f"ERROR the socket {home}/broker was removed, and cannot be made anew: {home}, the folder")
    home.parent.mkdir()
    broker.logs("and is there again")
    assert user.run("managers").returncode == 0


@pytest.mark.parametrize("mode", [0o700, 0o770, 0o1777])
def test_a_folder_that_lets_others_in_is_not_the_one_that_was(
    programs: Programs, home: Path, mode: int
) -> None:
    home.parent.mkdir(exist_ok=True)
    folder = home.parent / "another"  # for which there is no rule
    folder.mkdir(mode=0o700)
    broker = programs.start("mailroomd", "--bind", f"ipc://{folder}/b")
    broker.logs("listening")
    broker.signal(signal.SIGSTOP)
    shutil.rmtree(folder)
    folder.mkdir()
    folder.chmod(mode)
    broker.signal(signal.SIGCONT)
    same = mode == 0o700
    broker.logs("is there again" if same else f"made anew: {folder}: it is not what it was; nobody can")
    assert (folder / "b").exists() is same


def test_a_broker_in_the_place_of_one_whose_socket_was_removed(
    programs: Programs, home: Path, user: Shell
) -> None:
    first = programs.start("mailroomd")
    first.logs("listening")
    first.signal(signal.SIGSTOP)
    (home / "broker").unlink()
    programs.start("mailroomd").logs("listening")
    first.signal(signal.SIGCONT)
    first.logs("cannot be made anew: there is something else by now, which may be another process's")
    first.signal(signal.SIGTERM)
    assert first.ends() == 0
    assert user.run("managers").returncode == 0


def test_workers_that_a_user_starts(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-x", "-n", 1)
    shim.logs("listening for 1 workers on ipc://")
    programs.start("mailroomd")
    folder = programs.folder / "worker"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-m", "mailroom.worker", "--only-python"], cwd=folder) as worker:
        try:
            with Client() as client:
                assert client.submit(pow, 2, 5).result(SOON) == 32
        finally:
            worker.terminate()


def test_where_no_broker_is_it_is_said_which(user: Shell, home: Path) -> None:
    reason = "nothing of this user's listens there: is it started here, and without --keys and"
    listed = user.run_until(reason, "list")
    assert listed.returncode == NO_BROKER
    assert f"ipc://{home}/broker" in listed.stderr
    assert reason in listed.stderr


@pytest.mark.parametrize(
    ("program", "arguments", "text"),
    [
        (
            "mailroomd",
            ["-p", "0"],
            "the port (-p), as 0, is one of TCP, where each user of this machine could run",
        ),
        ("mailroomd", ["--bind", "127.0.0.1"], "address, each user of this machine, could run code here"),
        ("mailroomd", ["--bind", "0.0.0.0"], "address, from other machines too, could run code here"),
        ("mailroomd", ["node1"], "manager node1:7473: over TCP without keys nothing tells who answers"),
        ("mailroomd", ["localhost:1234"], "manager localhost:1234: over TCP without keys"),
        (
            "mailroomd",
            ["--bind", "ipc:///tmp/nowhere", "localhost"],
            "start them with --broker ipc:///tmp/nowhere",
        ),
        ("mailroom-shim", ["-p", "0"], "the port (-p), as 0, is one of TCP"),
        ("mailroom-shim", ["-x", "-w", "0"], "the port for workers (-w), as 0, is one of TCP"),
        ("mailroom-shim", ["-m", "node1"], "-m node1:7473: over TCP without keys"),
        ("mailroom-shim", ["--broker", "node1"], "--broker node1:7472: over TCP without keys"),
        ("mailroom", ["list", "--broker", "127.0.0.1"], "127.0.0.1:7472: over TCP without keys"),
        ("mailroom", ["check", "node1"], "give keys with --keys DIR (or MAILROOM_KEYS), or say --insecure"),
    ],
)
def test_tcp_takes_keys_or_a_word(program: str, arguments: Sequence[str], text: str) -> None:
    refused = run(program, *arguments)
    assert refused.returncode == USAGE
    assert text in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_so_does_it_from_python() -> None:
    with pytest.raises(ValueError, match=r"^127.0.0.1:7472: over TCP without keys .* insecure=True"):
        Client("127.0.0.1")
    worker = subprocess.run(
        [sys.executable, "-m", "mailroom.worker", "-p", "7474"], capture_output=True, text=True, check=False
    )
    assert worker.returncode == USAGE
    assert "127.0.0.1:7474: over TCP without keys" in worker.stderr


def test_a_configuration_of_before_is_told_what_to_change(tmp_path: Path) -> None:
    (tmp_path / "old.cfg").write_text("port = 7472\n")
    refused = run("mailroomd", "-c", tmp_path / "old.cfg")
    assert refused.returncode == USAGE
    assert "add --keys DIR; or add --insecure" in refused.stderr
    assert "or leave it away: this user's own clients and managers" in refused.stderr


@pytest.mark.parametrize("said", ["--insecure", "MAILROOM_INSECURE"])
def test_with_the_word_it_is_tcp_as_before(
    programs: Programs, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said == "MAILROOM_INSECURE":
        monkeypatch.setenv(said, "1")
    word = [said] if said.startswith("-") else []
    shim = programs.start("mailroom-shim", *word, "-p", 0, "-n", 1, *UPPER)
    broker = programs.start("mailroomd", *word, "-p", 0, f"127.0.0.1:{shim.port}")
    broker.logs("WARNING --insecure: everybody who can reach tcp://127.0.0.1:")
    with Client(f"127.0.0.1:{broker.port}", insecure=True if word else None) as client:
        assert client.submit_bytes(b"mail").result(SOON) == b"MAIL"
        assert client.token.options.get("insecure", False) is bool(word)
    listed = run("mailroom", "managers", *word, "--broker", f"127.0.0.1:{broker.port}")
    assert listed.returncode == 0, listed.stderr


def test_a_folder_that_is_not_his_alone(home: Path, user: Shell) -> None:
    home.mkdir(mode=0o755)
    for refused in (run("mailroomd"), user.run("list"), run("mailroom-shim", "-x")):
        assert refused.returncode in (1, USAGE)
        assert (
            f"{home}, the folder for this user's sockets: others may enter it (mode 0755; chmod 700)"
            in refused.stderr
        )
    with pytest.raises(ValueError, match=r"others may enter it \(mode 0755; chmod 700\)"):
        Client()
    home.rmdir()
    home.symlink_to("/tmp")
    assert "it is no folder" in run("mailroomd").stderr


def test_a_path_for_it_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILROOM_SOCKETS", "here")
    text = "MAILROOM_SOCKETS=here: not a path that begins with '/' and has 95 bytes at most"
    assert text in run("mailroomd").stderr
    with pytest.raises(ValueError, match=text):
        Client()


@as_root
def test_another_user_cannot_submit(programs: Programs, home: Path) -> None:
    programs.start("mailroom-shim", "-n", 1, "--plain", "--", "id", "-u")
    programs.start("mailroomd").logs("listening")
    home.parent.chmod(0o755)
    attempts = {
        "by the same folder": [{"MAILROOM_SOCKETS": str(home)}, []],
        "by the socket itself": [{}, ["--broker", f"ipc://{home}/broker"]],
        "by the port of before": [{"MAILROOM_INSECURE": "1"}, []],
        "as one would": [{}, []],
    }
    for how, (environment, arguments) in attempts.items():
        done = as_nobody(["submit", *arguments, "--timeout", "0.5", "--wait", "-"], environment, home.parent)
        assert done.returncode in (USAGE, NO_BROKER), (how, done)
        assert not done.stdout, how


@as_root
def test_a_folder_that_another_user_has_made_first(home: Path, user: Shell) -> None:
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    for refused in (run("mailroomd"), user.run("list")):
        assert (
            f"it belongs to another user, of number {NOBODY}. Another folder: set MAILROOM_SOCKETS"
            in refused.stderr
        )
    with pytest.raises(ValueError, match="it belongs to another user"):
        Client()


def as_nobody(
    arguments: Sequence[str], environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Runs the command line as another user, who may read the programs."""
    program = folder / "mailroom"
    if not program.exists():
        program.write_bytes((BIN / "mailroom").read_bytes())
        program.chmod(0o755)
    own = folder / "nobody"
    own.mkdir(exist_ok=True)
    os.chown(own, NOBODY, NOBODY)
    base = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(own),
        "XDG_STATE_HOME": str(own),
        "MAILROOM_SOCKETS": str(own / "s"),
    }
    return subprocess.run(
        [str(program), *arguments],
        env={**base, **environment},
        cwd="/",
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        input="x",
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
    )
