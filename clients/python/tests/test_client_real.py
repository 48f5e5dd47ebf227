"""The client against the real broker, with Python workers and a plain program behind real shims."""

from __future__ import annotations

import concurrent.futures
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mailroom
from mailroom import Client, State
from peer import PATIENCE, Proxy
from real import Programs, needed

pytestmark = needed

PLAIN = 'read line; [ "$line" = fail ] && { echo out of luck >&2; exit 3; }; echo "$line" | tr a-z A-Z'


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    programs = Programs(tmp_path_factory.mktemp("programs"))
    try:
        yield programs.start_broker(programs.start_python(2), programs.start_plain(PLAIN))[1]
    finally:
        programs.stop()


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    with Client(f"127.0.0.1:{port}") as client:
        yield client


def until(condition: Callable[[], object]) -> None:
    """For what the broker only tells when asked."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def sleep_until(file: str) -> str:
    import os
    import time

    while not os.path.exists(file):
        time.sleep(0.01)
    return file


def test_calls_run_in_other_processes(client: Client) -> None:
    assert client.submit(pow, 2, 10).result(PATIENCE) == 1024
    assert client.submit(os.getpid).result(PATIENCE) != os.getpid()


def test_an_exception_comes_back_with_the_traceback_of_the_worker(client: Client) -> None:
    def divide(number: int) -> float:
        return 1 / number

    with pytest.raises(ZeroDivisionError) as raised:
        client.submit(divide, 0).result(PATIENCE)
    assert "in divide" in str(raised.value.__cause__)


def test_a_map_runs_all_its_tasks_and_one_may_fail(client: Client) -> None:
    mapped = client.map(lambda number: 1000 // number, range(500))
    assert isinstance(mapped.futures[0].exception(PATIENCE), ZeroDivisionError)
    assert [future.result(PATIENCE) for future in mapped.futures[1:]] == [1000 // n for n in range(1, 500)]
    assert client.status(mapped.uuids[0], PATIENCE).failed == 1


def test_large_bodies_go_and_come(client: Client) -> None:
    body = os.urandom(3_000_000)
    assert client.submit(lambda data: data + b"!", body).result(PATIENCE) == body + b"!"


def test_a_plain_program_reads_and_writes_bytes(client: Client) -> None:
    assert client.submit_bytes(b"abc\n").result(PATIENCE) == b"ABC\n"
    with pytest.raises(mailroom.TaskFailed, match="out of luck"):
        client.submit_bytes(b"fail\n").result(PATIENCE)


def test_status_says_where_a_task_is(client: Client, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    future = client.submit(sleep_until, str(stop))
    until(future.running)
    status = client.status(future, PATIENCE)
    assert (status.state, status.total, status.running) == (State.RUNNING, 1, 1)
    assert status.manager
    stop.touch()
    assert future.result(PATIENCE) == str(stop)
    assert client.status(uuid.uuid4(), PATIENCE).state is State.UNKNOWN


def test_a_task_that_nobody_can_run_waits_and_says_why(client: Client) -> None:
    future = client.options(runtime="fortran").submit_bytes(b"")
    status = client.status(future, PATIENCE)
    assert status.state is State.QUEUED
    assert "runtime" in (status.why or "")
    assert client.cancel(future, PATIENCE) is State.QUEUED
    assert future.cancelled()


def test_what_is_queued_is_cancelled_and_the_rest_goes_on(client: Client, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    blocking = [client.submit(sleep_until, str(stop)) for _ in range(2)]
    until(lambda: all(future.running() for future in blocking))
    waiting = client.map(abs, range(10))
    assert waiting.cancel()
    assert client.status(waiting.uuids[0], PATIENCE).state is State.CANCELLED
    stop.touch()
    assert [future.result(PATIENCE) for future in blocking] == [str(stop)] * 2
    assert client.submit(abs, -1).result(PATIENCE) == 1


def test_logs_arrive_before_the_result(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    def work() -> None:
        logging.getLogger("mine").warning("half %s", "way")

    client.submit(work).result(PATIENCE)
    assert ("mine", logging.WARNING, "half way") in caplog.record_tuples


def test_a_task_that_kills_each_worker_fails_alone(client: Client) -> None:
    with pytest.raises(mailroom.TooManyAttempts, match="exited with status 3"):
        client.submit(os._exit, 3).result(PATIENCE)
    assert client.submit(abs, -1).result(PATIENCE) == 1


def test_modules_are_found_by_import_paths(port: int, tmp_path: Path) -> None:
    (tmp_path / "only_here.py").write_text("def double(x):\n    return 2 * x\n")

    def work(number: int) -> int:
        import only_here  # type: ignore[import-not-found]

        return int(only_here.double(number))

    with Client(f"127.0.0.1:{port}", paths=[str(tmp_path)]) as client:
        assert client.submit(work, 21).result(PATIENCE) == 42


def test_results_wait_until_they_are_asked_for(client: Client) -> None:
    single = client.options(deliver=False).submit(abs, -5)
    mapped = client.options(deliver=False).map(abs, [-1, -2])
    until(lambda: client.status(mapped.uuids[0], PATIENCE).done == 2)
    assert not any(future.done() for future in (single, *mapped.futures))
    assert single.result(PATIENCE) == 5
    assert mapped.result(PATIENCE) == [1, 2]
    client.release(single.uuid)
    with pytest.raises(mailroom.UnknownTask):
        client.result(single.uuid, PATIENCE)


def test_another_session_s_task_is_not_ours(client: Client, port: int) -> None:
    future = client.submit(abs, -1)
    client.status(future, PATIENCE)  # the broker has it
    with Client(f"127.0.0.1:{port}") as other:
        with pytest.raises(mailroom.NotOwner):
            other.result(future.uuid, PATIENCE)
        assert other.status(future.uuid, PATIENCE).total == 1  # on the broker's host everybody is an admin
    assert future.result(PATIENCE) == 1


def test_a_task_that_an_admin_cancels(client: Client, port: int) -> None:
    future = client.submit(time.sleep, 60)
    client.status(future, PATIENCE)  # the broker has it
    with Client(f"127.0.0.1:{port}", name="desk") as other:
        other.cancel(future.uuid, PATIENCE)
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(PATIENCE)


def test_ten_clients_at_once(port: int) -> None:
    def use(number: int) -> list[int]:
        with Client(f"127.0.0.1:{port}") as client:
            return client.map(abs, range(number, number + 50)).result(PATIENCE)

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        assert list(pool.map(use, range(10))) == [list(range(n, n + 50)) for n in range(10)]


def test_the_executor_runs_code_for_processes(port: int) -> None:
    with mailroom.Executor(f"127.0.0.1:{port}") as executor:
        futures = {executor.submit(pow, number, 2): number for number in range(20)}
        for future in concurrent.futures.as_completed(futures, PATIENCE):
            assert future.result() == futures[future] ** 2
        assert list(executor.map(divmod, range(10), [3] * 10, chunksize=4)) == [
            divmod(n, 3) for n in range(10)
        ]


def test_cut_connections_lose_and_repeat_no_task(port: int) -> None:
    proxy = Proxy(port)
    with Client(proxy.address) as client:
        session_cut = threading.Thread(target=lambda: [proxy.cut(after=4_000) for _ in range(5)])
        session_cut.start()
        futures = [client.submit(lambda n, pad: n, number, bytes(300)) for number in range(300)]
        mapped = client.map(lambda n, pad: n, range(300), [bytes(300)] * 300)
        assert [future.result(PATIENCE) for future in futures] == list(range(300))
        assert mapped.result(PATIENCE) == list(range(300))
        while session_cut.is_alive():
            client.submit(bytes, 5_000).result(PATIENCE)
        assert client.submit(abs, -1).result(PATIENCE) == 1
        assert client._mail.over is None
    proxy.close()
    assert proxy.accepted > 5


def test_a_broker_that_is_started_anew(tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    shim = programs.start_python(1)
    broker, port = programs.start_broker(shim)
    client = Client(f"127.0.0.1:{port}")
    try:
        stop = tmp_path / "stop"
        future = client.submit(sleep_until, str(stop))
        until(future.running)
        broker.terminate()
        assert broker.wait(PATIENCE) == 0
        with pytest.raises(TimeoutError):
            future.result(0.01)
        programs.start_broker(shim, port=port)
        stop.touch()
        assert future.result(PATIENCE) == str(stop)
        assert client.submit(abs, -2).result(PATIENCE) == 2
    finally:
        client.close()
        programs.stop()
