"""What is told of a task's times, CPU time and memory, through all programs."""

from __future__ import annotations

import os
import time
from uuid import UUID, uuid4

from cluster import broker, python_shim
from mailroom import Client, State
from mailroom_peer import wire
from raw import dealing
from running import SOON, Program, Programs
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
