"""What is told of a task's times, CPU time and memory, through all programs."""

from __future__ import annotations

import itertools
import os
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from cluster import broker, python_shim
from mailroom import Client, State
from mailroom_peer import wire
from over_http import serving
from raw import dealing
from running import SOON, Program, Programs, until
from shell import shells, user_of

MIB = 1 << 20
FEATURE_TIMES = 128
DELIVERED = 17
"""Flags of a task whose result comes by itself, with its times."""


def burns(seconds: float, size: int) -> int:
    """Takes so much CPU time and memory, at the least."""
    taken = bytearray(b"x") * size  # touched, so it is in memory
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return len(taken)


def address(programs: Programs, shim: Program) -> str:
    return f"127.0.0.1:{broker(programs, shim.port).port}"


def test_a_result_says_what_its_task_took(programs: Programs) -> None:
    shim = python_shim(programs, workers=1)
    with Client(address(programs, shim), timeout=SOON) as client:
        large = client.submit(burns, 0.2, 64 * MIB)
        assert large.result(SOON) == 64 * MIB
        small = client.submit(burns, 0.0, 1)
        assert small.result(SOON) == 1
        first, second = large.timing, small.timing
        assert first is not None
        assert second is not None
        assert first.cpu is not None
        assert first.cpu >= 0.19
        assert first.memory is not None
        assert first.memory >= 64 * MIB
        if os.access("/proc/self/clear_refs", os.W_OK):
            assert second.memory is not None
            assert second.memory <= first.memory - 32 * MIB, "what the task before had is not this one's"
        assert second.cpu is not None
        assert second.cpu < first.cpu
        assert first.worker == second.worker
        assert first.attempts == 1
        assert first.manager
        assert first.submitted <= first.given <= first.begun < first.ended
        assert first.ran > 0.1
        assert first.waited >= 0
        status = client.status(large)
        assert status.timing is not None
        assert (status.timing.ran, status.timing.cpu, status.timing.memory) == (
            first.ran,
            first.cpu,
            first.memory,
        )
        assert client.status(small).manager == first.manager


def test_times_of_a_map_and_of_what_is_suspended(programs: Programs) -> None:
    async def waits(seconds: float) -> list[float]:
        from mailroom.worker import get_runtime

        return list(await get_runtime().map(burns, [seconds] * 2, [1] * 2))

    shim = python_shim(programs, workers=2)
    with Client(address(programs, shim), timeout=SOON) as client:
        both = client.map(burns, [0.1, 0.1], [1, 1])
        both.result(SOON)
        timings = [future.timing for future in both.futures]
        assert all(timing and timing.cpu and timing.cpu >= 0.1 for timing in timings)
        status = client.status(both.futures[0])
        assert status.state is State.DONE
        assert status.timing is not None
        assert status.timing.cpu is not None
        assert status.timing.cpu >= 0.2
        parent = client.submit(waits, 0.5)
        parent.result(SOON)
        timing = parent.timing
        assert timing is not None
        assert timing.cpu is not None
        assert timing.ran > 0.25
        assert timing.cpu < 0.5, "what its children took is theirs"


def test_who_does_not_ask_for_times_gets_none(programs: Programs) -> None:
    shim = python_shim(programs, workers=1)
    with Client(address(programs, shim), timeout=SOON, timing=False) as client:
        future = client.submit(burns, 0.0, 1)
        future.result(SOON)
        assert future.timing is None
        assert client.status(future).timing is None


def test_the_runtime_plain_measures_its_command(programs: Programs) -> None:
    shim = shells(programs, workers=1)
    user = user_of(programs, broker(programs, shim.port))
    script = "x=$(head -c 30000000 /dev/zero | tr '\\0' x); i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done"
    uuid = user.says("submit", "-", text=script).strip()
    user.says("result", "--wait", "--keep", uuid)
    (status,) = user.objects("status", uuid)
    assert status["state"] == "done"
    assert UUID(status["uuid"]) == UUID(uuid)
    assert status["times"]["memory"] >= 30_000_000
    assert status["times"]["cpu"] > 0
    assert status["times"]["ran"] > 0
    assert status["times"]["waited"] >= 0
    assert "CPU" in user.says("status", uuid)


def test_a_client_that_cannot_read_times_is_sent_none(programs: Programs) -> None:
    shim = shells(programs, workers=1)
    port = broker(programs, shim.port).port
    task = wire.Task(return_address=wire.Address(None, 0, 0), uuid=uuid4(), runtime="plain", flags=DELIVERED)
    with dealing(port) as peer:
        peer.shakes(wire.Role.CLIENT, features=0)
        peer.say(wire.Submit(task), b"echo hello")
        assert peer.hears(wire.Result).ran is None
    with dealing(port) as peer:
        peer.shakes(wire.Role.CLIENT, features=FEATURE_TIMES)
        peer.say(wire.Submit(task), b"echo hello")
        result = peer.hears(wire.Result)
        assert result.ran
        assert result.attempts == 1
        assert result.manager


def burns_and_fails(seconds: float, size: int) -> None:
    """Fails when it has taken these."""
    burns(seconds, size)
    raise ValueError("it was to fail")


def test_a_failure_says_what_its_task_took(programs: Programs) -> None:
    shim = python_shim(programs, workers=1)
    where = address(programs, shim)
    with Client(where, timeout=SOON) as client:
        future = client.submit(burns_and_fails, 0.2, 64 * MIB)
        with pytest.raises(ValueError, match="to fail"):
            future.result(SOON)
        timing = future.timing
        assert timing is not None
        assert timing.cpu is not None
        assert timing.cpu >= 0.19
        assert timing.memory is not None
        assert timing.memory >= 64 * MIB
        assert timing.submitted <= timing.given <= timing.begun < timing.ended
        assert timing.worker is not None
        assert (timing.attempts, timing.manager) == (1, os.uname().nodename)
        status = client.status(future)
        assert status.state is State.FAILED
        assert status.timing is not None
        assert (status.timing.ran, status.timing.cpu) == (timing.ran, timing.cpu)
        cancelled = client.submit(burns, SOON, 1)
        cancelled.cancel()
        assert cancelled.timing is None


def test_a_command_that_fails_has_its_times(programs: Programs) -> None:
    shim = shells(programs, workers=1)
    user = user_of(programs, broker(programs, shim.port))
    uuid = user.says("submit", "-", text="i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done; exit 3").strip()
    assert user.run("result", "--wait", "--keep", uuid).returncode == 1
    (status,) = user.objects("status", uuid)
    assert status["state"] == "failed"
    assert status["times"]["cpu"] > 0
    assert status["times"]["ran"] > 0
    assert status["manager"]


async def parent(children: int, deeper: bool) -> int:
    """A task that submits others, and one of these some more."""
    from mailroom.worker import get_runtime

    count = len(await get_runtime().map(burns, [0.1] * children, [1] * children))
    return count + (await get_runtime().submit(parent, children, False) if deeper else 0)


def bars(trace: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in trace["traceEvents"] if one["ph"] == "X"]


def ends_within(inner: dict[str, Any], outer: dict[str, Any]) -> bool:
    return bool(outer["ts"] <= inner["ts"] and inner["ts"] + inner["dur"] <= outer["ts"] + outer["dur"])


def check_rows(trace: dict[str, Any]) -> None:
    """In each row two bars lie beside each other, or one within the other."""
    rows = sorted(bars(trace), key=lambda bar: (bar["pid"], bar["tid"], bar["ts"], -bar["dur"]))
    for _, row in itertools.groupby(rows, key=lambda bar: (bar["pid"], bar["tid"])):
        open_until: list[int] = []
        for bar in row:
            while open_until and open_until[-1] <= bar["ts"]:
                open_until.pop()
            assert not open_until or bar["ts"] + bar["dur"] <= open_until[-1], bar
            open_until.append(bar["ts"] + bar["dur"])


def trees_of(trace: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    (process,) = (
        one["pid"]
        for one in trace["traceEvents"]
        if one["name"] == "process_name" and one["args"]["name"].startswith("tasks, with")
    )
    return process, [bar for bar in bars(trace) if bar["pid"] == process]


@pytest.mark.parametrize("deep", [False, True], ids=["one-manager", "a-tree"])
def test_nested_tasks_lie_below_their_parents(programs: Programs, deep: bool) -> None:
    """Though they never came to the broker: their manager kept them for its own workers."""
    shim = python_shim(programs, workers=3)
    top = programs.start("mailroom-shim", "-p", 0, "-m", f"127.0.0.1:{shim.port}") if deep else shim
    router = serving(programs, top)
    with Client(f"127.0.0.1:{router.port}", timeout=SOON) as client:
        until(lambda: client.managers(SOON)[0].idle == 3, "all workers wait")
        future = client.submit(parent, 4, True)
        assert future.result(SOON) == 8
        trace = client.trace(SOON)
    check_rows(trace)
    process, tree = trees_of(trace)
    assert sorted(bar["name"] for bar in tree) == [*(8 * ["burns"]), "parent", "parent"]
    by_id = {bar["args"]["task"]: bar for bar in tree}
    for bar in tree:
        if bar["args"]["depth"] == 0:
            assert "parent" not in bar["args"]
            continue
        above = by_id[bar["args"]["parent"]]
        assert bar["args"]["depth"] == above["args"]["depth"] + 1
        assert ends_within(bar, above)
        assert bar["args"]["uuid"] == str(future.uuid)
        assert bar["args"]["cpu_us"] > 0
    # the same ones in the rows of those who ran them
    workers = {bar["tid"] for bar in bars(trace) if bar["pid"] != process}
    assert 0 not in workers
    assert len(workers) >= 2
    assert trace["otherData"] == {"left_out": 0}
