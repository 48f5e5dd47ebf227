"""Whether this code runs in a task, and of which cluster; told by the worker, asked by clients.

Programs that a task starts are told by their environment, and so are those that these start.
"""

from __future__ import annotations

import os
from collections.abc import Callable

SIZE = 8
"""Bytes of a broker's boot id that stand for its cluster."""

VARIABLE = "MAILROOM_TASK_OF"
"""Of the environment: the clusters in whose tasks this process was started, with commas between them."""

_cluster: Callable[[], bytes] = bytes
_outside = os.environ.get(VARIABLE, "")
_started_by = frozenset(_outside.split(","))


def tell(cluster: Callable[[], bytes]) -> None:
    """Makes this process a worker's: `cluster` gives that of the running task, b"" for none."""
    global _cluster
    _cluster = cluster


def variable(cluster: bytes) -> bytes:
    """What VARIABLE is to say to the programs that a task of this cluster starts."""
    return (f"{_outside}," * bool(_outside) + cluster.hex()).encode()


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
    if cluster and cluster.hex() in _started_by:
        raise RuntimeError(
            "This program was started in a task, and cannot be a client of the cluster that the task runs on:"
            " its worker could not run what it waits for. Have the task itself submit, by"
            " mailroom.worker.get_runtime(), and await it: `await get_runtime().submit(fn)`. A program that"
            f" outlives the task, or waits for nothing, is started without {VARIABLE} in its environment."
        )
