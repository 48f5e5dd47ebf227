"""The executor does what ProcessPoolExecutor does: each of these tests runs with both."""

from __future__ import annotations

import concurrent.futures
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mailroom_peer import wire

import mailroom
from broker import Broker
from peer import PATIENCE

Make = Callable[[], concurrent.futures.Executor]


@pytest.fixture(params=["mailroom", "processes"])
def make(request: pytest.FixtureRequest, broker: Broker) -> Make:
    if request.param == "mailroom":
        return lambda: mailroom.Executor(broker.address)
    return lambda: concurrent.futures.ProcessPoolExecutor(1)


def test_submit_map_and_their_errors(make: Make) -> None:
    with make() as executor:
        assert executor.submit(pow, 2, exp=10).result(PATIENCE) == 1024
        assert list(executor.map(pow, [1, 2, 3], [2, 2])) == [1, 4]
        assert list(executor.map(pow, [1, 2, 3], [2, 2, 2], chunksize=2)) == [1, 4, 9]
        values = executor.map(divmod, [1, 1, 1], [1, 0, 1], timeout=PATIENCE)
        assert next(values) == (1, 0)
        with pytest.raises(ZeroDivisionError) as raised:
            next(values)
        assert "Traceback" in str(raised.value.__cause__)


def test_the_functions_of_concurrent_futures_take_its_futures(make: Make) -> None:
    with make() as executor:
        futures = [executor.submit(abs, -number) for number in range(5)]
        assert {future.result() for future in concurrent.futures.as_completed(futures, PATIENCE)} == set(
            range(5)
        )
        assert concurrent.futures.wait(futures, PATIENCE).done == set(futures)


def test_after_shutdown_nothing_is_taken(make: Make) -> None:
    executor = make()
    future = executor.submit(abs, -1)
    executor.shutdown()
    assert future.done()
    with pytest.raises(RuntimeError, match="shutdown"):
        executor.submit(abs, -1)
    with pytest.raises(RuntimeError, match="shutdown"):
        executor.map(abs, [1])
    executor.shutdown()


def test_wrong_chunks_are_refused(make: Make) -> None:
    with make() as executor, pytest.raises(ValueError, match="chunksize"):
        executor.map(abs, [1], chunksize=0)


def test_a_map_that_is_late_raises_and_is_cancelled(broker: Broker) -> None:
    with mailroom.Executor(broker.address) as executor:
        broker.hold = True
        values = executor.map(abs, [1, 2], timeout=0.01)
        with pytest.raises(concurrent.futures.TimeoutError):
            next(values)
        broker.wait(lambda: broker.kinds(wire.Cancel))


def test_shutdown_can_cancel_what_is_under_way(broker: Broker) -> None:
    executor = mailroom.Executor(broker.address)
    broker.hold = True
    future = executor.submit(abs, -1)
    executor.shutdown(cancel_futures=True)
    assert future.cancelled()
    assert broker.kinds(wire.Disconnect)


def test_shutdown_without_waiting_ends_the_session_when_all_is_done(broker: Broker) -> None:
    executor = mailroom.Executor(broker.address)
    broker.hold = True
    future = executor.submit(abs, -1)
    executor.shutdown(wait=False)
    assert not future.done()
    assert not broker.kinds(wire.Disconnect)
    broker.release()
    assert future.result(PATIENCE) == 1
    broker.wait(lambda: broker.kinds(wire.Disconnect))


def test_a_client_of_the_user_s_stays_open(broker: Broker) -> None:
    with mailroom.Client(broker.address) as client:
        with mailroom.Executor(client=client) as executor:
            assert executor.submit(abs, -1).result(PATIENCE) == 1
        assert client.submit(abs, -2).result(PATIENCE) == 2


def test_the_interpreter_ends_when_what_was_submitted_is_done(broker: Broker) -> None:
    script = f"""
import mailroom.client
mailroom.client._GOODBYE_S = {PATIENCE}
executor = mailroom.Executor({broker.address!r})
executor.submit(abs, -1).add_done_callback(lambda future: print("got", future.result(), flush=True))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", script], check=True, timeout=PATIENCE, env=environment, capture_output=True
    )
    assert ran.stdout == b"got 1\n"
    assert broker.kinds(wire.Disconnect)


def test_a_number_is_no_address() -> None:
    with pytest.raises(TypeError, match=r"not 4.*LocalCluster\(4\)"):
        mailroom.Executor(4)  # type: ignore[arg-type] # that is the test
    with pytest.raises(TypeError, match="a broker is a text, not 4"):
        mailroom.Client(4)  # type: ignore[arg-type] # the same


def test_results_stay_at_the_broker_only_with_a_session_file(broker: Broker, tmp_path: Path) -> None:
    for options, keeps in (
        ({}, False),
        ({"session_file": tmp_path / "session"}, True),
        ({"session_file": tmp_path / "other", "keep": False}, False),
        ({"keep": True}, True),
    ):
        with mailroom.Executor(broker.address, **options) as executor:
            assert executor.submit(abs, -1).result(PATIENCE) == 1
        flags = broker.kinds(wire.Submit)[-1].task.flags
        assert bool(flags & wire.Flag.KEEP) == keeps


def test_an_item_that_is_too_large_fails_alone(broker: Broker) -> None:
    broker.max_body = 10_000
    with mailroom.Executor(broker.address) as executor:
        values = executor.map(len, [b"1", b"2", bytes(20_000), b"4"])
        assert [next(values), next(values)] == [1, 1]
        with pytest.raises(mailroom.TooLarge):
            next(values)
        with pytest.raises(mailroom.TooLarge):
            executor.submit(len, bytes(20_000)).result(PATIENCE)


def test_running_never_raises(broker: Broker) -> None:
    executor = mailroom.Executor(broker.address)
    broker.hold = True
    future = executor.submit(abs, -1)
    assert not future.running()
    executor._client.close()
    assert not future.running()
    with mailroom.Client(broker.address) as client:
        future = client.submit(abs, -1)
        child = os.fork()
        if child == 0:
            try:
                os._exit(int(future.running()))
            finally:
                os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_shutdown_that_would_wait_for_itself_is_refused(broker: Broker) -> None:
    executor = mailroom.Executor(broker.address)
    broker.hold = True
    first, second = executor.submit(abs, -1), executor.submit(abs, -2)
    raised: list[BaseException] = []

    def shut(_: object) -> None:
        try:
            executor.shutdown()
        except RuntimeError as error:
            raised.append(error)
            executor.shutdown(wait=False, cancel_futures=True)

    first.add_done_callback(shut)
    broker.wait(lambda: len(broker.held) == 2)
    broker.do(lambda: broker._run_root(broker.held[0]))
    assert first.result(PATIENCE) == 1
    with pytest.raises(concurrent.futures.CancelledError):
        second.result(PATIENCE)
    assert "callback" in str(raised[0])


@pytest.mark.parametrize("option", ["mp_context", "max_tasks_per_child", "thread_name_prefix"])
def test_what_only_others_take_is_named(broker: Broker, option: str) -> None:
    with pytest.raises(TypeError, match=rf"Executor takes no {option}: .*LocalCluster.*Leave it out"):
        mailroom.Executor(broker.address, **{option: None})


@pytest.mark.parametrize("what", ["future", "map", "executor", "method", "client", "options"])
def test_what_stays_here_says_so(broker: Broker, what: str) -> None:
    with mailroom.Executor(broker.address) as executor, mailroom.Client(broker.address) as client:

        def submit() -> BaseException | None:
            options = client.options(name="other")
            held: Any = {"client": client, "options": options.submit}.get(what, executor.submit)
            if what not in ("future", "map"):
                fn: Any = abs if what == "executor" else lambda _: held
                return executor.submit(fn, executor if what == "executor" else 1).exception(PATIENCE)
            try:
                pickle.dumps(client.submit(abs, -1) if what == "future" else client.map(abs, [1]))
            except TypeError as error:
                return error
            return None

        error = submit()
        assert isinstance(error, TypeError)
        assert "cannot go to a worker" in str(error)
        assert ("get_runtime()" in str(error)) == (what not in ("future", "map"))
