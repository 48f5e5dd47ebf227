"""What a cluster of one process leaves in the folder for temporary files: nothing, however it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom import LocalCluster, folders
from processes import MARK, line, owner, until
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]

READY = """
import os, signal, sys, time
import mailroom
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have it ignored: nohup
cluster = mailroom.LocalCluster(1)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short name: a socket's path has 107 bytes at most, and clusters go elsewhere for it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def sockets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folder for workers' sockets is there, too."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "owner.py")


def started(folder: Path, mark: str) -> subprocess.Popen[str]:
    process = owner(folder, mark, READY)
    assert line(process) == "ready"
    assert len(left(folder)) == 3  # logs, the broker's socket, the workers' socket
    return process


def pids_of(mark: str) -> list[int]:
    entry = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if entry in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:  # it has ended, or is another user's
            continue
    return found


def kill_at_once(pids: list[int]) -> None:
    """No process has time to see another one end."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):  # the first ones take others along
                os.kill(pid, number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_owner_that_is_ended_by_a_signal_leaves_no_folder(
    number: signal.Signals, mark: str, tmp_path: Path
) -> None:
    process = started(tmp_path, mark)
    process.send_signal(number)
    process.communicate()
    assert process.returncode == -number
    until(lambda: not left(tmp_path), "the folders are removed")


def test_signals_to_all_its_processes_leave_no_folder(mark: str, tmp_path: Path) -> None:
    process = started(tmp_path, mark)
    for pid in pids_of(mark):
        with contextlib.suppress(ProcessLookupError):  # the first ones take others along
            os.kill(pid, signal.SIGTERM)
    process.communicate()
    until(lambda: not left(tmp_path), "the folders are removed")


def test_the_next_start_removes_what_nobody_could(mark: str, tmp_path: Path) -> None:
    process = started(tmp_path, mark)
    kill_at_once(pids_of(mark))
    process.communicate()
    until(lambda: not pids_of(mark), "all are gone, and their locks")
    before = left(tmp_path)
    assert len(before) == 3
    with LocalCluster(1):
        assert not set(left(tmp_path)) & set(before)
    assert not left(tmp_path)


def test_the_next_start_leaves_what_is_somebody_s(mark: str, tmp_path: Path) -> None:
    other = tmp_path / "mailroom-of-the-user"
    other.mkdir()
    (tmp_path / "mailroom-abcdef").symlink_to(other)
    with LocalCluster(1) as first:
        there = left(tmp_path)
        with LocalCluster(1):
            assert set(left(tmp_path)) > set(there)
        assert left(tmp_path) == there
        assert first.running
        os.kill(first.pids["mailroomd"], signal.SIGKILL)
        until(lambda: not first.running, "the keeper has seen it")
        with LocalCluster(1):  # its owner has not looked yet
            assert (first.folder / "mailroomd.log").exists()
    with LocalCluster(1):  # these are logs of a failure, for people
        assert (first.folder / "mailroomd.log").exists()
    assert left(tmp_path) == sorted([first.folder.name, "mailroom-of-the-user", "mailroom-abcdef"])


def test_a_folder_of_the_user_s_for_logs_stays(mark: str, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    process = owner(tmp_path, mark, READY.replace("LocalCluster(1)", f"LocalCluster(1, logs={str(logs)!r})"))
    assert line(process) == "ready"
    process.kill()
    process.communicate()
    until(lambda: left(tmp_path) == ["logs"], "the others are removed")
    assert (logs / "mailroomd.log").exists()


def test_a_forked_child_that_lives_on_keeps_no_folder(mark: str, tmp_path: Path) -> None:
    process = owner(tmp_path, mark, READY.replace("print", "os.fork() == 0 and time.sleep(600)\nprint"))
    try:
        assert line(process) == "ready"
        process.kill()
        process.wait()
        until(lambda: not left(tmp_path), "the folders are removed")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_a_file_system_without_locks(mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    held = folders.Held()
    folders.sweep()
    assert held.path.exists()
    held.let_go(keep=False)
    assert not held.path.exists()
