# mypy: disable-error-code="import-untyped,import-not-found,no-any-return"
"""mailroom and what it is measured against, each behind the same calls, as its own documentation uses it.

Each imports its library when it is made, since that is part of how long it takes to start.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol


class Peer(Protocol):
    """Something with workers that run functions."""

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        """Runs the function for each value, a task for each; the results."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Begins one task."""

    def result(self, task: Any) -> Any:
        """Waits for a task that was begun."""

    def close(self) -> None:
        """Ends the workers."""


class Mailroom:
    """A LocalCluster and its client."""

    def __init__(self, workers: int, **options: Any) -> None:
        import mailroom

        self.cluster = mailroom.LocalCluster(workers, **options)
        self.client = self.cluster.client()

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        return self.client.map(function, values).result()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.client.submit(function, *arguments)

    def result(self, task: Any) -> Any:
        return task.result()

    def close(self) -> None:
        self.client.close()
        self.cluster.close()


class _Pool:
    """What speaks as concurrent.futures does."""

    pool: Any

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        return list(self.pool.map(function, values, chunksize=1))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.pool.submit(function, *arguments)

    def result(self, task: Any) -> Any:
        return task.result()

    def close(self) -> None:
        self.pool.shutdown()


class Processes(_Pool):
    """Python's own ProcessPoolExecutor."""

    def __init__(self, workers: int) -> None:
        import concurrent.futures

        self.pool = concurrent.futures.ProcessPoolExecutor(workers)


class Loky(_Pool):
    """joblib's pool of processes."""

    def __init__(self, workers: int) -> None:
        import loky

        self.pool = loky.ProcessPoolExecutor(workers)


class Executorlib(_Pool):
    """executorlib on one machine, with workers that stay."""

    def __init__(self, workers: int) -> None:
        import executorlib

        self.pool = executorlib.SingleNodeExecutor(max_workers=workers, block_allocation=True)

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        return [task.result() for task in [self.pool.submit(function, value) for value in values]]


class Dask:
    """Dask's distributed, processes of one thread each, without its dashboard."""

    def __init__(self, workers: int) -> None:
        import distributed

        self.cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        )
        self.client = distributed.Client(self.cluster)

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        return self.client.gather(self.client.map(function, list(values), pure=False))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.client.submit(function, *arguments, pure=False)

    def result(self, task: Any) -> Any:
        return task.result()

    def close(self) -> None:
        self.client.close()
        self.cluster.close()


class IPyParallel:
    """ipyparallel's load-balanced view."""

    def __init__(self, workers: int) -> None:
        os.environ["IPYTHONDIR"] = tempfile.mkdtemp(prefix="ipython-", dir=os.environ.get("TMPDIR"))
        import ipyparallel

        self.cluster = ipyparallel.Cluster(n=workers, log_level=40)
        self.client = self.cluster.start_and_connect_sync()
        self.view = self.client.load_balanced_view()

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        return self.view.map_async(function, list(values), chunksize=1, ordered=True).get()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.view.apply_async(function, *arguments)

    def result(self, task: Any) -> Any:
        return task.get()

    def close(self) -> None:
        self.client.close()
        self.cluster.stop_cluster_sync()


class Parsl:
    """Parsl's HighThroughputExecutor on this machine; a map is calls of an app, as in its guide."""

    def __init__(self, workers: int) -> None:
        import parsl
        from parsl.config import Config
        from parsl.executors import HighThroughputExecutor
        from parsl.providers import LocalProvider

        executor = HighThroughputExecutor(
            address="127.0.0.1",
            max_workers_per_node=workers,
            provider=LocalProvider(init_blocks=1, max_blocks=1),
        )
        self.parsl = parsl
        self.apps: dict[Callable[..., Any], Callable[..., Any]] = {}
        parsl.load(Config(executors=[executor], run_dir=tempfile.mkdtemp(prefix="parsl-"), strategy="none"))

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        return [task.result() for task in [self.submit(function, value) for value in values]]

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        app = self.apps.get(function)
        if app is None:
            app = self.apps[function] = self.parsl.python_app(function)
        return app(*arguments)

    def result(self, task: Any) -> Any:
        return task.result()

    def close(self) -> None:
        self.parsl.dfk().cleanup()


PEERS: dict[str, Callable[[int], Peer]] = {
    "mailroom": Mailroom,
    "mailroom with BQSKit's Worker": partial(Mailroom, runtime="bqskit"),
    "ProcessPoolExecutor": Processes,
    "loky": Loky,
    "executorlib": Executorlib,
    "Dask": Dask,
    "ipyparallel": IPyParallel,
    "Parsl": Parsl,
}
MODULES = {
    "loky": "loky",
    "executorlib": "executorlib",
    "Dask": "distributed",
    "ipyparallel": "ipyparallel",
    "Parsl": "parsl",
}
"""What must be importable for a peer that pip installs."""
