"""A host name with several addresses is several managers, which come and go with what the name stands for."""

from __future__ import annotations

import signal

import pytest
from cluster import broker, python_shim, settings
from e2e_tasks import root_of
from hosts import Hosts, hosts_or_skip
from mailroom import Client
from mailroom_peer.ports import free_port
from running import SOON, Program, Programs, until

QUICK = 50  # ms between attempts to connect, and between look-ups
NAME = "nodes.test"


@pytest.fixture
def hosts(programs: Programs) -> Hosts:
    return hosts_or_skip(programs)


def shim_at(programs: Programs, address: str, port: int) -> Program:
    shim = python_shim(programs, "--bind", address, workers=1, port=port)
    assert shim.port == port
    return shim


def broker_of(programs: Programs, hosts: Hosts, *names: str) -> Program:
    quick = settings(programs, redial=QUICK, lookup=QUICK, manager_links={"expiry": 500})
    return hosts.start("mailroomd", "-v", "-p", 0, *quick, *names)


def connected(router: Program, address: str, times: int = 1) -> None:
    text = f" at {address} ("
    until(lambda: router.log().count(text) == times, f"{address} is connected {times} times")


def test_each_address_is_a_manager(programs: Programs, hosts: Hosts) -> None:
    port = free_port()
    hosts.set(NAME, "127.0.0.1", "127.0.0.2")
    shims = [shim_at(programs, f"127.0.0.{number}", port) for number in (1, 2, 3)]
    router = broker_of(programs, hosts, f"{NAME}:{port}")
    for shim in shims[:2]:
        shim.logs("serving the boss")
    assert "serving the boss" not in shims[2].log()
    hosts.set(NAME, "127.0.0.1", "127.0.0.2", "127.0.0.3")
    shims[2].logs("serving the boss")
    connected(router, "127.0.0.3")
    assert router.log().count(f"manager {NAME}:{port} at 127.0.0.") == 3
    with Client(f"127.0.0.1:{router.port}") as client:
        assert client.map(root_of, [4.0] * 30).result(SOON) == [2.0] * 30
    router.signal(signal.SIGINT)
    assert [router.ends(), *(shim.ends() for shim in shims)] == [0, 0, 0, 0]
    programs.all_gone()


def test_an_address_that_is_gone_keeps_its_connection_and_is_not_dialled_again(
    programs: Programs, hosts: Hosts
) -> None:
    port = free_port()
    hosts.set(NAME, "127.0.0.1", "127.0.0.2")
    staying, going = (shim_at(programs, f"127.0.0.{number}", port) for number in (1, 2))
    router = broker_of(programs, hosts, f"{NAME}:{port}")
    connected(router, "127.0.0.1")
    connected(router, "127.0.0.2")
    hosts.set(NAME, "127.0.0.1", "127.0.0.3")
    shim_at(programs, "127.0.0.3", port)
    connected(router, "127.0.0.3")  # so the look-up that misses the other one is done
    assert " is gone: " not in router.log()
    going.logs("serving the boss")
    staying.signal(signal.SIGTERM)
    going_log = len(going.log())
    with Client(f"127.0.0.1:{router.port}") as client:
        assert client.map(root_of, [4.0] * 30).result(SOON) == [2.0] * 30
    assert "boss" not in going.log()[going_log:]
    going.signal(signal.SIGKILL)
    going.ends()
    again = shim_at(programs, "127.0.0.2", port)
    hosts.set(NAME, "127.0.0.3", "127.0.0.4")
    shim_at(programs, "127.0.0.4", port)
    connected(router, "127.0.0.4")
    assert "serving the boss" not in again.log()
    assert f"cannot connect to manager {NAME}:{port} at 127.0.0.2" not in router.log()
    hosts.set(NAME, "127.0.0.2")
    again.logs("serving the boss")


def test_a_look_up_that_fails_changes_nothing(programs: Programs, hosts: Hosts) -> None:
    port = free_port()
    router = broker_of(programs, hosts, f"{NAME}:{port}")
    router.logs(f"cannot resolve {NAME}: ")
    hosts.set(NAME, "127.0.0.2")
    first = shim_at(programs, "127.0.0.2", port)
    connected(router, "127.0.0.2")
    hosts.set(NAME)
    until(lambda: router.log().count(f"cannot resolve {NAME}") == 2, "the name is unknown again")
    first.signal(signal.SIGKILL)
    first.ends()
    shim_at(programs, "127.0.0.2", port)
    connected(router, "127.0.0.2", times=2)


def test_a_machine_with_addresses_of_both_families_is_one_manager(programs: Programs, hosts: Hosts) -> None:
    port = free_port()
    hosts.set(NAME, "::1", "127.0.0.1")
    hosts.set("other.test", "127.0.0.1")
    shim = shim_at(programs, "127.0.0.1", port)
    router = broker_of(programs, hosts, f"{NAME}:{port}", f"other.test:{port}")
    shim.logs("serving the boss")
    # by a second name it is the same one
    router.logs("refuses the handshake: this manager serves this boss already")
    with Client(f"127.0.0.1:{router.port}") as client:
        assert client.submit(root_of, 4.0).result(SOON) == 2.0
    assert " at ::1" not in router.log()
    assert router.log().count(" is connected") == 1


def test_more_addresses_than_there_may_be_lines(programs: Programs, hosts: Hosts) -> None:
    port = free_port()
    hosts.set(NAME, "127.0.0.1", "127.0.0.2", "127.0.0.3")
    few = settings(programs, redial=QUICK, lookup=QUICK, limits={"found": 2})
    router = hosts.start("mailroomd", "-v", "-p", 0, *few, f"{NAME}:{port}")
    router.logs(f"{NAME} has more addresses than may be dialled: the rest is left out (setting limits/found)")
    until(lambda: router.log().count("cannot connect to manager") == 2, "two of them are dialled")


def test_a_boss_is_looked_up_at_each_attempt(programs: Programs, hosts: Hosts) -> None:
    port = free_port()
    hosts.set("broker.test", "127.0.0.8", "127.0.0.9")
    shim = hosts.start(
        "mailroom-shim",
        *("-v", "-n", 1, "--broker", f"broker.test:{port}"),
        *settings(programs, redial=QUICK),
        *("--plain", "--", "cat"),
    )
    shim.logs(f"cannot connect to boss broker.test:{port}")
    hosts.set("broker.test", "127.0.0.8", "127.0.0.1")  # of several addresses it takes the one that answers
    router = broker(programs, port=port)
    shim.logs("serving the boss")
    with Client(f"127.0.0.1:{router.port}") as client:
        assert client.submit_bytes(b"mail").result(SOON) == b"mail"
