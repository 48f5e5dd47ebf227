"""Whether this code runs in a task, and of which cluster; told by the worker, asked by clients."""

from __future__ import annotations

from collections.abc import Callable

SIZE = 8
"""Bytes of a broker's boot id that stand for its cluster."""

_cluster: Callable[[], bytes] = bytes


def tell(cluster: Callable[[], bytes]) -> None:
    """Makes this process a worker's: `cluster` gives that of the running task, b"" for none."""
    global _cluster
    _cluster = cluster


def refuse(cluster: bytes) -> None:
    """Refuses to submit to the cluster that runs this code.

    Raises:
        RuntimeError: it does.
    """
    if cluster and cluster == _cluster():
        raise RuntimeError(
            "A task cannot be a client of the cluster that it runs on: its worker could not run what it waits"
            " for. Submit in the task by mailroom.worker.get_runtime(), and await it:"
            " `await get_runtime().submit(fn)` or `.map(fn, values)`."
        )
