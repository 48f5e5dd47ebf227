"""A client on a socket of pyzmq's: the least of it.

The whole suite runs so with MAILROOM_TEST_TRANSPORT=pyzmq.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailroom
from broker import Broker
from keyring import make
from mailroom import Client
from peer import PATIENCE, Proxy
from processes import until


@pytest.fixture
def client(broker: Broker) -> Iterator[Client]:
    with Client(broker.address, transport="pyzmq") as client:
        yield client


def test_calls_and_maps_give_their_values(client: Client) -> None:
    assert client.submit(pow, 2, 10).result(PATIENCE) == 1024
    assert client.map(abs, range(-5000, 0)).result(PATIENCE) == list(range(5000, 0, -1))
    assert client.submit(len, bytes(1 << 20)).result(PATIENCE) == 1 << 20


def test_cut_connections_and_lost_sessions_lose_nothing(broker: Broker) -> None:
    proxy = Proxy(broker.port)
    with Client(proxy.address, transport="pyzmq") as client:
        broker.hold = True
        futures = [client.submit(abs, -number) for number in range(20)]
        broker.wait(lambda: len(broker.held) == 20)
        proxy.cut()
        broker.restart()
        broker.wait(lambda: len(broker.held) == 20)
        broker.release()
        assert [future.result(PATIENCE) for future in futures] == list(range(20))
    proxy.close()


def test_a_session_ends_and_goes_on(broker: Broker) -> None:
    client = Client(broker.address, transport="pyzmq")
    future = client.submit(abs, -3)
    assert future.result(PATIENCE) == 3
    token = client.detach()
    with Client.resume(token, transport="pyzmq") as other:
        assert other.result(future.uuid, PATIENCE) == 3


@pytest.mark.parametrize(("size", "room"), [(0, 1023), (1 << 20, 63)])
def test_what_was_handed_in_to_a_thread_that_is_held_up_counts_as_waiting(
    client: Client, broker: Broker, size: int, room: int
) -> None:
    """At most 1024 submits, or 64 MiB, wait for a broker without room."""
    broker.full = True
    futures = [client.submit(len, bytes(size))]
    until(lambda: client._mail.refused, "the broker has refused it")
    driven, go = client._mail._core, threading.Event()
    look = driven._look
    driven._look = lambda *given: go.wait(PATIENCE) and look(*given)

    def submit() -> None:
        futures.extend(client.submit(len, bytes(size)) for _ in range(room + 100))

    thread = threading.Thread(target=submit)
    thread.start()
    until(lambda: driven._waits == 2 or not thread.is_alive(), "it waits, too")
    assert client._mail.refused == 1 + room
    go.set()
    broker.do(lambda: setattr(broker, "full", False))
    thread.join(PATIENCE)
    assert [future.result(PATIENCE) for future in futures] == [size] * (room + 101)


def test_keys_for_a_broker_that_has_none_are_told(broker: Broker, tmp_path: Path) -> None:
    for role in ("broker", "client"):
        make(tmp_path, role)
    with pytest.raises(mailroom.KeyRefused, match=r"it has no keys, and this program has|or when it has no"):
        Client(broker.address, keys=tmp_path, timeout=PATIENCE, transport="pyzmq")


def test_no_broker_is_an_error_that_names_it() -> None:
    with pytest.raises(mailroom.ConnectError, match=r"tcp://127.0.0.1:1\b"):
        Client("127.0.0.1:1", timeout=0.2, transport="pyzmq")
