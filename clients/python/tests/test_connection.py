"""A connection shakes hands, and loses and repeats nothing when TCP connections are cut."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest

import mailroom
from mailroom import errors
from mailroom._link.connection import Connection
from mailroom._wire import wire
from peer import PATIENCE, Line, Peer, Proxy


class Ends:
    """What a connection's callbacks were told."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.messages: list[tuple[wire.Message, bytes]] = []
        self.ups: list[bool] = []
        self.lost: list[str] = []

    def on_message(self, message: wire.Message, body: bytes) -> None:
        with self.changed:
            self.messages.append((message, body))
            self.changed.notify_all()

    def on_up(self, new_link: bool) -> None:
        with self.changed:
            self.ups.append(new_link)
            self.changed.notify_all()

    def on_lost(self, reason: str) -> None:
        with self.changed:
            self.lost.append(reason)
            self.changed.notify_all()

    def wait(self, until: Any) -> None:
        with self.changed:
            assert self.changed.wait_for(until, PATIENCE)

    @property
    def texts(self) -> list[str]:
        return [message.text for message, _ in self.messages if isinstance(message, wire.Log)]


class Peers:
    """Makes listeners, proxies and connections, and closes them after the test."""

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.got: list[tuple[wire.Message, bytes]] = []

    def peer(self, **options: Any) -> Peer:
        def keep(line: Line, message: wire.Message, body: bytes) -> None:
            self.got.append((message, body))

        self.made.append(Peer(keep, **options))
        return self.made[-1]

    def proxy(self, peer: Peer) -> Proxy:
        self.made.append(Proxy(peer.port))
        return self.made[-1]

    def connect(
        self, address: str, role: wire.Role = wire.Role.CLIENT, **options: Any
    ) -> tuple[Connection, Ends]:
        ends = Ends()
        calls = {"on_message": ends.on_message, "on_up": ends.on_up, "on_lost": ends.on_lost}
        connection = Connection(address, role=role, **{**calls, **options})
        self.made.append(connection)
        return connection, ends


@pytest.fixture
def peers() -> Iterator[Peers]:
    made = Peers()
    yield made
    for one in reversed(made.made):
        one.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def log(number: int) -> wire.Log:
    return wire.Log(text=str(number))


def test_shakes_hands_and_passes_messages_both_ways(peers: Peers) -> None:
    peer = peers.peer()
    connection, ends = peers.connect(peer.address, session=b"s" * 16, name="me")
    connection.wait(PATIENCE)
    hello = peer.hellos[0]
    said = (hello.role, hello.session, hello.name, hello.peer_boot)
    assert said == (wire.Role.CLIENT, b"s" * 16, "me", None)
    connection.send(wire.Ready(corr=7), b"body")
    peer.wait(lambda: peers.got)
    assert (peers.got[0][0].seq, peers.got[0][1]) == (1, b"body")
    peer.do(lambda: peer.lines[hello.link].send(log(1), b"back"))
    ends.wait(lambda: ends.messages)
    assert (ends.texts, ends.messages[0][1], ends.ups) == (["1"], b"back", [True])
    assert connection.drain(PATIENCE)


def test_large_bodies_travel_in_pieces(peers: Peers) -> None:
    peer = peers.peer(window=1 << 20)
    connection, ends = peers.connect(peer.address, window=1 << 20)
    body = os.urandom(5_000_000)
    connection.send(wire.Ready(corr=1), body)
    peer.wait(lambda: peers.got)
    assert peers.got[0][1] == body
    assert peers.got[0][0].seq == 20  # 19 chunks of 262,144 bytes before it
    peer.do(lambda: next(iter(peer.lines.values())).send(log(1), body))
    ends.wait(lambda: ends.messages)
    assert ends.messages[0][1] == body


@pytest.mark.parametrize(("size", "cuts"), [(0, 8), (20_000, 4)])
def test_cut_connections_lose_and_repeat_nothing(peers: Peers, size: int, cuts: int) -> None:
    peer = peers.peer(window=1 << 18)
    proxy = peers.proxy(peer)
    connection, ends = peers.connect(proxy.address, window=1 << 18)
    connection.wait(PATIENCE)
    line = next(iter(peer.lines.values()))
    sent: list[int] = []
    enough = threading.Event()

    def talk() -> None:
        while not enough.is_set():
            number = len(sent)
            connection.send(wire.Ready(corr=number), bytes(size))
            peer.do(lambda number=number, size=size: line.send(log(number), bytes(size)))
            sent.append(number)
            if number % 50 == 49:  # enough under way to lose some, not so much that it piles up
                connection.drain(PATIENCE)
                ends.wait(lambda: len(ends.messages) == len(sent))

    talker = threading.Thread(target=talk)
    talker.start()
    for _ in range(cuts):
        proxy.cut(after=5_000 + 5 * size)
    enough.set()
    talker.join(PATIENCE)
    peer.wait(lambda: len(peers.got) >= len(sent))
    ends.wait(lambda: len(ends.messages) >= len(sent))
    assert [message.corr for message, _ in peers.got] == sent  # type: ignore[attr-defined]
    assert ends.texts == [str(number) for number in sent]
    assert ends.ups[0] is True
    assert set(ends.ups[1:]) == {False}
    assert not ends.lost
    assert proxy.accepted > cuts


def test_a_connection_cut_inside_a_large_body_goes_on_with_it(peers: Peers) -> None:
    peer = peers.peer()
    proxy = peers.proxy(peer)
    connection, ends = peers.connect(proxy.address)
    connection.wait(PATIENCE)
    body = os.urandom(6_000_000)
    connection.send(wire.Ready(corr=1), body)
    proxy.cut(after=1_000_000)
    peer.wait(lambda: peers.got)
    assert [got for _, got in peers.got] == [body]
    ends.wait(lambda: ends.ups == [True, False])


def test_a_listener_that_was_started_anew_means_a_new_link(peers: Peers) -> None:
    peer = peers.peer()
    proxy = peers.proxy(peer)
    connection, ends = peers.connect(proxy.address)
    connection.send(wire.Ready(corr=1))
    peer.wait(lambda: len(peers.got) == 1)
    peer.restart()
    proxy.cut()
    ends.wait(lambda: len(ends.ups) == 2)
    assert ends.ups == [True, True]
    assert len(ends.lost) == 1
    assert "started anew" in ends.lost[0]
    connection.send(wire.Ready(corr=2))
    peer.wait(lambda: len(peers.got) == 2)
    assert [message.seq for message, _ in peers.got] == [1, 1]


def test_a_listener_that_has_no_link_is_shaken_hands_with_again(peers: Peers) -> None:
    peer = peers.peer()
    connection, ends = peers.connect(peer.address)
    connection.wait(PATIENCE)
    peer.restart()
    connection.send(wire.Ready(corr=1))  # answered with NO_HANDSHAKE
    ends.wait(lambda: len(ends.ups) == 2)
    assert ends.ups == [True, True]


def test_a_silent_connection_is_made_anew(peers: Peers) -> None:
    peer = peers.peer()
    connection, ends = peers.connect(peer.address, heartbeat=50)
    connection.wait(PATIENCE)
    peer.do(lambda: setattr(peer, "mute", True))
    with connection._lock:
        assert connection._lock.wait_for(lambda: "silent" in connection._dialler.progress, PATIENCE)
    peer.do(lambda: setattr(peer, "mute", False))
    ends.wait(lambda: len(ends.ups) == 2)
    assert ends.ups == [True, False]


@pytest.mark.parametrize(
    ("version", "advice"), [(2, r"upgrade this one \(pip install"), (0, "upgrade the broker")]
)
def test_another_version_is_named_with_what_to_upgrade(peers: Peers, version: int, advice: str) -> None:
    peer = peers.peer()
    peer.refuse = msgpack.packb([version, wire.Kind.ERROR, 0, 0, wire.Code.BAD_VERSION, "not yours"])
    connection, _ = peers.connect(peer.address)
    ours = (
        rf"version {version} of the protocol; this side, mailroom {mailroom.__version__} for Python, speaks"
    )
    with pytest.raises(errors.BadVersion, match=rf"{peer.address}: .*{ours} version 1: {advice}") as raised:
        connection.wait(PATIENCE)
    assert raised.value.code == wire.Code.BAD_VERSION


def test_a_link_without_a_connection_expires(peers: Peers) -> None:
    peer = peers.peer()
    proxy = peers.proxy(peer)
    connection, ends = peers.connect(proxy.address, expiry=100)
    connection.wait(PATIENCE)
    proxy.refuse = True
    proxy.cut()
    ends.wait(lambda: ends.lost)
    assert "too long" in ends.lost[0]
    connection.send(wire.Ready(corr=1))
    proxy.refuse = False
    peer.wait(lambda: peers.got)
    assert ends.ups == [True, True]


def test_the_first_connection_is_tried_for_until_the_listener_is_there(peers: Peers) -> None:
    port = free_port()
    connection, ends = peers.connect(f"tcp://127.0.0.1:{port}")
    connection.send(wire.Ready(corr=1))
    with connection._lock:
        assert connection._lock.wait_for(lambda: "refused" in connection._dialler.progress, PATIENCE)
    peer = peers.peer(port=port)
    peer.wait(lambda: peers.got)
    assert ends.ups == [True]


def test_a_worker_s_connection_is_over_when_it_breaks(peers: Peers) -> None:
    peer = peers.peer()
    proxy = peers.proxy(peer)
    connection, ends = peers.connect(proxy.address, wire.Role.WORKER, heartbeat=0)
    connection.wait(PATIENCE)
    proxy.cut()
    ends.wait(lambda: ends.lost)
    with pytest.raises(errors.ConnectionLost):
        connection.send(wire.Ready())
    assert proxy.accepted == 1


def test_a_goodbye_of_the_listener_ends_the_link(peers: Peers) -> None:
    peer = peers.peer()
    connection, ends = peers.connect(peer.address, wire.Role.WORKER, heartbeat=0)
    connection.wait(PATIENCE)
    peer.do(lambda: next(iter(peer.lines.values())).send(wire.Disconnect(text="it was nice")))
    ends.wait(lambda: ends.lost)
    assert isinstance(ends.messages[-1][0], wire.Disconnect)
    assert "it was nice" in ends.lost[0]


def test_a_refusal_is_told_and_final(peers: Peers) -> None:
    peer = peers.peer()
    peer.refuse = wire.Error(code=wire.Code.REFUSED, text="not you")
    connection, _ = peers.connect(peer.address)
    with pytest.raises(errors.ConnectError, match="not you"):
        connection.wait(PATIENCE)
    assert connection.over


@pytest.mark.parametrize(
    ("address", "says"),
    [("tcp://127.0.0.1:{port}", "refused"), ("tcp://", "not an address")],
)
def test_why_there_is_no_connection_is_said(peers: Peers, address: str, says: str) -> None:
    address = address.format(port=free_port())
    connection, _ = peers.connect(address)
    with pytest.raises(errors.ConnectError, match=says) as raised:
        connection.wait(0.3)
    assert address in str(raised.value)


def test_a_peer_of_another_trade_is_told_from_a_broker(peers: Peers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection, _ = peers.connect(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        visitor, _ = listener.accept()
        visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        visitor.close()
        with pytest.raises(errors.ConnectError, match="not a mailroom broker"):
            connection.wait(0.5)


def test_a_failing_callback_stops_nothing(peers: Peers, caplog: pytest.LogCaptureFixture) -> None:
    peer = peers.peer()
    seen = threading.Semaphore(0)

    def fail(message: wire.Message, body: bytes) -> None:
        seen.release()
        raise ValueError("a fault of the user's")

    connection, _ = peers.connect(peer.address, on_message=fail)
    connection.wait(PATIENCE)
    for _ in range(2):
        peer.do(lambda: next(iter(peer.lines.values())).send(log(1)))
        assert seen.acquire(timeout=PATIENCE)
    assert "a fault of the user's" in caplog.text


def test_a_body_above_the_peer_s_limit_is_refused_here(peers: Peers) -> None:
    peer = peers.peer(max_body=1000)
    connection, _ = peers.connect(peer.address)
    connection.wait(PATIENCE)
    connection.send(wire.Ready(), bytes(1000))
    with pytest.raises(errors.TooLarge, match="1001 bytes"):
        connection.send(wire.Ready(), bytes(1001))


def test_mail_that_was_not_read_is_taken_back_and_sent_again_or_not(peers: Peers) -> None:
    peer = peers.peer()
    proxy = peers.proxy(peer)
    back: list[list[wire.Message]] = []

    def on_up(new_link: bool) -> None:
        back.append(connection.take_back())
        connection.send(wire.Ready(corr=0))

    connection, _ = peers.connect(proxy.address, on_up=on_up, start=False)
    connection.send(wire.Ready(corr=1))
    connection.start()
    peer.wait(lambda: len(peers.got) == 1)
    assert connection.drain(PATIENCE)
    proxy.refuse = True
    proxy.cut()
    connection.send(wire.Ready(corr=2))
    connection.send(wire.Ready(corr=3), bytes(300_000))
    peer.restart()
    proxy.refuse = False
    peer.wait(lambda: len(peers.got) == 2)
    assert [message.corr for message, _ in peers.got] == [0, 0]  # type: ignore[attr-defined]
    assert [[message.corr for message in mail] for mail in back] == [[1], [2, 3]]  # type: ignore[attr-defined]


def test_a_session_that_another_process_took_is_not_dialled_for_again(peers: Peers) -> None:
    peer = peers.peer()
    proxy = peers.proxy(peer)
    connection, ends = peers.connect(proxy.address)
    connection.wait(PATIENCE)
    taken = wire.Error(code=wire.Code.TAKEN, text="it is another's")
    peer.do(lambda: next(iter(peer.lines.values())).send(taken))
    ends.wait(lambda: ends.lost)
    assert (ends.lost, connection.over) == (["it is another's"], "it is another's")
    with pytest.raises(errors.SessionTaken, match="another's"):
        connection.send(wire.Ready())
    assert proxy.accepted == 1


def test_an_alarm_comes_once(peers: Peers) -> None:
    rings = threading.Semaphore(0)
    connection, _ = peers.connect(peers.peer().address, on_alarm=rings.release)
    connection.wait(PATIENCE)
    connection.alarm(3_600_000)
    connection.alarm(1)
    connection.alarm(3_600_000)
    assert rings.acquire(timeout=PATIENCE)
    assert connection.drain(PATIENCE)
    assert not rings.acquire(blocking=False)


def test_a_forked_child_gets_a_clear_error(peers: Peers) -> None:
    peer = peers.peer()
    connection, _ = peers.connect(peer.address)
    connection.wait(PATIENCE)
    child = os.fork()
    if child == 0:  # no assertion may leave the child
        status = 1
        try:
            connection.close()
            connection.send(wire.Ready())
        except errors.ForkError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    connection.send(wire.Ready(corr=1))
    peer.wait(lambda: peers.got)


def test_close_is_quick_and_may_be_repeated(peers: Peers) -> None:
    connection, ends = peers.connect(f"tcp://127.0.0.1:{free_port()}")
    started = time.monotonic()
    connection.close()
    connection.close()
    assert time.monotonic() - started < 1.0
    assert not ends.lost
    with pytest.raises(errors.ConnectionLost):
        connection.send(wire.Ready())


def test_an_idle_connection_does_not_use_the_processor(peers: Peers) -> None:
    peer = peers.peer()
    connection, _ = peers.connect(peer.address, heartbeat=0)
    connection.wait(PATIENCE)
    assert connection.drain(PATIENCE)
    turns = []
    turn = connection._turn
    connection._turn = lambda: (turns.append(1), turn())  # type: ignore[assignment, func-returns-value, method-assign]
    connection.send(wire.Ready(corr=1))
    assert connection.drain(PATIENCE)
    assert len(turns) < 20
