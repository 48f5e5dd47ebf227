"""A client on a socket of pyzmq's: the least of it.

The whole suite runs so with MAILROOM_TEST_TRANSPORT=pyzmq.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import mailroom
from broker import Broker
from keyring import make
from mailroom import Client
from peer import PATIENCE, Proxy


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


def test_keys_for_a_broker_that_has_none_are_told(broker: Broker, tmp_path: Path) -> None:
    for role in ("broker", "client"):
        make(tmp_path, role)
    with pytest.raises(mailroom.ConnectError, match="started without keys"):
        Client(broker.address, keys=tmp_path, timeout=2, transport="pyzmq")


def test_no_broker_is_an_error_that_names_it() -> None:
    with pytest.raises(mailroom.ConnectError, match=r"tcp://127.0.0.1:1\b"):
        Client("127.0.0.1:1", timeout=0.2, transport="pyzmq")
