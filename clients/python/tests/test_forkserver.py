"""Workers that take the place of others are forked from a process that has loaded what workers load."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import forked_tasks as tasks
import mailroom
import real
from mailroom import Client
from peer import PATIENCE
from processes import until

pytestmark = [real.needed, pytest.mark.timeout(300)]

_FORKS = "mailroom-forks"  # the name of that process, as `ps` shows it

_LIBRARY = """
import json.tool, os, random
seen = os.environ["SEEN"]
with open(seen, "a") as file:
    print(os.getpid(), file=file)
drawn = random.Random()
chosen = random.Random(7)
os.environ["LEFT_BEHIND"] = "by a library"
"""

_THREADED = """
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


class Turns:
    """Two clients that take turns at one worker, each time another process.

    Args:
        folder: for all that is written.
        only_python: which loop.
        settings: lines of the manager's `renew`.
        options: of the manager.

    Attributes:
        seen: the processes that have imported the library `marked` themselves.
        shim: the manager's process.
    """

    def __init__(
        self,
        folder: Path,
        only_python: bool,
        *settings: str,
        options: tuple[str, ...] = ("--worker-per-session",),
    ) -> None:
        self.programs = real.Programs(folder)
        libraries = folder / "site-packages"
        libraries.mkdir()
        (libraries / "marked.py").write_text(_LIBRARY)
        (libraries / "threaded.py").write_text(_THREADED)
        self.seen = folder / "seen"
        self.seen.touch()
        (folder / "shim.conf").write_text("renew\n    rate = 1000\n" + "".join(settings))
        path = f"PYTHONPATH={Path(mailroom.__file__).parents[1]}:{libraries}"
        worker = ["env", path, f"SEEN={self.seen}", sys.executable, "-m", "mailroom.worker"]
        self.shim, port = self.programs.start(
            "mailroom-shim",
            *("-c", folder / "shim.conf", "-n", 1, *options),
            *("--", *worker, *["--only-python"] * only_python),
        )
        address = f"127.0.0.1:{self.programs.start_broker(port)[1]}"
        self.clients = [Client(address, paths=[os.path.dirname(__file__)], output=True) for _ in range(2)]

    def run(self, function: Any, *arguments: Any) -> Any:
        """Runs a task of the client whose turn it is."""
        self.clients.reverse()
        future = self.clients[0].submit(function, *arguments)
        value = future.result(3 * PATIENCE)  # BQSKit may have to be loaded
        assert self.clients[0].status(future, PATIENCE).attempts == 1
        return value

    def until_loaded(self, name: str) -> None:
        """Takes turns until workers begin with a module."""
        end = time.monotonic() + 5 * PATIENCE
        while not self.run(tasks.has_loaded, name):
            assert time.monotonic() < end, name

    def server(self) -> int:
        """The process that workers are forked from; 0: there is none."""
        found = [pid for pid in below(self.shim.pid) if name_of(pid) == _FORKS]
        return found[0] if found else 0

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.programs.stop()


def below(pid: int) -> Iterator[int]:
    """All processes that descend from one."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return
    for child in map(int, children):
        yield child
        yield from below(child)


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


@pytest.fixture(scope="module")
def turns(tmp_path_factory: pytest.TempPathFactory, only_python: bool) -> Iterator[Turns]:
    """For all tests that leave its processes alone: its workers are forked."""
    turns = Turns(tmp_path_factory.mktemp("turns"), only_python)
    turns.until_loaded("marked")
    yield turns
    turns.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Turns]:
    """A test's own."""
    turns = Turns(tmp_path, True)
    turns.until_loaded("marked")
    yield turns
    turns.close()


def test_libraries_stay_loaded_and_random_numbers_are_each_worker_s_own(turns: Turns) -> None:
    imported = turns.seen.read_text()
    found = [turns.run(tasks.draws) for _ in range(4)]
    assert turns.seen.read_text() == imported
    assert len({pid for pid, _, _ in found}) == 4
    numbers = [number for _, own, _ in found for number in own]
    assert len(set(numbers)) == len(numbers)
    assert len({chosen for _, _, chosen in found}) == 1
    assert turns.run(os.environ.get, "LEFT_BEHIND") is None


def test_numpy_has_other_seeds_in_each_worker(turns: Turns) -> None:
    pytest.importorskip("numpy")
    turns.until_loaded("numpy.random")
    found = [turns.run(tasks.draws)[1] for _ in range(3)]
    assert len({number for own in found for number in own}) == 3 * 4


def test_what_a_forked_worker_leaves_behind_goes_with_it(turns: Turns) -> None:
    worker, child = turns.run(tasks.leaves_a_child)
    assert os.getpgid(worker) == worker
    turns.run(os.getpid)
    until(lambda: not name_of(child), "the child has ended")
    until(lambda: worker not in below(turns.shim.pid), "and so has the worker")


def test_a_forked_worker_s_words_come_to_the_client(
    turns: Turns, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    turns.run(tasks.speaks)
    until(lambda: "logged" in caplog.text, "the log record is here")
    shown = capsys.readouterr()
    assert (sorted(shown.out.splitlines()), shown.err) == (
        ["speaks: printed", "speaks: written"],
        "speaks: complained\n",
    )


def test_what_starts_threads_is_left_out(alone: Turns) -> None:
    assert not alone.run(tasks.has_loaded, "threaded")
    alone.until_loaded("colorsys")  # which came later
    assert not alone.run(tasks.has_loaded, "threaded")
    assert alone.run(tasks.has_loaded, "marked")


def test_without_such_a_process_workers_are_started_anew(alone: Turns) -> None:
    os.kill(alone.server(), signal.SIGKILL)
    assert len({alone.run(os.getpid) for _ in range(3)}) == 3


def test_one_that_does_not_answer_is_ended(alone: Turns) -> None:
    server = alone.server()
    os.kill(server, signal.SIGSTOP)
    assert len({alone.run(os.getpid) for _ in range(2)}) == 2
    until(lambda: name_of(server) != _FORKS, "it has ended")


def test_it_goes_with_its_manager(alone: Turns) -> None:
    server, worker = alone.server(), alone.run(os.getpid)
    alone.shim.kill()
    until(lambda: not name_of(server) and not name_of(worker), "both have ended")
    alone.programs.running.remove(alone.shim)
    alone.shim.wait()


def test_it_can_be_left_out(tmp_path: Path) -> None:
    turns = Turns(tmp_path, True, "    fork = 0\n")
    try:
        assert len({turns.run(os.getpid) for _ in range(4)}) == 4
        assert not turns.server()
    finally:
        turns.close()


def test_one_in_the_place_of_one_that_a_task_has_ended_is_forked(tmp_path: Path, only_python: bool) -> None:
    turns = Turns(tmp_path, only_python, options=())
    try:
        end = time.monotonic() + 5 * PATIENCE
        while not turns.run(tasks.has_loaded, "marked"):  # loaded before its first task: it was forked
            assert time.monotonic() < end, "a worker is forked"
            with pytest.raises(mailroom.TooManyAttempts):
                turns.clients[0].submit(os._exit, 1).result(5 * PATIENCE)
        server = turns.server()
        assert server
        assert turns.run(os.getpid) not in map(int, turns.seen.read_text().split())
    finally:
        turns.close()


def test_one_in_the_place_of_one_that_never_worked_is_started_anew(tmp_path: Path) -> None:
    turns = Turns(tmp_path, True, options=())
    try:
        os.kill(idle_worker(turns), signal.SIGKILL)
        turns.run(os.getpid)
        assert not turns.server()
    finally:
        turns.close()


def idle_worker(turns: Turns) -> int:
    """The worker, which has had no task and is connected."""
    found: list[int] = []

    def look() -> bool:
        found[:] = [manager.workers for manager in turns.clients[0].managers(PATIENCE)]
        return found == [1]

    until(look, "the worker is there")
    guard = next(pid for pid in below(turns.shim.pid) if name_of(pid) == "mailroom-guard")
    return next(below(guard))
