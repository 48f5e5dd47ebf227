"""A broker without room: what is submitted waits, in order, without a flood, as long as anything moves."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from mailroom_peer import wire

import mailroom
from broker import Broker
from mailroom import Client
from peer import PATIENCE

LONG = 1024  # submits that wait for room: whoever has more waits with them


@pytest.fixture
def client(broker: Broker) -> Iterator[Client]:
    broker.full = True
    with Client(broker.address) as client:
        yield client


def until(condition: object) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_full_broker_is_not_flooded_and_gets_all_in_order(client: Client, broker: Broker) -> None:
    futures = [client.submit(abs, -1)]
    until(lambda: client._mail.refused)
    futures += [client.submit(abs, -number) for number in range(2, 300)]
    mapped = client.map(abs, range(-3, 0))
    broker.wait(lambda: len(broker.kinds(wire.Submit)) >= 3)
    assert {message.task.uuid for message in broker.kinds(wire.Submit)} == {futures[0].uuid}
    broker.do(lambda: setattr(broker, "full", False))
    assert [future.result(PATIENCE) for future in futures] == list(range(1, 300))
    assert mapped.result(PATIENCE) == [3, 2, 1]
    order = list(dict.fromkeys(message.task.uuid for message in broker.kinds(wire.Submit)))
    assert order == [future.uuid for future in futures]
    until(lambda: not client._mail.refused)


def test_who_submits_without_end_waits(client: Client, broker: Broker) -> None:
    futures: list[mailroom.Future[int]] = []
    first = client.submit(abs, -1)
    until(lambda: client._mail.refused)

    def submit() -> None:
        for number in range(LONG + 100):
            futures.append(client.submit(abs, -number))

    thread = threading.Thread(target=submit)
    thread.start()
    until(lambda: len(futures) >= LONG - 1)
    thread.join(0.2)
    assert len(futures) == LONG - 1
    broker.do(lambda: setattr(broker, "full", False))
    thread.join(PATIENCE)
    assert first.result(PATIENCE) == 1
    assert [future.result(PATIENCE) for future in futures] == list(range(LONG + 100))


def test_an_interrupt_ends_the_wait(client: Client, broker: Broker) -> None:
    broker.wait(lambda: broker.lines)
    submitted = 0

    def submit_without_end() -> None:
        nonlocal submitted
        while True:
            client.submit(abs, -1)
            submitted += 1

    def interrupt() -> None:
        until(lambda: submitted >= LONG - 1)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    client.submit(abs, -1)
    until(lambda: client._mail.refused)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        submit_without_end()
    thread.join()
    assert client._mail.refused == LONG
    broker.do(lambda: setattr(broker, "full", False))
    assert client.submit(abs, -2).result(PATIENCE) == 2


def test_an_event_loop_is_not_held_up(client: Client, broker: Broker) -> None:

    async def main() -> list[int]:
        first = client.submit(abs, -1)
        await asyncio.to_thread(until, lambda: client._mail.refused)
        futures = [first, *(client.submit(abs, -number) for number in range(2, LONG + 60))]
        broker.do(lambda: setattr(broker, "full", False))
        return [await future for future in futures]

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE)) == list(range(1, LONG + 60))


def test_an_executor_s_callers_wait_and_its_results_come(broker: Broker) -> None:
    broker.full = True
    with mailroom.Executor(broker.address) as executor:
        futures = [executor.submit(abs, -1)]
        until(lambda: executor._client._mail.refused)
        opener = threading.Timer(0.3, lambda: broker.do(lambda: setattr(broker, "full", False)))
        opener.start()
        futures += [executor.submit(abs, -number) for number in range(2, LONG + 200)]
        assert [future.result(PATIENCE) for future in futures] == list(range(1, LONG + 200))


def test_what_waits_is_cancelled_without_the_broker(client: Client, broker: Broker) -> None:
    first = client.submit(abs, -1)
    until(lambda: client._mail.refused)
    second, third = client.submit(abs, -2), client.submit(abs, -3)
    assert first.cancel()
    assert second.cancel()
    broker.do(lambda: setattr(broker, "full", False))
    assert third.result(PATIENCE) == 3
    until(lambda: not client._mail.refused)


def test_a_new_link_in_between_loses_nothing(client: Client, broker: Broker) -> None:
    futures = [client.submit(abs, -1)]
    until(lambda: client._mail.refused)
    futures += [client.submit(abs, -number) for number in range(2, 50)]
    broker.forget_links()
    broker.do(lambda: setattr(broker, "full", False))
    assert [future.result(PATIENCE) for future in futures] == list(range(1, 50))


def test_all_that_waits_is_busy_when_patience_is_over(broker: Broker) -> None:
    broker.full = True
    with Client(broker.address, patience=0.3) as client:
        futures = [client.submit(abs, -1)]
        until(lambda: client._mail.refused or futures[0].done())  # it may be over already
        futures += [client.submit(abs, -number) for number in range(2, 50)]
        for future in futures:
            with pytest.raises(mailroom.Busy, match="no room"):
                future.result(PATIENCE)
        broker.do(lambda: setattr(broker, "full", False))
        assert client.submit(abs, -1).result(PATIENCE) == 1


def test_closing_ends_the_wait(client: Client, broker: Broker) -> None:
    client.submit(abs, -1)
    until(lambda: client._mail.refused)
    ended: list[BaseException] = []

    def submit() -> None:
        try:
            while True:
                client.submit(abs, -1)
        except mailroom.ConnectionLost as error:
            ended.append(error)

    thread = threading.Thread(target=submit)
    thread.start()
    until(lambda: client._mail.refused >= LONG)
    client.close()
    thread.join(PATIENCE)
    assert ended


def test_a_wait_for_a_closed_connection_is_over(client: Client) -> None:
    client.close()  # by another thread, say, between two looks
    assert client._mail.drain(PATIENCE) is False
