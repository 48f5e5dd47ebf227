"""A thread that waits for its only task gets the result by itself; what that may not lose, delay or break."""

from __future__ import annotations

import concurrent.futures
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import pytest
from mailroom_peer import wire

import mailroom
from broker import Broker, Root
from mailroom import Client, _core
from peer import PATIENCE
from processes import until

T = TypeVar("T")


def said_of(root: Root) -> Callable[[], None]:
    """Has a task log something."""
    record = wire.Log(uuid=root.task.uuid, level=logging.ERROR, logger="of.a.task", text="text")
    return lambda: root.line.send(record)


def held(broker: Broker, client: Client) -> mailroom.Future[int]:
    """A task that the broker holds."""
    broker.hold = True
    future = client.submit(abs, -1)
    broker.wait(lambda: broker.held)
    return future


class Wait(NamedTuple):
    """A thread that waits for a future, and what it gets."""

    future: mailroom.Future[int]
    thread: threading.Thread
    got: list[object]


def waits(broker: Broker, client: Client) -> Wait:
    """A thread that waits by itself for a task that the broker holds.

    While the connection's thread has something to tell, the wait is left to that one: so it may try again.
    """
    while True:
        assert client.submit(abs, -1).result(PATIENCE) == 1
        future = held(broker, client)
        got: list[object] = []

        def wait(future: mailroom.Future[int] = future, got: list[object] = got) -> None:
            try:
                got.append(future.result(PATIENCE))
            except BaseException as error:
                got.append(type(error))

        thread = threading.Thread(target=wait)
        thread.start()
        while not (by_itself := future._direct) and "_condition" not in vars(future):
            time.sleep(0.001)
        if by_itself:
            return Wait(future, thread, got)
        broker.release()
        thread.join(PATIENCE)
        assert got == [1]


def test_a_result_needs_no_other_thread(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client(broker.address, transport="own") as client:
        arrivals = client._mail._arrivals
        taken: list[int] = []
        whole = arrivals.take

        def take(events: list[tuple[int, ...]]) -> None:
            taken.extend(event[0] for event in events)
            whole(events)

        monkeypatch.setattr(arrivals, "take", take)
        for number in range(100):
            assert client.submit(abs, -number).result(PATIENCE) == number
        assert taken.count(_core.RESULT) < 100  # the first, at least, comes by that thread


_interrupts = True


def _interrupted() -> int:
    global _interrupts
    if _interrupts:
        _interrupts = False
        signal.raise_signal(signal.SIGINT)
    return 7


class Interrupts:
    def __reduce__(self) -> tuple[object, tuple[()]]:
        return _interrupted, ()


def _ends(kind: type[BaseException]) -> None:
    raise kind("as it is unpickled")


class Ends:
    """Raises this as it is unpickled."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind

    def __reduce__(self) -> tuple[object, ...]:
        return _ends, (self.kind,)


def _struck(number: int) -> str:
    if threading.current_thread() is threading.main_thread():
        signal.raise_signal(number)
    return "the value"


class Struck:
    """Where it is unpickled by the thread that signals come to, one comes."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[object, ...]:
        return _struck, (self.number,)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, ValueError])
def test_what_a_result_raises_as_it_is_unpickled_is_its_error(
    broker: Broker, kind: type[BaseException]
) -> None:
    with Client(broker.address, transport="own", on_interrupt="cancel") as client:
        for _ in range(100):  # the first, at least, comes by the other thread
            future = client.submit(Ends, kind)
            with pytest.raises(kind, match="as it is unpickled"):
                future.result(PATIENCE)
            assert type(future.exception(0)) is kind


def _leave(number: int, frame: object) -> None:
    sys.exit("told to")


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_signal_while_a_result_is_unpickled_ends_the_wait(
    broker: Broker, number: signal.Signals, raised: type[BaseException]
) -> None:
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        with Client(broker.address, transport="own") as client:
            futures = [client.submit(Struck, number)]

            def wait() -> None:
                while futures[-1].result(PATIENCE) == "the value":  # it has come by the other thread
                    futures.append(client.submit(Struck, number))

            with pytest.raises(raised):
                wait()
            assert futures[-1].result(PATIENCE) == "the value"
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_interrupt_loses_no_result(broker: Broker) -> None:
    with Client(broker.address, transport="own") as client:
        assert client.submit(abs, -1).result(PATIENCE) == 1
        future: mailroom.Future[object] = client.submit(Interrupts)
        with pytest.raises(KeyboardInterrupt):
            future.result(PATIENCE)
        assert future.result(PATIENCE) == 7  # which the other thread has taken
        assert client.submit(abs, -2).result(PATIENCE) == 2


def test_another_thread_cancels(broker: Broker) -> None:
    with Client(broker.address, transport="own") as client:
        future, thread, got = waits(broker, client)
        assert future.cancel()
        thread.join(PATIENCE)
        assert got == [concurrent.futures.CancelledError]
        broker.release()
        assert client.submit(abs, -2).result(PATIENCE) == 2


def test_another_thread_closes_the_client(broker: Broker) -> None:
    client = Client(broker.address, transport="own")
    _, thread, got = waits(broker, client)
    client.close()
    thread.join(PATIENCE)
    assert got == [mailroom.ConnectionLost] or got == [concurrent.futures.CancelledError]


def test_who_asks_to_be_told_is_told_by_the_other_thread(broker: Broker) -> None:
    with Client(broker.address, transport="own") as client:
        future, thread, got = waits(broker, client)
        told: list[str] = []
        future.add_done_callback(lambda _: told.append(threading.current_thread().name))
        broker.release()
        thread.join(PATIENCE)
        assert got == [1]
        until(lambda: told, "who asked is told after the result is there")
        assert told == ["mailroom-connection"]


def test_a_second_task_is_not_waited_for_in_vain(broker: Broker) -> None:
    with Client(broker.address, transport="own") as client:
        _, thread, got = waits(broker, client)
        second = client.submit(abs, -2)
        other_got: list[object] = []
        other = threading.Thread(target=lambda: other_got.append(second.result(PATIENCE)))
        other.start()
        broker.wait(lambda: len(broker.held) == 2)
        broker.release()
        thread.join(PATIENCE)
        other.join(PATIENCE)
        assert (got, other_got) == ([1], [2])


def test_what_comes_before_the_result_is_told_before(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    with Client(broker.address, transport="own") as client:
        for _ in range(10):
            caplog.clear()
            _, thread, got = waits(broker, client)
            broker.do(said_of(broker.held[0]))
            broker.release()
            thread.join(PATIENCE)
            assert got == [1]
            assert [record.name for record in caplog.records] == ["of.a.task"]


def test_callbacks_of_a_result_before_come_before(broker: Broker) -> None:
    with Client(broker.address, transport="own") as client:
        for _ in range(20):
            broker.hold = True
            first, second = client.submit(abs, -1), client.submit(abs, -2)
            told: list[int] = []

            def tell(future: concurrent.futures.Future[int], told: list[int] = told) -> None:
                time.sleep(0.005)  # so that others have the time to be too early
                told.append(future.result())

            first.add_done_callback(tell)
            broker.wait(lambda: len(broker.held) == 2)
            broker.release()
            assert second.result(PATIENCE) == 2
            assert told == [1]


def test_time_is_over(broker: Broker) -> None:
    with Client(broker.address, transport="own") as client:
        future = held(broker, client)
        with pytest.raises(TimeoutError):
            future.result(0.01)
        broker.release()
        assert future.result(PATIENCE) == 1


def test_many_threads_with_one_client(broker: Broker) -> None:
    wrong: list[object] = []

    def work(first: int) -> None:
        try:
            for number in range(first, first + 100):
                future = client.submit(abs, -number)
                if number % 7 == 0:
                    future.add_done_callback(lambda _: None)
                if number % 11 == 0 and future.cancel():
                    continue
                assert future.result(PATIENCE) == number
        except BaseException as error:
            wrong.append(error)

    with Client(broker.address, transport="own") as client:
        threads = [threading.Thread(target=work, args=(1000 * number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert not wrong
