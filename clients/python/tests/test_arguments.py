"""Futures as arguments of calls: their values take their places."""

from __future__ import annotations

import concurrent.futures
import functools
import operator
import threading
from dataclasses import dataclass
from typing import Any

import pytest
from mailroom_peer import wire

import mailroom
from broker import Broker
from mailroom import LocalCluster
from peer import PATIENCE
from processes import until
from real import needed

pytestmark = pytest.mark.timeout(300)


@dataclass
class Box:
    inside: Any


def same(value: Any, *others: Any, **named: Any) -> Any:
    return (value, *others, named) if others or named else value


def fail(text: str) -> None:
    raise KeyError(text)


@needed
@pytest.mark.parametrize("ready", [False, True])
def test_values_take_the_places_of_futures(cluster: LocalCluster, ready: bool) -> None:
    with mailroom.Executor(cluster.address) as executor, cluster.client() as client:

        def one(value: object) -> Any:
            future = executor.submit(same, value)
            if ready:
                future.result(PATIENCE)
            return future

        assert executor.submit(operator.add, one(1), one(2)).result(PATIENCE) == 3
        assert executor.submit(same, 1, one(2), named=one(3)).result(PATIENCE) == (1, 2, {"named": 3})
        nested = executor.submit(same, [one(1), {"two": (one(2),)}, Box(one(3))])
        assert nested.result(PATIENCE) == [1, {"two": (2,)}, Box(3)]
        twice = one([5])
        first, second = executor.submit(same, [twice, twice]).result(PATIENCE)
        assert first is second or first == second
        assert executor.submit(functools.partial(pow, one(2)), 5).result(PATIENCE) == 32
        chain = one(0)
        for _ in range(50):
            chain = executor.submit(operator.add, chain, 1)
        assert chain.result(PATIENCE) == 50
        assert list(executor.map(operator.add, [one(1), 2], [3, one(4)])) == [4, 6]
        assert list(executor.map(abs, [one(-1), -2, one(-3)], chunksize=2)) == [1, 2, 3]
        assert list(executor.map(functools.partial(pow, one(2)), range(4))) == [1, 2, 4, 8]
        assert executor.submit(sum, client.map(abs, range(-3, 0))).result(PATIENCE) == 6
        with mailroom.Executor(cluster.address, initializer=abs, initargs=(1,)) as other:
            assert other.submit(abs, one(-1)).result(PATIENCE) == 1


@needed
@pytest.mark.parametrize("ready", [False, True])
def test_a_client_does_the_same(cluster: LocalCluster, ready: bool) -> None:
    with cluster.client() as client:

        def one(value: object) -> Any:
            future = client.submit(same, value)
            if ready:
                future.result(PATIENCE)
            return future

        assert client.submit(operator.add, one(1), one(2)).result(PATIENCE) == 3
        assert client.submit(same, [one(1), Box(one(3))], named=one(3)).result(PATIENCE) == (
            [1, Box(3)],
            {"named": 3},
        )
        mapped = client.map(operator.add, [0, one(1), 2, one(3), one(4)], [5, 6, one(7), one(8), 9])
        assert mapped.result(PATIENCE) == [5, 7, 9, 11, 13]
        assert len(mapped) == 5
        assert client.map_of(*mapped.uuids, timeout=PATIENCE).result(PATIENCE) == [5, 7, 9, 11, 13]
        assert client.map(functools.partial(pow, one(2)), range(4)).result(PATIENCE) == [1, 2, 4, 8]
        assert client.submit(sum, client.map(abs, range(-3, 0))).result(PATIENCE) == 6
        bad = client.submit(same, client.submit(fail, "here"))
        with pytest.raises(KeyError, match="here"):
            bad.result(PATIENCE)
        with pytest.raises(TypeError, match="generator"):
            client.submit(same, (number for number in range(3)))
        with pytest.raises(TypeError, match="generator"):
            client.map(same, [1, (number for number in range(3))])


def test_who_detaches_loses_no_call_that_waits(broker: Broker) -> None:
    broker.hold = True
    client = mailroom.Client(broker.address)
    first = client.submit(same, 1)
    second = client.submit(same, first)
    with pytest.raises(RuntimeError, match="1 calls wait for futures"):
        client.detach()
    assert not second.done()
    client.close(detach=True)
    with pytest.raises(mailroom.ConnectionLost, match="was not submitted"):
        second.result(PATIENCE)
    with pytest.raises(mailroom.Detached):
        first.result(PATIENCE)


@needed
def test_a_tree_of_calls_takes_no_threads(cluster: LocalCluster) -> None:
    with mailroom.Executor(cluster.address) as executor:
        before = threading.active_count()
        level = [executor.submit(same, number) for number in range(128)]
        while len(level) > 1:
            level = [
                executor.submit(operator.add, *pair) for pair in zip(level[::2], level[1::2], strict=True)
            ]
        assert threading.active_count() <= before
        assert level[0].result(PATIENCE) == sum(range(128))


def test_an_error_is_passed_on(broker: Broker) -> None:
    with mailroom.Executor(broker.address) as executor:
        for ready in (True, False):
            broker.hold = not ready
            bad = executor.submit(fail, "here")
            if ready:
                assert bad.exception(PATIENCE)
            after = executor.submit(same, [executor.submit(same, 1), bad])
            last = executor.submit(same, after)
            broker.wait(lambda: ready or len(broker.held) == 2)  # noqa: B023
            broker.release()
            for future in (after, last):
                with pytest.raises(KeyError, match="here"):
                    future.result(PATIENCE)
        until(lambda: not executor._pool._pending, "they are told of after their errors are there")
        until(lambda: not len(executor._client._mail.outstanding), "nothing is waited for")


def test_what_is_cancelled_cancels_what_waits_for_it(broker: Broker) -> None:
    with mailroom.Executor(broker.address) as executor:
        broker.hold = True
        first = executor.submit(same, 1)
        second = executor.submit(same, first)
        third = executor.submit(same, second)
        assert second.uuid != first.uuid
        assert executor._client.status(second, PATIENCE).state is mailroom.State.UNKNOWN
        assert not second.running()
        assert second.cancel()
        assert third.cancelled()
        assert not first.done()
        broker.wait(lambda: broker.held)
        broker.release()
        assert first.result(PATIENCE) == 1
        assert len(broker.kinds(wire.Submit)) == 1
        until(lambda: not len(executor._client._mail.outstanding), "nothing is waited for")


@pytest.mark.parametrize("how", ["fails", "cancelled"])
def test_a_long_chain_ends(how: str, broker: Broker) -> None:
    with mailroom.Executor(broker.address) as executor:
        broker.hold = True
        first = last = executor.submit(fail, "here")
        for _ in range(3000):  # more than Python calls one within the other
            last = executor.submit(same, last)
        broker.wait(lambda: broker.held)
        if how == "cancelled":
            assert first.cancel()
            assert last.cancelled()
        else:
            broker.release()
            with pytest.raises(KeyError, match="here"):
                last.result(PATIENCE)
        until(lambda: not executor._pool._pending, "the last is told of after its result is there")


def test_the_end_waits_for_what_waits(broker: Broker) -> None:
    broker.hold = True
    executor = mailroom.Executor(broker.address)
    first = executor.submit(same, 1)
    second = executor.submit(same, [first])
    executor.shutdown(wait=False)
    broker.wait(lambda: broker.held)
    broker.release()
    assert second.result(PATIENCE) == [1]
    broker.wait(lambda: broker.kinds(wire.Disconnect))


def test_the_end_may_cancel_what_waits(broker: Broker) -> None:
    broker.hold = True
    executor = mailroom.Executor(broker.address)
    first = executor.submit(same, 1)
    second = executor.submit(same, [first])
    executor.shutdown(cancel_futures=True)
    assert first.cancelled()
    assert second.cancelled()


def test_what_waits_ends_with_its_session(broker: Broker) -> None:
    broker.hold = True
    with mailroom.Client(broker.address) as other:
        executor = mailroom.Executor(broker.address)
        first = other.submit(same, 1)
        second = executor.submit(same, first)
        executor._client.close()
        assert second.cancelled()
        broker.wait(lambda: broker.held)
        broker.release()
        assert first.result(PATIENCE) == 1
        third = other.submit(same, 2)
        with pytest.raises(mailroom.ConnectionLost):
            executor.submit(same, third).result(PATIENCE)


def test_what_is_too_large_or_cannot_be_pickled_is_its_error(broker: Broker) -> None:
    broker.max_body = 10_000
    with mailroom.Executor(broker.address) as executor:
        broker.hold = True
        first = executor.submit(same, 1)
        large = executor.submit(same, first, bytes(20_000))
        bad = executor.submit(same, first, (number for number in range(3)))
        broker.wait(lambda: broker.held)
        broker.release()
        with pytest.raises(mailroom.TooLarge):
            large.result(PATIENCE)
        with pytest.raises(TypeError, match="generator"):
            bad.result(PATIENCE)
        until(lambda: not len(executor._client._mail.outstanding), "nothing is waited for")


def test_futures_of_others_are_no_arguments(broker: Broker) -> None:
    with mailroom.Executor(broker.address) as executor, pytest.raises(TypeError, match="pickle"):
        executor.submit(same, concurrent.futures.Future()).result(PATIENCE)
