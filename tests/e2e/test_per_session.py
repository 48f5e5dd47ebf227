"""Workers that run tasks of one session only (--worker-per-session)."""

from __future__ import annotations

import os

from cluster import broker, python_shim
from mailroom import Client
from mailroom.worker import get_runtime
from running import SOON, Programs, run

ROUNDS = 2


def whose(_: int = 0) -> int:
    """The process that runs the task."""
    return os.getpid()


async def with_children() -> set[int]:
    """The processes of a task and of those that it submits."""
    return {os.getpid(), *await get_runtime().map(whose, range(4))}


def test_no_process_runs_tasks_of_two_sessions(programs: Programs) -> None:
    router = broker(programs, python_shim(programs, "--worker-per-session", workers=2).port)
    address = f"127.0.0.1:{router.port}"
    with Client(address) as one, Client(address) as two, Client(address) as three:
        seen: dict[Client, set[int]] = {one: set(), two: set(), three: set()}
        for _ in range(ROUNDS):
            futures = {client: client.map(whose, range(8)) for client in seen}
            for client, future in futures.items():
                seen[client] |= set(future.result(3 * SOON))
        nested = {client: client.submit(with_children) for client in seen}
        for client, task in nested.items():
            seen[client] |= task.result(3 * SOON)
            assert client.status(task).attempts == 1
        pids = [pid for processes in seen.values() for pid in processes]
        assert len(pids) == len(set(pids)), seen


def test_it_takes_workers_of_its_own() -> None:
    refused = run("mailroom-shim", "-p", 0, "-x", "--worker-per-session")
    assert refused.returncode == 2
    assert "--worker-per-session takes workers that this manager starts itself" in refused.stderr
