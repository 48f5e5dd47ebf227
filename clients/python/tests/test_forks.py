"""A forked child has nothing of its parent's connections, and is told so; the parent goes on."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import mailroom
from broker import Broker
from mailroom.errors import ForkError
from peer import PATIENCE

pytestmark = pytest.mark.timeout(300)


def forked(do: Callable[[], object]) -> str:
    """What a child says that does this, or how it was raised."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            try:
                said = repr(do())
            except BaseException:
                said = traceback.format_exc()
            os.write(writes, said.encode()[-4000:])
        finally:
            os._exit(0)
    os.close(writes)
    watch = threading.Timer(PATIENCE, os.kill, (child, 9))
    watch.start()
    with os.fdopen(reads) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    watch.cancel()
    return said or "it hung"


@pytest.fixture
def under_way(broker: Broker) -> Iterator[tuple[mailroom.Client, Any, Any]]:
    """A client, and a future and a map that are not done until the broker lets them be."""
    broker.hold = True
    with mailroom.Client(broker.address) as client:
        future, squares = client.submit(abs, -1), client.map(abs, [-1, -2])
        broker.wait(lambda: len(broker.held) == 3)
        yield client, future, squares
        broker.release()
        assert future.result(PATIENCE) == 1
        assert squares.result(PATIENCE) == [1, 2]
        assert client.submit(abs, -3).result(PATIENCE) == 3


WAITS: dict[str, Callable[[mailroom.Client, Any, Any], object]] = {
    "result": lambda client, future, squares: future.result(),
    "exception": lambda client, future, squares: future.exception().args,
    "raises": lambda client, future, squares: (_ for _ in ()).throw(future.exception()),
    "wait": lambda client, future, squares: [
        one.result() for one in concurrent.futures.wait([future, *squares.futures]).done
    ],
    "as_completed": lambda client, future, squares: [
        one.result() for one in concurrent.futures.as_completed([future, *squares.futures])
    ],
    "map": lambda client, future, squares: list(squares),
    "map as completed": lambda client, future, squares: [one.result() for one in squares.as_completed()],
    "await": lambda client, future, squares: asyncio.run(wait(future)),
    "asyncio.wait": lambda client, future, squares: asyncio.run(wait_for(future)),
    "submit": lambda client, future, squares: client.submit(abs, -1),
    "map anew": lambda client, future, squares: client.map(abs, [-1]),
    "status": lambda client, future, squares: client.status(future),
    "tasks": lambda client, future, squares: client.tasks(),
    "release": lambda client, future, squares: client.release(future.uuid),
    "another's": lambda client, future, squares: client.future(future.uuid, 5).result(),
}


async def wait(future: mailroom.Future[int]) -> int:
    return await future


async def wait_for(future: mailroom.Future[int]) -> int:
    done, _ = await asyncio.wait([future], timeout=PATIENCE)
    return done.pop().result()


@pytest.mark.parametrize("how", WAITS)
def test_a_child_is_told(how: str, under_way: tuple[mailroom.Client, Any, Any]) -> None:
    client = under_way[0]
    said = forked(lambda: WAITS[how](*under_way))
    assert f"the connection to {client.address} is process {os.getpid()}'s" in said
    assert how == "exception" or "ForkError" in said


def test_a_child_may_cancel_and_close_for_nothing(under_way: tuple[mailroom.Client, Any, Any]) -> None:
    client, future, squares = under_way

    def end() -> object:
        with client:
            return future.cancel(), squares.cancel(), future.running(), future.done()

    assert forked(end) == "(False, False, False, True)"


def test_callbacks_are_the_parent_s(under_way: tuple[mailroom.Client, Any, Any]) -> None:
    _, future, _ = under_way
    called: list[int] = []
    future.add_done_callback(lambda _: called.append(os.getpid()))
    assert forked(lambda: (called, future.done())) == "([], True)"
    assert not called


def test_a_child_of_an_executor(broker: Broker) -> None:
    broker.hold = True
    with mailroom.Executor(broker.address) as executor:
        future = executor.submit(abs, -1)
        assert "ForkError" in forked(lambda: executor.submit(abs, -2))
        assert "ForkError" in forked(lambda: executor.map(abs, [-2]))
        assert "ForkError" in forked(lambda: future.result())
        assert forked(executor.shutdown) == "None"
        broker.wait(lambda: broker.held)
        broker.release()
    assert future.result(0) == 1


def test_a_child_makes_a_client_of_its_own(broker: Broker) -> None:
    def use() -> int | None:
        with mailroom.Client(broker.address) as own:
            return own.submit(abs, -2).result(PATIENCE)

    with mailroom.Client(broker.address) as client:
        assert client.submit(abs, -1).result(PATIENCE) == 1
        assert forked(use) == "2"
        assert client.submit(abs, -3).result(PATIENCE) == 3


def test_locks_that_other_threads_hold_do_not_matter(under_way: tuple[mailroom.Client, Any, Any]) -> None:
    client, future, _ = under_way
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with (
            future._condition,
            client._mail.outstanding._lock,
            client._mail._questions._lock,
            mailroom._session.futures._claiming,  # type: ignore[attr-defined]
        ):
            held.set()
            over.wait(PATIENCE)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(PATIENCE)
    try:
        for how in ("result", "wait", "as_completed", "map", "status", "submit", "another's"):
            assert "ForkError" in forked(lambda how=how: WAITS[how](*under_way))  # type: ignore[misc]
    finally:
        over.set()
        thread.join()


class ForksAsItArrives:
    """Its unpickling, in the connection's thread, waits until the main thread has forked."""

    def __reduce__(self) -> Any:
        return _arrive, ()


arrives, forked_then = threading.Event(), threading.Event()


def _arrive() -> int:
    arrives.set()
    forked_then.wait(PATIENCE)
    return 7


def test_a_result_that_arrives_in_the_middle_of_a_fork(broker: Broker) -> None:
    with mailroom.Client(broker.address) as client:
        future = client.submit(ForksAsItArrives)
        assert arrives.wait(PATIENCE)
        said = forked(lambda: [one.exception() for one in concurrent.futures.wait([future]).done])
        forked_then.set()
        assert "ForkError" in said
        assert future.result(PATIENCE) == 7


def end_by(how: str, future: mailroom.Future[int]) -> None:
    try:
        future.result()
    except ForkError:
        pass
    else:
        os._exit(9)
    if how == "sys.exit":
        sys.exit(5)
    if how == "_exit":
        os._exit(5)
    raise SystemExit(5)


@pytest.mark.parametrize("how", ["sys.exit", "_exit", "raise"])
def test_children_of_multiprocessing_end(how: str, under_way: tuple[mailroom.Client, Any, Any]) -> None:
    process = multiprocessing.get_context("fork").Process(target=end_by, args=(how, under_way[1]))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode == 5


def test_a_pool_of_children_beside_a_client(under_way: tuple[mailroom.Client, Any, Any]) -> None:
    with concurrent.futures.ProcessPoolExecutor(
        2, mp_context=multiprocessing.get_context("fork")
    ) as executor:
        assert list(executor.map(abs, [-1, -2])) == [1, 2]


def test_forks_while_results_come(broker: Broker) -> None:
    with mailroom.Client(broker.address) as client:
        for _ in range(20):
            squares = client.map(abs, range(-200, 0))

            def take(squares: mailroom.MapFuture[int] = squares) -> set[str]:
                concurrent.futures.wait(squares.futures)
                return {type(future.exception()).__name__ for future in squares.futures}

            said = forked(take)
            assert said in (
                "{'ForkError'}",
                "{'NoneType'}",
                "{'ForkError', 'NoneType'}",
                "{'NoneType', 'ForkError'}",
            )
            assert len(squares.result(PATIENCE)) == 200
