"""What users of concurrent.futures rely on, at real workers: ProcessPoolExecutor does each of it too."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import decimal
import functools
import gc
import itertools
import multiprocessing
import os
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mailroom
from mailroom import LocalCluster
from peer import PATIENCE
from pool_tasks import Make, raise_for, same, wait_for
from processes import until
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]


class Unpicklable:
    def __reduce__(self) -> Any:
        raise ValueError("not this one")


def touch(file: str, ready: str) -> None:
    Path(file).touch()
    wait_for(ready)


_state = "none"


def set_state(state: str, folder: str) -> None:
    global _state
    _state = state
    os.environ["STATE"] = state
    Path(folder, f"{os.getpid()}-{time.monotonic_ns()}").touch()


def get_state(_: int) -> tuple[str, str | None]:
    return _state, os.environ.get("STATE")


_variable = contextvars.ContextVar("_variable", default="not set")


def set_context() -> None:
    decimal.getcontext().prec = 5
    _variable.set("set")


def get_context(_: int) -> tuple[int, str]:
    return decimal.getcontext().prec, _variable.get()


def test_what_cannot_be_pickled_is_the_future_s_error(make: Make) -> None:
    with make() as executor:
        bad = executor.submit(same, Unpicklable())
        assert executor.submit(same, 1).result(PATIENCE) == 1
        with pytest.raises(ValueError, match="not this one"):
            bad.result(PATIENCE)
        assert not bad.cancel()
        assert not bad.running()
        assert concurrent.futures.wait([bad], PATIENCE).done == {bad}
        seen: list[object] = []
        bad.add_done_callback(seen.append)
        assert seen == [bad]


def test_one_bad_item_does_not_stop_a_map(make: Make) -> None:
    with make() as executor:
        values = executor.map(same, [1, 2, Unpicklable(), 4])
        assert [next(values), next(values)] == [1, 2]
        with pytest.raises(ValueError, match="not this one"):
            next(values)


def test_shutdown_lets_what_runs_finish(make: Make, tmp_path: Path) -> None:
    ready = str(tmp_path / "ready")
    executor = make()
    files = [str(tmp_path / str(number)) for number in range(50)]
    futures = [executor.submit(touch, file, ready) for file in files]
    until(lambda: all(map(os.path.exists, files[:2])), "two run")

    def go_on() -> None:
        until(futures[-1].cancelled, "what has not begun is cancelled")
        if isinstance(executor, mailroom.Executor):
            executor._pool._client.tasks(PATIENCE)  # the broker has the cancels, which it got before
        Path(ready).touch()

    thread = threading.Thread(target=go_on)
    thread.start()
    executor.shutdown(cancel_futures=True)
    thread.join()
    assert all(future.done() for future in futures)
    cancelled = [future for future in futures if future.cancelled()]
    assert len(cancelled) > 40
    assert not futures[0].cancelled()
    assert [future.exception() for future in futures if not future.cancelled()].count(None) == 50 - len(
        cancelled
    )
    assert not any(
        os.path.exists(file) for file, future in zip(files, futures, strict=True) if future.cancelled()
    )


def test_a_killed_worker_has_the_name_of_the_standard_library(make: Make) -> None:
    with make() as executor:
        error = executor.submit(os._exit, 1).exception(PATIENCE)
        assert isinstance(error, concurrent.futures.BrokenExecutor)
        assert isinstance(error, concurrent.futures.process.BrokenProcessPool)


def test_an_initializer_runs_once_for_each_worker(make: Make, tmp_path: Path) -> None:
    with make(initializer=set_state, initargs=("set", str(tmp_path))) as executor:
        assert set(executor.map(get_state, range(40))) == {("set", "set")}
        assert executor.submit(get_state, 1).result(PATIENCE) == ("set", "set")
    pids = [name.name.split("-")[0] for name in tmp_path.iterdir()]
    assert 0 < len(pids) == len(set(pids))


def test_an_initializer_sets_context_variables(make: Make) -> None:
    with make(initializer=set_context) as executor, make() as other:
        assert set(executor.map(get_context, range(40))) == {(5, "set")}
        assert set(other.map(get_context, range(40))) == {(decimal.getcontext().prec, "not set")}
        assert set(executor.map(get_context, range(8), chunksize=2)) == {(5, "set")}


def test_an_initializer_that_fails_breaks_the_executor(make: Make) -> None:
    executor = make(initializer=divmod, initargs=(1, 0))
    with executor:
        future = executor.submit(same, 1)
        with pytest.raises(concurrent.futures.BrokenExecutor):
            future.result(PATIENCE)
        until(lambda: _is_broken(executor), "it takes nothing any more")
        with pytest.raises(concurrent.futures.BrokenExecutor):
            executor.map(same, [1])


def _is_broken(executor: concurrent.futures.Executor) -> bool:
    try:
        executor.submit(same, 1)
    except concurrent.futures.BrokenExecutor:
        return True
    return False


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"initializer": 5}, TypeError, "callable"),
        ({"max_workers": 0}, ValueError, "max_workers must be greater than 0"),
        ({"max_workers": -1}, ValueError, "max_workers must be greater than 0"),
    ],
)
def test_what_no_executor_takes(
    options: dict[str, Any], kind: type[Exception], text: str, cluster: LocalCluster
) -> None:
    for make in (
        concurrent.futures.ProcessPoolExecutor,
        functools.partial(mailroom.Executor, cluster.address),
    ):
        with pytest.raises(kind, match=text):
            make(**options)


def test_a_dropped_executor_leaves_no_thread(make: Make) -> None:
    before = set(threading.enumerate())
    executor = make()
    future = executor.submit(same, 5)
    gone = weakref.ref(executor)
    del executor
    assert future.result(PATIENCE) == 5
    until(lambda: gc.collect() is not None and gone() is None, "it is collected")
    until(lambda: set(threading.enumerate()) <= before, f"{threading.enumerate()}")


def test_a_dropped_executor_leaves_no_session(cluster: LocalCluster) -> None:
    with cluster.client() as watcher:
        before = len(watcher.clients(PATIENCE))
        futures = [mailroom.Executor(cluster.address).submit(same, number) for number in range(3)]
        assert [future.result(PATIENCE) for future in futures] == [0, 1, 2]
        until(lambda: len(watcher.clients(PATIENCE)) <= before, "their sessions are over")


def test_a_map_may_be_bounded(make: Make) -> None:
    if sys.version_info < (3, 14) and make.func is not mailroom.Executor:  # type: ignore[attr-defined]
        pytest.skip("it came with Python 3.14")
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    with make() as executor:
        values = executor.map(same, numbers(), buffersize=4)
        assert len(taken) == 4
        assert [next(values) for _ in range(3)] == [0, 1, 2]
        assert len(taken) == 7
        values.close()  # type: ignore[attr-defined]
        assert list(executor.map(pow, range(5), [2] * 5, buffersize=2, chunksize=2)) == [0, 1, 4, 9, 16]
        assert list(executor.map(same, [], buffersize=1)) == []
        for wrong, kind in ((0, ValueError), (-1, ValueError), (1.5, TypeError), ("1", TypeError)):
            with pytest.raises(kind, match="buffersize"):
                executor.map(same, [1], buffersize=wrong)


def test_a_map_ends_with_the_first_error(make: Make) -> None:
    with make() as executor:
        for chunksize in (1, 2, 100):
            values = executor.map(raise_for, range(6), chunksize=chunksize)
            with pytest.raises(KeyError):
                list(values)


def test_a_map_holds_no_value_that_was_taken(make: Make) -> None:
    with make() as executor:
        for value in executor.map(set, [[1]] * 4):
            there = weakref.ref(value)
            del value
            until(lambda there=there: there() is None, "the thread that brought it has let it go")


def test_a_map_takes_the_shortest(make: Make) -> None:
    with make() as executor:
        assert list(executor.map(pow, itertools.repeat(2), range(5), chunksize=3)) == [1, 2, 4, 8, 16]
        assert list(executor.map(same, [])) == []
        with pytest.raises(TypeError):
            executor.map(same, 5)  # type: ignore[arg-type] # that is the test


def test_a_submit_takes_any_names(make: Make) -> None:
    with make() as executor:
        assert executor.submit(dict, fn=1, self=2).result(PATIENCE) == {"fn": 1, "self": 2}
        with pytest.raises(TypeError):
            executor.submit(fn=same, arg=1)  # type: ignore[call-arg] # that is the test
        with pytest.raises(TypeError):
            executor.submit()  # type: ignore[call-arg] # that is the test


def test_many_threads_submit(make: Make) -> None:
    results: list[int] = []
    with make() as executor:

        def use(number: int) -> None:
            results.append(executor.submit(same, number).result(PATIENCE))

        threads = [threading.Thread(target=use, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert sorted(results) == list(range(30))


def test_wait_for_the_first_error_and_the_first_one(make: Make, tmp_path: Path) -> None:
    ready = str(tmp_path / "ready")
    with make() as executor:
        late = executor.submit(wait_for, ready)
        bad = executor.submit(raise_for, 3)
        for when in (concurrent.futures.FIRST_EXCEPTION, concurrent.futures.FIRST_COMPLETED):
            done, pending = concurrent.futures.wait([late, bad], PATIENCE, return_when=when)
            assert (done, pending) == ({bad}, {late})
        with pytest.raises(concurrent.futures.TimeoutError):
            list(concurrent.futures.as_completed([late], 0.01))
        Path(ready).touch()
        assert {*concurrent.futures.as_completed([late, bad, late], PATIENCE)} == {late, bad}


def test_a_callback_that_raises_is_logged(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    with make() as executor:
        future = executor.submit(time.sleep, 0.1)
        future.add_done_callback(lambda _: 1 / 0)
        called = threading.Event()
        future.add_done_callback(lambda _: called.set())
        assert called.wait(PATIENCE)
        assert executor.submit(same, 1).result(PATIENCE) == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_shutdown_in_threads_and_twice(cluster: LocalCluster) -> None:
    executor = mailroom.Executor(cluster.address)
    future = executor.submit(same, 1)
    threads = [threading.Thread(target=executor.shutdown) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert future.result(0) == 1
    executor.shutdown(wait=False, cancel_futures=True)


def test_how_many_workers_there_are(cluster: LocalCluster) -> None:
    with mailroom.Executor(cluster.address) as executor:
        assert (executor.workers, executor._max_workers) == (2, 2)
    with mailroom.Executor(cluster.address, max_workers=7) as executor:
        assert (executor.workers, executor._max_workers) == (2, 7)
        assert executor.submit(same, 1).result(PATIENCE) == 1


async def twice(value: int) -> int:
    from mailroom.worker import get_runtime

    return sum(await get_runtime().map(same, [value, value]))


def test_a_coroutine_function_is_awaited(cluster: LocalCluster, tmp_path: Path) -> None:
    with mailroom.Executor(cluster.address) as executor:
        assert executor.submit(twice, 4).result(PATIENCE) == 8
        assert list(executor.map(twice, range(5), chunksize=2)) == [0, 2, 4, 6, 8]
    initial = ("x", str(tmp_path))
    with mailroom.Executor(cluster.address, initializer=set_state, initargs=initial) as executor:
        assert executor.submit(twice, 4).result(PATIENCE) == 8


def test_asyncio_waits_for_futures(cluster: LocalCluster, tmp_path: Path) -> None:
    ready = str(tmp_path / "ready")

    async def wait(executor: mailroom.Executor) -> list[object]:
        late, soon = executor.submit(wait_for, ready), executor.submit(same, 1)
        done, pending = await asyncio.wait([late, soon], return_when=asyncio.FIRST_COMPLETED)
        assert (done, pending) == ({soon}, {late})
        done, pending = await asyncio.wait([late], timeout=0.1)
        assert (done, pending) == (set(), {late})
        Path(ready).touch()
        done, pending = await asyncio.wait([late, soon], timeout=PATIENCE)
        assert (done, pending) == ({late, soon}, set())
        wrapped = await asyncio.wrap_future(executor.submit(same, 2))
        first = next(iter(asyncio.as_completed([executor.submit(same, 3)])))
        in_loop = asyncio.get_running_loop().run_in_executor(executor, same, 4)
        values = await asyncio.gather(wrapped_value(wrapped), first, in_loop, executor.submit(same, 5))
        return [soon.result(), *values, await asyncio.wait_for(executor.submit(same, 6), PATIENCE)]

    async def wrapped_value(value: object) -> object:
        return value

    with mailroom.Executor(cluster.address) as executor:
        assert asyncio.run(wait(executor)) == [1, 2, 3, 4, 5, 6]


def append(shared: Any, value: int) -> None:
    shared.append(value)


def test_proxies_of_a_manager_work(make: Make) -> None:
    with multiprocessing.Manager() as manager, make() as executor:
        shared, lock = manager.list(), manager.Lock()
        list(executor.map(append, [shared] * 10, range(10)))
        assert sorted(shared) == list(range(10))
        assert executor.submit(lock.acquire).result(PATIENCE)
        assert not executor.submit(lock.acquire, False).result(PATIENCE)


def stop(_: int) -> None:
    raise StopIteration("here")


def test_a_map_of_a_client_raises_stop_iteration_itself(cluster: LocalCluster) -> None:
    with cluster.client() as client:
        mapped = client.map(stop, range(2))
        with pytest.raises(StopIteration, match="here"):
            mapped.result(PATIENCE)
        with pytest.raises(RuntimeError, match="StopIteration"):  # what iterates lets none out
            list(mapped)
