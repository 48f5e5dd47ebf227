"""Connections that say nothing, that nobody wants, or that are too many are closed; no others are."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from pathlib import Path

from cluster import broker, settings
from mailroom import Client
from mailroom_peer import wire
from mailroom_peer.wire import Code, Role
from raw import dealing, framed, hello, zmtp
from running import SOON, Program, Programs, until

MANY = 40
MOST = 8
TOLD = 32  # so many more are told that they are too many
BURST = 10  # seconds' worth of connections that a host may make at once


def _descriptors(program: Program) -> int:
    return len(list(Path(f"/proc/{program.process.pid}/fd").iterdir()))


def _is_closed(made: socket.socket) -> bool:
    """Whether the other end has closed a connection, on which it has said nothing."""
    try:
        return select.select([made], [], [], 0)[0] != [] and made.recv(1) == b""
    except ConnectionResetError:
        return True


def _is_closed_at(talker: socket.socket, said: bytes) -> bool:
    """Says something once more on a connection; whether the other end has closed it."""
    try:
        talker.sendall(said)
        while select.select([talker], [], [], 0)[0]:
            if talker.recv(4096) == b"":
                return True
    except (ConnectionResetError, BrokenPipeError):
        return True
    return False


def _from_elsewhere(port: int, host: int = 2) -> socket.socket:
    """A connection from another host than all others of this test."""
    return socket.create_connection(("127.0.0.1", port), SOON, source_address=(f"127.0.0.{host}", 0))


def test_the_silent_are_closed_and_who_speaks_is_not(programs: Programs) -> None:
    router = programs.broker()
    with Client(f"127.0.0.1:{router.port}", name="speaks") as client, contextlib.ExitStack() as stack:
        client.counts()
        before = _descriptors(router)
        silent = [stack.enter_context(zmtp(router.port)) for _ in range(MANY)]
        with dealing(router.port) as late:
            late.shakes(Role.CLIENT)
            until(lambda: all(map(_is_closed, silent)), "the silent ones are closed")
            until(lambda: _descriptors(router) <= before + 1, "and their descriptors are free")
            late.say(wire.Counts(corr=1))
            late.hears(wire.Counts)
        client.counts()
    router.logs("has said nothing for 10 s and is closed: no HELLO has come")
    assert "its link goes on" not in router.log()


def test_who_is_not_wanted_any_more_is_closed(programs: Programs) -> None:
    """A peer that has broken the protocol, whose link is over, and which stays."""
    router = programs.broker()
    with dealing(router.port) as odd:
        odd.shakes(Role.CLIENT)
        before = _descriptors(router)
        odd.send(wire.encode(wire.Status(seq=7)))
        odd.hears(wire.Error)
        until(lambda: _descriptors(router) < before, "its connection is closed")


def test_who_stood_still_is_told_and_its_link_goes_on(programs: Programs) -> None:
    """Its connection was given up after three silent heartbeats; it is told so when it speaks again."""
    router = programs.broker()
    link = {"boot": os.urandom(16), "link": os.urandom(16), "session": os.urandom(16), "heartbeat": 100}
    with dealing(router.port) as still:
        boot = still.shakes(Role.CLIENT, **link).boot
        router.logs("client raw was silent for too long")
        still.say(wire.Counts(corr=1))
        assert still.hears(wire.Error).code == Code.NO_HANDSHAKE
        with dealing(router.port) as again:
            assert again.shakes(Role.CLIENT, peer_boot=boot, **link).peer_boot == link["boot"]


def test_who_talks_and_never_shakes_hands_is_closed(programs: Programs) -> None:
    """With what is no mail, and with questions that may be asked before the handshake."""
    router = programs.broker()
    question = framed(wire.Counts(corr=1))
    with zmtp(router.port) as babbles, zmtp(router.port) as asks:
        talkers = {babbles: b"\0\3abc", asks: question}
        until(lambda: sum(map(_is_closed_at, talkers, talkers.values())) == 2, "both are closed", pause=0.2)
    router.logs("has had no link for 10 s and is closed")


def test_too_many_are_closed_at_once_and_managers_can_be_dialled(programs: Programs) -> None:
    shim = programs.plain("cat")
    quick = settings(programs, redial=100, limits={"connections": MOST})
    router = broker(programs, options=quick)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(zmtp(router.port)) for _ in range(MOST)]
        with Client(f"127.0.0.1:{router.port}", name="early") as early:
            early.counts()
            made = [_from_elsewhere(router.port, 2 + number) for number in range(MANY)]
            for one in made:
                stack.enter_context(one)
            router.logs(f"there are {MOST + TOLD} already, as many as may be (setting limits/connections)")
            until(lambda: any(map(_is_closed, made)), "one too many is closed")
            assert early.counts()["uptime"] >= 0
        until(lambda: all(map(_is_closed, silent)), "the silent ones are closed")
    second = broker(programs, shim.port, options=quick)
    with Client(f"127.0.0.1:{second.port}") as client:
        assert client.submit_bytes(b"mail").result(SOON) == b"mail"


def test_one_host_has_four_fifths_at_most(programs: Programs) -> None:
    router = broker(programs, options=settings(programs, limits={"connections": MOST}))
    share = 4 * (MOST + TOLD + 1) // 5
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(_from_elsewhere(router.port)) for _ in range(share + 4)]
        router.logs(f"of at most {MOST + TOLD} (setting limits/connections) its host has {share}")
        until(lambda: sum(map(_is_closed, made)) >= 4, "those that are too many are closed")
        with Client(f"127.0.0.1:{router.port}") as client:
            client.counts()


def test_a_host_that_connects_too_fast_is_turned_away_and_others_are_not(programs: Programs) -> None:
    router = broker(programs, options=settings(programs, limits={"connection_rate": 1}))
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(_from_elsewhere(router.port)) for _ in range(4 * BURST)]
        router.logs("its host makes more than 1 a second (setting limits/connection-rate)")
        until(lambda: sum(map(_is_closed, made)) >= 2 * BURST, "most of them are closed")
        assert not all(map(_is_closed, made[:BURST]))
        with Client(f"127.0.0.1:{router.port}") as client:
            client.counts()


def test_a_storm_of_short_connections_closes_nobody_elses(programs: Programs) -> None:
    """Their descriptors are used again at once, by those who speak too."""
    router = broker(programs, options=settings(programs, limits={"connection_rate": 1000000}))
    over = threading.Event()

    def storm() -> None:
        while not over.is_set():
            with zmtp(router.port), contextlib.suppress(OSError):
                pass

    storms = [threading.Thread(target=storm) for _ in range(3)]
    with Client(f"127.0.0.1:{router.port}", name="stays") as client:
        client.counts()
        for thread in storms:
            thread.start()
        try:
            with zmtp(router.port) as silent:
                until(lambda: _is_closed(silent), "the silent one is closed")
                for _ in range(20):
                    with dealing(router.port) as peer:
                        peer.send(wire.encode(hello(Role.CLIENT)))
                        peer.hears(wire.Welcome)
        finally:
            over.set()
            for thread in storms:
                thread.join()
        client.counts()
    assert router.log().count("said nothing for 10 s") == 1
    assert "its link goes on" not in router.log()
