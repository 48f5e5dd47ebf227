"""A network that loses every packet for a while: no connection is closed, reset or made meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import WORKER, noted, settings
from e2e_tasks import noted_wait, process_id
from mailroom import Client
from running import Program, Programs, until
from wires import HEAD, NODE, Wires, wires_or_skip

PATIENCE = 60.0  # seconds
BEAT = 200  # ms


@pytest.fixture
def wires(programs: Programs) -> Iterator[Wires]:
    return wires_or_skip(programs)


class Places:
    """A broker on one machine and a manager with a worker on the other one.

    Args:
        expiry: of the link between them, ms.
        dials_in: whether the manager dials.
    """

    def __init__(self, programs: Programs, wires: Wires, expiry: int, dials_in: bool) -> None:
        self._wires = wires
        ends = {"heartbeat": BEAT, "expiry": expiry}
        self._links = settings(programs, redial=BEAT, manager_links=ends, boss_links=ends)
        for_all = ("-v", "-p", 0, "--insecure", "--bind")
        if dials_in:
            links = settings(programs, redial=BEAT, manager_links=ends)
            self.broker = wires.start("head", "mailroomd", *links, *for_all, HEAD)
            self.manager = self.shim("node", "--broker", f"{HEAD}:{self.broker.port}")
        else:
            self.manager = self.shim("node", *for_all[1:], NODE)
            links = settings(programs, redial=BEAT, manager_links=ends)
            address = f"{NODE}:{self.manager.port}"
            self.broker = wires.start("head", "mailroomd", *links, *for_all, HEAD, address)
        self.client = wires.call("head", lambda: Client(f"{HEAD}:{self.broker.port}"))

    def shim(self, machine: str, *options: object) -> Program:
        """Starts a manager with a worker."""
        return self._wires.start(
            machine, "mailroom-shim", *self._links, "-v", "-n", 1, *options, "--", *WORKER
        )


@pytest.mark.parametrize("dials_in", [False, True])
def test_a_partition_that_heals_in_time_costs_nothing(
    programs: Programs, wires: Wires, tmp_path: Path, dials_in: bool
) -> None:
    places = Places(programs, wires, 60_000, dials_in)
    file, stop = tmp_path / "noted", tmp_path / "stop"
    with places.client as client:
        held = client.submit(noted_wait, str(file), 0, str(stop))
        until(file.exists, "the task runs")
        wires.pull()
        for program in (places.broker, places.manager):
            program.logs("was silent for too long: its connection is given up")
        stop.touch()
        behind = client.submit(noted_wait, str(file), 1, str(stop))
        wires.mend()
        assert [task.result(PATIENCE) for task in (held, behind)] == [0, 1]
    assert noted(file) == [0, 1]
    assert "goes on" in places.broker.log()
    assert " is gone: " not in places.broker.log() + places.manager.log()


@pytest.mark.parametrize("dials_in", [False, True])
def test_a_partition_that_lasts_costs_an_attempt(
    programs: Programs, wires: Wires, tmp_path: Path, dials_in: bool
) -> None:
    places = Places(programs, wires, 10 * BEAT, dials_in)
    file, stop = tmp_path / "noted", tmp_path / "stop"
    with places.client as client:
        held = client.submit(noted_wait, str(file), 0, str(stop))
        until(file.exists, "the task runs")
        wires.pull()
        places.broker.logs(" is gone: its connection did not come back in time")
        places.manager.logs(" is gone: its connection did not come back in time")
        places.shim("head", "--broker", f"{HEAD}:{places.broker.port}")
        until(lambda: noted(file) == [0, 0], "the task runs elsewhere")
        wires.mend()
        assert client.status(held).attempts == 2
        stop.touch()
        assert held.result(PATIENCE) == 0
        workers: set[int] = set()
        while len(workers) < 2:  # the other machine is there again
            workers |= set(client.map(process_id, range(4)).result(PATIENCE))
    assert noted(file) == [0, 0]
