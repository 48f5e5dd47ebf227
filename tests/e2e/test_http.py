"""HTTP at the broker: whoever talks to it, and however, keeps nobody else waiting, and is bounded."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import ExitStack, suppress

import pytest
from over_http import asks, metrics, serving
from running import SOON, Program, Programs, run, until

CONNECTIONS = 64  # edge/http/http.h
ROOM = 8  # edge/http/http.c: so many places are made free
ASKED = 50
TAKEN = 6  # times 4 KiB, or less: so much that the system wants more to send
KEPT = 0.3  # seconds for which the numbers are as they were
LONG_BEFORE = 20.0  # seconds: who takes nothing for 30 is closed anyway


@pytest.fixture
def broker(programs: Programs) -> Program:
    """A broker without managers."""
    return serving(programs)


def connects(broker: Program) -> socket.socket:
    return socket.create_connection(("127.0.0.1", broker.ports()["http"]), timeout=SOON)


def test_a_request_has_bounds(broker: Program) -> None:
    """Its line and headers are small, it has no body, and it only asks."""
    assert asks(broker, "/healthz", X_Long="x" * 20000)[0] == 200
    for status, text in (
        (414, f"GET /{'x' * 40000} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        (431, f"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {'x' * 40000}\r\n\r\n"),
        (405, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ):
        with connects(broker) as one:
            with suppress(ConnectionError):  # it may have answered and closed before it has all
                one.sendall(text.encode())
            assert one.recv(12) == f"HTTP/1.1 {status}".encode()
    with connects(broker) as one:
        one.sendall(b"no HTTP\r\n\r\n")
        assert one.recv(10) == b"HTTP/1.1 4"
    assert asks(broker, "/healthz")[0] == 200


def test_head_and_pipelined_requests(broker: Program) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", broker.ports()["http"], timeout=SOON)
    connection.request("HEAD", "/metrics")
    answer = connection.getresponse()
    assert int(answer.headers["Content-Length"]) > 1000
    assert answer.read() == b""
    connection.close()
    with connects(broker) as one:
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        read = b""
        while read.count(b"the broker runs") < 20:
            read += one.recv(4096)


def test_who_only_connects_keeps_nobody_out(broker: Program) -> None:
    """Of more connections than may be the idlest is closed, and what is asked is answered."""
    with ExitStack() as stack:
        idle = [stack.enter_context(connects(broker)) for _ in range(3 * CONNECTIONS)]
        for _ in range(20):
            assert asks(broker, "/healthz")[0] == 200
        assert metrics(broker)["mailroom_http_connections"] <= CONNECTIONS
        assert idle[0].recv(1) == b""
    until(lambda: metrics(broker)["mailroom_http_connections"] == 1, "they are closed")


def unread(broker: Program) -> socket.socket:
    """A connection on which much is asked and nothing is read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    made.setblocking(False)
    made.connect_ex(("127.0.0.1", broker.ports()["http"]))
    return made


def is_over(made: socket.socket) -> bool:
    """Asks once more on it; whether it has been closed."""
    try:
        made.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return False


def test_who_asks_and_does_not_read_keeps_nobody_out(broker: Program) -> None:
    """As many as may be ask, read no answer, and come again when they are closed: who reads is served."""
    done = threading.Event()
    mute = [unread(broker) for _ in range(2 * CONNECTIONS)]

    def come_again() -> None:
        while not done.wait(0.05):
            for i, made in enumerate(mute):
                if is_over(made):
                    made.close()
                    mute[i] = unread(broker)

    attack = threading.Thread(target=come_again)
    attack.start()
    try:
        until(lambda: sum(not is_over(made) for made in mute) >= CONNECTIONS, "they are there")
        served = http.client.HTTPConnection("127.0.0.1", broker.ports()["http"], timeout=LONG_BEFORE)
        served.request("GET", "/healthz")
        assert served.getresponse().read() == b"the broker runs\n"
        served.close()
    finally:
        done.set()
        attack.join()
        for made in mute:
            made.close()


def test_who_reads_one_answer_after_the_other_keeps_nobody_out(broker: Program) -> None:
    """As many as may be take a little of what they have asked for all the time: they go again."""
    asked = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20

    def comes() -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        made.connect(("127.0.0.1", broker.ports()["http"]))
        made.setblocking(False)
        with suppress(BlockingIOError):
            made.send(asked * 20)
        return made

    def take_a_little() -> int:
        """How many of them have been closed."""
        for made in [made for made in slow if made not in over]:
            try:
                for _ in range(TAKEN):
                    if made.recv(4096) == b"":
                        over.add(made)
            except BlockingIOError:
                pass
            except OSError:
                over.add(made)
            with suppress(OSError):
                made.send(asked)
        time.sleep(0.3)
        return len(over)

    slow = [comes() for _ in range(CONNECTIONS)]
    over: set[socket.socket] = set()
    until(lambda: take_a_little() >= ROOM, "some of them are closed, and others find room")
    assert asks(broker, "/healthz")[0] == 200
    for made in slow:
        made.close()


def test_a_long_accept_costs_no_more_than_another_header(broker: Program) -> None:
    """Each type in it is read once: what it costs grows with its length, not with the square of that."""

    def costs(accept: str) -> float:
        asks(broker, "/healthz")
        before = metrics(broker)["process_cpu_seconds_total"]
        for _ in range(ASKED):
            assert asks(broker, "/metrics", Accept=accept[:31000])[0] == 200
        time.sleep(KEPT)  # the numbers are made anew
        return metrics(broker)["process_cpu_seconds_total"] - before

    one = costs("application/openmetrics-text," + "x" * 31000)
    assert costs("application/openmetrics-text," + "text/plain," * 3000) < 10 * one + 0.1


def test_who_reads_slowly_holds_nothing_up(programs: Programs, broker: Program) -> None:
    """A hundred requests are sent, and no answer is read: others are served, and so are clients."""
    with connects(broker) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50
        end = time.monotonic() + 2
        sent = 0
        while time.monotonic() < end and sent < 100000:
            try:
                sent += slow.send(request)
            except BlockingIOError:
                break
        assert asks(broker, "/healthz")[0] == 200
        done = run("mailroom", "check", "--alive", "--broker", f"127.0.0.1:{broker.port}")
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("0.0.0.0:0", "everybody who can reach this address"),
        ("nowhere.example", "the address is not numeric, 'localhost' or '*'"),
        ("ipc:///tmp/http", "the address is not numeric, 'localhost' or '*'"),
        ("70000", "a port is between 0 and 65535"),
        ("127.0.0.1:x", "the port is not a number"),
        ("", "it is empty: say a value, or leave it away"),
    ],
)
def test_where_it_cannot_be(what: str, says: str, nothing_said: None) -> None:
    done = run("mailroomd", "--http", what)
    assert done.returncode == 2
    assert done.stderr.startswith(f"mailroomd: --http {what}: {says}")


def test_a_port_that_is_taken(programs: Programs, broker: Program) -> None:
    taken = broker.ports()["http"]
    done = run("mailroomd", "-p", 0, "--http", taken)
    assert done.returncode == 1
    assert f"cannot serve HTTP at 127.0.0.1:{taken}: Address already in use (see --http)" in done.stderr


def test_it_is_off_by_default(programs: Programs) -> None:
    assert set(programs.broker().ports()) == {"port"}


def test_the_file_says_it_too(programs: Programs) -> None:
    """And loopback may be IPv6."""
    (programs.folder / "broker.cfg").write_text('http\n    address = "[::1]:0"\n')
    broker = programs.broker(options=("-c", programs.folder / "broker.cfg"))
    connection = http.client.HTTPConnection("::1", broker.ports()["http"], timeout=SOON)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
