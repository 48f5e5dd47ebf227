"""What holds when the network breaks: connections reset under load, and one direction held up."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from cluster import broker, noted, python_shim, settings
from e2e_tasks import noted as noted_task
from e2e_tasks import noted_below, wait_for
from mailroom import Client
from mailroom_peer import wire
from mailroom_peer.wire import Role
from proxy import Proxy, some_cuts
from raw import framed, hello, read_to_end, zmtp
from running import EXPIRY, Programs, until

PATIENCE = 60.0  # seconds
LARGE = 3 << 20  # bytes: a body of twelve chunks
FAST = 20  # ms between attempts to connect
BEAT = 100  # ms


class Load:
    """Tasks whose results must come back, and which must run once each."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.file = folder / "noted"
        self.next = 0
        self.checks: list[Callable[[], None]] = []

    def take(self, count: int) -> range:
        """Numbers that no other task has."""
        self.next += count
        return range(self.next - count, self.next)

    def calls(self, count: int) -> None:
        """A call at a time."""
        path = str(self.file)
        futures = {
            number: self.client.submit(noted_task, path, number, number) for number in self.take(count)
        }
        self.checks.append(
            lambda: self.same([future.result(PATIENCE) for future in futures.values()], list(futures))
        )

    def map(self, count: int) -> None:
        """Many calls in one message."""
        numbers = self.take(count)
        mapped = self.client.map(noted_task, [str(self.file)] * count, numbers, numbers)
        self.checks.append(lambda: self.same(mapped.result(PATIENCE), list(numbers)))

    def nested(self, count: int) -> None:
        """A task that submits others."""
        numbers = list(self.take(count))
        future = self.client.submit(noted_below, str(self.file), numbers)
        self.checks.append(lambda: self.same(future.result(PATIENCE), numbers))

    def plain(self, count: int) -> None:
        """Programs that read and write."""
        parts = [b"%d\n" % number for number in self.take(count)]
        mapped = self.client.map_bytes(parts)
        self.checks.append(lambda: self.same(mapped.result(PATIENCE), parts))

    def large(self) -> None:
        """A body of several chunks, there and back."""
        (number,) = self.take(1)
        body = number.to_bytes(8, "big") * (LARGE // 8)
        future = self.client.submit(noted_task, str(self.file), number, body)
        self.checks.append(lambda: self.same(future.result(PATIENCE) == body, True))

    def same(self, got: object, wanted: object) -> None:
        assert got == wanted

    def check(self) -> None:
        """Waits for all results; each task has run once."""
        for check in self.checks:
            check()
        assert noted(self.file) == list(range(self.next))


def echo(folder: Path) -> str:
    """A script for plain workers that does as `noted_task`."""
    return f"read number; echo $number >>{folder / 'noted'}; echo $number"


@pytest.mark.parametrize(("cut", "seed"), [("client", 1), ("managers", 2), ("both", 3)])
def test_connections_that_are_reset_under_load(
    programs: Programs, tmp_path: Path, cut: str, seed: int
) -> None:
    shims = python_shim(programs), programs.plain(echo(tmp_path))
    quick = settings(programs, redial=FAST)
    client_cuts = some_cuts(seed, 6, LARGE) if cut != "managers" else []
    manager_cuts = [some_cuts(seed, 12, LARGE), some_cuts(seed, 12, 10_000)] if cut != "client" else [[], []]
    with contextlib.ExitStack() as stack:
        below = [stack.enter_context(Proxy(shim.port)) for shim in shims]
        router = broker(programs, *(proxy.port for proxy in below), options=quick)
        front = stack.enter_context(Proxy(router.port))
        load = Load(stack.enter_context(Client(f"127.0.0.1:{front.port}")), tmp_path)
        until(lambda: router.log().count(" is connected") == 2, "both shims are connected")
        for proxy, cuts in zip((front, *below), (client_cuts, *manager_cuts), strict=True):
            proxy.cut(cuts)
        for _ in range(3):
            load.calls(200)
            load.large()
            load.map(600)
            load.nested(60)
            load.plain(40)
        while any(proxy.cutting for proxy in (front, *below)):
            load.large()
            load.plain(10)
            load.checks[-1]()
        load.check()
        assert front.cuts == len(client_cuts)
        assert [proxy.cuts for proxy in below] == [len(cuts) for cuts in manager_cuts]
    log = router.log()
    assert log.count(" joined (") == 1, log
    assert log.count(" is connected") == 2, log
    assert " is gone: " not in log + "".join(shim.log() for shim in shims)
    assert ("goes on" in log, "goes on" in shims[0].log()) == (True, cut != "client")


@pytest.mark.parametrize("distance", [1, 70, 150, 300])
def test_first_handshakes_that_are_cut(programs: Programs, tmp_path: Path, distance: int) -> None:
    shim = python_shim(programs, workers=1)
    with Proxy(shim.port) as below:
        below.cut([distance])
        router = broker(programs, below.port, options=settings(programs, redial=FAST))
        with Proxy(router.port) as front:
            front.cut([distance])
            with Client(f"127.0.0.1:{front.port}") as client:
                load = Load(client, tmp_path)
                load.calls(10)
                load.check()
            assert (front.cuts, below.cuts) == (1, 1)


@pytest.mark.parametrize("forth", [True, False])
@pytest.mark.parametrize("stopped", ["client", "manager"])
def test_a_direction_that_is_held_up(programs: Programs, tmp_path: Path, stopped: str, forth: bool) -> None:
    shim = python_shim(programs)
    beats = {section: {"heartbeat": BEAT} for section in ("client_links", "manager_links")}
    quick = settings(programs, redial=FAST, **beats)
    with contextlib.ExitStack() as stack:
        below = stack.enter_context(Proxy(shim.port))
        router = broker(programs, below.port, options=quick)
        front = stack.enter_context(Proxy(router.port))
        load = Load(stack.enter_context(Client(f"127.0.0.1:{front.port}")), tmp_path)
        load.calls(10)
        load.check()
        held = front if stopped == "client" else below
        before = held.accepted
        held.stop(forth=forth)
        load.calls(100)
        load.large()
        held.accepts(before + 1)  # both sides have given the silent connection up
        held.go()
        load.calls(10)
        load.check()
    assert router.log().count(" joined (") == 1
    until(lambda: "goes on" in router.log(), "the link goes on")
    assert " is gone: " not in router.log() + shim.log()


@pytest.mark.parametrize("forth", [True, False])
@pytest.mark.parametrize("stopped", ["client", "manager"])
def test_a_link_that_does_not_come_back_in_time(
    programs: Programs, tmp_path: Path, stopped: str, forth: bool
) -> None:
    shim = python_shim(programs, workers=1)
    short = {f"{stopped}_links": {"heartbeat": BEAT, "expiry": EXPIRY}}
    with contextlib.ExitStack() as stack:
        below = stack.enter_context(Proxy(shim.port))
        router = broker(programs, below.port, options=settings(programs, redial=FAST, **short))
        front = stack.enter_context(Proxy(router.port))
        client = stack.enter_context(Client(f"127.0.0.1:{front.port}"))
        stop = tmp_path / "stop"
        held = client.submit(wait_for, str(stop))
        until(held.running, "the task runs")
        side = front if stopped == "client" else below
        side.stop(forth=forth)
        if stopped == "client":
            router.logs(" is absent: its session stays for its lease")
        else:
            router.logs(" is gone: its connection did not come back in time")
        side.go()
        stop.touch()
        assert held.result(PATIENCE) == str(stop)  # the session had it, or it was given out again
        assert client.submit(pow, 2, 3).result(PATIENCE) == 8


def test_last_words_are_read(programs: Programs) -> None:
    """A peer that is written to after it has closed its end has said something before: that counts."""
    router = programs.broker()
    with zmtp(router.port, framed(hello(Role.CLIENT, name="leaver"))) as guest:
        router.logs("client leaver joined")
        guest.sendall(framed(wire.Ping()) * 20_000 + framed(wire.Disconnect(text="bye", seq=1)))
        guest.shutdown(socket.SHUT_WR)
        read_to_end(guest)
        router.logs("client leaver left")
    assert "connection of client leaver" not in router.log()
