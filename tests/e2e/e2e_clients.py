"""Clients that the e2e tests start as processes of their own, to leave them or to kill them.

    python -m e2e_clients NAME ARGUMENT...

Each says on a line `ready`, with the uuids that it submitted, when the test may do so.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from e2e_passes import Runs
from e2e_tasks import noted, noted_when
from mailroom import Client


def ready(*uuids: object) -> None:
    """Tells the test."""
    print("ready", *uuids, flush=True)


def hold() -> None:
    """Lives until it is killed."""
    while True:
        time.sleep(3600)


def detach(address: str, notes: str, stop: str, file: str) -> None:
    """Leaves one task that is done, one that is not, and a map."""
    client = Client(address)
    done = client.submit(noted, notes, 0, "done")
    assert done.result(60) == "done"
    single = client.submit(noted_when, stop, notes, 1, "single")
    count = 50
    mapped = client.map(noted_when, [stop] * count, [notes] * count, range(2, 2 + count), range(count))
    client.detach(file)
    ready(done.uuid, single.uuid, *mapped.uuids)


def map_half(address: str, notes: str, stop: str, file: str) -> None:
    """Waits for the first half of a map's results, and holds."""
    client = Client(address, session_file=file)
    half = 100
    stops = ["/"] * half + [stop] * half
    mapped = client.map(noted_when, stops, [notes] * 2 * half, range(2 * half), range(2 * half))
    for future in mapped.futures[:half]:
        future.result(60)
    ready(*mapped.uuids)
    hold()


def submits_and_waits(address: str, notes: str, stop: str, file: str) -> None:
    """Has many tasks queued behind one that waits, and holds."""
    client = Client(address, session_file=file or None)
    count = 200
    first = client.submit(noted_when, stop, notes, 0, 0)
    while not first.running():
        time.sleep(0.01)
    mapped = client.map(noted, [notes] * count, range(1, 1 + count), range(count))
    client.status(mapped.uuids[0], 60)  # the broker has it
    ready(first.uuid, *mapped.uuids)
    hold()


def compile_it(address: str, steps: str, stop: str, file: str) -> None:
    """Submits a compilation, and holds."""
    from bqskit.ir import Circuit
    from mailroom.bqskit import Compiler

    compiler = Compiler(address, session_file=file)
    ready(compiler.submit(Circuit(3), [Runs(Path(steps), Path(stop))]))
    hold()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
