"""An interrupt of a wait: what it does to the tasks is what the client was told."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mailroom
from mailroom import Client, LocalCluster, State
from mailroom._session.watch import watch
from peer import PATIENCE
from processes import line, owner, until
from real import needed
from waits import waits

pytestmark = [needed, pytest.mark.timeout(300)]


@pytest.fixture
def stop(tmp_path: Path) -> Iterator[str]:
    """The file for which `work` waits; it comes with the end of the test, so that workers are free again."""
    file = tmp_path / "stop"
    yield str(file)
    file.touch()


def work(stop: str) -> str:
    """What a task does; "" ends at once."""
    import os
    import time

    while stop and not os.path.exists(stop):
        time.sleep(0.01)
    return stop


@pytest.fixture
def interrupt() -> Iterator[Callable[..., None]]:
    """Interrupts the main thread once it waits, for what is called after it."""
    main = threading.main_thread().ident
    assert main is not None
    rests = waits("wait", "select", "_wait_for")
    threads: list[threading.Thread] = []

    def strike(elsewhere: bool) -> None:
        seen = 0
        while seen < 3:  # in a row, since it may wait for a lock on its way
            time.sleep(0.1)
            seen = seen + 1 if rests() else 0
        signal.pthread_kill(threading.get_ident() if elsewhere else main, signal.SIGINT)

    def start(elsewhere: bool = False) -> None:
        threads.append(threading.Thread(target=strike, args=(elsewhere,)))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(PATIENCE)


def test_by_default_the_task_goes_on(cluster: LocalCluster, stop: str, interrupt: Callable[[], None]) -> None:
    with cluster.client() as client:
        future = client.submit(work, stop)
        interrupt()
        with pytest.raises(KeyboardInterrupt, match="the task work goes on"):
            future.result(PATIENCE)
        Path(stop).touch()
        assert future.result(PATIENCE) == stop


def test_a_task_is_cancelled(cluster: LocalCluster, stop: str, interrupt: Callable[[], None]) -> None:
    with cluster.client(on_interrupt="cancel") as client:
        other = client.submit(work, stop)
        future = client.submit(work, stop)
        interrupt()
        with pytest.raises(KeyboardInterrupt, match="the task work was cancelled"):
            future.exception(PATIENCE)
        assert future.cancelled()
        until(lambda: client.status(future).state is State.CANCELLED, "the broker has cancelled it")
        assert not other.done()


@pytest.mark.parametrize("how", ["alone", "of several", "of a map", "shutdown", "connection"])
def test_a_signal_that_comes_to_another_thread_ends_a_wait(
    cluster: LocalCluster, stop: str, interrupt: Callable[..., None], how: str
) -> None:
    """As one does that comes in the moment before a wait: the system wakes nobody."""
    with cluster.client(on_interrupt="cancel") as client, mailroom.Executor(client=client) as executor:
        futures = [executor.submit(work, stop) for _ in range(1 + (how == "of several"))]
        calls: dict[str, Callable[[], object]] = {
            "of a map": lambda: client.map(work, [stop]).result(),
            "shutdown": executor.shutdown,
            "connection": lambda: Client("127.0.0.1:9", timeout=PATIENCE),
        }
        interrupt(elsewhere=True)
        with pytest.raises(KeyboardInterrupt):
            calls.get(how, futures[0].result)()
        Path(stop).touch()


@pytest.mark.parametrize("how", ["result", "results", "as_completed", "progress"])
def test_a_map_is_cancelled_as_a_whole(
    cluster: LocalCluster, stop: str, interrupt: Callable[[], None], how: str
) -> None:
    options = {"file": open(os.devnull, "w")} if how == "progress" else {}  # noqa: SIM115
    with cluster.client(on_interrupt="cancel") as client:
        mapped = client.map(work, ["", stop, stop])
        mapped.futures[0].result(PATIENCE)
        interrupt()
        with pytest.raises(KeyboardInterrupt, match="the map work was cancelled; 1 of 3 tasks were done"):
            list(getattr(mapped, how)(**options))
        assert [future.cancelled() for future in mapped.futures] == [False, True, True]


def test_a_client_leaves_its_session(
    cluster: LocalCluster, stop: str, interrupt: Callable[[], None], tmp_path: Path
) -> None:
    file = tmp_path / "session"
    client = cluster.client(on_interrupt="detach", session_file=file)
    future = client.submit(work, stop)
    interrupt()
    with pytest.raises(
        KeyboardInterrupt, match=rf"goes on at the broker: mailroom.Client.resume\('{file}'\)"
    ):
        future.result(PATIENCE)
    with Client.resume(file) as later:
        Path(stop).touch()
        assert later.result(future.uuid, PATIENCE) == stop


def test_an_interrupt_of_a_coroutine(cluster: LocalCluster, stop: str, interrupt: Callable[[], None]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with cluster.client(on_interrupt="cancel") as client:
        mapped = client.map(work, [stop, stop])
        interrupt()
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(asyncio.wait_for(_await(mapped), PATIENCE))
        assert all(future.cancelled() for future in mapped.futures)
    with cluster.client() as client:
        future = client.submit(work, stop)
        interrupt()
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(asyncio.wait_for(_await(future), PATIENCE))
        assert not future.cancelled()
        Path(stop).touch()
        assert future.result(PATIENCE) == stop
    assert signal.getsignal(signal.SIGINT) is before
    assert watch._waits == 0


def test_a_cancelled_coroutine_cancels_its_task(cluster: LocalCluster, stop: str) -> None:
    with cluster.client() as client:
        future = client.submit(work, stop)
        mapped = client.map(work, [stop, stop])
        for waits in (future, mapped):
            with pytest.raises((asyncio.TimeoutError, TimeoutError)):
                asyncio.run(asyncio.wait_for(_await(waits), 0.1))
        assert future.cancelled()
        assert all(one.cancelled() for one in mapped.futures)


async def _await(what: object) -> object:
    return await what  # type: ignore[misc]


def test_a_compilation_is_cancelled_and_the_compiler_stays(
    cluster: LocalCluster, interrupt: Callable[[], None]
) -> None:
    from bqskit.ir import Circuit
    from bqskit.passes import NOOPPass

    from mailroom.bqskit import Compiler

    with Compiler(cluster.address) as compiler:  # no worker here has BQSKit, so it waits
        circuit = Circuit(1)
        interrupt()
        # what is raised holds the future by its frames, so the broker still lists the task
        with pytest.raises(KeyboardInterrupt, match="the task CompilationTask was cancelled") as first:
            compiler.compile(circuit, [NOOPPass()])
        assert [task.state for task in compiler.tasks()] == [State.CANCELLED]
        interrupt()
        with pytest.raises(KeyboardInterrupt) as second:
            compiler.result(compiler.submit(circuit, [NOOPPass()]))
        assert [task.state for task in compiler.tasks()] == [State.CANCELLED] * 2
        assert first.traceback
        assert second.traceback


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"on_interrupt": "stop"}, "one of leave, cancel, detach"),
        ({"on_interrupt": "detach"}, "needs a session_file"),
    ],
)
def test_what_cannot_be_chosen(options: dict[str, str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Client("localhost", **options)  # type: ignore[arg-type] # that is the test


def test_a_script_that_is_interrupted_detaches_and_another_has_the_result(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    script = f"""
import os, sys, threading, time
import mailroom
sys.path.append({str(Path(__file__).parent)!r})
from waits import waits
rests = waits("wait")
def tell():
    seen = 0
    while seen < 3:
        time.sleep(0.1)
        seen = seen + 1 if rests() else 0
    print(mapped.uuids[0], flush=True)
def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.01)
client = mailroom.Client({cluster.address!r}, session_file="session", on_interrupt="detach")
mapped = client.map(wait_for, ["/", {str(tmp_path / "stop")!r}])
mapped.futures[0].result()
threading.Thread(target=tell).start()
mapped.result()
"""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("MAILROOM_KEYS", str(cluster.keys))
        process = owner(tmp_path, "", script)
        uuid = line(process)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGINT
    assert said.splitlines()[-1].startswith("KeyboardInterrupt: the map wait_for goes on at the broker")
    (tmp_path / "stop").touch()
    with Client.resume(tmp_path / "session") as later:
        assert later.map_of(uuid).result(PATIENCE) == [None, None]


def test_a_timeout_and_a_cancelled_future_are_no_interrupts(cluster: LocalCluster, stop: str) -> None:
    with cluster.client(on_interrupt="cancel") as client:
        future = client.submit(work, stop)
        with pytest.raises(concurrent.futures.TimeoutError):
            future.result(0.05)
        assert not future.done()
        future.cancel()
        with pytest.raises(concurrent.futures.CancelledError):
            future.result(PATIENCE)
