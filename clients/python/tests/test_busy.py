"""A broker without room: what is submitted waits, in order, without a flood, as long as anything moves."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from uuid import UUID

import pytest

import mailroom
from broker import Broker
from mailroom import Client
from mailroom._session import backlog
from mailroom._session.backlog import MOST_AT_ONCE, RETRY_MS, Backlog
from mailroom._wire import wire
from peer import PATIENCE

IDS = [UUID(int=number) for number in range(1000)]


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


# -- when to try what


def test_one_is_tried_at_a_time_with_growing_pauses() -> None:
    waits = Backlog(patience=1_000_000)
    now, pauses = 0, []
    for number in IDS[:100]:
        assert waits.refused(number, 1, now, hope=False)
    for _ in range(8):
        assert waits.next is not None
        pauses.append(waits.next - now)
        now = waits.next
        assert waits.due(now) == [IDS[0]]
        assert waits.due(now) == []
        assert waits.refused(IDS[0], 1, now, hope=False)
    assert pauses[0] == RETRY_MS[0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == RETRY_MS[1]


def test_more_are_tried_while_they_are_taken() -> None:
    waits = Backlog(patience=1000)
    waits.refused(IDS[0], 1, 0, hope=False)
    for number in IDS[1:]:
        waits.add(number, 1)
    tried: list[UUID] = []
    while len(waits):
        due = waits.due(RETRY_MS[0])
        assert 0 < len(due) <= MOST_AT_ONCE
        tried += due
        for uuid in due:
            waits.taken(uuid, RETRY_MS[0])
    assert tried == IDS
    assert waits.next is None


def test_patience_lasts_as_long_as_anything_moves() -> None:
    waits = Backlog(patience=30_000)
    assert waits.refused(IDS[0], 1, 0, hope=False)
    waits.moved(20_000)
    assert waits.refused(IDS[0], 1, 49_000, hope=False)
    waits.add(IDS[1], 1)
    waits.taken(IDS[0], 49_500)
    assert waits.refused(IDS[1], 1, 79_000, hope=False)
    assert not waits.refused(IDS[1], 1, 79_500, hope=False)
    assert waits.refused(IDS[1], 1, 99_000, hope=True)
    assert not waits.refused(IDS[1], 1, 129_000, hope=False)
    assert waits.clear() == [IDS[1]]
    assert waits.refused(IDS[2], 1, 130_000, hope=False)  # another time


def test_what_is_not_wanted_any_more_holds_up_nothing() -> None:
    waits = Backlog(patience=1000)
    waits.refused(IDS[0], 1, 0, hope=False)
    waits.add(IDS[1], 1)
    assert waits.due(100) == [IDS[0]]
    assert waits.drop(IDS[0])
    assert waits.due(100) == [IDS[1]]
    waits.begin_anew(200)  # the link with the answer is gone
    assert waits.due(200) == [IDS[1]]


# -- what the client does


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


def test_who_submits_without_end_waits(
    client: Client, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "LONG", 10)
    futures: list[mailroom.Future[int]] = []
    first = client.submit(abs, -1)
    until(lambda: client._mail.refused)

    def submit() -> None:
        for number in range(100):
            futures.append(client.submit(abs, -number))

    thread = threading.Thread(target=submit)
    thread.start()
    until(lambda: len(futures) >= 9)
    thread.join(0.2)
    assert len(futures) < 12
    broker.do(lambda: setattr(broker, "full", False))
    thread.join(PATIENCE)
    assert first.result(PATIENCE) == 1
    assert [future.result(PATIENCE) for future in futures] == list(range(100))


def test_an_interrupt_ends_the_wait(client: Client, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "LONG", 10)
    broker.wait(lambda: broker.lines)
    submitted = 0

    def submit_without_end() -> None:
        nonlocal submitted
        while True:
            client.submit(abs, -1)
            submitted += 1

    def interrupt() -> None:
        until(lambda: submitted >= 9)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    client.submit(abs, -1)
    until(lambda: client._mail.refused)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        submit_without_end()
    thread.join()
    assert client._mail.refused <= 11
    monkeypatch.setattr(backlog, "LONG", 1000)
    broker.do(lambda: setattr(broker, "full", False))
    assert client.submit(abs, -2).result(PATIENCE) == 2


def test_an_event_loop_is_not_held_up(
    client: Client, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "LONG", 10)

    async def main() -> list[int]:
        first = client.submit(abs, -1)
        await asyncio.to_thread(until, lambda: client._mail.refused)
        futures = [first, *(client.submit(abs, -number) for number in range(2, 60))]
        broker.do(lambda: setattr(broker, "full", False))
        return [await future for future in futures]

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE)) == list(range(1, 60))


def test_an_executor_s_callers_wait_and_its_results_come(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "LONG", 10)
    broker.full = True
    with mailroom.Executor(broker.address) as executor:
        futures = [executor.submit(abs, -1)]
        until(lambda: executor._client._mail.refused)
        opener = threading.Timer(0.3, lambda: broker.do(lambda: setattr(broker, "full", False)))
        opener.start()
        futures += [executor.submit(abs, -number) for number in range(2, 200)]
        assert [future.result(PATIENCE) for future in futures] == list(range(1, 200))


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
        until(lambda: client._mail.refused)
        futures += [client.submit(abs, -number) for number in range(2, 50)]
        for future in futures:
            with pytest.raises(mailroom.Busy, match="no room"):
                future.result(PATIENCE)
        broker.do(lambda: setattr(broker, "full", False))
        assert client.submit(abs, -1).result(PATIENCE) == 1


def test_closing_ends_the_wait(client: Client, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "LONG", 2)
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
    until(lambda: client._mail._retries._backlog.full)
    client.close()
    thread.join(PATIENCE)
    assert ended
