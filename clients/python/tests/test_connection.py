"""A client's connection, on a socket of the library's and on one of pyzmq's: cut, silent, refused, forked."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgpack
import pytest
from mailroom_peer import wire
from mailroom_peer.ports import free_port

import mailroom
from broker import Broker
from mailroom import Client, errors
from peer import PATIENCE, Proxy, refusal

_ran: list[int] = []
"""What the broker has run in this process, in order."""


def note(number: int, body: bytes = b"") -> bytes:
    """A task: the broker runs it in its thread."""
    _ran.append(number)
    return body


@pytest.fixture(params=["own", "pyzmq"])
def transport(request: pytest.FixtureRequest) -> str:
    _ran.clear()
    return str(request.param)


@pytest.fixture
def connect(transport: str) -> Iterator[Callable[..., Client]]:
    """Makes clients, which are closed after the test."""
    made: list[Client] = []

    def make(address: str, **options: Any) -> Client:
        made.append(Client(address, **{"timeout": PATIENCE, "paths": (), "transport": transport, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def proxy(broker: Broker) -> Iterator[Proxy]:
    proxy = Proxy(broker.port)
    yield proxy
    proxy.close()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def links(broker: Broker) -> int:
    return len({hello.link for hello in broker.hellos})


def test_large_bodies_travel_in_pieces(broker: Broker, connect: Callable[..., Client]) -> None:
    body = os.urandom(5_000_000)
    assert connect(broker.address).submit(note, 0, body).result(PATIENCE) == body
    [submit] = broker.kinds(wire.Submit)
    assert submit.seq == 20  # 19 chunks of 262,144 bytes before it


@pytest.mark.parametrize(("size", "cuts"), [(0, 8), (20_000, 4)])
def test_cut_connections_lose_and_repeat_nothing(
    broker: Broker, proxy: Proxy, connect: Callable[..., Client], size: int, cuts: int
) -> None:
    client = connect(proxy.address)
    futures: list[mailroom.Future[bytes]] = []
    enough = threading.Event()

    def talk() -> None:
        while not enough.is_set():
            futures.append(client.submit(note, len(futures), bytes(size)))
            if len(futures) % 50 == 0:  # enough under way to lose some, not so much that it piles up
                futures[-1].result(PATIENCE)

    talker = threading.Thread(target=talk)
    talker.start()
    for _ in range(cuts):
        proxy.cut(after=5_000 + 5 * size)
    enough.set()
    talker.join(PATIENCE)
    assert {future.result(PATIENCE) for future in futures} == {bytes(size)}
    assert _ran == list(range(len(futures)))
    until(lambda: proxy.accepted > cuts)  # all had come before the last cut, perhaps
    assert links(broker) == 1


def test_a_connection_cut_inside_a_large_body_goes_on_with_it(
    broker: Broker, proxy: Proxy, connect: Callable[..., Client]
) -> None:
    client = connect(proxy.address)
    body = os.urandom(6_000_000)
    proxy.cut_later(after=1_000_000)
    assert client.submit(note, 0, body).result(PATIENCE) == body
    assert (_ran, links(broker), proxy.accepted > 1) == ([0], 1, True)


def test_a_listener_that_has_no_link_is_shaken_hands_with_again(
    broker: Broker, connect: Callable[..., Client]
) -> None:
    client = connect(broker.address)
    broker.restart()
    assert client.submit(note, 0).result(PATIENCE) == b""  # answered with NO_HANDSHAKE at first
    assert (_ran, len(broker.hellos)) == ([0], 2)


def test_a_silent_connection_is_made_anew(
    broker: Broker, proxy: Proxy, connect: Callable[..., Client]
) -> None:
    client = connect(proxy.address, heartbeat=0.05)
    broker.do(lambda: setattr(broker, "mute", True))
    until(lambda: proxy.accepted > 1)
    broker.do(lambda: setattr(broker, "mute", False))
    assert client.submit(note, 0).result(PATIENCE) == b""
    assert links(broker) == 1


def test_the_first_connection_is_tried_for_until_the_listener_is_there(
    connect: Callable[..., Client],
) -> None:
    port = free_port()
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(connect, f"tcp://127.0.0.1:{port}")
        broker = Broker(port=port)
        assert made.result(PATIENCE).submit(note, 0).result(PATIENCE) == b""
    made.result().close()
    broker.close()


def test_each_address_of_a_name_is_tried(broker: Broker, connect: Callable[..., Client]) -> None:
    client = connect(f"localhost:{broker.port}")  # ::1 too, where nobody listens
    assert client.submit(note, 0).result(PATIENCE) == b""


@pytest.mark.parametrize(
    ("version", "advice"), [(2, r"upgrade this one \(pip install"), (0, "upgrade the broker")]
)
def test_another_version_is_named_with_what_to_upgrade(
    broker: Broker, connect: Callable[..., Client], version: int, advice: str
) -> None:
    broker.refuse = msgpack.packb([version, wire.Kind.ERROR, 0, 0, wire.Code.BAD_VERSION, "not yours"])
    ours = (
        rf"version {version} of the protocol; this side, mailroom {mailroom.__version__} for Python, speaks"
    )
    with pytest.raises(errors.BadVersion, match=rf"{broker.address}: .*{ours} version 1: {advice}") as raised:
        connect(broker.address)
    assert raised.value.code == wire.Code.BAD_VERSION


def test_a_refusal_is_told_and_final(broker: Broker, connect: Callable[..., Client]) -> None:
    broker.refuse = wire.Error(code=wire.Code.REFUSED, text="not you")
    with pytest.raises(errors.ConnectError, match="not you"):
        connect(broker.address)
    assert len(broker.hellos) == 1


def test_that_nobody_listens_is_said(connect: Callable[..., Client]) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    said = refusal(lambda timeout: connect(address, timeout=timeout), "nothing listens there")
    assert re.search(f"{address}.*nothing listens there", said)


def test_a_peer_of_another_trade_is_told_from_a_broker(connect: Callable[..., Client]) -> None:
    def serve() -> None:
        with contextlib.suppress(OSError):  # the listener's end
            while True:
                visitor, _ = listener.accept()
                with visitor, contextlib.suppress(ConnectionError):
                    visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    reason = r"not a ZeroMQ peer|closed the connection before"
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        pool.submit(serve)
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        said = refusal(lambda timeout: connect(address, timeout=timeout), reason)
        listener.shutdown(socket.SHUT_RDWR)
    assert re.search(reason, said), said


def test_a_body_above_the_peer_s_limit_is_refused_here(connect: Callable[..., Client]) -> None:
    broker = Broker(max_body=1000)
    client = connect(broker.address)
    assert client.submit_bytes(bytes(1000)).result(PATIENCE) == bytes(1000)
    with pytest.raises(errors.TooLarge, match="1001 bytes"):
        client.submit_bytes(bytes(1001))
    client.close()
    broker.close()


def test_a_forked_child_gets_a_clear_error(broker: Broker, connect: Callable[..., Client]) -> None:
    client = connect(broker.address)
    child = os.fork()
    if child == 0:  # no assertion may leave the child
        status = 1
        try:
            client.submit(note, 1)
        except errors.ForkError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client.submit(note, 2).result(PATIENCE) == b""
    assert _ran == [2]


def test_close_may_be_repeated_and_is_the_end(broker: Broker, connect: Callable[..., Client]) -> None:
    client = connect(broker.address)
    client.close()
    client.close()
    with pytest.raises(errors.ConnectionLost):
        client.submit(note, 0)


def test_a_thread_that_drives_a_socket_sleeps_until_something_comes(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client(broker.address, transport="pyzmq", heartbeat=0) as client:
        driven: Any = client._mail._core
        turns: list[int] = []
        look = driven._look
        monkeypatch.setattr(driven, "_look", lambda *more: (turns.append(1), look(*more)))
        assert client.submit(note, 0).result(PATIENCE) == b""
        assert client._mail.drain(PATIENCE)
        assert len(turns) < 20


def test_a_broker_whose_epoch_is_over_is_passed_over(connect: Callable[..., Client]) -> None:
    def broker_of(epoch: int, port: int = 0) -> Broker:
        made = Broker(port=port)
        made.cluster, made.epoch = b"c" * 16, epoch
        return made

    leader, old = broker_of(2, free_port()), broker_of(1)
    try:
        client = connect(f"127.0.0.1:{leader.port},127.0.0.1:{old.port}")
        assert client.submit(abs, -1).result(PATIENCE) == 1
        leader.close()
        waits = client.submit(abs, -2)
        until(lambda: len(old.hellos) >= 2)  # the one before was passed over
        assert not waits.done()
        assert not old.got
        leader = broker_of(3, leader.port)
        assert waits.result(PATIENCE) == 2
        assert not old.got
    finally:
        leader.close()
        old.close()
