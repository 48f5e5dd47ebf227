"""Clients that submit more than the real broker takes: they wait, and get all, as long as anything moves."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailroom
from mailroom import Client
from processes import until
from real import Programs, needed

pytestmark = [needed, pytest.mark.timeout(300)]

SLOW = 100.0  # seconds


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    programs = Programs(tmp_path)
    yield programs
    programs.stop()


def limited(programs: Programs, shim: int, **limits: int) -> str:
    settings = "".join(f"    {name.replace('_', '-')} = {value}\n" for name, value in limits.items())
    return f"127.0.0.1:{programs.start_broker(shim, settings=f'limits{chr(10)}{settings}')[1]}"


def test_a_queue_that_drains_slowly_is_no_reason_to_give_up(programs: Programs) -> None:
    """All tasks together take much longer than the patience; some end all the time."""
    address = limited(programs, programs.start_plain("sleep 0.4; cat"), tasks=3)
    with Client(address, patience=6) as client:  # the last of them waits for 17, one at a time
        futures = [client.submit_bytes(b"%d" % number) for number in range(20)]
        assert [future.result(SLOW) for future in futures] == [b"%d" % number for number in range(20)]


def test_tasks_that_take_longer_than_the_patience_are_waited_for(programs: Programs) -> None:
    address = limited(programs, programs.start_plain("sleep 3; cat"), tasks=1)
    with Client(address, patience=2.5) as client:
        assert [client.submit_bytes(body).result(SLOW) for body in (b"1", b"2")] == [b"1", b"2"]
        futures = [client.submit_bytes(body) for body in (b"1", b"2")]
        assert [future.result(SLOW) for future in futures] == [b"1", b"2"]
    with Client(address, patience=0) as client:
        client.submit_bytes(b"")
        with pytest.raises(mailroom.Busy, match="limits/tasks"):
            client.submit_bytes(b"").result(SLOW)


def test_results_that_nobody_lets_go_leave_no_room(programs: Programs) -> None:
    address = limited(programs, programs.start_plain("cat"), session_bytes=350_000)
    with Client(address, patience=0) as client:

        def is_taken() -> bool:
            error = client.submit_bytes(bytes(100_000)).exception(SLOW)
            if error is not None:
                assert "limits/session-bytes" in str(error)
            return error is None

        held = [client.submit_bytes(bytes(100_000)) for _ in range(3)]
        assert [len(future.result(SLOW)) for future in held] == 3 * [100_000]
        assert not is_taken()
        client.release(held[0])
        until(is_taken, "the broker has heard of the release")


def test_submits_maps_and_executors_get_all_through(programs: Programs) -> None:
    address = limited(programs, programs.start_python(2), tasks=5000)
    with Client(address) as client:
        futures = [client.submit(abs, -number) for number in range(5500)]
        mapped = client.map(abs, range(-9000, 0))
        assert [future.result(SLOW) for future in futures] == list(range(5500))
        assert mapped.result(SLOW) == list(range(9000, 0, -1))
    with mailroom.Executor(address) as executor:
        assert list(executor.map(abs, range(-5500, 0))) == list(range(5500, 0, -1))


def test_bytes_are_bounded_too(programs: Programs) -> None:
    address = limited(programs, programs.start_plain("cat"), session_bytes=1_000_000)
    body = os.urandom(100_000)
    with Client(address) as client:
        lengths = []
        for future in (client.submit_bytes(body) for _ in range(50)):  # none of which is held on to
            lengths.append(len(future.result(SLOW)))
        assert lengths == [100_000] * 50
        futures = [client.options(keep=False).submit_bytes(body) for _ in range(50)]
        assert [len(future.result(SLOW)) for future in futures] == [100_000] * 50


def test_awaiting_goes_on_too(programs: Programs) -> None:
    address = limited(programs, programs.start_python(2), tasks=20)

    async def main(client: Client) -> list[int]:
        return await asyncio.gather(*(client.submit(abs, -number) for number in range(500)))  # type: ignore[arg-type]

    with Client(address) as client:
        assert asyncio.run(main(client)) == list(range(500))


ENDLESS = """
import sys, threading, time
from mailroom import Client
sys.path.append(sys.argv[2])
from waits import waits
rests = waits("_wait_for")
def tell():
    seen = 0
    while seen < 5:
        time.sleep(0.05)
        seen = seen + 1 if rests() else 0
    print("waits", flush=True)
with Client(sys.argv[1], patience=1000) as client:
    threading.Thread(target=tell).start()
    while True:
        client.submit_bytes(bytes(1_000_000))
"""


def test_ctrl_c_ends_a_script_that_waits_to_submit(programs: Programs) -> None:
    address = limited(programs, programs.start_plain("sleep 1000"), tasks=2)
    source = str(Path(mailroom.__file__).parents[1])
    script = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, address, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONPATH": source},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert script.stdout is not None
    assert script.stdout.readline() == "waits\n"
    memory = int(Path(f"/proc/{script.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert memory < 400 << 20
    script.send_signal(signal.SIGINT)
    _, text = script.communicate(timeout=SLOW)
    assert "KeyboardInterrupt" in text
