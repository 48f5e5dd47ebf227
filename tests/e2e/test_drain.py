"""A manager that leaves finishes what it has, with all that this submits meanwhile."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from cluster import broker, noted, python_shim, settings
from e2e_tasks import rounds_until
from mailroom import Client, Future
from mailroom_peer.ports import free_port
from running import Programs, until

PATIENCE = 60.0  # seconds
WIDTH = 20  # children at once: more than there are workers
GRACE = 600.0  # seconds: longer than the test


@pytest.mark.parametrize("told", ["by the broker", "by a signal", "by the broker, beside others"])
def test_what_a_manager_has_ends_there(programs: Programs, tmp_path: Path, told: str) -> None:
    shim = python_shim(programs, "--drain-grace", int(1000 * GRACE))
    others = [free_port()] if "others" in told else []
    router = broker(programs, shim.port, *others, options=settings(programs, redial=50))
    file, stop = tmp_path / "noted", tmp_path / "stop"

    def starts() -> None:
        parents.append(client.submit(rounds_until, str(file), str(stop), WIDTH))
        seen = len(noted(file))
        until(lambda: len(noted(file)) >= seen + len(parents) * WIDTH, "a round is done")

    with Client(f"127.0.0.1:{router.port}") as client:
        parents: list[Future[int]] = []
        starts()  # where else than at the shim that drains
        for port in others:
            python_shim(programs, port=port).logs("serving the boss")
            starts()
        if told == "by a signal":
            shim.signal(signal.SIGTERM)
        else:
            client.drain(f"127.0.0.1:{shim.port}", grace=GRACE)
        shim.logs("takes nothing new")
        later = client.submit(abs, -1)
        before = len(noted(file))
        until(lambda: len(noted(file)) >= before + 4 * WIDTH, "rounds go on")
        assert shim.process.poll() is None
        assert others or not later.done()
        stop.touch()
        assert sum(parent.result(PATIENCE) for parent in parents) == len(noted(file))
        assert shim.ends() == 0
        again = python_shim(programs, port=shim.port)
        again.logs("serving the boss")
        assert later.result(PATIENCE) == 1
    assert "is given out again" not in router.log()
