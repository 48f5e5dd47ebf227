"""The cluster of one process: real programs, which must be gone when their owner is."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

import ending_tasks
import mailroom
from mailroom import LocalCluster
from mailroom._built import find_program
from peer import PATIENCE
from processes import line, marked, owner, programs, until
from real import BIN, needed

pytestmark = [needed, pytest.mark.timeout(300)]

READY = """
import os, sys, time
import mailroom
cluster = mailroom.LocalCluster(1)
client = cluster.client()
future = client.submit(time.sleep, 600)
while not future.running():
    time.sleep(0.02)
"""


def test_a_cluster_runs_tasks_and_leaves_nothing(mark: str, tmp_path: Path) -> None:
    with LocalCluster(2) as cluster:
        assert cluster.running
        assert cluster.folder.parent == tmp_path
        with cluster.client() as client:
            assert client.map(pow, range(10), [2] * 10).result(PATIENCE) == [n * n for n in range(10)]
            assert [manager.workers for manager in client.managers(PATIENCE)] == [2]
        assert len(programs(mark)) >= 5  # keeper, broker, shim, and the workers
        address, started = cluster.address, cluster.pids.values()
    assert not cluster.running
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    until(lambda: not programs(mark), "the workers of a shim that had to be killed end, too")
    assert not cluster.folder.exists()
    assert repr(cluster) == f"<mailroom.LocalCluster {address} 2 workers closed>"
    cluster.close()


def test_a_cluster_shows_its_page_where_that_is_wanted(mark: str) -> None:
    with LocalCluster(1, page=True) as cluster, cluster.client() as client:
        assert client.submit(abs, -3).result(PATIENCE) == 3
        events = client.trace(PATIENCE)["traceEvents"]
        assert [one["args"]["state"] for one in events if one["ph"] == "X"] == ["done"]
        assert client.dashboard(PATIENCE).url in client.dashboard(PATIENCE)._repr_html_()
    with (
        LocalCluster(1) as cluster,
        cluster.client() as client,
        pytest.raises(mailroom.Refused, match="no page"),
    ):
        client.dashboard(PATIENCE)


def test_without_a_number_there_is_a_worker_for_each_processor(
    mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalCluster() as cluster, cluster.client() as client:
        assert 1 <= cluster.workers <= len(os.sched_getaffinity(0))
        assert client.counts(PATIENCE)["workers"] == cluster.workers
    monkeypatch.setenv("SLURM_CPUS_ON_NODE", "1")  # a part of a node, and bound to nothing
    with LocalCluster() as cluster:
        assert cluster.workers == 1


def test_its_socket_is_for_this_user_alone(
    mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILROOM_KEYS", str(tmp_path / "of another cluster"))
    with LocalCluster(1) as cluster:
        socket = Path(cluster.address.removeprefix("ipc://"))
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        for client in (mailroom.Client(cluster.address), mailroom.Client(cluster.address, keys=cluster.keys)):
            with client:
                assert client.submit(abs, -1).result(PATIENCE) == 1
    assert not socket.parent.exists()


def test_a_long_temporary_folder_is_no_place_for_a_socket(
    mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with LocalCluster(1) as cluster, cluster.client() as client:
        assert client.submit(abs, -1).result(PATIENCE) == 1
        assert cluster.folder.parent == deep
    assert not Path(cluster.address.removeprefix("ipc://")).parent.exists()


def test_clusters_side_by_side(mark: str) -> None:
    with LocalCluster(1) as one, LocalCluster(1) as other:
        assert one.address != other.address
        with one.client() as here, other.client() as there:
            pids = {client.submit(os.getpid).result(PATIENCE) for client in (here, there)}
        one.close()
        with other.client() as there:
            assert there.submit(os.getpid).result(PATIENCE) in pids


def test_an_exception_ends_it_and_its_clients(mark: str) -> None:
    clients: list[mailroom.Client] = []

    def fail() -> None:
        with LocalCluster(1) as cluster:
            clients.append(cluster.client())
            clients[0].submit(divmod, 1, 0).result(PATIENCE)

    with pytest.raises(ZeroDivisionError):
        fail()
    until(lambda: not programs(mark), "the programs end")
    with pytest.raises(mailroom.ConnectionLost):
        clients[0].submit(os.getpid)


def test_a_worker_that_is_busy_ends_too(mark: str, tmp_path: Path) -> None:
    process = owner(tmp_path, mark, READY + "cluster.close(); print('closed')")
    assert line(process) == "closed"
    assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 0
    until(lambda: not programs(mark), "the programs end")


def test_the_end_of_the_script_is_its_end(mark: str, tmp_path: Path) -> None:
    process = owner(tmp_path, mark, READY)
    assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 0
    until(lambda: not programs(mark), "the programs end")
    assert [path.name for path in tmp_path.iterdir()] == ["owner.py"]


def test_an_owner_that_is_killed_leaves_nothing(mark: str, tmp_path: Path) -> None:
    process = owner(tmp_path, mark, READY + "print('ready', flush=True); time.sleep(600)")
    assert line(process) == "ready"
    assert len(programs(mark)) >= 4
    process.kill()
    process.communicate()
    until(lambda: not programs(mark), "the programs end")


@pytest.mark.parametrize("ends", ["the worker", "the manager", "the owner"])
def test_what_is_killed_leaves_no_shared_memory(mark: str, tmp_path: Path, ends: str) -> None:
    with LocalCluster(1) as cluster, cluster.client() as client:
        names = tmp_path / "names"
        names.mkdir()
        task = client.submit(ending_tasks.leaves_memory, str(names), ends == "the worker")
        if ends == "the worker":
            assert isinstance(task.exception(PATIENCE), mailroom.TooManyAttempts)
            assert len(list(names.iterdir())) == 3
        else:
            until(lambda: list(names.iterdir()), "it has begun")
            if ends == "the manager":
                os.kill(cluster.pids["mailroom-shim"], signal.SIGKILL)
            else:
                cluster.close()
        left = [Path("/dev/shm") / name.name for name in names.iterdir()]
        until(lambda: not any(map(Path.exists, left)), "the resource tracker of Python has removed it")


def test_a_child_that_the_owner_forked_does_not_keep_it(mark: str, tmp_path: Path) -> None:
    forks = """
if os.fork() == 0:
    cluster.close()  # it is the parent's
    time.sleep(600)
print("ready", flush=True)
time.sleep(600)
"""
    process = owner(tmp_path, mark, READY + forks)
    try:
        assert line(process) == "ready"
        process.kill()
        process.wait()
        until(lambda: not programs(mark), "the programs end")
        assert len(marked(mark)) == 1  # the child is there
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_ctrl_c_is_the_owner_s(mark: str, tmp_path: Path) -> None:
    waits = """
try:
    print("ready", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print(cluster.running, client.status(future).state.name, flush=True)
"""
    process = owner(tmp_path, mark, READY + waits)
    assert line(process) == "ready"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert line(process) == "True RUNNING"
    assert process.communicate(timeout=PATIENCE) == ("", "")


def test_a_killed_keeper_takes_the_programs_along(mark: str) -> None:
    with LocalCluster(1) as cluster:
        assert cluster._keeper is not None
        cluster._keeper.kill()
        until(lambda: not programs(mark), "the programs end")
        assert not cluster.running


def test_a_program_that_dies_ends_the_cluster_and_leaves_its_logs(mark: str) -> None:
    with LocalCluster(1) as cluster:
        os.kill(cluster.pids["mailroomd"], signal.SIGKILL)
        until(lambda: not cluster.running, "the keeper has seen it")
        assert "ended" in repr(cluster)
        until(lambda: not programs(mark), "the shim ends as well")
    assert (cluster.folder / "mailroomd.log").exists()


@pytest.mark.parametrize("program", ["mailroomd", "mailroom-shim", "keeper"])
def test_a_program_that_dies_ends_what_waits(program: str, mark: str) -> None:
    with (
        LocalCluster(1) as cluster,
        cluster.client() as client,
        mailroom.Executor(cluster.address) as executor,
    ):
        futures = [client.submit(time.sleep, 600), executor.submit(time.sleep, 600)]
        assert cluster._keeper is not None
        os.kill(cluster.pids.get(program, cluster._keeper.pid), signal.SIGKILL)
        how = "its keeper was killed" if program == "keeper" else f"{program} was killed by signal 9"
        for future in futures:
            with pytest.raises(mailroom.ConnectionLost, match=f"ended: {how}.*logs are in {cluster.folder}"):
                future.result(PATIENCE)
        with pytest.raises(mailroom.ConnectionLost, match=f"ended: {how}"):
            client.submit(abs, -1)
    assert (cluster.folder / "mailroomd.log").exists()
    until(lambda: not programs(mark), "the programs end")


def test_a_folder_that_was_cleaned_away_is_made_anew(mark: str) -> None:
    with LocalCluster(1) as cluster:
        folder = Path(cluster.address.removeprefix("ipc://")).parent
        with cluster.client() as before:
            assert before.submit(pow, 2, 5).result(60) == 32
            shutil.rmtree(folder)
            with cluster.client(timeout=60) as client:
                assert client.submit(pow, 2, 6).result(60) == 64
            assert before.submit(pow, 2, 7).result(60) == 128
    assert not folder.exists()


def test_a_cluster_stays_here(mark: str) -> None:
    with (
        LocalCluster(1) as cluster,
        cluster.client() as client,
        pytest.raises(TypeError, match="its address"),
    ):
        client.submit(abs, cluster)


def test_a_question_ends_with_the_program_that_died(mark: str) -> None:
    with LocalCluster(1) as cluster, cluster.client() as client:
        os.kill(cluster.pids["mailroomd"], signal.SIGSTOP)
        threading.Timer(0.2, os.kill, (cluster.pids["mailroomd"], signal.SIGKILL)).start()
        with pytest.raises(mailroom.ConnectionLost, match="ended: mailroomd was killed by signal 9"):
            client.counts()


def test_a_callback_closes_what_has_died(mark: str) -> None:
    with LocalCluster(1) as cluster, cluster.client() as client:
        future = client.submit(time.sleep, 600)
        closed = threading.Event()
        future.add_done_callback(lambda _: (cluster.close(), closed.set()))
        os.kill(cluster.pids["mailroomd"], signal.SIGKILL)
        assert closed.wait(PATIENCE)


def test_a_program_with_many_open_files(mark: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 3000:
        pytest.skip("no more than a select takes may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (3000, hard))
    files = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        with LocalCluster(1) as cluster, cluster.client() as client:
            assert client.submit(abs, -1).result(PATIENCE) == 1
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_workers_that_cannot_start_are_explained(mark: str, tmp_path: Path) -> None:
    for seconds in (5, 20, PATIENCE):  # as long as the programs themselves take to start
        with pytest.raises(mailroom.ClusterError) as raised:
            LocalCluster(1, python=str(tmp_path / "no-python"), timeout=seconds)
        text = str(raised.value)
        if "its 1 workers did not all start in time" in text and "no-python" in text:
            break
    assert "its 1 workers did not all start in time" in text
    assert "no-python: No such file or directory" in text
    [_] = [folder for folder in tmp_path.iterdir() if str(folder) in text]
    until(lambda: not programs(mark), "the programs end")


def test_a_program_that_cannot_start_is_explained(mark: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("mailroom", "mailroomd", "mailroom-shim"):
        (tmp_path / "bin" / name).symlink_to(BIN / name)
    (tmp_path / "bin/mailroomd").unlink()
    (tmp_path / "bin/mailroomd").symlink_to("/bin/false")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILROOM_BIN", str(tmp_path / "bin"))
        with pytest.raises(mailroom.ClusterError, match="mailroomd exited with status 1"):
            LocalCluster(1, logs=tmp_path / "logs")
    assert (tmp_path / "logs/mailroomd.log").exists()


def test_programs_that_are_not_there_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAILROOM_BIN", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=rf"mailroomd is not in MAILROOM_BIN \({tmp_path}\).*cmake"):
        LocalCluster(1)


def test_programs_are_found_in_path_and_beside_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MAILROOM_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    program = tmp_path / "mailroom-story"
    with pytest.raises(FileNotFoundError, match="in this package, beside this Python or in PATH"):
        find_program(program.name)
    program.touch(mode=0o700)
    assert find_program(program.name) == str(program)
    (tmp_path / "venv").mkdir()
    beside = tmp_path / "venv" / program.name
    beside.touch(mode=0o700)
    monkeypatch.setattr(sys, "executable", str(beside.with_name("python")))
    assert find_program(program.name) == str(beside)
    beside.write_text("#!/usr/bin/python3\nfrom mailroom_programs import story\n")  # as pip makes them
    assert find_program(program.name) == str(program)


@pytest.mark.parametrize(("n", "runtime"), [(0, "python"), (1, "fortran")])
def test_what_is_no_cluster(n: int, runtime: str) -> None:
    with pytest.raises(ValueError, match="a cluster"):
        LocalCluster(n, runtime=runtime)  # type: ignore[arg-type] # that is the test
