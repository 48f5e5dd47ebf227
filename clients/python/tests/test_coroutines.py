"""Tasks that are coroutines: they await the runtime's futures, and what asyncio awaits, on both loops."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import mailroom
from mailroom import LocalCluster
from peer import PATIENCE
from processes import until
from real import BIN, needed

pytestmark = [needed, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=["python", "bqskit"])
def cluster(request: pytest.FixtureRequest) -> Iterator[LocalCluster]:
    if request.param == "bqskit":
        pytest.importorskip("bqskit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILROOM_BIN", str(BIN))
        with LocalCluster(1, runtime=request.param) as cluster:
            yield cluster


@pytest.fixture
def executor(cluster: LocalCluster) -> Iterator[mailroom.Executor]:
    with mailroom.Executor(cluster.address) as executor:
        yield executor
        assert executor.submit(abs, -1).result(PATIENCE) == 1


async def nothing() -> int:
    return 1


async def sleeps() -> int:
    await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    return 2


async def gathers() -> list[int]:
    return await asyncio.gather(asyncio.sleep(0.02, 3), asyncio.create_task(asyncio.sleep(0.01, 4)))


async def in_a_thread() -> int:
    assert asyncio.current_task() is not None
    return await asyncio.to_thread(abs, -5)


async def in_time() -> int:
    return await asyncio.wait_for(asyncio.sleep(0.01, 6), 10)


async def subprocess() -> int:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(7)", stdout=-1)
    said, _ = await process.communicate()
    return int(said)


async def leaves_something() -> int:
    global left
    left = asyncio.create_task(asyncio.sleep(600))
    await asyncio.sleep(0)
    return 8


async def generates() -> int:
    async def numbers() -> Any:
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    return sum([number async for number in numbers()]) + 6


async def has_messages() -> int:
    queue: asyncio.Queue[int] = asyncio.Queue()
    asyncio.get_running_loop().call_later(0.01, queue.put_nowait, 10)
    return await queue.get()


@pytest.mark.parametrize(
    ("task", "value"),
    [
        (nothing, 1),
        (sleeps, 2),
        (gathers, [3, 4]),
        (in_a_thread, 5),
        (in_time, 6),
        (subprocess, 7),
        (leaves_something, 8),
        (generates, 9),
        (has_messages, 10),
    ],
)
def test_what_asyncio_awaits(task: Any, value: object, executor: mailroom.Executor) -> None:
    assert executor.submit(task).result(PATIENCE) == value
    assert list(executor.map(lambda _: task(), range(2))) == [value] * 2


async def both() -> tuple[list[int], int, str]:
    from mailroom.worker import get_runtime

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("set")
    first = await get_runtime().map(abs, [-1, -2])
    await asyncio.sleep(0.01)
    try:
        await get_runtime().submit(divmod, 1, 0)
    except ZeroDivisionError:
        await asyncio.sleep(0.01)
    return first, await get_runtime().submit(sleeps), variable.get()


def test_both_kinds_of_futures(executor: mailroom.Executor) -> None:
    futures = [executor.submit(both) for _ in range(5)]
    assert [future.result(PATIENCE) for future in futures] == [([1, 2], 2, "set")] * 5


async def late() -> None:
    await asyncio.wait_for(asyncio.sleep(600), 0.01)


async def fails_behind_a_sleep() -> None:
    await asyncio.sleep(0.01)
    raise KeyError("here")


async def fails_in_the_end() -> None:
    try:
        await asyncio.sleep(0.01)
    finally:
        await asyncio.sleep(0.01)
        raise KeyError("there")


async def awaits_what_nobody_can() -> None:
    class Odd:
        def __await__(self) -> Any:
            return (yield self)

    await Odd()


async def gathers_futures_of_the_runtime() -> None:
    from mailroom.worker import get_runtime

    await asyncio.gather(get_runtime().submit(abs, -1), asyncio.sleep(0))


@pytest.mark.parametrize(
    ("task", "error", "text"),
    [
        (gathers_futures_of_the_runtime, RuntimeError, "by the task itself, not by one of asyncio's"),
        (late, asyncio.TimeoutError, "^$"),
        (fails_behind_a_sleep, KeyError, "here"),
        (fails_in_the_end, KeyError, "there"),
        (awaits_what_nobody_can, RuntimeError, "only await"),
    ],
)
def test_errors(task: Any, error: type[Exception], text: str, executor: mailroom.Executor) -> None:
    with pytest.raises(error, match=text):
        executor.submit(task).result(PATIENCE)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="they came with Python 3.11")
def test_timeouts_and_groups(executor: mailroom.Executor) -> None:
    async def in_time() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(600)
        except TimeoutError:
            async with asyncio.timeout(600):
                await asyncio.sleep(0.01)
            return "late"
        return "never"

    async def group() -> list[int]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(asyncio.sleep(0.01, number)) for number in range(3)]
        return [task.result() for task in tasks]

    async def group_that_fails() -> None:
        async def fail() -> None:
            raise KeyError("one of them")

        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            await asyncio.sleep(600)

    assert executor.submit(in_time).result(PATIENCE) == "late"
    assert executor.submit(group).result(PATIENCE) == [0, 1, 2]
    with pytest.raises(ExceptionGroup, match="unhandled errors") as raised:  # noqa: F821
        executor.submit(group_that_fails).result(PATIENCE)
    assert isinstance(raised.value.exceptions[0], KeyError)


def threads_and_files() -> tuple[int, int]:
    import os

    return threading.active_count(), len(os.listdir("/proc/self/fd"))


def test_nothing_is_left_of_it(executor: mailroom.Executor) -> None:
    tasks = (in_a_thread, leaves_something, sleeps, subprocess, nothing)

    def left() -> tuple[int, int]:
        for task in tasks:
            executor.submit(task).result(PATIENCE)
        return executor.submit(threads_and_files).result(PATIENCE)

    before = left()
    until(lambda: all(now <= then for now, then in zip(left(), before, strict=True)), "it is as before")


async def forks() -> int:
    import os

    if os.fork() == 0:
        from mailroom.worker import coroutines

        try:
            asyncio._set_running_loop(None)
            own = asyncio.run(in_a_thread()) == 5 and not coroutines._free
        finally:
            os._exit(0 if own else 1)
    return os.waitstatus_to_exitcode(os.wait()[1])


def test_a_forked_child_leaves_its_parent_s_loops(executor: mailroom.Executor) -> None:
    for _ in range(2):
        executor.submit(nothing).result(PATIENCE)
        assert executor.submit(forks).result(PATIENCE) == 0
        assert executor.submit(in_a_thread).result(PATIENCE) == 5


def test_the_runtime_bqskit_says_what_it_has_not(cluster: LocalCluster) -> None:
    if cluster.runtime != "bqskit":
        pytest.skip("the other one")
    with cluster.client() as client, pytest.raises(RuntimeError, match="runtime bqskit has no event loop"):
        client.options(runtime="bqskit").submit(has_messages).result(PATIENCE)
