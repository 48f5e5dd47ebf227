"""Programs that are stopped (SIGSTOP) and go on, before their links have expired and after."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from cluster import settings
from mailroom import Client
from running import EXPIRY, SOON, Program, Programs, until

BEAT = 100  # ms; a connection is given up after three
QUICK = 50  # ms between attempts to connect
TASKS = 40
SCRIPT = "read number; sleep 0.05; echo $number"


def limits(expiry: int) -> dict[str, dict[str, int]]:
    """Settings of the links between broker and shim."""
    return {"manager_links": {"heartbeat": BEAT, "expiry": expiry}}


def start(programs: Programs, expiry: int, *, dials_in: bool) -> tuple[Program, Program]:
    """A broker, and a shim with plain workers."""
    quick = settings(programs, redial=QUICK, **limits(expiry))
    workers = ("-n", 2, "--plain", "--", "sh", "-c", SCRIPT)
    if dials_in:
        router = programs.broker(options=quick)
        dial = ("-v", "--broker", f"127.0.0.1:{router.port}", *settings(programs, redial=QUICK))
        return router, programs.start("mailroom-shim", *dial, *workers)
    shim = programs.start("mailroom-shim", "-v", "-p", 0, *workers)
    return programs.broker(shim, options=quick), shim


def stop(program: Program) -> None:
    program.signal(signal.SIGSTOP)
    state = Path(f"/proc/{program.process.pid}/stat")
    until(lambda: state.read_text().rsplit(")", 1)[1].split()[0] == "T", "it is stopped")


def numbers(first: int) -> list[bytes]:
    return [b"%d\n" % number for number in range(first, first + TASKS)]


@pytest.mark.parametrize("dials_in", [False, True], ids=["dialled", "dials-in"])
@pytest.mark.parametrize("who", ["broker", "shim"])
def test_before_the_links_have_expired(programs: Programs, who: str, dials_in: bool) -> None:
    router, shim = start(programs, expiry=60_000, dials_in=dials_in)
    stopped, other = (router, shim) if who == "broker" else (shim, router)
    with Client(f"127.0.0.1:{router.port}") as client:
        assert client.map_bytes(numbers(0)).result(SOON) == numbers(0)
        mapped = client.map_bytes(numbers(1000))
        until(lambda: mapped.futures[0].done(), "some of the tasks have run")
        stop(stopped)
        other.logs("was silent for too long: its connection is given up")
        stopped.signal(signal.SIGCONT)
        assert mapped.result(SOON) == numbers(1000)
        assert client.map_bytes(numbers(2000)).result(SOON) == numbers(2000)
    logs = router.log() + shim.log()
    assert " is gone: " not in logs
    assert "goes on" in logs
    assert "given out again" not in logs


@pytest.mark.parametrize("dials_in", [False, True], ids=["dialled", "dials-in"])
@pytest.mark.parametrize("who", ["broker", "shim"])
def test_after_the_links_have_expired(programs: Programs, who: str, dials_in: bool) -> None:
    router, shim = start(programs, expiry=EXPIRY, dials_in=dials_in)
    stopped, other = (router, shim) if who == "broker" else (shim, router)
    with Client(f"127.0.0.1:{router.port}") as client:
        mapped = client.map_bytes(numbers(0))
        until(lambda: mapped.futures[0].done(), "some of the tasks have run")
        stop(stopped)
        other.logs(" is gone: its connection did not come back in time")
        stopped.signal(signal.SIGCONT)
        assert mapped.result(SOON) == numbers(0)  # what the shim had then was given out again
        assert client.map_bytes(numbers(1000)).result(SOON) == numbers(1000)
    assert (router.process.poll(), shim.process.poll()) == (None, None)
    router.signal(signal.SIGINT)
    assert (router.ends(), shim.ends()) == (0, 0)
    programs.all_gone()
