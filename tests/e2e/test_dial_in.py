"""Managers that dial their boss, since it cannot dial them: in any order, when networks break, in trees."""

from __future__ import annotations

import itertools
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cluster import WORKER, broker, noted, python_shim, settings
from e2e_tasks import noted as noted_task
from e2e_tasks import root_of, wait_for
from mailroom import Client
from mailroom_peer.ports import free_port
from proxy import Proxy, some_cuts
from running import EXPIRY, SOON, Program, Programs, run, until

QUICK = 50  # ms between attempts to connect
BEAT = 100  # ms


def dialling(
    programs: Programs, port: int, *options: object, workers: int = 1, **sections: object
) -> Program:
    """A shim that dials the broker, or the manager, on this port of loopback, with these settings."""
    return programs.start(
        "mailroom-shim",
        *("-v", "-n", workers, "--broker", f"127.0.0.1:{port}"),
        *settings(programs, redial=QUICK, **sections),
        *options,
        *("--", *WORKER),
    )


def calls(port: int, count: int = 20) -> None:
    """A client's calls, and what they return."""
    with Client(f"127.0.0.1:{port}") as client:
        mapped = client.map(root_of, [float(number * number) for number in range(count)])
        assert mapped.result(SOON) == [float(number) for number in range(count)]


@pytest.mark.parametrize("order", list(itertools.permutations(["client", "broker", "shim"])), ids="-".join)
def test_any_start_order(programs: Programs, order: tuple[str, ...]) -> None:
    port = free_port()
    with ThreadPoolExecutor(1) as pool:
        coming = None
        for one in order:
            if one == "client":
                coming = pool.submit(Client, f"127.0.0.1:{port}", timeout=SOON)
            elif one == "broker":
                router = broker(programs, port=port)
            else:
                shim = dialling(programs, port)
                shim.logs(
                    "serving the boss" if "broker" in order[: order.index(one)] else "cannot connect to boss"
                )
        assert coming
        with coming.result(SOON) as client:
            assert client.submit(root_of, 4.0).result(SOON) == 2.0
    router.logs("manager dialled in (")
    router.signal(signal.SIGINT)
    assert (router.ends(), shim.ends()) == (0, 0)
    programs.all_gone()


def test_it_opens_no_port_unless_told_to(programs: Programs) -> None:
    shim = dialling(programs, free_port())
    assert not [name for name in shim.ports() if "port" in name]
    assert "listening for its boss" not in shim.log()
    both = dialling(programs, free_port(), "-p", 0)
    router = broker(programs, both.port)
    both.logs("serving the boss")
    calls(router.port)


def test_the_workers_go_on_over_connections_that_are_reset(programs: Programs, tmp_path: Path) -> None:
    router = broker(programs)
    file = tmp_path / "noted"
    with Proxy(router.port) as below, Client(f"127.0.0.1:{router.port}") as client:
        shim = dialling(programs, below.port, workers=2)
        shim.logs("serving the boss")
        below.cut(some_cuts(4, 8, 20_000))
        count = 0
        while below.cutting:
            numbers = range(count, count + 50)
            mapped = client.map(noted_task, [str(file)] * 50, numbers, numbers)
            assert mapped.result(SOON) == list(numbers)
            count += 50
        assert noted(file) == list(range(count))  # each has run once
    assert "goes on" in router.log()
    assert " is gone: " not in router.log() + shim.log()
    assert router.log().count(" is connected") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_comes_back(programs: Programs, number: signal.Signals) -> None:
    first = broker(programs)
    shim = dialling(programs, first.port, boss_links={"heartbeat": BEAT, "expiry": EXPIRY})
    calls(first.port)
    first.signal(number)
    first.ends()
    second = broker(programs, port=first.port)
    second.logs("manager dialled in (")
    calls(second.port)
    assert shim.log().count("serving the boss") > 1


def test_a_shim_that_comes_back(programs: Programs, tmp_path: Path) -> None:
    beats = settings(programs, manager_links={"heartbeat": BEAT, "expiry": EXPIRY})
    router = broker(programs, options=beats)
    shim = dialling(programs, router.port)
    stop = tmp_path / "stop"
    with Client(f"127.0.0.1:{router.port}") as client:
        held = client.submit(wait_for, str(stop))
        until(held.running, "the task runs")
        shim.signal(signal.SIGKILL)
        shim.ends()
        router.logs(" is gone: ")
        dialling(programs, router.port)
        stop.touch()
        assert client.submit(root_of, 4.0).result(SOON) == 2.0


def test_a_second_boss_waits_until_the_first_is_gone(programs: Programs) -> None:
    own = broker(programs)
    shim = dialling(programs, own.port, "-p", 0)
    shim.logs("serving the boss")
    other = broker(programs, shim.port, options=settings(programs, redial=QUICK))
    other.logs("refuses the handshake: this manager has another boss")
    calls(own.port)
    own.signal(signal.SIGTERM)
    assert own.ends() == 0
    calls(other.port)
    # and while that one is alive, a broker on the old port is not dialled
    third = broker(programs, port=own.port)
    calls(other.port)
    assert "dialled in" not in third.log()
    other.signal(signal.SIGTERM)
    assert other.ends() == 0
    calls(third.port)


@pytest.mark.parametrize("first", ["the manager of managers", "the shims"])
def test_a_tree_in_which_everybody_dials(programs: Programs, first: str) -> None:
    router, port = broker(programs), free_port()

    def middle() -> None:
        options = ("-v", "-p", port, "--accept-managers", "--broker", f"127.0.0.1:{router.port}")
        programs.start("mailroom-shim", *options, *settings(programs, redial=QUICK))

    if first == "the manager of managers":
        middle()
    shims = [dialling(programs, port, workers=1) for _ in range(2)]
    if first == "the shims":
        shims[0].logs("cannot connect to boss")
        middle()
    for shim in shims:
        shim.logs("serving the boss")
    calls(router.port)
    router.signal(signal.SIGINT)
    assert router.ends() == 0
    programs.all_gone()


def test_a_manager_that_is_dialled_accepts_others(programs: Programs) -> None:
    below = python_shim(programs, workers=1)
    middle = programs.start("mailroom-shim", "-v", "-p", 0, "-m", f"127.0.0.1:{below.port}")
    router = broker(programs, middle.port)
    dialling(programs, middle.port)
    middle.logs("manager dialled in (")
    calls(router.port)


def test_a_client_and_a_worker_are_no_managers(programs: Programs) -> None:
    shim = python_shim(programs, workers=1)
    lost = dialling(programs, shim.port)
    lost.logs("refuses the handshake: HELLO: a manager is not expected on this port")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--broker", "host:x"], "--broker host:x: not a HOST or HOST:PORT: the port is not a number"),
        (["--broker", ""], "--broker : it is empty: say a value, or leave it away"),
        (["--broker", "a b"], "a host's name holds no blank, no comma"),
        (["--accept-managers", "-x"], "-x and --accept-managers exclude each other"),
        (["--accept-managers", "--", "a"], "--accept-managers and a worker's command exclude each other"),
    ],
)
def test_bad_arguments_are_named(arguments: list[str], named: str) -> None:
    refused = run("mailroom-shim", *arguments)
    assert refused.returncode == 2
    assert named in refused.stderr


def test_the_options_are_in_the_help() -> None:
    shown = run("mailroom-shim", "--help").stdout
    for option in ("--broker=HOST[:PORT]", "--accept-managers", "--walltime=TIME", "--drain-grace=MS"):
        assert option in shown
