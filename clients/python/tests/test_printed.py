"""What tasks print, and clients inside tasks, with the real programs: a cluster of the test's own."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mailroom
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]

PATIENCE = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[mailroom.LocalCluster]:
    with mailroom.LocalCluster(2) as cluster:
        yield cluster


def says(text: str) -> str:
    print(text)
    return text


def test_a_client_that_asks_sees_what_tasks_print(
    cluster: mailroom.LocalCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    with cluster.client(output=True) as client:
        assert client.submit(says, "one").result(PATIENCE) == "one"
        assert client.options(name="sweep").map(says, ["two", "three"]).result(PATIENCE) == ["two", "three"]
        client.options(output=False).submit(says, "four").result(PATIENCE)
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == ["says: one", "sweep: three", "sweep: two"]


def test_else_it_is_in_the_managers_output(
    cluster: mailroom.LocalCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    with cluster.client() as client:
        client.options(name="quiet").submit(says, "five").result(PATIENCE)
    assert capsys.readouterr().out == ""
    assert "quiet: five\n" in (cluster.folder / "mailroom-shim.log").read_text()


def writes(text: str, how: str) -> None:
    if how == "os.system":
        os.system(f"echo {text}")
    elif how == "subprocess":
        subprocess.run(["echo", text], check=True)
    elif how == "os.write":
        os.write(1, f"{text}\n".encode())
    elif how == "fork":
        if (child := os.fork()) == 0:
            os.write(1, f"{text}\n".encode())
            os._exit(0)
        os.waitpid(child, 0)
    else:
        ctypes.CDLL(None).printf(b"%s\n", text.encode())


WAYS = ["os.system", "subprocess", "os.write", "fork", "printf"]


@pytest.mark.parametrize("how", WAYS)
def test_what_is_written_beside_python_is_printed_too(
    cluster: mailroom.LocalCluster, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    names = [f"task-{number}" for number in range(6)]
    with cluster.client(output=True) as client:
        for future in [client.options(name=name).submit(writes, name, how) for name in names]:
            future.result(PATIENCE)
    assert sorted(capsys.readouterr().out.splitlines()) == [f"{name}: {name}" for name in names]
    with cluster.client() as client:
        client.options(name="unseen").submit(writes, how, how).result(PATIENCE)
    assert capsys.readouterr().out == ""
    assert f"unseen: {how}\n" in (cluster.folder / "mailroom-shim.log").read_text()


def says_and_waits(how: str, file: str) -> str:
    writes("now", how)
    while not os.path.exists(file):
        time.sleep(0.01)
    return "done"


@pytest.mark.parametrize("how", [*WAYS[:4]])
def test_it_is_shown_while_the_task_runs(
    cluster: mailroom.LocalCluster, capsys: pytest.CaptureFixture[str], tmp_path: Path, how: str
) -> None:
    file = tmp_path / "go on"
    with cluster.client(output=True) as client:
        future = client.options(name="long").submit(says_and_waits, how, str(file))
        seen, end = "", time.monotonic() + PATIENCE
        while "now" not in seen:
            assert time.monotonic() < end
            time.sleep(0.01)
            seen += capsys.readouterr().out
        assert not future.done()
        file.touch()
        assert future.result(PATIENCE) == "done"


def writes_much(how: str) -> str:
    much = bytes(8 << 20)
    if how == "program":
        subprocess.run(
            "head -c 20000000 /dev/zero | tr '\\0' x; head -c 9000000 /dev/zero >&2", shell=True, check=True
        )
    elif how == "holding the GIL":
        write = ctypes.PyDLL(None).write
        assert write(1, much, ctypes.c_size_t(len(much))) == len(much)
    else:
        os.write(2, much)
    return "done"


@pytest.mark.parametrize("how", ["program", "holding the GIL", "os.write"])
@pytest.mark.parametrize("output", [True, False])
def test_nobody_waits_for_a_reader(cluster: mailroom.LocalCluster, how: str, output: bool) -> None:
    with cluster.client(output=output) as client:
        assert client.submit(writes_much, how).result(PATIENCE) == "done"
        assert client.submit(abs, -1).result(PATIENCE) == 1


def reconfigures(encoding: str) -> str:
    sys.stdout.reconfigure(encoding=encoding, errors="strict")  # type: ignore[union-attr]
    print(encoding)
    return encoding


def test_a_task_reconfigures_its_stream_for_itself(cluster: mailroom.LocalCluster) -> None:
    with cluster.client(output=True) as client:
        assert client.map(reconfigures, ["ascii"] * 8).result(PATIENCE) == ["ascii"] * 8
        assert client.map(says, ["\u20ac \ud800"] * 8).result(PATIENCE) == ["\u20ac \ud800"] * 8


def uses_a_client(address: str, how: str) -> Any:
    if how == "Executor":
        with mailroom.Executor(address) as pool:
            return pool.submit(abs, -1).result()
    with mailroom.Client(address) as client:
        return client.submit(abs, -1).result() if how == "submit" else list(client.map(abs, [-1]))


@pytest.mark.parametrize("how", ["submit", "map", "Executor"])
def test_a_client_of_its_own_cluster_inside_a_task_is_refused(
    cluster: mailroom.LocalCluster, how: str
) -> None:
    with cluster.client() as client:
        tasks = client.map(uses_a_client, [cluster.address] * 2, [how] * 2)
        for future in tasks.futures:
            with pytest.raises(RuntimeError, match=r"get_runtime\(\)"):
                future.result(PATIENCE)


PROGRAM = """
import sys
import mailroom
with mailroom.Client(sys.argv[1], timeout=60) as client:
    try:
        print(client.submit(abs, -1).result(60))
    except RuntimeError as error:
        print(error)
"""


def starts_a_client(address: str, command: list[str]) -> str:
    run = [*command, sys.executable, "-c", PROGRAM, address]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("command", [[], ["sh", "-c", 'exec "$@"', "sh"]])
def test_a_program_of_a_task_is_refused_as_a_client(
    cluster: mailroom.LocalCluster, command: list[str]
) -> None:
    """Each worker of the cluster has such a task: none could run what the programs wait for."""
    with cluster.client() as client:
        for text in client.map(starts_a_client, [cluster.address] * 2, [command] * 2).result(PATIENCE):
            assert "get_runtime()" in text
            assert "MAILROOM_TASK_OF" in text
        apart = ["env", "-u", "MAILROOM_TASK_OF"]
        assert client.submit(starts_a_client, cluster.address, apart).result(PATIENCE) == "1\n"
    with mailroom.LocalCluster(1) as other, cluster.client() as client:
        assert client.submit(starts_a_client, other.address, []).result(PATIENCE) == "1\n"


def test_a_client_of_another_cluster_inside_a_task_works(cluster: mailroom.LocalCluster) -> None:
    with mailroom.LocalCluster(1) as other, cluster.client() as client:
        call = client.submit(uses_a_client, other.address, "submit")
        assert call.result(PATIENCE) == 1


def is_stopped(signals: list[int]) -> int:
    for number in signals:
        os.kill(os.getpid(), number)
    return os.getpid()


def test_a_terminal_stops_no_worker(cluster: mailroom.LocalCluster) -> None:
    """A worker is not in the group that a terminal listens to: who asks there would wait for ever."""
    with cluster.client() as client:
        stopping = [signal.SIGTTIN, signal.SIGTTOU, signal.SIGTSTP]
        assert client.submit(is_stopped, stopping).result(PATIENCE) > 0
