"""Programs start in any order, go and come back; what stays serves what comes, and clients are told."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cluster import broker, noted, python_shim, rank, settings
from e2e_tasks import noted as noted_task
from e2e_tasks import root_of, wait_for
from mailroom import Client, State
from mailroom_peer.ports import free_port
from running import SOON, Program, Programs, until

QUICK = 50  # ms between attempts to connect


def quick(programs: Programs) -> tuple[str, str]:
    return settings(programs, redial=QUICK)


@pytest.mark.parametrize("order", list(itertools.permutations(["client", "broker", "shim"])), ids="-".join)
def test_any_start_order(programs: Programs, order: tuple[str, ...]) -> None:
    front, below = free_port(), free_port()
    address = f"127.0.0.1:{front}"
    running: dict[str, Program] = {}
    with ThreadPoolExecutor(1) as pool:
        coming = None
        for one in order:
            if one == "client":
                coming = pool.submit(Client, address, timeout=SOON)
                if "broker" in running:
                    running["broker"].logs("joined")
            elif one == "broker":
                running[one] = broker(programs, below, options=quick(programs), port=front)
                running[one].logs("is connected" if "shim" in running else "cannot connect to manager")
            else:
                running[one] = python_shim(programs, workers=1, port=below)
                assert running[one].port == below
        assert coming
        with coming.result(SOON) as client:
            assert client.submit(root_of, 4.0).result(SOON) == 2.0


def leave(program: Program) -> None:
    program.signal(signal.SIGTERM)
    assert program.ends() == 0


def crash(program: Program) -> None:
    program.signal(signal.SIGKILL)
    program.ends()


@pytest.mark.parametrize("end", [leave, crash])
def test_a_shim_that_comes_back(programs: Programs, tmp_path: Path, end: Callable[[Program], None]) -> None:
    shim = python_shim(programs, workers=1)
    router = broker(programs, shim.port, options=quick(programs))
    file, stop = tmp_path / "noted", tmp_path / "stop"
    with Client(f"127.0.0.1:{router.port}") as client:
        held = client.submit(wait_for, str(stop))
        until(held.running, "the task runs")
        waiting = client.map(noted_task, [str(file)] * 40, range(40), range(40))
        end(shim)
        again = python_shim(programs, workers=1, port=shim.port)
        stop.touch()
        assert held.result(SOON) == str(stop)
        assert [future.result(SOON) for future in waiting.futures] == list(range(40))
        assert sorted(set(noted(file))) == list(range(40))
        assert client.submit(root_of, 4.0).result(SOON) == 2.0
        again.logs("serving the boss")


def spawned(programs: Programs) -> Program:
    return python_shim(programs, workers=1)


def connected(programs: Programs) -> Program:
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-w", 0, "-x", "-n", 1)
    rank(programs, shim, 1)
    return shim


@pytest.mark.parametrize("end", [leave, crash])
@pytest.mark.parametrize("start", [spawned, connected])
def test_a_broker_that_comes_back(
    programs: Programs, tmp_path: Path, end: Callable[[Program], None], start: Callable[[Programs], Program]
) -> None:
    shim = start(programs)
    first = broker(programs, shim.port, options=quick(programs))
    with Client(f"127.0.0.1:{first.port}") as client:
        stop = tmp_path / "stop"
        held = client.submit(wait_for, str(stop))
        until(held.running, "the task runs")
        end(first)
        second = broker(programs, shim.port, options=quick(programs), port=first.port)
        # the worker that had the task is another one now, and the client has submitted it again by itself
        until(lambda: client.status(held, SOON).state is State.RUNNING, "the task runs again")
        stop.touch()
        assert held.result(SOON) == str(stop)
        assert client.submit(root_of, 4.0).result(SOON) == 2.0
    second.signal(signal.SIGINT)
    assert (second.ends(), shim.ends()) == (0, 0)
    programs.all_gone()


def test_a_worker_that_came_by_itself_and_is_killed(programs: Programs, tmp_path: Path) -> None:
    soon = settings(programs, worker_links={"heartbeat": 200, "expiry": 3000})  # ms
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-w", 0, "-x", "-n", 2, *soon)
    first = rank(programs, shim, 1)
    router = broker(programs, shim.port, options=quick(programs))
    router.logs("has 1 workers")
    stop = tmp_path / "stop"
    with Client(f"127.0.0.1:{router.port}") as client:
        held = client.submit(wait_for, str(stop))
        until(held.running, "the task runs")
        crash(first)
        rank(programs, shim, 1)
        shim.logs("its connection did not come back in time")
        stop.touch()
        assert held.result(SOON) == str(stop)


def test_a_shim_that_joins_while_tasks_wait(programs: Programs, tmp_path: Path) -> None:
    late = free_port()
    # without prefetch, so that nothing waits behind the task that does not end
    shim = python_shim(programs, *settings(programs, prefetch=0), workers=1)
    router = broker(programs, shim.port, late, options=quick(programs))
    stop, file = tmp_path / "stop", tmp_path / "noted"
    with Client(f"127.0.0.1:{router.port}") as client:
        held = client.submit(wait_for, str(stop))
        until(held.running, "the task runs")
        waiting = client.map(noted_task, [str(file)] * 40, range(40), range(40))
        plain = client.submit_bytes(b"mail")
        assert client.status(waiting.uuids[0], SOON).queued == 40
        assert "plain" in (client.status(plain, SOON).why or "")
        python_shim(programs, workers=1, port=late)
        assert waiting.result(SOON) == list(range(40))
        assert noted(file) == list(range(40))
        assert client.status(held, SOON).state is State.RUNNING
        assert client.status(plain, SOON).state is State.QUEUED
        stop.touch()
        assert held.result(SOON) == str(stop)


def test_the_first_workers_of_a_kind_join_late(programs: Programs) -> None:
    late = free_port()
    router = broker(programs, python_shim(programs, workers=1).port, late, options=quick(programs))
    with Client(f"127.0.0.1:{router.port}") as client:
        plain = client.submit_bytes(b"mail")
        assert client.status(plain, SOON).state is State.QUEUED
        programs.plain("cat", port=late)
        assert plain.result(SOON) == b"mail"
